"""What the renderer answers about a document, and whether an answer can be true: the child is not believed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ndb_desktop.documents import port
from ndb_desktop.documents.port import Rect


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


def _is_rect(rect: tuple[float, float, float, float]) -> bool:
    return all(map(math.isfinite, rect))
