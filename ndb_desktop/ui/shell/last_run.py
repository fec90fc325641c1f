"""How the last run of the program on this profile ended: a lock per open window, left behind only by one that died."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import QLockFile

SLOTS = 8
"""So many windows on one profile are told apart."""


class LastRun:
    """Made at a start: `interrupted` says that a run before did not end by itself, `bundle` what was open then.

    Qt's lock file knows the process that made it, and whether that still runs, also across a restart of the computer.
    """

    def __init__(self, logs: Path) -> None:
        self.interrupted = False
        self.bundle: Path | None = None
        self._lock: QLockFile | None = None
        self._note = logs / "running-0.json"
        logs.mkdir(mode=0o700, parents=True, exist_ok=True)
        for slot in range(SLOTS):
            path, note = logs / f"running-{slot}.lock", logs / f"running-{slot}.json"
            left = path.exists()
            if not left and self._lock is not None:
                continue
            lock = QLockFile(str(path))
            # Never by its age: a window may stay open for days.
            lock.setStaleLockTime(0)
            if not lock.tryLock(0):
                continue
            if left:
                self.interrupted = True
                self.bundle = _told(note) or self.bundle
            with suppress(OSError):
                note.unlink(missing_ok=True)
            if self._lock is None:
                self._lock, self._note = lock, note
            else:
                lock.unlock()

    def working_on(self, path: Path | None) -> None:
        """Notes what is open now, so that the next start can offer it if this run dies."""
        if self._lock is None:
            return
        with suppress(OSError):
            if path is None:
                self._note.unlink(missing_ok=True)
            else:
                self._note.write_text(json.dumps(str(path)), encoding="utf-8")

    def recovered(self, path: Path) -> bool:
        """Whether `path` was open when the last run died; true once."""
        same = self.bundle is not None and path.absolute() == self.bundle.absolute()
        if same:
            self.bundle = None
        return same

    def end(self) -> None:
        """This run ends by itself."""
        self.working_on(None)
        if self._lock is not None:
            self._lock.unlock()


def _told(note: Path) -> Path | None:
    with suppress(OSError, ValueError):
        said = json.loads(note.read_text(encoding="utf-8")[:4096])
        if isinstance(said, str) and said:
            return Path(said)
    return None
