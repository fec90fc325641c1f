"""检查工作稿: a team's working record in one encrypted file; every change is one durable commit with lines in a log.

The file is bound to one site bundle and visit, and its key is the bundle secret, so any member's key leads to it. As
with a worksheet of scores a rollback journal keeps everything in the one file, and SQLite's own exclusive lock decides
who may open it. Parts are also kept in memory: reading one never fails.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.storage.engine import EncryptedDatabase, Secret, known_errors
from ndb_desktop.storage.sitesheet_file import (
    SITE_FILE,
    ChangeRow,
    PartEdit,
    PartRow,
    SiteBinding,
    SiteExport,
    Source,
)
from ndb_desktop.storage.work_file import WorkFile
from ndb_desktop.storage.worksheet_file import (
    create_work_file,
    file_mark,
    open_work_file,
    tell_holder,
)

__all__ = ["ChangeRow", "PartEdit", "PartRow", "SiteBinding", "SiteExport", "SiteSheet"]


def nothing() -> None:
    """Writes nothing more."""


_LOG = "seq, grp, at, by, source, kind, id, old, new"
_EXPORT = "number, at, revision, digest, supersedes, fallen, name, own, content, parts"


class SiteSheet(WorkFile):
    """An open working record; made by `create` or `open`, closed by `close`. Moments are given by the caller."""

    def __init__(self, path: Path, db: EncryptedDatabase) -> None:
        super().__init__(path, db)
        self._mark = file_mark(path)
        rows = self._all("SELECT kind, id, body, at, by FROM part ORDER BY kind, id")
        self._parts = {(str(row[0]), str(row[1])): PartRow(*row) for row in rows}

    @classmethod
    def create(cls, path: Path, secret: str, binding: SiteBinding, facts: Mapping[str, str], *, at: str) -> SiteSheet:
        """Makes a new working record (whole or not at all) with `facts` about it, and opens it.

        Raises:
            NdbError: E-STORE-EXISTS, E-STORE-FULL, E-STORE-READONLY, E-STORE-MISSING.
        """
        create_work_file(Path(path), Secret(secret), SITE_FILE, {**facts, **binding.facts}, at)
        return cls.open(path, secret, binding, at=at)

    @classmethod
    def open(cls, path: Path, secret: str, binding: SiteBinding | None, *, at: str) -> SiteSheet:
        """Opens a working record for writing and holds it alone; without `binding` it says itself what it belongs to.

        Raises:
            NdbError: E-STORE-KEY, E-STORE-LOCKED (names the holder), E-STORE-CORRUPT, E-STORE-READONLY,
                E-STORE-MISSING, E-WORKSHEET-VERSION, E-INSPECT-OTHER (of another bundle or visit).
        """
        path = Path(path)
        db = open_work_file(path, Secret(secret), SITE_FILE, binding.facts if binding else None, at)
        try:
            sheet = cls(path, db)
        except BaseException:
            db.close()
            raise
        tell_holder(path, at)
        return sheet

    # reading

    @property
    def binding(self) -> SiteBinding:
        """The bundle and visit this record belongs to."""
        return SiteBinding(self.meta("bundle_id"), self.meta("bundle_digest"), self.meta("visit_id"))

    def get(self, kind: str, name: str) -> str | None:
        """The JSON text of a part, None when there is none."""
        row = self._parts.get((kind, name))
        return row.body if row else None

    def parts(self) -> dict[tuple[str, str], PartRow]:
        """All parts by kind and id, in that order."""
        return dict(sorted(self._parts.items()))

    def log(self, after: int = 0) -> tuple[ChangeRow, ...]:
        """The lines of the change log with a number above `after`."""
        rows = self._all(f"SELECT {_LOG} FROM change_log WHERE seq > ? ORDER BY seq", after)  # noqa: S608
        return tuple(ChangeRow(*row) for row in rows)

    def history(self, kind: str, name: str) -> tuple[ChangeRow, ...]:
        """What ever happened to one part, oldest first."""
        rows = self._all(f"SELECT {_LOG} FROM change_log WHERE kind = ? AND id = ? ORDER BY seq", kind, name)  # noqa: S608
        return tuple(ChangeRow(*row) for row in rows)

    @property
    def last_at(self) -> str:
        """The moment of the newest line of the log, "" before the first."""
        row = self._one("SELECT at FROM change_log ORDER BY seq DESC LIMIT 1")
        return str(row[0]) if row else ""

    @property
    def can_undo(self) -> bool:
        """Whether `undo` has something to do."""
        return self._group(undone=False) is not None

    @property
    def can_redo(self) -> bool:
        """Whether `redo` has something to do."""
        return self._group(undone=True) is not None

    def exports(self) -> tuple[SiteExport, ...]:
        """Every frozen record that is known here, oldest first."""
        signed: dict[int, list[str]] = {}
        for number, member in self._all("SELECT number, member FROM signature ORDER BY number, at, member"):
            signed.setdefault(int(str(number)), []).append(str(member))
        rows = self._all(f"SELECT {_EXPORT} FROM export ORDER BY number")  # noqa: S608
        return tuple(
            SiteExport(number, at, revision, digest, supersedes, fallen, name, bool(own), content, parts,
                       tuple(signed.get(number, ())))
            for number, at, revision, digest, supersedes, fallen, name, own, content, parts in rows
        )  # fmt: skip

    # writing

    def put_all(
        self,
        edits: Iterable[PartEdit],
        *,
        at: str,
        by: str,
        undoable: bool = True,
        source: Source = "edit",
        also: Callable[[], object] = nothing,
    ) -> tuple[ChangeRow, ...]:
        """Stores parts in one durable commit, which is one step of undo; what is as it was makes no line.

        What `also` writes into the same file is in that commit; what it raises leaves everything as it was.

        Raises:
            NdbError: E-STORE-FULL, E-STORE-READONLY, E-STORE-IO, E-WORKSHEET-CHANGED: then nothing of it is stored.
        """
        wanted = [edit for edit in edits if self.get(*edit.key) != edit.body]
        if not wanted:
            return ()
        with self.commit():
            also()
            rows = self._lines(wanted, at, by, source)
            if undoable:
                self._conn.execute("DELETE FROM step WHERE undone = 1")
                self._conn.execute("INSERT INTO step VALUES (?, 0)", (rows[0].group,))
        self._remember(rows)
        return rows

    def undo(self, *, at: str, by: str) -> tuple[ChangeRow, ...]:
        """Takes back the newest step, in one commit; the log keeps all lines. Its new lines, none for nothing."""
        return self._turn("undo", at, by)

    def redo(self, *, at: str, by: str) -> tuple[ChangeRow, ...]:
        """Does the step taken back last again, in one commit. Its new lines, none when there is nothing."""
        return self._turn("redo", at, by)

    def set_meta(self, name: str, value: str) -> None:
        """Stores a fact about the record durably."""
        with self.commit():
            self._conn.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))

    # what was frozen

    def add_export(self, export: SiteExport, *, edits: Sequence[PartEdit] = (), by: str = "") -> tuple[ChangeRow, ...]:
        """Keeps what is being signed, or was seen signed, in one durable commit; what was never written gives way.

        Something frozen here ends what can be undone, and brings `edits` of the program's own: that it was frozen.
        """
        rows: tuple[ChangeRow, ...] = ()
        with self.commit():
            if edits:
                rows = self._lines(edits, export.at, by, "auto")
            if export.own:
                self._conn.execute("DELETE FROM export WHERE digest = ''")
            self._conn.execute(
                "INSERT INTO export VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (export.number, export.at, export.revision, export.digest, export.supersedes, export.fallen,
                 export.name, int(export.own), export.content, export.parts),
            )  # fmt: skip
            self._sign(export.number, export.signed, export.at)
            if export.own:
                self._conn.execute("DELETE FROM step")
        self._remember(rows)
        return rows

    def aim(self, number: int, name: str) -> None:
        """Notes where a frozen record is going to be written."""
        with self.commit():
            self._conn.execute("UPDATE export SET name = ? WHERE number = ?", (name, number))

    def written(self, number: int, digest: str, signed: Iterable[str], *, at: str) -> None:
        """Notes that a frozen record lies in a file, or that more members were seen to have signed it."""
        with self.commit():
            self._conn.execute("UPDATE export SET digest = ? WHERE number = ?", (digest, number))
            self._sign(number, signed, at)

    def _sign(self, number: int, signed: Iterable[str], at: str) -> None:
        lines = [(number, member, at) for member in signed]
        self._conn.executemany("INSERT OR IGNORE INTO signature VALUES (?, ?, ?)", lines)

    # inside

    @property
    def database(self) -> EncryptedDatabase:
        """The open file, for the photos in it."""
        return self._database

    @contextmanager
    def commit(self) -> Iterator[Any]:
        """One durable commit; gives the connection. Raises NdbError E-STORE-*, E-WORKSHEET-CHANGED."""
        # A file that a synchronising program or a careful hand replaced would take every write and keep none.
        if file_mark(self.path) != self._mark:
            raise NdbError("E-WORKSHEET-CHANGED", place=self.path.name)
        with known_errors(self.path.name, self.path), self._database.atomic():
            yield self._conn

    def _lines(self, edits: Iterable[PartEdit], at: str, by: str, source: Source) -> tuple[ChangeRow, ...]:
        """Writes parts and their lines, inside a commit."""
        execute = self._conn.execute
        (group,) = execute("SELECT coalesce(max(grp), 0) + 1 FROM change_log").fetchone()
        rows: list[ChangeRow] = []
        for edit in edits:
            found = execute("SELECT body FROM part WHERE kind = ? AND id = ?", edit.key).fetchone()
            old = str(found[0]) if found else None
            if edit.body is None:
                execute("DELETE FROM part WHERE kind = ? AND id = ?", edit.key)
            else:
                execute("INSERT OR REPLACE INTO part VALUES (?, ?, ?, ?, ?)", (*edit.key, edit.body, at, by))
            done = execute(
                f"INSERT INTO change_log({_LOG}) VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
                (group, at, by, source, *edit.key, old, edit.body),
            )
            rows.append(ChangeRow(int(done.lastrowid), group, at, by, source, *edit.key, old, edit.body))
        return tuple(rows)

    def _turn(self, source: Source, at: str, by: str) -> tuple[ChangeRow, ...]:
        undoing = source == "undo"
        group = self._group(undone=not undoing)
        if group is None:
            return ()
        order = "DESC" if undoing else "ASC"
        lines = self._all(f"SELECT kind, id, old, new FROM change_log WHERE grp = ? ORDER BY seq {order}", group)  # noqa: S608
        edits = [PartEdit(str(kind), str(name), _text(old if undoing else new)) for kind, name, old, new in lines]
        with self.commit():
            rows = self._lines(edits, at, by, source)
            self._conn.execute("UPDATE step SET undone = ? WHERE grp = ?", (int(undoing), group))
        self._remember(rows)
        return rows

    def _group(self, *, undone: bool) -> int | None:
        order = "ASC" if undone else "DESC"
        row = self._one(f"SELECT grp FROM step WHERE undone = ? ORDER BY grp {order} LIMIT 1", int(undone))  # noqa: S608
        return int(str(row[0])) if row else None

    def _remember(self, rows: Iterable[ChangeRow]) -> None:
        for row in rows:
            if row.new is None:
                self._parts.pop((row.kind, row.id), None)
            else:
                self._parts[row.kind, row.id] = PartRow(row.kind, row.id, row.new, row.at, row.by)


def _text(value: object) -> str | None:
    return None if value is None else str(value)
