"""Photos of an inspection: what is read of them, what is made of them, and what is refused, each by its own code."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import struct
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from ndb_desktop.documents import port
from ndb_desktop.documents.exif import ExifFacts, read_exif
from ndb_desktop.documents.photos import PhotoFacts, inspect_photo
from ndb_desktop.documents.photoviews import read_photo
from ndb_desktop.documents.sniff import HEIC, JPEG, PDF, PNG
from ndb_desktop.documents.source import Source
from ndb_desktop.documents.worker import RenderWorker
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.siterecord import SCALE
from tests.support import photos as make
from tests.support.documents import text_page
from tests.support.mutants import Mutant

CODES = {
    "E-PHOTO-TYPE", "E-PHOTO-DAMAGED", "E-PHOTO-HEIC", "E-PHOTO-LIMIT", "E-PHOTO-EXIF", "E-PHOTO-ANIMATED",
    "E-PHOTO-POLYGLOT", "E-PHOTO-MEMORY", "E-PHOTO-CRASH", "E-PHOTO-SLOW", "E-PHOTO-EMPTY",
}  # fmt: skip


@pytest.fixture(scope="module")
def shared() -> Iterator[RenderWorker]:
    with RenderWorker(time_limit=60) as worker:
        yield worker


@pytest.fixture
def worker(shared: RenderWorker) -> Iterator[RenderWorker]:
    """One child for the module; every test proves that the one before left it usable."""
    yield shared
    assert inspect_photo(shared, make.photo()).mime == JPEG


def refused(worker: RenderWorker, data: bytes | Source) -> str:
    with pytest.raises(NdbError) as caught:
        inspect_photo(worker, data)
    return caught.value.code


def picture(data: bytes) -> Image.Image:
    opened = Image.open(io.BytesIO(data))
    opened.load()
    return opened


def red_corner(data: bytes) -> tuple[str, str]:
    """In which corner the mark is: top or bottom, left or right."""
    shown = picture(data).convert("RGB")
    for y, row in ((0.03, "top"), (0.97, "bottom")):
        for x, column in ((0.03, "left"), (0.97, "right")):
            red, green, _blue = shown.getpixel((int(x * shown.width), int(y * shown.height)))
            if red > 180 and green < 80:
                return row, column
    raise AssertionError("the mark is nowhere")


def test_facts_and_views_of_a_photo(worker: RenderWorker) -> None:
    block = make.exif(orientation=6, taken="2026:11:22 11:05:00", offset="+08:00", place=make.BEIJING)
    data = make.photo(4000, 3000, block=block)
    facts = inspect_photo(worker, data)
    assert (facts.mime, facts.size, facts.width, facts.height, facts.orientation) == (JPEG, len(data), 4000, 3000, 6)
    assert facts.upright == (3000, 4000)
    assert (facts.taken_at, facts.taken_source) == ("2026-11-22T11:05:00+08:00", "camera")
    assert facts.position == (Decimal("39.907325"), Decimal("116.391403"))
    assert facts.position_source == "camera"
    assert picture(facts.preview).size == (1200, 1600)
    assert picture(facts.thumb).size == (180, 240)


@pytest.mark.parametrize(
    ("orientation", "corner"),
    [
        *((1, "top left"), (2, "top right"), (3, "bottom right"), (4, "bottom left")),
        *((5, "top left"), (6, "top right"), (7, "bottom right"), (8, "bottom left")),
    ],
)
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_views_are_upright_and_whole(worker: RenderWorker, kind: str, orientation: int, corner: str) -> None:
    """So a mark in ten-thousandths of a view lies on the same thing of the photo as it is looked at."""
    data = make.photo(2000, 1200, kind, block=make.exif(orientation=orientation))
    facts = inspect_photo(worker, data)
    for view, side in ((facts.preview, 1600), (facts.thumb, 240)):
        assert " ".join(red_corner(view)) == corner
        shown = picture(view)
        assert max(shown.size) == side
        assert abs(SCALE * shown.width * facts.upright[1] - SCALE * shown.height * facts.upright[0]) <= (
            SCALE * max(facts.upright)
        )
    # The mark is a tenth of each side in the file, and therefore a tenth of SCALE in every view.
    shown = picture(facts.preview).convert("RGB")
    row, column = red_corner(facts.preview)
    for part, inside in ((900, True), (1150, False)):
        x, y = (part if column == "left" else SCALE - part), (part if row == "top" else SCALE - part)
        red, green, _ = shown.getpixel((x * shown.width // SCALE, y * shown.height // SCALE))
        assert (red > 180 and green < 80) is inside


def test_a_small_photo_is_not_blown_up_and_a_long_one_keeps_a_pixel(worker: RenderWorker) -> None:
    assert picture(inspect_photo(worker, make.photo(120, 90)).preview).size == (120, 90)
    assert picture(inspect_photo(worker, make.photo(9000, 3, "PNG")).thumb).size == (240, 1)


@pytest.mark.parametrize("mode", ["L", "LA", "P", "RGBA", "1", "I;16"])
def test_png_of_every_sort(worker: RenderWorker, mode: str) -> None:
    out = io.BytesIO()
    Image.new(mode, (3500, 1200)).save(out, "PNG")
    facts = inspect_photo(worker, out.getvalue())
    assert facts.mime == PNG
    assert picture(facts.preview).mode == "RGB"
    assert picture(facts.preview).size == (1600, 549)


def test_transparent_is_white(worker: RenderWorker) -> None:
    assert picture(inspect_photo(worker, make.clear_png(3600, 900)).thumb).getpixel((9, 9)) == (255, 255, 255)


def test_heic_is_turned_once(worker: RenderWorker) -> None:
    facts = inspect_photo(worker, make.HEIC_FILE.read_bytes())
    assert (facts.mime, facts.width, facts.height, facts.orientation) == (HEIC, 64, 96, 1)
    assert facts.taken_at == "2026-11-22T11:05:00+08:00"
    assert facts.position == (Decimal("39.907325"), Decimal("116.391403"))
    assert red_corner(facts.preview) == ("top", "right")


def test_without_the_heic_library_all_else_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pi_heif", None)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", Image.MAX_IMAGE_PIXELS)  # given back afterwards
    with pytest.raises(NdbError, match="E-PHOTO-HEIC"):
        read_photo(make.HEIC_FILE.read_bytes(), views=True)
    assert read_photo(make.photo(), views=True)[0].mime == JPEG


def test_the_content_counts_and_not_the_name(worker: RenderWorker) -> None:
    """`inspect_photo` is told no name at all; a phone's second picture behind the first is no film."""
    assert inspect_photo(worker, make.photo(kind="PNG")).mime == PNG
    assert inspect_photo(worker, make.two_in_one()).mime == JPEG
    # A film behind the picture, as "live" photos of Android phones have it.
    film = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(5000)
    assert inspect_photo(worker, make.photo() + film).mime == JPEG


def test_only_the_head_without_views(worker: RenderWorker) -> None:
    data = make.photo(block=make.exif(taken="2026:11:22 11:05:00"))
    facts = inspect_photo(worker, data[: len(data) * 2 // 3], views=False)
    assert (facts.taken_at, facts.preview, facts.thumb) == ("2026-11-22T11:05:00", b"", b"")


def test_pieces_of_a_source_and_an_open_document_stay_apart(worker: RenderWorker) -> None:
    data = make.photo(1000, 800)
    worker.open(text_page("Demonstration base"), PDF)
    facts = inspect_photo(worker, Source(len(data), lambda: (data[i : i + 999] for i in range(0, len(data), 999))))
    assert facts == inspect_photo(worker, data)
    assert "Demonstration" in worker.page_text(1)
    worker.close_document()


# --- nothing of the camera travels on --------------------------------------------------------------------------------


def loaded_photo() -> bytes:
    """A photo full of words: EXIF with position, XMP, a comment, a small picture of its own in the EXIF."""
    block = make.exif(orientation=3, taken="2026:11:22 11:05:00", place=make.BEIJING)
    xmp = b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta GPSLatitude='39'/>"
    data = make.photo(900, 700, block=block, comment=b"SecretPhone 9 GPS")
    small = b"\xff\xe1" + struct.pack(">H", len(xmp) + 2) + xmp
    return data[:2] + small + data[2:]


@pytest.mark.parametrize("kind", ["jpeg", "png", "heic"])
def test_views_carry_nothing_of_the_camera(worker: RenderWorker, kind: str, tmp_path: Path) -> None:
    block = make.exif(taken="2026:11:22 11:05:00", place=make.BEIJING)
    data = {
        "jpeg": loaded_photo(),
        "png": make.photo(500, 400, "PNG", block=block),
        "heic": make.HEIC_FILE.read_bytes(),
    }[kind]
    assert any(word in data for word in make.SECRET_WORDS)
    facts = inspect_photo(worker, data)
    assert facts.position is not None
    for view in (facts.preview, facts.thumb):
        assert not any(word in view for word in make.SECRET_WORDS)
        # A single picture: no other inside it, no segment but those a decoder needs.
        assert view.count(b"\xff\xd8\xff") == 1
        assert {marker for marker, _ in segments(view)} <= {0xE0, 0xDB, 0xC0, 0xC4, 0xDA}
        assert not picture(view).getexif()
    if shutil.which("identify"):
        path = tmp_path / "view.jpg"
        path.write_bytes(facts.preview)
        told = subprocess.run(
            ["identify", "-format", "%[EXIF:*]%[IPTC:*]%c|%[profiles]|%m", str(path)],
            capture_output=True,
            text=True,
            check=True,
        )
        assert told.stdout.strip() == "||JPEG"
    if shutil.which("exiftool"):
        told = subprocess.run(["exiftool", "-j", "-G", "-"], input=facts.preview, capture_output=True, check=True)
        groups = {name.partition(":")[0] for name in json.loads(told.stdout)[0]}
        assert groups <= {"SourceFile", "ExifTool", "File", "JFIF", "Composite"}


def segments(data: bytes) -> Iterator[tuple[int, int]]:
    """Marker and length of every segment of a JPEG up to its pixels."""
    place = 2
    while True:
        assert data[place] == 0xFF
        marker, (length,) = data[place + 1], struct.unpack_from(">H", data, place + 2)
        yield marker, length
        if marker == 0xDA:
            return
        place += 2 + length


# --- hostile ----------------------------------------------------------------------------------------------------------


def zipped(name: str = "x.txt") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(name, "hidden")
    return out.getvalue()


def with_comment(words: bytes) -> bytes:
    return make.photo(comment=words)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "E-PHOTO-EMPTY"),
        (b"GIF89a" + bytes(50), "E-PHOTO-TYPE"),
        (b"%PDF-1.7\n", "E-PHOTO-TYPE"),
        (b"MZ" + bytes(90), "E-PHOTO-TYPE"),
        (b"\0\0\0\x18ftypmp42" + bytes(90), "E-PHOTO-TYPE"),
        (b"\0\0\0\x18ftypavif" + bytes(90), "E-PHOTO-TYPE"),
        (b"\0\0\0\x18ftyphevc" + bytes(90), "E-PHOTO-ANIMATED"),
        (make.moving_png(), "E-PHOTO-ANIMATED"),
        (make.photo()[:-400], "E-PHOTO-DAMAGED"),
        (make.photo(progressive=True)[:-400], "E-PHOTO-DAMAGED"),
        (make.photo()[:60], "E-PHOTO-DAMAGED"),
        (make.photo(kind="PNG")[:-60], "E-PHOTO-DAMAGED"),
        (make.HEIC_FILE.read_bytes()[:-200], "E-PHOTO-HEIC"),
        (make.HEIC_FILE.read_bytes()[:40], "E-PHOTO-HEIC"),
        (make.HEIC_FILE.read_bytes().replace(b"hvc1", b"av01"), "E-PHOTO-HEIC"),
        (make.png_bomb(20_000, 6_001), "E-PHOTO-LIMIT"),
        (make.png_bomb(2_000_000_000, 2_000_000_000), "E-PHOTO-LIMIT"),
        (make.png_bomb(110_000, 1), "E-PHOTO-LIMIT"),
        (make.png_bomb(9_000, 9_000), "E-PHOTO-DAMAGED"),
        (make.jpeg_bomb(65_000, 65_000), "E-PHOTO-LIMIT"),
        (make.photo() + zipped(), "E-PHOTO-POLYGLOT"),
        (make.photo(kind="PNG") + zipped(), "E-PHOTO-POLYGLOT"),
        (make.HEIC_FILE.read_bytes() + zipped(), "E-PHOTO-POLYGLOT"),
        (make.photo() + b"Rar!\x1a\x07\x01\0" + bytes(90), "E-PHOTO-POLYGLOT"),
        (make.photo(kind="PNG") + b"7z\xbc\xaf\x27\x1c" + bytes(90), "E-PHOTO-POLYGLOT"),
        (with_comment(b"%PDF-1.4\n1 0 obj"), "E-PHOTO-POLYGLOT"),
        # The next directory is the first again; the photo's own is the first; the position's is the photo's.
        (make.with_exif(make.tiff([(0x0112, 3, 1, 6)], after=8)), "E-PHOTO-EXIF"),
        (make.with_exif(make.tiff([(0x8769, 4, 1, 8)])), "E-PHOTO-EXIF"),
        (make.with_exif(make.tiff([(0x8769, 4, 1, 38), (0x8825, 4, 1, 38)]) + bytes(99)), "E-PHOTO-EXIF"),
    ],
)  # fmt: skip
def test_hostile_photos_are_refused_by_name(worker: RenderWorker, data: bytes, code: str) -> None:
    assert refused(worker, data) == code


def test_a_bomb_costs_no_memory(worker: RenderWorker) -> None:
    """Refused before anything is allocated for the pixels, so also by a renderer that has hardly any memory."""
    with RenderWorker(memory_limit=300 * 1024 * 1024) as small:
        assert refused(small, make.png_bomb(60_000, 60_000)) == "E-PHOTO-LIMIT"
        # Allowed by its size, but not here: refused, and the next photo is read.
        assert refused(small, make.png_bomb(10_900, 10_900)) == "E-PHOTO-MEMORY"
        assert inspect_photo(small, make.photo()).mime == JPEG


def test_the_largest_photo_fits_the_renderer(worker: RenderWorker) -> None:
    """120 million pixels, transparent, so that nothing can be shrunk while it is decoded."""
    facts = inspect_photo(worker, make.clear_png(12_000, 10_000))
    assert picture(facts.preview).size == (1600, 1333)
    assert picture(facts.thumb).getpixel((9, 9)) == (255, 255, 255)


def test_too_many_bytes_are_not_even_sent(worker: RenderWorker) -> None:
    def pieces() -> Iterator[bytes]:
        raise AssertionError("nothing is read")

    before = worker.pid
    assert refused(worker, Source(port.MAX_PHOTO + 1, pieces)) == "E-PHOTO-SIZE"
    assert worker.pid == before


def test_a_renderer_that_dies_or_hangs_costs_one_photo() -> None:
    with RenderWorker() as worker:
        worker.start()
        assert worker.pid is not None
        os.kill(worker.pid, signal.SIGSTOP)
        worker._time_limit = 0.3
        assert refused(worker, make.photo()) == "E-PHOTO-SLOW"
        worker._time_limit = 60
        assert inspect_photo(worker, make.photo()).mime == JPEG
        pid = worker.pid
        os.kill(pid, signal.SIGSTOP)

        def dying() -> Iterator[bytes]:
            yield make.photo()[:100]
            os.kill(pid, signal.SIGKILL)
            yield make.photo()[100:]

        assert refused(worker, Source(len(make.photo()), dying)) == "E-PHOTO-CRASH"
        assert inspect_photo(worker, make.photo()).mime == JPEG


@pytest.mark.parametrize(
    "change",
    [
        {"mime": "text/html"},
        {"width": 0},
        {"width": 200_000},
        {"width": 90_000, "height": 90_000},
        {"orientation": 9},
        {"taken_at": "2026-11-22<b>"},
        {"position": ("1e5", "2")},
        {"preview": (1600, 0)},
        {"preview": (2000, 2)},
        {"thumb": (1, 1)},
    ],
)
def test_a_lying_renderer_is_not_believed(
    worker: RenderWorker, monkeypatch: pytest.MonkeyPatch, change: dict[str, object]
) -> None:
    good = {
        "mime": JPEG, "width": 4, "height": 2, "orientation": 1, "taken_at": "", "position": None,
        "preview": (4, 2), "thumb": (2, 1),
    }  # fmt: skip
    pixels = bytes(3 * (8 + 2))

    def answer(told: dict[str, object]) -> PhotoFacts:
        monkeypatch.setattr(worker, "_ask", lambda *_: (port.PhotoRead(**told), pixels))  # type: ignore[arg-type]
        return inspect_photo(worker, make.photo())

    assert answer(good).width == 4
    with pytest.raises(NdbError, match="E-PHOTO-CRASH"):
        answer(good | change)
    monkeypatch.undo()


def outcome(worker: RenderWorker, mutant: Mutant) -> str:
    """`read`, or the code of the reason."""
    try:
        facts = inspect_photo(worker, mutant.data)
    except NdbError as error:
        return error.code
    except BaseException:
        print(f"stopped at: {mutant.name}")
        raise
    assert max(picture(facts.preview).size) <= 1600, mutant.name
    return "read"


def test_500_damaged_photos_end_in_a_view_or_a_known_reason() -> None:
    """Never a crash of the program, never a wait; one renderer for all of them."""
    outcomes: Counter[str] = Counter()
    with RenderWorker(time_limit=30) as worker:
        for mutant in make.mutants(500, seed=20261123):
            ended = outcome(worker, mutant)
            assert ended in CODES | {"read"}, mutant.name
            outcomes[ended] += 1
    # Both ends of the way are walked often, else the damage is too light or too heavy to prove anything.
    assert min(outcomes["read"], outcomes["E-PHOTO-DAMAGED"]) > 50, outcomes
    assert outcomes["E-PHOTO-HEIC"] > 10, outcomes
    assert outcomes["E-PHOTO-CRASH"] + outcomes["E-PHOTO-SLOW"] < 5, outcomes


def test_the_undamaged_ones_are_read(worker: RenderWorker) -> None:
    for name, data in make.bases():
        assert inspect_photo(worker, data).width, name


# --- what the camera says ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("taken", "offset", "expected"),
    [
        ("2026:11:22 11:05:00", "+08:00", "2026-11-22T11:05:00+08:00"),
        ("2026:11:22 11:05:00", None, "2026-11-22T11:05:00"),
        ("2026:11:22 11:05:00", "   :  ", "2026-11-22T11:05:00"),
        ("2026:11:22 11:05:00", "+99:00", "2026-11-22T11:05:00"),
        ("2000:01:01 00:00:00", None, "2000-01-01T00:00:00"),
        ("0000:00:00 00:00:00", "+08:00", ""),
        ("    :  :     :  :  ", None, ""),
        ("2026:02:30 11:05:00", None, ""),
        ("2026:11:22 24:05:00", None, ""),
        ("2026:11:22T11:05:00", None, ""),
        ("yesterday", None, ""),
        (None, "+08:00", ""),
    ],
)
def test_when_it_was_taken(taken: str | None, offset: str | None, expected: str) -> None:
    assert read_exif(make.exif(taken=taken, offset=offset)).taken_at == expected


def place(north: tuple[str, int, int, tuple[int, int]], east: tuple[str, int, int, tuple[int, int]]) -> bytes:
    return make.exif(place=(north, east))


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        (place(*make.BEIJING), ("39.907325", "116.391403")),
        (place(("S", 33, 0, (0, 1)), ("W", 70, 30, (36, 1))), ("-33", "-70.51")),
        (place(("N", 0, 0, (0, 1)), ("E", 0, 0, (0, 1))), None),
        (place(("N", 0, 0, (0, 1)), ("E", 9, 0, (0, 1))), ("0", "9")),
        (place(("N", 91, 0, (0, 1)), ("E", 9, 0, (0, 1))), None),
        (place(("N", 90, 0, (1, 1)), ("E", 9, 0, (0, 1))), None),
        (place(("N", 9, 0, (0, 1)), ("E", 181, 0, (0, 1))), None),
        (place(("N", 9, 61, (0, 1)), ("E", 9, 0, (0, 1))), None),
        (place(("N", 9, 0, (0, 0)), ("E", 9, 0, (0, 1))), None),
        (place(("", 9, 0, (0, 1)), ("E", 9, 0, (0, 1))), None),
        (place(("E", 9, 0, (0, 1)), ("N", 9, 0, (0, 1))), None),
        (make.exif(place=make.BEIJING, status="V"), None),
        (make.exif(place=make.BEIJING, status="A"), ("39.907325", "116.391403")),
        (make.exif(place=make.BEIJING[:1]), None),
        (make.exif(), None),
    ],
)
def test_where_it_was_taken(block: bytes, expected: tuple[str, str] | None) -> None:
    assert read_exif(block).position == expected


@pytest.mark.parametrize("order", ["<", ">"])
def test_both_byte_orders_and_nonsense(order: str) -> None:
    six = 6 if order == "<" else 6 << 16
    assert read_exif(make.tiff([(0x0112, 3, 1, six)], order=order)).orientation == 6
    assert read_exif(make.tiff([(0x0112, 3, 1, 9 if order == "<" else 9 << 16)], order=order)).orientation == 1
    # Far too many, far outside, of no known type: not there.
    assert read_exif(make.tiff([(0x9003, 2, 2**31, 8), (0x8769, 4, 1, 2**31)], order=order)) == ExifFacts()
    assert read_exif(make.tiff([(0x0112, 99, 1, 6)], order=order)) == ExifFacts()


def told(block: bytes) -> None:
    """Reads a block; all it may say or refuse is what a record can hold."""
    try:
        facts = read_exif(block)
    except NdbError as error:
        if error.code != "E-PHOTO-EXIF":
            raise
        return
    assert 1 <= facts.orientation <= 8
    assert len(facts.taken_at) in (0, 19, 25)
    assert facts.position is None or max(abs(Decimal(degrees)) for degrees in facts.position) <= 180


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400), st.booleans())
def test_any_bytes_are_an_answer(data: bytes, headed: bool) -> None:
    told((b"II*\0\x08\0\0\0" if headed else b"") + data)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_changed_block_is_an_answer(data: st.DataObject) -> None:
    block = bytearray(make.exif(orientation=6, taken="2026:11:22 11:05:00", offset="+08:00", place=make.BEIJING))
    for _ in range(data.draw(st.integers(1, 6))):
        block[data.draw(st.integers(0, len(block) - 1))] = data.draw(st.integers(0, 255))
    told(bytes(block))
