"""What a desk is to the window: a lasting controller that can build its pages anew at any time.

The controller holds the open bundle or registry; the widgets are made by `make_widget` and thrown away when language,
theme or font changes, so no widget keeps a state of its own that is not stored.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from ndb_desktop.services.tasks import CancelToken
from ndb_desktop.ui.messages import Message
from ndb_desktop.ui.settings import Settings
from ndb_desktop.ui.shell.sample import SampleEntry
from ndb_desktop.ui.tasks import Task


@dataclass(frozen=True)
class Heading:
    """What the window's header shows: where we are, and whose application this is."""

    title: str = ""
    subject: str = ""
    trial: bool = False
    proposal: bool = False
    saved: str = ""
    alarm: bool = False
    """`saved` says that something is not saved."""
    note: str = ""
    """Something to look after when there is time, such as a backup that could not be made."""
    calibration: bool = False
    """校准: what is scored here counts for nothing."""
    by_hand: bool = False
    """大按钮 may be switched on and off here."""


class Shell(Protocol):
    """What a desk may ask of the window."""

    settings: Settings
    profile: Path

    @property
    def window_widget(self) -> QWidget:
        """Parent of file dialogs."""

    def now(self) -> datetime:
        """The time, aware UTC."""

    def say(self, message: Message, action: str = "", act: Callable[[], object] | None = None) -> None:
        """Shows a message below the header."""

    def show_error(self, error: Exception) -> None:
        """Shows an error in words below the header."""

    def remember(self, path: Path) -> None:
        """Puts a file or registry on the recent list."""

    def recovered(self, path: Path) -> bool:
        """Whether `path` was open when the last run died; true once."""

    def show_report(self) -> None:
        """Shows the crash report."""

    def show_card(self) -> None:
        """Shows the page for the user's own key and card, over whatever is open."""

    def open_paths(self, paths: tuple[Path, ...]) -> None:
        """Opens files as if they were dropped on the window."""

    def go_start(self) -> None:
        """Closes the desk and shows the start page."""


Sorter = Callable[[tuple[Path, ...], CancelToken], str | None]
"""The kind that all of the files are to be taken for, None for what they are; called outside the window's thread."""


class Desk(QObject):
    """Base of the desks. Signals: `heading_changed()`, `rebuild_asked()` (build my widget again), `page_changed()`
    (another page of mine is in sight), `stayed()` (the user was asked and does not leave after all).
    """

    kinds: frozenset[str] = frozenset()
    guide = "expert"
    """Whose guide comes first on the help page."""
    by_hand = False
    """Used standing, with one hand on a touch screen: 大按钮 may be switched on."""
    heading_changed = Signal()
    rebuild_asked = Signal()
    page_changed = Signal()
    stayed = Signal()

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self.shell = shell

    @property
    def large(self) -> bool:
        """Whether everything of it is to be large enough for a finger."""
        return self.by_hand and self.shell.settings.large_targets

    def make_widget(self) -> QWidget:
        """The desk's pages from its present state; the base has none."""
        return QWidget()

    def heading(self) -> Heading:
        """What the header shows now."""
        return Heading()

    def accept_files(self, paths: tuple[Path, ...], kind: str) -> None:
        """Takes files of a kind this desk declared; the base declares none."""

    def takes(self, kind: str) -> bool:
        """Whether files of this kind go to the desk that is open now (the base takes none)."""
        return kind in self.kinds

    def sorter(self) -> Sorter | None:
        """Tells what files are for by more than their kind; None where the kind says it (the base)."""
        return None

    def accept_sample(self, sample: SampleEntry) -> None:
        """Opens a piece of the sample round; the base opens it like any other file."""
        self.accept_files((sample.path,), sample.kind)

    def save_now(self) -> None:
        """Stores what is typed but not yet saved; called before leaving and when something broke."""

    def step_back(self) -> bool:
        """Goes one place back inside the desk; `False` when the key is to leave the desk."""
        return False

    def finish(self, then: Callable[[], None]) -> None:
        """Saves, lets go of files, then calls `then` (in the window's thread); or asks first, and may stay."""
        self.save_now()
        then()


class Lane(Protocol):
    """What an open desk keeps its record or registry in."""

    def close(self, then: Callable[[], None]) -> None:
        """Closes once what runs has ended, then calls `then`."""

    def deleteLater(self) -> None:
        """As of a `QObject`."""


def let_go(store: Lane | None, task: Task | None, then: Callable[[], None]) -> None:
    """Ends an opening under way and closes what is open, if anything is; then goes on."""
    if task is not None:
        task.cancel()
    if store is None:
        then()
        return

    def closed() -> None:
        store.deleteLater()
        then()

    store.close(closed)
