"""The file of a worksheet: its tables, its lock, who holds it, and whether it is still the same file."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.storage.atomic import atomic_write, known_os_errors, sync_folder, temporary_beside
from ndb_desktop.storage.engine import EncryptedDatabase, Secret, known_errors, open_database
from ndb_desktop.storage.worksheet_rows import Binding

USER_VERSION = 1

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
    # What can be undone and redone, a line of the log each; for the bits of `undone` see `worksheet_steps`.
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
class WorkFile:
    """What tells one kind of working file from another: its tables and their version, and what it is bound to.

    `bound` are the facts that must be the same at every opening, `other` the code when they are not, `checked` the
    tables that are looked through then; none means the whole file.
    """

    schema: tuple[str, ...]
    version: int
    bound: tuple[str, ...]
    other: str
    checked: tuple[str, ...] = ()


WORKSHEET = WorkFile(_SCHEMA, USER_VERSION, ("bundle_id", "bundle_digest", "expert"), "E-WORKSHEET-OTHER")


def create_file(path: Path, key: Secret, binding: Binding, at: str) -> None:
    """Makes a new worksheet, whole or not at all.

    Raises:
        NdbError: E-STORE-EXISTS, E-STORE-FULL, E-STORE-READONLY, E-STORE-MISSING.
    """
    create_work_file(path, key, WORKSHEET, _facts(binding), at)


def _facts(binding: Binding) -> dict[str, str]:
    return {"bundle_id": binding.bundle_id, "bundle_digest": binding.bundle_digest, "expert": binding.expert}


def create_work_file(path: Path, key: Secret, form: WorkFile, facts: Mapping[str, str], at: str) -> None:
    """Makes a new working file with these facts in it, whole or not at all. Raises as `create_file`."""
    if path.exists():
        raise NdbError("E-STORE-EXISTS", place=path.name)
    temporary = temporary_beside(path)
    try:
        with open_database(temporary, key, mode="create") as db, known_errors(path.name):
            db.conn.execute(f"PRAGMA user_version = {form.version}")
            with db.atomic():
                for statement in form.schema:
                    db.conn.execute(statement)
                db.conn.executemany("INSERT INTO meta VALUES (?, ?)", [*facts.items(), ("created", at)])
        with known_os_errors(path.name):
            temporary.replace(path)
            sync_folder(path.parent)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise


def open_file(path: Path, key: Secret, binding: Binding | None, at: str) -> EncryptedDatabase:
    """Opens a worksheet for writing and holds it alone. `binding` None is for rescue: it is not compared.

    Raises:
        NdbError: E-STORE-KEY, E-STORE-LOCKED (names the holder), E-STORE-CORRUPT, E-STORE-READONLY,
            E-STORE-MISSING, E-WORKSHEET-VERSION, E-WORKSHEET-OTHER (belongs to another bundle or person).
    """
    return open_work_file(path, key, WORKSHEET, None if binding is None else _facts(binding), at)


def open_work_file(
    path: Path, key: Secret, form: WorkFile, facts: Mapping[str, str] | None, at: str
) -> EncryptedDatabase:
    """Opens a working file for writing and holds it alone. Raises as `open_file`, `form.other` for other `facts`."""
    with named_holder(path):
        db = open_database(path, key, mode="write", any_thread=True)
    try:
        with named_holder(path), known_errors(path.name, path):
            db.conn.execute("PRAGMA locking_mode = EXCLUSIVE")
            db.conn.execute("PRAGMA journal_mode = DELETE")
            db.conn.execute("PRAGMA synchronous = EXTRA")
            with db.atomic():
                _check(db, path.name, form, facts)
                # A real write: it takes the lock, which stays until the connection or the process ends, and
                # shows at once, not at the first score, that nothing can be saved here.
                db.conn.execute("INSERT OR REPLACE INTO meta VALUES ('opened', ?)", (at,))
    except BaseException:
        db.close()
        raise
    return db


def check(db: EncryptedDatabase, place: str, binding: Binding | None) -> None:
    """Whether a file is a worksheet we know, whole, and (unless None) of this bundle and person.

    Raises:
        NdbError: E-WORKSHEET-VERSION, E-STORE-CORRUPT, E-WORKSHEET-OTHER.
    """
    _check(db, place, WORKSHEET, None if binding is None else _facts(binding))


def _check(db: EncryptedDatabase, place: str, form: WorkFile, facts: Mapping[str, str] | None) -> None:
    (version,) = db.conn.execute("PRAGMA user_version").fetchone()
    if version != form.version:
        raise NdbError("E-WORKSHEET-VERSION", place=place, version=version)
    for what in form.checked or ("1",):
        if db.conn.execute(f"PRAGMA quick_check({what})").fetchone()[0] != "ok":
            raise NdbError("E-STORE-CORRUPT", place=place)
    if facts is not None:
        found = dict(db.conn.execute("SELECT k, v FROM meta").fetchall())
        if any(found.get(name, "") != facts.get(name, "") for name in form.bound):
            raise NdbError(form.other, place=place)


def binding_of(db: EncryptedDatabase) -> Binding:
    """The bundle and person a worksheet belongs to; "" for what it does not say."""
    facts = dict(db.conn.execute("SELECT k, v FROM meta").fetchall())
    return Binding(facts.get("bundle_id", ""), facts.get("bundle_digest", ""), facts.get("expert", ""))


def file_mark(path: Path) -> tuple[int, int]:
    """What tells a file from another that later stands at its place. Raises NdbError E-STORE-MISSING and the like."""
    with known_os_errors(path.name):
        found = path.stat()
    return found.st_dev, found.st_ino


def lock_path(path: Path) -> Path:
    """The small file beside a worksheet that names its holder."""
    return path.with_name(path.name + ".lock")


def tell_holder(path: Path, at: str) -> None:
    """Writes who holds a worksheet; only a courtesy to the second opener, the lock does not depend on it."""
    holder = {"host": platform.node(), "pid": os.getpid(), "since": at}
    with suppress(NdbError), atomic_write(lock_path(path)) as stream:
        stream.write(json.dumps(holder).encode("utf-8"))


def lock_holder(path: Path) -> dict[str, str]:
    """What the lock file says about the holder: `host`, `pid`, `since`, each "?" when it does not say."""
    holder = {"host": "?", "pid": "?", "since": "?"}
    with suppress(OSError, ValueError, AttributeError):
        told = json.loads(lock_path(path).read_bytes()[:4096])
        holder |= {name: str(told.get(name, "?"))[:80] for name in holder}
    return holder


@contextmanager
def named_holder(path: Path) -> Iterator[None]:
    """Adds who holds the file to E-STORE-LOCKED."""
    try:
        yield
    except NdbError as error:
        if error.code != "E-STORE-LOCKED":
            raise
        raise NdbError("E-STORE-LOCKED", place=path.name, **lock_holder(path)) from error
