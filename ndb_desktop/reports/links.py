"""Clickable places inside a PDF (站内链接): targets, links to them, and entries of the reader's side bar (书签).

What a page needs is put on its list while the story is laid out, and `apply` does it when the page is full.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from reportlab.platypus import Flowable, Paragraph

Deed = Callable[[Any, str], None]
"""Does something on a canvas; its second argument is a name nothing else in the file has."""
_ABOVE = 4.0
"""Points left above a target, so that a reader sees the line itself and not its lower half."""


class Target(Flowable):  # type: ignore[misc]  # reportlab has no types
    """Takes no room; links to `key` lead here. With a `title` the side bar gets an entry at `level` (0 = outermost)."""

    def __init__(self, key: str, title: str = "", level: int = 0) -> None:
        super().__init__()
        self.width = self.height = 0
        self._key, self._title, self._level = key, title, level

    def drawOn(self, canvas: Any, x: float, y: float, _sW: float = 0) -> None:  # noqa: N802, N803
        """Called by reportlab when the page is made."""
        _, top = canvas.absolutePosition(x, y)
        note(canvas, partial(_bookmark, self._key, top + _ABOVE))
        if self._title:
            note(canvas, partial(_entry, self._key, self._title, self._level))


class Linked(Flowable):  # type: ignore[misc]  # reportlab has no types
    """A paragraph that leads to `key` when pressed anywhere; it breaks over pages as the paragraph does.

    Not reportlab's `<a>`: inside a paragraph that would give up the Chinese rules for breaking lines.
    """

    def __init__(self, paragraph: Paragraph, key: str) -> None:
        super().__init__()
        self.paragraph = paragraph
        self._key = key

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        """Called by reportlab: the room it takes."""
        self.width, self.height = self.paragraph.wrap(width, height)
        return self.width, self.height

    def split(self, width: float, height: float) -> list[Flowable]:
        """Called by reportlab: the pieces of a paragraph that does not fit."""
        return [Linked(piece, self._key) for piece in self.paragraph.split(width, height)]

    def getSpaceBefore(self) -> float:  # noqa: N802
        """Called by reportlab."""
        return float(self.paragraph.getSpaceBefore())

    def getSpaceAfter(self) -> float:  # noqa: N802
        """Called by reportlab."""
        return float(self.paragraph.getSpaceAfter())

    def drawOn(self, canvas: Any, x: float, y: float, _sW: float = 0) -> None:  # noqa: N802, N803
        """Called by reportlab when the page is made."""
        self.paragraph.drawOn(canvas, x, y)
        left, bottom = canvas.absolutePosition(x, y)
        right, top = canvas.absolutePosition(x + self.width, y + self.height)
        note(canvas, partial(_link, self._key, (left, bottom, right, top)))


def note(canvas: Any, deed: Deed) -> None:
    """Puts a deed on the list of the page that is being laid out."""
    canvas.__dict__.setdefault("deeds", []).append(deed)


def apply(canvas: Any, page: int) -> None:
    """Does what is on the list of the page that is being written, which is page `page`."""
    for number, deed in enumerate(canvas.__dict__.pop("deeds", ())):
        deed(canvas, f"{page}-{number}")


def _bookmark(key: str, top: float, canvas: Any, _name: str) -> None:
    canvas.bookmarkHorizontalAbsolute(key, top)


def _link(key: str, box: tuple[float, float, float, float], canvas: Any, name: str) -> None:
    # Named by page and place, so that no two in a file are alike.
    canvas.linkRect("", key, box, relative=0, name=name)


def _entry(key: str, title: str, level: int, canvas: Any, _name: str) -> None:
    canvas.addOutlineEntry(title, key, level)
