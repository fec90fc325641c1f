"""工作稿: an expert's working state in one encrypted file; every change is one durable commit with a line in a log.

The file is bound to one bundle and its key is the bundle secret, so the coordinator can rescue it with the recovery
key. A rollback journal (not WAL) keeps everything in the one file that people copy. SQLite's own exclusive lock
decides who may open it: it ends with the process, so a killed program leaves no stale lock; the `.lock` file beside it
only says who holds it.
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.storage.atomic import atomic_write, known_os_errors, sync_folder, temporary_beside
from ndb_desktop.storage.engine import EncryptedDatabase, Secret, known_errors, open_database

USER_VERSION = 1
Source = Literal["edit", "undo", "redo"]

_SCHEMA = (
    "CREATE TABLE meta(k TEXT PRIMARY KEY, v TEXT NOT NULL) STRICT",
    (
        "CREATE TABLE record(application TEXT NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,"
        " PRIMARY KEY (application, kind, key)) STRICT, WITHOUT ROWID"
    ),
    (
        "CREATE TABLE change_log(seq INTEGER PRIMARY KEY, at TEXT NOT NULL, clock TEXT NOT NULL, source TEXT NOT NULL,"
        " application TEXT NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL, old TEXT, new TEXT) STRICT"
    ),
    # What can be undone (undone = 0) and redone (undone = 1); a line of the log each.
    "CREATE TABLE step(seq INTEGER PRIMARY KEY, undone INTEGER NOT NULL) STRICT",
    (
        "CREATE TABLE export(number INTEGER PRIMARY KEY, at TEXT NOT NULL, name TEXT NOT NULL, reason TEXT NOT NULL,"
        " payload_sha256 TEXT NOT NULL, content BLOB NOT NULL) STRICT"
    ),
    (
        "CREATE TABLE export_sheet(number INTEGER NOT NULL, application TEXT NOT NULL, revision INTEGER NOT NULL,"
        " digest TEXT NOT NULL, record BLOB NOT NULL, PRIMARY KEY (number, application)) STRICT, WITHOUT ROWID"
    ),
)


@dataclass(frozen=True, slots=True)
class Edit:
    """One value to store (`value` JSON text, None removes it)."""

    application: str
    kind: str
    key: str
    value: str | None


@dataclass(frozen=True, slots=True)
class LogRow:
    """A line of the change log. `clock` is what the computer said when it said less than the line before."""

    seq: int
    at: str
    clock: str
    source: Source
    application: str
    kind: str
    key: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class ExportedSheet:
    """A sheet as it was signed: revision, SHA-256 (hex) and exact bytes of its record."""

    application: str
    revision: int
    digest: str
    record: bytes


@dataclass(frozen=True, slots=True)
class ExportRow:
    """One export: running number, time, file name, reason of the revision, payload digest, the file's bytes."""

    number: int
    at: str
    name: str
    reason: str
    payload_sha256: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Binding:
    """What a worksheet belongs to."""

    bundle_id: str
    bundle_digest: str
    expert: str


class Worksheet:
    """An open worksheet; made by `create` or `open`, closed by `close`.

    Times are given by the caller (`2026-11-22T03:00:00Z`); a line is never earlier than the one before.
    """

    def __init__(self, path: Path, db: EncryptedDatabase) -> None:
        self.path = path
        self._db = db
        self._lock_file = lock_path(path)

    @classmethod
    def create(cls, path: Path, secret: str, binding: Binding, *, at: str) -> Worksheet:
        """Makes a new worksheet (whole or not at all) and opens it.

        Raises:
            NdbError: E-STORE-EXISTS, E-STORE-FULL, E-STORE-READONLY, E-STORE-MISSING.
        """
        path = Path(path)
        if path.exists():
            raise NdbError("E-STORE-EXISTS", place=path.name)
        temporary = temporary_beside(path)
        try:
            with open_database(temporary, Secret(secret), mode="create") as db, known_errors(path.name):
                db.conn.execute(f"PRAGMA user_version = {USER_VERSION}")
                with db.atomic():
                    for statement in _SCHEMA:
                        db.conn.execute(statement)
                    db.conn.executemany(
                        "INSERT INTO meta VALUES (?, ?)",
                        [
                            ("bundle_id", binding.bundle_id),
                            ("bundle_digest", binding.bundle_digest),
                            ("expert", binding.expert),
                            ("created", at),
                        ],
                    )
            with known_os_errors(path.name):
                temporary.replace(path)
                sync_folder(path.parent)
        except BaseException:
            with suppress(OSError):
                temporary.unlink()
            raise
        return cls.open(path, secret, binding, at=at)

    @classmethod
    def open(cls, path: Path, secret: str, binding: Binding | None, *, at: str) -> Worksheet:
        """Opens a worksheet for writing and holds it alone. `binding` None is for rescue: it is not compared.

        Raises:
            NdbError: E-STORE-KEY, E-STORE-LOCKED (names the holder), E-STORE-CORRUPT, E-STORE-READONLY,
                E-STORE-MISSING, E-WORKSHEET-VERSION, E-WORKSHEET-OTHER (belongs to another bundle or person).
        """
        path = Path(path)
        with _named_holder(path):
            db = open_database(path, Secret(secret), mode="write", any_thread=True)
        try:
            with _named_holder(path), known_errors(path.name, path):
                db.conn.execute("PRAGMA locking_mode = EXCLUSIVE")
                db.conn.execute("PRAGMA journal_mode = DELETE")
                db.conn.execute("PRAGMA synchronous = EXTRA")
                with db.atomic():
                    sheet = cls(path, db)
                    sheet._check(binding)
                    # A real write: it takes the lock, which stays until the connection or the process ends, and
                    # shows at once, not at the first score, that nothing can be saved here.
                    sheet._set_meta("opened", at)
        except BaseException:
            db.close()
            raise
        sheet._tell_holder(at)
        return sheet

    def close(self) -> None:
        """Closes; one file remains."""
        with known_errors(self.path.name):
            self._db.close()
        with suppress(OSError):
            self._lock_file.unlink()

    def __enter__(self) -> Worksheet:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _check(self, binding: Binding | None) -> None:
        (version,) = self._db.conn.execute("PRAGMA user_version").fetchone()
        if version != USER_VERSION:
            raise NdbError("E-WORKSHEET-VERSION", place=self.path.name, version=version)
        if self._db.conn.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
            raise NdbError("E-STORE-CORRUPT", place=self.path.name)
        if binding is not None and self.binding != binding:
            raise NdbError("E-WORKSHEET-OTHER", place=self.path.name)

    def _tell_holder(self, at: str) -> None:
        holder = {"host": platform.node(), "pid": os.getpid(), "since": at}
        # Only a courtesy to the second opener; the lock itself does not depend on it.
        with suppress(NdbError), atomic_write(self._lock_file) as stream:
            stream.write(json.dumps(holder).encode("utf-8"))

    # reading

    @property
    def binding(self) -> Binding:
        """The bundle and person this worksheet belongs to."""
        return Binding(self.meta("bundle_id"), self.meta("bundle_digest"), self.meta("expert"))

    def meta(self, key: str) -> str:
        """A fact about the worksheet, "" when it was never set."""
        row = self._one("SELECT v FROM meta WHERE k = ?", key)
        return str(row[0]) if row else ""

    def get(self, application: str, kind: str, key: str) -> str | None:
        """The stored JSON text of a value, None when there is none."""
        row = self._one(
            "SELECT value FROM record WHERE application = ? AND kind = ? AND key = ?", application, kind, key
        )
        return str(row[0]) if row else None

    def records(self, application: str) -> dict[tuple[str, str], str]:
        """All values of an application by kind and key, in that order."""
        rows = self._all("SELECT kind, key, value FROM record WHERE application = ? ORDER BY kind, key", application)
        return {(str(kind), str(key)): str(value) for kind, key, value in rows}

    def log(self, after: int = 0) -> tuple[LogRow, ...]:
        """The lines of the change log with a number above `after`."""
        rows = self._all(f"SELECT {_LOG} FROM change_log WHERE seq > ? ORDER BY seq", after)  # noqa: S608
        return tuple(LogRow(*row) for row in rows)  # type: ignore[arg-type]

    @property
    def changes(self) -> int:
        """How many lines the log has."""
        return self._number("SELECT coalesce(max(seq), 0) FROM change_log")

    @property
    def last_at(self) -> str:
        """Time of the newest line, "" before the first."""
        row = self._one("SELECT at FROM change_log ORDER BY seq DESC LIMIT 1")
        return str(row[0]) if row else ""

    @property
    def can_undo(self) -> bool:
        """Whether `undo` has something to do."""
        return self._one("SELECT 1 FROM step WHERE undone = 0 LIMIT 1") is not None

    @property
    def can_redo(self) -> bool:
        """Whether `redo` has something to do."""
        return self._one("SELECT 1 FROM step WHERE undone = 1 LIMIT 1") is not None

    # writing

    def put(self, edit: Edit, *, at: str, undoable: bool = True) -> LogRow:
        """Stores one value durably. Raises what `put_all` raises."""
        return self.put_all([edit], at=at, undoable=undoable)[0]

    def put_all(
        self, edits: Iterable[Edit], *, at: str, undoable: bool = False, forget: str | None = None
    ) -> tuple[LogRow, ...]:
        """Stores several values in one durable commit; `forget` takes the steps of an application off the undo list.

        Raises:
            NdbError: E-STORE-FULL, E-STORE-READONLY, E-STORE-IO: then nothing of it is stored.
        """
        with self._commit():
            rows = tuple(self._apply(edit, "edit", at) for edit in edits)
            if undoable:
                self._db.conn.execute("DELETE FROM step WHERE undone = 1")
                self._db.conn.executemany("INSERT INTO step VALUES (?, 0)", [(row.seq,) for row in rows])
            if forget is not None:
                self._db.conn.execute(
                    "DELETE FROM step WHERE seq IN (SELECT seq FROM change_log WHERE application = ?)", (forget,)
                )
        return rows

    def undo(self, *, at: str) -> LogRow | None:
        """Takes back the newest step; the log keeps both lines. None when there is nothing."""
        return self._step("SELECT max(seq) FROM step WHERE undone = 0", "undo", at)

    def redo(self, *, at: str) -> LogRow | None:
        """Does the step taken back last again. None when there is nothing."""
        return self._step("SELECT min(seq) FROM step WHERE undone = 1", "redo", at)

    def forget_steps(self) -> None:
        """Empties the undo list (after an export, what was signed is not taken back by a keystroke)."""
        with self._commit():
            self._db.conn.execute("DELETE FROM step")

    def set_meta(self, key: str, value: str) -> None:
        """Stores a fact about the worksheet durably."""
        with self._commit():
            self._set_meta(key, value)

    # exports

    def add_export(self, export: ExportRow, sheets: Iterable[ExportedSheet], meta: dict[str, str]) -> None:
        """Keeps what was signed, with facts about the worksheet, in one durable commit; empties the undo list."""
        with self._commit():
            self._db.conn.execute(
                "INSERT INTO export VALUES (?, ?, ?, ?, ?, ?)",
                (export.number, export.at, export.name, export.reason, export.payload_sha256, export.content),
            )
            self._db.conn.executemany(
                "INSERT INTO export_sheet VALUES (?, ?, ?, ?, ?)",
                [(export.number, s.application, s.revision, s.digest, s.record) for s in sheets],
            )
            self._db.conn.execute("DELETE FROM step")
            for key, value in meta.items():
                self._set_meta(key, value)

    @property
    def export_count(self) -> int:
        """How many exports there are; cheap, unlike `exports`."""
        return self._number("SELECT coalesce(max(number), 0) FROM export")

    def exports(self) -> tuple[ExportRow, ...]:
        """Every export, oldest first."""
        rows = self._all("SELECT number, at, name, reason, payload_sha256, content FROM export ORDER BY number")
        return tuple(ExportRow(*row) for row in rows)  # type: ignore[arg-type]

    def last_sheets(self) -> dict[str, ExportedSheet]:
        """The sheets of the newest export by application."""
        rows = self._all(
            "SELECT application, revision, digest, record FROM export_sheet"
            " WHERE number = (SELECT max(number) FROM export)"
        )
        sheets = (ExportedSheet(*row) for row in rows)  # type: ignore[arg-type]
        return {sheet.application: sheet for sheet in sheets}

    # inside

    def _apply(self, edit: Edit, source: Source, at: str) -> LogRow:
        place = (edit.application, edit.kind, edit.key)
        old = self.get(*place)
        if edit.value is None:
            self._db.conn.execute("DELETE FROM record WHERE application = ? AND kind = ? AND key = ?", place)
        else:
            self._db.conn.execute("INSERT OR REPLACE INTO record VALUES (?, ?, ?, ?)", (*place, edit.value))
        before = self.last_at
        clock = at if at < before else ""
        row = LogRow(0, max(at, before), clock, source, *place, old, edit.value)
        done = self._db.conn.execute(
            f"INSERT INTO change_log({_LOG}) VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
            (row.at, row.clock, row.source, *place, row.old, row.new),
        )
        return replace(row, seq=int(done.lastrowid or 0))

    def _step(self, which: str, source: Source, at: str) -> LogRow | None:
        with self._commit():
            row = self._one(which)
            if row is None or row[0] is None:
                return None
            (line,) = self._all(f"SELECT {_LOG} FROM change_log WHERE seq = ?", row[0])  # noqa: S608
            log = LogRow(*line)  # type: ignore[arg-type]
            value = log.old if source == "undo" else log.new
            self._db.conn.execute("UPDATE step SET undone = ? WHERE seq = ?", (int(source == "undo"), log.seq))
            return self._apply(Edit(log.application, log.kind, log.key, value), source, at)

    def _set_meta(self, key: str, value: str) -> None:
        self._db.conn.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    @contextmanager
    def _commit(self) -> Iterator[None]:
        with known_errors(self.path.name, self.path), self._db.atomic():
            yield

    def _number(self, sql: str) -> int:
        row = self._one(sql)
        return int(str(row[0])) if row else 0

    def _one(self, sql: str, *parameters: object) -> tuple[object, ...] | None:
        with known_errors(self.path.name):
            row: tuple[object, ...] | None = self._db.conn.execute(sql, parameters).fetchone()
            return row

    def _all(self, sql: str, *parameters: object) -> list[tuple[object, ...]]:
        with known_errors(self.path.name):
            rows: list[tuple[object, ...]] = self._db.conn.execute(sql, parameters).fetchall()
            return rows


_LOG = "seq, at, clock, source, application, kind, key, old, new"


def lock_path(path: Path) -> Path:
    """The small file beside a worksheet that names its holder."""
    return path.with_name(path.name + ".lock")


def lock_holder(path: Path) -> dict[str, str]:
    """What the lock file says about the holder: `host`, `pid`, `since`, each "?" when it does not say."""
    holder = {"host": "?", "pid": "?", "since": "?"}
    with suppress(OSError, ValueError, AttributeError):
        told = json.loads(lock_path(path).read_bytes()[:4096])
        holder |= {name: str(told.get(name, "?"))[:80] for name in holder}
    return holder


@contextmanager
def _named_holder(path: Path) -> Iterator[None]:
    """Adds who holds the file to E-STORE-LOCKED."""
    try:
        yield
    except NdbError as error:
        if error.code != "E-STORE-LOCKED":
            raise
        raise NdbError("E-STORE-LOCKED", place=path.name, **lock_holder(path)) from error
