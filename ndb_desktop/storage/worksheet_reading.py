"""The reading half of an open worksheet: its values, kept in memory, and its log, steps and exports."""

from __future__ import annotations

from pathlib import Path

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.storage.engine import EncryptedDatabase, Secret, known_errors
from ndb_desktop.storage.work_file import WorkFile
from ndb_desktop.storage.worksheet_file import binding_of, file_mark
from ndb_desktop.storage.worksheet_rows import Batch, Binding, ExportedSheet, ExportRow, LogRow
from ndb_desktop.storage.worksheet_steps import Typed, step_lines

LOG = "seq, at, clock, source, application, kind, key, old, new"


class WorksheetReading(WorkFile):
    """What `worksheet.Worksheet` can be asked; reading a value never touches the disk."""

    def __init__(self, path: Path, db: EncryptedDatabase, key: Secret) -> None:
        super().__init__(path, db)
        self.hold = False
        self.trouble: NdbError | None = None
        """Why the last write failed, while changes are held."""
        self._key = key
        self._held: list[Batch] = []
        self._typed: Typed | None = None
        self._bound = self.binding
        self._load()

    def _load(self) -> None:
        self._mark = file_mark(self.path)
        self._records: dict[str, dict[tuple[str, str], str]] = {}
        for application, kind, key, value in self._all("SELECT application, kind, key, value FROM record"):
            self._records.setdefault(str(application), {})[str(kind), str(key)] = str(value)
        self._changes = self._number("SELECT coalesce(max(seq), 0) FROM change_log")
        row = self._one("SELECT at, clock FROM change_log ORDER BY seq DESC LIMIT 1")
        self._last_at, self._last_clock = (str(row[0]), str(row[1])) if row else ("", "")
        self._exports = self._number("SELECT coalesce(max(number), 0) FROM export")

    @property
    def binding(self) -> Binding:
        """The bundle and person this worksheet belongs to."""
        with known_errors(self.path.name):
            return binding_of(self._database)

    def get(self, application: str, kind: str, key: str) -> str | None:
        """The JSON text of a value, None when there is none."""
        return self._records.get(application, {}).get((kind, key))

    def records(self, application: str) -> dict[tuple[str, str], str]:
        """All values of an application by kind and key, in that order."""
        return dict(sorted(self._records.get(application, {}).items()))

    def log(self, after: int = 0) -> tuple[LogRow, ...]:
        """The lines of the change log with a number above `after`."""
        rows = self._all(f"SELECT {LOG} FROM change_log WHERE seq > ? ORDER BY seq", after)  # noqa: S608
        return tuple(LogRow(*row) for row in rows)

    @property
    def changes(self) -> int:
        """How many lines the log has."""
        return self._changes

    @property
    def last_at(self) -> str:
        """Time of the newest line, "" before the first."""
        return self._last_at

    @property
    def last_clock(self) -> str:
        """As `last_at`, but what the computer said then: earlier, if its clock was set back."""
        return self._last_clock or self._last_at

    @property
    def unsaved(self) -> int:
        """How many changes are held in memory because they could not be written."""
        return sum(len(batch.edits) for batch in self._held)

    @property
    def can_undo(self) -> bool:
        """Whether `undo` has something to do."""
        return not self._held and self._one("SELECT 1 FROM step WHERE undone & 1 = 0 LIMIT 1") is not None

    @property
    def can_redo(self) -> bool:
        """Whether `redo` has something to do."""
        return not self._held and self._one("SELECT 1 FROM step WHERE undone & 1 = 1 LIMIT 1") is not None

    def next_step(self, *, undone: bool) -> LogRow | None:
        """The last line of the step that `redo` (`undone`) or `undo` would take next, None when there is none.

        Where a step has several, the last is the mark, and the ones before are what it was made for.
        """
        lines = step_lines(self._conn, undone=undone)
        return self._line(max(lines)) if lines else None

    def _line(self, seq: int) -> LogRow:
        (line,) = self._all(f"SELECT {LOG} FROM change_log WHERE seq = ?", seq)  # noqa: S608
        return LogRow(*line)

    # exports

    @property
    def export_count(self) -> int:
        """How many exports there are; cheap, unlike `exports`."""
        return self._exports

    def exports(self) -> tuple[ExportRow, ...]:
        """Every export, oldest first."""
        rows = self._all("SELECT number, at, name, reason, payload_sha256, content FROM export ORDER BY number")
        return tuple(ExportRow(*row) for row in rows)

    def last_sheets(self) -> dict[str, ExportedSheet]:
        """Each application's sheet as it was signed last; one that was withdrawn and comes back goes on from it."""
        rows = self._all(
            "SELECT application, revision, digest, record FROM export_sheet e WHERE number ="
            " (SELECT max(number) FROM export_sheet WHERE application = e.application)"
        )
        sheets = (ExportedSheet(*row) for row in rows)
        return {sheet.application: sheet for sheet in sheets}

    def _sheets_of(self, number: int) -> tuple[ExportedSheet, ...]:
        rows = self._all("SELECT application, revision, digest, record FROM export_sheet WHERE number = ?", number)
        return tuple(ExportedSheet(*row) for row in rows)

    # inside

    def _number(self, sql: str) -> int:
        row = self._one(sql)
        return int(str(row[0])) if row else 0
