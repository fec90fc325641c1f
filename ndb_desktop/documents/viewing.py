"""What every kind of document can do inside the renderer. Runs only in the child process."""

from __future__ import annotations

import math
from typing import Protocol

from ndb_desktop.documents import port
from ndb_desktop.documents.port import Rect
from ndb_desktop.domain.errors import NdbError

A4 = (595.0, 842.0)
"""Points."""


class Picture:
    """A drawn page: RGBA pixels row by row, and the scale really used."""

    def __init__(self, width: int, height: int, stride: int, scale: float, pixels: bytes | memoryview) -> None:
        self.width, self.height, self.stride, self.scale, self.pixels = width, height, stride, scale, pixels


class View(Protocol):
    """An open document; pages count from 0 here."""

    sizes: tuple[tuple[float, float], ...]
    active: bool

    def render(self, page: int, scale: float) -> Picture:
        """The page drawn on white."""
        ...

    def text(self, page: int) -> str:
        """The text of the page."""
        ...

    def characters(self, page: int) -> tuple[str, list[Rect]]:
        """The text of the page with a box per character."""
        ...

    def outline(self) -> tuple[port.OutlineEntry, ...]:
        """The bookmarks."""
        ...

    def links(self, page: int) -> tuple[port.PageLink, ...]:
        """The links on the page."""
        ...

    def close(self) -> None:
        """Frees what the document holds."""
        ...


class Plain:
    """What pictures and plain text have not: bookmarks, links, scripts."""

    active = False

    def outline(self) -> tuple[port.OutlineEntry, ...]:
        return ()

    def links(self, page: int) -> tuple[port.PageLink, ...]:  # noqa: ARG002
        return ()


def fitting_scale(width: float, height: float, scale: float) -> float:
    """`scale`, or the largest smaller one at which the picture stays within `port.MAX_PIXELS`."""
    most = math.sqrt(port.MAX_PIXELS / max(width * height, 1.0)) * 0.999
    return min(scale, most)


def check_page_count(pages: int) -> None:
    if pages < 1:
        raise NdbError("E-DOC-CORRUPT")
    if pages > port.MAX_PAGES:
        raise NdbError("E-DOC-PAGES", pages=pages, limit=port.MAX_PAGES)
