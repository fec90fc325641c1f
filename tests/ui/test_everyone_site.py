"""Every page of the inspector's side: room, names, roles, one order, contrast; each in another look than the last."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from ndb_desktop.ui.shell.main_window import MainWindow
from tests.support import rooms, site_rooms
from tests.support.coordinator import Dialogs
from tests.support.looks import listened, look, walk
from tests.support.site import MadeSite, make_site_bundle

__all__ = ["listened"]

LEAST = {"entrance": 8, "fresh": 9, "filling": 24, "ending": 20, "opened_again": 11}
"""So many pages are walked at least in each stage."""


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> MadeSite:
    """A bundle; nobody ever writes into one."""
    return make_site_bundle(tmp_path_factory.mktemp("visit"))


def first(stage: str) -> int:
    """The number of the first page of a stage."""
    names = [one.__name__ for one in site_rooms.STAGES]
    return sum(LEAST[name] for name in names[: names.index(stage)])


def test_most_combinations_of_looks_are_met() -> None:
    numbers = [first(name) + n for name, count in LEAST.items() for n in range(count)]
    looks = [look(number) for number in numbers]
    assert {one.factor for one in looks} == {0.9, 1.0, 1.3, 1.6}
    assert {one.screen.width() for one in looks} == {911, 1366, 1920}
    assert len({(one.language, one.colours) for one in looks}) == 9


@pytest.mark.usefixtures("listened")
@pytest.mark.parametrize("stage", site_rooms.STAGES, ids=lambda stage: stage.__name__)
def test_every_page_of_an_inspector_can_be_read_heard_and_reached(
    qtbot: QtBot,
    window: MainWindow,
    tmp_path: Path,
    bundle: MadeSite,
    monkeypatch: pytest.MonkeyPatch,
    stage: Callable[[site_rooms.Visit], Iterator[rooms.Room]],
) -> None:
    own = site_rooms.Visit(window, tmp_path, Dialogs(monkeypatch), bundle)
    seen, found = walk(qtbot, window, monkeypatch, stage(own), first(stage.__name__))
    assert not found, found
    assert len(seen) >= LEAST[stage.__name__], seen
    assert len(set(seen)) == len(seen)
