"""`ndb settle`: decide what scores leave open: challenges to data, one decision for every expert alike.

Votes and flags are in `settle_votes`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ndb_desktop.cli import settle_veto, settle_votes
from ndb_desktop.cli.context import FINE, Context, table
from ndb_desktop.cli.office import names_of, open_registry, registry_options
from ndb_desktop.cli.usage import Verbs
from ndb_desktop.domain.errors import NdbError

if TYPE_CHECKING:
    from decimal import Decimal

    from ndb_desktop.domain.dispute import Dispute

ACTION_WORDS: Mapping[str, str] = {
    "keep": "settle.action.keep",
    "replace": "settle.action.replace",
    "site": "settle.action.site",
}


def add(verbs: Verbs) -> None:
    """Registers the verbs."""
    noun = verbs.noun("settle", "cli.settle.help")
    listed = noun.verb("list", "cli.settle.list", _list)
    listed.argument("--open", action="store_true", dest="only_open", help_key="cli.settle.open")
    registry_options(listed)
    datum = noun.verb("datum", "cli.settle.datum", _datum)
    datum.argument("application", metavar="APPLICATION", help_key="cli.opt.application")
    datum.argument("datum", metavar="DATUM", help_key="cli.settle.code")
    datum.argument("action", choices=tuple(ACTION_WORDS), help_key="cli.settle.action")
    datum.argument("--year", metavar="YEAR", default="", help_key="cli.settle.year")
    datum.argument("--value", metavar="NUMBER", help_key="cli.settle.value")
    datum.argument("--reason", required=True, help_key="cli.settle.reason")
    registry_options(datum)
    settle_votes.add_to(noun)
    settle_veto.add_to(noun)


def _list(context: Context) -> int:
    from ndb_desktop.services.disputes import list_disputes

    with open_registry(context) as office:
        rows, names = list_disputes(office), names_of(context, office)
        categories = office.registry.application_categories()
    if context.options.only_open:
        rows = tuple(row for row in rows if row.open)
    titles = [names.datum(categories[row.application], row.datum) for row in rows]
    context.emit([_record(row) for row in rows], _lines(context, rows, titles))
    return FINE


def _record(row: Dispute) -> dict[str, Any]:
    from ndb_desktop.domain.numbers import plain

    ruling = row.ruling
    return {
        "application": row.application,
        "datum": row.datum,
        "year": row.key,
        "indicator": row.indicator,
        "declared": None if row.declared is None else plain(row.declared),
        "unit": row.unit,
        "open": row.open,
        "raised": [
            {
                "expert": one.expert,
                "sheet": one.sheet,
                "proposed": None if one.challenge.proposed is None else plain(one.challenge.proposed),
                "document": one.challenge.document,
                "page": one.challenge.page,
                "reason": one.challenge.reason,
            }
            for one in row.raised
        ],
        "ruling": None
        if ruling is None
        else {
            "action": ruling.action,
            "value": None if ruling.value is None else plain(ruling.value),
            "reason": ruling.decision.reason,
            "at": ruling.decision.at,
            "decision": ruling.decision.digest,
        },
    }


def _lines(context: Context, rows: Sequence[Dispute], titles: Sequence[str]) -> Iterator[str]:
    yield from table(
        [
            context.words("cli.column.application"), context.words("cli.settle.column.datum"),
            context.words("cli.column.title"), context.words("cli.settle.column.year"),
            context.words("cli.settle.column.declared"),
            context.words("cli.settle.column.proposed"), context.words("cli.column.state"),
        ],
        [
            (row.application, row.datum, title, row.key or "-", _figure(context, row.declared, row.unit),
             context.words("list.separator").join(f"{one.expert} {_bare(one.challenge.proposed)}" for one in row.raised)
             or "-",
             _state(context, row))
            for row, title in zip(rows, titles, strict=True)
        ],
    )  # fmt: skip
    yield context.words("cli.settle.count", count=len(rows), open=sum(row.open for row in rows))


def _state(context: Context, row: Dispute) -> str:
    if row.ruling is None:
        return context.words("settle.state.open")
    if row.ruling.visit and row.ruling.action == "site":
        return context.words("challenges.held", visit=row.ruling.visit)
    words = context.words(ACTION_WORDS[row.ruling.action])
    return words if row.ruling.value is None else f"{words} {_bare(row.ruling.value)}"


def _bare(value: Decimal | None) -> str:
    from ndb_desktop.domain.numbers import plain

    return "-" if value is None else plain(value)


def _figure(context: Context, value: Decimal | None, unit: str) -> str:
    if value is None or unit in ("", "none"):
        return _bare(value)
    return f"{_bare(value)} {context.words(f'unit.{unit}')}"


def _datum(context: Context) -> int:
    from ndb_desktop.domain.numbers import parse_number
    from ndb_desktop.services.disputes import decide

    options = context.options
    try:
        value = None if options.value is None else parse_number(options.value)
    except NdbError:
        raise NdbError("E-CLI-VALUE", place="--value", value=options.value) from None
    place = (options.application, options.datum, options.year)
    with open_registry(context) as office:
        made = decide(office, place, options.action, reason=options.reason, value=value)
        category = office.registry.application_categories()[options.application]
        name = names_of(context, office).datum(category, options.datum, options.year)
    context.emit(
        {"number": made.number, "decision": made.digest, "content": dict(made.content)},
        [
            context.words(
                "cli.settle.decided",
                number=made.number, application=options.application, datum=name, digest=made.digest,
            )
        ],
    )  # fmt: skip
    return FINE
