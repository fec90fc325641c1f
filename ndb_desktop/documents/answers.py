"""What the renderer answers about a document, and whether an answer can be true: the child is not believed."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from ndb_desktop.documents import port
from ndb_desktop.documents.port import Rect
from ndb_desktop.documents.sniff import HEIC, JPEG, PNG

_TAKEN = re.compile(
    r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3])(:[0-5][0-9]){2}([+-](0[0-9]|1[0-4]):[0-5][0-9])?"
)
_DEGREES = re.compile(r"-?[0-9]{1,3}(\.[0-9]{1,6})?")


@dataclass(frozen=True, slots=True)
class OpenedDocument:
    """An open document: number of pages and the size of each in points (as shown, rotation applied).

    `active`: it carries a script, a command or attached files, none of which is ever carried out or offered.
    """

    pages: int
    sizes: tuple[tuple[float, float], ...]
    active: bool = False


@dataclass(frozen=True, slots=True)
class RenderedPage:
    """A page as RGBA pixels on white, top row first; `scale` is what was used (smaller than asked for a huge page)."""

    width: int
    height: int
    stride: int
    rgba: bytes
    scale: float


@dataclass(frozen=True, slots=True)
class PageCharacters:
    """The text of a page with one rectangle (page points, origin top left) per character."""

    text: str
    boxes: tuple[Rect, ...]


def is_document(opened: port.Opened) -> bool:
    """Whether a document can have these pages; a lying answer must not reach the arithmetic of the view."""
    return 1 <= len(opened.sizes) <= port.MAX_PAGES and all(
        0 < side <= 2 * port.MAX_PAGE_POINTS for size in opened.sizes for side in size
    )


def is_picture(drawn: port.Drawn, pixels: bytes) -> bool:
    """Whether the pixels are those of a picture of this size."""
    fits = drawn.width > 0 and drawn.height > 0 and drawn.stride >= 4 * drawn.width
    return fits and len(pixels) == drawn.stride * drawn.height


def is_text(read: port.Text) -> bool:
    """Whether every character has its box."""
    return len(read.text) == len(read.boxes) <= port.MAX_TEXT and all(map(_is_rect, read.boxes))


def is_outline(entries: Sequence[port.OutlineEntry]) -> bool:
    """Whether bookmarks keep to the limits."""
    return len(entries) <= port.MAX_OUTLINE and all(
        0 <= entry.level < port.MAX_OUTLINE_DEPTH
        and 0 <= entry.page <= port.MAX_PAGES
        and len(entry.title) <= port.MAX_TITLE
        for entry in entries
    )


def are_links(links: Sequence[port.PageLink]) -> bool:
    """Whether links keep to the limits."""
    return len(links) <= port.MAX_LINKS and all(
        0 <= link.page <= port.MAX_PAGES and len(link.address) <= port.MAX_TITLE and _is_rect(link.rect)
        for link in links
    )


def is_photo(read: port.PhotoRead, pixels: bytes, *, views: bool) -> bool:
    """Whether a photo can be so, and the pixels are those of its two small pictures."""
    sound = (
        read.mime in (JPEG, PNG, HEIC)
        and min(read.width, read.height) > 0
        and max(read.width, read.height) <= port.MAX_PHOTO_SIDE
        and read.width * read.height <= port.MAX_PHOTO_PIXELS
        and 1 <= read.orientation <= 8
        and (not read.taken_at or _TAKEN.fullmatch(read.taken_at) is not None)
        and (read.position is None or all(_DEGREES.fullmatch(degrees) for degrees in read.position))
    )
    views_of = ((read.preview, port.PREVIEW_SIDE), (read.thumb, port.THUMB_SIDE))
    if not views:
        return sound and not pixels
    return (
        sound
        and all(min(view) > 0 and max(view) <= side for view, side in views_of)
        and len(pixels) == sum(3 * width * height for (width, height), _ in views_of)
    )


def _is_rect(rect: tuple[float, float, float, float]) -> bool:
    return all(map(math.isfinite, rect))
