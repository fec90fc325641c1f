"""One hand on a touch screen: taps, longer presses and swipes, made of touch events only."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QPoint
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QFrame, QScrollArea, QScroller, QWidget

from tests.support.window import settle

_device: list[Any] = []


def screen() -> Any:
    """The touch screen of this run."""
    if not _device:
        _device.append(QTest.createTouchDevice())
    return _device[0]


def touch(widget: QWidget, start: QPoint, *steps: QPoint, lift: bool = True) -> None:
    """A finger put down on `start` of `widget`, moved over `steps` and lifted."""
    window, places = widget.window(), [widget.mapTo(widget.window(), place) for place in (start, *steps)]
    QTest.touchEvent(window, screen()).press(0, places[0], window).commit()
    for place in places[1:]:
        # A flick is recognised by the time between two events.
        QTest.qWait(10)
        QTest.touchEvent(window, screen()).move(0, place, window).commit()
    if lift:
        QTest.touchEvent(window, screen()).release(0, places[-1], window).commit()
    QApplication.processEvents()


def tap(widget: QWidget, place: QPoint | None = None) -> None:
    """A finger put down and lifted."""
    touch(widget, widget.rect().center() if place is None else place)
    settle()


def hold(widget: QWidget, place: QPoint | None = None) -> None:
    """A finger that stays where it is until something happens, and is lifted then."""
    place = widget.rect().center() if place is None else place
    touch(widget, place, lift=False)
    QTest.qWait(QGuiApplication.styleHints().mousePressAndHoldInterval() + 60)
    window = widget.window()
    QTest.touchEvent(window, screen()).release(0, widget.mapTo(window, place), window).commit()
    QApplication.processEvents()


def swipe(widget: QWidget, start: QPoint, across: int, down: int) -> None:
    """A finger moved this far."""
    touch(widget, start, *(start + QPoint(across * part // 10, down * part // 10) for part in range(1, 11)))


def rest(widget: QWidget) -> None:
    """Lets what glides under or around `widget` come to rest where it is."""
    outer: QWidget | None = widget
    while outer is not None:
        if isinstance(outer, QAbstractScrollArea) and QScroller.hasScroller(outer.viewport()):
            QScroller.scroller(outer.viewport()).stop()
        outer = None if isinstance(outer.window(), QFrame) else outer.parentWidget()
    settle()


def centre(widget: QWidget) -> None:
    """Brings the middle of `widget` into the middle of its page, as far as the page goes."""
    area = area_of(widget)
    bar, port = area.verticalScrollBar(), area.viewport()
    bar.setValue(bar.value() + widget.mapTo(port, widget.rect().center()).y() - port.height() // 2)
    settle()


def area_of(widget: QWidget) -> QScrollArea:
    """The page that `widget` stands on."""
    outer = widget.parentWidget()
    found = None
    while outer is not None:
        found = outer if isinstance(outer, QScrollArea) else found
        outer = outer.parentWidget()
    assert found is not None
    return found


def reach(widget: QWidget, place: QPoint | None = None) -> QPoint:
    """Swipes the page until `place` of `widget` is in sight; returns that place."""
    place = widget.rect().center() if place is None else place
    area = area_of(widget)
    port = area.viewport()
    for _ in range(40):
        at = widget.mapTo(port, place).y()
        if 24 <= at <= port.height() - 24:
            return place
        way = max(min(port.height() // 2 - at, port.height() // 2 - 30), 30 - port.height() // 2)
        way += 12 if way > 0 else -12
        before = area.verticalScrollBar().value()
        # At the edge of the page, as a thumb does.
        swipe(port, QPoint(12, port.height() // 2 - way // 2), 0, way)
        rest(port)
        if area.verticalScrollBar().value() == before and 0 <= at <= port.height():
            return place
    raise AssertionError(f"{widget.objectName()} cannot be brought into sight")


__all__ = ["area_of", "centre", "hold", "reach", "rest", "screen", "swipe", "tap", "touch"]
