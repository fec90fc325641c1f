"""The inbox by its widgets: drop, verdicts per file and sheet, merge, receipts, undo; a folder that is watched."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QModelIndex, QPoint, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from ndb_desktop.services.intake import confirm_key
from ndb_desktop.services.merge import FileVerdict
from ndb_desktop.services.merge_verdicts import SheetVerdict
from ndb_desktop.ui.coordinator import folder_watch
from ndb_desktop.ui.coordinator.desk import CoordinatorDesk
from ndb_desktop.ui.coordinator.merge_page import MergePage
from ndb_desktop.ui.coordinator.store import OfficeStore
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.shell.main_window import MainWindow
from ndb_desktop.ui.widgets.fields import Choice
from tests.support.coordinator import Dialogs, desk_of, page_of, said
from tests.support.returned import make_returned
from tests.support.supervised import open_in, opened
from tests.support.travel import person
from tests.support.window import child, press, settle


class Case:
    """An open registry with its merge page."""

    def __init__(self, window: MainWindow, folder: Path, dialogs: Dialogs, monkeypatch: pytest.MonkeyPatch) -> None:
        self.window, self.root, self.dialogs = window, folder.parent, dialogs
        desk: CoordinatorDesk = open_in(window, folder, dialogs, monkeypatch)
        assert desk.store is not None
        self.store: OfficeStore = desk.store
        page = page_of(window, "merge")
        assert isinstance(page, MergePage)
        self.page = page

    def take_folder(self, name: str = "in") -> None:
        self.dialogs.folder = self.root / name
        press(self.window, "merge.folder")

    def text(self, name: str) -> str:
        label = child(self.page, name)
        assert isinstance(label, QLabel)
        return label.text().replace("\u200b", "")

    def verdicts(self) -> list[str]:
        model = self.page.inbox.table.model()
        return [model.index(row, 0).data() for row in range(model.rowCount())]


@pytest.fixture
def case(window: MainWindow, tmp_path: Path, dialogs: Dialogs, monkeypatch: pytest.MonkeyPatch) -> Case:
    return Case(window, make_returned(tmp_path, quarrel=False), dialogs, monkeypatch)


def drop(page: MergePage, *paths: Path) -> bool:
    """Drops files on the page; whether it took them."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(9, 9), Qt.DropAction.CopyAction, data, buttons, keys)
    enter.ignore()
    page.dragEnterEvent(enter)
    if enter.isAccepted():
        page.dropEvent(QDropEvent(QPoint(9, 9), Qt.DropAction.CopyAction, data, buttons, keys))
        settle()
    return enter.isAccepted()


def test_files_folders_and_zips_are_dropped_and_open_into_their_sheets(case: Case) -> None:
    assert child(case.window, "merge.accept").isEnabled() is False
    before = case.store.snapshot.status
    assert drop(case.page, case.root / "in/e03.ndbscore", case.root / "in/mail.zip")
    assert case.verdicts() == ["接收", "接收"]
    assert drop(case.page, case.root / "in")
    assert case.verdicts() == ["拒收", "接收", "接收"]
    assert case.store.snapshot.status == before, "a dry run writes nothing"
    assert not drop(case.page, case.root / "office"), "the window opens a registry"
    assert not drop(case.page, case.root / "组织方.ndbkey")
    table = case.page.inbox.table
    table.setFocus()
    table.setCurrentIndex(table.model().index(1, 0))
    QTest.keyClick(table, Qt.Key.Key_Right)
    assert table.isExpanded(table.model().index(1, 0))
    QTest.keyClick(table, Qt.Key.Key_Down)
    sheet = table.current_sheet()
    assert sheet is not None
    assert sheet.application == "A-001"
    assert "接收，第 1 版" in case.text("inbox.reason")
    assert "A-001" in table.model().index(0, 1, table.model().index(1, 0)).data()
    spoken = table.model().index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken.startswith("拒收")
    assert len(spoken) > 20, "the verdict is said with what it means"


def test_the_table_is_filtered_searched_and_copied(case: Case, qtbot: QtBot) -> None:
    case.take_folder()
    choice = child(case.page, "inbox.filter")
    assert isinstance(choice, Choice)
    choice.setFocus()
    for key, expected in (("merge", ["接收"] * 2), ("there", []), ("refused", ["拒收"]), ("conflict", [])):
        QTest.keyClick(choice, Qt.Key.Key_Down)
        assert choice.value() == key
        assert case.verdicts() == expected
        assert str(len(expected)) in choice.currentText()
    QTest.keyClick(choice, Qt.Key.Key_Home)
    qtbot.keyClicks(child(case.page, "inbox.search"), "e04")
    assert case.verdicts() == ["接收"]
    press(case.page, "inbox.copy")
    lines = [line.split("\t") for line in QGuiApplication.clipboard().text().split("\n")]
    assert [line[0] for line in lines] == ["结论", "接收", "接收", "接收"]
    assert len({len(line) for line in lines}) == 1
    assert tr("inbox.copied") in said(case.window, "merge")


def test_merge_receipts_and_undo_with_what_goes_back(case: Case, tmp_path: Path) -> None:
    before = case.store.snapshot.status
    case.take_folder()
    press(case.page, "merge.accept")
    assert case.store.snapshot.status.files == before.files + 2
    assert "文件 2 个，拒收 1 个，新密钥 2 个" in case.text("inbox.last")
    press(case.page, "inbox.undo")
    question = case.text("inbox.undo.question")
    assert "2 个文件" in question
    assert "1 条拒收记录" in question
    assert "2 个新密钥" in question
    assert not child(case.page, "inbox.undo.now").isEnabled(), "a reason is needed"
    press(case.page, "inbox.undo.keep")
    assert case.store.snapshot.status.files == before.files + 2
    press(case.page, "inbox.undo")
    child(case.page, "inbox.undo.reason").setText("归并错了文件夹")  # type: ignore[attr-defined]
    press(case.page, "inbox.undo.now")
    assert tr("inbox.undone") in said(case.window, "merge")
    assert case.store.snapshot.status.files == before.files
    assert case.store.snapshot.status.unconfirmed_keys == before.unconfirmed_keys
    assert not child(case.page, "merge.accept").isEnabled(), "the old verdicts are void"

    case.take_folder()
    press(case.page, "merge.accept")
    case.dialogs.folder = tmp_path / "receipts"
    press(case.page, "merge.receipts")
    assert len(list((tmp_path / "receipts").glob("*.ndbreceipt"))) == 2
    assert child(case.window, "banner.action").isVisible()
    assert "已向专家" in case.text("inbox.last")
    assert not child(case.page, "inbox.undo").isVisible(), "the service does not allow it, and the reason is there"


def test_an_undo_that_came_too_late_is_refused_in_words(case: Case) -> None:
    case.take_folder()
    press(case.page, "merge.accept")
    press(case.page, "inbox.undo")
    child(case.page, "inbox.undo.reason").setText("误操作")  # type: ignore[attr-defined]
    # Somebody confirmed a key while the question stood there.
    case.store.run(
        lambda office, _p, _c: confirm_key(office, "E03", person("E03").keyid), lambda _k: None, lambda _e: None
    )
    settle()
    assert not child(case.page, "inbox.undo.now").isVisible()
    assert "已就" in case.text("inbox.last")


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks that follow each other at once."""
    monkeypatch.setattr(folder_watch, "POLL_MS", 40)
    monkeypatch.setattr(folder_watch, "SETTLE_MS", 40)


def until_new(case: Case, qtbot: QtBot, count: int) -> None:
    qtbot.waitUntil(lambda: case.page.watch.count() == count, timeout=10_000)
    settle()


def tree(folder: Path) -> dict[str, tuple[int, int]]:
    return {
        path.relative_to(folder).as_posix(): (path.stat().st_size, path.stat().st_mtime_ns)
        for path in sorted(folder.rglob("*"))
    }


def test_a_watched_folder_announces_what_arrives_and_merges_nothing(
    quick: None, window: MainWindow, tmp_path: Path, dialogs: Dialogs, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    case = Case(window, make_returned(tmp_path, quarrel=False), dialogs, monkeypatch)
    before = case.store.snapshot.status
    assert not child(case.page, "inbox.unwatch").isVisible()
    dialogs.folder = tmp_path / "in"
    stood = tree(tmp_path / "in")
    press(case.page, "inbox.watch")
    until_new(case, qtbot, 3)
    assert "3 个新文件" in case.text("inbox.new.text")
    nav = desk_of(window).view.nav  # type: ignore[union-attr]
    assert any("（3）" in nav.item(n).text() for n in range(nav.count()))
    assert case.store.snapshot.status.files == before.files, "nothing is merged by itself"
    assert tree(tmp_path / "in") == stood
    press(case.page, "inbox.look")
    assert case.verdicts() == ["拒收", "接收", "接收"]
    press(case.page, "merge.accept")
    until_new(case, qtbot, 0)
    assert not child(case.page, "inbox.new").isVisible()
    assert tree(tmp_path / "in") == stood

    shutil.copy(tmp_path / "old/e02.ndbscore", tmp_path / "in/again.ndbscore")
    until_new(case, qtbot, 1)
    press(case.page, "inbox.aside")
    assert not child(case.page, "inbox.new").isVisible()
    shutil.rmtree(tmp_path / "in")
    qtbot.waitUntil(lambda: case.page.watch.problem is not None, timeout=10_000)
    assert "收件文件夹不可用" in case.text("inbox.unwatched")
    (tmp_path / "in").mkdir()
    qtbot.waitUntil(lambda: case.page.watch.problem is None, timeout=10_000)
    press(case.page, "inbox.unwatch")
    assert tr("inbox.watch.none") == case.text("inbox.unwatched")
    assert case.store.snapshot.watched is None


def test_a_file_that_grows_is_waited_for(
    quick: None, window: MainWindow, tmp_path: Path, dialogs: Dialogs, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    case = Case(window, make_returned(tmp_path, quarrel=False), dialogs, monkeypatch)
    whole = (tmp_path / "in/e03.ndbscore").read_bytes()
    (tmp_path / "drop").mkdir()
    dialogs.folder = tmp_path / "drop"
    press(case.page, "inbox.watch")
    seen: list[tuple[int, int, str, bool]] = []

    def look() -> None:
        """What is said at this moment: on a loaded machine the file may stand still before the test looks again."""
        found = case.page.watch.found
        assert found is not None
        offered = child(case.page, "inbox.look").isVisible()
        seen.append((case.page.watch.count(), len(found.arriving), case.text("inbox.new.text"), offered))

    case.page.watch.changed.connect(look)
    path = tmp_path / "drop/e03.ndbscore"
    path.write_bytes(whole[:100])
    qtbot.waitUntil(lambda: any(one[:2] == (0, 1) for one in seen), timeout=10_000)
    _, _, said, offered = next(one for one in seen if one[:2] == (0, 1))
    assert "还在写入" in said
    assert not offered
    path.write_bytes(whole)
    until_new(case, qtbot, 1)
    press(case.page, "inbox.look")
    assert case.verdicts() == ["接收"]


def test_the_watched_folder_is_remembered(
    quick: None, window: MainWindow, tmp_path: Path, dialogs: Dialogs, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    from ndb_desktop.services.inbox import watch

    folder = make_returned(tmp_path, quarrel=False)
    with opened(folder) as office:
        watch(office, tmp_path / "in")
    case = Case(window, folder, dialogs, monkeypatch)
    until_new(case, qtbot, 3)
    assert str(tmp_path / "in") in child(case.page, "inbox.watched").full_text()  # type: ignore[attr-defined]


def test_five_thousand_files_show_only_what_is_in_sight(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    sheets = tuple(SheetVerdict(f"A-{n:03d}", 1, f"{n:064d}", "accepted") for n in range(7))
    rows = [
        FileVerdict(f"{n}.ndbscore", "accepted", "0" * 64, expert=f"E-{n:05d}", sheets=sheets) for n in range(5_000)
    ]
    table, asked = case.page.inbox.table, []
    ask = type(table.source).data

    def counted(model: Any, index: QModelIndex, role: int = 0) -> Any:
        asked.append(role)
        return ask(model, index, role)

    case.take_folder()
    monkeypatch.setattr(type(table.source), "data", counted)
    table.source.set_rows(rows)
    table.scrollToBottom()
    QApplication.processEvents()
    assert table.model().rowCount() == 5_000
    assert len(asked) < 6_000
    child(case.page, "inbox.search").setText("E-04999")  # type: ignore[attr-defined]
    assert [row.path for row in table.source.shown] == ["4999.ndbscore"]
