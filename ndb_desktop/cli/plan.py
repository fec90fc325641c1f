"""`ndb registry plan` and `ndb registry recommenders`: what a batch fixes around itself (批次方案, 推荐单位名单)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ndb_desktop.cli.context import FINE, Context, table
from ndb_desktop.cli.office import existing, open_registry, registry_options
from ndb_desktop.cli.usage import Verbs
from ndb_desktop.domain.decision import Role
from ndb_desktop.domain.errors import NdbError

if TYPE_CHECKING:
    from ndb_desktop.domain.recommenders import Recommenders

SWITCH = ("yes", "no")


def add(noun: Verbs) -> None:
    """Registers the verbs."""
    plan = noun.verb("plan", "cli.plan.help", _plan)
    plan.argument("-o", "--out", metavar="FILE", type=Path, help_key="cli.plan.out")
    registry_options(plan)
    listed = noun.verb("recommenders", "cli.recommenders.help", _recommenders)
    listed.argument("--table", metavar="FILE", type=Path, help_key="cli.recommenders.table")
    listed.argument("--cities", choices=SWITCH, help_key="cli.recommenders.cities")
    listed.argument("--reason", default="", help_key="cli.decision.reason")
    listed.argument("-o", "--out", metavar="FILE", type=Path, help_key="cli.recommenders.out")
    registry_options(listed)


def officer_cards(context: Context) -> list[tuple[Role, bytes]]:
    """The cards named for a new registry, by role. Raises NdbError E-CLI-NO-FILE, or for what is no card."""
    from ndb_desktop.services.batch_plan import read_card_file

    roles: tuple[Role, ...] = ("archivist", "supervisor")
    given = [(role, getattr(context.options, role)) for role in roles]
    return [(role, read_card_file(existing(path))[0]) for role, path in given if path is not None]


def _plan(context: Context) -> int:
    """The plan as a file, for the next batch to be made after it, or in words."""
    from ndb_desktop.formats.batchplan import plan_to_json
    from ndb_desktop.services.batch_plan import plan_of
    from ndb_desktop.storage.atomic import atomic_write

    target: Path | None = context.options.out
    with open_registry(context) as office:
        plan = plan_of(office)
    if target is not None:
        if target.exists():
            raise NdbError("E-STORE-EXISTS", place=str(target))
        with atomic_write(target, mode=0o644) as stream:
            stream.write(plan_to_json(plan))
    facts = plan.facts
    listed = facts.recommenders
    data = {
        "batch": plan.batch.id,
        "file": None if target is None else str(target),
        "panel_size": plan.batch.panel_size,
        "per_employer": facts.per_employer,
        "per_province": facts.per_province,
        "avoid_province": facts.avoid_province,
        "calendar": plan.batch.calendar,
        "notice_days": facts.notice_days,
        "count_start_day": facts.count_start_day,
        "recommenders": None if listed is None else len(listed.active),
    }
    lines = [f"  {name}: {'-' if value is None else value}" for name, value in data.items()]
    context.emit(data, [context.words("cli.plan.written", file=target)] if target is not None else lines)
    return FINE


def _recommenders(context: Context) -> int:
    from ndb_desktop.domain.recommenders import Recommenders
    from ndb_desktop.services.batch_plan import (
        builtin_recommenders,
        facts_of,
        read_recommender_table,
        set_recommenders,
        write_recommender_table,
    )
    from ndb_desktop.services.recommender_changes import changes

    options = context.options
    told: tuple[str, ...] = ()
    with open_registry(context) as office:
        listed = facts_of(office).recommenders
        if options.table is not None or options.cities is not None:
            known = listed or builtin_recommenders()
            rows = known.rows if options.table is None else read_recommender_table(existing(options.table))
            cities = known.cities if options.cities is None else options.cities == SWITCH[0]
            before, listed = listed, Recommenders(rows, cities)
            set_recommenders(office, listed, reason=options.reason)
            told = changes(before, listed, context.language)
    if options.out is not None and listed is not None:
        if options.out.exists():
            raise NdbError("E-STORE-EXISTS", place=str(options.out))
        write_recommender_table(listed, options.out, context.language)
    context.emit({**_data(listed), "changes": list(told)}, [*told, *_lines(context, listed)])
    return FINE


def _data(listed: Recommenders | None) -> dict[str, object]:
    if listed is None:
        return {"cities": None, "recommenders": None}
    rows = [{"region": row.region, "name": row.name, "recommends": row in listed.active} for row in listed.rows]
    return {"cities": listed.cities, "recommenders": rows}


def _lines(context: Context, listed: Recommenders | None) -> Sequence[str]:
    if listed is None:
        return [context.words("cli.recommenders.none")]
    rows = [(row.region, row.name, context.words("cli.yes") if row in listed.active else "-") for row in listed.rows]
    head = [context.words(key) for key in ("cli.column.region", "cli.column.recommender", "cli.column.recommends")]
    return [
        context.words("cli.recommenders.cities.yes" if listed.cities else "cli.recommenders.cities.no"),
        *table(head, rows),
    ]
