"""A registry of a later stage in changing looks, page by page: room, names, roles, one order, contrast."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from ndb_desktop.services.lifecycle import Order, decide
from ndb_desktop.services.merge import merge_files
from ndb_desktop.services.results import record_veto
from ndb_desktop.storage.registry_rows import Veto
from ndb_desktop.ui.coordinator.stage_results_page import StageResultsPage
from ndb_desktop.ui.shell.main_window import MainWindow
from tests.support.coordinator import Dialogs, page_of
from tests.support.looks import listened, walk
from tests.support.office_rooms import every_tab
from tests.support.rooms import Room
from tests.support.stage import start_stage
from tests.support.stage_office import (
    EXPERTS,
    STARTED,
    TARGET,
    WORSE,
    base_application,
    judged_office,
    reached,
    stage_file,
    stage_office,
    stage_sheet,
)
from tests.support.travel import PASSPHRASE, key_file
from tests.support.window import child, press, settle

__all__ = ["listened"]


def shown(window: MainWindow, part: str, then: Callable[[StageResultsPage], None]) -> Callable[[], None]:
    """Goes to the page as it is after the window was built anew, opens the door, and goes on."""

    def show() -> None:
        page = page_of(window, "results")
        assert isinstance(page, StageResultsPage)
        page.open_part(part)
        if part == "outcomes" and not page.part.isVisible():
            press(window, "results.door")
        then(page)
        settle()

    return show


def pages(window: MainWindow) -> Iterator[Room]:
    def nothing(_page: StageResultsPage) -> None:
        pass

    def row(number: int) -> Callable[[StageResultsPage], None]:
        return lambda page: page.part.table.selectRow(number)

    def signed(page: StageResultsPage) -> None:
        page.part.table.selectRow(1)
        settle()
        page.part.sheets.selectRow(0)
        press(window, "stage.trace")

    def listed(_page: StageResultsPage) -> None:
        press(window, "results.public.show")

    def door() -> None:
        page_of(window, "overview")
        page_of(window, "results")

    yield Room("door", door)
    yield Room("passed", shown(window, "outcomes", row(0)))
    yield Room("failed", shown(window, "outcomes", row(1)))
    yield Room("waiting", shown(window, "outcomes", row(2)))
    yield Room("signed", shown(window, "outcomes", signed))
    yield Room("list", shown(window, "public", listed))
    yield Room("again", shown(window, "outcomes", nothing))


@pytest.mark.usefixtures("listened")
@pytest.mark.parametrize("number", [0, 30])
def test_outcomes_can_be_read_heard_and_reached(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    frozen = [base_application(one) for one in range(1, 4)]
    handed = [reached(frozen[0], "118"), reached(frozen[1], others={TARGET: None, WORSE: "90"})]
    judged_office(tmp_path, {"P001": "1", "P002": "0.5"}, bases=frozen, handed=handed).close()
    (tmp_path / "组织方.ndbkey").write_bytes(key_file("组织方"))
    dialogs = Dialogs(monkeypatch)
    window.enter("coordinator")
    settle()
    dialogs.folder, dialogs.file = tmp_path / "office", tmp_path / "组织方.ndbkey"
    press(window, "office.choose.button")
    press(window, "office.key.browse")
    child(window, "passphrase").setText(PASSPHRASE)  # type: ignore[attr-defined]
    press(window, "office.open")
    seen, found = walk(qtbot, window, monkeypatch, pages(window), number)
    assert not found, found
    assert len(seen) == 7


def opened(window: MainWindow, folder: Path, dialogs: Dialogs) -> None:
    """The registry in `folder`, opened by its coordinator."""
    (folder / "组织方.ndbkey").write_bytes(key_file("组织方"))
    window.enter("coordinator")
    settle()
    dialogs.folder, dialogs.file = folder / "office", folder / "组织方.ndbkey"
    press(window, "office.choose.button")
    press(window, "office.key.browse")
    child(window, "passphrase").setText(PASSPHRASE)  # type: ignore[attr-defined]
    press(window, "office.open")


WALKED = frozenset({"results", "packs", "analytics"})
"""Pages walked above, the same as of a selection, and not there."""


@pytest.mark.usefixtures("listened")
@pytest.mark.parametrize("number", [0, 27])
def test_every_page_of_a_stage_can_be_read_heard_and_reached_before_anything_is_handed_in(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    start_stage(tmp_path / "office").office.close()
    opened(window, tmp_path, Dialogs(monkeypatch))
    seen, found = walk(qtbot, window, monkeypatch, every_tab(window, WALKED), number)
    assert not found, found
    assert len(seen) >= 20


@pytest.mark.usefixtures("listened")
@pytest.mark.parametrize("number", [3, 33])
def test_every_page_of_a_stage_with_a_challenge_a_rectification_and_a_veto(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    values = {"P001": "1", "P002": "0", "P003": "1"}
    office = stage_office(tmp_path / "office", bases=[base_application(one) for one in (1, 2, 3)])
    for expert in EXPERTS:
        disputed = {TARGET: "101"} if expert == "E03" else None
        sheets = [stage_sheet(office, "P001", tasks="1", challenged=disputed)]
        sheets += [stage_sheet(office, name, tasks=values[name]) for name in ("P002", "P003")]
        merge_files(office, [stage_file(office, tmp_path / f"{expert}.ndbscore", expert, sheets)])
    record_veto(office, Veto("P003", "V1", "present", "查处文件 3 号", "2028-10-01", ""))
    until = date(2028, 12, 20)
    decide(office, Order("rectify", STARTED.date(), ("P002",), "工信部函〔2028〕1号", (), until), reason="按结论")
    office.close()
    monkeypatch.setattr(window, "now", lambda: datetime(2028, 12, 1, 4, tzinfo=UTC))
    opened(window, tmp_path, Dialogs(monkeypatch))
    seen, found = walk(qtbot, window, monkeypatch, every_tab(window, WALKED), number)
    assert not found, found
    assert len(seen) >= 20
