"""`ndb lifecycle`: where every base stands, by which decisions, and what is due (基地生命周期)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ndb_desktop.cli.context import FINDINGS, FINE, Context, table
from ndb_desktop.cli.office import existing, open_registry, registry_options
from ndb_desktop.cli.officers import decision_line, decision_record
from ndb_desktop.cli.secrets import second_identity, second_options
from ndb_desktop.cli.usage import Verbs
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.lifecycle import GROUNDS, MOVES, STATES

if TYPE_CHECKING:
    from ndb_desktop.domain.lifecycle import Due, Step
    from ndb_desktop.services.lifecycle import Base

_DUES: Mapping[str, str] = {
    "acceptance": "lifecycle.due.acceptance",
    "rectification": "lifecycle.due.rectification",
    "notice": "lifecycle.due.notice",
    "effect": "lifecycle.due.effect",
}
_NOTHING = "-"


def add(verbs: Verbs) -> None:
    """Registers the verbs."""
    noun = verbs.noun("lifecycle", "cli.lifecycle.help")
    listed = noun.verb("list", "cli.lifecycle.list", _list)
    listed.argument("--state", choices=STATES, help_key="cli.lifecycle.state")
    listed.argument("--due", action="store_true", help_key="cli.lifecycle.due")
    registry_options(listed)
    shown = noun.verb("show", "cli.lifecycle.show", _show)
    shown.argument("base", metavar="BASE", help_key="cli.lifecycle.base")
    registry_options(shown)
    moved = noun.verb("move", "cli.lifecycle.move", _move)
    moved.argument("move", metavar="MOVE", choices=MOVES, help_key="cli.lifecycle.what")
    moved.argument("base", metavar="BASE", nargs="+", help_key="cli.lifecycle.base")
    moved.argument("--on", metavar="DATE", required=True, help_key="cli.lifecycle.on")
    moved.argument("--paper", metavar="NUMBER", default="", help_key="cli.lifecycle.paper")
    moved.argument(
        "--document", metavar="FILE", type=Path, action="append", default=[], help_key="cli.lifecycle.document"
    )
    moved.argument("--until", metavar="DATE", help_key="cli.lifecycle.until")
    moved.argument("--ground", choices=GROUNDS, help_key="cli.lifecycle.ground")
    moved.argument("--reason", required=True, help_key="cli.decision.reason")
    second_options(moved)
    registry_options(moved)


def _list(context: Context) -> int:
    from ndb_desktop.services.lifecycle import by_deadline, in_words, looked_over

    options = context.options
    with open_registry(context) as office:
        found, refused = looked_over(office)
    rows = [one for one in found if options.state in (None, one.life.state)]
    if options.due:
        rows = [one for one in by_deadline(rows) if one.life.due is not None]
    keys = ("cli.lifecycle.column.base", "cli.column.applicant", "cli.column.state")
    head = [context.words(key) for key in (*keys, "cli.lifecycle.column.since", "cli.lifecycle.column.due")]
    cells = [
        (
            one.application.id,
            one.application.applicant,
            _state(context, one.life.state),
            one.life.since or _NOTHING,
            _due_words(context, one.life.due),
        )
        for one in rows
    ]
    count = context.words("cli.lifecycle.count", count=len(rows))
    context.emit([_record(one) for one in rows], [*table(head, cells), count] if rows else [count])
    context.report(in_words(fault, context.language) for fault in refused.values())
    return FINDINGS if refused else FINE


def _show(context: Context) -> int:
    from ndb_desktop.services.lifecycle import base

    with open_registry(context) as office:
        found = base(office, context.options.base)
    life = found.life
    title = context.words(
        "cli.lifecycle.title", base=life.base, name=found.application.applicant, state=_state(context, life.state)
    )
    due = [context.words("cli.lifecycle.next", due=_due_words(context, life.due))] if life.due else []
    steps = [line for step in life.steps for line in _step_lines(context, step)]
    context.emit(
        {**_record(found), "steps": [_step(step) for step in life.steps]},
        [title, *due, *(steps or [context.words("cli.lifecycle.no_steps")])],
    )
    return FINE


def _move(context: Context) -> int:
    from ndb_desktop.services.lifecycle import Order, bases, decide

    options = context.options
    order = Order(
        options.move,
        _day("--on", options.on),
        tuple(options.base),
        options.paper,
        tuple(existing(path) for path in options.document),
        None if options.until is None else _day("--until", options.until),
        options.ground,
    )
    with open_registry(context) as office:
        made = decide(office, order, reason=options.reason, second=second_identity(context))
        found = [one for one in bases(office) if one.life.base in order.bases]
    lines = [
        context.words(
            "cli.lifecycle.moved", base=one.life.base, state=_state(context, one.life.state),
            due=_due_words(context, one.life.due),
        )
        for one in found
    ]  # fmt: skip
    record = {"decision": decision_record(made), "bases": [_record(one) for one in found]}
    context.emit(record, [decision_line(context, made), *lines])
    return FINE


def _day(place: str, value: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise NdbError("E-CLI-VALUE", place=place, value=value) from None


def _state(context: Context, state: str) -> str:
    from ndb_desktop.services.lifecycle import STATE_WORDS

    return next(context.words(key) for name, key in STATE_WORDS.items() if name == state)


def _due_words(context: Context, due: Due | None) -> str:
    return _NOTHING if due is None else context.words(_DUES[due.kind], day=due.day.isoformat())


def _record(one: Base) -> dict[str, Any]:
    life = one.life
    return {
        "base": life.base,
        "applicant": one.application.applicant,
        "category": one.application.category,
        "field": one.application.field,
        "state": life.state,
        "since": None if life.since is None else life.since.isoformat(),
        "due": _due(life.due),
    }


def _due(due: Due | None) -> dict[str, str] | None:
    return None if due is None else {"kind": due.kind, "day": due.day.isoformat()}


def _step(step: Step) -> dict[str, Any]:
    return {
        "move": step.act.move,
        "from": step.before,
        "to": step.after,
        "on": step.act.on.isoformat(),
        "paper": step.act.paper,
        "ground": step.act.ground,
        "documents": [{"name": row.name, "sha256": row.sha256} for row in step.act.documents],
        "due": _due(step.due),
        "decision": decision_record(step.decision),
    }


def _step_lines(context: Context, step: Step) -> list[str]:
    from ndb_desktop.services.lifecycle import MOVE_WORDS

    first = context.words(
        "cli.lifecycle.step", day=step.act.on.isoformat(), move=context.words(MOVE_WORDS[step.act.move]),
        state=_state(context, step.after), paper=step.act.paper or _NOTHING,
    )  # fmt: skip
    files = [f"    {row.sha256[:16]}  {row.name}" for row in step.act.documents]
    return [first, *files, f"    {decision_line(context, step.decision)}"]
