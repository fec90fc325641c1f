"""`ndb merge`: take score files back, with a verdict per file; decide between contradicting sheets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from ndb_desktop.cli.context import FINDINGS, FINE, Context, table
from ndb_desktop.cli.office import existing, open_registry, registry_options
from ndb_desktop.cli.usage import Verb, Verbs

if TYPE_CHECKING:
    from ndb_desktop.domain.phrase import Phrase
    from ndb_desktop.services.merge import MergeReport
    from ndb_desktop.services.office import Office
    from ndb_desktop.services.site_merge import SiteReport

Report = TypeVar("Report")

VERDICTS: Mapping[str, str] = {
    "accepted": "cli.merge.accepted",
    "duplicate": "cli.merge.duplicate",
    "superseded": "cli.merge.superseded",
    "conflict": "cli.merge.conflict",
    "refused": "cli.merge.refused",
}


def add(verbs: Verbs) -> None:
    """Registers the verbs."""
    verb = verbs.verb("merge", "cli.merge.help", _run)
    merge_options(verb, paths="cli.merge.paths", receipts="cli.merge.receipts")
    resolve = verbs.verb("resolve", "cli.resolve.help", _resolve)
    resolve.argument("application", metavar="APPLICATION", help_key="cli.opt.application")
    resolve.argument("expert", metavar="EXPERT", help_key="cli.opt.expert")
    resolve.argument("digest", metavar="SHA256", help_key="cli.resolve.digest")
    resolve.argument("--reason", required=True, help_key="cli.resolve.reason")
    registry_options(resolve)


def merge_options(verb: Verb, *, paths: str, receipts: str) -> None:
    """Files or folders, `--dry-run` and `--receipts`; the two are keys of their help."""
    verb.argument("paths", metavar="FILE|DIR", nargs="+", type=Path, help_key=paths)
    verb.argument("--dry-run", action="store_true", help_key="cli.merge.dry_run")
    verb.argument("--receipts", metavar="DIR", type=Path, help_key=receipts)
    registry_options(verb)


def run_merge(
    context: Context, merge: Callable[..., Report], write_receipts: Callable[[Office, Report, Path], object]
) -> Report:
    """Takes what `merge_options` named, with `merge`; and the receipts, unless nothing was to be written."""
    options = context.options
    with open_registry(context) as office:
        report = merge(
            office,
            [existing(path) for path in options.paths],
            dry_run=options.dry_run,
            progress=context.progress,
            cancel=context.cancel,
        )
        if options.receipts and not options.dry_run:
            write_receipts(office, report, options.receipts)
    return report


def after_merge(context: Context, report: MergeReport | SiteReport) -> list[str]:
    """What stands below the verdicts: that nothing was written, or the digest of the results as they are now."""
    lines = [context.words("cli.merge.dry")] if report.dry_run else []
    if report.result_digest:
        lines.append(context.words("cli.result_digest", digest=report.result_digest))
    return lines


def merge_code(report: MergeReport | SiteReport) -> int:
    """The exit code."""
    return FINDINGS if any(one.verdict in ("refused", "conflict") for one in report.verdicts) else FINE


def _run(context: Context) -> int:
    from ndb_desktop.services.merge import merge_files
    from ndb_desktop.services.merge_receipts import write_receipts

    return show_report(context, run_merge(context, merge_files, write_receipts))


def show_report(context: Context, report: MergeReport) -> int:
    """The table of verdicts with a sentence for each file and each sheet, and the exit code."""
    from ndb_desktop.services.merge_words import file_words, sheet_words

    for row in report.verdicts:
        context.report(row.faults)
    lines = table(
        [context.words("cli.column.file"), context.words("cli.column.verdict"), context.words("cli.column.expert"),
         context.words("cli.column.sheets"), context.words("cli.column.code")],
        [
            (row.path, context.words(VERDICTS[row.verdict]), row.expert or "-", len(row.sheets),
             row.fault.code if row.fault else "-")
            for row in report.verdicts
        ],
    )  # fmt: skip
    for row in report.verdicts:
        if row.sheets:
            lines += ["", f"{row.path}: {_said(context, file_words(row))}"]
            lines += [f"  {sheet.application}: {_said(context, sheet_words(sheet))}" for sheet in row.sheets]
    lines += after_merge(context, report)
    data = {
        "dry_run": report.dry_run,
        "result_digest": report.result_digest,
        "counts": dict(report.counts()),
        "files": [
            {
                "path": row.path,
                "verdict": row.verdict,
                "expert": row.expert,
                "sheets": len(row.sheets),
                "words": _said(context, file_words(row)),
                "sheet_verdicts": [
                    {
                        "application": sheet.application,
                        "revision": sheet.revision,
                        "verdict": sheet.verdict,
                        "words": _said(context, sheet_words(sheet)),
                    }
                    for sheet in row.sheets
                ],
                "faults": [context.fault_data(fault) for fault in row.faults],
            }
            for row in report.verdicts
        ],
    }
    context.emit(data, lines)
    return merge_code(report)


def _said(context: Context, phrase: Phrase) -> str:
    return context.words(phrase.key, **phrase.params)


def _resolve(context: Context) -> int:
    from ndb_desktop.services.contradiction import settle

    options = context.options
    with open_registry(context) as office:
        made = settle(office, options.application, options.expert, options.digest, options.reason)
    context.say(context.words("cli.resolve.done", application=options.application, expert=options.expert))
    rows = [
        {"item": row.item, "field": row.field, "values": list(values)}
        for row, values in zip(made.comparison.differences, made.values, strict=True)
    ]
    data = {
        "decision": made.decision.digest,
        "chosen": made.chosen,
        "versions": [version.digest for version in made.comparison.versions],
        "differences": rows,
    }
    context.emit(data, [f"  {row['item'] or '-'}  {row['field']}: {' | '.join(row['values'])}" for row in rows])
    return FINE
