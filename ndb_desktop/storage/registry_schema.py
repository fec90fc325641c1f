"""Tables of the registry, made and changed only through migrations; every table is STRICT, no views, no triggers.

Three kinds: what was brought in or decided (truth), the signed files (truth, `signed_file`), and what is derived from
the signed files (`DERIVED`), which `rebuild` makes again from nothing.
"""

from __future__ import annotations

import json
from typing import Any

from sqlite_utils import Migrations

from ndb_desktop.storage.covers import cover_of
from ndb_desktop.storage.registry_visits import VISITS_DDL

SCHEMA_NAME = "ndb-registry"

DERIVED = ("sheet", "item", "challenge", "evidence", "file_sheet", "agreement", "standing")
"""Tables that follow from `signed_file` and the coordinator's decisions alone."""

DERIVED_DDL = """
CREATE TABLE {p}sheet (
  id INTEGER PRIMARY KEY, application TEXT NOT NULL, expert TEXT NOT NULL, revision INTEGER NOT NULL,
  digest TEXT NOT NULL, supersedes TEXT, pack TEXT NOT NULL, status TEXT NOT NULL, declared TEXT NOT NULL,
  codes TEXT NOT NULL, words TEXT NOT NULL, declared_at TEXT NOT NULL, opinion TEXT NOT NULL, unable TEXT NOT NULL,
  UNIQUE (application, expert, digest)) STRICT;
CREATE TABLE {p}item (
  sheet INTEGER NOT NULL, item TEXT NOT NULL, state TEXT NOT NULL, value TEXT, level TEXT, confirm TEXT NOT NULL,
  computed TEXT, reason TEXT NOT NULL, PRIMARY KEY (sheet, item)) STRICT, WITHOUT ROWID;
CREATE TABLE {p}challenge (
  sheet INTEGER NOT NULL, id TEXT NOT NULL, indicator TEXT NOT NULL, datum TEXT NOT NULL, year TEXT NOT NULL,
  proposed TEXT, document TEXT NOT NULL, page INTEGER NOT NULL, reason TEXT NOT NULL, rect TEXT,
  sha256 TEXT NOT NULL DEFAULT '', PRIMARY KEY (sheet, id)) STRICT, WITHOUT ROWID;
CREATE TABLE {p}evidence (
  sheet INTEGER NOT NULL, id TEXT NOT NULL, item TEXT NOT NULL, document TEXT NOT NULL, page INTEGER NOT NULL,
  rect TEXT, quote TEXT NOT NULL, sha256 TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (sheet, id)) STRICT, WITHOUT ROWID;
CREATE TABLE {p}file_sheet (
  sheet INTEGER NOT NULL, file INTEGER NOT NULL, PRIMARY KEY (sheet, file)) STRICT, WITHOUT ROWID;
CREATE TABLE {p}agreement (
  file INTEGER NOT NULL, statement TEXT NOT NULL, sha256 TEXT NOT NULL, agreed_at TEXT NOT NULL,
  PRIMARY KEY (file, statement)) STRICT, WITHOUT ROWID;
CREATE TABLE {p}standing (
  application TEXT NOT NULL, expert TEXT NOT NULL, state TEXT NOT NULL, revision INTEGER NOT NULL,
  digests TEXT NOT NULL, PRIMARY KEY (application, expert)) STRICT, WITHOUT ROWID;
"""

NATURAL_ROWS = {
    "sheet": "SELECT application, expert, digest, revision, supersedes, pack, status, declared, codes, words,"
    " declared_at, opinion, unable FROM {p}sheet ORDER BY application, expert, digest",
    "item": "SELECT s.application, s.expert, s.digest, i.item, i.state, i.value, i.level, i.confirm, i.computed,"
    " i.reason FROM {p}sheet s JOIN {p}item i ON i.sheet = s.id ORDER BY s.application, s.expert, s.digest, i.item",
    "challenge": "SELECT s.application, s.expert, s.digest, c.id, c.indicator, c.datum, c.year, c.proposed, c.document,"
    " c.page, c.reason, c.rect, c.sha256 FROM {p}sheet s JOIN {p}challenge c ON c.sheet = s.id"
    " ORDER BY s.application, s.expert, s.digest, c.id",
    "evidence": "SELECT s.application, s.expert, s.digest, e.id, e.item, e.document, e.page, e.rect, e.quote,"
    " e.sha256 FROM {p}sheet s JOIN {p}evidence e ON e.sheet = s.id ORDER BY s.application, s.expert, s.digest, e.id",
    "file_sheet": "SELECT s.application, s.expert, s.digest, f.payload_sha256 FROM {p}sheet s"
    " JOIN {p}file_sheet l ON l.sheet = s.id JOIN signed_file f ON f.id = l.file"
    " ORDER BY s.application, s.expert, s.digest, f.payload_sha256",
    "agreement": "SELECT f.payload_sha256, a.statement, a.sha256, a.agreed_at FROM {p}agreement a"
    " JOIN signed_file f ON f.id = a.file ORDER BY f.payload_sha256, a.statement",
    "standing": "SELECT application, expert, state, revision, digests FROM {p}standing ORDER BY application, expert",
}
"""Each derived table without its row numbers: these depend on the order of arrival, nothing else may."""

_TRUTH_DDL = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE batch (id TEXT PRIMARY KEY, json BLOB NOT NULL) STRICT;
CREATE TABLE pack (category TEXT PRIMARY KEY, digest TEXT NOT NULL, raw BLOB NOT NULL) STRICT;
CREATE TABLE application (
  id TEXT PRIMARY KEY, category TEXT NOT NULL, field TEXT NOT NULL, json BLOB NOT NULL, sha256 TEXT NOT NULL,
  imported_at TEXT NOT NULL) STRICT;
CREATE TABLE computed (
  application TEXT PRIMARY KEY, sha256 TEXT NOT NULL, pack TEXT NOT NULL, scores TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE attachment (
  application TEXT PRIMARY KEY, path TEXT NOT NULL, key TEXT NOT NULL, sha256 TEXT NOT NULL,
  size INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE expert (id TEXT PRIMARY KEY, json BLOB NOT NULL, imported_at TEXT NOT NULL) STRICT;
CREATE TABLE expert_key (
  expert TEXT NOT NULL, keyid TEXT NOT NULL, openssh TEXT NOT NULL, status TEXT NOT NULL, source TEXT NOT NULL,
  since TEXT NOT NULL, changed_at TEXT NOT NULL, reason TEXT NOT NULL,
  PRIMARY KEY (expert, keyid)) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX expert_key_id ON expert_key (keyid);
CREATE TABLE conflict (
  expert TEXT NOT NULL, application TEXT NOT NULL, code TEXT NOT NULL, strength TEXT NOT NULL, source TEXT NOT NULL,
  words TEXT NOT NULL, PRIMARY KEY (expert, application, code, source)) STRICT, WITHOUT ROWID;
CREATE TABLE assignment (
  application TEXT NOT NULL, expert TEXT NOT NULL, PRIMARY KEY (application, expert)) STRICT, WITHOUT ROWID;
CREATE TABLE issued (
  bundle_id TEXT PRIMARY KEY, expert TEXT NOT NULL, path TEXT NOT NULL, digest TEXT NOT NULL, secret TEXT,
  applications TEXT NOT NULL, issued_at TEXT NOT NULL, expires_at TEXT NOT NULL, replaces TEXT NOT NULL,
  revoked_at TEXT NOT NULL, reason TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE signed_file (
  id INTEGER PRIMARY KEY, payload_sha256 TEXT NOT NULL UNIQUE, envelope BLOB NOT NULL, keyid TEXT NOT NULL,
  expert TEXT NOT NULL, bundle TEXT NOT NULL, revision INTEGER NOT NULL, name TEXT NOT NULL,
  received_at TEXT NOT NULL) STRICT;
CREATE TABLE resolution (
  application TEXT NOT NULL, expert TEXT NOT NULL, digest TEXT NOT NULL, reason TEXT NOT NULL, at TEXT NOT NULL,
  actor TEXT NOT NULL, PRIMARY KEY (application, expert)) STRICT, WITHOUT ROWID;
CREATE TABLE veto (
  application TEXT NOT NULL, ground TEXT NOT NULL, status TEXT NOT NULL, evidence TEXT NOT NULL,
  decided_on TEXT NOT NULL, actor TEXT NOT NULL, at TEXT NOT NULL,
  PRIMARY KEY (application, ground)) STRICT, WITHOUT ROWID;
CREATE TABLE refusal (
  id INTEGER PRIMARY KEY, at TEXT NOT NULL, name TEXT NOT NULL, file_sha256 TEXT NOT NULL, code TEXT NOT NULL,
  place TEXT NOT NULL, params TEXT NOT NULL, expert TEXT NOT NULL) STRICT;
CREATE TABLE receipt (
  id INTEGER PRIMARY KEY, expert TEXT NOT NULL, path TEXT NOT NULL, files TEXT NOT NULL, at TEXT NOT NULL) STRICT;
CREATE TABLE log (
  seq INTEGER PRIMARY KEY, at TEXT NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL, subject TEXT NOT NULL,
  details TEXT NOT NULL, prev TEXT NOT NULL, sha256 TEXT NOT NULL) STRICT;
"""

_SHA256 = "sha256 TEXT NOT NULL DEFAULT ''"

MIGRATIONS = Migrations(SCHEMA_NAME)


def run_ddl(db: Any, ddl: str) -> None:
    """Runs statements one by one: `executescript` would commit the transaction around them."""
    for statement in ddl.split(";"):
        if statement.strip():
            db.execute(statement)


@MIGRATIONS(name="0001_first")
def _first(db: Any) -> None:
    run_ddl(db, _TRUTH_DDL)
    run_ddl(db, DERIVED_DDL.format(p=""))


@MIGRATIONS(name="0002_cited_documents")
def _cited_documents(db: Any) -> None:
    """A registry made before version 2 of the score file: what it holds came without digests."""
    for table, column in (("challenge", "rect TEXT"), ("challenge", _SHA256), ("evidence", _SHA256)):
        known = {row[1] for row in db.execute(f"PRAGMA table_info({table})")}
        if column.partition(" ")[0] not in known:
            db.execute(f"ALTER TABLE {table} ADD COLUMN {column}")


@MIGRATIONS(name="0003_bundle_chains")
def _bundle_chains(db: Any) -> None:
    """Bundles that follow one another. Until now an application never changed once a bundle held it."""
    for column in ("kind TEXT NOT NULL DEFAULT 'full'", "previous", "opens", "contents"):
        db.execute(f"ALTER TABLE issued ADD COLUMN {column}" + ("" if " " in column else " TEXT NOT NULL DEFAULT ''"))
    db.execute("UPDATE issued SET previous = replaces, opens = coalesce(secret, '')")
    db.execute("UPDATE issued SET kind = 'replacement' WHERE replaces <> ''")
    digests = dict(db.execute("SELECT id, sha256 FROM application"))
    for bundle_id, applications in db.execute("SELECT bundle_id, applications FROM issued").fetchall():
        contents = {name: digests[name] for name in json.loads(applications) if name in digests}
        db.execute("UPDATE issued SET contents = ? WHERE bundle_id = ?", (json.dumps(contents), bundle_id))
    run_ddl(
        db,
        "CREATE TABLE application_past (sha256 TEXT PRIMARY KEY, application TEXT NOT NULL, json BLOB NOT NULL,"
        " imported_at TEXT NOT NULL) STRICT, WITHOUT ROWID",
    )


@MIGRATIONS(name="0004_decisions")
def _decisions(db: Any) -> None:
    """Signed decisions, each chained to the one before (`previous` inside the envelope)."""
    run_ddl(
        db,
        "CREATE TABLE decision (number INTEGER PRIMARY KEY, payload_sha256 TEXT NOT NULL UNIQUE,"
        " envelope BLOB NOT NULL, kind TEXT NOT NULL, subject TEXT NOT NULL, at TEXT NOT NULL) STRICT",
    )


@MIGRATIONS(name="0005_merge_runs")
def _merge_runs(db: Any) -> None:
    """What each merge brought. Those of earlier programs are not known any more and cannot be undone."""
    run_ddl(
        db,
        "CREATE TABLE merge_run (id INTEGER PRIMARY KEY, at TEXT NOT NULL, actor TEXT NOT NULL,"
        " log_seq INTEGER NOT NULL, first_file INTEGER NOT NULL, files INTEGER NOT NULL,"
        " first_refusal INTEGER NOT NULL, refusals INTEGER NOT NULL, keys TEXT NOT NULL,"
        " undone_at TEXT NOT NULL) STRICT;"
        # Digest and category of every application without a look at their whole texts.
        "CREATE INDEX IF NOT EXISTS application_facts ON application (id, sha256, category)",
    )


@MIGRATIONS(name="0006_assignment_proof")
def _assignment_proof(db: Any) -> None:
    """The proof of each draw and the changes after it. Until now certificates stood in the log alone."""
    run_ddl(
        db,
        "CREATE TABLE assignment_proof (id INTEGER PRIMARY KEY, at TEXT NOT NULL, actor TEXT NOT NULL,"
        " kind TEXT NOT NULL, seed TEXT NOT NULL, inputs_digest TEXT NOT NULL, guarantee TEXT NOT NULL,"
        " pairs_digest TEXT NOT NULL, sha256 TEXT NOT NULL, record BLOB NOT NULL) STRICT;"
        "CREATE TABLE assignment_change (id INTEGER PRIMARY KEY, proof INTEGER NOT NULL, at TEXT NOT NULL,"
        " actor TEXT NOT NULL, reason TEXT NOT NULL, removed TEXT NOT NULL, added TEXT NOT NULL) STRICT",
    )


@MIGRATIONS(name="0007_conflict_lists")
def _conflict_lists(db: Any) -> None:
    """Lists that conflicts are found with, and what was found. Until now conflicts were declared ones only."""
    run_ddl(
        db,
        "CREATE TABLE conflict_list (kind TEXT NOT NULL, subject TEXT NOT NULL, organisation TEXT NOT NULL,"
        " code TEXT NOT NULL, other TEXT NOT NULL, year INTEGER NOT NULL, words TEXT NOT NULL,"
        " PRIMARY KEY (kind, subject, organisation, code, other, year)) STRICT, WITHOUT ROWID;"
        "CREATE TABLE conflict_found (expert TEXT NOT NULL, application TEXT NOT NULL, code TEXT NOT NULL,"
        " strength TEXT NOT NULL, source TEXT NOT NULL, words TEXT NOT NULL,"
        " PRIMARY KEY (expert, application, code, source)) STRICT, WITHOUT ROWID",
    )


@MIGRATIONS(name="0008_rounds")
def _rounds(db: Any) -> None:
    """The second round a bundle was issued for. Until now there were no second rounds."""
    db.execute("ALTER TABLE issued ADD COLUMN round TEXT NOT NULL DEFAULT ''")


@MIGRATIONS(name="0009_calibration")
def _calibration(db: Any) -> None:
    """Rounds of calibration, apart from everything that counts. Until now there were none."""
    run_ddl(
        db,
        "CREATE TABLE calibration (id INTEGER PRIMARY KEY, at TEXT NOT NULL, actor TEXT NOT NULL,"
        " applications TEXT NOT NULL) STRICT;"
        "CREATE TABLE calibration_bundle (bundle_id TEXT PRIMARY KEY, calibration INTEGER NOT NULL,"
        " expert TEXT NOT NULL, path TEXT NOT NULL, digest TEXT NOT NULL, secret TEXT, applications TEXT NOT NULL,"
        " issued_at TEXT NOT NULL, expires_at TEXT NOT NULL, opens TEXT NOT NULL, contents TEXT NOT NULL)"
        " STRICT, WITHOUT ROWID;"
        "CREATE TABLE calibration_file (payload_sha256 TEXT PRIMARY KEY, envelope BLOB NOT NULL, keyid TEXT NOT NULL,"
        " expert TEXT NOT NULL, bundle TEXT NOT NULL, revision INTEGER NOT NULL, name TEXT NOT NULL,"
        " received_at TEXT NOT NULL) STRICT, WITHOUT ROWID",
    )


@MIGRATIONS(name="0010_covers")
def _covers(db: Any) -> None:
    """What lists of applications and of files say, without a look at whole texts and envelopes."""
    run_ddl(
        db,
        "CREATE TABLE cover (application TEXT PRIMARY KEY, json BLOB NOT NULL) STRICT, WITHOUT ROWID;"
        "CREATE INDEX IF NOT EXISTS signed_file_facts ON signed_file (expert, keyid, received_at, payload_sha256)",
    )
    for name, body in db.execute("SELECT id, json FROM application"):
        db.execute("INSERT INTO cover VALUES (?, ?)", (name, cover_of(body)))


@MIGRATIONS(name="0011_visits")
def _visits(db: Any) -> None:
    """On-site inspections. Until now there were none, and a merge brought score files only."""
    run_ddl(db, VISITS_DDL)
