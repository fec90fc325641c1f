"""阶段材料 through the widgets a coordinator touches: what to bring, the preview, the import, and which packs judge."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ndb_desktop.services.dropped import purpose
from ndb_desktop.ui import i18n
from ndb_desktop.ui.coordinator.applications_page import ApplicationsPage
from ndb_desktop.ui.plain import PlainLabel
from ndb_desktop.ui.shell.main_window import MainWindow
from ndb_desktop.ui.widgets.table import DataTable
from tests.support.coordinator import Dialogs, desk_of, page_of, said
from tests.support.stage import BASES, actuals_of, base, document_of, form_folder, form_line, start_stage
from tests.support.tables import csv_bytes, put
from tests.support.travel import PASSPHRASE, key_file
from tests.support.window import child, press, settle


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("begun")
    start_stage(folder / "office").office.close()
    (folder / "组织方.ndbkey").write_bytes(key_file("组织方"))
    return folder


@pytest.fixture
def page(begun: Path, tmp_path: Path, window: MainWindow, dialogs: Dialogs) -> ApplicationsPage:
    """The page of a registry of an acceptance, opened as a user does."""
    shutil.copytree(begun, tmp_path / "round")
    window.enter("coordinator")
    settle()
    dialogs.folder = tmp_path / "round/office"
    press(window, "office.choose.button")
    dialogs.file = tmp_path / "round/组织方.ndbkey"
    press(window, "office.key.browse")
    child(window, "passphrase").setText(PASSPHRASE)  # type: ignore[attr-defined]
    press(window, "office.open")
    found = page_of(window, "applications")
    assert isinstance(found, ApplicationsPage)
    return found


def words(page: ApplicationsPage) -> str:
    return " ".join(label.text() for label in page.findChildren(PlainLabel))


def shown(page: ApplicationsPage, name: str) -> list[object]:
    table = child(page, name)
    assert isinstance(table, DataTable)
    return [table.source.row_at(number) for number in range(table.source.rowCount())]


@pytest.fixture
def bring(page: ApplicationsPage, window: MainWindow, dialogs: Dialogs) -> Callable[[Path], None]:
    """Chooses a folder by the button."""

    def choose(folder: Path) -> None:
        dialogs.folder = folder
        press(window, "applications.folder")
        settle()

    return choose


def test_the_page_says_what_to_bring(page: ApplicationsPage, window: MainWindow) -> None:
    view = desk_of(window).view
    assert view is not None
    titles = [view.nav.item(number).text() for number in range(view.nav.count())]
    assert i18n.tr("nav.applications.stage") in titles
    assert i18n.tr("nav.applications") not in titles
    assert "actuals.jsonl" in words(page)
    assert "applications.jsonl" not in words(page)
    assert child(page, "applications.update").text() == i18n.tr("applications.update.stage")  # type: ignore[attr-defined]
    # Nothing is there yet: how it begins is said in place of an empty table, and nothing of applications.
    assert child(page, "applications.none").isVisible()
    assert not child(page, "applications.table").isVisible()
    assert "申报材料" not in child(page, "applications.update").text()  # type: ignore[attr-defined]


def test_what_was_handed_over_for_the_selection_is_named(
    page: ApplicationsPage, window: MainWindow, bring: Callable[[Path], None], tmp_path: Path
) -> None:
    bring(put(tmp_path / "old", {"applications.jsonl": b"{}\n"}))
    assert "actuals.jsonl" in said(window, "applications")
    assert not page.snapshot.applications


def test_a_form_is_looked_at_and_then_taken(
    page: ApplicationsPage, window: MainWindow, bring: Callable[[Path], None], tmp_path: Path
) -> None:
    lines = [form_line(base(1), actuals_of(base(1), revenue=None)), form_line(base(2), actuals_of(base(2)))]
    bring(form_folder(tmp_path / "in", lines))
    found = shown(page, "importing.faults")
    assert len(found) == 1
    assert "P1.1.revenue" in str(found[0])
    assert not page.snapshot.applications, "a look writes nothing"
    press(window, "applications.accept")
    settle()
    assert [one.id for one in page.snapshot.applications] == sorted(BASES)
    assert i18n.tr("applications.count.stage", count=2) in words(page)
    assert page.snapshot.stage_packs[0].id == "park-acceptance"


def test_one_form_is_counted_as_one(
    page: ApplicationsPage, window: MainWindow, bring: Callable[[Path], None], tmp_path: Path
) -> None:
    bring(form_folder(tmp_path / "in", [form_line(base(1), actuals_of(base(1)))], documents=("P001",)))
    press(window, "applications.accept")
    settle()
    assert i18n.tr("applications.count.stage.one") in words(page)


def test_blank_forms_are_written_for_all_bases_and_come_back(
    page: ApplicationsPage, window: MainWindow, dialogs: Dialogs, bring: Callable[[Path], None], tmp_path: Path
) -> None:
    dialogs.folder = tmp_path
    before = set(tmp_path.iterdir())
    press(window, "applications.blank")
    settle()
    made = sorted(set(tmp_path.iterdir()) - before)
    assert [name in path.name for path, name in zip(made, BASES, strict=True)] == [True, True]
    assert i18n.tr("stageblank.done", count=2) in said(window, "applications")
    bring(made[0])
    assert any("E-STAGE-ACTUAL-MISSING" in str(one) for one in shown(page, "importing.faults"))
    assert child(page, "applications.accept").isVisible()


def test_a_table_with_a_column_of_promises_takes_nothing(
    page: ApplicationsPage, bring: Callable[[Path], None], tmp_path: Path
) -> None:
    rows = [["编号", "指标", "实际值", "单位", "年份", "目标值"], ["P001", "P1.1.revenue", "118", "亿元", "2027", "1"]]
    table = {"实际值.csv": csv_bytes(rows), "documents/P001/验收自评报告.txt": document_of("P001")}
    bring(put(tmp_path / "table", table))
    assert any("E-STAGE-PROMISED" in str(one) for one in shown(page, "importing.faults"))
    assert not child(page, "applications.accept").isVisible()


def test_the_packs_page_names_the_pack_that_judges(page: ApplicationsPage, window: MainWindow) -> None:
    packs = page_of(window, "packs")
    said_there = " ".join(label.text() for label in packs.findChildren(PlainLabel))
    assert i18n.local(page.snapshot.stage_packs[0].title) in said_there


def test_a_form_that_is_dropped_is_a_hand_over(tmp_path: Path) -> None:
    source = form_folder(tmp_path / "in", [form_line(base(1), actuals_of(base(1)))], documents=("P001",))
    assert purpose(source) == "handover"
