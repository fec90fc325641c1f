"""The cells of a table, drawn in one pass.

Qt asks the model eight times for each cell and lays every word out twice; a page of other rows took two frames of a
60 Hz screen. Here each row is asked once, and how wide a word is stays known.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QFont, QFontMetrics, QIcon, QPainter

from ndb_desktop.ui import icons, theme

PADDING = 8
"""At both sides of a cell, as the style sheet says for tables."""
_KNOWN = 4_000
"""So many different words stay measured, about twenty screens."""


_MIDDLE = Qt.AlignmentFlag.AlignCenter


class Cell(NamedTuple):
    """What stands in one cell; `icon` is a name and a colour, `colour` "" for that of the row."""

    text: str
    number: bool
    icon: tuple[str, str] | None
    colour: str


class CellPainter:
    """Draws the rows of one table in one font; `margin` and `icon` are pixels, as its style has them."""

    def __init__(self, font: QFont, margin: int, icon: int) -> None:
        self._font, self._edge, self._gap, self._icon = font, PADDING + margin, 2 * margin, icon
        metrics = QFontMetrics(font)
        self._tall, self._ascent = metrics.height(), metrics.ascent()
        self._fitted = lru_cache(_KNOWN)(_fitting(metrics))

    def begin(self, painter: QPainter, enabled: bool) -> None:
        """Before the first row of a frame."""
        self._painter = painter
        self._mode = QIcon.Mode.Normal if enabled else QIcon.Mode.Disabled
        painter.setFont(self._font)
        self._ink = ""
        self._line = theme.color("line")
        self._chosen = theme.color("accent_soft")

    def ground(self, rect: QRect, selected: bool) -> None:
        """What lies under a row, and the line below it."""
        if selected:
            self._painter.fillRect(rect, self._chosen)
        self._painter.fillRect(rect.left(), rect.bottom(), rect.width(), 1, self._line)

    def cell(self, left: int, top: int, width: int, height: int, cell: Cell, selected: bool) -> None:
        """One cell; its place includes padding and the line below it."""
        text, number, icon, colour = cell
        left, room, height = left + self._edge, width - 2 * self._edge, height - 1
        if icon is not None:
            size = self._icon
            picture = icons.icon(*icon)
            picture.paint(self._painter, left, top + (height - size) // 2, size, size, _MIDDLE, self._mode)
            left, room = left + size + self._gap, room - size - self._gap
        if not text or room <= 0:
            return
        fitted, wide = self._fitted(text, room)
        self._write("on_accent_soft" if selected else colour or "text")
        below = top + (height - self._tall) // 2 + self._ascent
        self._painter.drawText(left + (room - wide if number else 0), below, fitted)

    def _write(self, colour: str) -> None:
        if colour != self._ink:
            self._painter.setPen(theme.color(colour))
            self._ink = colour


def _fitting(metrics: QFontMetrics) -> Callable[[str, int], tuple[str, int]]:
    """Words as far as there is room for them, in one line, and how wide that is."""

    def fit(text: str, room: int) -> tuple[str, int]:
        first, more, _ = text.partition("\n")
        text = f"{first}…" if more else first
        wide = metrics.horizontalAdvance(text)
        if wide > room:
            text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
            wide = metrics.horizontalAdvance(text)
        return text, wide

    return fit
