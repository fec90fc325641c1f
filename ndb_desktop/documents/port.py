"""The wire between the program and its renderer: typed messages, length-prefixed, one blob beside each.

A frame is two big-endian 32-bit lengths, then a MessagePack structure, then raw bytes (a document or pixels), so that
pixels are never copied into another encoding. Both ends check what they read; neither trusts the other's lengths.
"""

from __future__ import annotations

import os
import struct
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import IO, NamedTuple

import msgspec

CHILD_OPTION = "--render-child"
"""The frozen program starts itself with this option to become the renderer."""

MAX_DOCUMENT = 200 * 1024 * 1024
"""Largest document in bytes the renderer takes."""
MAX_PAGES = 3000
"""Most pages of one document."""
MAX_PIXELS = 40_000_000
"""Most pixels of one rendered picture; a larger wish is rendered at the largest scale that fits."""
MAX_IMAGE_PIXELS = 80_000_000
"""Most pixels of an image file, checked before it is decoded."""
MAX_PHOTO = 64 * 1024 * 1024
"""Most bytes of a photo of an inspection."""
MAX_PHOTO_PIXELS = 120_000_000
"""Most pixels of such a photo, checked before it is decoded."""
MAX_PHOTO_SIDE = 100_000
"""Most pixels of one side of it."""
PREVIEW_SIDE, THUMB_SIDE = 1600, 240
"""Longest side of the two small pictures made of it."""
MAX_PAGE_POINTS = 14_400.0
"""Longest side of a page in points (PDF's own limit: 200 inches)."""
MAX_TEXT = 400_000
"""Most characters of text taken from one page."""
MAX_TEXTS = 50_000_000
"""Most characters of text taken from one document."""
MAX_OUTLINE = 5000
"""Most bookmarks of one document."""
MAX_OUTLINE_DEPTH = 8
"""Most levels of bookmarks below each other."""
MAX_LINKS = 500
"""Most links of one page."""
MAX_TITLE = 200
"""Most characters of a bookmark's title or a link's address."""
MAX_PART = 1024 * 1024
"""Most bytes of a document the renderer asks for at once."""
_MAX_META = 64 * 1024 * 1024
_HEADER = struct.Struct(">II")


class Rect(NamedTuple):
    """A rectangle in page points, origin at the top left corner of the page as shown, y downwards."""

    x0: float
    y0: float
    x1: float
    y1: float


class Start(msgspec.Struct, frozen=True, tag="start"):
    """First request: the limits the child sets for itself (bytes of address space, seconds per request)."""

    memory: int
    seconds: float


class Open(msgspec.Struct, frozen=True, tag="open"):
    """Takes the blob as the open document, instead of any document before."""

    mime: str


class OpenParts(msgspec.Struct, frozen=True, tag="parts"):
    """As `Open` for a document of `size` bytes that stays with the program; what of it is read, `Need` asks for."""

    mime: str
    size: int


class Part(msgspec.Struct, frozen=True, tag="part"):
    """Answer to `Need`, the one answer that goes to the renderer; the blob holds the bytes."""


class Render(msgspec.Struct, frozen=True, tag="render"):
    """Draws a page (1-based); `scale` 1 = one pixel per point."""

    page: int
    scale: float


class PageText(msgspec.Struct, frozen=True, tag="text"):
    """The text of a page (1-based), without boxes."""

    page: int


class ReadTexts(msgspec.Struct, frozen=True, tag="read"):
    """Takes the blob as the open document, to be read and not shown; answered with the texts of its first pages."""

    mime: str


class MoreTexts(msgspec.Struct, frozen=True, tag="more"):
    """The texts of the pages from this one (1-based) on."""

    page: int


class PageBoxes(msgspec.Struct, frozen=True, tag="boxes"):
    """The text of a page (1-based), with a box for each character."""

    page: int


class Find(msgspec.Struct, frozen=True, tag="find"):
    """Where a word stands on a page (1-based)."""

    page: int
    query: str


class ReadPhoto(msgspec.Struct, frozen=True, tag="photo"):
    """Looks at the blob as a photo, with `views` also for its two small pictures; the open document stays open."""

    views: bool


class Outline(msgspec.Struct, frozen=True, tag="outline"):
    """The bookmarks of the open document."""


class PageLinks(msgspec.Struct, frozen=True, tag="links"):
    """The links on a page (1-based)."""

    page: int


class Close(msgspec.Struct, frozen=True, tag="close"):
    """Forgets the open document."""


class Ready(msgspec.Struct, frozen=True, tag="ready"):
    """Answer to `Start` and `Close`."""


class Need(msgspec.Struct, frozen=True, tag="need"):
    """Asked by the renderer before it answers: `length` bytes from `start` on of the document of `OpenParts`."""

    start: int
    length: int


class Opened(msgspec.Struct, frozen=True, tag="opened"):
    """Answer to `Open` and `OpenParts`: width and height of every page in points.

    `active`: it carries scripts or attached files.
    """

    sizes: tuple[tuple[float, float], ...]
    active: bool = False


class Drawn(msgspec.Struct, frozen=True, tag="drawn"):
    """Answer to `Render`; the blob holds RGBA pixels, row by row."""

    width: int
    height: int
    stride: int
    scale: float


class Text(msgspec.Struct, frozen=True, tag="texts"):
    """Answer to `PageText` and `PageBoxes`; `boxes` is empty or has one rectangle per character of `text`."""

    text: str
    boxes: tuple[tuple[float, float, float, float], ...] = ()


class Texts(msgspec.Struct, frozen=True, tag="pages"):
    """Answer to `ReadTexts` and `MoreTexts`: how many pages there are, and the texts of as many as one answer holds."""

    pages: int
    texts: tuple[str, ...]


class Found(msgspec.Struct, frozen=True, tag="found"):
    """Answer to `Find`."""

    rects: tuple[tuple[float, float, float, float], ...]


class PhotoRead(msgspec.Struct, frozen=True, tag="photo-read"):
    """Answer to `ReadPhoto`; the blob holds the RGB pixels of `preview` and then of `thumb` (width and height).

    `width` and `height` are those of the file, `position` is latitude and longitude as number strings.
    """

    mime: str
    width: int
    height: int
    orientation: int
    taken_at: str
    position: tuple[str, str] | None
    preview: tuple[int, int]
    thumb: tuple[int, int]


class OutlineEntry(msgspec.Struct, frozen=True, array_like=True):
    """A bookmark: depth (0 = outermost), title, page (1-based; 0 = none of this document)."""

    level: int
    title: str
    page: int


class Outlined(msgspec.Struct, frozen=True, tag="outlined"):
    """Answer to `Outline`."""

    entries: tuple[OutlineEntry, ...]


class PageLink(msgspec.Struct, frozen=True, array_like=True):
    """A link: its place on the page, and a page of the document (1-based) or, page 0, an address as plain words."""

    rect: tuple[float, float, float, float]
    page: int
    address: str


class Linked(msgspec.Struct, frozen=True, tag="linked"):
    """Answer to `PageLinks`."""

    links: tuple[PageLink, ...]


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    """The request cannot be met; the child lives on."""

    code: str
    params: dict[str, str]


AboutPage = Render | PageText | MoreTexts | PageBoxes | Find | PageLinks
Request = Start | Open | OpenParts | Part | ReadTexts | ReadPhoto | AboutPage | Outline | Close
Reply = Ready | Need | Opened | Drawn | Text | Texts | Found | Outlined | Linked | PhotoRead | Failed

_ENCODER = msgspec.msgpack.Encoder()
REQUESTS: msgspec.msgpack.Decoder[Request] = msgspec.msgpack.Decoder(Request)
REPLIES: msgspec.msgpack.Decoder[Reply] = msgspec.msgpack.Decoder(Reply)


class BadFrame(Exception):  # noqa: N818  (a broken wire, not a user's error)
    """The other end sent something that is not a frame of ours, or ended."""


def one_line(text: str, limit: int) -> str:
    """Foreign words as one line of at most `limit` characters, without anything that is not printed."""
    return " ".join("".join(c if c.isprintable() else " " for c in text[: 4 * limit]).split())[:limit]


def send(stream: IO[bytes], message: Request | Reply, blob: bytes | memoryview = b"") -> None:
    """Writes one frame."""
    meta = _ENCODER.encode(message)
    stream.write(_HEADER.pack(len(meta), len(blob)))
    stream.write(meta)
    if blob:
        stream.write(blob)
    stream.flush()


def send_pieces(stream: IO[bytes], message: Request, pieces: Iterable[bytes], size: int) -> None:
    """Writes one frame whose blob of `size` bytes comes in pieces, each gone before the next is asked for.

    Raises `BadFrame` for another number of bytes; after any error the frame is torn and the other end of no more use.
    """
    meta = _ENCODER.encode(message)
    stream.write(_HEADER.pack(len(meta), size))
    stream.write(meta)
    stream.flush()
    for piece in pieces:
        size -= len(piece)
        if size < 0:
            break
        stream.write(piece)
    if size:
        raise BadFrame("another size than announced")
    stream.flush()


def receive(stream: IO[bytes], max_blob: int) -> tuple[bytes, bytes] | None:
    """Reads one frame as (structure, blob); None at a clean end. Raises `BadFrame` for a torn or oversized one."""
    header = stream.read(_HEADER.size)
    if not header:
        return None
    if len(header) < _HEADER.size:
        raise BadFrame("torn header")
    meta_length, blob_length = _HEADER.unpack(header)
    if meta_length > _MAX_META or blob_length > max_blob:
        raise BadFrame("oversized frame")
    meta = stream.read(meta_length)
    blob = stream.read(blob_length) if blob_length else b""
    if len(meta) < meta_length or len(blob) < blob_length:
        raise BadFrame("torn frame")
    return meta, blob


def child_command() -> list[str]:
    """How the renderer is started: the frozen program starts itself, a source run starts the module."""
    if getattr(sys, "frozen", False):
        return [sys.executable, CHILD_OPTION]
    return [sys.executable, "-m", "ndb_desktop.documents.child"]


def child_environment() -> Mapping[str, str]:
    """What the renderer may know of our environment: nothing secret, only what Python needs to start."""
    keep = ("PATH", "SYSTEMROOT", "WINDIR", "TEMP", "TMP", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "_PYI_ARCHIVE_FILE")
    environment = {name: os.environ[name] for name in keep if name in os.environ}
    if not getattr(sys, "frozen", False):
        environment["PYTHONPATH"] = str(Path(__file__).resolve().parent.parent.parent)
        environment["PYTHONDONTWRITEBYTECODE"] = "1"
    environment["PYTHONUTF8"] = "1"
    # A document of 50 MB is a single piece of memory; in pages of 4 KiB it takes longer to get that than to fill it.
    environment["GLIBC_TUNABLES"] = "glibc.malloc.hugetlb=1"
    return environment
