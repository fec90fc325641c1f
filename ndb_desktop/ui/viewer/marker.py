"""The tool that marks a place on a page (框选): drawn with the mouse, or proposed and moved with the arrow keys."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt

from ndb_desktop.documents.port import Rect
from ndb_desktop.ui.viewer.geometry import PageLayout
from ndb_desktop.ui.viewer.marks import Thousandths, to_points, to_thousandths

LEAST = 6
"""Thousandths: a smaller drag is a click that slipped."""
STEP = 10
"""Thousandths that an arrow key moves an edge."""


class Marker:
    """`active`: the tool is in hand; `place`: the page and the rectangle marked on it, if any."""

    def __init__(self, layout: PageLayout) -> None:
        self._layout = layout
        self.active = False
        self.place: tuple[int, Thousandths] | None = None
        self._start: tuple[int, float, float] | None = None

    def clear(self) -> None:
        """No place is marked and the tool is laid down."""
        self.active, self.place, self._start = False, None, None

    def propose(self, page: int, seen: Rect) -> None:
        """A rectangle in the middle of what is seen of a page, to be moved with the keys."""
        size = self._layout.sizes[page - 1]
        x0, y0, x1, y1 = to_thousandths(seen, size)
        width, height = max((x1 - x0) // 2, LEAST), max((y1 - y0) // 5, LEAST)
        left, top = (x0 + x1 - width) // 2, (y0 + y1 - height) // 2
        self.place = (page, _inside(left, top, width, height))

    def press(self, page: int, spot: QPointF) -> None:
        """The drag begins at a point of the sheet."""
        self._start = (page, *self._clamped(page, spot))
        self.place = None

    def drag(self, spot: QPointF) -> None:
        """The drag goes on; it stays on the page where it began."""
        if self._start is None:
            return
        page, x0, y0 = self._start
        x1, y1 = self._clamped(page, spot)
        rect = Rect(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))
        self.place = (page, to_thousandths(rect, self._layout.sizes[page - 1]))

    def release(self) -> bool:
        """The drag ends; False if it was only a click."""
        self._start = None
        if self.place is None:
            return False
        x0, y0, x1, y1 = self.place[1]
        if x1 - x0 < LEAST and y1 - y0 < LEAST:
            self.place = None
        return self.place is not None

    @property
    def dragging(self) -> bool:
        """Whether the mouse is drawing right now."""
        return self._start is not None

    def key(self, key: Qt.Key, modifiers: Qt.KeyboardModifier) -> bool:
        """Arrows move the place, with Shift they size it; whether the key was one of these."""
        ways = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1)}
        other = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
        if self.place is None or key not in ways or modifiers & other:
            return False
        page, (x0, y0, x1, y1) = self.place
        way = ways[key]
        across, down = (STEP * part for part in self._upright(way))
        if not modifiers & Qt.KeyboardModifier.ShiftModifier:
            self.place = (page, _inside(x0 + across, y0 + down, x1 - x0, y1 - y0))
            return True
        # The edge that moves is the right or lower one on the screen, whichever that is on the unturned page.
        right, lower = self._upright((abs(way[0]), abs(way[1])))
        if right > 0 or lower > 0:
            self.place = (
                page,
                (x0, y0, min(max(x1 + across, x0 + LEAST), 1000), min(max(y1 + down, y0 + LEAST), 1000)),
            )
        else:
            self.place = (page, (max(min(x0 + across, x1 - LEAST), 0), max(min(y0 + down, y1 - LEAST), 0), x1, y1))
        return True

    def rect(self) -> Rect | None:
        """The marked place in page points."""
        return to_points(self.place[1], self._layout.sizes[self.place[0] - 1]) if self.place is not None else None

    def _upright(self, way: tuple[int, int]) -> tuple[int, int]:
        """A direction on the screen as one on the unturned page."""
        across, down = way
        return {0: (across, down), 90: (down, -across), 180: (-across, -down), 270: (-down, across)}[
            self._layout.rotation % 360
        ]

    def _clamped(self, page: int, spot: QPointF) -> tuple[float, float]:
        x, y = self._layout.point(page, spot)
        width, height = self._layout.sizes[page - 1]
        return min(max(x, 0.0), width), min(max(y, 0.0), height)


def _inside(left: int, top: int, width: int, height: int) -> Thousandths:
    width, height = min(width, 1000), min(height, 1000)
    left, top = min(max(left, 0), 1000 - width), min(max(top, 0), 1000 - height)
    return left, top, left + width, top + height
