"""`ndb inbox`: a watched folder and what is new in it; `ndb contradiction`, `ndb undo-merge`, `ndb missing`."""

from __future__ import annotations

import dataclasses
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from ndb_desktop.cli.context import FINDINGS, FINE, Context, table
from ndb_desktop.cli.merge import show_report
from ndb_desktop.cli.office import existing, names_of, open_registry, registry_options
from ndb_desktop.cli.usage import Verbs
from ndb_desktop.domain.errors import NdbError

if TYPE_CHECKING:
    from ndb_desktop.services.contradiction import Comparison
    from ndb_desktop.services.place_words import Names

_COLUMNS = (
    "cli.column.expert", "cli.column.name", "cli.missing.arrival", "cli.missing.missing", "cli.missing.day",
    "cli.missing.late", "cli.column.key_status",
)  # fmt: skip


def add(verbs: Verbs) -> None:
    """Registers the verbs."""
    noun = verbs.noun("inbox", "cli.inbox.help")
    watch = noun.verb("watch", "cli.inbox.watch", _watch)
    watch.argument("folder", metavar="DIR", nargs="?", type=Path, help_key="cli.inbox.folder")
    registry_options(watch)
    look = noun.verb("look", "cli.inbox.look", _look)
    look.argument("--merge", action="store_true", help_key="cli.inbox.merge")
    registry_options(look)
    undo = verbs.verb("undo-merge", "cli.undo.help", _undo)
    undo.argument("--reason", help_key="cli.undo.reason")
    undo.argument("--check", action="store_true", help_key="cli.undo.check")
    registry_options(undo)
    missing = verbs.verb("missing", "cli.missing.help", _missing)
    missing.argument("--due", metavar="DATE", help_key="cli.missing.due")
    missing.argument("--all", action="store_true", help_key="cli.missing.all")
    missing.argument("--out", metavar="FILE", type=Path, help_key="cli.missing.out")
    registry_options(missing)
    compare = verbs.verb("contradiction", "cli.contradiction.help", _contradiction)
    compare.argument("application", metavar="APPLICATION", nargs="?", help_key="cli.opt.application")
    compare.argument("expert", metavar="EXPERT", nargs="?", help_key="cli.opt.expert")
    registry_options(compare)


def _watch(context: Context) -> int:
    from ndb_desktop.services.inbox import watch

    folder = context.options.folder
    with open_registry(context) as office:
        watch(office, existing(folder) if folder else None)
    key = "cli.inbox.watching" if folder else "cli.inbox.unwatched"
    context.emit({"folder": str(folder) if folder else None}, [context.words(key, folder=folder or "")])
    return FINE


def _look(context: Context) -> int:
    from ndb_desktop.services.inbox import dealt_with, look_for_new
    from ndb_desktop.services.merge import merge_files

    take = context.options.merge
    with open_registry(context) as office:
        found = look_for_new(office)
        if found is None:
            raise NdbError("E-INBOX-NONE")
        report = merge_files(office, found.files, dry_run=not take, progress=context.progress, cancel=context.cancel)
        if take:
            dealt_with(office, found)
    if found.arriving:
        context.say(context.words("cli.inbox.arriving", count=len(found.arriving)))
    return show_report(context, report)


def _undo(context: Context) -> int:
    from ndb_desktop.services.merge_undo import last_merge, undo_merge

    with open_registry(context) as office:
        if context.options.check:
            last = last_merge(office)
            if last is None:
                raise NdbError("E-UNDO-NONE")
        else:
            last = undo_merge(office, context.options.reason or "")
    if last.blocked is not None:
        context.report((last.blocked,))
    key = "cli.undo.could" if context.options.check else "cli.undo.done"
    data = {**dataclasses.asdict(last), "blocked": context.fault_data(last.blocked)}
    facts = {"at": last.at, "files": last.files, "refusals": last.refusals, "keys": last.keys}
    context.emit(data, [context.words(key, **facts)])
    return FINDINGS if last.blocked is not None else FINE


def _missing(context: Context) -> int:
    from ndb_desktop.services.office_missing import outstanding
    from ndb_desktop.services.reminders import arrival_words, days_words, write_missing

    with open_registry(context) as office:
        rows, title = outstanding(office, due=_date(context.options.due)), office.batch.title.get(context.language)
    if not context.options.all:
        rows = tuple(row for row in rows if row.arrival != "complete" or row.needs_call)
    if context.options.out is not None:
        write_missing(rows, context.options.out, title, context.language)
    data = [
        {
            "expert": row.expert.id, "name": row.expert.name, "state": row.arrival, "assigned": row.assigned,
            "missing": list(row.missing), "contradictions": list(row.contradictions), "issued_at": row.issued_at,
            "last_received": row.last_received, "due": row.due.isoformat() if row.due else None, "late": row.late,
            "late_in": row.counted, "left": row.left, "key_unconfirmed": row.key_unconfirmed,
            "words": days_words(row, context.language),
        }
        for row in rows
    ]  # fmt: skip
    lines = table(
        [context.words(key) for key in _COLUMNS],
        [
            (
                row.expert.id, row.expert.name, arrival_words(row.arrival, context.language),
                f"{len(row.missing)}/{row.assigned}", row.due or "-", row.late or "-",
                context.words("missing.unconfirmed") if row.key_unconfirmed else "-",
            )
            for row in rows
        ],
    )  # fmt: skip
    context.emit(data, lines if rows else [context.words("cli.missing.none")])
    return FINDINGS if any(row.needs_call for row in rows) else FINE


def _date(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise NdbError("E-CLI-VALUE", place="--due", value=text) from None


def _contradiction(context: Context) -> int:
    from ndb_desktop.services.contradiction import compare, contradictions

    options = context.options
    with open_registry(context) as office:
        waiting = contradictions(office)
        if options.application and options.expert:
            waiting = ((options.application, options.expert),)
        found, names = [compare(office, *pair) for pair in waiting], names_of(context, office)
    lines = [line for one in found for line in _compared(context, one, names)]
    context.emit([dataclasses.asdict(one) for one in found], lines or [context.words("cli.contradiction.none")])
    return FINDINGS if found else FINE


def _compared(context: Context, one: Comparison, names: Names) -> list[str]:
    from ndb_desktop.services.merge_words import FIELDS

    lines = [context.words("cli.contradiction.head", application=one.application, expert=one.expert)]
    for number, version in enumerate(one.versions, 1):
        files = ", ".join(f"{arrived.name} ({arrived.received_at})" for arrived in version.files)
        lines.append(f"  {number}. {version.digest}  {files}")
    for row in one.differences:
        name = context.words(FIELDS[row.field])
        item = names.item(row.item) if row.item else "-"
        lines.append(f"  {context.words('cli.contradiction.differs', item=item, field=name)}")
    return lines
