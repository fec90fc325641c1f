"""Freezing, co-signing, taking back, joining and printing through the widgets: two members on two profiles."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from ndb_desktop.documents.worker import RenderWorker
from ndb_desktop.domain.siterecord import Check, Closing, Finding, Head, Host, Observation, Photo
from ndb_desktop.services.digest_words import spoken
from ndb_desktop.services.inspect import SiteSession
from ndb_desktop.ui.inspection.store import SiteStore
from ndb_desktop.ui.inspection.view import SiteView
from ndb_desktop.ui.widgets import files
from ndb_desktop.ui.widgets.badge import Badge
from ndb_desktop.ui.widgets.banner import Banner
from tests.support.coordinator import Dialogs
from tests.support.photos import photo
from tests.support.site import TEAM, MadeSite, complete, open_site
from tests.support.site_window import go
from tests.support.travel import PASSPHRASE, key_file, person
from tests.support.window import child, press, settle

ONE, TWO = (person(name) for name in TEAM)


@pytest.fixture
def dialogs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Dialogs:
    answers = Dialogs(monkeypatch)
    answers.folder = tmp_path / "out"
    answers.folder.mkdir()
    return answers


@pytest.fixture
def other(made: MadeSite, tmp_path: Path) -> Iterator[SiteSession]:
    """The second member, on a profile of the own."""
    with open_site(made, tmp_path / "other", TEAM[1]) as opened:
        opened.declare()
        yield opened


@pytest.fixture
def show(qtbot: QtBot) -> Callable[[SiteSession], SiteView]:
    """The page of signatures over a session, with that member's key among those of the machine."""

    def made(session: SiteSession) -> SiteView:
        session.declare()
        keys = session.path.parent.parent / "keys"
        keys.mkdir(exist_ok=True)
        (keys / "member.ndbkey").write_bytes(key_file(session.member.id))
        view = SiteView(SiteStore(session, keys), "overview")
        qtbot.addWidget(view)
        view.resize(1280, 1600)
        view.show()
        go(view, "sign")
        return view

    return made


def said(view: SiteView, name: str) -> str:
    label = child(view, name)
    assert isinstance(label, QLabel)
    return label.text().replace("\u200b", "")


def told(view: SiteView) -> str:
    """What the banner of the page says."""
    page: QWidget = view.stack.currentWidget()
    for banner in page.findChildren(Banner):
        message = banner.message()
        if message is not None and banner.isVisible():
            return f"{message.title} {message.text}"
    return ""


def state(view: SiteView, member: str) -> str:
    badge = child(view, f"site.sign.member.{member}")
    assert isinstance(badge, Badge)
    return badge.text()


def unlock(view: SiteView, passphrase: str = PASSPHRASE) -> None:
    child(view, "passphrase").setText(passphrase)  # type: ignore[attr-defined]


def written(folder: Path | None) -> list[Path]:
    assert folder is not None
    return sorted(folder.glob("*.ndbsite"))


def test_something_missing_leads_to_the_overview_and_only_a_partial_record_leaves(
    session: SiteSession, show: Callable[[SiteSession], SiteView], dialogs: Dialogs
) -> None:
    view = show(session)
    assert str(len(session.lacks())) in said(view, "site.sign.left")
    assert "尚未定稿" in said(view, "site.sign.state")
    assert not child(view, "site.sign.button").isEnabled()
    assert child(view, "site.sign.needs").isVisible()
    assert "部分记录" in child(view, "site.sign.button").accessibleName()
    press(view, "site.sign.folder.choose")
    unlock(view)
    press(view, "site.sign.button")
    (path,) = written(dialogs.folder)
    standing = session.standing()
    assert said(view, "site.sign.file") == path.name
    assert spoken(standing.digest, "zh_CN") in said(view, "site.sign.facts")
    assert "还要签名" not in said(view, "site.sign.facts"), "a partial record is joined, and signed by nobody else"
    assert (state(view, TEAM[0]), state(view, TEAM[1])) == ("已签名", "未签名")
    assert child(view, "passphrase").text() == ""  # type: ignore[attr-defined]
    press(view, "site.sign.overview")
    assert view.nav.currentRow() == 0


def test_a_wrong_passphrase_is_said_in_the_banner_and_writes_nothing(
    session: SiteSession, show: Callable[[SiteSession], SiteView], dialogs: Dialogs
) -> None:
    view = show(session)
    press(view, "site.sign.folder.choose")
    unlock(view, "wrong")
    press(view, "site.sign.button")
    assert "E-KEY" not in told(view)
    assert "口令不对" in told(view)
    assert written(dialogs.folder) == []
    assert session.standing().revision == 0


def test_after_a_job_the_cursor_is_where_it_was(
    qtbot: QtBot, session: SiteSession, show: Callable[[SiteSession], SiteView], dialogs: Dialogs
) -> None:
    view = show(session)
    with qtbot.waitActive(view):
        view.activateWindow()
    press(view, "site.sign.folder.choose")
    unlock(view, "wrong")
    child(view, "site.sign.button").setFocus()
    press(view, "site.sign.button")
    assert "口令不对" in told(view)
    assert QApplication.focusWidget() is child(view, "site.sign.button")


def test_a_whole_record_is_signed_cosigned_taken_back_and_falls_with_an_edit(
    session: SiteSession,
    other: SiteSession,
    show: Callable[[SiteSession], SiteView],
    dialogs: Dialogs,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown: list[Path] = []
    monkeypatch.setattr(files, "show_in_folder", lambda path: shown.append(path) or True)
    with RenderWorker() as worker:
        complete(session, tmp_path, worker)
    declared = (*session.record.head.declared, (TEAM[1], "2026-11-22T09:00:00+08:00"))
    statement = other.freeze(TWO, tmp_path, partial=True)
    head = session.record.head
    session.join(ONE, statement.path, {})
    assert len(declared) == len(session.record.head.declared)
    assert (head.place, session.lacks()) == (session.record.head.place, ())
    first = show(session)
    assert "完整" in said(first, "site.sign.left")
    press(first, "site.sign.folder.choose")
    unlock(first)
    press(first, "site.sign.button")
    (frozen,) = written(dialogs.folder)
    press(first, "site.sign.reveal")
    assert shown == [frozen]
    second = show(other)
    dialogs.file = frozen
    press(second, "site.fellow.choose")
    unlock(second)
    assert not child(second, "site.cosign").isEnabled()
    press(second, "site.sign.folder.choose")
    press(second, "site.cosign")
    (both,) = [path for path in written(dialogs.folder) if path != frozen]
    assert "可以交给组织方" in said(second, "site.sign.facts")
    dialogs.file = both
    press(first, "site.fellow.choose")
    unlock(first)
    press(first, "site.back")
    assert [state(first, name) for name in TEAM] == ["已签名", "已签名"]
    assert "都已签名" in said(first, "site.sign.state")
    first.show_page("closing").store.put(replace(session.record.closing, opinion="又有意见"))
    go(first, "sign")
    assert "失效" in said(first, "site.sign.state")
    assert all("将失效" in state(first, name) for name in TEAM)


def test_conflicts_stand_side_by_side_and_nothing_changes_before_all_are_chosen(
    session: SiteSession, other: SiteSession, show: Callable[[SiteSession], SiteView], dialogs: Dialogs, tmp_path: Path
) -> None:
    view = show(session)
    session.put_all([Check("accidents", Decimal(0)), Observation("O1-01", "甲"), Finding("F1-01", "minor", "少灭火器")])
    other.put_all([Check("accidents", None, "unverifiable"), Observation("O1-01", "乙"), Closing(read_out=False)])
    dialogs.file = other.freeze(TWO, tmp_path, partial=True).path
    press(view, "site.fellow.choose")
    unlock(view)
    press(view, "site.join.compare")
    words = " ".join(label.text() for label in child(view, "site.join.0").findChildren(QLabel))
    assert "一致" in words
    assert "无法核实" in words
    assert "末次会议" in said(view, "site.join.taken")
    before = session.record
    assert view.window().focusWidget() is child(view, "site.join.0.mine")
    assert child(view, "site.join.0").findChild(QWidget, "site.join.0.both") is None
    press(view, "site.join.0.theirs")
    assert not child(view, "site.join.button").isEnabled()
    assert "1" in said(view, "site.join.open")
    press(view, "site.join.1.both")
    assert session.record == before
    press(view, "site.join.button")
    joined = session.record
    assert joined.check("accidents") == Check("accidents", None, "unverifiable")
    assert [one.text for one in joined.observations] == ["甲", "乙"]
    assert joined.closing.read_out is False
    assert view.findChild(QWidget, "site.join") is None


def test_the_first_open_choice_comes_into_sight(
    qtbot: QtBot,
    session: SiteSession,
    other: SiteSession,
    show: Callable[[SiteSession], SiteView],
    dialogs: Dialogs,
    tmp_path: Path,
) -> None:
    view = show(session)
    view.resize(1024, 640)
    with qtbot.waitActive(view):
        view.activateWindow()
    session.put_all([Observation(f"O1-0{number}", "甲") for number in range(1, 7)])
    other.put_all([Observation(f"O1-0{number}", "乙") for number in range(1, 7)])
    dialogs.file = other.freeze(TWO, tmp_path, partial=True).path
    press(view, "site.fellow.choose")
    unlock(view)
    press(view, "site.join.compare")

    def in_sight(name: str) -> bool:
        part = child(view, name)
        return part.visibleRegion().boundingRect() == part.rect()

    assert in_sight("site.join.0")
    assert view.window().focusWidget() is child(view, "site.join.0.mine")
    for number in (0, 1, 2, 4):
        press(view, f"site.join.{number}.theirs")
    assert not in_sight("site.join.3")
    press(view, "site.join.next")
    assert in_sight("site.join.3")
    assert view.window().focusWidget() is child(view, "site.join.3.mine")
    press(view, "site.join.3.both")
    press(view, "site.join.next")
    assert in_sight("site.join.5")
    press(view, "site.join.5.mine")
    assert not child(view, "site.join.next").isVisible()
    assert child(view, "site.join.button").isEnabled()


def test_freezing_is_cancelled_in_the_middle_and_leaves_nothing(
    qtbot: QtBot,
    session: SiteSession,
    show: Callable[[SiteSession], SiteView],
    dialogs: Dialogs,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "one.jpg").write_bytes(photo(64, 48))
    with RenderWorker() as worker:
        session.declare()
        session.add_photos([tmp_path / "one.jpg"], about="", worker=worker)
    view = show(session)
    reading, go_on, original = threading.Event(), threading.Event(), session.original

    def held(one: Photo) -> bytes:
        reading.set()
        assert go_on.wait(20)
        return original(one)

    monkeypatch.setattr(session, "original", held)
    press(view, "site.sign.folder.choose")
    unlock(view)
    child(view, "site.sign.button").click()  # type: ignore[attr-defined]
    qtbot.waitUntil(reading.is_set)
    child(view, "progress.cancel").click()  # type: ignore[attr-defined]
    assert not child(view, "progress.cancel").isEnabled()
    go_on.set()
    settle()
    assert "已取消" in told(view)
    assert list((dialogs.folder or tmp_path).iterdir()) == []
    assert (session.standing().revision, len(session.record.photos)) == (0, 1)
    press(view, "site.sign.button")
    assert len(written(dialogs.folder)) == 1
    assert session.standing().revision == 1, "the number was not used up"


def test_an_edit_after_comparing_closes_the_choice(
    session: SiteSession, other: SiteSession, show: Callable[[SiteSession], SiteView], dialogs: Dialogs, tmp_path: Path
) -> None:
    view = show(session)
    other.put(Observation("O2-01", "乙"))
    dialogs.file = other.freeze(TWO, tmp_path, partial=True).path
    press(view, "site.fellow.choose")
    unlock(view)
    press(view, "site.join.compare")
    assert child(view, "site.join").isVisible()
    view.show_page("sign").store.put(Head("福州", hosts=(Host("甲", ""),)))
    settle()
    assert view.findChild(QWidget, "site.join") is None
    assert "重新比较" in told(view)
    assert session.record.observations == ()


def test_a_file_dropped_on_the_page_is_the_one_meant(
    session: SiteSession, other: SiteSession, show: Callable[[SiteSession], SiteView], dialogs: Dialogs, tmp_path: Path
) -> None:
    view = show(session)
    path = other.freeze(TWO, tmp_path, partial=True).path
    page = view.stack.currentWidget()
    for name, taken in ((path, True), (tmp_path / "x.pdf", False)):
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(name))])
        how = (Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
        enter = QDragEnterEvent(QPoint(5, 5), *how)
        QApplication.sendEvent(page, enter)
        assert enter.isAccepted() is taken
        QApplication.sendEvent(page, QDropEvent(QPointF(5, 5), *how))
    assert view.findChild(QLabel, "site.fellow.file").full_text() == path.name


def test_the_record_is_printed(
    session: SiteSession, show: Callable[[SiteSession], SiteView], dialogs: Dialogs, tmp_path: Path
) -> None:
    view = show(session)
    dialogs.target = tmp_path / "record.pdf"
    press(view, "site.print.button")
    assert dialogs.target.read_bytes().startswith(b"%PDF")
    assert "record.pdf" in told(view)
