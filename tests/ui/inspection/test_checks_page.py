"""Verifying data through the widgets: the deviation is computed, nought is a figure, nothing lands on another datum."""

from __future__ import annotations

from decimal import Decimal

import pytest
from PySide6.QtWidgets import QAbstractButton, QLabel, QLineEdit
from pytestqt.qtbot import QtBot

from ndb_desktop.services.inspect import SiteSession
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.inspection.checks_page import ChecksPage
from ndb_desktop.ui.inspection.view import SiteView
from tests.support.site_window import go, write
from tests.support.window import child, press, settle


@pytest.fixture
def checks(declared: SiteView) -> SiteView:
    go(declared, "checks")
    return declared


def words(view: SiteView, name: str) -> str:
    label = child(view, name)
    assert isinstance(label, QLabel)
    return label.text().replace("\u200b", "")


def choose(view: SiteView, row: int) -> None:
    page = view.stack.currentWidget()
    assert isinstance(page, ChecksPage)
    page.table.selectRow(row)
    settle()


def on(view: SiteView, name: str) -> bool:
    button = child(view, name)
    assert isinstance(button, QAbstractButton)
    return button.isChecked()


def test_the_name_of_a_datum_is_the_one_of_the_rule_pack(checks: SiteView) -> None:
    assert words(checks, "site.check.title") == "研发经费（2025 年）"
    assert words(checks, "site.check.declared") == "3.1 亿元"
    assert "专家质疑" in words(checks, "site.check.whys")


@pytest.mark.parametrize(
    ("typed", "away", "conclusion"),
    [("3.1", "0.00", "consistent"), ("2.945", "-5.00", "consistent"), ("2.944", "-5.03", "deviation"),
     ("3.72", "+20.00", "deviation"), ("3.73", "+20.32", "major"), ("0", "-100.00", "major")],
)  # fmt: skip
def test_the_deviation_decides(
    checks: SiteView, session: SiteSession, qtbot: QtBot, typed: str, away: str, conclusion: str
) -> None:
    write(checks, qtbot, "site.check.verified", typed)
    assert session.record.check("rd_spending/2025").verified == Decimal(typed)
    assert f" {away} %" in words(checks, "site.check.away")
    assert on(checks, f"site.check.{conclusion}")
    others = {"consistent", "deviation", "major"} - {conclusion}
    assert not any(child(checks, f"site.check.{other}").isEnabled() for other in others), "nobody argues with a figure"


def test_what_cannot_be_verified_has_no_figure(checks: SiteView, session: SiteSession, qtbot: QtBot) -> None:
    write(checks, qtbot, "site.check.verified", "2.48")
    press(checks, "site.check.unverifiable")
    check = session.record.check("rd_spending/2025")
    assert (check.verified, check.conclusion, check.effect) == (None, "unverifiable", "keep")
    field = child(checks, "site.check.verified")
    assert isinstance(field, QLineEdit)
    assert field.text() == ""
    write(checks, qtbot, "site.check.verified", "3.1")
    assert session.record.check("rd_spending/2025").conclusion == "consistent"


def test_nought_is_a_figure_and_an_empty_field_is_none(checks: SiteView, session: SiteSession, qtbot: QtBot) -> None:
    choose(checks, 1)
    assert session.record.check("accidents").verified is None
    write(checks, qtbot, "site.check.verified", "0")
    assert session.record.check("accidents").verified == 0
    assert on(checks, "site.check.consistent")
    write(checks, qtbot, "site.check.verified", "")
    check = session.record.check("accidents")
    assert (check.verified, check.conclusion) == (None, None)
    assert not on(checks, "site.check.consistent")


def test_as_declared_is_one_press_and_there_is_none_without_a_declared_figure(
    checks: SiteView, session: SiteSession
) -> None:
    press(checks, "site.check.same")
    assert session.record.check("rd_spending/2025").verified == Decimal("3.1")
    choose(checks, 2)
    assert not child(checks, "site.check.same").isVisible()
    assert words(checks, "site.check.declared") == "未申报"


def test_methods_effect_evidence_and_note_are_stored(checks: SiteView, session: SiteSession, qtbot: QtBot) -> None:
    write(checks, qtbot, "site.check.verified", "2.48")
    press(checks, "site.check.method.original")
    press(checks, "site.check.method.system")
    press(checks, "site.check.effect.replace")
    write(checks, qtbot, "site.check.proof", "凭证 12-15")
    write(checks, qtbot, "site.check.note", "见审计报告 𠮷")
    check = session.record.check("rd_spending/2025")
    assert (check.methods, check.effect) == (("original", "system"), "replace")
    assert (check.proof, check.note) == ("凭证 12-15", "见审计报告 𠮷")


def test_what_is_typed_about_one_datum_never_lands_on_the_next(
    checks: SiteView, session: SiteSession, qtbot: QtBot
) -> None:
    note = child(checks, "site.check.note")
    note.setFocus()
    note.insertPlainText("第一项")  # type: ignore[attr-defined]
    choose(checks, 1)
    assert session.record.check("rd_spending/2025").note == "第一项"
    assert session.record.check("accidents").note == ""
    assert child(checks, "site.check.note").toPlainText() == ""  # type: ignore[attr-defined]
    choose(checks, 0)
    assert child(checks, "site.check.note").toPlainText() == "第一项"  # type: ignore[attr-defined]


def test_a_yes_or_no_is_concluded_by_hand(checks: SiteView, session: SiteSession) -> None:
    choose(checks, 3)
    assert not child(checks, "site.check.verified").isVisible()
    press(checks, "site.check.consistent")
    assert session.record.check("certified").conclusion == "consistent"


def test_next_goes_to_what_is_open_and_says_when_nothing_is(
    checks: SiteView, session: SiteSession, qtbot: QtBot
) -> None:
    write(checks, qtbot, "site.check.verified", "3.1")
    for name, typed in (("accidents", "0"), ("patents", "4")):
        press(checks, "site.check.next")
        write(checks, qtbot, "site.check.verified", typed)
        assert session.record.check(name).verified == Decimal(typed)
    press(checks, "site.check.consistent")
    press(checks, "site.check.next")
    press(checks, "site.check.consistent")
    assert all(session.record.check(wanted.id).conclusion for wanted in session.visit.wanted)
    press(checks, "site.check.next")
    page = checks.stack.currentWidget()
    assert isinstance(page, ChecksPage)
    message = page.banner.message()
    assert message is not None


def test_what_is_missing_of_a_datum_calls_it_by_its_name_and_year(declared: SiteView, session: SiteSession) -> None:
    link = child(declared, "site.lack.check_open.rd_spending/2025")
    name = tr("site.check.year", datum=session.labels["rd_spending"].zh_CN, year="2025")
    assert link.accessibleName() == tr("site_lack.check_open", datum=name)
    assert "rd_spending" not in link.accessibleName()


def test_what_is_missing_of_a_datum_leads_to_it(declared: SiteView) -> None:
    press(declared, "site.lack.check_open.patents")
    assert words(declared, "site.check.title") == "patents"
