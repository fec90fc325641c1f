"""`ndb objection`: the register of objections to the public list (异议登记)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from ndb_desktop.cli.context import FINE, Context, table
from ndb_desktop.cli.office import open_registry, registry_options
from ndb_desktop.cli.usage import Verbs
from ndb_desktop.domain.errors import NdbError

if TYPE_CHECKING:
    from ndb_desktop.domain.objection import Objection

RESULT_WORDS: Mapping[str, str] = {
    "upheld": "objection.result.upheld",
    "rejected": "objection.result.rejected",
    "withdrawn": "objection.result.withdrawn",
}


def add(verbs: Verbs) -> None:
    """Registers the verbs."""
    noun = verbs.noun("objection", "cli.objection.help")
    listed = noun.verb("list", "cli.objection.list", _list)
    listed.argument("--open", action="store_true", dest="only_open", help_key="cli.objection.open")
    registry_options(listed)
    made = noun.verb("receive", "cli.objection.receive", _receive)
    made.argument("--sender", required=True, help_key="cli.objection.sender")
    made.argument("--contact", required=True, help_key="cli.objection.contact")
    made.argument("--matter", required=True, help_key="cli.objection.matter")
    made.argument("--evidence", required=True, help_key="cli.objection.evidence")
    made.argument("--received", metavar="DATE", required=True, help_key="cli.objection.received")
    made.argument("--application", metavar="ID", default="", help_key="cli.objection.application")
    registry_options(made)
    closed = noun.verb("close", "cli.objection.close", _close)
    closed.argument("number", metavar="NUMBER", help_key="cli.objection.number")
    closed.argument("result", choices=tuple(RESULT_WORDS), help_key="cli.objection.result")
    closed.argument("--handling", required=True, help_key="cli.objection.handling")
    registry_options(closed)


def _list(context: Context) -> int:
    from ndb_desktop.services.objections import open_objections, register

    with open_registry(context) as office:
        rows = open_objections(office) if context.options.only_open else register(office)
    return _show(context, rows, [_record(row) for row in rows])


def _receive(context: Context) -> int:
    from ndb_desktop.services.objections import receive

    options = context.options
    try:
        received = date.fromisoformat(options.received)
    except ValueError:
        raise NdbError("E-CLI-VALUE", place="--received", value=options.received) from None
    with open_registry(context) as office:
        row = receive(
            office, sender=options.sender, contact=options.contact, matter=options.matter, evidence=options.evidence,
            received=received, application=options.application,
        )  # fmt: skip
    return _show(context, [row], _record(row))


def _close(context: Context) -> int:
    from ndb_desktop.services.objections import close

    options = context.options
    with open_registry(context) as office:
        row = close(office, options.number, options.result, handling=options.handling)
    return _show(context, [row], _record(row))


def _record(row: Objection) -> dict[str, Any]:
    return {
        "number": row.id, "application": row.application, "received": row.received.isoformat(), "sender": row.sender,
        "contact": row.contact, "matter": row.matter, "evidence": row.evidence, "open": row.open,
        "result": row.result, "handling": row.handling, "closed": row.closed.isoformat() if row.closed else None,
        "decisions": [one.digest for one in row.decisions],
    }  # fmt: skip


def _show(context: Context, rows: Sequence[Objection], data: object) -> int:
    headers = [
        context.words("objection.column.number"), context.words("objection.column.received"),
        context.words("objection.column.application"), context.words("objection.column.sender"),
        context.words("objection.column.matter"), context.words("objection.column.result"),
        context.words("objection.column.handling"), context.words("objection.column.closed"),
    ]  # fmt: skip
    lines = table(
        headers,
        [
            (row.id, row.received, row.application or "-", row.sender, row.matter,
             context.words(RESULT_WORDS[row.result] if row.result else "objection.result.open"), row.handling or "-",
             row.closed or "-")
            for row in rows
        ],
    )  # fmt: skip
    context.emit(data, lines)
    return FINE
