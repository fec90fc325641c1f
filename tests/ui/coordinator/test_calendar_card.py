"""节假日历 through the widgets: the year that lacks is said, a file is looked at, accepted or left, and counted by."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel

from ndb_desktop.ui.coordinator.lifecycle_page import LifecyclePage
from ndb_desktop.ui.coordinator.lifecycle_wish import MoveWish
from ndb_desktop.ui.coordinator.store import OfficeStore
from ndb_desktop.ui.shell.main_window import MainWindow
from ndb_desktop.ui.widgets.fields import LineEdit
from tests.support.calendars import calendar_file
from tests.support.coordinator import Dialogs, desk_of, open_sample, page_of, said
from tests.support.window import child, press, settle
from tests.ui.coordinator.test_dropping import drop


@pytest.fixture
def store(window: MainWindow, sample: Path, dialogs: Dialogs) -> OfficeStore:
    """The sample's registry, its page of the notice in sight with a day of 2027 typed."""
    open_sample(window, sample, dialogs)
    page_of(window, "publish").open_part("notice")
    start = child(window, "notice.start")
    assert isinstance(start, LineEdit)
    start.setText("2026-12-28")
    settle()
    found = desk_of(window).store
    assert found is not None
    return found


def words(window: MainWindow, name: str) -> str:
    label = child(window, name)
    assert isinstance(label, QLabel)
    return label.text().replace("\u200b", "")


def test_a_calendar_is_looked_at_left_and_accepted(
    window: MainWindow, store: OfficeStore, tmp_path: Path, dialogs: Dialogs
) -> None:
    before = store.snapshot.status
    lacking = words(window, "notice.dates")
    assert "2027" in lacking
    assert "2026" in lacking
    assert "导入节假日历" in lacking
    assert not child(window, "notice.write").isEnabled()
    assert "2027" not in words(window, "calendar.known")

    dialogs.file = calendar_file(tmp_path)
    press(window, "calendar.import")
    assert child(window, "calendar.accept").hasFocus()
    assert "示例〔2026〕1号" in words(window, "calendar.offer")
    assert "17" in words(window, "calendar.off")
    assert "02-13" in words(window, "calendar.work")
    assert not child(window, "calendar.replaces").isVisible()
    press(window, "calendar.leave")
    assert not child(window, "calendar.offer").isVisible()
    assert store.snapshot.status == before, "a look writes nothing"
    assert words(window, "notice.dates") == lacking

    press(window, "calendar.import")
    press(window, "calendar.accept")
    assert "2027年1月5日" in words(window, "notice.dates")
    assert "01-04" in words(window, "notice.workdays")
    assert "2027" in words(window, "calendar.known")
    assert "2027" in said(window, "publish")
    assert store.snapshot.status.log_entries == before.log_entries + 1

    press(window, "calendar.import")
    assert child(window, "calendar.replaces").isVisible()


def test_a_calendar_dropped_on_another_page_is_shown_where_it_belongs(
    window: MainWindow, store: OfficeStore, tmp_path: Path
) -> None:
    drop(page_of(window, "log"), calendar_file(tmp_path))
    assert child(window, "office.publish").isVisible()
    press(window, "calendar.accept")
    assert "2027年1月5日" in words(window, "notice.dates")


def test_each_year_of_a_calendar_is_shown_by_itself(
    window: MainWindow, store: OfficeStore, tmp_path: Path, dialogs: Dialogs
) -> None:
    both = ["2027-12-31", "2028-01-01", "2028-01-03"]
    dialogs.file = calendar_file(tmp_path, years=[2027, 2028], off=both, work=[])
    press(window, "calendar.import")
    first, second = words(window, "calendar.off").split("\n")
    assert ("2027" in first, "12-31" in first, "01-01" in first) == (True, True, False)
    assert ("2028" in second, "01-01" in second, "01-03" in second) == (True, True, True)


def test_a_file_that_is_no_calendar_is_refused_in_words(
    window: MainWindow, store: OfficeStore, tmp_path: Path, dialogs: Dialogs
) -> None:
    dialogs.file = calendar_file(tmp_path, id="de-2027")
    press(window, "calendar.import")
    assert "cn-2027" in said(window, "publish")
    assert not child(window, "calendar.accept").isVisible()
    assert child(window, "calendar.import").isEnabled()


def test_with_the_recovery_key_nothing_is_brought_in(window: MainWindow, store: OfficeStore) -> None:
    store.snapshot = replace(store.snapshot, recovered=True)
    store.changed.emit()
    assert not child(window, "calendar.import").isEnabled()


def test_a_move_to_the_notice_says_before_it_is_tried_that_a_year_lacks(
    window: MainWindow, store: OfficeStore, tmp_path: Path, dialogs: Dialogs
) -> None:
    page = page_of(window, "lifecycle")
    assert isinstance(page, LifecyclePage)
    page.prepare(MoveWish("notice"))
    on = child(window, "lifecycle.on")
    assert isinstance(on, LineEdit)
    on.setText("2026-09-18")
    settle()
    assert not child(window, "lifecycle.calendar").isVisible()
    on.setText("2026-12-28")
    settle()
    assert "2027" in words(window, "lifecycle.calendar")
    press(window, "lifecycle.calendar.go")
    assert child(window, "office.publish").isVisible()
    dialogs.file = calendar_file(tmp_path)
    press(window, "calendar.import")
    press(window, "calendar.accept")
    page_of(window, "lifecycle").open_part("move")
    settle()
    assert on.text() == "2026-12-28"
    assert not child(window, "lifecycle.calendar").isVisible()
