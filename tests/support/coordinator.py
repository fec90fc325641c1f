"""The coordinator desk in tests: a private sample, file dialogs answered, the registry opened by its widgets."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ndb_desktop.services.demo import read_sample
from ndb_desktop.ui.coordinator.desk import CoordinatorDesk
from ndb_desktop.ui.coordinator.page import OfficePage
from ndb_desktop.ui.coordinator.wizard.frame import ORDER
from ndb_desktop.ui.shell.main_window import MainWindow
from ndb_desktop.ui.widgets import files
from ndb_desktop.ui.widgets.banner import Banner
from tests.support.sample import small_sample
from tests.support.window import PASSPHRASE, child, press, settle


def sample_copy(target: Path) -> Path:
    """A private copy of the small sample round."""
    shutil.copytree(small_sample().folder, target)
    return target


class Dialogs:
    """Answers file dialogs in place of a user."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder: Path | None = None
        self.file: Path | None = None
        self.files: tuple[Path, ...] = ()
        self.target: Path | None = None
        monkeypatch.setattr(files, "pick_folder", lambda *_: self.folder)
        monkeypatch.setattr(files, "pick_file", lambda *_: self.file)
        monkeypatch.setattr(files, "pick_files", lambda *_: self.files)
        monkeypatch.setattr(files, "pick_target", lambda *_: self.target)


def desk_of(window: MainWindow) -> CoordinatorDesk:
    """The coordinator desk that is open."""
    assert isinstance(window.desk, CoordinatorDesk)
    return window.desk


def page_of(window: MainWindow, name: str) -> OfficePage:
    """Goes to a page of the open registry."""
    view = desk_of(window).view
    assert view is not None
    page = view.show_page(name)
    settle()
    return page


def open_sample(window: MainWindow, sample: Path, dialogs: Dialogs) -> CoordinatorDesk:
    """Opens the sample's registry as a user does: choose the folder, the key file, type the passphrase."""
    places = read_sample(sample)
    window.enter("coordinator")
    settle()
    dialogs.folder = Path(places["registry"])
    press(window, "office.choose.button")
    dialogs.file = Path(places["coordinator_key"])
    press(window, "office.key.browse")
    passphrase = Path(places["passphrase_file"]).read_text(encoding="utf-8").strip().splitlines()[0]
    child(window, "passphrase").setText(passphrase)  # type: ignore[attr-defined]
    press(window, "office.open")
    desk = desk_of(window)
    assert desk.store is not None
    return desk


def said(window: MainWindow, name: str) -> str:
    """What the banner of a page says, "" if it is closed."""
    banner = page_of(window, name).findChild(Banner)
    assert banner is not None
    message = banner.message()
    return f"{message.title} {message.text}" if message else ""


def create_registry(window: MainWindow, folder: Path, dialogs: Dialogs) -> None:
    """Makes a new trial registry by the form, with a new key and a recovery key."""
    window.enter("coordinator")
    settle()
    press(window, "office.create.button")
    child(window, "create.name").setText("示例 R&D 评审办 <b>")  # type: ignore[attr-defined]
    child(window, "create.trial").setChecked(True)  # type: ignore[attr-defined]
    for part in ("create.new", "create.recovery"):
        box = child(window, part)
        for field in ("passphrase", "passphrase.again"):
            child(box, field).setText(PASSPHRASE)  # type: ignore[attr-defined]
    dialogs.folder = folder
    wizard_step(window, "keys")
    press(window, "create.folder")
    wizard_step(window, "check")
    press(window, "create.button")


def wizard_step(window: MainWindow, name: str) -> None:
    """Goes to a step of the batch wizard by the list at its side."""
    child(window, "wizard.nav").setCurrentRow(ORDER.index(name))  # type: ignore[attr-defined]
    settle()
