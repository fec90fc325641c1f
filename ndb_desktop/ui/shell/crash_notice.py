"""What the user is told of a crash: of a run that died before this one, and of an unexpected error in this one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from ndb_desktop.ui import messages
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.messages import Message
from ndb_desktop.ui.shell.start_page import StartPage

if TYPE_CHECKING:
    from ndb_desktop.ui.shell.last_run import LastRun
    from ndb_desktop.ui.shell.main_window import MainWindow


class CrashNotice(QObject):
    """Tells once that the last run died: on the start page, or over the page that a start with files leads to.

    Signals: `go_on(object)` open these paths again; `report_asked()`; `put_away()` show the start page without it.
    """

    go_on = Signal(object)
    report_asked = Signal()
    put_away = Signal()

    def __init__(self, last_run: LastRun | None) -> None:
        super().__init__()
        self._last_run = last_run
        self._waiting = last_run is not None and last_run.interrupted
        self._over = False

    def show_on(self, page: StartPage) -> None:
        """Puts the card on the start page, if anything is to be told: go on or see the report."""
        if not self._waiting or self._last_run is None:
            return
        from ndb_desktop.ui.shell.crash_page import CrashCard

        bundle = self._last_run.bundle
        card = CrashCard(bundle if bundle is not None and bundle.exists() else None, self._last_run.since)
        card.go_on.connect(lambda: self.go_on.emit((bundle,)) if bundle is not None else None)
        card.report.connect(self.report_asked)
        card.done.connect(self.forget)
        page.show_first(card)
        self._last_run.told()

    def forget(self) -> None:
        """The user has read it."""
        self._waiting = False
        self.put_away.emit()

    def recovered(self, path: Path) -> bool:
        """Whether `path` was open when the last run died; true once, and nothing more is said of it."""
        found = self._last_run is not None and self._last_run.recovered(path)
        self._waiting = self._waiting and not found
        return found

    def expect_page(self) -> None:
        """The start page makes room at once for what the program was started with."""
        self._over = self._waiting

    def over_page(self) -> Message | None:
        """What is said over that page, once: the card on the start page was gone before anybody could read it."""
        if not self._over or self._last_run is None:
            return None
        from ndb_desktop.ui.shell.crash_page import what_happened

        self._over = False
        return Message("info", what_happened(self._last_run.since), tr("crash.before.text"))


def crash_message() -> Message:
    """What the user sees after an unexpected error: work is saved, and what to do."""
    return Message("danger", tr("message.crash"), tr("message.crash.text"))


def report_exception(window: MainWindow, error: BaseException) -> None:
    """Saves, logs without confidential values, tells the user; the program goes on."""
    messages.log_quietly(error)
    try:
        window.save_now()
    except Exception as second:  # noqa: BLE001  (the first error is the one to show)
        messages.log_quietly(second)
    window.say(crash_message(), tr("crash.show"), window.show_report)
