"""The log in words: what each entry says was done, by whom, with all its details."""

from __future__ import annotations

from collections.abc import Mapping

from ndb_desktop.services import log_names
from ndb_desktop.services.log_view import Entry
from ndb_desktop.storage.registry_rows import LogRow
from ndb_desktop.ui import i18n
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.widgets.table import Column


def action_name(action: str) -> str:
    """What was done; the word of the file itself for one made by a newer program."""
    return log_names.action_name(action, i18n.language())


def said(row: LogRow) -> str:
    """What was done; of a decision also what kind of."""
    return log_names.said(row, i18n.language())


def actor_name(actor: str, actors: Mapping[str, str]) -> str:
    """Who acted: a name, the recovery key, else the beginning of the key id."""
    if actor not in actors:
        return actor[:20]
    return actors[actor] or tr("log.actor.recovery")


def entry_lines(entry: Entry, actors: Mapping[str, str]) -> str:
    """Everything about an entry, one thing a line."""
    row = entry.row
    lines = [
        tr("log.entry.head", number=row.seq, at=i18n.local_time(row.at), utc=row.at),
        tr("log.entry.actor", name=actor_name(row.actor, actors), keyid=row.actor),
        tr("log.entry.action", name=said(row), code=row.action),
        tr("log.entry.subject", subject=row.subject or "—"),
    ]
    lines += [f"    {name}: {_value(value)}" for name, value in row.details.items()]
    lines += [tr("log.entry.previous", digest=row.prev), tr("log.entry.digest", digest=row.sha256)]
    return "\n".join(lines)


def _value(value: object) -> str:
    if isinstance(value, (list, tuple)):
        return tr("list.separator").join(str(one) for one in value) or "—"
    return "—" if value in ("", None) else str(value)


def log_columns(actors: Mapping[str, str]) -> tuple[Column[Entry], ...]:
    """Fixed widths: to measure a hundred thousand rows for each width would take seconds. `actors` may grow."""
    return (
        Column(tr("column.number"), lambda e: str(e.row.seq), number=True, width=72),
        Column(tr("column.time"), lambda e: i18n.local_time(e.row.at), width=150),
        Column(tr("column.action"), lambda e: said(e.row), width=190),
        Column(tr("column.subject"), lambda e: e.row.subject, width=170),
        Column(tr("log.actor"), lambda e: actor_name(e.row.actor, actors), width=150),
        Column(tr("column.details"), lambda e: e.details, stretch=True),
    )
