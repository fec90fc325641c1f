"""日志查看: the log's entries found by action, actor, subject and words, and written out for people outside.

The log holds digests, names of files and ids, never a mark or a secret; an extract is put on record itself.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.services.results_export import csv_bytes
from ndb_desktop.storage.atomic import atomic_write
from ndb_desktop.storage.registry_rows import LogRow
from ndb_desktop.texts import text

if TYPE_CHECKING:
    from ndb_desktop.services.office import Office

LogFormat = Literal["csv", "json"]


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry with what is searched in it, lower case, made once: a filter must not make it at every key."""

    row: LogRow
    details: str
    words: str


@dataclass(frozen=True, slots=True)
class LogBook:
    """The log as it was read, newest first, and who the actors are (key id -> name)."""

    entries: tuple[Entry, ...]
    actors: Mapping[str, str]


def read_log(office: Office, known: LogBook | None = None) -> LogBook:
    """The whole log; with `known`, only what came after it is read.

    The log only grows, so what is known stays true as long as the newest known entry is still where it was.
    """
    if known is not None and known.entries:
        newest = known.entries[0].row
        missing = office.registry.counts()["log"] - newest.seq
        rows = office.log_rows(newest=missing + 1) if missing >= 0 else ()
        if rows and rows[0] == newest:
            return LogBook((*map(_entry, reversed(rows[1:])), *known.entries), actors(office))
    return LogBook(tuple(map(_entry, reversed(office.log_rows()))), actors(office))


def actors(office: Office) -> Mapping[str, str]:
    """Key ids of those who can have acted, with their names."""
    named = {office.coordinator.keyid: office.name}
    named.setdefault(office.recovery.keyid, "")
    try:
        named.update({one.keyid: one.name for one in office.decided.officers()})
    except NdbError:
        # The log is what one reads when the decisions do not hold.
        pass
    return named


def _details(row: LogRow) -> str:
    return json.dumps(dict(row.details), ensure_ascii=False)


def _entry(row: LogRow) -> Entry:
    details = _details(row)
    return Entry(row, details, f"{row.action}\n{row.subject}\n{details}\n{row.at}\n{row.sha256}".casefold())


def chosen(
    entries: Iterable[Entry], *, action: str = "", actor: str = "", subject: str = "", words: str = ""
) -> tuple[Entry, ...]:
    """The entries that fit all that is given: action and actor exactly, subject and words as parts, in any case."""
    subject, wanted = subject.strip().casefold(), words.casefold().split()
    return tuple(
        one
        for one in entries
        if (not action or one.row.action == action)
        and (not actor or one.row.actor == actor)
        and (not subject or subject in one.row.subject.casefold())
        and all(word in one.words for word in wanted)
    )


def log_bytes(office: Office, rows: Sequence[LogRow], fmt: LogFormat, language: str = "zh_CN") -> bytes:
    """Entries in the order of the log. With all of them the chain of the JSON can be checked by anybody."""
    ordered = sorted(rows, key=lambda row: row.seq)
    if fmt == "json":
        content = {
            "format": "ndb-log",
            "version": 1,
            "batch": office.batch.id,
            "trial": office.batch.trial,
            "complete": [row.seq for row in ordered] == list(range(1, office.registry.counts()["log"] + 1)),
            "entries": [asdict(row) for row in ordered],
        }
        return json.dumps(content, ensure_ascii=False, indent=1).encode("utf-8") + b"\n"
    header = [
        text("log.csv.number", language), text("log.csv.time", language), text("log.csv.actor", language),
        text("log.csv.action", language), text("log.csv.subject", language), text("log.csv.details", language),
        text("log.csv.previous", language), text("log.csv.digest", language),
    ]  # fmt: skip
    lines = [
        [str(row.seq), row.at, row.actor, row.action, row.subject, _details(row), row.prev, row.sha256]
        for row in ordered
    ]
    return csv_bytes([header, *lines])


def export_log(office: Office, rows: Sequence[LogRow], target: Path, fmt: LogFormat, language: str = "zh_CN") -> Path:
    """Writes the entries to `target` and puts that on record. Raises NdbError E-STORE-*."""
    data = log_bytes(office, rows, fmt, language)
    with atomic_write(target) as stream:
        stream.write(data)
    details = {"file": target.name, "sha256": hashlib.sha256(data).hexdigest(), "entries": len(rows), "format": fmt}
    office.log("export.log", office.batch.id, details)
    return target
