"""Reading at the desk: remembered over a restart, searched in the real index, closed with a recusal."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ndb_desktop.domain.sheet import Declaration
from ndb_desktop.ui.expert.review_page import ReviewPage
from ndb_desktop.ui.shell.main_window import MainWindow
from ndb_desktop.ui.viewer import clipboard
from tests.support.review import MadeReview
from tests.support.window import child, desk_of, open_bundle, press, review_of, settle, start_review

Key = Qt.Key
Shift, Ctrl, Alt = (
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.AltModifier,
)


def tap(key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    widget = QApplication.focusWidget()
    assert widget is not None
    QTest.keyClick(widget, key, modifier)
    settle()


def scoring(qtbot: QtBot, window: MainWindow, made: MadeReview) -> ReviewPage:
    with qtbot.waitActive(window):
        window.activateWindow()
    return start_review(window, made)


def look_for(page: ReviewPage, words: str) -> None:
    page.score.reading.viewer.view.setFocus()
    tap(Key.Key_F, Ctrl | Shift)
    page.score.reading.search.field.setText(words)
    tap(Key.Key_Return)


def test_back_while_scoring_never_leaves_the_desk(qtbot: QtBot, window: MainWindow, made: MadeReview) -> None:
    page = scoring(qtbot, window, made)
    reading = page.score.reading
    reading.show_document("D2")
    settle()
    reading.viewer.view.setFocus()
    tap(Key.Key_Left, Alt)
    assert reading.current == ("D1", 1)
    page.score.items.setFocus()
    for _ in range(3):
        tap(Key.Key_Left, Alt)
    assert window.desk is not None
    assert review_of(window).step == "score"
    tap(Key.Key_Right, Alt)
    assert reading.current[0] == "D2"
    page.go("declare")
    settle()
    window.setFocus()
    tap(Key.Key_Left, Alt)
    assert window.desk is None, "elsewhere the key leaves as before"


def test_reading_comes_back_after_a_restart(
    qtbot: QtBot, new_window: Callable[[], MainWindow], made: MadeReview
) -> None:
    window = new_window()
    page = scoring(qtbot, window, made)
    reading = page.score.reading
    reading.show_document("D2")
    settle()
    reading.viewer.view.set_zoom(1.5)
    reading.toggle_split()
    settle()
    walk = desk_of(window).walk
    assert walk is not None
    walk.go(made.ids[1])
    settle()
    reading.toggle_split()
    settle()
    assert len(reading.sides) == 1
    walk.go(made.ids[0])
    settle()
    assert [side.viewer.current[0] for side in reading.sides] == ["D2", "D3"]
    assert reading.active is reading.sides[1], "the side used last, whatever got the focus while it opened"
    assert reading.viewer.view.hasFocus()
    tap(Key.Key_F6)
    window.close()
    settle()
    window = new_window()
    with qtbot.waitActive(window):
        window.activateWindow()
    open_bundle(window, made)
    review_of(window).go("score")
    settle()
    desk = desk_of(window)
    assert desk.walk is not None
    desk.walk.go(made.ids[0])
    settle()
    reading = review_of(window).score.reading
    assert [side.viewer.current[0] for side in reading.sides] == ["D2", "D3"]
    assert reading.current[0] == "D2"
    assert reading.viewer.view.zoom == 1.5
    desk.walk.go(made.ids[1])
    settle()
    assert len(reading.sides) == 1


def test_another_theme_keeps_what_is_read(qtbot: QtBot, window: MainWindow, made: MadeReview) -> None:
    page = scoring(qtbot, window, made)
    page.score.reading.show_document("D2")
    page.score.reading.toggle_split()
    settle()
    tap(Key.Key_F6)
    second = page.score.reading.sides[1].worker
    window.set_theme("dark")
    settle()
    reading = review_of(window).score.reading
    assert reading is not page.score.reading
    assert [side.viewer.current[0] for side in reading.sides] == ["D2", "D3"]
    assert reading.current[0] == "D2"
    assert second.pid is None, "the renderer of the page thrown away is ended"


def test_reading_is_no_change_to_be_saved(qtbot: QtBot, window: MainWindow, made: MadeReview) -> None:
    page = scoring(qtbot, window, made)
    store = desk_of(window).store
    assert store is not None
    before = store.session.changes
    page.score.reading.show_document("D2")
    settle()
    page.commit()
    settle()
    assert store.session.changes == before
    assert store.session.reading(made.ids[0])["pane"] == '{"sides": ["D2"], "active": 0}'


def test_all_documents_of_this_application_are_searched(qtbot: QtBot, window: MainWindow, made: MadeReview) -> None:
    page = scoring(qtbot, window, made)
    panel = page.score.reading.search
    look_for(page, "研")
    assert [(row.hit.document, row.hit.page) for row in panel.hits.source.rows] == [("D2", 1)]
    assert page.score.reading.current == ("D2", 1)
    assert page.score.viewer.search.field.text() == "研"
    assert page.score.viewer.search.count.text() == "第 1 / 1 处"
    assert "1 份文档的 1 页无文字" in panel.note.text()
    assert not panel.rule.isVisible(), "of 汉字 every one is found"
    panel.field.setText("“research intensity”")
    panel.field.setFocus()
    tap(Key.Key_Return)
    assert panel.rule.isVisible()
    assert "数字先按完整的数查找" in panel.rule.text()
    assert [(row.hit.document, row.hit.page) for row in panel.hits.source.rows] == [("D1", 1)]
    assert page.score.reading.current == ("D1", 1)
    assert page.score.viewer.search.count.text() == "第 1 / 1 处"
    tap(Key.Key_Escape)
    assert not panel.isVisible()


def test_a_recusal_closes_search_and_documents(qtbot: QtBot, window: MainWindow, made: MadeReview) -> None:
    page = scoring(qtbot, window, made)
    reading = page.score.reading
    look_for(page, "研")
    reading.toggle_split()
    settle()
    clipboard.copy("机密")
    page.score.middle.declare(made.ids[0], Declaration("recused", ("C1",)))
    settle()
    assert len(reading.sides) == 1
    assert reading.viewer.pages.document is None
    assert reading.search.isHidden()
    assert reading.search.hits.source.rows == []
    assert not reading.search_button.isEnabled()
    assert "机密" not in QApplication.clipboard().text()
    window.setFocus()
    tap(Key.Key_F, Ctrl | Shift)
    assert reading.search.isHidden()
    store = desk_of(window).store
    assert store is not None
    assert store.reading.learn(made.ids[0], {}) == {}


def test_an_undeclared_application_is_not_searched(qtbot: QtBot, window: MainWindow, made: MadeReview) -> None:
    open_bundle(window, made)
    page = review_of(window)
    with qtbot.waitActive(window):
        window.activateWindow()
    page.go("declare")
    settle()
    press(window, "statements.all")
    page.go("score")
    settle()
    window.setFocus()
    for key, modifier in ((Key.Key_F, Ctrl | Shift), (Key.Key_F7, Qt.KeyboardModifier.NoModifier)):
        tap(key, modifier)
    reading = page.score.reading
    assert reading.search.isHidden()
    assert len(reading.sides) == 1
    assert reading.current[0] == ""


def test_two_documents_get_the_room_of_the_lists(qtbot: QtBot, window: MainWindow, made: MadeReview) -> None:
    page = scoring(qtbot, window, made)
    window.resize(1366, 768)
    settle()
    assert page.score.left.isVisible()
    press(window, "reading.split")
    assert not page.score.left.isVisible()
    press(window, "score.lists")
    assert page.score.left.isVisible()
    press(window, "reading.split")
    assert page.score.left.isVisible()
    window.resize(1920, 1080)
    settle()
    press(window, "reading.split")
    assert page.score.left.isVisible(), "a wide window has room for all"


def test_closing_the_bundle_empties_the_clipboard(window: MainWindow, made: MadeReview) -> None:
    start_review(window, made)
    clipboard.copy("机密")
    window.go_start()
    settle()
    assert "机密" not in QApplication.clipboard().text()
    assert child(window, "door.expert") is not None
