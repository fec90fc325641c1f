"""一根手指: what a finger on a touch screen means where all is large (大按钮): a tap, a longer press, or a swipe.

Qt makes a mouse of a finger, and a mouse presses at once: a swipe that begins on a button, a list or a drop-down would
press, choose or open it. So the body of the window takes the touches that nobody below it wants for itself (what is
drawn on does), and presses only when the finger is lifted where it was put down.
"""

from __future__ import annotations

from collections.abc import Callable

import shiboken6
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QContextMenuEvent, QGuiApplication, QHelpEvent, QInputDevice, QMouseEvent, QTouchEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QAbstractSlider,
    QApplication,
    QPlainTextEdit,
    QScroller,
    QScrollerProperties,
    QWidget,
)

STILL = 12
"""A finger is never quite still: so many pixels are no swipe yet."""
_BETWEEN = 24
"""Two taps this near to each other and quick are a double click."""
_LEFT, _NONE = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton


class _Glide:
    """One swipe: moves an area with the finger, and lets it glide when it is lifted."""

    def __init__(self, area: QAbstractScrollArea, start: QPointF, at: int) -> None:
        """`start` on the screen, `at` in milliseconds."""
        self._area, self._last, self._rest = area, start, 0.0
        self._lines = isinstance(area, QPlainTextEdit)
        if self._lines:
            return
        if isinstance(area, QAbstractItemView):
            # Else its bars count rows, and a finger would move one at each pixel.
            area.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
            area.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        scroller = _scroller(area)
        properties = scroller.scrollerProperties()
        metric = QScrollerProperties.ScrollMetric
        # When it is a swipe was decided before.
        properties.setScrollMetric(metric.DragStartDistance, 0.0)
        properties.setScrollMetric(metric.AxisLockThreshold, 0.66)
        scroller.setScrollerProperties(properties)
        self._feed(QScroller.Input.InputPress, start, at)

    def move(self, spot: QPointF, at: int) -> None:
        """The finger is at `spot` of the screen now."""
        if not shiboken6.isValid(self._area):
            return
        if not self._lines:
            self._feed(QScroller.Input.InputMove, spot, at)
            return
        # The bar of a text counts its lines.
        height = max(self._area.fontMetrics().lineSpacing(), 1)
        self._rest += self._last.y() - spot.y()
        self._last = spot
        lines = int(self._rest / height)
        self._rest -= lines * height
        bar = self._area.verticalScrollBar()
        bar.setValue(bar.value() + lines)

    def end(self, spot: QPointF, at: int) -> None:
        """The finger is lifted."""
        if shiboken6.isValid(self._area) and not self._lines:
            self._feed(QScroller.Input.InputRelease, spot, at)

    def _feed(self, kind: QScroller.Input, spot: QPointF, at: int) -> None:
        _scroller(self._area).handleInput(kind, self._area.viewport().mapFromGlobal(spot), at)


def _scroller(area: QAbstractScrollArea) -> QScroller:
    return QScroller.scroller(area.viewport())


def _areas(under: QWidget) -> list[QAbstractScrollArea]:
    """What scrolls around a widget, the nearest first."""
    found: list[QAbstractScrollArea] = []
    widget: QWidget | None = under
    while widget is not None:
        if isinstance(widget, QAbstractScrollArea):
            found.append(widget)
        widget = None if widget.isWindow() else widget.parentWidget()
    return found


def _moved_by(under: QWidget, way: QPointF) -> QAbstractScrollArea | None:
    """The nearest area around a widget that has room to go that way, else the nearest that scrolls along it at all."""
    across = abs(way.x()) > abs(way.y())
    some = None
    for area in _areas(under):
        bar = area.horizontalScrollBar() if across else area.verticalScrollBar()
        policy = area.horizontalScrollBarPolicy() if across else area.verticalScrollBarPolicy()
        if policy == Qt.ScrollBarPolicy.ScrollBarAlwaysOff or bar.minimum() == bar.maximum():
            continue
        back = (way.x() if across else way.y()) > 0
        if bar.value() > bar.minimum() if back else bar.value() < bar.maximum():
            return area
        some = some or area
    return some


class Finger(QObject):
    """Takes the touches of a window's `body` and tells what they mean; one finger at a time, others are not heeded."""

    def __init__(self, body: QWidget) -> None:
        super().__init__(body)
        self._body = body
        self._id = -1
        self._start = QPointF()
        self._under: QWidget | None = None
        """What would be pressed when the finger is lifted now; None when it is not a tap any more."""
        self._place = QPointF()
        """Where on it; the page may move under the finger, when something is stored or laid out meanwhile."""
        self._glide: _Glide | None = None
        self._last_tap = (QPointF(-1e6, -1e6), -(10**9))
        self._holding = QTimer(self, singleShot=True, interval=QGuiApplication.styleHints().mousePressAndHoldInterval())
        self._holding.timeout.connect(self._held)
        body.setAttribute(Qt.WidgetAttribute.WA_AcceptTouchEvents)
        body.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QTouchEvent):
            return self._touched(event)
        return super().eventFilter(watched, event)

    def _touched(self, event: QTouchEvent) -> bool:
        kind = event.type()
        if kind == QEvent.Type.TouchBegin:
            return self._begin(event)
        event.accept()
        points = [point for point in event.points() if point.id() == self._id]
        if len(event.points()) > 1:
            self._no_tap()
        if kind == QEvent.Type.TouchCancel:
            self._no_tap()
            self._glide = None
        elif points:
            self._go_on(points[0].globalPosition(), event.timestamp())
            if points[0].state() == points[0].State.Released:
                self._lift(points[0].globalPosition(), event.timestamp())
        return True

    # ----- one touch -----

    def _begin(self, event: QTouchEvent) -> bool:
        point = event.points()[0]
        self._no_tap()
        self._glide = None
        self._id, self._start = point.id(), point.globalPosition()
        under = self._body.childAt(self._body.mapFromGlobal(self._start).toPoint()) or self._body
        if isinstance(under, QAbstractSlider):
            # A scroll bar is drawn along; Qt makes a mouse of the finger.
            event.ignore()
            return True
        event.accept()
        if self._stopped(under):
            return True
        self._under, self._place = under, under.mapFromGlobal(self._start)
        self._show_down(True)
        self._holding.start()
        return True

    @staticmethod
    def _stopped(under: QWidget) -> bool:
        """A finger on what still glides stops it and presses nothing."""
        gliding = [
            area
            for area in _areas(under)
            if QScroller.hasScroller(area.viewport()) and _scroller(area).state() == QScroller.State.Scrolling
        ]
        for area in gliding:
            _scroller(area).stop()
        return bool(gliding)

    def _go_on(self, spot: QPointF, at: int) -> None:
        way = spot - self._start
        if self._glide is None and self._under is not None and way.manhattanLength() > STILL:
            under = self._under
            self._no_tap()
            area = _moved_by(under, way) if shiboken6.isValid(under) else None
            self._glide = _Glide(area, self._start, at) if area is not None else None
        if self._glide is not None:
            self._glide.move(spot, at)

    def _lift(self, spot: QPointF, at: int) -> None:
        if self._glide is not None:
            self._glide.end(spot, at)
        under, place = self._under, self._place
        self._no_tap()
        self._glide = None
        if under is not None:
            before, when = self._last_tap
            quick = at - when < QApplication.doubleClickInterval()
            double = quick and (spot - before).manhattanLength() < _BETWEEN
            self._last_tap = (QPointF(-1e6, -1e6), at) if double else (spot, at)
            # Behind the touch: what is pressed may open a dialog and stay there.
            QTimer.singleShot(0, under, lambda: press(under, place, double=double))

    def _held(self) -> None:
        """A longer press: what the right button of a mouse would show, else what a mouse at rest would."""
        under, spot = self._under, self._start.toPoint()
        if under is None or not shiboken6.isValid(under):
            return
        self._no_tap()
        place = self._place.toPoint()
        # Neither mouse nor keyboard.
        menu = QContextMenuEvent(QContextMenuEvent.Reason.Other, place, spot)
        QApplication.sendEvent(under, menu)
        if not menu.isAccepted() and shiboken6.isValid(under):
            QApplication.sendEvent(under, QHelpEvent(QEvent.Type.ToolTip, place, spot))

    def _no_tap(self) -> None:
        self._holding.stop()
        self._show_down(False)
        self._under = None

    def _show_down(self, down: bool) -> None:
        button = self._under
        if button is not None and shiboken6.isValid(button) and isinstance(button, QAbstractButton):
            button.setDown(down and button.isEnabled())


def press(widget: QWidget, place: QPointF, *, double: bool = False) -> None:
    """A click at `place` of a widget, wherever that is by now, with all a click of the mouse does."""
    _focus(widget)
    first = QEvent.Type.MouseButtonDblClick if double else QEvent.Type.MouseButtonPress
    for kind, held in ((first, _LEFT), (QEvent.Type.MouseButtonRelease, _NONE)):
        # What took the focus may have built the page anew.
        if shiboken6.isValid(widget) and widget.isVisible():
            spot = widget.mapToGlobal(place)
            event = QMouseEvent(kind, place, spot, _LEFT, held, Qt.KeyboardModifier.NoModifier)
            QApplication.sendEvent(widget, event)


def _focus(widget: QWidget | None) -> None:
    """Qt gives the focus to what the mouse presses by itself, but not where the mouse is made up."""
    while widget is not None:
        if widget.isEnabled() and widget.focusPolicy() & Qt.FocusPolicy.ClickFocus:
            widget.setFocus(Qt.FocusReason.MouseFocusReason)
            return
        widget = None if widget.isWindow() else widget.parentWidget()


class PopupFinger(QObject):
    """A finger on the open list of a drop-down, or on a calendar: Qt knows only the mouse there, and makes one of it.

    A tap chooses; a swipe moves the list, or calls `turn(1)` or `turn(-1)` where there is nothing to move.
    """

    def __init__(self, view: QAbstractItemView, turn: Callable[[int], object] | None = None) -> None:
        super().__init__(view)
        self._view, self._turn = view, turn
        self._start: QPointF | None = None
        self._glide: _Glide | None = None
        self._moved = False
        view.viewport().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QMouseEvent) and event.device().type() == QInputDevice.DeviceType.TouchScreen:
            self._touched(event)
            return True
        return super().eventFilter(watched, event)

    def _touched(self, event: QMouseEvent) -> None:
        spot, at = event.globalPosition(), event.timestamp()
        if event.type() in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick):
            self._start, self._glide, self._moved = spot, None, False
        elif event.type() == QEvent.Type.MouseMove:
            self._move(spot, at)
        elif event.type() == QEvent.Type.MouseButtonRelease:
            self._release(spot, at)

    def _move(self, spot: QPointF, at: int) -> None:
        if self._start is None:
            return
        way = spot - self._start
        if not self._moved and way.manhattanLength() > STILL:
            self._moved = True
            if self._turn is None:
                self._glide = _Glide(self._view, self._start, at)
        if self._glide is not None:
            self._glide.move(spot, at)

    def _release(self, spot: QPointF, at: int) -> None:
        start, self._start = self._start, None
        if start is None:
            return
        way: QPoint = (spot - start).toPoint()
        if not self._moved:
            press(self._view.viewport(), self._view.viewport().mapFromGlobal(start))
        elif self._glide is not None:
            self._glide.end(spot, at)
            self._glide = None
        elif self._turn is not None and way.manhattanLength() > STILL:
            self._turn(1 if min(way.x(), way.y(), key=lambda part: -abs(part)) < 0 else -1)
