"""Holds a folder for one process; ends with the process, so that what a killed one left behind can be told apart."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import sqlcipher3

_NAME = ".hold"


class Hold:
    """A folder held by this program. Made by `take`."""

    def __init__(self, connection: sqlcipher3.Connection) -> None:
        self._connection = connection

    @classmethod
    def take(cls, folder: Path) -> Hold | None:
        """Holds `folder`, or None when another program (or another part of this one) does, or nobody can.

        An empty database file serves as the lock: SQLite knows how to lock on every system we run on.
        """
        try:
            (folder / _NAME).touch(mode=0o600)
            connection = sqlcipher3.connect(
                str(folder / _NAME), timeout=0, isolation_level=None, check_same_thread=False
            )
        except (sqlcipher3.OperationalError, OSError):
            return None
        try:
            # Nothing is ever written, so no journal needs to lie beside it.
            connection.execute("PRAGMA journal_mode = MEMORY")
            connection.execute("BEGIN EXCLUSIVE")
        except sqlcipher3.OperationalError:
            connection.close()
            return None
        return cls(connection)

    def release(self) -> None:
        """Lets the folder go."""
        with suppress(sqlcipher3.Error):
            self._connection.execute("ROLLBACK")
        self._connection.close()
