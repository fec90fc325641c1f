"""A list and what is chosen in it: beside each other where there is room, else the list above with few rows."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QWidget

from ndb_desktop.ui import theme
from ndb_desktop.ui.widgets.layout import row
from ndb_desktop.ui.widgets.table import DataTable

NARROW = 860
"""Pixels at 100 % below which a table beside the card would show the beginnings of its words only."""
ROWS = 4
"""So many rows of the table are in sight above the card."""
_MOST = 16_777_215
"""Qt's greatest size: no limit."""


class ListAndCard(QWidget):
    """`shares` of the width where both stand beside each other; above the card the list is as high as `high` says."""

    def __init__(self, part: QWidget, card: QWidget, high: Callable[[], int], shares: tuple[int, int] = (2, 3)) -> None:
        super().__init__()
        self._part, self._card, self._high = part, card, high
        self._line = row(part, card, gap=2)
        for place, share in enumerate(shares):
            self._line.setStretch(place, share)
        self._shares = shares
        # The narrower way to stand decides how narrow this may be.
        self._line.setSizeConstraint(QBoxLayout.SizeConstraint.SetNoConstraint)
        self.setLayout(self._line)

    def minimumSizeHint(self) -> QSize:
        width = max(part.minimumSizeHint().width() for part in (self._part, self._card))
        return QSize(width, self._line.minimumSize().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.turn()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Show:
            self.turn()
        return super().event(event)

    def turn(self) -> None:
        """Both stand as there is room; for whoever knows that `high` says something else now."""
        beside = self.width() >= theme.pixels(NARROW)
        direction = QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom
        if direction != self._line.direction():
            self._line.setDirection(direction)
            for place, share in enumerate(self._shares):
                self._line.setStretch(place, share if beside else place)
        high = self._high()
        self._part.setMinimumHeight(0 if beside else high)
        self._part.setMaximumHeight(_MOST if beside else high)


class TableAndCard(ListAndCard):
    """The first rows of the table stand above the card."""

    def __init__(self, table: DataTable, card: QWidget, shares: tuple[int, int] = (2, 3)) -> None:
        super().__init__(table, card, lambda: _rows_high(table), shares)
        table.model().modelReset.connect(self.turn)


def _rows_high(table: DataTable) -> int:
    """The height of the first rows with their heading."""
    rows = table.verticalHeader().defaultSectionSize() * min(table.model().rowCount(), ROWS)
    return rows + table.horizontalHeader().sizeHint().height() + 2 * table.frameWidth() + 2
