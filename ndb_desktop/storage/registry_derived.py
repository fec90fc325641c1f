"""Writes and reads what follows from the signed files: sheet versions, items, challenges, evidence, standing."""

# ruff: noqa: S608  (statements are put together from our own constants; every value is bound)
from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

import msgspec

from ndb_desktop.domain.numbers import parse_number
from ndb_desktop.domain.sheet import Challenge, Declaration, EvidenceLink, ItemEntry, Sheet
from ndb_desktop.storage.registry_rows import SheetRow, Standing, StoredSheet, Version
from ndb_desktop.storage.registry_schema import DERIVED, NATURAL_ROWS
from ndb_desktop.storage.standing import standing_of

Pair = tuple[str, str]

_FLUSH = 400
_INSERT = {
    "sheet": "INSERT INTO {p}sheet VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    # An item's value, level and computed score are never empty texts. Binding a None takes the driver longer than all
    # the rest of the row (it looks for an adapter and fails), and there are a million of them in a large round.
    "item": "INSERT INTO {p}item VALUES (?, ?, ?, nullif(?, ''), nullif(?, ''), ?, nullif(?, ''), ?)",
    "challenge": "INSERT INTO {p}challenge VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    "evidence": "INSERT INTO {p}evidence VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    "file_sheet": "INSERT INTO {p}file_sheet VALUES (?, ?)",
    "agreement": "INSERT INTO {p}agreement VALUES (?, ?, ?, ?)",
}


class DerivedWriter:
    """Adds sheet versions in bulk and keeps in memory only what decides their standing.

    `prefix` names a second set of tables, which `rebuild` fills to compare. Live only inside one transaction.
    """

    def __init__(self, conn: Any, prefix: str = "", *, dry: bool = False) -> None:
        self._conn = conn
        self._prefix = prefix
        self._dry = dry
        self._pending: dict[str, list[Sequence[object]]] = {table: [] for table in _INSERT}
        self._ids: dict[tuple[str, str, str], int] = {}
        self._versions: dict[Pair, dict[str, Version]] = {}
        self._touched: set[Pair] = set()
        self._load()
        row = conn.execute(f"SELECT coalesce(max(id), 0) FROM {prefix}sheet").fetchone()
        self._next = int(row[0]) + 1

    def _load(self) -> None:
        p = self._prefix
        query = (
            f"SELECT s.application, s.expert, s.digest, s.id, s.revision, s.supersedes,"
            f" EXISTS (SELECT 1 FROM {p}file_sheet l"
            " JOIN signed_file f ON f.id = l.file LEFT JOIN expert_key k ON k.keyid = f.keyid"
            " WHERE l.sheet = s.id AND coalesce(k.status, '') <> 'revoked')"
            f" FROM {p}sheet s"
        )
        for application, expert, digest, number, revision, supersedes, live in self._conn.execute(query):
            self._ids[application, expert, digest] = number
            versions = self._versions.setdefault((application, expert), {})
            versions[digest] = Version(revision, digest, supersedes, bool(live))

    def versions(self, application: str, expert: str) -> Mapping[str, Version]:
        """Known versions of a pair by digest, with those added a moment ago."""
        return self._versions.get((application, expert), {})

    def add(
        self, file: int, sheets: Iterable[SheetRow], agreements: Iterable[tuple[str, str, str]], *, live: bool
    ) -> None:
        """Adds what one signed file says: its sheets (a known one is only linked) and its agreed statements."""
        for sheet in sheets:
            key = (sheet.application, sheet.expert, sheet.digest)
            number = self._ids.get(key)
            if number is None:
                number = self._insert(sheet)
                self._ids[key] = number
            self._pending["file_sheet"].append((number, file))
            pair = key[:2]
            known = self._versions.setdefault(pair, {})
            before = known.get(sheet.digest)
            alive = live or (before is not None and before.live)
            known[sheet.digest] = Version(sheet.revision, sheet.digest, sheet.supersedes, alive)
            self._touched.add(pair)
        self._pending["agreement"].extend((file, *agreement) for agreement in agreements)
        if len(self._pending["file_sheet"]) >= _FLUSH:
            self.flush()

    def _insert(self, sheet: SheetRow) -> int:
        number, self._next = self._next, self._next + 1
        pending = self._pending
        codes = json.dumps(sheet.codes) if sheet.codes else "[]"
        pending["sheet"].append((
            number, sheet.application, sheet.expert, sheet.revision, sheet.digest, sheet.supersedes, sheet.pack,
            sheet.status, sheet.declared, codes, sheet.words, sheet.declared_at, sheet.opinion, sheet.unable,
        ))  # fmt: skip
        # In the order of the key: each row goes to the end of its tree.
        pending["item"].extend(
            [
                (number, name, state, value or "", level or "", confirm, computed or "", reason)
                for name, state, value, level, confirm, computed, reason in sorted(sheet.items)
            ]
        )
        pending["challenge"].extend((number, *challenge) for challenge in sheet.challenges)
        pending["evidence"].extend((number, *link) for link in sheet.evidence)
        return number

    def touch_all(self) -> None:
        """Computes the standing of every pair at the next `settle` (after a key or a decision changed)."""
        self._touched |= self._versions.keys()

    def touch(self, pairs: Iterable[Pair]) -> None:
        """Computes the standing of these pairs at the next `settle`, as far as there is any sheet of them."""
        self._touched.update(pair for pair in pairs if pair in self._versions)

    def flush(self) -> None:
        """Writes what waits; a dry writer forgets it."""
        for table, rows in self._pending.items():
            if rows and not self._dry:
                self._conn.executemany(_INSERT[table].format(p=self._prefix), rows)
            rows.clear()

    def settle(self, resolutions: Mapping[Pair, str]) -> None:
        """Writes what waits and the standing of every touched pair."""
        self.flush()
        rows = []
        for application, expert in sorted(self._touched):
            versions = self._versions[application, expert].values()
            standing = standing_of(application, expert, versions, resolutions.get((application, expert)))
            digests = standing.digests
            # Most pairs have one; a digest is hexadecimal and needs no escapes.
            listed = f'["{digests[0]}"]' if len(digests) == 1 else json.dumps(digests)
            rows.append((application, expert, standing.state, standing.revision, listed))
        self._conn.executemany(f"INSERT OR REPLACE INTO {self._prefix}standing VALUES (?, ?, ?, ?, ?)", rows)
        self._touched.clear()


def table_digests(conn: Any, prefix: str = "") -> dict[str, tuple[int, str]]:
    """Number of rows and SHA-256 over all rows of each derived table, independent of row numbers."""
    found = {}
    for table in DERIVED:
        digest, count = hashlib.sha256(), 0
        for row in conn.execute(NATURAL_ROWS[table].format(p=prefix)):
            digest.update(json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode("utf-8"))
            count += 1
        total = conn.execute(f"SELECT count(*) FROM {prefix}{table}").fetchone()[0]
        # Rows whose sheet or file is gone do not show in the joins above; the plain count does.
        found[table] = (total, f"{digest.hexdigest()}:{total - count}")
    return found


_DIGESTS = msgspec.json.Decoder(tuple[str, ...])


def standings(conn: Any) -> Iterator[Standing]:
    """Every pair's standing, by application and expert."""
    query = "SELECT application, expert, state, revision, digests FROM standing ORDER BY application, expert"
    made, decode = Standing._make, _DIGESTS.decode
    for application, expert, state, revision, digests in conn.execute(query):
        # Nearly all have one digest, and a digest needs no escapes.
        listed = (digests[2:66],) if len(digests) == 68 else decode(digests)
        yield made((application, expert, state, revision, listed))


def remove_files(conn: Any, first: int, end: int, resolutions: Mapping[Pair, str]) -> None:
    """Takes the signed files with numbers from `first` up to `end` (not included) out again, with all that follows.

    A sheet that another file brought too stays. Call inside a transaction.
    """
    span = (first, end)
    pairs = conn.execute(
        "SELECT DISTINCT s.application, s.expert FROM file_sheet l JOIN sheet s ON s.id = l.sheet"
        " WHERE l.file >= ? AND l.file < ?",
        span,
    ).fetchall()
    conn.execute("CREATE TEMP TABLE gone (sheet INTEGER PRIMARY KEY)")
    conn.execute("INSERT INTO gone SELECT DISTINCT sheet FROM file_sheet WHERE file >= ? AND file < ?", span)
    conn.execute("DELETE FROM file_sheet WHERE file >= ? AND file < ?", span)
    conn.execute("DELETE FROM gone WHERE sheet IN (SELECT sheet FROM file_sheet)")
    for table in ("item", "challenge", "evidence"):
        conn.execute(f"DELETE FROM {table} WHERE sheet IN (SELECT sheet FROM gone)")
    conn.execute("DELETE FROM sheet WHERE id IN (SELECT sheet FROM gone)")
    conn.execute("DROP TABLE gone")
    conn.execute("DELETE FROM agreement WHERE file >= ? AND file < ?", span)
    conn.execute("DELETE FROM signed_file WHERE id >= ? AND id < ?", span)
    conn.executemany("DELETE FROM standing WHERE application = ? AND expert = ?", pairs)
    writer = DerivedWriter(conn)
    writer.touch((str(application), str(expert)) for application, expert in pairs)
    writer.settle(resolutions)


_SHEET = (
    "SELECT s.id, s.expert, s.application, s.revision, s.digest, s.supersedes, s.pack, s.declared, s.codes, s.words,"
    " s.declared_at, s.opinion, s.unable FROM sheet s"
)
_CURRENT = (
    f"{_SHEET} JOIN standing t ON t.application = s.application AND t.expert = s.expert AND t.state = 'current'"
    " AND t.digests = json_array(s.digest)"
)


def current_sheets(conn: Any, application: str | None = None) -> Iterator[tuple[str, tuple[StoredSheet, ...]]]:
    """The sheets that count, grouped by application in order of id; one application's at a time in memory."""
    if application is None:
        rows = conn.execute(f"{_CURRENT} ORDER BY s.application, s.expert")
    else:
        rows = conn.execute(f"{_CURRENT} WHERE s.application = ? ORDER BY s.expert", (application,))
    for name, group in groupby(rows, key=lambda row: str(row[2])):
        yield name, tuple(_stored(conn, row) for row in group)


def current_sources(conn: Any) -> Iterator[tuple[str, str, str]]:
    """Application, expert and bundle of every scored sheet that counts, once per signed file that brought it."""
    query = (
        "SELECT t.application, t.expert, f.bundle FROM standing t JOIN sheet s ON s.application = t.application"
        " AND s.expert = t.expert AND t.digests = json_array(s.digest) JOIN file_sheet l ON l.sheet = s.id"
        " JOIN signed_file f ON f.id = l.file WHERE t.state = 'current' AND s.status = 'scored'"
    )
    for application, expert, bundle in conn.execute(query):
        yield str(application), str(expert), str(bundle)


def current_files(conn: Any) -> Iterator[tuple[str, str, str]]:
    """Application, expert and payload digest of each signed file that brought a sheet that counts."""
    query = (
        "SELECT t.application, t.expert, f.payload_sha256 FROM standing t JOIN sheet s"
        " ON s.application = t.application AND s.expert = t.expert AND t.digests = json_array(s.digest)"
        " JOIN file_sheet l ON l.sheet = s.id JOIN signed_file f ON f.id = l.file WHERE t.state = 'current'"
        " ORDER BY t.application, t.expert, f.payload_sha256"
    )
    for application, expert, payload in conn.execute(query):
        yield str(application), str(expert), str(payload)


def current_challenges(conn: Any) -> Iterator[tuple[str, str, str, Challenge]]:
    """Application, expert, digest of the sheet and the challenge, for every scored sheet that counts."""
    # From the few challenges to their sheets: left to itself SQLite begins with all that stands.
    query = (
        "SELECT s.application, s.expert, s.digest, c.id, c.indicator, c.datum, c.year, c.proposed, c.document, c.page,"
        " c.reason, c.rect, c.sha256 FROM challenge c CROSS JOIN sheet s ON s.id = c.sheet CROSS JOIN"
        " standing t ON t.application = s.application AND t.expert = s.expert AND t.digests = json_array(s.digest)"
        " WHERE t.state = 'current' AND s.status = 'scored' ORDER BY s.application, s.expert, c.id"
    )
    for application, expert, digest, *row in conn.execute(query):
        yield str(application), str(expert), str(digest), _challenge(row)


def _challenge(row: Sequence[Any]) -> Challenge:
    name, indicator, datum, year, proposed, document, page, reason, rect, sha256 = row
    return Challenge(name, indicator, datum, year, _number(proposed), document, page, reason, _rect(rect), sha256)


def sheet_versions(conn: Any, application: str, expert: str) -> tuple[StoredSheet, ...]:
    """Every version of a pair that ever arrived, oldest revision first."""
    rows = conn.execute(
        f"{_SHEET} WHERE s.application = ? AND s.expert = ? ORDER BY s.revision, s.digest", (application, expert)
    ).fetchall()
    return tuple(_stored(conn, row) for row in rows)


def _number(value: str | None) -> Any:
    return None if value is None else parse_number(value)


def _rect(text: str | None) -> tuple[int, int, int, int] | None:
    if not text:
        return None
    x0, y0, x1, y1 = json.loads(text)
    return x0, y0, x1, y1


def _stored(conn: Any, row: tuple[Any, ...]) -> StoredSheet:
    (number, expert, application, revision, digest, supersedes, pack,
     declared, codes, words, declared_at, opinion, unable) = row  # fmt: skip
    items, computed = {}, {}
    query = "SELECT item, state, value, level, confirm, computed, reason FROM item WHERE sheet = ? ORDER BY item"
    for item, state, value, level, confirm, score, reason in conn.execute(query, (number,)):
        items[item] = ItemEntry(item, state, level, _number(value), confirm, reason)
        computed[item] = score
    challenges = tuple(
        _challenge(challenge)
        for challenge in conn.execute(
            "SELECT id, indicator, datum, year, proposed, document, page, reason, rect, sha256 FROM challenge"
            " WHERE sheet = ? ORDER BY id",
            (number,),
        )
    )
    evidence = tuple(
        EvidenceLink(name, item, document, page, _rect(rect), quote, sha256)
        for name, item, document, page, rect, quote, sha256 in conn.execute(
            "SELECT id, item, document, page, rect, quote, sha256 FROM evidence WHERE sheet = ? ORDER BY id", (number,)
        )
    )
    declaration = Declaration(declared, tuple(json.loads(codes)), words, declared_at)
    sheet = Sheet(application, declaration, items, challenges, evidence, opinion, "", unable)
    return StoredSheet(expert, application, revision, digest, supersedes, pack, sheet, computed)
