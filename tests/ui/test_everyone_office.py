"""Every page of the coordinator's side: room, names, roles, one order, contrast; each in another look than the last."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from ndb_desktop.ui.shell.main_window import MainWindow
from tests.support import office_rooms, rooms
from tests.support.coordinator import Dialogs
from tests.support.looks import listened, look, walk

__all__ = ["listened"]

LEAST = {"entrance": 17, "empty": 34, "planned": 34, "returned": 14, "deciding": 22, "final": 18, "visited": 4}
"""So many pages are walked at least in each stage."""


def first(stage: str) -> int:
    """The number of the first page of a stage."""
    names = [one.__name__ for one in office_rooms.STAGES]
    return sum(LEAST[name] for name in names[: names.index(stage)])


def test_every_combination_of_looks_is_met() -> None:
    numbers = [first(name) + n for name, count in LEAST.items() for n in range(count)]
    looks = [look(number) for number in numbers]
    assert len({(one.language, one.factor, one.screen.width()) for one in looks}) == 27
    assert len({(one.language, one.colours) for one in looks}) == 9


@pytest.mark.usefixtures("listened")
@pytest.mark.parametrize("stage", office_rooms.STAGES, ids=lambda stage: stage.__name__)
def test_every_page_of_a_coordinator_can_be_read_heard_and_reached(
    qtbot: QtBot,
    window: MainWindow,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    stage: Callable[[office_rooms.Round], Iterator[rooms.Room]],
) -> None:
    own = office_rooms.Round(window, tmp_path, Dialogs(monkeypatch), monkeypatch)
    seen, found = walk(qtbot, window, monkeypatch, stage(own), first(stage.__name__))
    assert not found, found
    assert len(seen) >= LEAST[stage.__name__], seen
    assert len(set(seen)) == len(seen)
