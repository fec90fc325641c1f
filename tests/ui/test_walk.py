"""From one application to the other and back, by the keys a user has."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ndb_desktop.ui.expert.walk import OVERALL, Walk
from ndb_desktop.ui.shell.main_window import MainWindow
from tests.support.review import MadeReview
from tests.support.window import desk_of, press, review_of, settle, start_review

Key, Held = Qt.Key, Qt.KeyboardModifier


def tap(key: Qt.Key, modifier: Qt.KeyboardModifier = Held.NoModifier) -> None:
    widget = QApplication.focusWidget()
    assert widget is not None
    QTest.keyClick(widget, key, modifier)
    settle()


@pytest.fixture
def walk(qtbot: QtBot, window: MainWindow, made: MadeReview) -> Walk:
    with qtbot.waitActive(window):
        window.activateWindow()
    start_review(window, made)
    walk = desk_of(window).walk
    assert walk is not None
    return walk


def stands(walk: Walk) -> tuple[str, str]:
    return walk.application, walk.item


def test_an_application_one_comes_back_to_stands_where_one_left_it(
    window: MainWindow, made: MadeReview, walk: Walk
) -> None:
    first, second = made.ids[:2]
    press(window, "item.confirm")
    review_of(window).score.items.setFocus()
    for _ in range(3):
        tap(Key.Key_PageDown)
    here = stands(walk)
    tap(Key.Key_Down, Held.ControlModifier)
    pack = review_of(window).score._store.view.item(second).pack
    assert stands(walk) == (second, pack.items[0].id), "not visited yet: at its first unfinished item"
    tap(Key.Key_PageDown)
    there = stands(walk)
    assert here in walk.ahead(), "what the key leads to is made ready"
    tap(Key.Key_Up, Held.ControlModifier)
    assert stands(walk) == here
    assert there in walk.ahead()
    tap(Key.Key_Down, Held.ControlModifier)
    assert stands(walk) == there
    # The overall page is a place as well.
    walk.go(second, pack.items[-1].id)
    settle()
    tap(Key.Key_PageDown)
    tap(Key.Key_Up, Held.ControlModifier)
    tap(Key.Key_Down, Held.ControlModifier)
    assert stands(walk) == (second, OVERALL)
    assert review_of(window).score.overall.isVisible()
    assert first == here[0]


def test_the_next_unfinished_item_is_looked_for_also_where_one_was_before(
    window: MainWindow, made: MadeReview, walk: Walk
) -> None:
    from tests.support.review import fill

    first, second = made.ids[:2]
    review_of(window).score.items.setFocus()
    tap(Key.Key_Down, Held.ControlModifier)
    for _ in range(2):
        tap(Key.Key_PageDown)
    tap(Key.Key_Up, Held.ControlModifier)
    store = desk_of(window).store
    assert store is not None
    store.apply(lambda session: fill(session, first))
    settle()
    press(window, "score.next_open")
    assert stands(walk) == (second, store.view.item(second).pack.items[0].id)
