"""The analytics through their widgets: a logged door, figures with cautions, and the sheets behind each of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QLabel

from ndb_desktop.ui import i18n
from ndb_desktop.ui.coordinator.analytics_page import AnalyticsPage
from ndb_desktop.ui.shell.main_window import MainWindow
from tests.support.coordinator import Dialogs, desk_of, open_sample, page_of
from tests.support.window import child, press, settle


def words(window: MainWindow, name: str) -> str:
    found = child(window, name)
    assert isinstance(found, QLabel)
    return found.text()


def opened(window: MainWindow, sample: Path, dialogs: Dialogs) -> AnalyticsPage:
    open_sample(window, sample, dialogs)
    page = page_of(window, "analytics")
    assert isinstance(page, AnalyticsPage)
    press(window, "analytics.door")
    return page


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_figures_stand_behind_the_logged_door_with_n_and_cautions(
    window: MainWindow, sample: Path, dialogs: Dialogs, language: str
) -> None:
    window.set_language(language)
    open_sample(window, sample, dialogs)
    page = page_of(window, "analytics")
    assert isinstance(page, AnalyticsPage)
    assert not page.ranges.isVisible()
    store = desk_of(window).store
    assert store is not None
    entries = store.snapshot.status.log_entries
    press(window, "analytics.door")
    assert store.snapshot.status.log_entries == entries + 1, "the look is on record"
    chosen = page.ranges.selected()
    assert chosen.name == i18n.tr("analytics.batch")
    said = words(window, "analytics.words")
    assert chosen.group.cautions, "two applications are too few"
    for phrase in chosen.group.cautions:
        assert i18n.phrase(phrase) in said
    assert f"n={chosen.group.judged.n}" in said
    assert sum(page.plot.bins) == len(page.sheets.source.rows) == len(chosen.group.sheets)
    page_of(window, "overview")
    page_of(window, "analytics")
    assert not page.ranges.isVisible(), "leaving the page shuts the door"
    assert page.ranges.source.rows == ()


def test_every_row_and_every_bar_leads_to_its_sheets(
    window: MainWindow, sample: Path, dialogs: Dialogs, qtbot: object
) -> None:
    page = opened(window, sample, dialogs)
    for number in range(page.ranges.model().rowCount()):
        page.ranges.selectRow(number)
        settle()
        group = page.ranges.selected().group
        assert [line.ref for line in page.sheets.source.rows] == list(group.sheets)
    page.ranges.selectRow(0)
    bar = next(number for number, count in enumerate(page.plot.bins) if count)
    width = page.plot.width() - 16
    spot = QPoint(8 + int((bar + 0.5) * width / len(page.plot.bins)), page.plot.height() // 2)
    qtbot.mouseClick(page.plot, Qt.MouseButton.LeftButton, pos=spot)  # type: ignore[attr-defined]
    shown = page.sheets.source.rows
    assert len(shown) == page.plot.bins[bar]
    assert all(bar * 5 <= line.mark <= (bar + 1) * 5 for line in shown)
    assert page.plot.band(bar) in words(window, "analytics.behind")
    page.plot.setFocus()
    qtbot.keyClick(page.plot, Qt.Key.Key_Right)  # type: ignore[attr-defined]
    assert page.plot.bar != bar
    assert len(page.sheets.source.rows) == page.plot.bins[page.plot.bar]
    qtbot.keyClick(page.plot, Qt.Key.Key_Escape)  # type: ignore[attr-defined]
    assert len(page.sheets.source.rows) == sum(page.plot.bins)


def test_an_expert_leads_to_the_own_sheets_and_to_what_the_severity_stands_on(
    window: MainWindow, sample: Path, dialogs: Dialogs
) -> None:
    page = opened(window, sample, dialogs)
    page.tabs.setCurrentIndex(1)
    settle()
    for number in range(page.experts.model().rowCount()):
        page.experts.selectRow(number)
        settle()
        expert = page.experts.selected().expert
        assert {line.ref.expert for line in page.sheets.source.rows} <= {expert.expert}
        assert len(page.sheets.source.rows) == len(expert.sheets)
        assert words(window, "analytics.heading").startswith(expert.expert)
    for line in page.sheets.source.rows:
        assert len(line.ref.digest) == 64
        assert line.ref.files
    press(window, "analytics.close")
    assert not page.experts.isVisible()
