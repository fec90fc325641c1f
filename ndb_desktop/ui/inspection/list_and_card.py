"""A table and the chosen one of its rows: beside each other where there is room, else the table above with few rows."""

from __future__ import annotations

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
    """`shares` of the width where both stand beside each other."""

    def __init__(self, table: DataTable, card: QWidget, shares: tuple[int, int] = (2, 3)) -> None:
        super().__init__()
        self._table, self._card = table, card
        self._line = row(table, card, gap=2)
        for place, share in enumerate(shares):
            self._line.setStretch(place, share)
        self._shares = shares
        # The narrower way to stand decides how narrow this may be.
        self._line.setSizeConstraint(QBoxLayout.SizeConstraint.SetNoConstraint)
        self.setLayout(self._line)
        table.model().modelReset.connect(self._turn)

    def minimumSizeHint(self) -> QSize:
        width = max(part.minimumSizeHint().width() for part in (self._table, self._card))
        return QSize(width, self._line.minimumSize().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._turn()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Show:
            self._turn()
        return super().event(event)

    def _turn(self) -> None:
        beside = self.width() >= theme.pixels(NARROW)
        direction = QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom
        if direction != self._line.direction():
            self._line.setDirection(direction)
            for place, share in enumerate(self._shares):
                self._line.setStretch(place, share if beside else place)
        high = self._high()
        self._table.setMinimumHeight(0 if beside else high)
        self._table.setMaximumHeight(_MOST if beside else high)

    def _high(self) -> int:
        """The height of the first rows with their heading."""
        rows = self._table.verticalHeader().defaultSectionSize() * min(self._table.model().rowCount(), ROWS)
        return rows + self._table.horizontalHeader().sizeHint().height() + 2 * self._table.frameWidth() + 2
