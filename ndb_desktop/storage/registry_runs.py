"""归并记录: what each merge brought in, so that the last one can be taken back whole."""

# ruff: noqa: S608  (statements are put together from our own constants; every value is bound)
from __future__ import annotations

import json
from dataclasses import dataclass

from ndb_desktop.storage.registry_base import RegistryBase
from ndb_desktop.storage.registry_derived import remove_files

_RUN = "at, actor, log_seq, first_file, files, first_refusal, refusals, keys, first_site, sites, undone_at"


@dataclass(frozen=True, slots=True)
class MergeRun:
    """One merge that brought something: its signed files, inspection records and refusals by number, and its keys.

    `log_seq` is its last entry in the log: what stands behind that came afterwards.
    """

    at: str
    actor: str
    log_seq: int
    first_file: int
    files: int
    first_refusal: int
    refusals: int
    keys: tuple[str, ...]
    first_site: int = 0
    sites: int = 0
    undone_at: str = ""
    id: int = 0


class RegistryRuns(RegistryBase):
    """Table `merge_run`, and the way back."""

    def marks(self) -> tuple[int, int]:
        """The numbers the next signed file and the next refusal will get."""
        return (
            self._count("SELECT coalesce(max(id), 0) + 1 FROM signed_file"),
            self._count("SELECT coalesce(max(id), 0) + 1 FROM refusal"),
        )

    def add_run(self, run: MergeRun) -> int:
        """Keeps a merge; its number. Call in the transaction of the merge."""
        values = (run.at, run.actor, run.log_seq, run.first_file, run.files, run.first_refusal, run.refusals)
        with self.transaction():
            cursor = self._db.conn.execute(
                f"INSERT INTO merge_run ({_RUN}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '')",
                (*values, json.dumps(run.keys), run.first_site, run.sites),
            )
            return int(cursor.lastrowid or 0)

    def last_run(self) -> MergeRun | None:
        """The newest merge that brought something."""
        row = self._one(f"SELECT {_RUN}, id FROM merge_run ORDER BY id DESC LIMIT 1")
        if row is None:
            return None
        *first, keys, first_site, sites, undone_at, number = row
        return MergeRun(*[*first, tuple(json.loads(keys)), first_site, sites, undone_at, number])

    def run_payloads(self, run: MergeRun) -> tuple[str, ...]:
        """Payload digests of the files of a merge."""
        rows = self._rows(
            "SELECT payload_sha256 FROM signed_file WHERE id >= ? AND id < ? ORDER BY id",
            (run.first_file, run.first_file + run.files),
        )
        return tuple(str(row[0]) for row in rows)

    def brought_by(self, application: str, expert: str) -> dict[str, tuple[tuple[str, str, str], ...]]:
        """Which files brought each version of a pair: digest of the sheet -> (name, moment, payload digest)."""
        rows = self._rows(
            "SELECT s.digest, f.name, f.received_at, f.payload_sha256 FROM sheet s JOIN file_sheet l ON l.sheet = s.id"
            " JOIN signed_file f ON f.id = l.file WHERE s.application = ? AND s.expert = ? ORDER BY f.id",
            (application, expert),
        )
        found: dict[str, tuple[tuple[str, str, str], ...]] = {}
        for digest, name, moment, payload in rows:
            found[digest] = (*found.get(digest, ()), (name, moment, payload))
        return found

    def take_back(self, run: MergeRun, at: str) -> None:
        """Removes everything a merge brought; standings are those of the files that stay. The log is not touched."""
        with self.transaction():
            remove_files(self._db.conn, run.first_file, run.first_file + run.files, self._resolved())
            last = run.first_refusal + run.refusals
            self._write("DELETE FROM refusal WHERE id >= ? AND id < ?", (run.first_refusal, last))
            for keyid in run.keys:
                self._write("DELETE FROM expert_key WHERE keyid = ? AND source = 'enrolment'", (keyid,))
            self._write("UPDATE merge_run SET undone_at = ? WHERE id = ?", (at, run.id))

    def _resolved(self) -> dict[tuple[str, str], str]:
        return {(row[0], row[1]): row[2] for row in self._rows("SELECT application, expert, digest FROM resolution")}
