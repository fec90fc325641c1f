"""The results of a later stage through the widgets a coordinator touches: outcomes, reasons, one base in full."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pypdfium2
import pytest
from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtWidgets import QLabel, QWidget

from ndb_desktop.services.lifecycle import Order, decide
from ndb_desktop.ui import i18n
from ndb_desktop.ui.coordinator.lifecycle_page import LifecyclePage
from ndb_desktop.ui.coordinator.lifecycle_wish import KEPT, MoveWish
from ndb_desktop.ui.coordinator.results_page import ResultsPage
from ndb_desktop.ui.coordinator.stage_results_columns import BaseLine
from ndb_desktop.ui.coordinator.stage_results_page import StageResultsPage
from ndb_desktop.ui.shell.main_window import MainWindow
from ndb_desktop.ui.widgets.table import DataTable
from tests.support import rooms
from tests.support.coordinator import Dialogs, desk_of, open_sample, page_of
from tests.support.stage_office import STARTED, TARGET, WORSE, base_application, judged_office, reached
from tests.support.travel import PASSPHRASE, key_file
from tests.support.window import child, press, settle


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One base passed with 118 of 120, one did not, of one nothing came in; nobody writes to it."""
    folder = tmp_path_factory.mktemp("stage")
    frozen = [base_application(number) for number in range(1, 4)]
    handed = [reached(frozen[0], "118"), reached(frozen[1], others={TARGET: None, WORSE: "90"})]
    judged_office(folder, {"P001": "1", "P002": "0.5"}, bases=frozen, handed=handed).close()
    (folder / "组织方.ndbkey").write_bytes(key_file("组织方"))
    return folder


@pytest.fixture
def folder(judged: Path, tmp_path: Path) -> Path:
    """The test's own copy."""
    shutil.copytree(judged / "office", tmp_path / "office")
    shutil.copy(judged / "组织方.ndbkey", tmp_path)
    return tmp_path / "office"


Open = Callable[[], StageResultsPage]


@pytest.fixture
def go(window: MainWindow, folder: Path, dialogs: Dialogs) -> Open:
    """Opens the registry as a user does and goes to the results."""

    def open_it() -> StageResultsPage:
        window.enter("coordinator")
        settle()
        dialogs.folder = folder
        press(window, "office.choose.button")
        dialogs.file = folder.parent / "组织方.ndbkey"
        press(window, "office.key.browse")
        child(window, "passphrase").setText(PASSPHRASE)  # type: ignore[attr-defined]
        press(window, "office.open")
        return here(window)

    return open_it


def here(window: MainWindow) -> StageResultsPage:
    page = page_of(window, "results")
    assert isinstance(page, StageResultsPage)
    return page


def label(parent: QWidget, name: str) -> str:
    found = child(parent, name)
    assert isinstance(found, QLabel)
    return found.text()


def bases(page: StageResultsPage) -> list[BaseLine]:
    return list(page.part.table.source.rows)


def cells(table: DataTable, row: int) -> list[str]:
    return [str(table.model().index(row, n).data() or "") for n in range(table.model().columnCount())]


def test_each_base_is_passed_not_passed_or_waiting_with_its_reasons(window: MainWindow, go: Open) -> None:
    page = go()
    assert not page.part.isVisible()
    press(window, "results.door")
    assert [(line.id, line.words) for line in bases(page)] == [
        ("P001", "通过"), ("P002", "不通过"), ("P003", "待定"),
    ]  # fmt: skip
    assert "重点任务完成率 50.00 %，低于 80.00 %" in bases(page)[1].reasons
    assert "缺报实际值" in bases(page)[1].reasons
    assert bases(page)[2].reasons == "尚未报送本阶段材料"
    assert label(window, "stage.counts") == "通过 1 家；不通过 1 家；待定 1 家"


def test_a_base_opens_to_both_figures_of_its_targets_and_to_its_tasks(window: MainWindow, go: Open) -> None:
    page = go()
    press(window, "results.door")
    page.part.table.selectRow(0)
    settle()
    first = cells(page.part.targets, 0)
    assert first[0] == "P1.1 主导产业营业收入（亿元）"
    assert first[2:8] == ["100", "120", "118", "90.00 %", "98.33 %", "90.00 %"]
    page.part.table.selectRow(1)
    settle()
    assert label(window, "stage.base.title") == "示例园区2：不通过"
    assert cells(page.part.targets, 0)[4] == "缺报"
    notes = [cells(page.part.targets, n)[8] for n in range(page.part.targets.model().rowCount())]
    assert "未达到；劣于基期" in notes
    task = cells(page.part.found, 0)
    assert task[2] == "部分完成"
    assert "E05 0.5" in task[3]
    page.part.table.selectRow(2)
    settle()
    assert not page.part.targets.isVisible()
    assert not page.part.trace.isVisible()


def test_outcomes_stand_first_and_a_table_too_wide_hides_none_of_its_rows(window: MainWindow, go: Open) -> None:
    page = go()
    press(window, "results.door")
    page.part.table.selectRow(1)
    rooms.fit(window, QSize(960, 600))
    settle()
    assert page.part.table.mapTo(page, QPoint()).y() < child(window, "stage.panel").mapTo(page, QPoint()).y()
    across, down = page.part.targets.horizontalScrollBar(), page.part.targets.verticalScrollBar()
    assert across.maximum() > 0, "nine columns are wider than this window"
    assert down.maximum() == 0
    page.part.found.selectRow(0)
    settle()
    assert "E05 0.5" in label(window, "stage.found.line"), "its column has no room for five experts"
    names = [cells(page.part.targets, row)[0] for row in range(page.part.targets.model().rowCount())]
    # Two promises of one indicator are told apart in the first letters.
    assert len({name[:8] for name in names}) == len(names), names


def test_every_outcome_leads_to_the_signed_files_behind_it(window: MainWindow, go: Open) -> None:
    page = go()
    press(window, "results.door")
    page.part.sheets.selectRow(2)
    expert, digest = page.part.sheets.source.rows[2].expert, page.part.sheets.source.rows[2].digest
    press(window, "stage.trace")
    assert page.part.signed.isVisible()
    assert expert in label(window, "signed.facts")
    marks = page.part.signed.marks
    assert "确认" in cells(marks, 0)[2]
    heads = [marks.model().headerData(n, Qt.Orientation.Horizontal) for n in range(5)]
    assert "得分" not in heads, "in a later stage nothing is scored"
    assert "。；" not in label(window, "signed.working")
    assert "1" in [cells(marks, n)[2] for n in range(marks.model().rowCount())]
    assert page.part.sheets.source.rows[2].digest == digest


def test_a_move_is_offered_and_prepared_never_made(window: MainWindow, go: Open) -> None:
    page = go()
    press(window, "results.door")
    press(window, "stage.offer.accept")
    shown = desk_of(window).view
    assert shown is not None
    assert isinstance(shown.stack.currentWidget(), LifecyclePage)
    store = desk_of(window).store
    assert store is not None
    wish = store.kept[KEPT]
    assert isinstance(wish, MoveWish)
    assert (wish.move, wish.bases) == ("accept", ("P001",))
    assert not page.part.isVisible()  # left: closed again
    assert not [one for one in store.snapshot.decisions if one.content.get("move") == "accept"]


def test_the_public_list_has_names_only_once_they_were_signed(window: MainWindow, go: Open) -> None:
    page = go()
    page.open_part("public")
    press(window, "results.public.show")
    assert "还没有经决定通过的基地" in label(window, "results.public.count")
    store = desk_of(window).store
    assert store is not None
    store.office.clock = lambda: STARTED
    page.job(
        "x", lambda office, _p, _c: decide(office, Order("accept", STARTED.date(), ("P001",)), reason="按结论"),
        lambda _made: None,
    )  # fmt: skip
    settle()
    press(window, "results.public.show")
    assert [row.applicant for row in page.public.source.rows] == ["示例园区1"]
    assert label(window, "results.public.count") == "通过 1 家"


def test_an_official_stage_publishes_its_bases_without_a_list_made_final(
    window: MainWindow, dialogs: Dialogs, tmp_path: Path
) -> None:
    office = judged_office(tmp_path, {"P001": "1"}, bases=[base_application(1)], trial=False)
    decide(office, Order("accept", STARTED.date(), ("P001",)), reason="按结论")
    office.close()
    (tmp_path / "组织方.ndbkey").write_bytes(key_file("组织方"))
    window.enter("coordinator")
    settle()
    dialogs.folder, dialogs.file = tmp_path / "office", tmp_path / "组织方.ndbkey"
    press(window, "office.choose.button")
    press(window, "office.key.browse")
    child(window, "passphrase").setText(PASSPHRASE)  # type: ignore[attr-defined]
    press(window, "office.open")
    page_of(window, "publish.notice")
    assert label(window, "notice.state") == "公示的是已签署通过的基地"
    assert not child(window, "notice.settle").isVisible()
    child(window, "notice.start").setText("2026-09-01")  # type: ignore[attr-defined]
    settle()
    dialogs.folder = tmp_path / "out"
    dialogs.folder.mkdir()
    press(window, "notice.write")
    (pdf,) = dialogs.folder.glob("*.pdf")
    paper = pypdfium2.PdfDocument(pdf.read_bytes())
    words = "".join(paper[number].get_textpage().get_text_bounded() for number in range(len(paper)))
    assert "示例园区1" in words
    assert "拟创建" not in words, "the base was built"


def test_the_panel_summary_is_written_from_here(window: MainWindow, go: Open, dialogs: Dialogs, tmp_path: Path) -> None:
    page = go()
    press(window, "results.door")
    dialogs.target = tmp_path / "汇总.pdf"
    press(window, "stage.panel.pdf")
    assert len(pypdfium2.PdfDocument(dialogs.target.read_bytes())) > 1
    assert page.part.isVisible()
    press(window, "stage.close")
    assert not page.part.isVisible()
    assert page.part.table.source.rows == ()


def test_what_only_selection_knows_is_not_there(window: MainWindow, go: Open) -> None:
    page = go()
    view = desk_of(window).view
    assert view is not None
    hidden = [view.nav.item(n).text() for n in range(view.nav.count()) if view.nav.item(n).isHidden()]
    assert hidden == ["评审分析"]
    assert page.tabs.count() == 2
    assert not [w for w in ("votes", "final", "whatif") if page.findChild(QWidget, f"results.{w}.door")]


def test_in_english_too(window: MainWindow, go: Open) -> None:
    i18n.set_language("en")
    page = go()
    press(window, "results.door")
    assert [line.words for line in bases(page)] == ["Passed", "Not passed", "Waiting"]
    assert "nothing was handed in" in bases(page)[2].reasons


def test_selection_keeps_its_own_page(window: MainWindow, sample: Path, dialogs: Dialogs) -> None:
    open_sample(window, sample, dialogs)
    assert isinstance(page_of(window, "results"), ResultsPage)


def test_a_chosen_target_is_told_in_full(window: MainWindow, go: Open) -> None:
    page = go()
    press(window, "results.door")
    page.part.table.selectRow(1)
    settle()
    ids = [one.item for one in page.part.targets.source.rows]
    page.part.targets.selectRow(ids.index(f"target:{WORSE}"))
    settle()
    assert label(window, "stage.line") == "P2.1 研发投入强度（%）\n未达到；劣于基期"
