"""`ndb import`: applications, experts, conflicts, calendars into the registry."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from ndb_desktop.cli.context import FINDINGS, FINE, Context
from ndb_desktop.cli.office import existing, open_registry, registry_options
from ndb_desktop.cli.usage import Verbs
from ndb_desktop.domain.conflict_detect import LIST_KINDS

if TYPE_CHECKING:
    from ndb_desktop.services.conflicts import ListReport
    from ndb_desktop.services.intake import ImportReport, PeopleReport
    from ndb_desktop.services.intake_tables import TablePreview


def add(verbs: Verbs) -> None:
    """Registers the verbs."""
    noun = verbs.noun("import", "cli.import.help")
    applications = noun.verb("applications", "cli.import.applications", _applications)
    applications.argument("source", metavar="DIR|ZIP|TABLE", type=Path, help_key="cli.import.source")
    applications.argument("--documents", metavar="DIR", type=Path, help_key="cli.import.documents")
    applications.argument(
        "--column", metavar="HEADING=FIELD", action="append", default=[], help_key="cli.import.column"
    )
    applications.argument("--dry-run", action="store_true", help_key="cli.import.dry_run")
    applications.argument("--skip-bad", action="store_true", help_key="cli.import.skip_bad")
    applications.argument("--update", action="store_true", help_key="cli.import.update")
    registry_options(applications)
    experts = noun.verb("experts", "cli.import.experts", _experts)
    experts.argument("roster", metavar="CSV", type=Path, help_key="cli.import.roster")
    experts.argument("--cards", metavar="DIR", type=Path, help_key="cli.import.cards")
    registry_options(experts)
    inspectors = noun.verb("inspectors", "cli.import.inspectors", _inspectors)
    inspectors.argument("cards", metavar="DIR|CARD", type=Path, help_key="cli.import.inspector_cards")
    registry_options(inspectors)
    conflicts = noun.verb("conflicts", "cli.import.conflicts", _conflicts)
    conflicts.argument("table", metavar="FILE", type=Path, help_key="cli.import.table")
    conflicts.argument("--list", metavar="KIND", choices=LIST_KINDS, dest="kind", help_key="cli.import.list")
    registry_options(conflicts)
    calendar = noun.verb("calendar", "cli.import.calendar", _calendar)
    calendar.argument("file", metavar="FILE", type=Path, help_key="cli.import.calendar_file")
    calendar.argument("--dry-run", action="store_true", help_key="cli.import.calendar_look")
    registry_options(calendar)


def _applications(context: Context) -> int:
    from ndb_desktop.services.intake import import_applications
    from ndb_desktop.services.intake_tables import choose_heading

    options = context.options
    source = existing(options.source)
    documents = existing(options.documents) if options.documents else None
    with open_registry(context) as office:
        for wish in options.column:
            choose_heading(office, source, wish, documents)
        report = import_applications(
            office,
            source,
            dry_run=options.dry_run,
            skip_bad=options.skip_bad,
            update=options.update,
            documents=documents,
            progress=context.progress,
            cancel=context.cancel,
        )
    return _show(context, report)


def _experts(context: Context) -> int:
    from ndb_desktop.services.intake import import_experts

    options = context.options
    cards = existing(options.cards) if options.cards else None
    with open_registry(context) as office:
        report = import_experts(office, existing(options.roster), cards)
    return _show_people(context, report)


def _inspectors(context: Context) -> int:
    from ndb_desktop.services.inspectors import import_inspectors

    with open_registry(context) as office:
        report = import_inspectors(office, existing(context.options.cards))
    return _show_people(context, report)


def _conflicts(context: Context) -> int:
    from ndb_desktop.services.conflicts import import_list
    from ndb_desktop.services.intake import import_conflicts

    if context.options.kind:
        with open_registry(context) as office:
            taken = import_list(office, context.options.kind, existing(context.options.table))
        return _show_list(context, taken)
    with open_registry(context) as office:
        report = import_conflicts(office, existing(context.options.table))
    return _show_people(context, report)


def _calendar(context: Context) -> int:
    from ndb_desktop.services.calendar_import import accept, look

    options = context.options
    with open_registry(context) as office:
        offered = look(office, existing(options.file))
        if not options.dry_run:
            accept(office, offered)
    found = offered.calendar
    off, work = ([day.isoformat() for day in sorted(days)] for days in (found.off, found.work))
    years, documents = sorted(found.years), list(found.documents)
    facts = {"name": found.id, "years": ", ".join(map(str, years)), "off": len(off), "work": len(work)}
    context.emit(
        {
            "calendar": found.id, "years": years, "documents": documents, "off": off, "work": work,
            "sha256": offered.sha256, "replaces": offered.replaces, "accepted": not options.dry_run,
        },
        [context.words("cli.import.calendar_looked" if options.dry_run else "cli.import.calendar_done", **facts)],
    )  # fmt: skip
    return FINE


def _show_list(context: Context, report: ListReport) -> int:
    context.report(report.faults)
    figures = {"rows": report.rows, "added": report.added, "removed": report.removed}
    context.emit(
        {"kind": report.kind, **figures, "faults": [context.fault_data(fault) for fault in report.faults]},
        [context.words("cli.import.listed", faults=len(report.faults), **figures)],
    )
    return FINE if report.ok else FINDINGS


def _show_people(context: Context, report: PeopleReport) -> int:
    context.report(report.faults)
    context.emit(
        {
            "rows": report.rows,
            "keys": report.keys,
            "faults": [context.fault_data(fault) for fault in report.faults],
        },
        [context.words("cli.import.people", rows=report.rows, keys=report.keys, faults=len(report.faults))],
    )
    return FINE if report.ok else FINDINGS


def _columns(preview: TablePreview | None) -> dict[str, object]:
    """How tables were understood; nothing where there were none."""
    if preview is None:
        return {}
    return {
        "read": dict(preview.encodings),
        "sheets": [
            {
                "title": sheet.title,
                "kind": sheet.kind,
                "missing": list(sheet.missing),
                "columns": [
                    {"heading": one.heading, "field": one.target, "by": one.how, "unit": one.unit}
                    for one in sheet.columns
                ],
            }
            for sheet in preview.sheets
        ],
    }


def _show(context: Context, report: ImportReport) -> int:
    context.report(report.faults)
    context.report(report.warnings)
    context.emit(_data(context, report), _lines(context, report))
    return FINE if report.ok else FINDINGS


def _data(context: Context, report: ImportReport) -> dict[str, object]:
    return {
        **_columns(report.columns),
        "accepted": list(report.accepted),
        "replaced": list(report.replaced),
        "unchanged": list(report.unchanged),
        "skipped": list(report.skipped),
        "dry_run": report.dry_run,
        "changes": {name: [asdict(change) for change in changes] for name, changes in report.changes.items()},
        "with_experts": list(report.issued),
        "gone": list(report.gone),
        "applications": [
            {
                "id": entry.application,
                "place": entry.place,
                "state": entry.state,
                "fields": [asdict(change) for change in entry.fields],
            }
            for entry in report.entries
        ],
        "documents": [
            {
                "application": line.application,
                "name": line.name,
                "state": line.state,
                "sha256": line.sha256,
                "size": line.size,
                "pages": line.pages,
            }
            for line in report.documents
        ],
        "faults": [context.fault_data(fault) for fault in report.faults],
        "warnings": [context.fault_data(fault) for fault in report.warnings],
    }


def _lines(context: Context, report: ImportReport) -> list[str]:
    preview, found = report.columns, [line.state for line in report.documents]
    return [
        context.words(
            "cli.import.checked" if report.dry_run else "cli.import.done",
            accepted=len(report.accepted),
            unchanged=len(report.unchanged),
            skipped=len(report.skipped),
            faults=len(report.faults),
            warnings=len(report.warnings),
        ),
        *(
            context.words("cli.import.changed", application=name, count=len(changes))
            for name, changes in report.changes.items()
        ),
        *(
            context.words("cli.import.columns", sheet=sheet.title, known=known, count=len(sheet.columns))
            for sheet in (preview.sheets if preview else ())
            for known in [sum(1 for one in sheet.columns if one.target)]
        ),
        context.words(
            "cli.import.found",
            matched=found.count("matched"),
            missing=found.count("missing"),
            extra=found.count("extra"),
            unreadable=found.count("unreadable"),
        ),
        *([context.words("cli.import.gone", count=len(report.gone))] if report.gone else []),
        *([context.words("cli.import.supplement", count=len(report.issued))] if report.issued else []),
    ]
