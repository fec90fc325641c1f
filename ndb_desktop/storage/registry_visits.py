"""检查员 and 检查任务 in the registry: inspectors with their keys, visits as planned, and the bundles issued for them.

What came back signed stands in `registry_sites`; its tables are made here with the others of 现场检查.
"""

# ruff: noqa: S608  (statements are put together from our own constants; every value is bound)
from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from ndb_desktop.domain.batch import KeyStatus
from ndb_desktop.storage.registry_base import RegistryBase

VISITS_DDL = """
CREATE TABLE inspector (
  id TEXT PRIMARY KEY, name TEXT NOT NULL, employer TEXT NOT NULL, keyid TEXT NOT NULL UNIQUE, openssh TEXT NOT NULL,
  status TEXT NOT NULL, since TEXT NOT NULL, changed_at TEXT NOT NULL, reason TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE visit (
  id TEXT PRIMARY KEY, application TEXT NOT NULL, json BLOB NOT NULL, pack BLOB NOT NULL, plan TEXT NOT NULL,
  at TEXT NOT NULL, actor TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE visit_bundle (
  bundle_id TEXT PRIMARY KEY, visit TEXT NOT NULL, path TEXT NOT NULL, digest TEXT NOT NULL, secret TEXT,
  opens TEXT NOT NULL, issued_at TEXT NOT NULL, expires_at TEXT NOT NULL, revoked_at TEXT NOT NULL,
  contents TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE site_file (
  id INTEGER PRIMARY KEY, payload_sha256 TEXT NOT NULL UNIQUE, envelope BLOB NOT NULL, visit TEXT NOT NULL,
  application TEXT NOT NULL, bundle TEXT NOT NULL, revision INTEGER NOT NULL, signers TEXT NOT NULL, name TEXT NOT NULL,
  file_sha256 TEXT NOT NULL, size INTEGER NOT NULL, decided INTEGER NOT NULL, received_at TEXT NOT NULL) STRICT;
CREATE TABLE site_check (
  payload_sha256 TEXT NOT NULL, datum TEXT NOT NULL, year TEXT NOT NULL, declared TEXT, verified TEXT,
  unit TEXT NOT NULL, conclusion TEXT, effect TEXT, PRIMARY KEY (payload_sha256, datum, year)) STRICT, WITHOUT ROWID;
CREATE TABLE site_veto (
  payload_sha256 TEXT NOT NULL, id TEXT NOT NULL, ground TEXT NOT NULL, words TEXT NOT NULL, evidence TEXT NOT NULL,
  reply TEXT NOT NULL, PRIMARY KEY (payload_sha256, id)) STRICT, WITHOUT ROWID;
CREATE TABLE site_standing (
  visit TEXT PRIMARY KEY, application TEXT NOT NULL, state TEXT NOT NULL, revision INTEGER NOT NULL,
  digests TEXT NOT NULL) STRICT, WITHOUT ROWID;
ALTER TABLE merge_run ADD COLUMN first_site INTEGER NOT NULL DEFAULT 0;
ALTER TABLE merge_run ADD COLUMN sites INTEGER NOT NULL DEFAULT 0
"""

_INSPECTOR = "id, name, employer, keyid, openssh, status, since, changed_at, reason"
_BUNDLE = "bundle_id, visit, path, digest, secret, opens, issued_at, expires_at, revoked_at, contents"


@dataclass(frozen=True, slots=True)
class InspectorRow:
    """检查员 in the registry, with the one key that counts."""

    id: str
    name: str
    employer: str
    keyid: str
    openssh: str
    status: KeyStatus
    since: str
    changed_at: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class VisitRow:
    """检查任务 as planned: the visit as JSON, its checklist as it was signed, and how it was planned."""

    id: str
    application: str
    json: bytes
    pack: bytes = field(repr=False)
    plan: Mapping[str, object]
    at: str
    actor: str


@dataclass(frozen=True, slots=True)
class VisitBundle:
    """检查包 as issued; `secret` is None when no slip was asked for, `opens` the secret in any case."""

    bundle_id: str
    visit: str
    path: str
    digest: str
    secret: str | None = field(repr=False)
    opens: str = field(repr=False)
    issued_at: str
    expires_at: str = ""
    revoked_at: str = ""
    contents: Mapping[str, str] = field(default_factory=dict)


class RegistryVisits(RegistryBase):
    """Tables of who inspects what, and of what was issued for it."""

    # inspectors

    def put_inspector(self, row: InspectorRow) -> None:
        """Adds an inspector, or puts a new key in place of a revoked one."""
        values = (
            row.id, row.name, row.employer, row.keyid, row.openssh, row.status, row.since, row.changed_at, row.reason,
        )  # fmt: skip
        self._write(f"INSERT OR REPLACE INTO inspector ({_INSPECTOR}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", values)

    def inspectors(self) -> tuple[InspectorRow, ...]:
        """All inspectors, by id."""
        return tuple(InspectorRow(*row) for row in self._rows(f"SELECT {_INSPECTOR} FROM inspector ORDER BY id"))

    def ever_seen(self) -> frozenset[tuple[str, str]]:
        """(application, expert) of everybody who was ever given an application to score: assigned now or before a
        change, in any bundle issued or for calibration, or with a sheet (a recusal too).
        """
        found = {(row[0], row[1]) for row in self._rows("SELECT application, expert FROM assignment")}
        found.update((row[0], row[1]) for row in self._rows("SELECT DISTINCT application, expert FROM sheet"))
        for removed, added in self._rows("SELECT removed, added FROM assignment_change"):
            found.update((pair[0], pair[1]) for text in (removed, added) for pair in json.loads(text))
        for table in ("issued", "calibration_bundle"):
            for expert, applications in self._rows(f"SELECT expert, applications FROM {table}"):
                found.update((str(name), str(expert)) for name in json.loads(applications))
        return frozenset(found)

    # visits and their bundles

    def put_visit(self, row: VisitRow) -> None:
        """Keeps a visit as planned."""
        values = (row.id, row.application, row.json, row.pack, _json(row.plan), row.at, row.actor)
        self._write("INSERT INTO visit VALUES (?, ?, ?, ?, ?, ?, ?)", values)

    def visits(self) -> tuple[VisitRow, ...]:
        """All visits in the order of their numbers."""
        rows = self._rows("SELECT id, application, json, pack, plan, at, actor FROM visit ORDER BY length(id), id")
        return tuple(VisitRow(*[*row[:4], json.loads(row[4]), *row[5:]]) for row in rows)

    def visit(self, name: str) -> VisitRow | None:
        """One visit."""
        row = self._one("SELECT id, application, json, pack, plan, at, actor FROM visit WHERE id = ?", (name,))
        return None if row is None else VisitRow(*[*row[:4], json.loads(row[4]), *row[5:]])

    def put_visit_bundle(self, row: VisitBundle) -> None:
        """Records a bundle of a visit."""
        values = (
            row.bundle_id, row.visit, row.path, row.digest, row.secret, row.opens, row.issued_at, row.expires_at,
            row.revoked_at, _json(row.contents),
        )  # fmt: skip
        self._write(f"INSERT INTO visit_bundle ({_BUNDLE}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values)

    def revoke_visit_bundles(self, visit: str, at: str) -> tuple[str, ...]:
        """Another bundle is issued in place of those in force; their ids."""
        where = "visit = ? AND revoked_at = ''"
        ids = self._rows(f"SELECT bundle_id FROM visit_bundle WHERE {where} ORDER BY bundle_id", (visit,))
        self._write(f"UPDATE visit_bundle SET revoked_at = ? WHERE {where}", (at, visit))
        return tuple(str(row[0]) for row in ids)

    def visit_bundles(self, visit: str | None = None) -> tuple[VisitBundle, ...]:
        """Every bundle ever issued for a visit, or for all, oldest first."""
        rows = self._rows(
            f"SELECT {_BUNDLE} FROM visit_bundle WHERE visit = coalesce(?, visit) ORDER BY issued_at, bundle_id",
            (visit,),
        )
        return tuple(VisitBundle(*[*row[:9], json.loads(row[9])]) for row in rows)


def _json(value: Mapping[str, object]) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
