"""The first pages of a visit through their widgets: statements, place and time, hosts, steps; each edit is stored."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QLineEdit
from pytestqt.qtbot import QtBot

from ndb_desktop.domain.siterecord import Host
from ndb_desktop.services.inspect import SiteSession
from ndb_desktop.ui import i18n
from ndb_desktop.ui.inspection.store import SiteStore
from ndb_desktop.ui.inspection.view import SiteView
from tests.support.site_window import LABELS, counts, go, write
from tests.support.window import child, press, settle


def test_nothing_can_be_written_before_the_statements_are_made(view: SiteView, session: SiteSession) -> None:
    assert child(view, "site.statements").isVisible()
    assert not child(view, "site.left").isVisible()
    press(view, "site.statements.make")
    assert session.declared
    assert not child(view, "site.statements").isVisible()
    assert child(view, "site.left").isVisible()


def test_what_is_missing_leads_to_its_page(declared: SiteView) -> None:
    press(declared, "site.lack.place.")
    assert child(declared, "site.place").isVisible()
    assert declared.nav.currentRow() == LABELS.index("head")


def test_place_and_times_are_stored_and_counted(declared: SiteView, session: SiteSession, qtbot: QtBot) -> None:
    go(declared, "head")
    before = counts(declared)["head"]
    write(declared, qtbot, "site.place", "福州市示例路 1 号 𠮷")
    press(declared, "site.started.now")
    write(declared, qtbot, "site.ended", "2026-11-23 17:30")
    head = session.record.head
    assert head.place == "福州市示例路 1 号 𠮷"
    assert head.started_at
    assert head.ended_at.startswith("2026-11-23T17:30:00")
    assert head.ended_at[-6] in "+-", "a moment has the device's zone"
    assert counts(declared)["head"] != before


def test_a_moment_that_is_none_is_said_and_stays_in_its_field(
    declared: SiteView, session: SiteSession, qtbot: QtBot
) -> None:
    go(declared, "head")
    write(declared, qtbot, "site.ended", "2026-11-23 25:00")
    assert child(declared, "site.ended.wrong").isVisible()
    assert session.record.head.ended_at == ""
    write(declared, qtbot, "site.place", "x")
    field = child(declared, "site.ended")
    assert isinstance(field, QLineEdit)
    assert field.text() == "2026-11-23 25:00"
    write(declared, qtbot, "site.ended", "2026-11-23 15:00")
    assert not child(declared, "site.ended.wrong").isVisible()
    assert session.record.head.ended_at.startswith("2026-11-23T15:00")


def test_people_of_the_applicant_come_and_go(declared: SiteView, session: SiteSession, qtbot: QtBot) -> None:
    go(declared, "head")
    press(declared, "site.host.add")
    write(declared, qtbot, "site.host.0.name", "O'Neil 𠮷")
    write(declared, qtbot, "site.host.0.role", "总工程师")
    press(declared, "site.host.add")
    write(declared, qtbot, "site.host.1.name", "示例乙")
    assert session.record.head.hosts == (Host("O'Neil 𠮷", "总工程师"), Host("示例乙", ""))
    press(declared, "site.host.0.remove")
    assert session.record.head.hosts == (Host("示例乙", ""),)
    field = child(declared, "site.host.0.name")
    assert isinstance(field, QLineEdit)
    assert field.text() == "示例乙"


def test_a_step_is_held_or_left_out_with_its_reason(declared: SiteView, session: SiteSession, qtbot: QtBot) -> None:
    go(declared, "meetings")
    assert not child(declared, "site.meeting.opening.note").isVisible()
    press(declared, "site.meeting.opening.held")
    press(declared, "site.meeting.opening.started.now")
    write(declared, qtbot, "site.meeting.opening.note", "宣读纪律")
    opening = session.record.meeting("opening")
    assert (opening.state, opening.note) == ("held", "宣读纪律")
    assert opening.started_at
    press(declared, "site.meeting.communication.skipped")
    write(declared, qtbot, "site.meeting.communication.reason", "没有偏差")
    assert session.record.meeting("communication").reason == "没有偏差"
    assert not declared.findChildren(QLabel, "site.meeting.opening.skipped"), "this one may not be left out"


def test_undoing_shows_at_once(declared: SiteView, session: SiteSession, qtbot: QtBot) -> None:
    go(declared, "head")
    write(declared, qtbot, "site.place", "甲")
    write(declared, qtbot, "site.place", "乙")
    declared._store.undo()
    settle()
    field = child(declared, "site.place")
    assert isinstance(field, QLineEdit)
    assert (session.record.head.place, field.text()) == ("甲", "甲")


def test_in_english_too(session: SiteSession, qtbot: QtBot) -> None:
    i18n.set_language("en")
    view = SiteView(SiteStore(session), "meetings")
    qtbot.addWidget(view)
    view.show()
    settle()
    assert view.stack.currentWidget().accessibleName() == "Steps"
