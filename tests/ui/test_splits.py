"""The lines between panes: where the user drew them they are after a restart, another language, larger type."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QSplitter, QWidget
from pytestqt.qtbot import QtBot

from ndb_desktop.ui.settings import Settings
from ndb_desktop.ui.shell.main_window import MainWindow
from ndb_desktop.ui.widgets import splits
from tests.support.review import MadeReview
from tests.support.window import open_bundle, review_of, settle, start_review


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    made = Settings(tmp_path)
    splits.remember_in(made)
    yield made
    splits.forget()


def drag(split: QSplitter, by: int) -> None:
    """Moves the first line with the mouse."""
    handle = split.handle(1)
    middle = handle.rect().center()
    target = middle + (QPoint(by, 0) if split.orientation() == Qt.Orientation.Horizontal else QPoint(0, by))
    QTest.mousePress(handle, Qt.MouseButton.LeftButton, pos=middle)
    QTest.mouseMove(handle, target)
    QTest.mouseRelease(handle, Qt.MouseButton.LeftButton, pos=target)


def panes(qtbot: QtBot, name: str = "x") -> QSplitter:
    split = QSplitter(Qt.Orientation.Horizontal)
    qtbot.addWidget(split)
    for _ in range(2):
        split.addWidget(QWidget())
    split.resize(600, 200)
    splits.remember(split, name)
    split.show()
    return split


def test_a_line_stays_where_it_was_drawn(qtbot: QtBot, settings: Settings) -> None:
    first = panes(qtbot)
    before = first.sizes()
    drag(first, 120)
    assert first.sizes()[0] >= before[0] + 100
    settings.flush()
    assert settings.split("x") == tuple(first.sizes())
    assert panes(qtbot).sizes() == first.sizes()
    assert panes(qtbot, "y").sizes() == before


def test_another_arrangement_is_not_taken_for_the_usual_one(qtbot: QtBot, settings: Settings) -> None:
    split = panes(qtbot)
    drag(split, 120)
    kept = settings.split("x")
    split.setOrientation(Qt.Orientation.Vertical)
    drag(split, 30)
    split.setOrientation(Qt.Orientation.Horizontal)
    split.widget(1).hide()
    split.splitterMoved.emit(1, 1)
    assert settings.split("x") == kept


@pytest.mark.parametrize("junk", ["", "1", "1 2 3", "a b", "-1 5", "0 0", "999999 1", "１ ２"])
def test_what_cannot_be_sizes_is_left_alone(qtbot: QtBot, settings: Settings, junk: str) -> None:
    usual = panes(qtbot, "other").sizes()
    settings._ini.setValue("split/x", junk)
    assert panes(qtbot).sizes() == usual


def test_the_panes_of_the_desk_are_as_they_were_left(new_window: Callable[[], MainWindow], made: MadeReview) -> None:
    first = new_window()
    page = start_review(first, made)
    before = page.score.split.sizes()
    drag(page.score.split, 70)
    drag(page.score.left, 60)
    wide, high = page.score.split.sizes(), page.score.left.sizes()
    assert wide[0] > before[0] + 40
    first.set_theme("dark")
    settle()
    assert review_of(first).score.split.sizes() == pytest.approx(wide, abs=4)
    first.close()
    settle()
    second = new_window()
    open_bundle(second, made)
    review_of(second).go("score")
    settle()
    assert review_of(second).score.split.sizes() == pytest.approx(wide, abs=4)
    assert review_of(second).score.left.sizes() == pytest.approx(high, abs=4)
