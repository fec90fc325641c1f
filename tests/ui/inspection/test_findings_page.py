"""What a visit found, through the widgets: from a failed item to its card, edits, re-checks, and the way back."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QDate, Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QDateEdit, QLabel, QPlainTextEdit, QTableView
from pytestqt.qtbot import QtBot

from ndb_desktop.domain.siterecord import Answer, Finding, Observation, Recheck, VetoFinding
from ndb_desktop.services.inspect import SiteSession
from ndb_desktop.ui.inspection.answers_page import AnswersPage
from ndb_desktop.ui.inspection.findings_page import FindingsPage
from ndb_desktop.ui.inspection.view import SiteView
from ndb_desktop.ui.widgets.fields import Choice
from tests.support.site_window import counts, go, write
from tests.support.window import child, press, settle


@pytest.fixture
def findings(declared: SiteView) -> SiteView:
    go(declared, "findings")
    return declared


def words(view: SiteView, name: str) -> str:
    label = child(view, name)
    assert isinstance(label, QLabel | QAbstractButton)
    return label.text().replace("\u200b", "")


def page_of(view: SiteView) -> FindingsPage:
    page = view.stack.currentWidget()
    assert isinstance(page, FindingsPage)
    return page


def grade(view: SiteView, item: str, name: str) -> None:
    go(view, "answers")
    page = view.stack.currentWidget()
    assert isinstance(page, AnswersPage)
    page.table.selectRow([one.id for one in page.store.pack.items].index(item))
    settle()
    press(view, f"site.answer.{name}")


def choose(view: SiteView, row: int) -> None:
    page_of(view).table.selectRow(row)
    settle()


def test_an_empty_page_says_what_to_do_and_the_buttons_add(findings: SiteView, session: SiteSession) -> None:
    assert child(findings, "site.findings.none").isVisible()
    press(findings, "site.finding.add")
    press(findings, "site.observation.add")
    press(findings, "site.veto.add")
    record = session.record
    assert (record.findings, record.observations) == ((Finding("F1-01", "minor", ""),), (Observation("O1-01", ""),))
    assert record.vetoes == (VetoFinding("X1-01", session.pack.grounds[0].id, "", ""),)
    assert not child(findings, "site.findings.none").isVisible()
    assert words(findings, "site.veto.title") == "一票否决线索 X1-01"


@pytest.mark.parametrize("name", ["minor", "severe"])
def test_a_failed_item_makes_its_finding_with_one_press(
    declared: SiteView, session: SiteSession, qtbot: QtBot, name: str
) -> None:
    grade(declared, "S02", "pass")
    assert not child(declared, "site.offer.finding").isVisible()
    press(declared, f"site.answer.{name}")
    assert not child(declared, "site.offer.veto").isVisible(), "no starred item"
    write(declared, qtbot, "site.answer.note", "门牌与注册地址不符 𠮷")
    press(declared, "site.offer.finding")
    assert session.record.findings == (Finding("F1-01", name, "门牌与注册地址不符 𠮷", "answer:S02"),)
    assert words(declared, "site.finding.title") == "不合格项 F1-01"
    assert QApplication.focusWidget() is child(declared, "site.finding.measure"), "what is missing comes first"
    go(declared, "answers")
    assert words(declared, "site.offer.finding").strip() == "查看不合格项 F1-01"
    press(declared, "site.offer.finding")
    assert len(session.record.findings) == 1
    assert page_of(declared) is declared.stack.currentWidget()


def test_what_is_still_being_typed_goes_into_the_finding(declared: SiteView, session: SiteSession) -> None:
    grade(declared, "S02", "minor")
    note = child(declared, "site.answer.note")
    assert isinstance(note, QPlainTextEdit)
    note.setFocus()
    note.insertPlainText("刚看到的")
    press(declared, "site.offer.finding")
    assert session.record.findings[0].text == session.record.answer("S02").note == "刚看到的"


def test_a_starred_item_that_failed_offers_its_veto_finding(declared: SiteView, session: SiteSession) -> None:
    grade(declared, "S10", "severe")
    press(declared, "site.offer.veto")
    assert session.record.vetoes == (VetoFinding("X1-01", "V6", "", ""),)
    ground = child(declared, "site.veto.ground")
    assert isinstance(ground, Choice)
    assert ground.currentText().startswith("V6：")
    assert not any(lack.kind == "answer_veto" for lack in page_of(declared).store.lacks)


def test_a_datum_that_is_referred_offers_the_ground_for_false_data(
    declared: SiteView, session: SiteSession, qtbot: QtBot
) -> None:
    go(declared, "checks")
    write(declared, qtbot, "site.check.verified", "3.1")
    assert not child(declared, "site.offer.finding").isVisible()
    write(declared, qtbot, "site.check.verified", "2.48")
    assert not child(declared, "site.offer.veto").isVisible()
    press(declared, "site.check.effect.refer")
    write(declared, qtbot, "site.check.proof", "凭证 12")
    write(declared, qtbot, "site.check.note", "账上没有")
    press(declared, "site.offer.veto")
    assert session.record.vetoes == (VetoFinding("X1-01", "V6", "账上没有", "凭证 12"),)
    go(declared, "checks")
    write(declared, qtbot, "site.check.verified", "1")
    press(declared, "site.offer.finding")
    assert session.record.findings == (Finding("F1-01", "severe", "账上没有", "check:rd_spending/2025"),)


def test_every_field_is_stored_by_itself_and_counts_go_down(
    findings: SiteView, session: SiteSession, qtbot: QtBot
) -> None:
    press(findings, "site.finding.add")
    assert counts(findings)["findings"] == "检查发现（3）"
    write(findings, qtbot, "site.finding.text", "消防通道被占")
    write(findings, qtbot, "site.finding.measure", "清空通道")
    press(findings, "site.finding.severe")
    child(findings, "site.finding.due.15").setFocus()
    press(findings, "site.finding.due.15")
    due = child(findings, "site.finding.due")
    assert isinstance(due, QDateEdit)
    assert due.hasFocus(), "the keyboard goes on with the day"
    due.setDate(QDate(2026, 12, 31))
    settle()
    assert session.record.findings == (
        Finding("F1-01", "severe", "消防通道被占", "", "清空通道", "2026-12-31"),
    )  # fmt: skip
    assert counts(findings)["findings"] == "检查发现"
    press(findings, "site.finding.due.clear")
    assert session.record.findings[0].due == ""
    assert child(findings, "site.finding.due.30").isVisible()


def test_what_failed_comes_first_among_what_it_may_be_about(findings: SiteView, session: SiteSession) -> None:
    grade(findings, "S07", "severe")
    go(findings, "findings")
    press(findings, "site.finding.add")
    about = child(findings, "site.finding.about")
    assert isinstance(about, Choice)
    assert [about.itemData(row) for row in range(3)] == ["", "answer:S07", "check:rd_spending/2025"]
    assert about.itemText(1).endswith("严重不合格")
    assert about.count() == 1 + len(session.visit.wanted) + len(session.pack.items)
    about.setCurrentIndex(1)
    about.activated.emit(1)
    settle()
    assert session.record.findings[0].about == "answer:S07"
    assert "严重不合格" in words(findings, "site.finding.other"), "the finding says less than the item"
    assert child(findings, "site.finding.other").isVisible()
    press(findings, "site.finding.severe")
    assert not child(findings, "site.finding.other").isVisible()
    go(findings, "answers")
    grade(findings, "S07", "pass")
    go(findings, "findings")
    assert "没有不合格" in words(findings, "site.finding.other"), "the item passed"
    assert child(findings, "site.finding.other").isVisible()


def test_looks_are_put_behind_each_other_and_none_is_changed(
    findings: SiteView, session: SiteSession, qtbot: QtBot
) -> None:
    press(findings, "site.finding.add")
    write(findings, qtbot, "site.recheck.note", "仍有杂物")
    assert session.record.findings[0].rechecks == ()
    press(findings, "site.recheck.failed")
    first = session.record.findings[0].rechecks
    assert [replace(look, at="") for look in first] == [Recheck("", "E-01", False, "仍有杂物")]
    assert child(findings, "site.recheck.note").toPlainText() == ""  # type: ignore[attr-defined]
    assert not session.record.findings[0].settled
    press(findings, "site.recheck.passed")
    looks = session.record.findings[0].rechecks
    assert looks[:1] == first
    assert (looks[1].passed, looks[1].note) == (True, "")
    shown = words(findings, "site.finding.rechecks").split("\n\n")
    assert [line[:5] for line in shown] == ["第 1 次", "第 2 次"]
    assert "仍有杂物" in shown[0]


def test_nothing_typed_lands_on_another_part(findings: SiteView, session: SiteSession) -> None:
    press(findings, "site.finding.add")
    press(findings, "site.finding.add")
    text, note = child(findings, "site.finding.text"), child(findings, "site.recheck.note")
    assert isinstance(text, QPlainTextEdit)
    assert isinstance(note, QPlainTextEdit)
    text.setFocus()
    text.insertPlainText("第二条")
    note.insertPlainText("没用上的话")
    choose(findings, 0)
    assert [one.text for one in session.record.findings] == ["", "第二条"]
    assert (text.toPlainText(), note.toPlainText()) == ("", "")
    choose(findings, 1)
    assert (text.toPlainText(), note.toPlainText()) == ("第二条", "没用上的话")


def test_what_was_removed_comes_back_from_the_banner(findings: SiteView, session: SiteSession, qtbot: QtBot) -> None:
    press(findings, "site.observation.add")
    write(findings, qtbot, "site.observation.text", "门口在施工")
    press(findings, "site.observation.remove")
    assert session.record.observations == ()
    assert child(findings, "site.findings.none").isVisible()
    press(findings, "site.observation.add")
    press(page_of(findings).banner, "banner.action")
    assert [(one.id, one.text) for one in session.record.observations] == [("O1-01", ""), ("O1-02", "门口在施工")]


def test_undo_takes_back_the_last_step_and_the_removal(findings: SiteView, session: SiteSession, qtbot: QtBot) -> None:
    press(findings, "site.finding.add")
    press(findings, "site.finding.severe")
    page_of(findings).store.undo()
    settle()
    assert session.record.findings[0].severity == "minor"
    press(findings, "site.finding.remove")
    page_of(findings).table.setFocus()
    qtbot.keyClick(page_of(findings).table, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)  # type: ignore[no-untyped-call]
    settle()
    assert [one.id for one in session.record.findings] == ["F1-01"]
    assert page_of(findings).banner.message() is None, "nothing is left to put back"
    page_of(findings).store.undo()
    settle()
    assert session.record.findings == ()
    assert child(findings, "site.findings.none").isVisible()


@pytest.mark.parametrize(
    ("part", "lack", "field"),
    [
        (Finding("F1-07", "minor", "有字"), "finding_measure", "site.finding.measure"),
        (VetoFinding("X1-03", "V6", "有字", "证 1"), "veto_reply", "site.veto.reply"),
        (Observation("O1-02", ""), "observation_text", "site.observation.text"),
    ],
)
def test_what_is_missing_leads_to_the_very_field(
    findings: SiteView, session: SiteSession, part: Finding | VetoFinding | Observation, lack: str, field: str
) -> None:
    press(findings, "site.observation.add")
    page_of(findings).store.put(part)
    settle()
    # The overview lists only the first of many.
    page_of(findings).store.put(*(Answer(item.id, "pass") for item in session.pack.items))
    settle()
    go(findings, "overview")
    press(findings, f"site.lack.{lack}.{part.id}")
    assert QApplication.focusWidget() is child(findings, field)
    assert words(findings, field.rpartition(".")[0] + ".title").endswith(part.id)


def test_the_list_names_the_ground_of_a_veto_finding(declared: SiteView, session: SiteSession) -> None:
    go(declared, "findings")
    press(declared, "site.veto.add")
    table = child(declared, "site.findings.table")
    assert isinstance(table, QTableView)
    ground = session.pack.grounds[0]
    assert table.model().index(0, 1).data() == f"一票否决 {ground.id} {ground.text.get('zh_CN')}"
