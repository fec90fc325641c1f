"""`ndb demo OUT`: the sample round (示例), made by the same services a user uses."""

from __future__ import annotations

from pathlib import Path

from ndb_desktop.cli.context import FINE, Context
from ndb_desktop.cli.merge import VERDICTS
from ndb_desktop.cli.usage import Verbs


def add(verbs: Verbs) -> None:
    """Registers the verb."""
    verb = verbs.verb("demo", "cli.demo.help", _run)
    verb.argument("out", metavar="OUT", type=Path, help_key="cli.demo.out")
    verb.argument("--force", action="store_true", help_key="cli.demo.force")
    verb.argument("--acceptance", action="store_true", help_key="cli.demo.acceptance")
    verb.argument("--small", action="store_true", help_key="cli.demo.small")


def _run(context: Context) -> int:
    from ndb_desktop.services.demo import make_demo

    options = context.options
    report = make_demo(
        options.out,
        force=options.force,
        size="small" if options.small else "full",
        acceptance=options.acceptance,
        progress=context.progress,
        cancel=context.cancel,
    )
    data = {
        "folder": str(report.folder),
        "applications": report.applications,
        "documents": report.documents,
        "experts": report.experts,
        "bundles": report.bundles,
        "sheets": report.sheets,
        "visits": report.visits,
        "acceptance": str(report.acceptance) if report.acceptance else None,
        "verdicts": dict(report.verdicts),
        "result_digest": report.result_digest,
        "seconds": round(report.seconds, 1),
    }
    verdicts = ", ".join(f"{context.words(VERDICTS[name])} {count}" for name, count in report.verdicts.items())
    context.emit(
        data,
        [
            context.words("cli.demo.made", folder=report.folder),
            context.words(
                "cli.demo.counts",
                applications=report.applications,
                documents=report.documents,
                experts=report.experts,
                bundles=report.bundles,
                sheets=report.sheets,
            ),
            context.words("cli.demo.merged", verdicts=verdicts),
            *([context.words("cli.demo.visits", visits=report.visits)] if report.visits else []),
            *([context.words("cli.demo.accepted", folder=report.acceptance)] if report.acceptance else []),
            context.words("cli.result_digest", digest=report.result_digest),
            context.words("cli.demo.next", file=report.folder / "README.txt"),
        ],
    )
    return FINE
