"""Where pages lie: below each other or one at a time, turned, enlarged; and which point of a page is under the pointer.

Three spaces: *page* = points of the page as shown unturned, origin top left; *sheet* = pixels from the top left corner
of all that can be scrolled; the viewport is the sheet less the scroll offsets, which only the view knows.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

from PySide6.QtCore import QPointF, QRect, QRectF
from PySide6.QtGui import QTransform

from ndb_desktop.documents.port import Rect
from ndb_desktop.ui.viewer.reading_state import LEAST_ZOOM, MOST_ZOOM

GAP = 12
MARGIN = 16
DPI = 96 / 72
"""Pixels per point at zoom 1."""

Size = tuple[float, float]


class PageLayout:
    """Pages count from 1. Change `rotation`, `zoom`, `single` (the one page shown, 0 = all), then `arrange`."""

    def __init__(self) -> None:
        self.sizes: tuple[Size, ...] = ()
        self.rotation = 0
        self.zoom = 1.0
        self.single = 0
        self.view: tuple[int, int] = (0, 0)
        self.width = self.height = 0
        self._tops: list[int] = []

    @property
    def count(self) -> int:
        """Number of pages."""
        return len(self.sizes)

    @property
    def factor(self) -> float:
        """Pixels per point."""
        return DPI * self.zoom

    def turned(self, page: int) -> Size:
        """Width and height of a page in points as turned by the user."""
        width, height = self.sizes[page - 1]
        return (height, width) if self.rotation % 180 else (width, height)

    def _pixels(self, page: int) -> tuple[int, int]:
        width, height = self.turned(page)
        return max(1, round(width * self.factor)), max(1, round(height * self.factor))

    def arrange(self, sizes: Sequence[Size] | None = None) -> None:
        """Works out where every page lies."""
        if sizes is not None:
            self.sizes = tuple(sizes)
        if not self.sizes:
            self._tops, self.width, self.height = [], 0, 0
            return
        if self.single:
            self.single = min(max(self.single, 1), self.count)
            wide, high = self._pixels(self.single)
            self._tops = [max(GAP, (self.view[1] - high) // 2)]
            self.height = max(high + 2 * GAP, self.view[1])
            self.width = wide + 2 * MARGIN
            return
        turned = self.rotation % 180 != 0
        factor = self.factor
        heights = [max(1, round((width if turned else height) * factor)) + GAP for width, height in self.sizes]
        self._tops = [GAP, *(GAP + total for total in accumulate(heights))][: len(heights)]
        self.height = self._tops[-1] + heights[-1]
        widest = max((height if turned else width) for width, height in self.sizes)
        self.width = round(widest * factor) + 2 * MARGIN

    def fitting(self, how: str, page: int) -> float:
        """The zoom at which pages fit the window's `width`, or a `page` fits as a whole."""
        if not self.sizes or not how:
            return self.zoom
        # In a row of pages all have one width to fit, or every page turned would change the zoom.
        widest = max(self.turned(n)[0] for n in ((page,) if self.single else range(1, self.count + 1)))
        zoom = (self.view[0] - 2 * MARGIN) / (widest * DPI)
        if how == "page":
            wide, high = self.turned(page)
            zoom = min((self.view[0] - 2 * MARGIN) / (wide * DPI), (self.view[1] - 2 * GAP) / (high * DPI))
        return min(max(zoom, LEAST_ZOOM), MOST_ZOOM)

    def rect(self, page: int) -> QRect:
        """Where a page lies on the sheet."""
        wide, high = self._pixels(page)
        left = max(MARGIN, (max(self.view[0], self.width) - wide) // 2)
        return QRect(left, self.top(page), wide, high)

    def top(self, page: int) -> int:
        """Upper edge of a page on the sheet."""
        return self._tops[0] if self.single else self._tops[page - 1]

    def page_at(self, height: float) -> int:
        """The page at this height of the sheet, or the last one that begins above it."""
        if self.single:
            return self.single
        return min(max(bisect_right(self._tops, height), 1), self.count)

    def between(self, top: float, bottom: float) -> range:
        """Pages of which something lies between two heights of the sheet."""
        if not self.sizes:
            return range(0)
        first = self.page_at(top)
        return range(first, max(self.page_at(bottom), first) + 1)

    # ----- from page to sheet and back -----

    def transform(self, page: int) -> QTransform:
        """Page points to pixels of the sheet."""
        width, height = self.sizes[page - 1]
        corner = self.rect(page).topLeft()
        made = QTransform.fromTranslate(corner.x(), corner.y())
        made.scale(self.factor, self.factor)
        turn = self.rotation % 360
        if turn == 90:
            made.translate(height, 0)
        elif turn == 180:
            made.translate(width, height)
        elif turn == 270:
            made.translate(0, width)
        made.rotate(turn)
        return made

    def spot(self, page: int, rect: Rect) -> QRectF:
        """A place on a page as pixels of the sheet."""
        return self.transform(page).mapRect(QRectF(rect.x0, rect.y0, rect.x1 - rect.x0, rect.y1 - rect.y0))

    def point(self, page: int, spot: QPointF) -> tuple[float, float]:
        """A point of the sheet as a point of a page, which it need not lie on."""
        back, _possible = self.transform(page).inverted()
        found = back.map(spot)
        return found.x(), found.y()

    def nearest(self, spot: QPointF) -> int:
        """The page on which, or next to which, a point of the sheet lies."""
        page = self.page_at(spot.y())
        if not self.single and page < self.count and spot.y() > self.rect(page).bottom() + GAP / 2:
            return page + 1
        return page
