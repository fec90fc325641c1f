"""Broken documents by the hundred: real small PDFs and pictures, damaged in ways that repeat for the same seed."""

from __future__ import annotations

import io
import random
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from PIL import Image, ImageDraw, PngImagePlugin
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from ndb_desktop.documents.sniff import JPEG, PDF, PNG
from tests.support import documents as make

SEED = 20261122

_NUMBER = re.compile(rb"\d+")
_ODD_NUMBERS = (b"0", b"-1", b"1", b"65536", b"2147483647", b"4294967296", b"99999999999999999999", b"1e9", b"0.00001")
_ODD_TOKENS = (
    b"<<", b">>", b"[", b"]", b"null", b"endobj", b"stream\n", b"\0" * 9, b"/Kids [1 0 R]", b"/Parent 3 0 R", b"1 0 R",
    b"/Rotate 45", b"/Filter [/FlateDecode /FlateDecode]", b"/JavaScript", b"q " * 200, b"BT ET ", b"%PDF-1.4\n",
)  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """A damaged document; `name` says how to make it again."""

    name: str
    data: bytes
    mime: str


def mutants(count: int, seed: int = SEED) -> Iterator[Mutant]:
    """`count` damaged documents, three PDFs to one PNG and one JPEG; always the same for a seed."""
    originals = bases()
    by_kind = [[base for base in originals if base[1] == kind] for kind in (PDF, PNG, JPEG)]
    for number in range(count):
        chance = random.Random(f"{seed}/{number}")
        kind = by_kind[(0, 0, 0, 1, 2)[number % 5]]
        data, mime = chance.choice(kind)
        others = [other[0] for other in originals if other[0] != data]
        hows = chance.choices(_WAYS, k=chance.randint(1, 3))
        for how in hows:
            data = how(data, chance, others) or data[:1]
        yield Mutant(f"seed {seed} number {number} {mime} {' '.join(how.__name__ for how in hows)}", data, mime)


@cache
def bases() -> tuple[tuple[bytes, str], ...]:
    """What is damaged: written pages, a scan, scripts and files inside, bookmarks, links, pictures with EXIF."""
    return (
        (_written(), PDF),
        (_scanned(), PDF),
        (_active(), PDF),
        (_picture("PNG", "RGB"), PNG),
        (_picture("PNG", "P"), PNG),
        (_picture("PNG", "RGBA"), PNG),
        (_picture("JPEG", "RGB"), JPEG),
        (_picture("JPEG", "CMYK"), JPEG),
        (_picture("JPEG", "L"), JPEG),
    )


def _written() -> bytes:
    """Three pages of text, packed as usual, with bookmarks, links and a picture."""
    out = io.BytesIO()
    canvas = Canvas(out, invariant=1, pageCompression=1)
    for page in range(1, 4):
        canvas.bookmarkPage(f"p{page}")
        canvas.addOutlineEntry(f"Chapter {page}", f"p{page}", level=(page + 1) % 2)
        canvas.setFont("Helvetica", 14)
        for line in range(20):
            canvas.drawString(72, 760 - 20 * line, f"Page {page} line {line} research intensity 3.15 percent")
        canvas.linkRect("", "p3", (72, 200, 272, 240))
        canvas.linkURL("https://example.org/report", (72, 140, 272, 180))
        canvas.drawImage(ImageReader(Image.new("RGB", (16, 16), (page * 60, 80, 160))), 300, 150, 60, 60)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def _scanned() -> bytes:
    """Two pages that are a picture each."""
    head = b"/Type /XObject /Subtype /Image /Width 160 /Height 120 /ColorSpace /DeviceRGB /BitsPerComponent 8"
    photo = _picture("JPEG", "RGB")
    packed = zlib.compress(bytes(range(256)) * 225)
    page = (
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 5 0 R"
        b" /Resources << /XObject << /X %d 0 R >> >> >>"
    )
    return make.pdf(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R 4 0 R] /Count 2 >>",
            page % 6,
            page % 7,
            make.stream(b"595 0 0 842 0 0 cm /X Do"),
            make.stream(photo, head + b" /Filter /DCTDecode"),
            make.stream(packed, head + b" /Filter /FlateDecode"),
        ]
    )


def _active() -> bytes:
    """A page that wants to run a script, opens a file of its own and has a form, a pattern and a turned box."""
    catalog = (
        b"<< /Type /Catalog /Pages 2 0 R /OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >> /Outlines 7 0 R"
        b" /Names << /EmbeddedFiles << /Names [(a.exe) 9 0 R] >> >> /AcroForm << /Fields [10 0 R] >> >>"
    )
    page = (
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /CropBox [10 10 585 832] /Rotate 90 /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> /Pattern << /P1 6 0 R >> >> /Annots [10 0 R 11 0 R] >>"
    )
    drawn = b"BT /F1 12 Tf 72 700 Td (Demonstration base) Tj ET 0 0 m 100 100 l S /Pattern cs /P1 scn 9 9 99 99 re f "
    return make.pdf(
        [
            catalog,
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            page,
            make.stream(drawn * 5),
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
            make.stream(
                b"1 0 0 rg 0 0 5 5 re f",
                b"/PatternType 1 /PaintType 1 /TilingType 1 /BBox [0 0 10 10] /XStep 10 /YStep 10 /Resources << >>",
            ),
            b"<< /Type /Outlines /First 8 0 R /Last 8 0 R /Count 1 >>",
            b"<< /Title (Chapter) /Parent 7 0 R /Dest [3 0 R /Fit] >>",
            b"<< /Type /Filespec /F (a.exe) /EF << /F 12 0 R >> >>",
            b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (a) /V (b) /Rect [10 10 100 30] /AA << /F 13 0 R >> >>",
            b"<< /Type /Annot /Subtype /Link /Rect [72 600 200 620] /A << /S /URI /URI (https://example.org) >> >>",
            make.stream(b"MZ" + b"\0" * 60, b"/Type /EmbeddedFile"),
            b"<< /S /JavaScript /JS (while\\(1\\);) >>",
        ]
    )


def _picture(kind: str, mode: str) -> bytes:
    """A drawn picture with an EXIF orientation and, in a PNG, words beside it."""
    picture = Image.new("RGB", (160, 120), (240, 240, 235))
    draw = ImageDraw.Draw(picture)
    for step in range(12):
        draw.ellipse((step * 12, step * 8, step * 12 + 30, step * 8 + 30), fill=(step * 20, 90, 200 - step * 10))
    exif = Image.Exif()
    exif[0x0112], exif[0x010E], exif[0x011A] = 6, "site", 72.0
    out = io.BytesIO()
    words = PngImagePlugin.PngInfo()
    words.add_text("Comment", "demonstration base " * 20, zip=True)
    more = {"pnginfo": words} if kind == "PNG" else {"quality": 85, "progressive": mode == "L"}
    picture.convert(mode).save(out, kind, exif=exif, **more)
    return out.getvalue()


# --- ways to damage --------------------------------------------------------------------------------------------------


def _flip(data: bytes, chance: random.Random, _others: Sequence[bytes]) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.choice((1, 3, 12, 60))):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _cut(data: bytes, chance: random.Random, _others: Sequence[bytes]) -> bytes:
    return data[: chance.randrange(len(data))]


def _hole(data: bytes, chance: random.Random, _others: Sequence[bytes]) -> bytes:
    start = chance.randrange(len(data))
    return data[:start] + data[start + chance.choice((1, 4, 40, 400)) :]


def _splice(data: bytes, chance: random.Random, others: Sequence[bytes]) -> bytes:
    other = chance.choice(others)
    start, length = chance.randrange(len(other)), chance.choice((4, 64, 1024))
    place = chance.randrange(len(data))
    return data[:place] + other[start : start + length] + data[place + chance.choice((0, length)) :]


def _repeat(data: bytes, chance: random.Random, _others: Sequence[bytes]) -> bytes:
    start, length = chance.randrange(len(data)), chance.choice((2, 16, 256))
    return data[:start] + data[start : start + length] * chance.choice((2, 20, 400)) + data[start + length :]


def _number(data: bytes, chance: random.Random, _others: Sequence[bytes]) -> bytes:
    for _ in range(chance.choice((1, 3, 8))):
        found = list(_NUMBER.finditer(data))
        if not found:
            return data
        which = chance.choice(found)
        other = chance.choice((chance.choice(_ODD_NUMBERS), chance.choice(found)[0]))
        data = data[: which.start()] + other + data[which.end() :]
    return data


def _token(data: bytes, chance: random.Random, _others: Sequence[bytes]) -> bytes:
    place = chance.randrange(len(data))
    return data[:place] + chance.choice(_ODD_TOKENS) + data[place:]


_WAYS = (_flip, _cut, _hole, _splice, _repeat, _number, _number, _token)
