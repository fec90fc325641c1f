"""A JPEG stripped for a page: the same pixels for another decoder, nothing said of them, nothing hostile let in."""

from __future__ import annotations

import io
import random

import pytest
from PIL import Image, ImageChops

from ndb_desktop.reports.jpeg import bare_jpeg
from tests.support.sitereports import jpeg

SECRET = b"24.479834,118.089425 SECRET-CAMERA"


def test_only_the_picture_is_left() -> None:
    full = jpeg(320, 240, secret=SECRET)
    assert full.count(SECRET) == 3
    bare = bare_jpeg(full)
    assert bare is not None
    assert (bare.width, bare.height, bare.components, bare.space) == (320, 240, 3, "DeviceRGB")
    for told in (SECRET, b"Exif", b"JFIF", b"SECRET"):
        assert told not in bare.data
    before, after = (Image.open(io.BytesIO(data)).convert("RGB") for data in (full, bare.data))
    assert ImageChops.difference(before, after).getbbox() is None
    assert not Image.open(io.BytesIO(bare.data)).getexif()
    again = bare_jpeg(bare.data)
    assert again == bare


@pytest.mark.parametrize("how", [{"progressive": True}, {"optimize": True}, {"restart_marker_blocks": 4}])
def test_all_ways_of_coding_keep_their_pixels(how: dict[str, int]) -> None:
    out = io.BytesIO()
    Image.effect_noise((96, 64), 90).save(out, "JPEG", quality=90, **how)
    bare = bare_jpeg(out.getvalue())
    assert bare is not None
    assert bare.space == "DeviceGray"
    before, after = (Image.open(io.BytesIO(data)) for data in (out.getvalue(), bare.data))
    assert before.tobytes() == after.tobytes()


def test_what_is_no_plain_picture_is_none() -> None:
    whole = jpeg(64, 48)
    four = io.BytesIO()
    Image.new("CMYK", (8, 8)).save(four, "JPEG")
    wrong = [b"", b"\xff\xd8", b"\xff\xd8\xff\xd9", whole[:-2], whole[: len(whole) // 2], b"x" + whole, b"%PDF-1.4"]
    wrong += [four.getvalue(), whole[:2] + b"\xff\xe1\x00\x01" + whole[2:], whole + b"\0" * (8 * 1024 * 1024)]
    for data in wrong:
        assert bare_jpeg(data) is None


def test_five_hundred_mutated_pictures_never_raise() -> None:
    whole, chance = bytearray(jpeg(64, 48, secret=SECRET)), random.Random(20261122)
    for _ in range(500):
        changed = bytearray(whole)
        for _ in range(chance.randint(1, 8)):
            changed[chance.randrange(len(changed))] = chance.randrange(256)
        if chance.random() < 0.3:
            del changed[chance.randrange(len(changed)) :]
        found = bare_jpeg(bytes(changed))
        assert found is None or (found.data.endswith(b"\xff\xd9") and b"Exif" not in found.data)
