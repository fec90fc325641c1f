"""Connection, transaction and small helpers of the registry; the tables' methods stand in the modules beside."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from ndb_desktop.storage.engine import EncryptedDatabase, known_errors
from ndb_desktop.storage.journal import Journal

Row = tuple[Any, ...]
Answer = TypeVar("Answer")


class RegistryBase:
    """One connection behind one lock, so that a window's worker and its main thread cannot cross."""

    def __init__(self, db: EncryptedDatabase, path: Path) -> None:
        self.path = path
        self._db = db
        self._lock = threading.RLock()
        self._journal = Journal(db)
        self._seen: dict[str, Any] | None = None
        self._ask: Callable[[], object] | None = None

    def ask_before_changes(self, ask: Callable[[], object]) -> None:
        """From now on `ask` is called before every change and refuses it by raising; see `transaction`."""
        self._ask = ask

    @property
    def journal(self) -> Journal:
        """The hash-chained log."""
        return self._journal

    @contextmanager
    def transaction(self, *, keeping: bool = False) -> Iterator[None]:
        """All or nothing; a nested one joins the outer.

        One that is only `keeping` (the log, a copy, tables made anew from the signed files) asks nobody.

        Raises:
            NdbError: E-STORE-FULL, E-STORE-LOCKED, E-STORE-READONLY, E-STORE-CORRUPT, E-STORE-IO, and what was given to
                `ask_before_changes` raises.
        """
        with self._lock, known_errors(self.path.name):
            if self._seen is not None:
                self._seen = {}
            if self._busy():
                yield
                return
            if self._ask is not None and not keeping:
                self._ask()
            # IMMEDIATE: a second writer learns at once, not at the first change in the middle of its work.
            self._db.conn.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.conn.execute("COMMIT")
            except BaseException:
                # A full disk may already have ended the transaction.
                if self._busy():
                    self._db.conn.execute("ROLLBACK")
                raise
            finally:
                if self._seen is not None:
                    self._seen = {}

    @contextmanager
    def one_look(self) -> Iterator[None]:
        """Within it, what is asked again is what was answered before; a change in between makes it be read anew."""
        if self._seen is not None:
            yield
            return
        self._seen = {}
        try:
            yield
        finally:
            self._seen = None

    def once(self, name: str, read: Callable[[], Answer]) -> Answer:
        """What `read` says; within one look it is asked once for each name."""
        seen = self._seen
        if seen is None:
            return read()
        if name not in seen:
            # Kept where a change that comes meanwhile from another thread has thrown it away.
            seen[name] = read()
        known: Answer = seen[name]
        return known

    def _busy(self) -> bool:
        return bool(self._db.conn.in_transaction)

    def _rows(self, query: str, params: Sequence[object] = ()) -> list[Row]:
        with self._lock, known_errors(self.path.name):
            return list(self._db.conn.execute(query, tuple(params)))

    def _one(self, query: str, params: Sequence[object] = ()) -> Row | None:
        rows = self._rows(query, params)
        return rows[0] if rows else None

    def _count(self, query: str, params: Sequence[object] = ()) -> int:
        row = self._one(query, params)
        return int(row[0]) if row else 0

    def _write(self, query: str, params: Sequence[object] = ()) -> None:
        with self.transaction():
            self._db.conn.execute(query, tuple(params))

    def _write_many(self, query: str, rows: Sequence[Sequence[object]]) -> None:
        with self.transaction():
            self._db.conn.executemany(query, rows)

    def meta(self, name: str) -> str:
        """A named text of the registry, "" when absent."""
        row = self._one("SELECT value FROM meta WHERE name = ?", (name,))
        return str(row[0]) if row else ""

    def set_meta(self, name: str, value: str) -> None:
        """Keeps a named text."""
        self._write("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))

    def close(self) -> None:
        """Closes the file; calling it twice is fine."""
        with self._lock:
            self._db.close()
