"""工作稿: an expert's working state in one encrypted file; every change is one durable commit with a line in a log.

The file is bound to one bundle and its key is the bundle secret, so the coordinator can rescue it with the recovery
key. A rollback journal (not WAL) keeps everything in the one file that people copy. SQLite's own exclusive lock
decides who may open it: it ends with the process, so a killed program leaves no stale lock; the `.lock` file beside it
only says who holds it.

All values are also kept in memory: reading them never fails. With `hold`, a change that cannot be written (disk full,
medium gone) is not refused but kept there, shown like any other, and written by the next commit that succeeds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.storage.engine import EncryptedDatabase, Secret, known_errors
from ndb_desktop.storage.worksheet_copy import CopyContent, put_in_place, read_copy, write_copy
from ndb_desktop.storage.worksheet_file import (
    create_file,
    file_mark,
    lock_holder,
    lock_path,
    open_file,
    tell_holder,
)
from ndb_desktop.storage.worksheet_reading import LOG, WorksheetReading
from ndb_desktop.storage.worksheet_rows import Batch, Binding, Edit, ExportedSheet, ExportRow, LogRow, Source
from ndb_desktop.storage.worksheet_steps import keep_steps, step_lines, turn

__all__ = [
    "Binding",
    "Edit",
    "ExportRow",
    "ExportedSheet",
    "LogRow",
    "Worksheet",
    "lock_holder",
    "lock_path",
]

HOLDABLE = frozenset(
    {
        "E-STORE-CORRUPT",
        "E-STORE-FULL",
        "E-STORE-IO",
        "E-STORE-LOCKED",
        "E-STORE-MISSING",
        "E-STORE-READONLY",
        "E-WORKSHEET-CHANGED",
    }
)
"""What is wrong with the disk, not with the change."""


class Worksheet(WorksheetReading):
    """An open worksheet; made by `create` or `open`, closed by `close`.

    Times are given by the caller (`2026-11-22T03:00:00Z`); a line is never earlier than the one before.
    """

    @classmethod
    def create(cls, path: Path, secret: str, binding: Binding, *, at: str) -> Worksheet:
        """Makes a new worksheet (whole or not at all) and opens it.

        Raises:
            NdbError: E-STORE-EXISTS, E-STORE-FULL, E-STORE-READONLY, E-STORE-MISSING.
        """
        path = Path(path)
        create_file(path, Secret(secret), binding, at)
        return cls.open(path, secret, binding, at=at)

    @classmethod
    def open(cls, path: Path, secret: str, binding: Binding | None, *, at: str) -> Worksheet:
        """Opens a worksheet for writing and holds it alone. `binding` None is for rescue: it is not compared.

        Raises:
            NdbError: E-STORE-KEY, E-STORE-LOCKED (names the holder), E-STORE-CORRUPT, E-STORE-READONLY,
                E-STORE-MISSING, E-WORKSHEET-VERSION, E-WORKSHEET-OTHER (belongs to another bundle or person).
        """
        path, key = Path(path), Secret(secret)
        db = open_file(path, key, binding, at)
        try:
            sheet = cls(path, db, key)
        except BaseException:
            db.close()
            raise
        tell_holder(path, at)
        return sheet

    def close(self) -> None:
        """Closes; one file remains. What is held is tried once more; what then cannot be stored is gone."""
        if self._held:
            with suppress(NdbError):
                self._store([])
        super().close()

    # copies

    def copy_to(self, target: Path) -> None:
        """Writes a copy under the same key, whole or not at all; what is held is in it.

        Raises:
            NdbError: E-STORE-FULL, E-STORE-READONLY, E-STORE-MISSING, E-STORE-IO.
        """
        write_copy(self._conn, self.path.name, target)
        if self._held:
            with Worksheet.open(target, self._key.value, self._bound, at=self._last_at) as copy:
                for batch in self._held:
                    copy.put_all(batch.edits, at=batch.at, undoable=batch.undoable, forget=batch.forget)

    def look_into(self, copy: Path) -> CopyContent:
        """What a copy of this worksheet holds. Raises as `worksheet_copy.read_copy`."""
        return read_copy(copy, self._key.value, self._bound)

    def replace_by(self, copy: Path, *, at: str) -> None:
        """Holds what a copy held from now on; exports made since come along, nothing is held in memory any more.

        Raises as `worksheet_copy.put_in_place`; this worksheet then is as it was.
        """
        known = self.look_into(copy).exports
        newer = [(row, self._sheets_of(row.number)) for row in self.exports() if row.number > known]
        self._open = False
        with known_errors(self.path.name):
            self._db.close()
        try:
            put_in_place(copy, self.path, self._key.value, self._bound, newer)
            self._held.clear()
        finally:
            # Whichever file stands there now, the one before or the one wanted.
            self._take(open_file(self.path, self._key, self._bound, at))
        self.trouble = None

    # writing

    def put(self, edit: Edit, *, at: str, undoable: bool = True, typing: str = "") -> LogRow:
        """Stores one value durably. Raises what `put_all` raises.

        `typing` names the text field it is typed in: pieces typed there one soon after the other are one step of undo.
        """
        return self._put(Batch((edit,), at, undoable, None, typing))[0]

    def put_all(
        self, edits: Iterable[Edit], *, at: str, undoable: bool = False, forget: str | None = None
    ) -> tuple[LogRow, ...]:
        """Stores several values in one durable commit; `forget` takes the steps of an application off the undo list.

        Raises:
            NdbError: E-STORE-FULL, E-STORE-READONLY, E-STORE-IO: then nothing of it is stored (with `hold`: nothing is
                raised, it is held, and the lines returned have no number).
        """
        return self._put(Batch(tuple(edits), at, undoable, forget))

    def _put(self, batch: Batch) -> tuple[LogRow, ...]:
        try:
            return self._store([batch])
        except NdbError as error:
            if not self.hold or error.code not in HOLDABLE:
                raise
            self.trouble = error
        rows = tuple(LogRow(0, batch.at, "", "edit", *e.place, self.get(*e.place), e.value) for e in batch.edits)
        self._held.append(batch)
        self._remember(batch)
        return rows

    def flush(self, *, at: str) -> None:
        """Stores what is held; a file that went away with its medium is opened again first.

        Raises:
            NdbError: as `put_all`; E-WORKSHEET-CHANGED when another file stands in its place. It is still held then.
        """
        try:
            try:
                self._store([])
            except NdbError as error:
                if error.code in ("E-STORE-FULL", "E-STORE-LOCKED"):
                    raise
                self._reopen(at)
                self._store([])
        except NdbError as error:
            self.trouble = error if self._held else None
            raise

    def undo(self, *, at: str) -> LogRow | None:
        """Takes back the newest step, in one commit; the log keeps all lines. Its last line, None for nothing."""
        return self._step("undo", at)

    def redo(self, *, at: str) -> LogRow | None:
        """Does the step taken back last again, in one commit. Its last line, None when there is nothing."""
        return self._step("redo", at)

    def set_meta(self, key: str, value: str) -> None:
        """Stores a fact about the worksheet durably."""
        with self._commit():
            self._set_meta(key, value)

    # exports

    def add_export(self, export: ExportRow, sheets: Iterable[ExportedSheet], meta: dict[str, str]) -> None:
        """Keeps what was signed, with facts about the worksheet, in one durable commit; empties the undo list."""
        if self._held:
            self.flush(at=export.at)
        with self._commit():
            self._conn.execute(
                "INSERT INTO export VALUES (?, ?, ?, ?, ?, ?)",
                (export.number, export.at, export.name, export.reason, export.payload_sha256, export.content),
            )
            self._conn.executemany(
                "INSERT INTO export_sheet VALUES (?, ?, ?, ?, ?)",
                [(export.number, s.application, s.revision, s.digest, s.record) for s in sheets],
            )
            self._conn.execute("DELETE FROM step")
            for key, value in meta.items():
                self._set_meta(key, value)
        self._exports = max(self._exports, export.number)

    # inside

    def _store(self, batches: list[Batch]) -> tuple[LogRow, ...]:
        """Writes what is held and then `batches` in one commit; the lines of `batches`."""
        held, typed = len(self._held), self._typed
        last: LogRow | None = None
        wanted: list[LogRow] = []
        with self._commit():
            for number, batch in enumerate([*self._held, *batches]):
                rows: list[LogRow] = []
                for edit in batch.edits:
                    last = self._apply(edit, "edit", batch.at, last.at if last else self._last_at)
                    rows.append(last)
                typed = keep_steps(self._conn, batch, rows, typed)
                if number >= held:
                    wanted += rows
        for batch in batches:
            self._remember(batch)
        self._held.clear()
        self.trouble, self._typed = None, typed
        self._advance(last)
        return tuple(wanted)

    def _apply(self, edit: Edit, source: Source, at: str, before: str) -> LogRow:
        row = self._one("SELECT value FROM record WHERE application = ? AND kind = ? AND key = ?", *edit.place)
        old = str(row[0]) if row else None
        if edit.value is None:
            self._conn.execute("DELETE FROM record WHERE application = ? AND kind = ? AND key = ?", edit.place)
        else:
            self._conn.execute("INSERT OR REPLACE INTO record VALUES (?, ?, ?, ?)", (*edit.place, edit.value))
        line = LogRow(0, max(at, before), at if at < before else "", source, *edit.place, old, edit.value)
        done = self._conn.execute(
            f"INSERT INTO change_log({LOG}) VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
            (line.at, line.clock, line.source, *edit.place, line.old, line.new),
        )
        return replace(line, seq=int(done.lastrowid or 0))

    def _step(self, source: Source, at: str) -> LogRow | None:
        if self._held:
            self.flush(at=at)
        undoing = source == "undo"
        done: dict[int, LogRow] = {}
        edits = []
        last: LogRow | None = None
        with self._commit():
            for seq in step_lines(self._conn, undone=not undoing):
                log = self._line(seq)
                turn(self._conn, seq, undone=undoing)
                edit = Edit(log.application, log.kind, log.key, log.old if undoing else log.new)
                done[seq] = last = self._apply(edit, source, at, last.at if last else self._last_at)
                edits.append(edit)
        if last is None:
            return None
        self._remember(Batch(tuple(edits), at))
        self._typed = None
        self._advance(last)
        return done[max(done)]

    def _remember(self, batch: Batch) -> None:
        """Shows the values of `batch` from now on."""
        for edit in batch.edits:
            records = self._records.setdefault(edit.application, {})
            if edit.value is None:
                records.pop((edit.kind, edit.key), None)
            else:
                records[edit.kind, edit.key] = edit.value

    def _advance(self, last: LogRow | None) -> None:
        if last is not None:
            self._changes, self._last_at, self._last_clock = last.seq, last.at, last.clock

    def _reopen(self, at: str) -> None:
        """Opens the file again after its medium was put back; it must be the one that was left.

        Another file at its place is opened beside the old connection, which is given up only for the right one.
        """
        known, binding = (self._changes, self._last_at), self._bound
        same = file_mark(self.path) == self._mark
        if same:
            # A second connection to the same file would wait for the lock of the first.
            self._open = False
            with suppress(NdbError), known_errors(self.path.name):
                self._db.close()
        fresh = open_file(self.path, self._key, binding, at)
        try:
            with known_errors(self.path.name):
                found = fresh.conn.execute("SELECT at FROM change_log WHERE seq = ?", (known[0],)).fetchone()
            if (found[0] if found else "") != known[1]:
                raise NdbError("E-WORKSHEET-CHANGED", place=self.path.name)
        except BaseException:
            fresh.close()
            raise
        if not same:
            with suppress(NdbError), known_errors(self.path.name):
                self._db.close()
        self._take(fresh)
        tell_holder(self.path, at)

    def _take(self, db: EncryptedDatabase) -> None:
        """Works on with this connection."""
        self._db, self._open, self._typed = db, True, None
        self._load()
        for batch in self._held:
            self._remember(batch)

    def _set_meta(self, key: str, value: str) -> None:
        self._conn.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    @contextmanager
    def _commit(self) -> Iterator[None]:
        # A file that a synchronising program or a careful hand replaced would take every write and keep none.
        if file_mark(self.path) != self._mark:
            raise NdbError("E-WORKSHEET-CHANGED", place=self.path.name)
        with known_errors(self.path.name, self.path), self._database.atomic():
            yield
