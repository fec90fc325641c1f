"""The shell: doors, files dropped anywhere, words for wrong files, language and colours, errors that lose nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QAction, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ndb_desktop.ui import i18n, theme
from ndb_desktop.ui.expert.desk import ExpertDesk
from ndb_desktop.ui.expert.open_page import UnlockPage
from ndb_desktop.ui.messages import Message
from ndb_desktop.ui.settings import Settings
from ndb_desktop.ui.shell.crash_notice import report_exception
from ndb_desktop.ui.shell.desks import DESKS
from ndb_desktop.ui.shell.main_window import MainWindow
from ndb_desktop.ui.shell.start_page import StartPage
from ndb_desktop.ui.shortcuts import TABLE, keys_text
from tests.support.review import MadeReview
from tests.support.window import child, desk_of, open_bundle, press, review_of, settle, start_review


def drop(window: MainWindow, *paths: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    event = QDropEvent(
        QPointF(100, 100), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    window.dropEvent(event)
    settle()


def test_start_page_shows_the_doors_that_work(window: MainWindow) -> None:
    assert isinstance(window.page, StartPage)
    for entry in DESKS:
        assert child(window, f"door.{entry.id}").accessibleName() == entry.title()
    press(window, "door.expert")
    assert isinstance(window.desk, ExpertDesk)
    press(window, "header.back")
    assert isinstance(window.page, StartPage)
    assert window.desk is None


def test_a_bundle_dropped_anywhere_opens_the_expert_desk(window: MainWindow, made: MadeReview) -> None:
    drop(window, made.path)
    assert isinstance(desk_of(window).page, UnlockPage)
    assert child(window, "header.trial").isVisible()


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("text.txt", b"hello", "E-FILE-UNKNOWN"),
        ("paper.pdf", b"%PDF-1.4\n", "E-FILE-IS-PDF"),
        ("nothing.ndbbundle", b"", "E-FILE-IS-EMPTY"),
        ("key.ndbkey", b"-----BEGIN OPENSSH PRIVATE KEY-----\n", "E-FILE-NO-DESK"),
    ],
)
def test_a_wrong_file_is_named_in_words(
    window: MainWindow, tmp_path: Path, name: str, content: bytes, code: str
) -> None:
    (tmp_path / name).write_bytes(content)
    drop(window, tmp_path / name)
    message = window.banner.message()
    assert message is not None
    assert code in message.details[0]
    assert isinstance(window.page, StartPage)


def test_a_strange_file_is_told_every_kind_that_opens(window: MainWindow, tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_bytes(b"hello")
    drop(window, tmp_path / "text.txt")
    message = window.banner.message()
    assert message is not None
    for kind in (".ndbbundle", ".ndbscore", ".ndbsite", ".ndbcard", ".ndbreceipt", ".ndbmove", "registry.db"):
        assert kind in message.text, kind


def test_a_missing_file_and_mixed_files_are_words_too(window: MainWindow, tmp_path: Path, made: MadeReview) -> None:
    drop(window, tmp_path / "weg.ndbbundle")
    assert window.banner.message() is not None
    (tmp_path / "b.ndbkey").write_bytes(b"-----BEGIN OPENSSH PRIVATE KEY-----\n")
    drop(window, made.path, tmp_path / "b.ndbkey")
    message = window.banner.message()
    assert message is not None
    assert "E-FILE-MIXED" in message.details[0]


def test_two_bundles_at_once_are_refused(window: MainWindow, made: MadeReview, tmp_path: Path) -> None:
    other = tmp_path / "copy.ndbbundle"
    other.write_bytes(made.path.read_bytes())
    drop(window, made.path, other)
    message = window.banner.message()
    assert message is not None
    assert "E-FILE-ONE-BUNDLE" in message.details[0]


def test_recent_list_has_names_only_and_can_be_emptied(
    new_window: Callable[[], MainWindow], made: MadeReview, own_profile: Path
) -> None:
    window = new_window()
    open_bundle(window, made)
    window.go_start()
    settle()
    link = child(window, "recent.0")
    assert link.accessibleName() == made.path.name
    ini = (own_profile / "window.ini").read_text(encoding="utf-8") if (own_profile / "window.ini").exists() else ""
    assert all(application.applicant not in ini for application in made.applications)
    press(window, "recent.0")
    assert isinstance(desk_of(window).page, UnlockPage)
    press(window, "header.back")
    press(window, "recent.clear")
    assert Settings(own_profile).recent == ()


def choose(window: MainWindow, value: str) -> None:
    """Takes a choice of the settings menu as a user does."""
    actions = [action for action in window.header.menu_button.menu().findChildren(QAction) if action.data() == value]
    actions[0].trigger()
    settle()


def test_language_switch_keeps_the_open_review(window: MainWindow, made: MadeReview, own_profile: Path) -> None:
    open_bundle(window, made)
    page = review_of(window)
    page.go("declare")
    settle()
    choose(window, "en")
    assert i18n.language() == "en"
    assert review_of(window) is not page
    assert review_of(window).step == "declare"
    assert child(window, "statements.all").accessibleName() == "Agree to all"
    window.settings.flush()
    assert Settings(own_profile).language == "en"
    choose(window, "zh_CN")
    assert child(window, "statements.all").accessibleName() == "全部同意"


def test_theme_and_font_are_applied_and_remembered(window: MainWindow, own_profile: Path) -> None:
    choose(window, "dark")
    assert theme.current() == "dark"
    choose(window, "1.3")
    assert theme.factor() == 1.3
    window.settings.flush()
    assert (Settings(own_profile).theme, Settings(own_profile).font_factor) == ("dark", 1.3)


def test_what_is_typed_survives_a_switch(window: MainWindow, made: MadeReview) -> None:
    from tests.support.window import start_review

    page = start_review(window, made)
    desk_of(window).walk.go(made.ids[0], "P4.1.basis")  # type: ignore[union-attr]
    settle()
    page.score.panel.reason.box.setPlainText("还没有停顿就切换语言")
    choose(window, "en")
    settle()
    assert review_of(window).score.panel.reason.box.toPlainText() == "还没有停顿就切换语言"


def test_help_lists_every_key(window: MainWindow) -> None:
    window.activateWindow()
    QTest.keyClick(window, Qt.Key.Key_F1)
    settle()
    assert window.over.page is not None
    from ndb_desktop.ui.plain import PlainLabel

    words = {label.text() for label in window.over.page.findChildren(PlainLabel)}
    for action in TABLE:
        assert keys_text(action) in words
        assert i18n.tr(TABLE[action].text) in words
    press(window, "help.close")
    assert window.over.page is None
    assert isinstance(window.page, StartPage)


def test_an_exception_saves_logs_and_tells(
    window: MainWindow, made: MadeReview, expected_warnings: pytest.LogCaptureFixture
) -> None:
    from tests.support.window import start_review

    page = start_review(window, made)
    desk_of(window).walk.go(made.ids[0], "P4.1.basis")  # type: ignore[union-attr]
    settle()
    page.score.panel.reason.box.setPlainText("崩溃之前写的")
    with expected_warnings.at_level(logging.ERROR):
        report_exception(window, ValueError(made.applications[0].applicant))
    settle()
    assert desk_of(window).store.session.sheet(made.ids[0]).items["P4.1.basis"].reason == "崩溃之前写的"  # type: ignore[union-attr]
    message = window.banner.message()
    assert message is not None
    assert message.kind == "danger"
    assert made.applications[0].applicant not in expected_warnings.text


def test_closing_the_window_closes_the_worksheet_and_the_cache(
    new_window: Callable[[], MainWindow], made: MadeReview, own_profile: Path
) -> None:
    window = new_window()
    open_bundle(window, made)
    assert any((own_profile / "cache").iterdir())
    window.close()
    settle()
    assert not window.isVisible()
    assert window.desk is None
    assert not any((own_profile / "cache").iterdir())
    again = new_window()
    open_bundle(again, made)
    assert review_of(again) is not None


def test_a_message_survives_the_rebuild(window: MainWindow) -> None:
    window.say(Message("info", "标题", "正文"))
    choose(window, "dark")
    assert window.banner.message() == Message("info", "标题", "正文")


def test_header_names_the_applicant_and_elides(window: MainWindow, made: MadeReview) -> None:
    from tests.support.window import start_review

    start_review(window, made)
    assert window.header.subject.full_text() == made.applications[0].applicant
    desk_of(window).walk.step_application(1)  # type: ignore[union-attr]
    settle()
    assert window.header.subject.full_text() == made.applications[1].applicant
    assert made.applications[1].applicant in window.windowTitle()
    assert "已保存" in child(window, "header.saved").text()  # type: ignore[attr-defined]


def test_drags_of_text_are_not_taken(qtbot: QtBot, window: MainWindow) -> None:
    data = QMimeData()
    data.setText("hello")
    event = QDropEvent(
        QPointF(1, 1), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    window.dropEvent(event)
    settle()
    assert window.banner.message() is None
    assert QApplication.activeModalWidget() is None


@pytest.mark.parametrize("deeper", ["", "help.guide.expert"])
def test_the_way_back_of_a_message_closes_the_help_that_lies_over_it(
    window: MainWindow, made: MadeReview, qtbot: QtBot, deeper: str
) -> None:
    page = start_review(window, made)
    walk = desk_of(window).walk
    assert walk is not None
    walk.go(made.ids[0], "P4.1.basis")
    settle()
    page.score.panel.choose_level("L4")
    settle()
    field = page.score.panel.levels.number
    field.setFocus()
    QTest.keyClicks(field, "999")
    press(window, "score.next")
    assert window.banner.isVisible()
    QTest.keyClick(window, Qt.Key.Key_F1)
    settle()
    if deeper:
        press(window, deeper)
    assert window.over.page is not None
    assert not page.isVisible()
    qtbot.mouseClick(child(window.banner, "banner.action"), Qt.MouseButton.LeftButton)
    settle()
    assert window.over.page is None
    assert page.score.panel.levels.number.isVisible(), "one sees where it led to"
    assert walk.item == "P4.1.basis"
    assert page.score.panel.levels.number.text() == "999"
    assert window.banner.isHidden()
