"""The results of a later stage in changing looks: room, names, roles, one order, contrast."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from ndb_desktop.ui.coordinator.stage_results_page import StageResultsPage
from ndb_desktop.ui.shell.main_window import MainWindow
from tests.support.coordinator import Dialogs, page_of
from tests.support.looks import listened, walk
from tests.support.rooms import Room
from tests.support.stage_office import TARGET, WORSE, base_application, judged_office, reached
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
