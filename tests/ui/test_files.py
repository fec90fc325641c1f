"""How folders are named, and that files go where they were asked to."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPlainTextEdit
from pytestqt.qtbot import QtBot

from ndb_desktop.ui.widgets import files
from ndb_desktop.ui.widgets.banner import Banner
from tests.support.pages import click
from tests.support.window import child


def test_their_own_folder_is_said_short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "家"))
    assert files.told(tmp_path / "家" / "评审" / "a.ndbscore") == "~/评审/a.ndbscore"
    assert files.told(tmp_path / "家") == "~"
    assert files.told(tmp_path / "家的隔壁") == str(tmp_path / "家的隔壁")


def test_where_nothing_can_be_written_the_users_documents_are_proposed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disc, documents = tmp_path / "disc", tmp_path / "home" / "Documents"
    disc.mkdir()
    assert files.writable(disc) == disc
    real = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != disc and real(path, mode))
    monkeypatch.setattr(files.QStandardPaths, "writableLocation", lambda _kind: str(documents))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    documents.parent.mkdir()
    assert files.writable(disc) == tmp_path / "home"
    documents.mkdir()
    assert files.writable(disc) == documents


@pytest.mark.parametrize("answers", [True, False])
def test_the_folder_of_a_file_is_shown_and_whether_anybody_answered_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answers: bool
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    shown: list[str] = []

    def open_url(url: QUrl) -> bool:
        shown.append(url.toLocalFile())
        return answers

    monkeypatch.setattr(files.QDesktopServices, "openUrl", open_url)
    assert files.show_in_folder(tmp_path / "评分.ndbscore") is answers
    assert files.show_in_folder(tmp_path) is answers
    assert files.open_file(tmp_path / "a.pdf") is answers
    assert shown == [str(tmp_path), str(tmp_path), str(tmp_path / "a.pdf")]


@pytest.mark.parametrize(("platform", "manager"), [("darwin", ["open", "-R"]), ("win32", ["explorer", "/select,"])])
def test_other_systems_point_at_the_file_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, platform: str, manager: list[str]
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    started: list[list[str]] = []
    monkeypatch.setattr(subprocess, "Popen", started.append)
    assert files.show_in_folder(tmp_path / "a.ndbscore")
    assert started == [[*manager, str(tmp_path / "a.ndbscore")]]

    def missing(_command: list[str]) -> None:
        raise FileNotFoundError

    monkeypatch.setattr(subprocess, "Popen", missing)
    assert not files.show_in_folder(tmp_path / "a.ndbscore")


def test_where_no_file_manager_answers_the_place_can_be_selected_and_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    path = tmp_path / "评分.ndbscore"
    banner = Banner()
    qtbot.addWidget(banner)
    for act in (banner.reveal, banner.open_file):
        monkeypatch.setattr(files.QDesktopServices, "openUrl", lambda _url: True)
        act(path)
        assert banner.message() is None
        monkeypatch.setattr(files.QDesktopServices, "openUrl", lambda _url: False)
        act(path)
        place = child(banner, "banner.details")
        assert isinstance(place, QPlainTextEdit)
        assert place.isVisible()
        assert place.toPlainText() == str(path)
        place.selectAll()
        assert place.textCursor().selectedText() == str(path)
        QGuiApplication.clipboard().clear()
        click(qtbot, banner, "banner.action")
        assert QGuiApplication.clipboard().text() == str(path)
