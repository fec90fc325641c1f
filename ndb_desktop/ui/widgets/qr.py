"""A QR code on the screen: always dark on white with its quiet zone, whatever the theme, so that a phone reads it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ndb_desktop.ui import theme

QUIET = 4
"""Modules of white around the code (ISO/IEC 18004)."""


class QrView(QWidget):
    """Shows the modules given, each a whole number of pixels wide."""

    def __init__(self, name: str, side: int) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self._modules: tuple[tuple[bool, ...], ...] = ()
        self._side = theme.pixels(side)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    @property
    def modules(self) -> tuple[tuple[bool, ...], ...]:
        """What is shown, row by row."""
        return self._modules

    def set_modules(self, modules: Sequence[Sequence[bool]], spoken: str) -> None:
        """Another code; `spoken` is what a screen reader says instead of a picture."""
        self._modules = tuple(tuple(row) for row in modules)
        self.setAccessibleDescription(spoken)
        self.setFixedSize(self.sizeHint())
        self.update()

    def _step(self) -> int:
        return max(2, self._side // (len(self._modules) + 2 * QUIET))

    def sizeHint(self) -> QSize:
        side = self._step() * (len(self._modules) + 2 * QUIET)
        return QSize(side, side)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(Qt.GlobalColor.white))
        step = self._step()
        for number, line in enumerate(self._modules):
            for column, dark in enumerate(line):
                if dark:
                    spot = QRect((QUIET + column) * step, (QUIET + number) * step, step, step)
                    painter.fillRect(spot, QColor(Qt.GlobalColor.black))
        painter.end()
