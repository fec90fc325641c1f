"""The inspection desk from the start page on: a bundle finds its desk, a key opens it, work is there again later."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from ndb_desktop.services.identity import keys_folder
from ndb_desktop.ui.expert.desk import ExpertDesk
from ndb_desktop.ui.inspection.desk import InspectionDesk
from ndb_desktop.ui.inspection.view import SiteView
from ndb_desktop.ui.shell.main_window import MainWindow
from ndb_desktop.ui.shell.start_page import StartPage
from tests.support.review import MadeReview
from tests.support.site import MadeSite
from tests.support.site_window import LABELS, go, write
from tests.support.siterecords import TEAM, freeze
from tests.support.travel import PASSPHRASE, key_file
from tests.support.window import child, press, settle


@pytest.fixture
def member(window: MainWindow) -> MainWindow:
    """A window whose profile holds the key of a member."""
    folder = keys_folder(window.profile)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "me.ndbkey").write_bytes(key_file(TEAM[0]))
    return window


def open_visit(window: MainWindow, path: Path, passphrase: str = PASSPHRASE) -> None:
    window.open_paths((path,))
    settle()
    unlock(window, passphrase)


def unlock(window: MainWindow, passphrase: str = PASSPHRASE) -> None:
    field = child(window, "site.unlock").findChildren(QLineEdit)[0]
    field.setText(passphrase)
    press(window, "site.open")


def view_of(window: MainWindow) -> SiteView:
    assert isinstance(window.desk, InspectionDesk)
    assert window.desk.view is not None
    return window.desk.view


def test_an_inspection_bundle_finds_its_desk_and_an_experts_bundle_its_own(
    member: MainWindow, made: MadeSite, made_review: MadeReview
) -> None:
    member.open_paths((made.path,))
    settle()
    assert isinstance(member.desk, InspectionDesk)
    member.open_paths((made_review.path,))
    settle()
    assert isinstance(member.desk, ExpertDesk)


def test_from_the_door_to_the_overview(member: MainWindow, made: MadeSite, monkeypatch: pytest.MonkeyPatch) -> None:
    press(member, "door.inspection")
    monkeypatch.setattr("ndb_desktop.ui.widgets.files.pick_file", lambda *_words: made.path)
    press(member, "site.choose.button")
    unlock(member)
    assert child(member, "site.statements").isVisible()
    assert made.visit.applicant in member.windowTitle()
    assert child(member, "header.trial").isVisible()


def test_work_is_there_again_and_undone_by_keys(member: MainWindow, made: MadeSite, qtbot: QtBot) -> None:
    open_visit(member, made.path)
    press(member, "site.statements.make")
    go(view_of(member), "head")
    write(view_of(member), qtbot, "site.place", "甲地")
    write(view_of(member), qtbot, "site.place", "乙地")
    assert "2026" in child(member, "header.saved").text()  # type: ignore[attr-defined]
    child(member, "site.nav").setFocus()
    qtbot.keyClick(child(member, "site.nav"), Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)  # type: ignore[no-untyped-call]
    settle()
    assert child(member, "site.place").text() == "甲地"  # type: ignore[attr-defined]
    press(member, "site.redo")
    assert child(member, "site.place").text() == "乙地"  # type: ignore[attr-defined]
    press(member, "header.back")
    assert isinstance(member.page, StartPage)
    press(member, "recent.0")
    unlock(member)
    go(view_of(member), "head")
    assert child(member, "site.place").text() == "乙地"  # type: ignore[attr-defined]


def test_a_wrong_passphrase_and_a_strangers_key_are_said_in_words(member: MainWindow, made: MadeSite) -> None:
    open_visit(member, made.path, "wrong")
    page = child(member, "site.unlock")
    message = page.banner.message()  # type: ignore[attr-defined]
    assert message is not None
    (keys_folder(member.profile) / "me.ndbkey").write_bytes(key_file("stranger"))
    open_visit(member, made.path)
    message = child(member, "site.unlock").banner.message()  # type: ignore[attr-defined]
    assert message is not None
    assert "E-INSPECT-MEMBER" in " ".join(message.details)


def test_language_changes_in_the_middle_and_nothing_is_lost(member: MainWindow, made: MadeSite, qtbot: QtBot) -> None:
    open_visit(member, made.path)
    press(member, "site.statements.make")
    go(view_of(member), "head")
    write(view_of(member), qtbot, "site.place", "甲地")
    member.set_language("en")
    settle()
    assert view_of(member).stack.currentWidget().accessibleName() == "Where and when"
    assert child(member, "site.place").text() == "甲地"  # type: ignore[attr-defined]


def test_a_signed_record_waits_for_its_visit(member: MainWindow, tmp_path: Path) -> None:
    path = freeze(tmp_path / "one.ndbsite").path
    member.open_paths((path,))
    settle()
    assert isinstance(member.desk, InspectionDesk)
    message = member.banner.message()
    assert message is not None
    assert path.name in message.text


def test_a_signed_record_dropped_anywhere_goes_to_the_page_for_signing(
    member: MainWindow, made: MadeSite, tmp_path: Path
) -> None:
    path = freeze(tmp_path / "one.ndbsite").path
    open_visit(member, made.path)
    member.open_paths((path,))
    settle()
    assert view_of(member).nav.currentRow() == LABELS.index("sign")
    assert child(member, "site.fellow.file").text() == path.name  # type: ignore[attr-defined]
