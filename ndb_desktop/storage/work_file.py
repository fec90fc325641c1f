"""An open working file, of scores or of an inspection: one encrypted database that its holder has to itself."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.storage.engine import EncryptedDatabase, known_errors
from ndb_desktop.storage.worksheet_file import lock_path


class WorkFile:
    """Closed by `close`, or at the end of a `with`. Once closed, whatever reads the disk raises E-STORE-MISSING."""

    def __init__(self, path: Path, db: EncryptedDatabase) -> None:
        self.path = path
        self._db = db
        self._open = True

    def close(self) -> None:
        """Closes; one file remains."""
        self._open = False
        with known_errors(self.path.name):
            self._db.close()
        with suppress(OSError):
            lock_path(self.path).unlink()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def meta(self, name: str) -> str:
        """A fact about the file, "" when it was never set."""
        row = self._one("SELECT v FROM meta WHERE k = ?", name)
        return str(row[0]) if row else ""

    @property
    def _database(self) -> EncryptedDatabase:
        if not self._open:
            raise NdbError("E-STORE-MISSING", place=self.path.name)
        return self._db

    @property
    def _conn(self) -> Any:
        return self._database.conn

    def _one(self, sql: str, *parameters: object) -> tuple[object, ...] | None:
        with known_errors(self.path.name):
            row: tuple[object, ...] | None = self._conn.execute(sql, parameters).fetchone()
            return row

    def _all(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        with known_errors(self.path.name):
            rows: list[tuple[Any, ...]] = self._conn.execute(sql, parameters).fetchall()
            return rows
