"""A tab's content that is as high as its broken lines need: tabs themselves ask only for what unbroken lines take."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QTableView, QWidget

_BOUNDS = "ndb.rows"
"""The property of a table that says how many rows it shows at least and at most."""


def fit_height(table: QTableView, least: int, most: int) -> None:
    """Makes a table as high as its rows, within bounds: what stands below it should be in sight.

    Where the columns are too wide for it, its bar takes no row's place.
    """
    bar, fresh = table.horizontalScrollBar(), table.property(_BOUNDS) is None
    table.setProperty(_BOUNDS, (least, most))
    if fresh:
        bar.rangeChanged.connect(lambda *_: _fit_height(table))
    _fit_height(table)


def _fit_height(table: QTableView) -> None:
    least, most = table.property(_BOUNDS)
    rows = min(max(table.model().rowCount(), least), most)
    heading, bar = table.horizontalHeader().sizeHint().height(), table.horizontalScrollBar()
    across = bar.sizeHint().height() if bar.maximum() > bar.minimum() else 0
    table.setFixedHeight(table.verticalHeader().defaultSectionSize() * rows + heading + across + 6)


class TallPart(QWidget):
    """Base of the parts of a page that stand in tabs."""

    def event(self, event: QEvent) -> bool:
        taken = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:
            self._fit()
        return taken

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        layout = self.layout()
        if layout is not None and layout.hasHeightForWidth():
            height = layout.totalHeightForWidth(self.width())
            if height != self.minimumHeight():
                self.setMinimumHeight(height)
