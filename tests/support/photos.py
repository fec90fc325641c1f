"""Photos as cameras make them, and as nobody should: drawn, with EXIF written by Pillow or byte by byte."""

from __future__ import annotations

import io
import random
import struct
import zlib
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw
from PIL.TiffImagePlugin import IFDRational

from tests.support.mutants import Mutant

HEIC_FILE = Path(__file__).resolve().parents[1] / "fixtures/photos/site.heic"
"""64 x 96 pixels as shown; made by pillow-heif 1.8.1 from `photo(96, 64)` with the EXIF of `bases()`, turned by 6."""
BEIJING = (("N", 39, 54, (2637, 100)), ("E", 116, 23, (2905, 100)))
SECRET_WORDS = (b"Exif", b"GPS", b"SecretPhone 9", b"2026:11", b"http://ns.adobe.com/xap", b"ICC_PROFILE")


def exif(
    *,
    orientation: int | None = None,
    taken: str | None = None,
    offset: str | None = None,
    place: Sequence[tuple[str, int, int, tuple[int, int]]] = (),
    status: str = "",
) -> bytes:
    """An EXIF block as Pillow writes it."""
    block = Image.Exif()
    block[0x0110] = "SecretPhone 9"
    if orientation is not None:
        block[0x0112] = orientation
    inner = block.get_ifd(0x8769)
    if taken is not None:
        inner[0x9003] = taken
    if offset is not None:
        inner[0x9011] = offset
    gps = block.get_ifd(0x8825)
    for number, (side, degrees, minutes, seconds) in enumerate(place):
        gps[1 + 2 * number] = side
        gps[2 + 2 * number] = (IFDRational(degrees), IFDRational(minutes), IFDRational(*seconds))
    if status:
        gps[9] = status
    return block.tobytes()


@cache
def photo(
    width: int = 320,
    height: int = 240,
    kind: str = "JPEG",
    *,
    block: bytes | None = None,
    mode: str = "RGB",
    corner: tuple[int, int, int] = (250, 10, 10),
    **options: object,
) -> bytes:
    """A drawn photo whose top left tenth, as stored, is of the colour `corner`."""
    picture = Image.new("RGB", (width, height), (90, 140, 190))
    draw = ImageDraw.Draw(picture)
    for step in range(8):
        x, y = width * step // 8, height * (step % 3) // 3
        draw.ellipse((x, y, x + width // 6, y + height // 6), fill=(step * 30, 200 - step * 20, 90))
    draw.rectangle((0, 0, width // 10, height // 10), fill=corner)
    out = io.BytesIO()
    more = {"exif": block} if block is not None else {}
    picture.convert(mode).save(out, kind, **more, **options)
    return out.getvalue()


def with_exif(block: bytes, data: bytes | None = None) -> bytes:
    """A JPEG with exactly this EXIF block, however broken."""
    data = data if data is not None else photo()
    body = b"Exif\0\0" + block
    return data[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + data[2:]


def chunk(name: bytes, data: bytes) -> bytes:
    """A chunk of a PNG."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png_bomb(width: int, height: int) -> bytes:
    """A PNG of a few hundred bytes that says it is this large."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(9999))) + chunk(b"IEND", b"")
    )


def clear_png(width: int, height: int) -> bytes:
    """A wholly transparent grey PNG of any size in little time."""
    packer, row = zlib.compressobj(1), bytes(1 + 2 * width)
    body = b"".join([*(packer.compress(row) for _ in range(height)), packer.flush()])
    head = struct.pack(">IIBBBBB", width, height, 8, 4, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def jpeg_bomb(width: int, height: int) -> bytes:
    """A small JPEG whose head says it is this large."""
    data = bytearray(photo())
    place = data.index(b"\xff\xc0") + 5
    data[place : place + 4] = struct.pack(">HH", height, width)
    return bytes(data)


def tiff(entries: Sequence[tuple[int, int, int, int]], after: int = 0, *, order: str = "<") -> bytes:
    """A TIFF block of one directory at 8: (tag, type, count, value or place)."""
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", 8)
    rows = b"".join(struct.pack(order + "HHII", *entry) for entry in entries)
    return head + struct.pack(order + "H", len(entries)) + rows + struct.pack(order + "I", after)


def moving_png() -> bytes:
    """An animated PNG of two pictures."""
    out = io.BytesIO()
    frames = [Image.new("RGB", (40, 30), colour) for colour in ("red", "blue")]
    frames[0].save(out, "PNG", save_all=True, append_images=frames[1:], duration=100)
    return out.getvalue()


def two_in_one() -> bytes:
    """A JPEG with a second picture behind the first, as phones write for depth or brightness (MPO)."""
    out = io.BytesIO()
    frames = [Image.open(io.BytesIO(photo(corner=colour))).convert("RGB") for colour in ((250, 10, 10), (10, 10, 250))]
    frames[0].save(out, "MPO", save_all=True, append_images=frames[1:])
    return out.getvalue()


@cache
def bases() -> tuple[tuple[str, bytes], ...]:
    """Sound photos of every kind, with EXIF, as the fuzzing starts from."""
    block = exif(orientation=6, taken="2026:11:22 11:05:00", offset="+08:00", place=BEIJING)
    return (
        ("jpeg", photo(160, 120, block=block)),
        ("jpeg progressive", photo(160, 120, block=block, progressive=True)),
        ("jpeg grey", photo(160, 120, mode="L", block=block)),
        ("jpeg cmyk", photo(120, 90, mode="CMYK")),
        ("jpeg two", two_in_one()),
        ("png", photo(120, 90, "PNG", block=block)),
        ("png rgba", photo(120, 90, "PNG", mode="RGBA")),
        ("png palette", photo(120, 90, "PNG", mode="P")),
        ("heic", HEIC_FILE.read_bytes()),
    )


def mutants(count: int, seed: int) -> Iterator[Mutant]:
    """`count` damaged photos, always the same for a seed; half of the damage is in the first kilobyte (the heads)."""
    originals = bases()
    for number in range(count):
        chance = random.Random(f"{seed}/{number}")
        kind, data = originals[number % len(originals)]
        how = chance.choice(("flip", "flip head", "cut", "hole", "splice", "repeat", "odd"))
        yield Mutant(f"seed {seed} number {number} {kind} {how}", _damaged(data, how, chance, originals), kind)


def _damaged(data: bytes, how: str, chance: random.Random, originals: Sequence[tuple[str, bytes]]) -> bytes:
    changed = bytearray(data)
    place = chance.randrange(len(data))
    if how in ("flip", "flip head"):
        for _ in range(chance.choice((1, 3, 12))):
            changed[chance.randrange(min(len(data), 1000 if "head" in how else len(data)))] ^= 1 << chance.randrange(8)
    elif how == "cut":
        del changed[place:]
    elif how == "hole":
        del changed[place : place + chance.choice((1, 4, 40, 400))]
    elif how == "splice":
        other = chance.choice(originals)[1]
        start = chance.randrange(len(other))
        changed[place : place + 64] = other[start : start + chance.choice((4, 64, 1024))]
    elif how == "repeat":
        changed[place:place] = data[place : place + chance.choice((2, 16, 256))] * chance.choice((2, 20, 400))
    else:
        place = chance.randrange(min(len(data) - 4, 1000))
        changed[place : place + 4] = chance.choice((b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff\xff\xff", b"\0\1\0\0"))
    return bytes(changed) or b"\0"
