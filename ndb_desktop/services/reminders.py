"""催办提醒: what to say to an expert who has not sent everything, and the list of all as CSV or XLSX; never a score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.formats.sheetbook import write_workbook
from ndb_desktop.formats.sheetcsv import write_csv
from ndb_desktop.services.digest_words import spoken
from ndb_desktop.services.office_missing import Arrival, Outstanding
from ndb_desktop.storage.atomic import atomic_write
from ndb_desktop.texts import text

MOST_NAMED = 12
"""So many applications are named in a reminder; of more, how many there are."""
_ARRIVALS: Mapping[Arrival, str] = {
    "not_issued": "missing.not_issued",
    "nothing": "missing.nothing",
    "part": "missing.part",
    "contradiction": "missing.contradiction",
    "complete": "missing.complete",
}


def arrival_words(arrival: Arrival, language: str) -> str:
    """未发放, 未返回, 部分返回, 有矛盾, 已齐."""
    return text(_ARRIVALS[arrival], language)


def days_words(row: Outstanding, language: str) -> str:
    """How many days are left or over, "" where nothing is missing or there is no last day."""
    working = row.counted == "working_days"
    if row.late:
        return text("missing.late.working" if working else "missing.late.days", language, days=row.late)
    if row.left is None or row.arrival in ("complete", "contradiction"):
        return ""
    return text("missing.left.working" if working else "missing.left.days", language, days=row.left)


def named(applications: Sequence[str], language: str) -> str:
    """Ids of applications, of many only the first ones and how many there are."""
    gap = text("list.separator", language)
    if len(applications) <= MOST_NAMED:
        return gap.join(applications)
    return text("missing.named", language, names=gap.join(applications[:MOST_NAMED]), count=len(applications))


def reminder(row: Outstanding, title: str, sender: str, language: str) -> str:
    """A message to one expert, to be copied: what is missing, until when, and what else has to be settled."""
    lines = [text("reminder.salute", language, name=row.expert.name)]
    if row.missing:
        key = "reminder.issue" if row.arrival == "not_issued" else "reminder.missing"
        facts = {"title": title, "assigned": row.assigned, "missing": len(row.missing)}
        lines.append(text(key, language, **facts, names=named(row.missing, language)))
        if row.due is not None and row.arrival != "not_issued":
            lines.append(text("reminder.due", language, day=row.due.isoformat(), days=days_words(row, language)))
    if row.contradictions:
        names = named(row.contradictions, language)
        lines.append(text("reminder.contradiction", language, title=title, names=names))
    if len(lines) == 1:
        lines.append(text("reminder.thanks", language, title=title))
    if row.payload:
        lines.append(text("reminder.key", language))
    return "\n".join((*lines, sender))


def missing_table(rows: Sequence[Outstanding], language: str) -> tuple[tuple[str, ...], ...]:
    """A heading and a line per expert: what came, what is missing, the last day, the key."""
    heading = (
        text("missing.column.expert", language), text("missing.column.name", language),
        text("missing.column.employer", language), text("missing.column.arrival", language),
        text("missing.column.assigned", language), text("missing.column.count", language),
        text("missing.column.names", language), text("missing.column.contradictions", language),
        text("missing.column.issued", language), text("missing.column.last", language),
        text("missing.column.due", language), text("missing.column.days", language),
        text("missing.column.key", language), text("missing.column.words", language),
    )  # fmt: skip
    return (heading, *(_line(row, language) for row in rows))


def _line(row: Outstanding, language: str) -> tuple[str, ...]:
    return (
        row.expert.id, row.expert.name, row.expert.employer, arrival_words(row.arrival, language), str(row.assigned),
        str(len(row.missing)), " ".join(row.missing), " ".join(row.contradictions), row.issued_at, row.last_received,
        row.due.isoformat() if row.due else "", days_words(row, language), row.key,
        spoken(row.payload, language) if row.payload else "",
    )  # fmt: skip


def write_missing(rows: Sequence[Outstanding], target: Path, title: str, language: str) -> Path:
    """Writes the list to `target`, by its ending as CSV or workbook, every cell as text.

    Raises:
        NdbError: E-MISSING-FORMAT (another ending), E-STORE-*.
    """
    table, suffix = missing_table(rows, language), target.suffix.lower()
    if suffix == ".csv":
        data = write_csv(table)
    elif suffix == ".xlsx":
        name = text("missing.sheet", language)
        notes = [[title], [text("missing.note", language, count=len(rows))]]
        data = write_workbook({name: table}, {}, (text("missing.sheet.about", language), notes))
    else:
        raise NdbError("E-MISSING-FORMAT", place=str(target), name=target.name)
    with atomic_write(target, mode=0o644) as stream:
        stream.write(data)
    return target
