"""`ndb results` and `ndb export results`: the public list (R06: no scores, neutral order), or the internal view."""

from __future__ import annotations

import json
from pathlib import Path

from ndb_desktop.cli.context import FINE, Context, table
from ndb_desktop.cli.office import open_registry, registry_options
from ndb_desktop.cli.usage import Verbs


def add(verbs: Verbs) -> None:
    """Registers the verbs."""
    results = verbs.verb("results", "cli.results.help", _results)
    results.argument("--internal", action="store_true", help_key="cli.results.internal")
    registry_options(results)
    noun = verbs.noun("export", "cli.export.help")
    export = noun.verb("results", "cli.export.results", _export)
    export.argument("target", metavar="FILE", type=Path, help_key="cli.export.target")
    export.argument("--format", choices=("json", "csv"), default="json", help_key="cli.export.format")
    export.argument("--internal", action="store_true", help_key="cli.export.internal")
    registry_options(export)


def _results(context: Context) -> int:
    raise NotImplementedError(json, table, FINE)


def _export(context: Context) -> int:
    from ndb_desktop.services.results import export_results

    options = context.options
    with open_registry(context) as office:
        path = export_results(office, options.target, options.format, internal=options.internal)
    context.emit({"path": str(path), "internal": options.internal}, [context.words("cli.export.made", path=path)])
    return FINE
