"""The overview says what to do next, how much of it there is, and leads there."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from ndb_desktop.ui import i18n
from ndb_desktop.ui.coordinator.overview_page import OverviewPage
from ndb_desktop.ui.shell.main_window import MainWindow
from ndb_desktop.ui.widgets.table import DataTable
from tests.support.coordinator import Dialogs, desk_of, open_sample, page_of
from tests.support.window import child, press, settle


def titles(window: MainWindow) -> list[str]:
    table = child(window, "overview.steps")
    assert isinstance(table, DataTable)
    return [line.title for line in table.source.rows]


def shown_page(window: MainWindow) -> str:
    view = desk_of(window).view
    assert view is not None
    return view.stack.currentWidget().objectName()


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_every_step_leads_to_its_page_by_keyboard(
    window: MainWindow, sample: Path, dialogs: Dialogs, qtbot: object, language: str
) -> None:
    window.set_language(language)
    open_sample(window, sample, dialogs)
    table = child(window, "overview.steps")
    assert isinstance(table, DataTable)
    store = desk_of(window).store
    assert store is not None
    assert [line.count for line in table.source.rows] == [todo.count for todo in store.snapshot.todos]
    assert i18n.tr("todo.challenge", count=1) in titles(window)
    assert titles(window)[-1] == i18n.tr("todo.not_final")
    for number, line in enumerate(table.source.rows):
        page_of(window, "overview")
        table.setFocus()
        table.selectRow(number)
        qtbot.keyClick(table, Qt.Key.Key_Return)  # type: ignore[attr-defined]
        settle()
        assert shown_page(window) == f"office.{line.page.partition('.')[0]}"
    page_of(window, "overview")
    press(window, "overview.next")
    assert shown_page(window) == f"office.{table.source.rows[0].page.partition('.')[0]}"


def test_what_scores_leave_open_is_counted_on_demand_and_on_record(
    window: MainWindow, sample: Path, dialogs: Dialogs
) -> None:
    open_sample(window, sample, dialogs)
    store = desk_of(window).store
    assert store is not None
    page = page_of(window, "overview")
    assert isinstance(page, OverviewPage)
    press(window, "overview.count")
    counted = child(window, "overview.counted")
    assert isinstance(counted, QLabel)
    assert counted.text() == i18n.tr("overview.count.none")
    assert not page.count.isVisible()

    page_of(window, "challenges")
    child(window, "challenge.site").click()  # type: ignore[attr-defined]
    child(window, "challenge.reason").setPlainText("to be seen")  # type: ignore[attr-defined]
    settle()
    press(window, "challenge.sign")
    page_of(window, "overview")
    assert page.count.isVisible(), "after a decision the count is no longer true"
    before, entries = titles(window), store.snapshot.status.log_entries
    press(window, "overview.count")
    assert store.snapshot.status.log_entries == entries + 1, "a look at the scores is on record"
    _entries, found = store.kept["overview.scored"]
    new = [i18n.phrase(one.phrase) for one in found if one.kind in ("pending", "check", "flag")]
    assert new, "the site check keeps one from being selected"
    assert titles(window) == [*before[:-1], *new, before[-1]]
