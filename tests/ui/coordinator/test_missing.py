"""Who is missing, by its widgets: filter, words for the telephone, a reminder on the clipboard, the list as a file."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import load_workbook
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from ndb_desktop.services.assignment_desk import reserve_list
from ndb_desktop.services.digest_words import spoken
from ndb_desktop.ui.coordinator.merge_page import MergePage
from ndb_desktop.ui.shell.main_window import MainWindow
from ndb_desktop.ui.widgets.fields import Choice
from tests.support.coordinator import Dialogs, open_sample, page_of, said
from tests.support.returned import make_returned
from tests.support.supervised import open_in
from tests.support.window import child, press, settle


def text_of(page: MergePage, name: str) -> str:
    label = child(page, name)
    assert isinstance(label, QLabel)
    return label.text().replace("\u200b", "")


def ids(page: MergePage) -> list[str]:
    return [row.expert.id for row in page.missing.shown()]


def shown(window: MainWindow) -> MergePage:
    page = page_of(window, "merge")
    assert isinstance(page, MergePage)
    page.open_part("missing")
    settle()
    return page


@pytest.fixture
def page(window: MainWindow, tmp_path: Path, dialogs: Dialogs, monkeypatch: pytest.MonkeyPatch) -> MergePage:
    open_in(window, make_returned(tmp_path), dialogs, monkeypatch)
    return shown(window)


def test_everybody_is_listed_and_the_filter_leaves_who_is_to_be_called(page: MergePage) -> None:
    assert ids(page) == ["E01", "E02", "E03", "E04", "E05"]
    choice = child(page, "missing.filter")
    assert isinstance(choice, Choice)
    choice.setFocus()
    expected = {
        "call": ["E01", "E02"], "missing": ["E02", "E03", "E04", "E05"], "late": [], "key": ["E01", "E02"],
        "complete": [],
    }  # fmt: skip
    for name, wanted in expected.items():
        QTest.keyClick(choice, Qt.Key.Key_Down)
        assert choice.value() == name
        assert ids(page) == wanted
        assert choice.currentText().endswith(str(len(wanted)))
    QTest.keyClick(choice, Qt.Key.Key_Home)
    child(page, "missing.search").setText("专家04")  # type: ignore[attr-defined]
    assert ids(page) == ["E04"]


def test_an_unconfirmed_key_comes_with_the_words_of_the_last_file(page: MergePage) -> None:
    page.missing.table.selectRow(1)
    settle()
    (payload,) = [row.payload for row in page.missing.shown() if row.expert.id == "E02"]
    for language in ("zh_CN", "en"):
        assert spoken(payload, language) in text_of(page, "missing.key")
    assert "还缺：A-002" in text_of(page, "missing.state")
    went: list[str] = []
    page.go.connect(went.append)
    press(page, "missing.confirm")
    assert went == ["people"]


def test_reminders_are_copied_one_or_all(page: MergePage, window: MainWindow) -> None:
    page.missing.table.selectRow(1)
    settle()
    press(page, "missing.copy")
    one = QGuiApplication.clipboard().text()
    assert one == text_of(page, "missing.reminder")
    assert "A-002" in one
    assert "84" not in one
    press(page, "missing.copy.all")
    everything = QGuiApplication.clipboard().text()
    assert one in everything
    assert everything.count("您好") == 5
    assert "剪贴板" in said(window, "merge")


@pytest.mark.parametrize("suffix", [".xlsx", ".csv"])
def test_the_list_as_shown_is_written_without_values(
    page: MergePage, dialogs: Dialogs, tmp_path: Path, suffix: str
) -> None:
    child(page, "missing.search").setText("E02")  # type: ignore[attr-defined]
    dialogs.target = tmp_path / f"list{suffix}"
    press(page, "missing.export")
    if suffix == ".csv":
        text = dialogs.target.read_text(encoding="utf-8-sig")
    else:
        sheet = load_workbook(dialogs.target).worksheets[1]
        text = "\n".join(",".join(str(cell.value or "") for cell in row) for row in sheet.iter_rows())
    assert len(text.strip().splitlines()) == 2
    assert "E02" in text
    assert "意见" not in text
    assert child(page, "banner.action").isVisible()


def test_reserves_stand_in_the_order_drawn_with_their_load(window: MainWindow, sample: Path, dialogs: Dialogs) -> None:
    desk = open_sample(window, sample, dialogs)
    assert desk.store is not None
    page = shown(window)
    assert "逾期" in text_of(page, "missing.state")
    application = child(page, "missing.application").value()  # type: ignore[attr-defined]
    press(page, "missing.reserve")
    rows = page.missing.called.source.rows
    found: list[object] = []
    desk.store.run(lambda office, _p, _c: reserve_list(office, application), found.append, found.append)
    settle()
    assert [tuple(row.reserve for row in rows)] == found
    words = text_of(page, "missing.reserve.words")
    assert (f"候补 {len(rows)} 位" in words) if rows else ("没有符合条件" in words)


def test_without_a_record_of_the_draw_the_reason_is_said(page: MergePage) -> None:
    page.missing.table.selectRow(1)
    settle()
    press(page, "missing.reserve")
    assert text_of(page, "missing.reserve.words")
    assert not page.missing.called.isVisible()
