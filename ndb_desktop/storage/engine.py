"""Opens every encrypted SQLite file of the product (SQLCipher 4 defaults), in one place and one order."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import sqlcipher3
import sqlite_utils
import sqlite_utils.utils

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.storage.atomic import FULL_NUMBERS, known_os_errors, temporary_beside

if sqlite_utils.utils.OperationalError is not sqlcipher3.dbapi2.OperationalError:  # pragma: no cover
    raise ImportError("sqlite_utils was imported before ndb_desktop.storage could set its alias")

Mode = Literal["create", "write", "read", "untrusted"]

APPLICATION_ID = 0x4E444200
"""`NDB` and a zero: what `file` and other tools see in the database header."""

UNTRUSTED_SECONDS = 20.0
"""Time budget of one question to an untrusted database; an endless query ends there."""
UNTRUSTED_HEAP = 512 * 1024 * 1024
"""Memory SQLite may take in this process once an untrusted file was opened (the limit is per process)."""
_PROGRESS_STEPS = 20_000

_SECRET_SIGNS = frozenset("0123456789abcdefghijklmnopqrstuvwxyz-")
_HEX = frozenset("0123456789abcdef")


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """A passphrase of digits, small letters and hyphens; SQLCipher stretches it (PBKDF2, 256,000 rounds)."""

    value: str

    def __post_init__(self) -> None:
        if not self.value or len(self.value) > 200 or not set(self.value) <= _SECRET_SIGNS:
            raise ValueError("a secret has 1 to 200 signs of 0-9 a-z -")

    def __repr__(self) -> str:
        return "Secret(…)"


@dataclass(frozen=True, slots=True, repr=False)
class RawKey:
    """A random 256-bit key as 64 hex digits; used as it is, so opening costs nothing."""

    value: str

    def __post_init__(self) -> None:
        # Never the 96-digit form: with it a flipped salt byte goes unnoticed.
        if len(self.value) != 64 or not set(self.value) <= _HEX:
            raise ValueError("a raw key has 64 hex digits")

    def __repr__(self) -> str:
        return "RawKey(…)"


Key = Secret | RawKey


def new_raw_key() -> str:
    """A new random 256-bit key as 64 hex digits."""
    return secrets.token_hex(32)


class Budget:
    """How long one question may take; `restart()` before each."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.restart()

    def restart(self) -> None:
        """The next question begins now."""
        self._end = time.monotonic() + self.seconds

    def exceeded(self) -> bool:
        """What SQLite's progress handler asks; True stops the statement."""
        return time.monotonic() > self._end


class EncryptedDatabase(sqlite_utils.Database):
    """A `sqlite_utils.Database` over SQLCipher; `budget` is set for untrusted files."""

    def __init__(self, connection: Any, budget: Budget | None) -> None:
        super().__init__(connection, recursive_triggers=False, execute_plugins=False, strict=True)
        self.budget = budget

    def question(self) -> None:
        """Call before each question to an untrusted file: its time budget starts again."""
        if self.budget is not None:
            self.budget.restart()


def open_database(
    path: Path,
    key: Key,
    *,
    mode: Mode,
    expect: Collection[str] | None = None,
    seconds: float = UNTRUSTED_SECONDS,
    any_thread: bool = False,
    pointer_maps: bool = False,
) -> EncryptedDatabase:
    """Opens or creates an encrypted database and proves that the key fits.

    `untrusted` is for files others made: read-only and immutable, only SELECT with a few functions, a time budget
    per question, and only the schema objects named in `expect` (no view, no trigger ever). Verify signature and
    digest before. `any_thread` lifts Python's thread check for a caller that holds its own lock.
    `pointer_maps` (for `create`) keeps what leads straight to any part of a large value, in one page of 800.

    Raises:
        NdbError: E-STORE-KEY, E-STORE-MISSING, E-STORE-EXISTS, E-STORE-READONLY, E-STORE-LOCKED, E-STORE-CORRUPT,
            E-STORE-SCHEMA, E-STORE-BUDGET.
    """
    path = Path(path)
    if mode == "create":
        if path.exists():
            raise NdbError("E-STORE-EXISTS", place=path.name)
        with known_os_errors(path.name):
            # Nobody else may read it, not even its size by opening it.
            path.touch(mode=0o600, exist_ok=False)
    elif not path.is_file():
        raise NdbError("E-STORE-MISSING", place=path.name)
    if mode == "untrusted" and expect is None:
        raise ValueError("an untrusted database needs the list of its schema objects")
    options = {"create": "mode=rw", "write": "mode=rw", "read": "mode=ro", "untrusted": "mode=ro&immutable=1"}[mode]
    with known_errors(path.name):
        connection = sqlcipher3.connect(
            f"{_uri(path)}?{options}", uri=True, isolation_level=None, timeout=0.5, check_same_thread=not any_thread
        )
        try:
            return _unlock(connection, path, key, mode, frozenset(expect or ()), seconds, pointer_maps)
        except BaseException:
            connection.close()
            raise


def _uri(path: Path) -> str:
    uri = path.absolute().as_uri()
    # SQLite refuses an authority; a UNC folder (file://server/share) is spelled with four slashes.
    return uri if uri.startswith("file:///") else uri.replace("file://", "file:////", 1)


def _unlock(
    connection: Any, path: Path, key: Key, mode: Mode, expect: frozenset[str], seconds: float, pointer_maps: bool
) -> EncryptedDatabase:
    budget: Budget | None = None
    execute = connection.execute
    # First of all: HMAC errors would otherwise be written to stderr.
    execute("PRAGMA cipher_log_level = NONE")
    execute(f"PRAGMA key = \"x'{key.value}'\"" if isinstance(key, RawKey) else f"PRAGMA key = '{key.value}'")
    # A later SQLCipher with other defaults must not change our files.
    execute("PRAGMA cipher_compatibility = 4")
    execute("PRAGMA cell_size_check = ON")
    execute("PRAGMA trusted_schema = OFF")
    execute("PRAGMA mmap_size = 0")
    execute("PRAGMA foreign_keys = ON")
    if mode == "untrusted":
        execute("PRAGMA query_only = ON")
        execute(f"PRAGMA hard_heap_limit = {UNTRUSTED_HEAP}")
        budget = Budget(seconds)
        connection.set_progress_handler(budget.exceeded, _PROGRESS_STEPS)
    if mode == "create":
        if pointer_maps:
            execute("PRAGMA auto_vacuum = INCREMENTAL")  # before anything is written
        execute(f"PRAGMA application_id = {APPLICATION_ID}")
    rows = execute("SELECT type, name, tbl_name FROM sqlite_master").fetchall()
    if mode == "untrusted":
        _check_schema(rows, expect, path.name)
        connection.set_authorizer(_authorize)
    return EncryptedDatabase(connection, budget)


def _check_schema(rows: list[tuple[str, str, str]], expect: frozenset[str], place: str) -> None:
    for kind, name, table in rows:
        automatic = kind == "index" and str(name).startswith("sqlite_autoindex_") and table in expect
        if kind not in {"table", "index"} or not (automatic or name in expect):
            raise NdbError("E-STORE-SCHEMA", place=place, name=str(name)[:80])


_ALLOWED_ACTIONS = frozenset({sqlcipher3.SQLITE_SELECT, sqlcipher3.SQLITE_READ})
_ALLOWED_FUNCTIONS = frozenset({"length", "count", "max", "min", "sum", "coalesce", "substr", "match", "rank", "bm25"})
# What FTS5 itself asks on its own shadow tables while it answers a MATCH, and whether there are pointer maps.
_ALLOWED_PRAGMAS = frozenset({"data_version", "auto_vacuum"})


def _authorize(action: int, first: str | None, second: str | None, _database: str | None, _by: str | None) -> int:
    allowed = (
        action in _ALLOWED_ACTIONS
        or (action == sqlcipher3.SQLITE_FUNCTION and (second or "").lower() in _ALLOWED_FUNCTIONS)
        or (action == sqlcipher3.SQLITE_PRAGMA and (first or "").lower() in _ALLOWED_PRAGMAS and not second)
    )
    return int(sqlcipher3.SQLITE_OK if allowed else sqlcipher3.SQLITE_DENY)


_BY_CODE = {
    3: "E-STORE-READONLY",
    5: "E-STORE-LOCKED",
    6: "E-STORE-LOCKED",
    7: "E-STORE-BUDGET",
    8: "E-STORE-READONLY",
    9: "E-STORE-BUDGET",
    10: "E-STORE-IO",
    11: "E-STORE-CORRUPT",
    13: "E-STORE-FULL",
    14: "E-STORE-READONLY",
    18: "E-STORE-FULL",
    23: "E-STORE-SCHEMA",
    26: "E-STORE-KEY",
}
_PROBE = 1024 * 1024
_IOERR_SHORT_READ = 10 | (2 << 8)


@contextmanager
def known_errors(place: str, path: Path | None = None) -> Iterator[None]:
    """Turns SQLite's known answers into ours; a mistake of ours (bad SQL, a violated constraint) passes unchanged.

    With `path`, the file being written, a failed write is told from a failed disk: SQLite says FULL only for ENOSPC,
    while a quota or a file size limit (EDQUOT, EFBIG) looks like any other I/O error.

    Raises:
        NdbError: E-STORE-KEY, E-STORE-CORRUPT, E-STORE-FULL, E-STORE-LOCKED, E-STORE-READONLY, E-STORE-IO,
            E-STORE-SCHEMA, E-STORE-BUDGET.
    """
    try:
        yield
    except sqlcipher3.Error as error:
        code = getattr(error, "sqlite_errorcode", None)
        ours = known_code(code) if isinstance(code, int) else None
        if str(error).startswith("not authorized"):
            # A forbidden function has the result code of a plain SQL mistake.
            ours = "E-STORE-SCHEMA"
        if ours is None:
            raise
        if ours == "E-STORE-IO" and path is not None and _no_room(path):
            ours = "E-STORE-FULL"
        raise NdbError(ours, place=place, **_details(ours)) from error
    except MemoryError as error:
        raise NdbError("E-STORE-BUDGET", place=place) from error


def known_code(sqlite_code: int) -> str | None:
    """Our code for an (extended) SQLite result code, or None when it is a mistake of ours."""
    if sqlite_code == _IOERR_SHORT_READ:
        return "E-STORE-CORRUPT"
    return _BY_CODE.get(sqlite_code & 0xFF)


def _no_room(path: Path) -> bool:
    """Whether a file of this size cannot grow here: tried with a sparse neighbour, never with the file itself."""
    probe = temporary_beside(path)
    try:
        with probe.open("xb", buffering=0) as stream:
            stream.seek(path.stat().st_size)
            written = stream.write(bytes(_PROBE))
            os.fsync(stream.fileno())
            return written < _PROBE
    except OSError as error:
        return error.errno in FULL_NUMBERS
    finally:
        with suppress(OSError):
            probe.unlink()


def _details(code: str) -> dict[str, str]:
    if code == "E-STORE-LOCKED":
        return {"host": "?", "pid": "?", "since": "?"}
    if code == "E-STORE-IO":
        return {"reason": "SQLite"}
    return {"name": "?"} if code == "E-STORE-SCHEMA" else {}
