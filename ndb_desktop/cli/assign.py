"""`ndb assign`: who reads what, without conflicts, balanced, reproducible; and the check of its proof."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING

from ndb_desktop.cli.assign_seats import field_names, show_proof
from ndb_desktop.cli.context import FINDINGS, FINE, Context
from ndb_desktop.cli.office import open_registry, registry_options
from ndb_desktop.cli.secrets import second_identity, second_options
from ndb_desktop.cli.usage import Verbs
from ndb_desktop.domain.numbers import brief

if TYPE_CHECKING:
    from ndb_desktop.services.assign import AssignReport

_GUARANTEE: Mapping[str, str] = {
    "proved": "cli.assign.proved",
    "proved_candidates": "cli.assign.proved_candidates",
    "solver": "cli.assign.solver",
    "hurried": "cli.assign.hurried",
}


def add(verbs: Verbs) -> None:
    """Registers the verb."""
    verb = verbs.verb("assign", "cli.assign.help", _run)
    verb.argument("--panel-size", metavar="N", type=int, help_key="cli.assign.panel_size")
    verb.argument("--words", default="", help_key="cli.assign.words")
    verb.argument("--same-province", action="store_true", help_key="cli.assign.same_province")
    verb.argument("--per-employer", metavar="N", type=int, help_key="cli.assign.per_employer")
    verb.argument("--per-province", metavar="N", type=int, help_key="cli.assign.per_province")
    verb.argument("--mode", choices=("pair", "panel", "panel_recuse"), default="pair", help_key="cli.assign.mode")
    verb.argument("--fair-floor", action="store_true", help_key="cli.assign.fair_floor")
    verb.argument("--time", metavar="SECONDS", type=int, default=300, help_key="cli.assign.time")
    verb.argument("--refill", action="store_true", help_key="cli.assign.refill")
    verb.argument("--verify", action="store_true", help_key="cli.assign.verify")
    registry_options(verb)
    second_options(verb)


def _run(context: Context) -> int:
    from ndb_desktop.services.assign import AssignOptions, assign, reassign
    from ndb_desktop.services.batch_plan import facts_of

    options = context.options
    if options.verify:
        return _verify(context)
    with open_registry(context) as office:
        facts = facts_of(office)
        employer, province = options.per_employer, options.per_province
        wanted = AssignOptions(
            seats=office.batch.panel_size if options.panel_size is None else options.panel_size,
            per_employer=max(0, facts.per_employer if employer is None else employer),
            per_province=max(0, facts.per_province if province is None else province),
            words=options.words,
            avoid_province=facts.avoid_province and not options.same_province,
            mode=options.mode,
            fair_floor=options.fair_floor,
            time_limit=max(1, options.time),
        )
        work = reassign if options.refill else assign
        report = work(office, wanted, context.progress, context.cancel, second_identity(context))
        names = field_names(context, office)
    return _show(context, report, names)


def _verify(context: Context) -> int:
    from ndb_desktop.services.assignment_verify import verify_assignment

    with open_registry(context) as office:
        report = verify_assignment(office, context.progress, context.cancel)
    return show_proof(context, report)


def _show(context: Context, report: AssignReport, names: Mapping[str, str]) -> int:
    for lack in report.lacks:
        context.say(lack.words(context.language, names))
    context.emit(_data(context, report, names), _lines(context, report))
    return FINDINGS if report.shortages else FINE


def _data(context: Context, report: AssignReport, names: Mapping[str, str]) -> Mapping[str, object]:
    floor = report.floor
    return {
        "pairs": [{"application": pair.application, "expert": pair.expert} for pair in report.pairs],
        "loads": dict(report.loads),
        "shortages": [
            {
                "category": gap.category,
                "field": gap.field,
                "kind": gap.kind,
                "missing": gap.missing,
                "needed": gap.needed,
                "eligible": gap.eligible,
                "capacity": gap.capacity,
                "applications": list(gap.applications),
            }
            for gap in report.shortages
        ],
        "lacks": [lack.words(context.language, names) for lack in report.lacks],
        "missing_seats": report.missing_seats,
        "added": report.added,
        "removed": report.removed,
        "guarantee": report.guarantee,
        "gap_percent": _percent(report),
        "groups": {name: list(members) for name, members in report.groups.items()},
        "floor": floor and {"before": floor.before, "reached": floor.reached, "limit": floor.limit},
        "seed": report.seed,
        "digest": report.digest,
    }


def _lines(context: Context, report: AssignReport) -> list[str]:
    lines = [
        context.words("cli.assign.done", pairs=len(report.pairs), missing=report.missing_seats),
        context.words(_GUARANTEE[report.guarantee], gap=_percent(report)),
        context.words("cli.assign.loads", least=min(report.loads.values()), most=max(report.loads.values())),
    ]
    if report.groups:
        lines.append(context.words("cli.assign.groups", groups=len(report.groups)))
    if report.floor:
        floor = report.floor
        lines.append(context.words("assignment.floor", before=floor.before, reached=floor.reached, limit=floor.limit))
    return lines


def _percent(report: AssignReport) -> str:
    """How far from the best at most, by the certificates; rounded up, for "at most" must hold."""
    share = max((Fraction(stage.cost - stage.bound, stage.cost) for stage in report.stages if stage.cost), default=0)
    return brief(Fraction(ceil(share * 10_000), 100))
