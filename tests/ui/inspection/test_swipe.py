"""A finger on a tablet: it moves the page, a tap presses, and what is drawn by hand stays where it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QSize
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QScrollArea, QScroller, QWidget

from ndb_desktop.ui.inspection.closing_pad import SignaturePad
from ndb_desktop.ui.shell.main_window import MainWindow
from tests.support import rooms, site_rooms
from tests.support.coordinator import Dialogs
from tests.support.site import MadeSite
from tests.support.window import child, press, settle

TABLET = QSize(1024, 640)
_device: list[Any] = []


@pytest.fixture
def own(window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made: MadeSite) -> site_rooms.Visit:
    return site_rooms.Visit(window, tmp_path, Dialogs(monkeypatch), made)


def closing(own: site_rooms.Visit, *, large: bool) -> QScrollArea:
    """The page where the applicant signs, on a tablet; the area it scrolls in."""
    own.window.settings.large_targets = large
    site_rooms.open_visit(own)
    press(own.window, "site.statements.make")
    own.page("closing")
    rooms.fit(own.window, TABLET)
    pad = child(own.window, "site.closing.pad")
    area = next(one for one in own.window.findChildren(QScrollArea) if one.isAncestorOf(pad) and one.isVisible())
    bar = area.verticalScrollBar()
    assert bar.maximum() > 100, "the page is longer than the screen"
    area.ensureWidgetVisible(pad, 0, 0)
    settle()
    return area


def touch(widget: QWidget, start: QPoint, *steps: QPoint) -> None:
    """A finger put down on `start` of `widget`, moved over `steps` and lifted."""
    if not _device:
        _device.append(QTest.createTouchDevice())
    window, places = widget.window(), [widget.mapTo(widget.window(), place) for place in (start, *steps)]
    QTest.touchEvent(window, _device[0]).press(0, places[0], window).commit()
    for place in places[1:]:
        # A flick is recognised by the time between two events.
        QTest.qWait(10)
        QTest.touchEvent(window, _device[0]).move(0, place, window).commit()
    QTest.touchEvent(window, _device[0]).release(0, places[-1], window).commit()
    QApplication.processEvents()


def rest(area: QScrollArea) -> None:
    """Lets what glides come to rest."""
    QScroller.scroller(area.viewport()).stop()
    settle()


def upwards(start: QPoint, length: int) -> list[QPoint]:
    return [start - QPoint(0, length * part // 10) for part in range(1, 11)]


def empty_spot(area: QScrollArea) -> QPoint:
    """A place of the page in sight on which there is nothing to press."""
    for y in range(area.viewport().height() - 20, 120, -4):
        spot = QPoint(6, y)
        if not isinstance(area.viewport().childAt(spot), (QAbstractButton, SignaturePad)):
            return spot
    raise AssertionError("the page is full")


@pytest.mark.parametrize("large", [True, False])
def test_a_finger_moves_the_page_where_all_is_large(own: site_rooms.Visit, large: bool) -> None:
    area = closing(own, large=large)
    bar = area.verticalScrollBar()
    bar.setValue(0)
    spot = empty_spot(area)
    touch(area.viewport(), spot, *upwards(spot, 100))
    moved = bar.value()
    rest(area)
    assert (moved > 20) == large
    own.window.settings.large_targets = False


def test_a_name_is_signed_by_finger_and_the_page_stays(own: site_rooms.Visit) -> None:
    area = closing(own, large=True)
    bar, pad = area.verticalScrollBar(), child(own.window, "site.closing.pad")
    assert isinstance(pad, SignaturePad)
    before, start = bar.value(), pad.rect().center()
    touch(pad, start, *upwards(start, min(40, start.y() - 2)))
    settle()
    assert bar.value() == before
    assert len(pad.strokes()) == 1
    assert len(pad.strokes()[0]) > 3
    # Once the hand is lifted the page can be moved again.
    bar.setValue(0)
    spot = empty_spot(area)
    touch(area.viewport(), spot, *upwards(spot, 100))
    moved = bar.value()
    rest(area)
    assert moved > 20
    own.window.settings.large_targets = False


def test_what_can_be_pressed_is_pressed_and_stays_under_the_finger(own: site_rooms.Visit) -> None:
    """Else a swipe that begins on an answer would give it: the button goes along with the page."""
    area = closing(own, large=True)
    bar = area.verticalScrollBar()
    pressed: list[str] = []
    for button in area.findChildren(QAbstractButton):
        button.clicked.connect(lambda *_args, button=button: pressed.append(button.objectName()))
    target = next(
        one for one in area.findChildren(QAbstractButton) if one.isVisible() and one.isEnabled() and one.isCheckable()
    )
    area.ensureWidgetVisible(target, 0, 120)
    settle()
    before, start = bar.value(), target.rect().center()
    touch(target, start, *upwards(start, 100))
    moved = bar.value()
    rest(area)
    assert moved == before
    assert pressed == [], "the finger left the button before it was lifted"
    touch(target, start)
    settle()
    assert pressed == [target.objectName()]
    spot = empty_spot(area)
    touch(area.viewport(), spot, *upwards(spot, 100 if before < bar.maximum() - 20 else -100))
    moved = bar.value()
    rest(area)
    assert abs(moved - before) > 20, "the next touch moves the page again"
    own.window.settings.large_targets = False
