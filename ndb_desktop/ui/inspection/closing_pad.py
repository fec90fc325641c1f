"""手写签名: a pad three times as wide as high that is signed with a pen, a finger or the mouse."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TypeAlias

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen, QTabletEvent, QTouchEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ndb_desktop.domain.siterecord import SCALE
from ndb_desktop.ui import theme
from ndb_desktop.ui.i18n import tr

Stroke: TypeAlias = tuple[tuple[int, int], ...]

SHAPE = 3
"""So many times as wide as high, as in print."""
MOST_POINTS = 2_000
"""A longer stroke goes on as another one, from where it was."""
_STEP = 12
"""Ten-thousandths; a hand at rest adds no points."""
_INK = 2.5


class SignaturePad(QWidget):
    """Shows strokes in ten-thousandths of its width and height. Signal `drawn(object)`: another stroke was made."""

    drawn = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("site.closing.pad")
        self.setAccessibleName(tr("site.closing.pad"))
        self.setAttribute(Qt.WidgetAttribute.WA_AcceptTouchEvents)
        self.setCursor(Qt.CursorShape.CrossCursor)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._strokes: tuple[Stroke, ...] = ()
        self._line: list[tuple[int, int]] = []
        self._held = False
        self._finger = -1

    def show_strokes(self, strokes: Sequence[Stroke]) -> None:
        """Shows these; a stroke under way goes on."""
        self._strokes = tuple(strokes)
        self.setAccessibleDescription(tr("site.closing.strokes", count=len(strokes)))
        self.update()

    def strokes(self) -> tuple[Stroke, ...]:
        """What is shown, without the stroke under way."""
        return self._strokes

    # ----- size -----

    def sizeHint(self) -> QSize:
        return QSize(theme.pixels(600), theme.pixels(600) // SHAPE)

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.pixels(300), theme.pixels(300) // SHAPE)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        # Asked with all the room there is, also where it may not take it.
        return min(width, self.maximumWidth()) // SHAPE

    def sheet(self) -> QRectF:
        """Where it is drawn on: the largest place of its shape."""
        width = min(float(self.width()), self.height() * float(SHAPE))
        height = width / SHAPE
        return QRectF((self.width() - width) / 2, (self.height() - height) / 2, width, height)

    # ----- hand -----

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QTouchEvent) and self.isEnabled():
            self._touched(event)
            event.accept()
            return True
        return super().event(event)

    def _touched(self, event: QTouchEvent) -> None:
        """One finger signs; the palm of the hand that rests beside it does not."""
        if event.type() == QEvent.Type.TouchBegin:
            self._finger = event.points()[0].id()
            self._begin(event.points()[0].position())
        for point in event.points():
            if point.id() == self._finger and point.state() == point.State.Updated:
                self._go_on(point.position())
        lifted = [point.id() for point in event.points() if point.state() == point.State.Released]
        if self._finger in lifted or event.type() == QEvent.Type.TouchCancel:
            self._end()

    def tabletEvent(self, event: QTabletEvent) -> None:
        if event.type() == QEvent.Type.TabletPress:
            self._begin(event.position())
        elif event.type() == QEvent.Type.TabletMove:
            self._go_on(event.position())
        else:
            self._end()
        # Accepted, so that no mouse is made up for the pen and no stroke comes twice.
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._begin(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._go_on(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._end()

    def _begin(self, spot: QPointF) -> None:
        self._held = True
        self._line = [self._place(spot)]
        self.update()

    def _go_on(self, spot: QPointF) -> None:
        if not self._held:
            return
        x, y = self._place(spot)
        before = self._line[-1]
        if abs(x - before[0]) + abs(y - before[1]) < _STEP:
            return
        self._line.append((x, y))
        if len(self._line) >= MOST_POINTS:
            self._end()
            self._held, self._line = True, [(x, y)]
        self.update()

    def _end(self) -> None:
        if not self._held:
            return
        stroke, self._line, self._held = tuple(self._line), [], False
        self._strokes = (*self._strokes, stroke)
        self.drawn.emit(stroke)
        self.update()

    def _place(self, spot: QPointF) -> tuple[int, int]:
        sheet = self.sheet()
        x = round((spot.x() - sheet.x()) * SCALE / max(sheet.width(), 1.0))
        y = round((spot.y() - sheet.y()) * SCALE / max(sheet.height(), 1.0))
        return min(max(x, 0), SCALE), min(max(y, 0), SCALE)

    # ----- picture -----

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        sheet = self.sheet()
        painter.setPen(QPen(theme.color("edge" if self.isEnabled() else "line"), 1))
        painter.setBrush(theme.color("surface" if self.isEnabled() else "raised"))
        painter.drawRoundedRect(sheet.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        foot = sheet.y() + sheet.height() * 0.8
        painter.setPen(QPen(theme.color("line"), 1, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(sheet.x() + 24, foot), QPointF(sheet.right() - 24, foot))
        if not self._strokes and not self._line:
            painter.setPen(theme.color("muted" if self.isEnabled() else "off"))
            painter.drawText(sheet, int(Qt.AlignmentFlag.AlignCenter), tr("site.closing.pad.here"))
        ink = QPen(theme.color("text"), _INK)
        ink.setCapStyle(Qt.PenCapStyle.RoundCap)
        ink.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(ink)
        for stroke in (*self._strokes, tuple(self._line)):
            spots = list(self._spots(stroke, sheet))
            if len(spots) == 1:
                painter.drawPoint(spots[0])
            for first, second in pairwise(spots):
                painter.drawLine(first, second)
        painter.end()

    def _spots(self, stroke: Stroke, sheet: QRectF) -> Iterator[QPointF]:
        for x, y in stroke:
            yield QPointF(sheet.x() + sheet.width() * x / SCALE, sheet.y() + sheet.height() * y / SCALE)
