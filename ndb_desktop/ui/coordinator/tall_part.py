"""A tab's content that is as high as its broken lines need: tabs themselves ask only for what unbroken lines take."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QTableView, QWidget


def fit_height(table: QTableView, least: int, most: int) -> None:
    """Makes a table as high as its rows, within bounds: what stands below it should be in sight."""
    rows = min(max(table.model().rowCount(), least), most)
    heading = table.horizontalHeader().sizeHint().height()
    table.setFixedHeight(table.verticalHeader().defaultSectionSize() * rows + heading + 6)


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
