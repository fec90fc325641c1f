"""检查记录: what a team writes down, one durable commit per change, with the clock watched at every one of them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.phrase import LocalText
from ndb_desktop.domain.sitepack import SitePack
from ndb_desktop.domain.siterecord import (
    ClockEvent,
    ClockNote,
    Member,
    Part,
    PartKey,
    PartKind,
    SiteRecord,
    Visit,
    key_of,
)
from ndb_desktop.formats.siteparts import decode_part, encode_part
from ndb_desktop.services.inspect_clock import DeviceClock, Monotonic, Reading, notes
from ndb_desktop.services.inspect_open import APPLICATION, BATCH, OpenedVisit
from ndb_desktop.services.inspect_parts import fitting, new_id, removal
from ndb_desktop.services.review_reading import Clock
from ndb_desktop.storage.sitephotos import SitePhotos
from ndb_desktop.storage.sitesheet import ChangeRow, PartEdit, nothing
from ndb_desktop.storage.sitesheet_file import Source

ROUTINE = 1_800
"""From so many notes of the clock on, opening and closing are no longer noted; a moved clock always is."""


class SiteRecording:
    """The part of a session in which the record is written. Safe to use from several threads."""

    def __init__(self, opened: OpenedVisit, clock: Clock, monotonic: Monotonic) -> None:
        self._opened, self._sheet = opened, opened.sheet
        self._lock = threading.RLock()
        parts: dict[PartKey, Part] = {}
        for row in self._sheet.parts().values():
            part = decode_part(row.kind, row.body.encode("utf-8"), place=f"{row.kind}/{row.id}")  # type: ignore[arg-type]
            parts[key_of(part)] = part
        self._record = SiteRecord(opened.visit, parts)
        self._device = DeviceClock(clock, monotonic, self._sheet.last_at)
        self._noted = False
        self.photos = SitePhotos(self._sheet.database, self._sheet.path, self._lock)
        """The bytes and small pictures of all photos."""

    # what there is

    @property
    def path(self) -> Path:
        """Where the working record lies."""
        return self._sheet.path

    @property
    def visit(self) -> Visit:
        """The visit."""
        return self._opened.visit

    @property
    def pack(self) -> SitePack:
        """The checklist."""
        return self._opened.pack

    @property
    def member(self) -> Member:
        """Who works here: the member whose key opened it."""
        return self._opened.member

    @property
    def record(self) -> SiteRecord:
        """The record as it is now; never waits for anything."""
        return self._record

    @property
    def application_json(self) -> str:
        """The application as it was issued."""
        with self._lock:
            return self._sheet.meta(APPLICATION)

    @property
    def batch_json(self) -> str:
        """The batch as it was issued."""
        with self._lock:
            return self._sheet.meta(BATCH)

    @property
    def labels(self) -> Mapping[str, LocalText]:
        """What the data are called, by code."""
        return self._opened.labels

    @property
    def last_at(self) -> str:
        """When something was stored last, as the device's clock said; "" for never."""
        with self._lock:
            return self._sheet.last_at

    @property
    def declared(self) -> bool:
        """Whether the member has made the statements."""
        return any(name == self.member.id for name, _ in self._record.head.declared)

    def changed_by(self, key: PartKey) -> tuple[str, str]:
        """When a part was changed last, and by which member; ("", "") for none."""
        with self._lock:
            row = self._sheet.parts().get(key)
            return (row.at, row.by) if row else ("", "")

    def history(self, key: PartKey) -> tuple[ChangeRow, ...]:
        """All that ever happened to a part, oldest first."""
        with self._lock:
            return self._sheet.history(*key)

    def log(self, after: int = 0) -> tuple[ChangeRow, ...]:
        """The lines of the change log with a number above `after`."""
        with self._lock:
            return self._sheet.log(after)

    def new_id(self, kind: PartKind) -> str:
        """A free id for a finding, a veto finding, an observation or a photo, of this member."""
        with self._lock:
            return new_id(self._record, kind, self.member.id)

    # writing

    def declare(self) -> None:
        """Makes all statements of the checklist (回避, 保密, 廉洁) for this member, now (R16). Raises E-STORE-*."""
        with self._lock:
            if not self.declared:
                head, reading = self._record.head, self._device.look()
                self._device.again(reading)
                self._store([replace(head, declared=(*head.declared, (self.member.id, reading.at)))])

    def put(self, part: Part) -> PartKey:
        """Stores a part in one durable commit. Raises as `put_all`."""
        self.put_all([part])
        return key_of(part)

    def put_all(self, parts: Iterable[Part]) -> tuple[PartKey, ...]:
        """Stores parts in one durable commit, which is one step of undo; the keys of those that changed.

        Raises:
            NdbError: E-INSPECT-DECLARE (statements first), E-INSPECT-* as `inspect_parts.fitting`, E-JSON-FIELD (a text
                too long, a moment badly spelled), E-STORE-*, E-WORKSHEET-CHANGED: then nothing of it is stored.
        """
        with self._lock:
            self._may_write()
            record, fit = self._record, list[Part]()
            for part in parts:
                fit.append(fitting(part, record, self.pack))
                record = record.replaced(fit[-1])
            return self._store(fit)

    def remove(self, key: PartKey) -> tuple[PartKey, ...]:
        """Takes a part out of the record; its photos stay and belong to nothing. Undone in one step.

        Raises:
            NdbError: E-INSPECT-DECLARE, E-INSPECT-NONE, E-INSPECT-CLOCK, E-STORE-*, E-WORKSHEET-CHANGED.
        """
        with self._lock:
            self._may_write()
            return self._store(removal(key, self._record), gone=[key])

    def undo(self) -> tuple[PartKey, ...]:
        """Takes back the newest step; the keys of what changed, none for nothing. Raises E-STORE-*."""
        with self._lock:
            return self._turn("undo")

    def redo(self) -> tuple[PartKey, ...]:
        """Does the step taken back last again; the keys of what changed, none for nothing. Raises E-STORE-*."""
        with self._lock:
            return self._turn("redo")

    @property
    def can_undo(self) -> bool:
        """Whether `undo` has something to do."""
        with self._lock:
            return self._sheet.can_undo

    @property
    def can_redo(self) -> bool:
        """Whether `redo` has something to do."""
        with self._lock:
            return self._sheet.can_redo

    def close(self) -> None:
        """Closes; says in the record when, if anything was written since it was opened."""
        with self._lock:
            if self._noted and len(self._record.clock) < ROUTINE:
                # The record is whole without this note; a disk that is gone or full keeps nobody from closing.
                with suppress(NdbError):
                    self._note(self._device.look(), (("closed", 0),))
            self._sheet.close()

    # inside

    def _may_write(self) -> None:
        if not self.declared:
            raise NdbError("E-INSPECT-DECLARE", place=self.visit.id, member=self.member.name)

    def _store(
        self,
        parts: Sequence[Part],
        *,
        gone: Sequence[PartKey] = (),
        source: Source = "edit",
        also: Callable[[], object] = nothing,
    ) -> tuple[PartKey, ...]:
        edits = [*map(edit_of, parts), *(PartEdit(*key, None) for key in gone)]
        if all(self._sheet.get(*edit.key) == edit.body for edit in edits):
            return ()
        return self._learn(self._sheet.put_all(edits, at=self._now(), by=self.member.id, source=source, also=also))

    def _turn(self, source: Source) -> tuple[PartKey, ...]:
        if not (self._sheet.can_undo if source == "undo" else self._sheet.can_redo):
            return ()
        turn = self._sheet.undo if source == "undo" else self._sheet.redo
        return self._learn(turn(at=self._now(), by=self.member.id))

    def _now(self) -> str:
        """The moment of a change, after what has to be said of the clock was stored."""
        reading = self._device.look()
        self._note(reading, ())
        return reading.at

    def _note(self, reading: Reading, more: tuple[tuple[ClockEvent, int], ...]) -> None:
        edits = [edit_of(note) for note in self._clock_notes(reading, more)]
        if edits:
            try:
                rows = self._sheet.put_all(edits, at=reading.at, by=self.member.id, undoable=False, source="auto")
            except NdbError:
                self._device.again(reading)
                raise
            self._learn(rows)
        self._noted = True

    def _clock_notes(self, reading: Reading, more: tuple[tuple[ClockEvent, int], ...]) -> list[ClockNote]:
        """The notes that belong to a reading; the first of a session says that the record was opened."""
        first: tuple[tuple[ClockEvent, int], ...] = ()
        if not self._noted and len(self._record.clock) < ROUTINE:
            first = (("opened", 0),)
        prefix, _, number = new_id(self._record, "clock", self.member.id).rpartition("-")
        return notes(reading, (*first, *reading.noted, *more), f"{prefix}-", int(number), self.member.id)

    def _learn(self, rows: Sequence[ChangeRow]) -> tuple[PartKey, ...]:
        """Takes over into the record what was stored."""
        parts = dict(self._record.parts)
        keys: dict[PartKey, None] = {}
        for row in rows:
            key: PartKey = (row.kind, row.id)  # type: ignore[assignment]
            keys[key] = None
            if row.new is None:
                parts.pop(key, None)
            else:
                parts[key] = decode_part(key[0], row.new.encode("utf-8"), place=f"{row.kind}/{row.id}")
        self._record = SiteRecord(self.visit, parts)
        return tuple(keys)


def edit_of(part: Part) -> PartEdit:
    """The part as it is stored. Raises NdbError E-JSON-FIELD."""
    return PartEdit(*key_of(part), encode_part(part).decode("utf-8"))


def without_clock(record: SiteRecord) -> list[Part]:
    """All parts but the notes of the clock, which grow by themselves."""
    return [part for part in record.parts.values() if not isinstance(part, ClockNote)]
