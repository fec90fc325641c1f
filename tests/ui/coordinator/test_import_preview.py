"""导入预览 through its widgets: columns corrected, faults copied, changes and documents looked at, imported."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QTabWidget
from pytestqt.qtbot import QtBot

from ndb_desktop.ui import tasks
from ndb_desktop.ui.coordinator.applications_page import ApplicationsPage
from ndb_desktop.ui.coordinator.store import OfficeStore, take_snapshot
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.widgets.banner import Banner
from ndb_desktop.ui.widgets.fields import Choice
from ndb_desktop.ui.widgets.table import DataTable
from tests.support.coordinator import Dialogs
from tests.support.documents import text_page
from tests.support.office import make_office
from tests.support.tables import HEAD, csv_bytes, handed_over, put, row
from tests.support.window import child, press, settle


class Desk:
    """The page of applications on an empty registry; every task runs at once."""

    def __init__(self, folder: Path, dialogs: Dialogs) -> None:
        self.folder, self.dialogs = folder, dialogs
        self.office = make_office(folder / "office", applications=0, experts=0, assigned=False)
        self.store = OfficeStore(self.office, take_snapshot(self.office))
        self.window = self.open()

    def open(self) -> ApplicationsPage:
        """The page, made anew."""
        page = ApplicationsPage(self.store)
        page.resize(1200, 900)
        page.show()
        settle()
        return page

    def hand_over(self, *rows: list[str], head: tuple[str, ...] = HEAD, encoding: str = "utf-8") -> Path:
        """A folder with a table and a document for each of the first two."""
        return handed_over(self.folder / "in", [head, *rows], encoding=encoding)

    def check(self, source: Path) -> None:
        self.dialogs.folder = source
        press(self.window, "applications.folder")

    def rows(self, name: str) -> tuple[object, ...]:
        table = child(self.window, name)
        assert isinstance(table, DataTable)
        return table.source.rows

    def tab(self, title: str) -> None:
        tabs = child(self.window, "importing.tabs")
        assert isinstance(tabs, QTabWidget)
        number = next(n for n in range(tabs.count()) if tabs.tabText(n).startswith(title.split()[0]))
        assert tabs.isTabVisible(number)
        tabs.setCurrentIndex(number)
        settle()

    def select(self, name: str, line: int) -> None:
        table = child(self.window, name)
        assert isinstance(table, DataTable)
        table.selectRow(line)
        settle()

    def choose(self, name: str, value: object) -> None:
        """Takes a value with the keyboard, as a user does."""
        choice = child(self.window, name)
        assert isinstance(choice, Choice)
        assert choice.isVisible()
        number = next(n for n in range(choice.count()) if choice.itemData(n) == value)
        choice.setCurrentIndex(number)
        choice.activated.emit(number)
        settle()

    def words(self, name: str) -> str:
        return child(self.window, name).text()  # type: ignore[attr-defined,no-any-return]

    def said(self) -> str:
        """What the page's banner says."""
        banner = self.window.findChild(Banner)
        assert banner is not None
        message = banner.message()
        return message.text if message else ""

    def visible(self, name: str) -> bool:
        return child(self.window, name).isVisible()


@pytest.fixture
def desk(qapp: QApplication, tmp_path: Path, dialogs: Dialogs) -> Iterator[Desk]:
    with tasks.inline():
        made = Desk(tmp_path, dialogs)
        yield made
        made.window.close()
        made.window.deleteLater()
        settle()
    made.office.close()


def test_a_sound_table_is_looked_at_and_imported(desk: Desk) -> None:
    source = desk.hand_over(row(1), row(2), encoding="gbk")
    desk.check(source)
    assert desk.store.snapshot.applications == (), "the preview must not write"
    assert not desk.visible("applications.table")
    desk.tab(tr("importing.tab.columns"))
    assert desk.words("importing.choose.words") == tr("importing.choose.none")
    desk.select("importing.columns", 3)
    assert "申报单位" in desk.words("importing.choose.words")
    assert tr("importing.encoding.gb") in desk.words("importing.read")
    assert desk.words("importing.complete") == tr("importing.complete")
    desk.tab("将有何变化")
    assert [entry.state for entry in desk.rows("importing.entries")] == ["new", "new"]  # type: ignore[attr-defined]
    desk.tab("文件")
    lines = desk.rows("importing.documents")
    assert [(line.state, line.pages, len(line.sha256)) for line in lines] == [("matched", 1, 64)] * 2  # type: ignore[attr-defined]
    press(desk.window, "applications.accept")
    assert {a.id for a in desk.store.snapshot.applications} == {"A-001", "A-002"}
    assert desk.visible("applications.table")
    assert not child(desk.window, "importing.tabs").isVisible()
    assert "2" in desk.said()


def test_faults_stand_at_row_and_column_are_filtered_and_copied(desk: Desk, qtbot: QtBot) -> None:
    bad = row(2, 申报单位="=1+1", 年度="去年")
    twin = row(1, 申报编号="A-003", 申报单位="另一园区")
    source = desk.hand_over(row(1), bad, twin)
    desk.check(source)
    assert not desk.visible("applications.accept")
    assert desk.words("applications.partial").strip() == tr("importing.good", good=2, bad=1)
    desk.tab("问题与提醒")
    everything = desk.rows("importing.faults")
    stops = [(one.row, one.column, one.fault.code) for one in everything if one.stops]  # type: ignore[attr-defined]
    assert stops == [("3", "D", "E-TABLE-FORMULA"), ("3", "H", "E-TABLE-WORD")]
    assert ("4", "E", "E-IMPORT-CREDIT-NAMES") in [(o.row, o.column, o.fault.code) for o in everything]  # type: ignore[attr-defined]
    desk.choose("importing.faults.filter", "stops")
    assert all(one.stops for one in desk.rows("importing.faults"))  # type: ignore[attr-defined]
    field = child(desk.window, "importing.faults.search")
    field.setFocus()
    qtbot.keyClicks(field, "FORMULA")
    table = child(desk.window, "importing.faults")
    assert isinstance(table, DataTable)
    assert table.proxy.rowCount() == 1
    qtbot.mouseClick(child(desk.window, "importing.copy"), Qt.MouseButton.LeftButton)
    copied = QGuiApplication.clipboard().text()
    assert copied.count("\n") == 0
    assert copied.split("\t")[1:4] == ["申报材料", "3", "D"]
    assert desk.words("importing.faults.words") == tr("importing.copied", count=1)
    press(desk.window, "applications.partial")
    assert {a.id for a in desk.store.snapshot.applications} == {"A-001", "A-003"}


def test_a_column_is_chosen_and_the_check_done_again(desk: Desk) -> None:
    head = tuple("牵头部门" if name == "推荐单位" else name for name in HEAD)
    source = desk.hand_over(row(1), row(2), head=head)
    desk.check(source)
    assert not desk.visible("applications.accept")
    assert not desk.visible("applications.partial")
    assert desk.visible("importing.columns"), "what must be settled first is shown first"
    assert desk.words("importing.complete") == tr("importing.missing", columns=tr("importing.target.recommender"))
    assert "牵头部门" in desk.words("importing.choose.words"), "the heading nobody knows is in hand already"
    desk.choose("importing.target", "recommender")
    assert desk.words("importing.complete") == tr("importing.complete")
    assert not desk.visible("applications.accept"), "what was checked before no longer holds"
    assert desk.store.snapshot.applications == ()
    press(desk.window, "importing.again")
    press(desk.window, "applications.accept")
    assert {a.recommender for a in desk.store.snapshot.applications} == {"北京市"}


def test_importing_again_shows_each_field_before_and_after(desk: Desk) -> None:
    desk.check(desk.hand_over(row(1), row(2)))
    press(desk.window, "applications.accept")
    changed = row(2, 推荐单位="上海市")
    changed[-1] = "2.5"
    desk.check(desk.hand_over(row(1), changed))
    desk.tab("将有何变化")
    entries = desk.rows("importing.entries")
    assert [entry.state for entry in entries] == ["unchanged", "changed"]  # type: ignore[attr-defined]
    desk.select("importing.entries", 1)
    table = child(desk.window, "importing.fields")
    assert isinstance(table, DataTable)
    shown = [
        tuple(str(table.proxy.index(line, cell).data()) for cell in range(3)) for line in range(table.proxy.rowCount())
    ]
    assert ("推荐单位", "北京市", "上海市") in shown
    assert ("研发强度 · 2025", "2.37", "2.5") in shown
    desk.choose("importing.entries.filter", "unchanged")
    assert [entry.application for entry in desk.rows("importing.entries")] == ["A-001"]  # type: ignore[attr-defined]
    press(desk.window, "applications.accept")
    assert "1" in desk.said()
    desk.check(desk.folder / "in")
    assert not desk.visible("applications.accept"), "there is nothing to import"


def test_missing_extra_and_unreadable_documents_are_seen_before_import(desk: Desk) -> None:
    source = desk.hand_over(row(1), row(2))
    put(
        source,
        {
            "文件清单.csv": csv_bytes([("编号", "文件"), ("A-001", "申报书.pdf"), ("A-001", "没有.pdf")]),
            "documents/A-002/申报书.pdf": b"%PDF-1.7\nbroken",
            "documents/谁的/x.pdf": text_page("x"),
        },
    )
    desk.check(source)
    desk.tab("文件")
    states = {(line.name, line.state) for line in desk.rows("importing.documents")}  # type: ignore[attr-defined]
    assert states == {
        ("申报书.pdf", "matched"),
        ("没有.pdf", "missing"),
        ("申报书.pdf", "unreadable"),
        ("谁的", "extra"),
    }
    desk.choose("importing.documents.filter", "unreadable")
    assert len(desk.rows("importing.documents")) == 1
    desk.select("importing.documents", 0)
    assert tr("importing.state.unreadable") in desk.words("importing.documents.words")
    assert "损坏" in desk.words("importing.documents.words"), "the reason is said in full"
    assert not desk.visible("applications.accept")
    press(desk.window, "applications.close")
    assert desk.visible("applications.table")
    assert desk.store.snapshot.applications == ()


def test_a_table_is_dropped_on_the_page_and_other_files_are_not_taken(desk: Desk) -> None:
    source = desk.hand_over(row(1), row(2))
    page = desk.window

    def drop(path: Path) -> bool:
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(path))])
        buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        enter = QDragEnterEvent(QPointF(9, 9).toPoint(), Qt.DropAction.CopyAction, data, buttons, keys)
        enter.ignore()
        page.dragEnterEvent(enter)
        page.dropEvent(QDropEvent(QPointF(9, 9), Qt.DropAction.CopyAction, data, buttons, keys))
        settle()
        return enter.isAccepted()

    assert not drop(put(desk.folder, {"notes.txt": b"x"}) / "notes.txt")
    assert not desk.visible("applications.report")
    assert drop(source / "申报材料.csv")
    assert desk.visible("applications.accept")


def test_a_file_is_chosen_and_the_preview_survives_a_page_made_anew(desk: Desk) -> None:
    desk.dialogs.file = desk.hand_over(row(1), row(2)) / "申报材料.csv"
    press(desk.window, "applications.zip")
    assert desk.visible("applications.accept")
    desk.window.hide()
    desk.window = desk.open()
    assert desk.words("applications.accept").strip() == tr("applications.import")
    press(desk.window, "applications.accept")
    assert len(desk.store.snapshot.applications) == 2
