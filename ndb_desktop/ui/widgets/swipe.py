"""滑动: a finger on what cannot be pressed moves the page. Qt scrolls by touch only where it is told to."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QTouchEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QScroller,
    QWidget,
)

_BY_FINGER = QScroller.ScrollerGestureType.TouchGesture
_PRESSED = (QAbstractButton, QAbstractSlider, QAbstractSpinBox, QComboBox, QLineEdit)
"""What lies under the finger goes along with the page, and would be pressed when the finger is lifted."""


def by_finger(area: QAbstractScrollArea) -> None:
    """From now on a finger scrolls the area too, unless it was put down on something to press or to draw on."""
    QScroller.grabGesture(area.viewport(), _BY_FINGER)
    if not isinstance(area, QAbstractItemView):
        area.viewport().installEventFilter(_Presses(area))


def hold_still(widget: QWidget, event: QTouchEvent) -> None:
    """Keeps what lies around `widget` where it is while a finger draws on it; called for each event of the touch.

    Gestures are recognised before a widget hears of the touch, so accepting it is not enough.
    """
    if event.type() != QEvent.Type.TouchBegin:
        return
    outer = widget.parentWidget()
    while outer is not None:
        if isinstance(outer, QAbstractScrollArea) and QScroller.hasScroller(outer.viewport()):
            _not_this_time(outer.viewport())
        outer = outer.parentWidget()


def _not_this_time(viewport: QWidget) -> None:
    """Forgets the touch that has begun; the next one scrolls again."""
    QScroller.scroller(viewport).stop()


class _Presses(QObject):
    """Sees where a finger is put down."""

    def __init__(self, area: QAbstractScrollArea) -> None:
        super().__init__(area)
        self._viewport = area.viewport()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QTouchEvent) and event.type() == QEvent.Type.TouchBegin and event.points():
            under = self._viewport.childAt(event.points()[0].position().toPoint())
            while under is not None and under is not self._viewport:
                if isinstance(under, _PRESSED):
                    _not_this_time(self._viewport)
                    break
                under = under.parentWidget()
        return super().eventFilter(watched, event)
