"""总库: everything one batch holds, in one SQLCipher file, behind one class.

Services know this class and the values of `registry_rows`, no table; a shared registry on a server could stand
behind the same methods.
"""

# ruff: noqa: S608  (statements are put together from our own constants; every value is bound)
from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from ndb_desktop.domain.sheet import Challenge
from ndb_desktop.storage import registry_derived as derived
from ndb_desktop.storage.atomic import known_os_errors
from ndb_desktop.storage.engine import RawKey, known_errors, open_database
from ndb_desktop.storage.registry_assignment import RegistryAssignment
from ndb_desktop.storage.registry_calibration import RegistryCalibration
from ndb_desktop.storage.registry_conflicts import RegistryConflicts
from ndb_desktop.storage.registry_derived import DerivedWriter
from ndb_desktop.storage.registry_material import RegistryMaterial
from ndb_desktop.storage.registry_rows import FileRow, LogCheck, LogRow, Standing, StandingState, StoredSheet
from ndb_desktop.storage.registry_runs import RegistryRuns
from ndb_desktop.storage.registry_schema import DERIVED, DERIVED_DDL, MIGRATIONS, run_ddl
from ndb_desktop.storage.registry_sites import RegistrySites
from ndb_desktop.storage.registry_visits import RegistryVisits

FRESH = "fresh_"
_CACHE_KIB = 64 * 1024
"""Pages kept decrypted. With SQLite's own 2 MB a large merge encrypted the pages of its indexes over and over."""
_STEPS = 20_000
"""Steps of SQLite's machine between two questions whether to stop."""
_FILE = "payload_sha256, envelope, keyid, expert, bundle, revision, name, received_at"


class Registry(
    RegistryMaterial,
    RegistryAssignment,
    RegistryConflicts,
    RegistryRuns,
    RegistryCalibration,
    RegistryVisits,
    RegistrySites,
):
    """The registry of one batch."""

    @classmethod
    def create(cls, path: Path, key: str) -> Registry:
        """A new, empty registry. Raises NdbError E-STORE-EXISTS, E-STORE-FULL, E-STORE-READONLY."""
        db = open_database(path, RawKey(key), mode="create", any_thread=True)
        return cls._ready(cls(db, path))

    @classmethod
    def open(cls, path: Path, key: str, *, mode: Literal["write", "read"] = "write") -> Registry:
        """An existing registry, brought to the present schema. Raises NdbError E-STORE-*."""
        db = open_database(path, RawKey(key), mode=mode, any_thread=True)
        return cls._ready(cls(db, path)) if mode == "write" else cls(db, path)

    @classmethod
    def _ready(cls, registry: Registry) -> Registry:
        try:
            with known_errors(registry.path.name):
                registry._db.conn.execute("PRAGMA synchronous = FULL")
                registry._db.conn.execute("PRAGMA temp_store = MEMORY")
                registry._db.conn.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
                if MIGRATIONS.pending(registry._db):
                    MIGRATIONS.apply(registry._db)
        except BaseException:
            registry.close()
            raise
        return registry

    # signed files

    @contextmanager
    def writer(self) -> Iterator[DerivedWriter]:
        """A writer of sheets inside one transaction; standing is settled at its end."""
        with self.transaction():
            writer = DerivedWriter(self._db.conn)
            yield writer
            writer.settle(self.resolutions())

    def reader(self) -> DerivedWriter:
        """The same knowledge without a transaction, for a dry run: it learns, but writes nothing."""
        with self._lock, known_errors(self.path.name):
            return DerivedWriter(self._db.conn, dry=True)

    def add_file(self, row: FileRow) -> int:
        """Keeps a signed file whole; its number."""
        with self.transaction():
            cursor = self._db.conn.execute(
                f"INSERT INTO signed_file ({_FILE}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (row.payload_sha256, row.envelope, row.keyid, row.expert, row.bundle, row.revision, row.name,
                 row.received_at),
            )  # fmt: skip
            return int(cursor.lastrowid or 0)

    def file_digests(self) -> frozenset[str]:
        """Payload digests of all accepted files."""
        return frozenset(row[0] for row in self._rows("SELECT payload_sha256 FROM signed_file"))

    def files(self, expert: str | None = None) -> Iterator[FileRow]:
        """Accepted files in the order of arrival, one at a time."""
        where, params = ("", ()) if expert is None else (" WHERE expert = ?", (expert,))
        for (number,) in self._rows(f"SELECT id FROM signed_file{where} ORDER BY id", params):
            row = self._one(f"SELECT {_FILE}, id FROM signed_file WHERE id = ?", (number,))
            if row is not None:
                yield FileRow(*row)

    def file(self, payload_sha256: str) -> FileRow | None:
        """One accepted file, by the digest of its payload."""
        row = self._one(f"SELECT {_FILE}, id FROM signed_file WHERE payload_sha256 = ?", (payload_sha256,))
        return None if row is None else FileRow(*row)

    def received_at(self, payload_sha256: str) -> str:
        """When a file was accepted, "" when it was not."""
        row = self._one("SELECT received_at FROM signed_file WHERE payload_sha256 = ?", (payload_sha256,))
        return str(row[0]) if row else ""

    def last_received(self) -> Mapping[str, str]:
        """When each expert's newest file arrived."""
        query = "SELECT expert, max(received_at) FROM signed_file GROUP BY expert"
        return self.once("last_received", lambda: {row[0]: row[1] for row in self._rows(query)})

    def last_payloads(self) -> Mapping[tuple[str, str], str]:
        """(expert, key) -> payload digest of the newest file signed with that key."""
        rows = self._rows("SELECT expert, keyid, payload_sha256, max(id) FROM signed_file GROUP BY expert, keyid")
        return {(row[0], row[1]): row[2] for row in rows}

    def file_sheets(self, payload_sha256: str) -> tuple[tuple[str, int, str], ...]:
        """(application, revision, digest) of the sheets a file brought."""
        rows = self._rows(
            "SELECT s.application, s.revision, s.digest FROM signed_file f JOIN file_sheet l ON l.file = f.id"
            " JOIN sheet s ON s.id = l.sheet WHERE f.payload_sha256 = ? ORDER BY s.application, s.revision",
            (payload_sha256,),
        )
        return tuple((row[0], row[1], row[2]) for row in rows)

    # what counts

    def standings(self) -> tuple[Standing, ...]:
        """What counts for every expert x application that sent anything."""

        def read() -> tuple[Standing, ...]:
            with self._lock, known_errors(self.path.name):
                return tuple(derived.standings(self._db.conn))

        return self.once("standings", read)

    def states(self) -> Mapping[str, Mapping[str, StandingState]]:
        """Expert -> application -> what counts, without the sheets."""

        def read() -> dict[str, dict[str, StandingState]]:
            found: dict[str, dict[str, StandingState]] = {}
            for application, expert, state, _, _ in self.standings():
                mine = found.get(expert)
                if mine is None:
                    mine = found[expert] = {}
                mine[application] = state
            return found

        return self.once("states", read)

    def current_sheets(self, application: str | None = None) -> Iterator[tuple[str, tuple[StoredSheet, ...]]]:
        """The sheets that count, application by application."""
        names = [application] if application is not None else self._current_applications()
        for name in names:
            with self._lock, known_errors(self.path.name):
                found = list(derived.current_sheets(self._db.conn, name))
            yield from found

    def current_sources(self) -> tuple[tuple[str, str, str], ...]:
        """(application, expert, bundle) for every scored sheet that counts and each signed file that brought it."""
        with self._lock, known_errors(self.path.name):
            return tuple(derived.current_sources(self._db.conn))

    def current_files(self) -> Mapping[tuple[str, str], tuple[str, ...]]:
        """(application, expert) -> payload digests of the signed files that brought the sheet that counts."""
        found: dict[tuple[str, str], list[str]] = {}
        with self._lock, known_errors(self.path.name):
            for application, expert, payload in derived.current_files(self._db.conn):
                found.setdefault((application, expert), []).append(payload)
        return {pair: tuple(payloads) for pair, payloads in found.items()}

    def current_challenges(self) -> tuple[tuple[str, str, str, Challenge], ...]:
        """(application, expert, digest of the sheet, challenge) for every challenge on a sheet that counts."""
        with self._lock, known_errors(self.path.name):
            return tuple(derived.current_challenges(self._db.conn))

    def _current_applications(self) -> list[str]:
        rows = self._rows("SELECT DISTINCT application FROM standing WHERE state = 'current' ORDER BY application")
        return [str(row[0]) for row in rows]

    def sheet_versions(self, application: str, expert: str) -> tuple[StoredSheet, ...]:
        """Every version that ever arrived for a pair."""
        with self._lock, known_errors(self.path.name):
            return derived.sheet_versions(self._db.conn, application, expert)

    def resettle(self) -> None:
        """Computes every standing again after a key was revoked or a contradiction was decided."""
        with self.writer() as writer:
            writer.touch_all()

    def derived_digests(self, *, fresh: bool = False) -> Mapping[str, tuple[int, str]]:
        """Rows and digest of every derived table; equal for equal sets of files, whatever their order."""
        with self._lock, known_errors(self.path.name):
            return derived.table_digests(self._db.conn, FRESH if fresh else "")

    # rebuild

    @contextmanager
    def fresh_tables(self) -> Iterator[DerivedWriter]:
        """A second, empty set of derived tables; call inside a transaction, compare, then `adopt` or `drop` it."""
        for table in DERIVED:
            self._db.conn.execute(f"DROP TABLE IF EXISTS {FRESH}{table}")
        run_ddl(self._db.conn, DERIVED_DDL.format(p=FRESH))
        writer = DerivedWriter(self._db.conn, FRESH)
        yield writer
        writer.settle(self.resolutions())

    def adopt_fresh(self) -> None:
        """Puts the fresh rows in place of the old ones."""
        for table in DERIVED:
            self._db.conn.execute(f"DELETE FROM {table}")
            self._db.conn.execute(f"INSERT INTO {table} SELECT * FROM {FRESH}{table}")

    def drop_fresh(self) -> None:
        """Removes the second set of tables."""
        for table in DERIVED:
            self._db.conn.execute(f"DROP TABLE {FRESH}{table}")

    def log_rows(self, *, newest: int | None = None) -> tuple[LogRow, ...]:
        """The log, or its latest entries, in order."""
        with self._lock, known_errors(self.path.name):
            return tuple(self._journal.rows(newest=newest))

    def verify_log(self) -> LogCheck:
        """Checks the chain of the log."""
        with self._lock, known_errors(self.path.name):
            return self._journal.verify()

    def counts(self) -> Mapping[str, int]:
        """Rows per table, for the status page."""
        names = (
            "application",
            "attachment",
            "expert",
            "conflict",
            "conflict_found",
            "assignment",
            "issued",
            "signed_file",
            "refusal",
            "log",
        )
        return {name: self._count(f"SELECT count(*) FROM {name}") for name in names}

    def backup(self, target: Path, stop: Callable[[], bool] = lambda: False) -> None:
        """A consistent copy, encrypted with the same key; `stop` is asked now and then and ends it by returning True.

        Raises:
            NdbError: E-STORE-FULL, E-STORE-READONLY, E-STORE-IO, and E-STORE-BUDGET once `stop` ended it.
        """
        with self._lock, known_errors(target.name, target):
            with known_os_errors(target.name):
                # SQLite takes an empty file; one of its own making everybody could read.
                target.touch(mode=0o600, exist_ok=False)
            self._db.conn.set_progress_handler(stop, _STEPS)
            try:
                self._db.conn.execute("VACUUM INTO ?", (str(target),))
            finally:
                self._db.conn.set_progress_handler(None, _STEPS)

    def sound(self) -> bool:
        """Whether every page is what was encrypted (its HMAC), and the tables and indexes fit together.

        Raises:
            NdbError: E-STORE-KEY, E-STORE-CORRUPT, E-STORE-IO.
        """
        with self._lock, known_errors(self.path.name):
            pages = self._db.conn.execute("PRAGMA cipher_integrity_check").fetchall()
            found = self._db.conn.execute("PRAGMA quick_check(1)").fetchall()
        return not pages and [tuple(row) for row in found] == [("ok",)]
