"""Keys quicker than the disk: each goes to the item it is meant for, and nothing is lost when a write fails."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.sheet import ItemEntry
from ndb_desktop.services.review import Change, ReviewSession
from ndb_desktop.ui import tasks
from ndb_desktop.ui.expert.store import ReviewStore
from ndb_desktop.ui.expert.walk import Walk
from ndb_desktop.ui.shell.main_window import MainWindow
from tests.support.review import MadeReview
from tests.support.window import child, desk_of, press, review_of, settle, start_review

Key = Qt.Key
ITEM, NEXT = "P4.1.basis", "P4.2.basis"


@contextmanager
def slow_disk() -> Iterator[None]:
    """Nothing is stored inside this block; all of it is at its end."""
    gate = threading.Event()
    tasks.run(lambda _p, _c: gate.wait(30))
    try:
        yield
    finally:
        gate.set()
        settle()


def tap(*keys: Qt.Key) -> None:
    """Keys one after the other, without waiting for the disk."""
    for key in keys:
        widget = QApplication.focusWidget()
        assert widget is not None
        QTest.keyClick(widget, key)
        QApplication.processEvents()


def store_of(window: MainWindow) -> ReviewStore:
    store = desk_of(window).store
    assert store is not None
    return store


@pytest.fixture
def walk(qtbot: QtBot, window: MainWindow, made: MadeReview) -> Walk:
    with qtbot.waitActive(window):
        window.activateWindow()
    start_review(window, made)
    walk = desk_of(window).walk
    assert walk is not None
    walk.go(made.ids[0], ITEM)
    settle()
    review_of(window).score.panel.focus_start()
    return walk


def marks(window: MainWindow, made: MadeReview, item: str) -> tuple[str | None, Decimal | None]:
    entry = store_of(window).view.entry(made.ids[0], item)
    return entry.level, entry.value


def field(window: MainWindow) -> str:
    box = child(window, "level.number")
    assert isinstance(box, QLineEdit)
    return box.text()


def test_enter_goes_on_before_the_mark_is_stored(window: MainWindow, made: MadeReview, walk: Walk) -> None:
    with slow_disk():
        tap(Key.Key_3, Key.Key_7, Key.Key_5, Key.Key_Return)
        assert walk.item == NEXT
        assert marks(window, made, ITEM) == (None, None), "nothing is stored yet"
        tap(Key.Key_4, Key.Key_8, Key.Key_2)
        assert field(window) == "82"
        tap(Key.Key_Return)
        assert walk.item not in (ITEM, NEXT)
    assert marks(window, made, ITEM) == ("L3", Decimal(75))
    assert marks(window, made, NEXT) == ("L4", Decimal(82))


def test_enter_still_refuses_what_the_level_on_its_way_does_not_hold(
    window: MainWindow, made: MadeReview, walk: Walk
) -> None:
    with slow_disk():
        tap(Key.Key_3, Key.Key_9, Key.Key_5, Key.Key_Return)
        assert walk.item == ITEM, "95 is no number of the third level"
        assert field(window) == "95"
    assert walk.item == ITEM
    assert marks(window, made, ITEM) == ("L3", None)
    with slow_disk():
        # The fifth level needs a reason.
        review_of(window).score.panel.levels.buttons["L3"].setFocus()
        tap(Key.Key_5, Key.Key_9, Key.Key_5, Key.Key_Return)
        assert walk.item == ITEM
        assert child(window, "item.reason").hasFocus()
    assert marks(window, made, ITEM) == ("L5", Decimal(95))


def test_what_a_failed_write_did_not_take_is_one_press_away(
    window: MainWindow, made: MadeReview, walk: Walk, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, set_entry = [True], ReviewSession.set_entry

    def failing(session: ReviewSession, application: str, entry: ItemEntry, *, typing: str = "") -> Change:
        if broken[0] and entry.item == ITEM:
            raise NdbError("E-STORE-KEY", place="stick")
        return set_entry(session, application, entry, typing=typing)

    monkeypatch.setattr(ReviewSession, "set_entry", failing)
    with slow_disk():
        tap(Key.Key_3, Key.Key_7, Key.Key_5, Key.Key_Return, Key.Key_4)
        assert walk.item == NEXT
    assert marks(window, made, NEXT) == ("L4", None), "what was typed then belongs to the next item"
    assert marks(window, made, ITEM) == (None, None)
    assert window.banner.message() is not None
    broken[0] = False
    press(window.banner, "banner.action")
    assert walk.item == ITEM
    assert marks(window, made, ITEM) == ("L3", Decimal(75)), "level and number are there again"
    assert field(window) == "75"
    chosen = child(window, "level.L3")
    assert isinstance(chosen, QAbstractButton)
    assert chosen.isChecked()
