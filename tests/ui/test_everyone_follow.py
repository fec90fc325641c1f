"""接续一个总库 in changing looks: choosing, each step, what does not fit; room, names, roles, one order, contrast."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtWidgets import QListWidget
from pytestqt.qtbot import QtBot

from ndb_desktop.ui.coordinator.wizard.follow import LATER
from ndb_desktop.ui.shell.main_window import MainWindow
from tests.support.coordinator import Dialogs
from tests.support.looks import listened, walk
from tests.support.rooms import Room
from tests.support.stage import settled_selection
from tests.support.travel import PASSPHRASE, key_file
from tests.support.window import child, press, settle

__all__ = ["listened"]


def go(window: MainWindow, step: str) -> None:
    nav = child(window, "wizard.nav")
    assert isinstance(nav, QListWidget)
    nav.setCurrentRow(LATER.index(step))
    settle()


def faulty(window: MainWindow) -> None:
    go(window, "batch")
    child(window, "create.id").setText("T-2026")  # type: ignore[attr-defined]
    press(window, "create.official")
    go(window, "check")


def wrong(window: MainWindow) -> None:
    go(window, "batch")


def pages(window: MainWindow, dialogs: Dialogs, before: Path) -> Iterator[Room]:
    yield Room("nothing chosen", settle)
    dialogs.folder, dialogs.file = before, before.parent / "组织方.ndbkey"
    press(window, "follow.folder")
    press(window, "follow.key.browse")
    yield Room("chosen", settle)
    child(window, "passphrase").setText(PASSPHRASE)  # type: ignore[attr-defined]
    press(window, "follow.open")
    for step in LATER:
        show: Callable[[], None] = partial(go, window, step)
        yield Room(step, show)
    yield Room("faults", partial(faulty, window))
    yield Room("faults at their fields", partial(wrong, window))
    press(window, "create.back")
    press(window, "follow.stage.effect")
    child(window, "passphrase").setText(PASSPHRASE)  # type: ignore[attr-defined]
    dialogs.file = before.parent / "组织方.ndbkey"
    press(window, "follow.key.browse")
    press(window, "follow.open")
    yield Room("no base goes on", partial(go, window, "follow"))


@pytest.mark.usefixtures("listened")
@pytest.mark.parametrize("number", [0, 40])
def test_following_can_be_read_heard_and_reached(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    before = settled_selection(tmp_path)
    (tmp_path / "组织方.ndbkey").write_bytes(key_file("组织方"))
    window.enter("coordinator")
    settle()
    press(window, "office.follow.button")
    seen, found = walk(qtbot, window, monkeypatch, pages(window, Dialogs(monkeypatch), before), number)
    assert not found, found
    assert len(seen) == len(LATER) + 5
