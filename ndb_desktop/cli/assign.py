"""`ndb assign`: who reads what, without conflicts, balanced, reproducible."""

from __future__ import annotations

from collections.abc import Mapping

from ndb_desktop.cli.context import FINDINGS, FINE, Context
from ndb_desktop.cli.office import open_registry, registry_options
from ndb_desktop.cli.usage import Verbs

_GUARANTEE: Mapping[str, str] = {
    "proved": "cli.assign.proved",
    "proved_candidates": "cli.assign.proved_candidates",
    "solver": "cli.assign.solver",
}


def add(verbs: Verbs) -> None:
    """Registers the verb."""
    verb = verbs.verb("assign", "cli.assign.help", _run)
    verb.argument("--panel-size", metavar="N", type=int, help_key="cli.assign.panel_size")
    verb.argument("--words", default="", help_key="cli.assign.words")
    verb.argument("--same-province", action="store_true", help_key="cli.assign.same_province")
    verb.argument("--refill", action="store_true", help_key="cli.assign.refill")
    registry_options(verb)


def _run(context: Context) -> int:
    from ndb_desktop.services.assign import AssignOptions, assign, reassign

    options = context.options
    with open_registry(context) as office:
        wanted = AssignOptions(
            seats=office.batch.panel_size if options.panel_size is None else options.panel_size,
            words=options.words,
            avoid_province=not options.same_province,
        )
        work = reassign if options.refill else assign
        report = work(office, wanted, progress=context.progress, cancel=context.cancel)
    shortages = [
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
    ]
    for gap in report.shortages:
        context.say(
            context.words(
                "cli.assign.shortage",
                field=gap.field,
                category=gap.category,
                kind=gap.kind or "-",
                missing=gap.missing,
                needed=gap.needed,
                applications=", ".join(gap.applications),
            )
        )
    context.emit(
        {
            "pairs": [{"application": pair.application, "expert": pair.expert} for pair in report.pairs],
            "loads": dict(report.loads),
            "shortages": shortages,
            "missing_seats": report.missing_seats,
            "added": report.added,
            "removed": report.removed,
            "guarantee": report.guarantee,
            "seed": report.seed,
            "digest": report.digest,
        },
        [
            context.words("cli.assign.done", pairs=len(report.pairs), missing=report.missing_seats),
            context.words(_GUARANTEE[report.guarantee]),
            context.words("cli.assign.loads", least=min(report.loads.values()), most=max(report.loads.values())),
        ],
    )
    return FINDINGS if report.shortages else FINE
