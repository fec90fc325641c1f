"""核心库: the small encrypted database of a bundle: batch, rule packs, applications and the keys of their documents."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.storage.atomic import known_os_errors, sync_folder, temporary_beside
from ndb_desktop.storage.engine import Secret, known_errors, open_database

USER_VERSION = 1
MAX_APPLICATIONS = 20_000
MAX_JSON_BYTES = 8 * 1024 * 1024

_SCHEMA = (
    "CREATE TABLE meta(k TEXT PRIMARY KEY, v TEXT NOT NULL) STRICT",
    "CREATE TABLE batch(id INTEGER PRIMARY KEY CHECK (id = 1), json BLOB NOT NULL) STRICT",
    "CREATE TABLE pack(sha256 TEXT PRIMARY KEY, json BLOB NOT NULL) STRICT",
    (
        "CREATE TABLE application(id TEXT PRIMARY KEY, ord INTEGER NOT NULL UNIQUE, json BLOB NOT NULL,"
        " member TEXT NOT NULL UNIQUE, key TEXT NOT NULL, sha256 TEXT NOT NULL) STRICT"
    ),
)
_EXPECT = frozenset({"meta", "batch", "pack", "application"})


@dataclass(frozen=True, slots=True)
class CoreApplication:
    """An application in the bundle: its JSON, and the member, raw key and digest of its document store."""

    id: str
    ord: int
    json: bytes
    member: str
    key: str
    sha256: str


@dataclass(frozen=True, slots=True)
class CoreContent:
    """Everything in `core.db`; applications in the order of `ord`, packs by SHA-256 (hex)."""

    meta: Mapping[str, str]
    batch_json: bytes
    packs: Mapping[str, bytes]
    applications: tuple[CoreApplication, ...]


def write_core(path: Path, secret: str, content: CoreContent, *, durable: bool = True) -> None:
    """Writes `core.db`, encrypted with the bundle secret (normalised form).

    Without `durable` it does not wait for the disk: for a file that is copied into a bundle and thrown away.

    Raises:
        NdbError: E-STORE-EXISTS, E-STORE-FULL, E-STORE-READONLY, E-STORE-MISSING.
    """
    path = Path(path)
    if path.exists():
        raise NdbError("E-STORE-EXISTS", place=path.name)
    temporary = temporary_beside(path)
    try:
        with open_database(temporary, Secret(secret), mode="create") as db, known_errors(path.name, temporary):
            db.conn.execute("PRAGMA journal_mode = MEMORY")
            if not durable:
                db.conn.execute("PRAGMA synchronous = OFF")
            db.conn.execute(f"PRAGMA user_version = {USER_VERSION}")
            with db.atomic():
                for statement in _SCHEMA:
                    db.conn.execute(statement)
                db.conn.executemany("INSERT INTO meta VALUES (?, ?)", sorted(content.meta.items()))
                db.conn.execute("INSERT INTO batch VALUES (1, ?)", (content.batch_json,))
                db.conn.executemany("INSERT INTO pack VALUES (?, ?)", sorted(content.packs.items()))
                db.conn.executemany(
                    "INSERT INTO application VALUES (?, ?, ?, ?, ?, ?)",
                    [(a.id, a.ord, a.json, a.member, a.key, a.sha256) for a in content.applications],
                )
        with known_os_errors(path.name):
            temporary.replace(path)
            if durable:
                sync_folder(path.parent)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise


def read_core(path: Path, secret: str) -> CoreContent:
    """Reads a `core.db` whose signature and digest were checked before.

    Raises:
        NdbError: E-STORE-KEY (wrong secret), E-STORE-CORRUPT, E-STORE-SCHEMA, E-STORE-BUDGET, E-STORE-CONTENT.
    """
    path = Path(path)
    with open_database(path, Secret(secret), mode="untrusted", expect=_EXPECT) as db, known_errors(path.name):
        db.question()
        run = db.conn.execute
        (large,) = run(
            "SELECT max(coalesce((SELECT max(length(json)) FROM application), 0),"
            " coalesce((SELECT max(length(v)) FROM meta), 0),"
            " coalesce((SELECT max(length(json)) FROM pack), 0), coalesce((SELECT max(length(json)) FROM batch), 0))"
        ).fetchone()
        (count,) = run("SELECT count(*) FROM application").fetchone()
        if large > MAX_JSON_BYTES or count > MAX_APPLICATIONS:
            raise NdbError("E-STORE-CONTENT", place=path.name)
        batch = run("SELECT json FROM batch").fetchone()
        packs = dict(run("SELECT sha256, json FROM pack ORDER BY sha256").fetchall())
        applications = tuple(
            CoreApplication(*row)
            for row in run("SELECT id, ord, json, member, key, sha256 FROM application ORDER BY ord").fetchall()
        )
        meta = dict(run("SELECT k, v FROM meta").fetchall())
    content = CoreContent(meta, batch[0] if batch else b"", packs, applications)
    if not _sound(content):
        raise NdbError("E-STORE-CONTENT", place=path.name)
    return content


def _sound(content: CoreContent) -> bool:
    """Types (a foreign file need not be STRICT) and the digests of the packs."""
    texts: list[object] = [*content.meta, *content.meta.values()]
    blobs: list[object] = [content.batch_json, *content.packs.values()]
    for row in content.applications:
        texts += [row.id, row.member, row.key, row.sha256]
        blobs.append(row.json)
    return (
        bool(content.batch_json)
        and all(isinstance(value, str) for value in texts)
        and all(isinstance(value, bytes) for value in blobs)
        and all(hashlib.sha256(raw).hexdigest() == digest for digest, raw in content.packs.items())
    )
