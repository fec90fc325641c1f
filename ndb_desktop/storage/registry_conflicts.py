"""Lists that conflicts are found with (回避核对清单), and the conflicts that were found (回避情形)."""

from __future__ import annotations

from collections.abc import Iterable

from ndb_desktop.domain.batch import Conflict
from ndb_desktop.domain.conflict_detect import ListKind, ListRow
from ndb_desktop.storage.registry_base import RegistryBase

_NO_YEAR = 0


class RegistryConflicts(RegistryBase):
    """Tables `conflict_list` and `conflict_found`."""

    def replace_list(self, kind: ListKind, rows: Iterable[ListRow]) -> tuple[int, int]:
        """Puts a whole list in place of the one of its kind; says how many rows came and how many went."""
        with self.transaction():
            before, after = {row for row in self.conflict_lists() if row.kind == kind}, set(rows)
            self._write("DELETE FROM conflict_list WHERE kind = ?", (kind,))
            self._write_many(
                "INSERT INTO conflict_list VALUES (?, ?, ?, ?, ?, ?, ?)",
                [(kind, r.subject, r.organisation, r.code, r.other, r.year or _NO_YEAR, r.words) for r in after],
            )
            return len(after - before), len(before - after)

    def conflict_lists(self) -> tuple[ListRow, ...]:
        """All rows of all lists."""
        rows = self._rows(
            "SELECT kind, subject, organisation, code, other, year, words FROM conflict_list"
            " ORDER BY kind, subject, organisation, code, other, year"
        )
        return tuple(
            ListRow(kind, subject, organisation, code, other, year or None, words)
            for kind, subject, organisation, code, other, year, words in rows
        )

    def replace_found(self, rows: Iterable[Conflict]) -> None:
        """Puts what was found now in place of what was found before."""
        with self.transaction():
            self._write("DELETE FROM conflict_found")
            self._write_many(
                "INSERT INTO conflict_found VALUES (?, ?, ?, ?, ?, ?)",
                [(c.expert, c.application, c.code, c.strength, c.source, c.words) for c in rows],
            )

    def found_conflicts(self) -> tuple[Conflict, ...]:
        """What was found last."""
        rows = self._rows(
            "SELECT expert, application, code, strength, source, words FROM conflict_found"
            " ORDER BY expert, application, code, source"
        )
        return tuple(Conflict(*row) for row in rows)
