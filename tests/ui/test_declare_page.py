"""Declarations: statements in full with their time, grounds explained and ticked by keys, recusal at any time."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from ndb_desktop.domain.sheet import CONFLICT_CODES, Declaration
from ndb_desktop.formats.scorefile import open_score
from ndb_desktop.ui import i18n
from ndb_desktop.ui.expert.declare_page import DeclarePage
from ndb_desktop.ui.expert.grounds import groups, meaning
from ndb_desktop.ui.expert.store import ReviewStore
from ndb_desktop.ui.shell.main_window import MainWindow
from ndb_desktop.ui.viewer import clipboard
from ndb_desktop.ui.widgets import files, sight
from tests.support.pages import click, open_store, rest, shown_words, write
from tests.support.review import MadeReview, agree_all, declare_all
from tests.support.window import (
    PASSPHRASE,
    child,
    desk_of,
    finish_by_service,
    press,
    settle,
    start_review,
)


@pytest.fixture
def store(made: MadeReview, tmp_path: Path) -> Iterator[ReviewStore]:
    with open_store(made, tmp_path / "profile") as store:
        yield store


@pytest.fixture
def page(store: ReviewStore, qtbot: QtBot) -> Iterator[DeclarePage]:
    page = DeclarePage(store)
    qtbot.addWidget(page)
    page.resize(1100, 1600)
    page.show()
    qtbot.waitExposed(page)
    rest()
    yield page
    page.hide()


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_every_ground_is_grouped_once_and_explained_with_an_example(language: str) -> None:
    i18n.set_language(language)
    assert sorted(code for _, codes in groups() for code in codes) == sorted(CONFLICT_CODES)
    said = [meaning(code) for code in CONFLICT_CODES]
    assert len(set(said)) == 12
    mark = "例如" if language == "zh_CN" else "For example"
    assert all(text.count(mark) == 1 for text in said)


def test_statements_stand_in_full_with_the_time_and_can_be_printed(
    store: ReviewStore, page: DeclarePage, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = shown_words(page.statements)
    for statement, _ in store.view.statements:
        assert i18n.local(statement.text) in words
    first = store.view.statements[0][0]
    assert child(page, f"statement.{first.id}.at").text() == ""  # type: ignore[attr-defined]
    click(qtbot, page, f"statement.{first.id}")
    at = store.view.statements[0][1]
    assert i18n.local_time(at) in child(page, f"statement.{first.id}.at").text()  # type: ignore[attr-defined]
    click(qtbot, page, "statements.all")
    target = tmp_path / "statements.pdf"
    monkeypatch.setattr(files, "pick_target", lambda *_args: target)
    click(qtbot, page, "statements.save")
    read = subprocess.run(["pdftotext", target, "-"], capture_output=True, text=True, check=True).stdout
    spaceless = "".join(read.split())
    for statement, agreed in store.view.statements:
        assert "".join(i18n.local(statement.text).split()) in spaceless
        assert agreed in read


def test_all_others_are_declared_after_the_list_was_shown(
    store: ReviewStore, page: DeclarePage, made: MadeReview, qtbot: QtBot
) -> None:
    write(store, agree_all)
    click(qtbot, page, "recuse.1")
    qtbot.keyClick(child(page, "declare.C1"), Qt.Key.Key_3)
    click(qtbot, page, "declare.confirm")
    click(qtbot, page, "declare.all.clear")
    words = shown_words(page.all_panel)
    assert page.all_panel.hasFocus()
    assert all(meaning(code) in words for code in CONFLICT_CODES)
    names = [store.view.item(name).application.applicant for name in made.ids]
    assert [name in words for name in names] == [True, False, True]
    click(qtbot, page, "declare.all.cancel")
    assert store.view.sheet(made.ids[0]).declaration.status == "none"
    click(qtbot, page, "declare.all.clear")
    click(qtbot, page, "declare.all.confirm")
    states = [store.view.sheet(name).declaration for name in made.ids]
    assert [state.status for state in states] == ["clear", "recused", "clear"]
    assert states[1].codes == ("C3",)
    assert "持股" in shown_words(page.lines[made.ids[1]])
    assert page.all_panel.isHidden()


@pytest.mark.parametrize("key", [Qt.Key.Key_Space, Qt.Key.Key_Return])
def test_one_key_after_the_other_declares_for_all_and_begins_no_recusal(
    store: ReviewStore, page: DeclarePage, qtbot: QtBot, made: MadeReview, key: Qt.Key
) -> None:
    click(qtbot, page, "statements.all")
    page.resize(1100, 500)
    page.activateWindow()
    page.focus_start()
    rest()
    for number, application in enumerate(made.ids, 1):
        focused = QApplication.focusWidget()
        assert focused is page.lines[application].clear_button
        assert sight.in_sight(page.area, focused)
        qtbot.keyClick(focused, key)
        rest()
        statuses = [store.view.sheet(name).declaration.status for name in made.ids]
        assert statuses == ["clear"] * number + ["none"] * (len(made.ids) - number)
    assert QApplication.focusWidget() is page.next
    with qtbot.waitSignal(page.go_on):
        qtbot.keyClick(page.next, key)


def test_the_grounds_come_into_sight_where_a_recusal_is_begun(
    store: ReviewStore, page: DeclarePage, qtbot: QtBot, made: MadeReview
) -> None:
    click(qtbot, page, "statements.all")
    page.resize(1100, 500)
    rest()
    last = page.lines[made.ids[-1]]
    page.area.verticalScrollBar().setValue(0)
    qtbot.keyClick(last.recuse_button, Qt.Key.Key_Space)
    rest()
    focused = QApplication.focusWidget()
    assert focused is not None
    assert last.isAncestorOf(focused)
    assert sight.in_sight(page.area, focused)
    assert store.view.sheet(made.ids[-1]).declaration.status == "none"


def test_digits_tick_grounds_but_write_in_the_explanation(store: ReviewStore, page: DeclarePage, qtbot: QtBot) -> None:
    write(store, agree_all)
    click(qtbot, page, "recuse.0")
    first = child(page, "declare.C1")
    for key in "1590":
        qtbot.keyClick(page.focusWidget() or first, key)
    form = page.lines[next(iter(page.lines))]._form
    assert form is not None
    assert form.list.codes() == ("C1", "C5", "C9", "C10")
    qtbot.keyClick(child(page, "declare.C5"), Qt.Key.Key_5)
    qtbot.keyClick(child(page, "declare.C12"), Qt.Key.Key_Space)
    assert form.list.codes() == ("C1", "C9", "C10", "C12")
    assert not form.confirm.isEnabled()
    qtbot.keyClicks(form.words, "2019")
    assert form.words.toPlainText() == "2019"
    assert form.list.codes() == ("C1", "C9", "C10", "C12")
    assert form.confirm.isEnabled()


def test_digits_in_the_form_choose_no_level(window: MainWindow, made: MadeReview, qtbot: QtBot) -> None:
    page = start_review(window, made)
    press(window, "score.recuse")
    window.activateWindow()
    box = child(window, "declare.C1")
    box.setFocus()
    qtbot.keyClick(box, Qt.Key.Key_2)
    settle()
    assert child(window, "declare.C2").isChecked()  # type: ignore[attr-defined]
    store = desk_of(window).store
    assert store is not None
    assert not store.view.sheet(made.ids[0]).items
    press(window, "declare.cancel")
    assert page.score.middle.currentWidget() is page.score.reading


def test_a_late_recusal_closes_everything_and_withdraws_the_scores(
    window: MainWindow, made: MadeReview, qtbot: QtBot
) -> None:
    page = start_review(window, made)
    walk, store = desk_of(window).walk, desk_of(window).store
    assert walk is not None
    assert store is not None
    walk.go(made.ids[0], "P1.1.basis")
    settle()
    press(window, "item.confirm")
    assert page.score.viewer.current[0] == "D1"
    clipboard.copy("保密标记ZQX")
    assert "ZQX" in QGuiApplication.clipboard().text()
    press(window, "score.recuse")
    said = shown_words(child(window, "declare.after"))
    assert "1 项评分" in said
    assert "立即关闭" in said
    press(window, "declare.C1")
    press(window, "declare.confirm")
    sheet = store.session.sheet(made.ids[0])
    assert (sheet.status, dict(sheet.items)) == ("recused", {})
    assert page.score.viewer.current[0] == ""
    assert page.score.viewer.pages.document is None
    assert "ZQX" not in QGuiApplication.clipboard().text()
    assert not list(store.session._cache.path.glob("*.db"))
    assert not child(window, "score.recuse").isEnabled()
    # The other applications stay open.
    walk.go(made.ids[1])
    settle()
    assert page.score.viewer.current[0] == "D1"
    assert child(window, "score.recuse").isEnabled()


def test_the_menu_of_a_row_recuses_from_that_row(window: MainWindow, made: MadeReview, qtbot: QtBot) -> None:
    page = start_review(window, made)
    view = page.score.applications
    spot = view.visualRect(view.model().index(1, 0)).center()
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, spot, view.viewport().mapToGlobal(spot))
    QApplication.sendEvent(view.viewport(), event)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    action = next(action for action in menu.actions() if action.objectName() == "menu.recuse")
    qtbot.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(action).center())
    settle()
    walk = desk_of(window).walk
    assert walk is not None
    assert walk.application == made.ids[1]
    assert child(window, "declare.C1").isVisible()
    assert made.applications[1].applicant in shown_words(page.score.middle.currentWidget())
    assert QApplication.activePopupWidget() is None


def test_after_signing_a_recusal_starts_a_revision_that_says_why(window: MainWindow, made: MadeReview) -> None:
    page = start_review(window, made)
    finish_by_service(window, made)
    page.go("sign")
    settle()
    page.sign.passphrase.first.setText(PASSPHRASE)
    press(window, "sign.button")
    page.go("score")
    settle()
    press(window, "score.recuse")
    assert "重新签名导出" in shown_words(child(window, "declare.after"))
    press(window, "declare.C7")
    press(window, "declare.confirm")
    store = desk_of(window).store
    assert store is not None
    assert not store.view.locked
    assert store.session.sheet(made.ids[0]).status == "recused"
    assert "重新签名导出" in page.score.viewer.empty.text.text()
    page.go("sign")
    settle()
    assert made.applications[0].applicant in shown_words(page.sign.summary)
    page.sign.passphrase.first.setText(PASSPHRASE)
    press(window, "sign.button")
    newest = max(made.path.parent.glob("*_rev2_*.ndbscore"))
    opened = open_score(newest.read_bytes(), made.issuer)
    assert made.ids[0] in opened.payload.reason
    assert "C7" in opened.payload.reason
    record = next(sheet.record for sheet in opened.sheets if sheet.record.application == made.ids[0])
    assert (record.status, record.declaration.codes, record.items) == ("recused", ("C7",), ())


def test_a_declaration_shows_when_it_was_made(store: ReviewStore, page: DeclarePage, made: MadeReview) -> None:
    write(store, declare_all, lambda s: s.declare(made.ids[2], Declaration("recused", ("C12",), "旧同事")))
    line = shown_words(page.lines[made.ids[2]])
    assert i18n.local_time(store.view.sheet(made.ids[2]).declaration.at) in line
    assert "旧同事" in line
    assert "可以撤回" in line
