"""`ndb settle vote`, `ndb settle flags`, `ndb settle flag`: panel votes (合议) and answers to flags (提示处理)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ndb_desktop.cli.context import FINE, Context, table
from ndb_desktop.cli.office import names_of, open_registry, registry_options
from ndb_desktop.cli.officers import decision_line, decision_record
from ndb_desktop.cli.secrets import second_identity, second_options
from ndb_desktop.cli.usage import Verb, Verbs
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.flaglife import STEPS

if TYPE_CHECKING:
    from ndb_desktop.domain.flaglife import FlagCase
    from ndb_desktop.domain.settlement import Outcome, Vote
    from ndb_desktop.services.place_words import Names

_SHOWN = 12
"""So many characters of a flag's mark are shown; as many as make it the only one are enough to name it."""
_STATES = {"open": "cli.flag.open", "explained": "cli.flag.explained", "closed": "cli.flag.closed"}


def add_to(noun: Verbs) -> None:
    """Registers the verbs of `ndb settle`."""
    vote = noun.verb("vote", "cli.settle.vote", _vote)
    vote.argument("application", metavar="APPLICATION", help_key="cli.opt.application")
    vote.argument("--issue", required=True, help_key="cli.settle.issue")
    vote.argument("--for", metavar="EXPERT", dest="yes", action="append", default=[], help_key="cli.settle.for")
    vote.argument("--against", metavar="EXPERT", action="append", default=[], help_key="cli.settle.against")
    vote.argument("--abstain", metavar="EXPERT", action="append", default=[], help_key="cli.settle.abstain")
    vote.argument("--dissent", metavar="EXPERT=WORDS", action="append", default=[], help_key="cli.settle.dissent")
    _signed(vote)
    listed = noun.verb("flags", "cli.settle.flags", _flags)
    listed.argument("--state", choices=tuple(_STATES), help_key="cli.settle.state")
    registry_options(listed)
    flag = noun.verb("flag", "cli.settle.flag", _flag)
    flag.argument("mark", metavar="MARK", help_key="cli.settle.mark")
    flag.argument("step", choices=STEPS, help_key="cli.settle.step")
    _signed(flag)


def _signed(verb: Verb) -> None:
    verb.argument("--reason", required=True, help_key="cli.decision.reason")
    second_options(verb)
    registry_options(verb)


def _vote(context: Context) -> int:
    from ndb_desktop.domain.settlement import carried
    from ndb_desktop.services.results import compute
    from ndb_desktop.services.settlements import settle

    options = context.options
    votes = tuple(_votes(options.yes, options.against, options.abstain, options.dissent))
    outcome: Outcome = "selected" if carried(votes) else "not_selected"
    with open_registry(context) as office, context.interruptible() as cancel:
        made = settle(
            office,
            compute(office, progress=context.progress, cancel=cancel),
            options.application,
            outcome,
            issue=options.issue,
            votes=votes,
            reason=options.reason,
            second=second_identity(context),
        )
    words = context.words("cli.vote.selected" if outcome == "selected" else "cli.vote.not_selected")
    line = context.words("cli.settle.voted", application=options.application, outcome=words)
    context.emit({**decision_record(made), "outcome": outcome}, [line, decision_line(context, made)])
    return FINE


def _votes(yes: Sequence[str], no: Sequence[str], abstain: Sequence[str], dissents: Iterable[str]) -> Iterator[Vote]:
    from ndb_desktop.domain.settlement import Vote

    said = {}
    for one in dissents:
        member, sign, words = one.partition("=")
        if not sign or member not in (*yes, *no, *abstain):
            raise NdbError("E-CLI-VALUE", place="--dissent", value=one)
        said[member] = words
    yield from (Vote(name, "for", said.get(name, "")) for name in yes)
    yield from (Vote(name, "against", said.get(name, "")) for name in no)
    yield from (Vote(name, "abstain", said.get(name, "")) for name in abstain)


# ----- flags -----


def _flags(context: Context) -> int:
    from ndb_desktop.services.analytics import internal_analytics
    from ndb_desktop.services.flags import all_cases

    with open_registry(context) as office, context.interruptible() as cancel:
        known = all_cases(office, internal_analytics(office, progress=context.progress, cancel=cancel))
        names = names_of(context, office)
    state = context.options.state
    rows = [case for case in known if state in (None, case.state)]
    context.emit([_record(case) for case in rows], _lines(context, rows, names))
    return FINE


def _record(case: FlagCase) -> dict[str, Any]:
    from ndb_desktop.domain.flaglife import mark

    flag = case.flag
    return {
        "mark": mark(flag),
        "code": flag.code,
        "application": flag.application,
        "expert": flag.expert,
        "item": flag.item,
        "applications": list(flag.applications),
        "state": case.state,
        "steps": [decision_record(one) for one in case.steps],
    }


def _lines(context: Context, rows: Sequence[FlagCase], names: Names) -> list[str]:
    from ndb_desktop.domain.flaglife import mark
    from ndb_desktop.domain.panelflags import flag_phrase
    from ndb_desktop.texts import phrase_text

    return [
        *table(
            [context.words("cli.settle.column.mark"), context.words("cli.column.application"),
             context.words("cli.column.expert"), context.words("cli.column.item"), context.words("cli.column.state"),
             context.words("cli.column.flags")],
            [
                (mark(case.flag)[:_SHOWN], case.flag.application or "-", case.flag.expert or "-",
                 names.item(case.flag.item) or "-", context.words(_STATES[case.state]),
                 phrase_text(flag_phrase(case.flag), context.language))
                for case in rows
            ],
        ),
        context.words("cli.settle.flags.count", count=len(rows), open=sum(case.state == "open" for case in rows)),
    ]  # fmt: skip


def _flag(context: Context) -> int:
    from ndb_desktop.domain.flaglife import mark
    from ndb_desktop.services.analytics import analytics
    from ndb_desktop.services.flags import all_cases, step

    options = context.options
    with open_registry(context) as office, context.interruptible() as cancel:
        known = all_cases(office, analytics(office, progress=context.progress, cancel=cancel))
        found = [case for case in known if mark(case.flag).startswith(options.mark)]
        if len(found) != 1:
            raise NdbError("E-CLI-VALUE", place="MARK", value=options.mark)
        made = step(office, found[0], options.step, reason=options.reason, second=second_identity(context))
    context.emit(decision_record(made), [decision_line(context, made)])
    return FINE
