"""Items made ready unseen: the step shows the whole frame at once, and never anything that was stored over since."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ndb_desktop.ui.expert.indicator_panel import IndicatorPanel
from ndb_desktop.ui.expert.item_panels import ItemPanels
from ndb_desktop.ui.expert.review_page import ReviewPage
from ndb_desktop.ui.shell.main_window import MainWindow
from tests.support.review import MadeReview
from tests.support.window import child, desk_of, review_of, settle, start_review

FIRST, NEXT = "P1.1.basis", "P1.2.basis"


@pytest.fixture
def panels(window: MainWindow, made: MadeReview) -> ItemPanels:
    window.resize(1366, 768)
    page = start_review(window, made)
    go(window, made.ids[0], FIRST)
    return page.score.panels


def go(window: MainWindow, application: str, item: str) -> None:
    walk = desk_of(window).walk
    assert walk is not None
    walk.go(application, item)
    settle()


def wait_until_ready(qtbot: QtBot, panels: ItemPanels, place: tuple[str, str]) -> IndicatorPanel:
    """The panel in which a place stands ready, as soon as it does."""
    found: list[IndicatorPanel] = []

    def ready() -> bool:
        found[:] = [panel for panel in panels.findChildren(IndicatorPanel) if panel.ready_for(place)]
        return bool(found)

    qtbot.waitUntil(ready)
    return found[0]


def seen(window: MainWindow) -> QImage:
    """What stands on the screen now; nothing is painted for it."""
    picture: QImage = window.screen().grabWindow(window.winId()).toImage()
    return picture


def step(window: MainWindow) -> None:
    QTest.keyClick(QApplication.focusWidget() or window, Qt.Key.Key_PageDown)


def test_the_first_frame_of_the_next_item_is_the_final_one(
    qtbot: QtBot, window: MainWindow, made: MadeReview, panels: ItemPanels
) -> None:
    ready = wait_until_ready(qtbot, panels, (made.ids[0], NEXT))
    assert not ready.isVisible()
    before = seen(window)
    step(window)
    assert panels.panel is ready
    QCoreApplication.processEvents()
    first = seen(window)
    assert first != before
    settle()
    # The save state and the clock of the pace may change; the item itself may not.
    where = ready.mapTo(window, ready.rect().topLeft())
    box = ready.rect().translated(where)
    assert first.copy(box) == seen(window).copy(box)


def test_what_was_made_ready_is_made_again_after_a_change(
    qtbot: QtBot, window: MainWindow, made: MadeReview, panels: ItemPanels
) -> None:
    wait_until_ready(qtbot, panels, (made.ids[0], NEXT))
    desk_of(window).store.edit_item(made.ids[0], NEXT, flagged=True)
    settle()
    step(window)
    settle()
    flag = child(window, "item.flag")
    assert flag.isChecked()


def test_typing_goes_to_its_own_item_and_the_focus_stays_in_the_same_field(
    qtbot: QtBot, window: MainWindow, made: MadeReview, panels: ItemPanels
) -> None:
    wait_until_ready(qtbot, panels, (made.ids[0], NEXT))
    box = child(window, "item.reason")
    box.setFocus()
    QTest.keyClicks(box, "abc")
    # At once: what is typed is not stored yet.
    step(window)
    following = child(window, "item.reason")
    assert following.hasFocus()
    assert following.toPlainText() == ""
    QTest.keyClicks(following, "x")
    settle()
    view = desk_of(window).store.view
    assert view.entry(made.ids[0], FIRST).reason == "abc"
    QTest.keyClick(following, Qt.Key.Key_PageUp)
    settle()
    assert child(window, "item.reason").toPlainText() == "abc"
    assert view.entry(made.ids[0], NEXT).reason == "x"


def test_only_one_panel_can_be_reached(
    qtbot: QtBot, window: MainWindow, made: MadeReview, panels: ItemPanels, page: ReviewPage
) -> None:
    wait_until_ready(qtbot, panels, (made.ids[0], NEXT))
    wait_until_ready(qtbot, panels, (made.ids[1], page.score._walk._first(made.ids[1])))
    shown = [panel for panel in panels.findChildren(IndicatorPanel) if panel.isVisible()]
    assert shown == [page.score.panel]


@pytest.fixture
def page(window: MainWindow, panels: ItemPanels) -> ReviewPage:
    return review_of(window)
