"""Every page of the inspector's side: room, names, roles, one order, contrast; each in another look than the last."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from ndb_desktop import texts
from ndb_desktop.domain.siterecord import Visit
from ndb_desktop.ui import i18n
from ndb_desktop.ui.shell.main_window import MainWindow
from tests.support import pseudo, rooms, site_rooms
from tests.support.coordinator import Dialogs
from tests.support.looks import foreign, listened, look, not_plain, walk
from tests.support.site import MadeSite, make_site_bundle

__all__ = ["listened"]

LEAST = {"entrance": 9, "fresh": 9, "filling": 24, "ending": 20, "opened_again": 11}
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


HOSTILE = "<img src='file:///etc/passwd'><b>R&D && 园区</b>" + "超长名称" * 20


def hostile(visit: Visit) -> Visit:
    members = tuple(replace(one, name=f"{one.id} {HOSTILE}", employer=HOSTILE) for one in visit.members)
    wanted = tuple(replace(one, note=HOSTILE) for one in visit.wanted)
    return replace(visit, applicant=HOSTILE, members=members, wanted=wanted)


@pytest.fixture(scope="module")
def hostile_bundle(tmp_path_factory: pytest.TempPathFactory) -> MadeSite:
    """One whose applicant and members are called what would be drawn or pressed if a name were taken for more."""
    return make_site_bundle(tmp_path_factory.mktemp("hostile"), change=hostile)


@pytest.mark.parametrize("stage", site_rooms.STAGES, ids=lambda stage: stage.__name__)
def test_hostile_names_are_plain_text_on_every_page_of_an_inspector(
    window: MainWindow,
    tmp_path: Path,
    hostile_bundle: MadeSite,
    monkeypatch: pytest.MonkeyPatch,
    stage: Callable[[site_rooms.Visit], Iterator[rooms.Room]],
) -> None:
    own = site_rooms.Visit(window, tmp_path, Dialogs(monkeypatch), hostile_bundle)
    size, found = window.size(), dict[str, str]()
    for room in stage(own):
        room.show()
        for trouble in not_plain(window):
            found.setdefault(trouble, room.name)
        assert window.size() == size, room.name
        assert window.minimumSizeHint().width() <= size.width(), room.name
    assert not found, found


@pytest.mark.parametrize("stage", site_rooms.STAGES, ids=lambda stage: stage.__name__)
def test_every_word_on_every_page_of_an_inspector_comes_from_the_catalogue_or_from_data(
    window: MainWindow,
    tmp_path: Path,
    bundle: MadeSite,
    monkeypatch: pytest.MonkeyPatch,
    stage: Callable[[site_rooms.Visit], Iterator[rooms.Room]],
) -> None:
    longer = pseudo.catalogue()
    monkeypatch.setattr(texts, "catalogue", lambda: longer)
    i18n.set_language("en")
    window._rebuilt()
    own = site_rooms.Visit(window, tmp_path, Dialogs(monkeypatch), bundle)
    known = site_rooms.data_words(bundle, tmp_path)
    found: dict[str, str] = {}
    for room in stage(own):
        room.show()
        for finding in foreign(window, known, str(window.profile)):
            found.setdefault(finding, room.name)
    assert not found, "\n".join(f"{where}: {what}" for what, where in found.items())
