"""The registry's log: every entry carries the digest of the one before, so an edit or a gap shows.

It proves that nobody changed the middle unnoticed; who owns the key of the registry could still write a whole new
chain, which is why digests of its head also leave the house in receipts and reports.
"""

# ruff: noqa: S608  (statements are put together from our own constants; every value is bound)
from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from ndb_desktop.storage.registry_rows import LogCheck, LogRow

GENESIS = "0" * 64
_COLUMNS = "seq, at, actor, action, subject, details, prev, sha256"


def entry_digest(seq: int, at: str, actor: str, action: str, subject: str, details: str, prev: str) -> str:
    """SHA-256 (hex) over the JSON array of the fields."""
    line = json.dumps([seq, at, actor, action, subject, details, prev], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(line.encode("utf-8")).hexdigest()


class Journal:
    """Appends to and checks table `log`. The head is kept in `meta`, so that a cut-off tail shows too."""

    def __init__(self, db: Any) -> None:
        self._db = db

    def head(self) -> tuple[int, str]:
        """Sequence number and digest of the newest entry."""
        row = self._db.execute("SELECT seq, sha256 FROM log ORDER BY seq DESC LIMIT 1").fetchone()
        return (row[0], row[1]) if row else (0, GENESIS)

    def append(self, at: str, actor: str, action: str, subject: str, details: Mapping[str, object]) -> LogRow:
        """Adds one entry; call inside the transaction of what it records."""
        seq, prev = self.head()
        seq += 1
        text = json.dumps(dict(details), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        digest = entry_digest(seq, at, actor, action, subject, text, prev)
        self._db.execute(
            f"INSERT INTO log ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (seq, at, actor, action, subject, text, prev, digest),
        )
        self._db.execute("INSERT OR REPLACE INTO meta VALUES ('log_head', ?)", (f"{seq}:{digest}",))
        return LogRow(seq, at, actor, action, subject, details, prev, digest)

    def rows(self, *, newest: int | None = None, action: str | None = None) -> Iterator[LogRow]:
        """Entries in order; with `newest`, only that many of the latest."""
        where, params = ("WHERE action = ?", [action]) if action else ("", [])
        query = f"SELECT {_COLUMNS} FROM log {where} ORDER BY seq"
        if newest is not None:
            query = f"SELECT * FROM ({query} DESC LIMIT ?) ORDER BY seq"
            params = [*params, str(newest)]
        for seq, at, actor, what, subject, details, prev, digest in self._db.execute(query, params):
            yield LogRow(seq, at, actor, what, subject, json.loads(details), prev, digest)

    def verify(self) -> LogCheck:
        """Walks the whole chain; the first entry that does not fit is reported."""
        prev, expected = GENESIS, 1
        for row in self._db.execute(f"SELECT {_COLUMNS} FROM log ORDER BY seq"):
            seq, before, digest = row[0], row[6], row[7]
            if seq != expected or before != prev or entry_digest(*row[:7]) != digest:
                return LogCheck(expected - 1, expected)
            prev, expected = digest, expected + 1
        head = self._db.execute("SELECT value FROM meta WHERE name = 'log_head'").fetchone()
        intact = (head[0] if head else f"0:{GENESIS}") == f"{expected - 1}:{prev}"
        return LogCheck(expected - 1, 0 if intact else expected)
