"""`ndb assign`: who reads what, without conflicts, balanced, reproducible."""

from __future__ import annotations

from ndb_desktop.cli.context import FINDINGS, FINE, Context
from ndb_desktop.cli.office import open_registry, registry_options
from ndb_desktop.cli.usage import Verbs


def add(verbs: Verbs) -> None:
    """Registers the verb."""
    verb = verbs.verb("assign", "cli.assign.help", _run)
    verb.argument("--panel-size", metavar="N", type=int, help_key="cli.assign.panel_size")
    verb.argument("--seed", metavar="WORDS", default="", help_key="cli.assign.seed")
    verb.argument("--dry-run", action="store_true", help_key="cli.assign.dry_run")
    registry_options(verb)


def _run(context: Context) -> int:
    from ndb_desktop.services.assign import AssignOptions, assign

    options = context.options
    with open_registry(context) as office:
        wanted = AssignOptions(
            panel_size=options.panel_size or office.batch.panel_size, seed=options.seed, dry_run=options.dry_run
        )
        report = assign(office, wanted, progress=context.progress, cancel=context.cancel)
    raise NotImplementedError(report, FINDINGS, FINE)
