"""The analytics through their widgets: a logged door, figures with cautions, and the sheets behind each of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel

from ndb_desktop.domain.numbers import show
from ndb_desktop.domain.panelflags import flag_phrase
from ndb_desktop.services.flags import flag_cases
from ndb_desktop.services.results import compute
from ndb_desktop.ui import i18n
from ndb_desktop.ui.coordinator.analytics_page import AnalyticsPage
from ndb_desktop.ui.coordinator.results_page import ResultsPage
from ndb_desktop.ui.shell.main_window import MainWindow
from tests.support import supervised
from tests.support.coordinator import Dialogs, desk_of, open_sample, page_of
from tests.support.supervised import open_in
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


def test_an_application_leads_to_its_sheets_and_says_what_is_missing(
    window: MainWindow, sample: Path, dialogs: Dialogs
) -> None:
    page = opened(window, sample, dialogs)
    page.tabs.setCurrentIndex(2)
    settle()
    store = desk_of(window).store
    assert store is not None
    names = [unit.application.result.application for unit in page.units.source.rows]
    assert page.units.model().rowCount() == len(names) == len(store.snapshot.applications)
    assert not page.units.isSortingEnabled(), "no list by score"
    for number in range(len(names)):
        page.units.selectRow(number)
        settle()
        one = page.units.selected().application
        assert [line.ref for line in page.sheets.source.rows] == list(one.sheets)
        assert {line.ref.application for line in page.sheets.source.rows} <= {names[number]}
        said = words(window, "analytics.words")
        for state, key in (("scored", "已评分"), ("absent", "缺席"), ("recused", "已回避")):
            assert (f"{key} {one.states[state]}" in said) == bool(one.states.get(state)), said
        assert one.judged is not None
        assert show(one.judged.mean) in said
        for traced in one.flags:
            line = next(line for line in said.splitlines() if i18n.phrase(flag_phrase(traced.flag)) in line)
            assert line.startswith(traced.flag.expert), "it says about whom"


def test_a_result_leads_by_one_click_to_the_signed_files_behind_it(
    window: MainWindow, sample: Path, dialogs: Dialogs
) -> None:
    open_sample(window, sample, dialogs)
    results = page_of(window, "results")
    assert isinstance(results, ResultsPage)
    results.tabs.setCurrentIndex(1)
    press(window, "results.door")
    results.internal.selectRow(1)
    settle()
    name = results.internal.selected().result.application
    store = desk_of(window).store
    assert store is not None
    entries = store.snapshot.status.log_entries
    press(window, "results.behind")
    settle()
    page = child(window, "office.analytics")
    assert isinstance(page, AnalyticsPage)
    assert page.isVisible()
    assert page.units.isVisible()
    assert page.units.selected().application.result.application == name
    files = {one.payload_sha256 for one in store.office.registry.files()}
    shown = page.sheets.source.rows
    assert shown
    assert {line.ref.application for line in shown} == {name}
    assert all(files.issuperset(line.ref.files) and line.ref.files for line in shown)
    assert store.snapshot.status.log_entries == entries + 1, "that look is on record too"
    assert results.internal.source.rows == (), "the page that was left shut its door"


def test_a_flag_across_applications_leads_to_its_sheets_and_lives_as_any_other(
    window: MainWindow, tmp_path: Path, dialogs: Dialogs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Batch-wide flags (here: identical rows) are explained and closed too; they do not hold up final results."""
    store = open_in(window, supervised.make_settled(tmp_path, trial=True, flags=True), dialogs, monkeypatch).store
    assert store is not None
    page = page_of(window, "analytics")
    assert isinstance(page, AnalyticsPage)
    press(window, "analytics.door")
    page.tabs.setCurrentIndex(3)
    settle()
    table = page.flags.table
    assert [case.flag.code for case in table.source.rows] == ["all_same", *["same_rows"] * 5]
    for number in range(table.model().rowCount()):
        table.selectRow(number)
        settle()
        flag = table.selected().flag
        about = flag.applications or (flag.application,)
        behind = {(line.ref.application, line.ref.expert) for line in page.sheets.source.rows}
        assert behind == {(name, flag.expert) for name in about}
        assert all(line.ref.files for line in page.sheets.source.rows)
    digest = compute(store.office).digest
    for step, said in (("explain", "两份材料水平相当"), ("close", "说明成立")):
        table.selectRow(1)
        child(page, "analytics.flags.reason").setText(said)  # type: ignore[attr-defined]
        press(page, f"analytics.flags.{step}")
        assert said in words(window, "analytics.flags.said").replace("\u200b", "")
        assert page.tabs.currentIndex() == 3
        assert table.isVisible(), "what was opened stays in sight"
    assert [case.state for case in table.source.rows] == ["open", "closed", *["open"] * 4]
    assert [one.kind for one in store.snapshot.decisions] == ["unblind", "flag", "flag"]
    assert compute(store.office).digest == digest
    assert [case.flag.code for case in flag_cases(store.office, compute(store.office))] == ["all_same"]
    page_of(window, "overview")
    page_of(window, "analytics")
    assert table.source.rows == ()
    assert page.units.source.rows == (), "leaving the page shuts the door"


@pytest.mark.parametrize("hand", ["enter", "button"])
def test_a_sheet_opens_the_signed_file_itself_read_only_and_on_record(
    window: MainWindow, sample: Path, dialogs: Dialogs, qtbot: object, hand: str
) -> None:
    page = opened(window, sample, dialogs)
    store = desk_of(window).store
    assert store is not None
    page.tabs.setCurrentIndex(2)
    page.units.selectRow(1)
    page.sheets.selectRow(1)
    settle()
    line = page.sheets.selected()
    entries = store.snapshot.status.log_entries
    if hand == "enter":
        page.sheets.setFocus()
        qtbot.keyClick(page.sheets, Qt.Key.Key_Return)  # type: ignore[attr-defined]
        settle()
    else:
        press(window, "analytics.signed")
    assert store.snapshot.status.log_entries == entries + 1, "the look is on record"
    assert page.signed.isVisible()
    assert page.tabs.currentIndex() == 2, "what was in sight is in sight"
    assert page.units.currentIndex().row() == 1
    assert page.sheets.selected().ref == line.ref
    said = (words(window, "signed.facts") + words(window, "signed.digests")).replace("\u200b", "")
    (kept,) = [one for one in store.office.registry.files() if one.payload_sha256 == line.ref.files[-1]]
    assert kept.name in words(window, "signed.heading").replace("\u200b", "")
    for part in (kept.payload_sha256, kept.keyid, line.ref.expert, line.ref.digest):
        assert part in said
    assert page.signed.verdict.text() == i18n.tr("signed.valid")
    marks = page.signed.marks
    assert marks.source.rows
    for number in range(marks.model().rowCount()):
        marks.selectRow(number)
        settle()
        one = marks.selected().line
        working = words(window, "signed.working").replace("\u200b", "")
        assert one.id in working
        assert not one.explanation or one.explanation in working
        assert one.explanation or one.level or one.entered or one.state, "it says how it was computed"
    press(window, "signed.copy")
    assert QGuiApplication.clipboard().text() == kept.payload_sha256
    marks.setFocus()
    qtbot.keyClick(marks, Qt.Key.Key_Escape)  # type: ignore[attr-defined]
    assert not page.signed.isVisible()
    assert marks.source.rows == ()
    press(window, "analytics.signed")
    page_of(window, "overview")
    page_of(window, "analytics")
    assert not page.signed.isVisible(), "leaving the page shuts the door"
    assert marks.source.rows == ()
