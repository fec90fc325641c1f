"""Another threshold through the widgets: seen behind the door, on record, not to be copied, gone with the page."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from ndb_desktop.ui.coordinator.results_page import ResultsPage
from ndb_desktop.ui.shell.main_window import MainWindow
from tests.support.coordinator import Dialogs, desk_of, page_of
from tests.support.supervised import make_settled, open_in, opened
from tests.support.window import child, press, settle


def looks(folder: Path) -> list[dict[str, object]]:
    with opened(folder) as office:
        return [dict(row.details) for row in office.log_rows() if row.action == "results.whatif"]


def test_a_look_is_logged_cannot_be_copied_and_is_gone_when_the_page_is_left(
    window: MainWindow, tmp_path: Path, dialogs: Dialogs, monkeypatch: pytest.MonkeyPatch, qtbot: object
) -> None:
    folder = make_settled(tmp_path, trial=True)
    open_in(window, folder, dialogs, monkeypatch)
    page = page_of(window, "results")
    assert isinstance(page, ResultsPage)
    page.open_part("whatif")
    settle()
    press(window, "results.whatif.door")
    assert not page.whatif.changes.source.rows
    field = child(window, "whatif.threshold.park")
    for wrong in ("", "abc", "100.5", "-1"):
        field.setText(wrong)  # type: ignore[attr-defined]
        assert not child(window, "whatif.look").isEnabled()
    field.setText("99")  # type: ignore[attr-defined]
    press(window, "whatif.look")
    assert len(page.whatif.changes.source.rows) == 3
    assert child(window, "whatif.threshold.park").text() == "99"  # type: ignore[attr-defined]
    clipboard = QApplication.clipboard()
    clipboard.setText("before")
    for name in ("whatif.changes", "whatif.counts"):
        table = child(window, name)
        table.selectRow(0)  # type: ignore[attr-defined]
        table.setFocus()
        qtbot.keyClick(table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)  # type: ignore[attr-defined]
    assert clipboard.text() == "before"
    page_of(window, "overview")
    assert not page.whatif.changes.source.rows
    assert not page.whatif.counts.source.rows
    assert not page.whatif.fields
    page_of(window, "results")
    assert child(window, "results.whatif.door").isVisible()
    store = desk_of(window).store
    assert store is not None
    assert "whatif" not in str(store.kept)
    assert looks(folder) == [{"park": "99"}]


def test_what_was_seen_goes_as_soon_as_another_threshold_is_typed(
    window: MainWindow, tmp_path: Path, dialogs: Dialogs, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_settled(tmp_path, trial=True)
    open_in(window, folder, dialogs, monkeypatch)
    page = page_of(window, "results")
    assert isinstance(page, ResultsPage)
    page.open_part("whatif")
    press(window, "results.whatif.door")
    child(window, "whatif.threshold.park").setText("99")  # type: ignore[attr-defined]
    press(window, "whatif.look")
    assert page.whatif.changes.source.rows
    child(window, "whatif.threshold.park").setText("98")  # type: ignore[attr-defined]
    assert not page.whatif.changes.source.rows
    page.tabs.setCurrentIndex(1)
    press(window, "results.close")
    assert not page.whatif.fields
