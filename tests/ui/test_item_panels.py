"""Items made ready unseen: the step shows the whole frame at once, and never anything that was stored over since."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt, QTimer
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ndb_desktop.ui.expert import words
from ndb_desktop.ui.expert.indicator_panel import IndicatorPanel
from ndb_desktop.ui.expert.item_panels import ItemPanels
from ndb_desktop.ui.expert.review_page import ReviewPage
from ndb_desktop.ui.shell.main_window import MainWindow
from ndb_desktop.ui.widgets import sight
from tests.support.review import MadeReview
from tests.support.window import child, desk_of, press, review_of, settle, start_review

FIRST, NEXT, LAST = "P1.1.basis", "P1.2.basis", "P4.2.plan"


@pytest.fixture
def panels(window: MainWindow, made: MadeReview) -> ItemPanels:
    # So high that all of an item is in sight: where the focus goes depends on it.
    window.resize(1366, 1600)
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


def press_keys(window: MainWindow, letters: str) -> None:
    """Keys as the system delivers them: to the window, which knows who has the focus now."""
    for letter in letters:
        QTest.keyClick(window.windowHandle(), letter)


def wait_until_drawn(qtbot: QtBot, panels: ItemPanels) -> None:
    """All pages one may go to next are ready, and a picture of each."""
    timer = panels.findChild(QTimer)
    assert timer is not None
    qtbot.waitUntil(lambda: not timer.isActive())


def paint_once(window: MainWindow) -> None:
    """One frame and nothing after it."""
    for kind in (QEvent.Type.UpdateLater, QEvent.Type.LayoutRequest, QEvent.Type.UpdateRequest):
        QCoreApplication.sendPostedEvents(None, kind.value)


@pytest.mark.parametrize("place", [FIRST, LAST])
def test_the_first_frame_of_the_next_item_is_the_final_one(
    qtbot: QtBot, window: MainWindow, made: MadeReview, panels: ItemPanels, place: str
) -> None:
    go(window, made.ids[0], place)
    # Its mark would move from one part to another, which a picture cannot know.
    child(window, "list.items").setFocus()
    wait_until_drawn(qtbot, panels)
    before = seen(window)
    step(window)
    assert child(window, "item.cover").isVisible()
    paint_once(window)
    first = seen(window)
    assert first != before
    settle()
    assert not child(window, "item.cover").isVisible()
    # The save state and the clock of the pace may change; the item itself may not.
    where = panels.mapTo(window, panels.rect().topLeft())
    box = panels.rect().translated(where)
    assert first.copy(box) == seen(window).copy(box)


def test_the_frame_after_a_fold_was_toggled_is_right_too(
    qtbot: QtBot, window: MainWindow, made: MadeReview, panels: ItemPanels
) -> None:
    wait_until_drawn(qtbot, panels)
    press(window, "fold.asks.head")
    step(window)
    QCoreApplication.processEvents()
    assert not child(window, "item.asks").isVisible()


def test_what_is_typed_before_the_item_has_arrived_is_typed_into_it(
    qtbot: QtBot, window: MainWindow, made: MadeReview, panels: ItemPanels
) -> None:
    left = child(window, "item.reason")
    left.setFocus()
    wait_until_drawn(qtbot, panels)
    step(window)
    assert child(window, "item.cover").isVisible()
    assert not left.hasFocus()
    press_keys(window, "xy")
    following = child(window, "item.reason")
    assert following is not left
    assert (left.toPlainText(), following.toPlainText()) == ("", "xy")
    assert following.hasFocus()
    assert not child(window, "item.cover").isVisible()


def test_the_focus_does_not_go_where_nobody_sees_it(
    qtbot: QtBot, window: MainWindow, made: MadeReview, panels: ItemPanels
) -> None:
    """A digit meant as a level would be written into a reason below the edge."""
    go(window, made.ids[0], "P4.1.basis")
    window.resize(1366, 700)
    settle()
    child(window, "item.reason").setFocus()
    step(window)
    settle()
    reason = child(window, "item.reason")
    assert not sight.in_sight(panels.panel.area, reason)
    assert not reason.hasFocus()
    press_keys(window, "2")
    settle()
    view = desk_of(window).store.view
    assert reason.toPlainText() == ""
    assert view.entry(made.ids[0], "P4.2.basis").level == "L2"


def test_a_second_step_may_follow_before_the_first_has_arrived(
    qtbot: QtBot, window: MainWindow, made: MadeReview, panels: ItemPanels
) -> None:
    wait_until_drawn(qtbot, panels)
    step(window)
    step(window)
    assert not child(window, "item.cover").isVisible()
    settle()
    walk = desk_of(window).walk
    assert walk is not None
    assert walk.item == "P1.3.basis"
    item = desk_of(window).store.view.applications[0].pack.item_by_id[walk.item]
    assert child(window, "item.title").text() == words.item_title(item)


def test_a_flag_set_at_once_is_set_on_the_item_that_comes(
    qtbot: QtBot, window: MainWindow, made: MadeReview, panels: ItemPanels
) -> None:
    child(window, "list.items").setFocus()
    wait_until_drawn(qtbot, panels)
    step(window)
    assert child(window, "item.cover").isVisible()
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_F3)
    settle()
    view = desk_of(window).store.view
    assert view.entry(made.ids[0], NEXT).flagged
    assert not view.entry(made.ids[0], FIRST).flagged


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
    press_keys(window, "x")
    following = child(window, "item.reason")
    assert following.hasFocus()
    assert following.toPlainText() == "x"
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


def test_no_page_is_made_ready_while_what_was_typed_is_not_stored(
    qtbot: QtBot, window: MainWindow, made: MadeReview, panels: ItemPanels, page: ReviewPage
) -> None:
    session = page._store.session
    wait_until_drawn(qtbot, panels)
    child(window, "item.reason").setFocus()
    step(window)
    QCoreApplication.processEvents()
    child(window, "item.reason").setFocus()
    before = session.changes
    made_ready: list[int] = []
    show = IndicatorPanel.show_item

    def noted(panel: IndicatorPanel, application: str, item: str) -> None:
        made_ready.append(session.changes)
        show(panel, application, item)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(IndicatorPanel, "show_item", noted)
        press_keys(window, "x")
        qtbot.waitUntil(lambda: bool(made_ready))
    assert child(window, "item.reason").toPlainText() == "x"
    assert min(made_ready) > before
