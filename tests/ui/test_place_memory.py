"""The item one stood at is where one goes on: after a plain close, and after the program was killed."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.services.review import ReviewSession, worksheet_path
from ndb_desktop.ui.expert.walk import OVERALL, Walk
from ndb_desktop.ui.shell.main_window import MainWindow
from tests.support.review import MadeReview
from tests.support.window import desk_of, open_bundle, press, review_of, settle, start_review

Key, Held = Qt.Key, Qt.KeyboardModifier


def walk_of(window: MainWindow) -> Walk:
    walk = desk_of(window).walk
    assert walk is not None
    return walk


def session_of(window: MainWindow) -> ReviewSession:
    store = desk_of(window).store
    assert store is not None
    return store.session


def stands(window: MainWindow) -> tuple[str, str]:
    return walk_of(window).application, walk_of(window).item


def tap(key: Qt.Key, modifier: Qt.KeyboardModifier = Held.NoModifier, times: int = 1) -> None:
    for _ in range(times):
        widget = QApplication.focusWidget()
        assert widget is not None
        QTest.keyClick(widget, key, modifier)
        settle()


def begin(qtbot: QtBot, window: MainWindow, made: MadeReview) -> None:
    """Confirms the first item, which is the newest change from then on."""
    with qtbot.waitActive(window):
        window.activateWindow()
    start_review(window, made)
    press(window, "item.confirm")
    review_of(window).score.items.setFocus()


def reopen(window: MainWindow, new_window: Callable[[], MainWindow], made: MadeReview) -> MainWindow:
    window.close()
    settle()
    later = new_window()
    open_bundle(later, made)
    return later


def test_reopened_it_stands_where_one_read_last_and_not_where_something_was_changed(
    qtbot: QtBot, new_window: Callable[[], MainWindow], made: MadeReview
) -> None:
    first = new_window()
    begin(qtbot, first, made)
    before = session_of(first).changes
    tap(Key.Key_Down, Held.ControlModifier)
    tap(Key.Key_PageDown, times=3)
    left = stands(first)
    assert left[0] == made.ids[1]
    second = reopen(first, new_window, made)
    assert stands(second) == left
    assert review_of(second).score.panel.isVisible()
    assert session_of(second).changes == before, "where one stands is no change"
    # The overall page is a place as well.
    walk_of(second).go(left[0], session_of(second).item(left[0]).pack.items[-1].id)
    review_of(second).score.items.setFocus()
    tap(Key.Key_PageDown)
    assert stands(second) == (left[0], OVERALL)
    third = reopen(second, new_window, made)
    assert stands(third) == (left[0], OVERALL)
    assert review_of(third).score.overall.isVisible()


def test_killed_it_stands_where_one_stood(
    qtbot: QtBot, new_window: Callable[[], MainWindow], made: MadeReview, own_profile: Path, tmp_path: Path
) -> None:
    first = new_window()
    begin(qtbot, first, made)
    tap(Key.Key_PageDown, times=4)
    left = stands(first)
    qtbot.waitUntil(lambda: session_of(first).last_place == left)
    # What a killed program leaves: the file as it stands on the disk now, nothing of what closing adds.
    path = worksheet_path(own_profile, session_of(first).summary.bundle_id)
    shutil.copyfile(path, tmp_path / "killed")
    tap(Key.Key_PageUp)
    first.close()
    settle()
    shutil.copyfile(tmp_path / "killed", path)
    second = new_window()
    open_bundle(second, made)
    assert stands(second) == left


def test_a_burst_of_steps_is_one_write_and_a_full_disk_stops_none(
    qtbot: QtBot, window: MainWindow, made: MadeReview, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(qtbot, window, made)
    place = desk_of(window).place
    assert place is not None
    place.flush()
    settle()
    written: list[tuple[str, str]] = []
    full = [True]
    keep = ReviewSession.keep_place

    def counted(session: ReviewSession, application: str, item: str) -> None:
        written.append((application, item))
        if full[0]:
            raise NdbError("E-STORE-FULL", place="stick")
        keep(session, application, item)

    monkeypatch.setattr(ReviewSession, "keep_place", counted)
    walk = walk_of(window)
    for _ in range(6):
        walk.step_item(1)
    assert written == [], "a step itself writes nothing"
    place.flush()
    settle()
    assert written == [stands(window)]
    assert window.banner.message() is None, "nobody is bothered with it"
    full[0] = False
    place.flush()
    settle()
    assert session_of(window).last_place == stands(window), "what the disk refused is written later"
