"""The log through its widgets: filters, an entry in full, proof, extracts; and a log of a hundred thousand entries."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPlainTextEdit

from ndb_desktop.services.log_names import ACTIONS
from ndb_desktop.services.log_view import LogBook, _entry
from ndb_desktop.storage.registry_rows import LogRow
from ndb_desktop.ui import i18n
from ndb_desktop.ui.coordinator.log_page import KEPT, LogPage
from ndb_desktop.ui.coordinator.log_words import action_name
from ndb_desktop.ui.shell.main_window import MainWindow
from tests.support.coordinator import Dialogs, desk_of, open_sample, page_of, said
from tests.support.window import child, press, settle


def page(window: MainWindow, sample: Path, dialogs: Dialogs) -> LogPage:
    open_sample(window, sample, dialogs)
    shown = page_of(window, "log")
    assert isinstance(shown, LogPage)
    return shown


def entry(window: MainWindow) -> str:
    found = child(window, "log.entry")
    assert isinstance(found, QPlainTextEdit)
    return found.toPlainText()


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_entries_are_filtered_as_one_types_and_shown_in_full(
    window: MainWindow, sample: Path, dialogs: Dialogs, qtbot: object, language: str
) -> None:
    i18n.set_language(language)
    shown = page(window, sample, dialogs)
    everything = shown.table.source.rows
    assert [one.row.seq for one in everything] == list(range(len(everything), 0, -1))
    unknown = {one.row.action for one in everything} - set(ACTIONS)
    assert not unknown, "every action has a name"

    shown.action.setFocus()
    for number in range(shown.action.count()):
        if shown.action.itemData(number) == "issue":
            break
        qtbot.keyClick(shown.action, Qt.Key.Key_Down)  # type: ignore[attr-defined]
    issued = [one for one in everything if one.row.action == "issue"]
    assert list(shown.table.source.rows) == issued
    expert = issued[0].row.subject
    qtbot.keyClicks(child(window, "log.filter.subject"), expert)  # type: ignore[attr-defined]
    mine = [one for one in issued if expert in one.row.subject]
    assert list(shown.table.source.rows) == mine
    shown.table.selectRow(0)
    settle()
    assert mine[0].row.sha256 in entry(window)
    assert action_name("issue") in entry(window)
    qtbot.keyClicks(child(window, "log.search"), "no such thing")  # type: ignore[attr-defined]
    assert shown.table.model().rowCount() == 0
    count = child(window, "log.count")
    assert isinstance(count, QLabel)
    assert count.text() == i18n.tr("log.nothing")
    assert entry(window) == i18n.tr("log.entry.none")


def test_the_chain_is_checked_and_what_was_filtered_is_exported(
    window: MainWindow, sample: Path, tmp_path: Path, dialogs: Dialogs, qtbot: object
) -> None:
    shown = page(window, sample, dialogs)
    press(window, "log.check")
    everything = len(shown.table.source.rows)
    assert i18n.tr("log.sound", entries=everything) in said(window, "log")
    qtbot.keyClicks(child(window, "log.search"), "issue")  # type: ignore[attr-defined]
    found = [one.row.seq for one in shown.table.source.rows]
    assert 0 < len(found) < everything
    dialogs.target = tmp_path / "log.json"
    press(window, "log.export.json")
    read = json.loads(dialogs.target.read_text(encoding="utf-8"))
    assert [one["seq"] for one in read["entries"]] == sorted(found)
    assert not read["complete"]
    child(window, "log.search").clear()  # type: ignore[attr-defined]
    settle()
    assert len(shown.table.source.rows) == everything + 1, "the export is on record and in sight at once"
    dialogs.target = tmp_path / "log.csv"
    press(window, "log.export.csv")
    assert dialogs.target.read_bytes().startswith(b"\xef\xbb\xbf")
    dialogs.target = None
    press(window, "log.export.csv")
    assert len(shown.table.source.rows) == everything + 2, "a dialog that was closed changes nothing"


def test_a_log_of_a_hundred_thousand_entries_shows_only_what_is_in_sight(
    window: MainWindow, sample: Path, dialogs: Dialogs, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = page(window, sample, dialogs)
    store = desk_of(window).store
    assert store is not None
    rows = (
        LogRow(n, "2026-06-01T00:00:00Z", "SHA256:x", "merge.file", f"E-{n:06d}", {"n": n}, "", f"{n:064d}")
        for n in range(100_000, 0, -1)
    )
    store.kept[KEPT] = LogBook(tuple(map(_entry, rows)), {})
    painted: list[int] = []
    asked = type(shown.table.source).data

    def counted(model: object, index: object, role: int = 0) -> object:
        painted.append(role)
        return asked(model, index, role)  # type: ignore[arg-type]

    monkeypatch.setattr(type(shown.table.source), "data", counted)
    shown._show_book()
    settle()
    assert shown.table.model().rowCount() == 100_000
    assert len(painted) < 20_000, "cells out of sight are not asked for"
    painted.clear()
    shown.table.verticalScrollBar().setValue(shown.table.verticalScrollBar().maximum() // 2)
    settle()
    assert len(painted) < 5_000
    child(window, "log.filter.subject").setText("E-099999")  # type: ignore[attr-defined]
    settle()
    assert [one.row.subject for one in shown.table.source.rows] == ["E-099999"]
