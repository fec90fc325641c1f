"""A picture of a page beside the documents that is shown in its place while the page itself is put there."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPixmap, QRegion
from PySide6.QtWidgets import QWidget

from ndb_desktop.ui import theme
from ndb_desktop.ui.expert.indicator_panel import IndicatorPanel
from ndb_desktop.ui.expert.overall_panel import OverallPanel

Page = IndicatorPanel | OverallPanel


class Picture:
    """How a page that is not seen looks now, on the ground it will stand on."""

    def __init__(self, page: Page) -> None:
        ratio = page.devicePixelRatioF()
        self.pixels = QPixmap(page.size() * ratio)
        self.pixels.setDevicePixelRatio(ratio)
        self.pixels.fill(theme.color("surface"))
        page.render(self.pixels, QPoint(), QRegion(), QWidget.RenderFlag.DrawChildren)
        self._state = _state(page)

    def is_of(self, page: Page, place: QWidget) -> bool:
        """Whether the page still looks like this, and would in that place."""
        return self._state == _state(page) and page.size() == place.size()


def _state(page: Page) -> tuple[object, ...]:
    return (page.made_from, page.folded(), page.size(), page.devicePixelRatioF())


class Cover(QWidget):
    """Covers all of its parent with a picture; there is nothing in it to be pressed."""

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        self.setObjectName("item.cover")
        self._over = over
        # What lies below is not painted: the picture has no holes.
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._pixels = QPixmap()
        self.hide()

    def show_picture(self, picture: Picture) -> None:
        """Shows it until `hide`."""
        self._pixels = picture.pixels
        self.setGeometry(self._over.rect())
        self.raise_()
        self.show()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._pixels)
        painter.end()
