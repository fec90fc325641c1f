"""`ndb calibration`: everybody scores the same few applications first (校准轮); nothing of it counts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ndb_desktop.cli.context import FINDINGS, FINE, Context, table
from ndb_desktop.cli.issue import bundle_record, failure_record
from ndb_desktop.cli.office import names_of, open_registry, registry_options
from ndb_desktop.cli.usage import Verbs
from ndb_desktop.domain.numbers import half_up, plain
from ndb_desktop.texts import fault_line

if TYPE_CHECKING:
    from ndb_desktop.services.calibration import CalibrationReport, ItemSpread
    from ndb_desktop.services.office import Office
    from ndb_desktop.storage.registry_rows import IssuedBundle


def add(verbs: Verbs) -> None:
    """Registers the verbs."""
    noun = verbs.noun("calibration", "cli.calibration.help")
    issue = noun.verb("issue", "cli.calibration.issue", _issue)
    issue.argument("out", metavar="DIR", type=Path, help_key="cli.issue.out")
    issue.argument("application", metavar="APPLICATION", nargs="+", help_key="cli.calibration.application")
    issue.argument("--opens", choices=("auto", "key", "slip"), default="auto", help_key="cli.issue.opens")
    issue.argument("--expires", metavar="UTC", help_key="cli.issue.expires")
    issue.argument("--slips", metavar="PDF", type=Path, help_key="cli.issue.slips")
    registry_options(issue)
    anew = noun.verb("replace", "cli.calibration.replace", _replace)
    anew.argument("out", metavar="DIR", type=Path, help_key="cli.issue.out")
    anew.argument("expert", metavar="EXPERT", nargs="+", help_key="cli.opt.expert")
    anew.argument("--opens", choices=("auto", "key", "slip"), default="auto", help_key="cli.issue.opens")
    anew.argument("--expires", metavar="UTC", help_key="cli.issue.expires")
    anew.argument("--slips", metavar="PDF", type=Path, help_key="cli.issue.slips")
    registry_options(anew)
    receipts = noun.verb("receipts", "cli.calibration.receipts", _receipts)
    receipts.argument("out", metavar="DIR", type=Path, help_key="cli.calibration.receipts.out")
    registry_options(receipts)
    registry_options(noun.verb("status", "cli.calibration.status", _status))
    registry_options(noun.verb("spread", "cli.calibration.spread", _spread))


def _issue(context: Context) -> int:
    from ndb_desktop.services.calibration import issue_calibration

    options = context.options
    with open_registry(context) as office:
        report = issue_calibration(
            office, options.out, options.application, expires_at=options.expires, opening=options.opens,
            progress=context.progress, cancel=context.cancel,
        )  # fmt: skip
        _slips(context, office, report.issued)
    return _told(context, report)


def _replace(context: Context) -> int:
    from ndb_desktop.services.calibration_replace import replace_calibration

    options = context.options
    with open_registry(context) as office:
        report = replace_calibration(
            office, options.out, options.expert, expires_at=options.expires, opening=options.opens,
            progress=context.progress, cancel=context.cancel,
        )  # fmt: skip
        _slips(context, office, report.issued)
    return _told(context, report)


def _slips(context: Context, office: Office, issued: Sequence[IssuedBundle]) -> None:
    """The slips of what was issued, when a file for them is named."""
    slips = [bundle for bundle in issued if bundle.secret]
    if context.options.slips and slips:
        from ndb_desktop.services.report import secret_slips

        secret_slips(office, slips, context.options.slips, language=context.language)


def _told(context: Context, report: CalibrationReport) -> int:
    lines = [context.words("calibration.done", count=len(report.issued), folder=context.options.out)]
    if report.barred:
        lines.append(context.words("calibration.barred", names=", ".join(report.barred)))
    lines += [f"{one.expert}  {fault_line(one.fault, context.language)}" for one in report.failed]
    context.emit(
        {
            "issued": [bundle_record(bundle) for bundle in report.issued],
            "skipped": list(report.skipped),
            "barred": list(report.barred),
            "failed": [failure_record(context, one) for one in report.failed],
        },
        lines,
    )
    return FINDINGS if report.failed else FINE


def _receipts(context: Context) -> int:
    from ndb_desktop.services.calibration_replace import calibration_receipts

    with open_registry(context) as office:
        written = calibration_receipts(office, context.options.out)
    context.emit([str(path) for path in written], [context.words("merge.receipts.done", count=len(written))])
    return FINE


def _status(context: Context) -> int:
    from ndb_desktop.services.calibration import calibration_status

    with open_registry(context) as office:
        status = calibration_status(office)
    if status is None:
        context.emit(None, [context.words("calibration.none")])
        return FINE
    issued, received = sorted({bundle.expert for bundle in status.issued}), sorted(status.received)
    names = ", ".join(status.row.applications)
    words = context.words(
        "calibration.state", number=status.row.id, names=names, issued=len(issued), received=len(received)
    )
    context.emit(
        {
            "round": status.row.id,
            "applications": list(status.row.applications),
            "issued": issued,
            "received": received,
        },
        [words],
    )
    return FINE


def _spread(context: Context) -> int:
    from ndb_desktop.services.calibration import calibration_spread

    with open_registry(context) as office:
        found, names = calibration_spread(office), names_of(context, office)
    head = [
        context.words(key)
        for key in (
            "calibration.item", "calibration.experts", "calibration.lowest", "calibration.middle",
            "calibration.highest", "calibration.range",
        )
    ]  # fmt: skip
    lines: list[str] = []
    for one in found:
        title = context.words(
            "calibration.sheets", applicant=one.application.applicant, sheets=one.sheets, avoided=one.avoided
        )
        rows = [
            (
                names.item(row.item),
                row.experts,
                plain(row.lowest),
                plain(half_up(row.middle)),
                plain(row.highest),
                plain(row.spread),
            )
            for row in one.items
        ]
        lines += [title, *table(head, rows)]
    context.emit(
        [
            {
                "application": one.application.id,
                "sheets": one.sheets,
                "avoided": one.avoided,
                "items": [
                    {"item": row.item, "experts": row.experts, **_numbers(row)}
                    for row in one.items
                ],
            }
            for one in found
        ],
        lines or [context.words("calibration.none")],
    )  # fmt: skip
    return FINE


def _numbers(row: ItemSpread) -> dict[str, str]:
    """Points as texts, the median with two decimals."""
    return {
        "lowest": plain(row.lowest),
        "middle": plain(half_up(row.middle)),
        "highest": plain(row.highest),
        "distance": plain(row.spread),
    }
