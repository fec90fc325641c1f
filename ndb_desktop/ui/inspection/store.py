"""The open inspection as the widgets see it: reads come from `record`, writes go through the database lane.

A change is built inside the lane from what is stored there, so two quick edits of one part never overwrite each other;
each is one durable commit, and `changed` tells the pages which parts to look at again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from ndb_desktop.domain.phrase import Phrase
from ndb_desktop.domain.sitelacks import Lack, missing
from ndb_desktop.domain.sitepack import SitePack
from ndb_desktop.domain.siterecord import Part, PartKey, SiteRecord, Wanted
from ndb_desktop.services.inspect import SiteSession
from ndb_desktop.services.tasks import CancelToken, Progress
from ndb_desktop.ui import i18n, pending, tasks
from ndb_desktop.ui.i18n import tr

Keys = tuple[PartKey, ...]
Work = Callable[[SiteSession], Keys]
Job = Callable[[SiteSession, Progress, CancelToken], Any]


@dataclass(frozen=True)
class Look:
    """What is asked of the session in the lane and shown from here: its lock may be held while a file is written."""

    lacks: tuple[Lack, ...]
    last_at: str
    can_undo: bool
    can_redo: bool


def _look(session: SiteSession) -> Look:
    return Look(missing(session.pack, session.record), session.last_at, session.can_undo, session.can_redo)


class SiteStore(QObject):
    """Signals: `changed(object)` the keys of the parts that are others now, none of them for all; `failed(object)` an
    error of a write; `stored()` something was saved; `closing()`.
    """

    changed = Signal(object)
    failed = Signal(object)
    stored = Signal()
    closing = Signal()

    def __init__(self, session: SiteSession, keys: Path | None = None) -> None:
        """`keys` is the folder of the user's own keys, one of which signs."""
        super().__init__()
        self.session, self.keys = session, keys
        self.waiting = 0
        self.running: tasks.Task | None = None
        self._seen = _look(session)

    @property
    def lacks(self) -> tuple[Lack, ...]:
        """What keeps the record from being signed."""
        return self._seen.lacks

    @property
    def last_at(self) -> str:
        """When something was stored last, by the device's clock; "" for never."""
        return self._seen.last_at

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to take back."""
        return self._seen.can_undo

    @property
    def can_redo(self) -> bool:
        """Whether there is a step to do again."""
        return self._seen.can_redo

    @property
    def record(self) -> SiteRecord:
        """The record as it is stored."""
        return self.session.record

    @property
    def pack(self) -> SitePack:
        """The checklist."""
        return self.session.pack

    def label(self, wanted: Wanted) -> str:
        """A datum in words: what the rule pack calls it, and the year."""
        text = self.session.labels.get(wanted.datum)
        name = text.get(i18n.language()) if text is not None else wanted.datum
        return tr("site.check.year", datum=name, year=wanted.key) if wanted.key else name

    def lack_words(self, lack: Lack) -> str:
        """What is missing, in a sentence that calls a datum by its name and year."""
        kind, name = lack.key
        wanted = next((one for one in self.record.visit.wanted if kind == "check" and one.id == name), None)
        if wanted is None:
            return i18n.phrase(lack.phrase)
        return i18n.phrase(Phrase(lack.phrase.key, {**lack.phrase.params, "datum": self.label(wanted)}))

    # ----- edits -----

    def edit(self, find: Callable[[SiteRecord], Part], **values: Any) -> None:
        """Changes fields of a part; `find` gives it from the record as it will then be stored."""

        def work(session: SiteSession) -> Keys:
            before = find(session.record)
            after = replace(before, **values)
            return session.put_all([after]) if after != before else ()

        self.apply(work)

    def put(self, *parts: Part) -> None:
        """Stores parts in one step."""
        self.apply(lambda session: session.put_all(parts))

    def remove(self, key: PartKey) -> None:
        """Takes a part out; undone like any other step."""
        self.apply(lambda session: session.remove(key))

    def undo(self) -> None:
        """Takes back the newest step."""
        self.apply(lambda session: session.undo())

    def redo(self) -> None:
        """Does the step taken back last again."""
        self.apply(lambda session: session.redo())

    def apply(self, work: Work, then: Callable[[Keys], None] | None = None) -> None:
        """Runs one write in the lane; `then` gets the keys of what changed after the pages were told."""
        self.waiting += 1
        session = self.session

        def write() -> tuple[Keys, Look]:
            keys = work(session)
            return keys, _look(session)

        def done(result: tuple[Keys, Look]) -> None:
            keys, self._seen = result
            self.waiting -= 1
            if keys:
                self.changed.emit(keys)
            self.stored.emit()
            if then is not None:
                then(keys)

        def failed(error: Exception) -> None:
            self.waiting -= 1
            self.failed.emit(error)
            # The pages still show what was tried; what was typed stays in its field, to be put right.
            pending.refuse()
            self.changed.emit(())

        tasks.run(lambda _progress, _cancel: write(), done=done, failed=failed, owner=self)

    # ----- jobs -----

    def run(
        self,
        work: Job,
        done: Callable[[Any], None],
        failed: Callable[[Exception], None],
        cancelled: Callable[[], None],
    ) -> tasks.Task:
        """Runs a longer job in the lane, such as adding photos or signing; the pages look at everything afterwards."""
        session = self.session

        def both(progress: Progress, cancel: CancelToken) -> tuple[Any, Look]:
            result = work(session, progress, cancel)
            return result, _look(session)

        def over(then: Callable[[], None]) -> None:
            self.running = None
            self.changed.emit(())
            then()

        def finished(result: tuple[Any, Look]) -> None:
            value, self._seen = result
            over(lambda: done(value))

        def broken(error: Exception) -> None:
            self._look_again()
            over(lambda: failed(error))

        def stopped() -> None:
            self._look_again()
            over(cancelled)

        self.running = tasks.run(both, done=finished, failed=broken, cancelled=stopped, owner=self)
        return self.running

    def _look_again(self) -> None:
        """Part of a job may have been done: some of many photos are stored."""
        self._seen = _look(self.session)

    def close(self, then: Callable[[], None]) -> None:
        """Closes the record in the lane, behind every write that is on its way, then calls `then`."""
        self.closing.emit()
        if self.running is not None:
            self.running.cancel()
        session = self.session
        tasks.run(lambda _p, _c: session.close(), done=lambda _n: then(), failed=lambda _e: then(), owner=self)
