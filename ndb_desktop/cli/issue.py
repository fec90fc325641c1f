"""`ndb issue`: one encrypted bundle per expert."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ndb_desktop.cli.context import FINDINGS, FINE, Context, table
from ndb_desktop.cli.office import open_registry, registry_options
from ndb_desktop.cli.usage import Verbs
from ndb_desktop.texts import fault_line

if TYPE_CHECKING:
    from ndb_desktop.services.issue_run import IssueFailure
    from ndb_desktop.storage.registry_rows import IssuedBundle


def add(verbs: Verbs) -> None:
    """Registers the verb."""
    verb = verbs.verb("issue", "cli.issue.help", _run)
    verb.argument("out", metavar="DIR", type=Path, help_key="cli.issue.out")
    verb.argument("--expert", metavar="ID", action="append", help_key="cli.issue.expert")
    verb.argument("--supplement", action="store_true", help_key="cli.issue.supplement")
    verb.argument("--opens", choices=("auto", "key", "slip"), default="auto", help_key="cli.issue.opens")
    verb.argument("--expires", metavar="UTC", help_key="cli.issue.expires")
    verb.argument("--slips", metavar="PDF", type=Path, help_key="cli.issue.slips")
    registry_options(verb)


def _run(context: Context) -> int:
    from ndb_desktop.services.issue import issue_bundles, issue_supplements

    options = context.options
    with open_registry(context) as office:
        issue = issue_supplements if options.supplement else partial(issue_bundles, opening=options.opens)
        report = issue(
            office,
            options.out,
            experts=options.expert,
            expires_at=options.expires,
            progress=context.progress,
            cancel=context.cancel,
        )
        # A supplement opens with the slip its expert has.
        slips = [bundle for bundle in report.issued if bundle.secret and bundle.kind != "supplement"]
        if options.slips and slips:
            from ndb_desktop.services.report import secret_slips

            secret_slips(office, slips, options.slips, language=context.language)
    # Secrets are not printed here: they would stand in a terminal's history. They are on the slips and in the registry.
    context.emit(
        {
            "issued": [bundle_record(bundle) for bundle in report.issued],
            "skipped": list(report.skipped),
            "failed": [failure_record(context, one) for one in report.failed],
        },
        [
            *table(
                [context.words("cli.column.expert"), context.words("cli.column.assigned"),
                 context.words("cli.column.file")],
                [(bundle.expert, len(bundle.applications), Path(bundle.path).name) for bundle in report.issued],
            ),
            *(f"{one.expert}  {fault_line(one.fault, context.language)}" for one in report.failed),
            context.words(
                "cli.issue.done", issued=len(report.issued), skipped=len(report.skipped), failed=len(report.failed),
                folder=options.out,
            ),
        ],
    )  # fmt: skip
    return FINDINGS if report.failed else FINE


def bundle_record(bundle: IssuedBundle) -> dict[str, Any]:
    """What was issued, for machines; never a secret."""
    return {
        "expert": bundle.expert,
        "bundle": bundle.bundle_id,
        "path": bundle.path,
        "digest": bundle.digest,
        "applications": list(bundle.applications),
        "replaces": bundle.replaces,
        "kind": bundle.kind,
        "opens_with": "key" if bundle.secret is None else "secret",
    }


def failure_record(context: Context, one: IssueFailure) -> dict[str, Any]:
    """Whose bundle failed, and why."""
    return {
        "expert": one.expert,
        "code": one.fault.code,
        "place": one.fault.place,
        "message": fault_line(one.fault, context.language),
    }
