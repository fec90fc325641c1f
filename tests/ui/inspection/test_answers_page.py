"""Grading the checklist through the widgets: starred items, the verdict as it comes to be, and the next open item."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QAbstractButton, QLabel
from pytestqt.qtbot import QtBot

from ndb_desktop.services.inspect import SiteSession
from ndb_desktop.ui.inspection.answers_page import AnswersPage
from ndb_desktop.ui.inspection.view import SiteView
from tests.support.site_window import go, write
from tests.support.window import child, press, settle


@pytest.fixture
def answers(declared: SiteView) -> SiteView:
    go(declared, "answers")
    return declared


def words(view: SiteView, name: str) -> str:
    label = child(view, name)
    assert isinstance(label, QLabel)
    return label.text().replace("\u200b", "")


def page_of(view: SiteView) -> AnswersPage:
    page = view.stack.currentWidget()
    assert isinstance(page, AnswersPage)
    return page


def choose(view: SiteView, item: str) -> None:
    page = page_of(view)
    page.table.selectRow([one.id for one in page.store.pack.items].index(item))
    settle()


def test_a_grade_and_what_was_seen_are_stored(answers: SiteView, session: SiteSession, qtbot: QtBot) -> None:
    choose(answers, "S02")
    press(answers, "site.answer.minor")
    write(answers, qtbot, "site.answer.note", "门牌与注册地址不符 𠮷")
    answer = session.record.answer("S02")
    assert (answer.grade, answer.note) == ("minor", "门牌与注册地址不符 𠮷")
    assert "一般不合格 1" in words(answers, "site.verdict")
    assert "未定" in words(answers, "site.verdict")


def test_a_starred_item_says_its_ground_and_failing_it_fails_all(answers: SiteView) -> None:
    choose(answers, "S02")
    assert not child(answers, "site.answer.ground").isVisible()
    choose(answers, "S10")
    assert "V6" in words(answers, "site.answer.ground")
    press(answers, "site.answer.severe")
    assert words(answers, "site.verdict").startswith("检查结论：不合格")


def test_not_applicable_is_there_only_where_the_checklist_allows_it(answers: SiteView, session: SiteSession) -> None:
    for item in session.pack.items:
        choose(answers, item.id)
        assert child(answers, "site.answer.not_applicable").isVisible() == item.not_applicable, item.id
        assert child(answers, "site.answer.photo").isVisible() == (item.photo != "none"), item.id


def test_next_goes_through_all_open_items_to_a_verdict(answers: SiteView, session: SiteSession) -> None:
    for _ in session.pack.items:
        press(answers, "site.answer.pass")
        press(answers, "site.answer.next")
    assert all(session.record.answer(item.id).grade == "pass" for item in session.pack.items)
    assert words(answers, "site.verdict").startswith("检查结论：合格")
    assert page_of(answers).banner.message() is not None


def test_an_item_without_a_grade_shows_none(answers: SiteView) -> None:
    press(answers, "site.answer.severe")
    choose(answers, "S02")
    for name in ("pass", "minor", "severe"):
        button = child(answers, f"site.answer.{name}")
        assert isinstance(button, QAbstractButton)
        assert not button.isChecked()


def test_what_is_typed_about_one_item_never_lands_on_the_next(answers: SiteView, session: SiteSession) -> None:
    choose(answers, "S02")
    note = child(answers, "site.answer.note")
    note.setFocus()
    note.insertPlainText("第二项")  # type: ignore[attr-defined]
    choose(answers, "S05")
    assert session.record.answer("S02").note == "第二项"
    assert session.record.answer("S05").note == ""
    assert child(answers, "site.answer.note").toPlainText() == ""  # type: ignore[attr-defined]
