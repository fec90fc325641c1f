"""`ndb conflicts`: find conflicts (回避情形), see what waits for a person (待核), settle it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ndb_desktop.cli.context import FINDINGS, FINE, Context, table
from ndb_desktop.cli.office import open_registry, registry_options
from ndb_desktop.cli.usage import Verbs
from ndb_desktop.domain.conflict_ruling import OUTCOMES
from ndb_desktop.domain.kinship import CODE as KIN_CODE

if TYPE_CHECKING:
    from ndb_desktop.domain.batch import Conflict
    from ndb_desktop.domain.conflict_ruling import PairConflicts

_STATES: Mapping[str, str] = {
    "none": "conflict.state.none", "recuse": "conflict.state.recuse", "check": "conflict.state.check",
}  # fmt: skip
_SOURCES = frozenset(
    {"employer", "former", "coauthors", "shares", "spouses", "recommender", "province", "decision", "table", "visit"}
)
_WAYS = frozenset({"code", "name", "alias"})


def add(verbs: Verbs) -> None:
    """Registers the verbs."""
    noun = verbs.noun("conflicts", "cli.conflicts.help")
    find = noun.verb("detect", "cli.conflicts.detect", _detect)
    find.argument("--province", action="store_true", help_key="cli.conflicts.province")
    registry_options(find)
    listing = noun.verb("list", "cli.conflicts.list", _list)
    listing.argument("--waiting", action="store_true", help_key="cli.conflicts.waiting")
    registry_options(listing)
    decide = noun.verb("decide", "cli.conflicts.decide", _decide)
    decide.argument("expert", metavar="EXPERT", help_key="cli.conflicts.expert")
    decide.argument("application", metavar="APPLICATION", help_key="cli.conflicts.application")
    decide.argument("outcome", choices=OUTCOMES, help_key="cli.conflicts.outcome")
    decide.argument("--reason", required=True, help_key="cli.conflicts.reason")
    registry_options(decide)


def _detect(context: Context) -> int:
    from ndb_desktop.services.conflicts import detect

    with open_registry(context) as office:
        report = detect(office, avoid_province=context.options.province)
    groups = {"added": report.added, "removed": report.removed, "changed": report.changed}
    counts = {name: len(rows) for name, rows in groups.items()}
    lines = [context.words("cli.conflicts.found", found=report.found, waiting=report.waiting, **counts)]
    lines += [
        context.words(
            "cli.conflicts.moved", change=context.words(_CHANGES[name]), expert=row.expert,
            application=row.application, ground=_ground(context, row),
        )
        for name, rows in groups.items()
        for row in rows
    ]  # fmt: skip
    lines += [
        context.words("cli.conflicts.assigned", application=application, expert=expert)
        for application, expert in report.assigned
    ]
    lines += [context.words("cli.conflicts.kin", one=kin.one, other=kin.other, words=kin.words) for kin in report.kin]
    lines += [
        context.words("cli.conflicts.together", application=application, one=one, other=other)
        for application, one, other in report.together
    ]
    context.emit(
        {
            "found": report.found,
            "waiting": report.waiting,
            "assigned": [list(pair) for pair in report.assigned],
            "kin": [
                {"experts": list(kin.pair), "code": KIN_CODE, "strength": kin.strength, "words": kin.words}
                for kin in report.kin
            ],
            "together": [list(place) for place in report.together],
            **{name: [_data(row) for row in rows] for name, rows in groups.items()},
        },
        lines,
    )
    return FINDINGS if report.assigned or report.together else FINE


_CHANGES: Mapping[str, str] = {
    "added": "cli.conflicts.added", "removed": "cli.conflicts.removed", "changed": "cli.conflicts.changed",
}  # fmt: skip


def _data(row: Conflict) -> dict[str, str]:
    return {
        "expert": row.expert, "application": row.application, "code": row.code, "strength": row.strength,
        "source": row.source, "words": row.words,
    }  # fmt: skip


def _ground(context: Context, row: Conflict) -> str:
    """A ground in words with its code, where it comes from, how it was met."""
    source, _, way = row.source.partition(":")
    parts = [f"{context.words(f'conflict.{row.code}')} ({row.code})"]
    parts.append(context.words(f"conflict.from.{source}") if source in _SOURCES else row.source)
    if way in _WAYS:
        parts.append(context.words(f"conflict.way.{way}"))
    return " ".join([*parts, row.words] if row.words else parts)


def _list(context: Context) -> int:
    from ndb_desktop.services.conflicts import list_conflicts

    with open_registry(context) as office:
        pairs = list_conflicts(office, waiting=context.options.waiting)
    lines = table(
        [context.words("cli.column.expert"), context.words("cli.column.application"),
         context.words("cli.column.state"), context.words("cli.column.grounds"), context.words("cli.column.reason")],
        [
            (pair.expert, pair.application, context.words(_STATES[pair.state]),
             " / ".join(_ground(context, row) for row in pair.grounds),
             "" if pair.ruling is None else pair.ruling.decision.reason)
            for pair in pairs
        ],
    )  # fmt: skip
    context.emit([_pair(pair) for pair in pairs], lines or [context.words("cli.conflicts.nothing")])
    return FINE


def _pair(pair: PairConflicts) -> dict[str, object]:
    ruling = pair.ruling
    return {
        "expert": pair.expert,
        "application": pair.application,
        "state": pair.state,
        "grounds": [_data(row) for row in pair.grounds],
        "decision": None if ruling is None else {"number": ruling.decision.number, "reason": ruling.decision.reason},
    }


def _decide(context: Context) -> int:
    from ndb_desktop.services.conflicts import decide

    options = context.options
    with open_registry(context) as office:
        made = decide(office, options.expert, options.application, options.outcome, reason=options.reason)
    words = {"expert": options.expert, "application": options.application, "number": made.number}
    context.emit(
        {**words, "outcome": options.outcome, "digest": made.digest},
        [context.words("cli.conflicts.decided", outcome=context.words(_STATES[options.outcome]), **words)],
    )
    return FINE
