"""收件文件夹: notices what arrives in the watched folder, tells it once it stands still, and never merges by itself.

The system's notices come at once where there are any; a slow look catches what they miss (network shares, sticks).
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer, Signal

from ndb_desktop.services.inbox import NewFiles, look_for_new, steady
from ndb_desktop.services.office import Office
from ndb_desktop.ui import tasks
from ndb_desktop.ui.coordinator.store import OfficeStore

POLL_MS = 30_000
"""Between two looks when nothing is noticed."""
SETTLE_MS = 2_500
"""Until a file that is arriving is looked at again; it must have stood still so long."""
_MOST_FOLDERS = 200
"""Folders the system is asked to watch; what arrives in others is found by the slow look."""


class FolderWatch(QObject):
    """Signal `changed()`: other files are new or arriving, or the folder cannot be read any more."""

    changed = Signal()

    def __init__(self, store: OfficeStore) -> None:
        super().__init__(store)
        self._store = store
        self._folder: Path | None = None
        self._raw: NewFiles | None = None
        self._task: tasks.Task | None = None
        self.found: NewFiles | None = None
        self.problem: Exception | None = None
        self._watcher = QFileSystemWatcher(self)
        self._watcher.directoryChanged.connect(lambda _path: self._soon())
        self._poll = QTimer(self, interval=POLL_MS)
        self._poll.timeout.connect(self.look)
        self._settling = QTimer(self, interval=SETTLE_MS, singleShot=True)
        self._settling.timeout.connect(self.look)
        store.changed.connect(self._follow)
        store.closing.connect(self.stop)
        self._follow()

    @property
    def folder(self) -> Path | None:
        """The watched folder."""
        return self._folder

    def count(self) -> int:
        """How many files are new and complete."""
        return len(self.found.files) if self.found is not None else 0

    def stop(self) -> None:
        """Looks no more."""
        self._poll.stop()
        self._settling.stop()
        self._forget_paths()
        if self._task is not None:
            self._task.cancel()

    def renew(self) -> None:
        """Files were dealt with, or count as new again: what is known of them is void."""
        self.found = None
        self.changed.emit()
        self.look()

    def _follow(self) -> None:
        """Watches what the registry says."""
        folder = self._store.snapshot.watched
        if folder == self._folder:
            return
        self.stop()
        self._folder, self._raw, self.found, self.problem = folder, None, None, None
        if folder is not None:
            self._poll.start()
            self.look()
        self.changed.emit()

    def _soon(self) -> None:
        if not self._settling.isActive():
            self.look()

    def look(self) -> None:
        """Asks the folder what is new; while the registry is busy, a little later."""
        if self._folder is None or (self._task is not None and self._task.running):
            return
        if self._store.running is not None:
            self._settling.start()
            return
        office = self._store.office
        self._task = tasks.run(
            lambda _progress, _cancel: _look(office), done=self._seen, failed=self._failed, owner=self
        )

    def _seen(self, both: tuple[NewFiles | None, tuple[str, ...]]) -> None:
        raw, folders = both
        if raw is None or raw.folder != self._folder:
            return
        found, self._raw = steady(raw, self._raw), raw
        self._watch_paths(folders)
        if found.arriving:
            self._settling.start()
        before, self.found = self.found, found
        problem, self.problem = self.problem, None
        if problem is not None or before is None or (before.stamps, before.arriving) != (found.stamps, found.arriving):
            self.changed.emit()

    def _failed(self, error: Exception) -> None:
        """The folder is gone for now: said once, and looked for again."""
        told = str(self.problem)
        self.found, self._raw, self.problem = None, None, error
        if told != str(error):
            self.changed.emit()

    def _watch_paths(self, folders: tuple[str, ...]) -> None:
        new = sorted(set(folders) - set(self._watcher.directories()))
        if new:
            self._watcher.addPaths(new)

    def _forget_paths(self) -> None:
        if known := self._watcher.directories():
            self._watcher.removePaths(known)


def _look(office: Office) -> tuple[NewFiles | None, tuple[str, ...]]:
    """What is new, and the folders in which something could arrive."""
    found = look_for_new(office)
    if found is None:
        return None, ()
    folders = {found.folder, *(path.parent for path in (*found.files, *found.arriving))}
    # Not the whole tree once more: on a network share that takes its time, and the slow look finds the rest.
    with suppress(OSError), os.scandir(found.folder) as entries:
        folders.update(Path(entry.path) for entry in entries if entry.is_dir(follow_symlinks=False))
    return found, tuple(map(str, sorted(folders)[:_MOST_FOLDERS]))
