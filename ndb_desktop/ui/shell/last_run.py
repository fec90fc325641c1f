"""How earlier runs of the program on this profile ended: a lock per open window, left behind only by one that died.

A run that died is told of once, by whichever start first finds it, and no earlier than somebody can read it: what was
found is kept in a file of its own until then. Told with the time it began if another run ended well in the meantime.
"""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from PySide6.QtCore import QLockFile

SLOTS = 8
"""So many windows on one profile are told apart."""
_MOST_READ = 64 * 1024
_DIED, _ENDED = "died.json", "ended"


@dataclass(frozen=True)
class _Dead:
    """A run that did not end by itself: when it began (seconds of the file system's clock), what was open or ""."""

    started: float
    bundle: str


class LastRun:
    """Made at a start: `interrupted` says that a run did not end by itself, `bundle` what was open then.

    `since` is when that run began if another one ended well after it, else `None`: then it was the last one. Qt's lock
    file knows the process that made it, and whether that still runs, also across a restart of the computer.
    """

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._lock: QLockFile | None = None
        self._note = logs / "running-0.json"
        logs.mkdir(mode=0o700, parents=True, exist_ok=True)
        dead = self._gather(take=True)
        self.interrupted = bool(dead)
        last = max(dead, key=lambda run: (bool(run.bundle), run.started), default=None)
        self.bundle: Path | None = Path(last.bundle) if last is not None and last.bundle else None
        newest = max((run.started for run in dead), default=0.0)
        self.since: datetime | None = None
        if dead and newest < _changed(logs / _ENDED):
            self.since = datetime.fromtimestamp(newest, UTC)

    def _gather(self, *, take: bool) -> list[_Dead]:
        """Frees the slots of dead runs and keeps what they left; with `take` the first free slot becomes this run's."""
        dead = _kept(self._logs)
        found = len(dead)
        for slot in range(SLOTS):
            path, note = self._logs / f"running-{slot}.lock", self._logs / f"running-{slot}.json"
            left, started = path.exists(), _changed(path)
            wanted = take and self._lock is None
            if not left and not wanted:
                continue
            lock = _free_lock(path)
            if lock is None:
                continue
            if left:
                dead.append(_Dead(started, _told(note)))
            with suppress(OSError):
                note.unlink(missing_ok=True)
            if wanted:
                self._lock, self._note = lock, note
            else:
                lock.unlock()
        if len(dead) > found:
            _keep(self._logs, dead)
        return dead

    def told(self) -> None:
        """The user was told of what died; the next start says nothing of it."""
        with suppress(OSError):
            (self._logs / _DIED).unlink(missing_ok=True)

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
        """This run ends by itself. A window beside it that died meanwhile is not forgotten, only its slot is freed."""
        self.working_on(None)
        if self._lock is None:
            return
        self._gather(take=False)
        with suppress(OSError):
            (self._logs / _ENDED).touch(mode=0o600)
        self._lock.unlock()
        self._lock = None


def _free_lock(path: Path) -> QLockFile | None:
    """The lock of a slot that is free or whose run is dead, `None` for one that is in use."""
    lock = QLockFile(str(path))
    # Never by its age: a window may stay open for days.
    lock.setStaleLockTime(0)
    if lock.tryLock(0):
        return lock
    if _is_zombie(path):
        with suppress(OSError):
            path.unlink()
        if lock.tryLock(0):
            return lock
    return None


def _is_zombie(path: Path) -> bool:
    """Whether the process of a lock is dead and only waits for its parent to notice, which Qt takes for alive."""
    if not sys.platform.startswith("linux"):
        return False
    with suppress(OSError, ValueError, IndexError):
        number = int(path.read_text(encoding="utf-8").split("\n", 1)[0])
        status = Path(f"/proc/{number}/stat").read_text(encoding="utf-8", errors="replace")
        # The name of the program stands in brackets and may hold anything.
        return status.rpartition(")")[2].split()[0] in ("Z", "X")
    return False


def _changed(path: Path) -> float:
    """When a file was last written, 0 for none."""
    with suppress(OSError):
        return path.stat().st_mtime
    return 0.0


def _kept(logs: Path) -> list[_Dead]:
    """The dead runs found before of which nobody was told yet; what is not ours is left out."""
    with suppress(OSError, ValueError, TypeError, KeyError):
        told = json.loads((logs / _DIED).read_text(encoding="utf-8")[:_MOST_READ])
        return [_Dead(float(run["started"]), str(run["bundle"])) for run in told][-SLOTS:]
    return []


def _keep(logs: Path, dead: list[_Dead]) -> None:
    kept = [{"started": run.started, "bundle": run.bundle} for run in dead[-SLOTS:]]
    with suppress(OSError):
        fresh = logs / f"{_DIED}.new"
        fresh.write_text(json.dumps(kept), encoding="utf-8")
        fresh.replace(logs / _DIED)


def _told(note: Path) -> str:
    with suppress(OSError, ValueError):
        said = json.loads(note.read_text(encoding="utf-8")[:4096])
        if isinstance(said, str):
            return said
    return ""
