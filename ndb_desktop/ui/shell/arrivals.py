"""What comes to the window: files that are chosen, dropped or named at the start, and pieces of the sample round."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QDropEvent

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.ui import tasks
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.shell import opening
from ndb_desktop.ui.shell.desks import desk_for
from ndb_desktop.ui.shell.sample import SampleEntry
from ndb_desktop.ui.widgets import drop

if TYPE_CHECKING:
    from ndb_desktop.ui.shell.main_window import MainWindow


class Arrivals(QObject):
    """Looks what it is and gives it to the right desk, which is opened where it is not; a wrong file is named in words.

    It lives as long as its window.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window

    def browse(self) -> None:
        """Lets the user choose files of ours."""
        from ndb_desktop.ui.widgets import files  # the first window should not wait for the file dialog

        pattern = f"{tr('files.ours')} (*.ndb*);;{tr('files.all')} (*)"
        chosen = files.pick_files(self._window, tr("start.browse"), pattern)
        if chosen:
            self.open_paths(chosen)

    def dropped(self, event: QDropEvent) -> None:
        """Files dropped where no page wants them."""
        paths = drop.local_files(event.mimeData())
        if paths:
            event.acceptProposedAction()
            self.open_paths(paths)

    def start_with(self, paths: tuple[Path, ...]) -> None:
        """Opens what the program was started with; that the last run died is said on the page this leads to."""
        self._window.crash.expect_page()
        self.open_paths(paths)

    def open_paths(self, paths: tuple[Path, ...]) -> None:
        """Opens files, all of one kind; the desk that is open is asked first what they are."""
        self._window.forget_error()
        desk = self._window.desk
        sorter = desk.sorter() if desk is not None else None
        tasks.run(
            lambda _progress, cancel: opening.identify_all(paths, cancel, sorter),
            done=self._identified,
            failed=self._window.show_error,
            lane="pool",
            owner=self,
        )

    def _identified(self, found: opening.Found) -> None:
        window, entry = self._window, desk_for(found.kind)
        if window.desk is not None and window.desk.takes(found.kind):
            window.desk.accept_files(found.paths, found.kind)
        elif entry is None:
            window.show_error(NdbError("E-FILE-NO-DESK", name=found.paths[0].name, kind=opening.kind_name(found.kind)))
        else:
            window.enter(entry.id, lambda desk: desk.accept_files(found.paths, found.kind))
            if (message := window.crash.over_page()) is not None:
                window.say(message, tr("crash.show"), window.show_report)

    def open_sample(self, sample: SampleEntry) -> None:
        """Opens a piece of the sample round with the secret that lies beside it."""
        entry = desk_for(sample.kind)
        if entry is not None:
            self._window.enter(entry.id, lambda desk: desk.accept_sample(sample))
