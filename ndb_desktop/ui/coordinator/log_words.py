"""The log in words: what each entry says was done, by whom, with all its details."""

from __future__ import annotations

from collections.abc import Mapping

from ndb_desktop.domain.decision import KINDS
from ndb_desktop.services.log_view import Entry
from ndb_desktop.storage.registry_rows import LogRow
from ndb_desktop.ui import i18n
from ndb_desktop.ui.coordinator.decision_words import kind_name
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.widgets.table import Column

ACTIONS: Mapping[str, str] = {
    "application.updated": "log.action.updated",
    "assign": "log.action.assign",
    "assign.seed": "log.action.seed",
    "backup": "log.action.backup",
    "bundle.revoked": "log.action.bundle_revoked",
    "calibration": "log.action.calibration",
    "calibration.file": "log.action.calibration_file",
    "calibration.issue": "log.action.calibration_issue",
    "calibration.viewed": "log.action.calibration_viewed",
    "conflict.resolved": "log.action.conflict_resolved",
    "conflicts.added": "log.action.conflicts_added",
    "conflicts.detected": "log.action.conflicts_detected",
    "conflicts.list": "log.action.conflicts_list",
    "created": "log.action.created",
    "decision": "log.action.decision",
    "export.internal": "log.action.export_internal",
    "export.log": "log.action.export_log",
    "archive": "log.action.archive",
    "export.package": "log.action.export_package",
    "export.notice": "log.action.export_notice",
    "export.public": "log.action.export_public",
    "import.applications": "log.action.import_applications",
    "import.experts": "log.action.import_experts",
    "import.leftovers": "log.action.import_leftovers",
    "import.refused": "log.action.import_refused",
    "issue": "log.action.issue",
    "issue.leftovers": "log.action.issue_leftovers",
    "key.confirmed": "log.action.key_confirmed",
    "key.revoked": "log.action.key_revoked",
    "merge": "log.action.merge",
    "merge.file": "log.action.merge_file",
    "merge.refused": "log.action.merge_refused",
    "merge.undone": "log.action.merge_undone",
    "pack.replaced": "log.action.pack_replaced",
    "panel.head": "log.action.panel_head",
    "rebuild": "log.action.rebuild",
    "receipt": "log.action.receipt",
    "recommenders": "log.action.recommenders",
    "report.minutes": "log.action.report_minutes",
    "report.notice": "log.action.report_notice",
    "report.panel": "log.action.report_panel",
    "report.sheet": "log.action.report_sheet",
    "report.slips": "log.action.report_slips",
    "restored": "log.action.restored",
    "results.whatif": "log.action.results_whatif",
    "results.viewed": "log.action.results_viewed",
    "succession": "log.action.succession",
    "succession.followed": "log.action.succession_followed",
    "veto": "log.action.veto",
    "visit.inspectors": "log.action.visit_inspectors",
    "visit.planned": "log.action.visit_planned",
    "visit.issued": "log.action.visit_issued",
    "visit.merge": "log.action.visit_merge",
    "visit.file": "log.action.visit_file",
    "visit.refused": "log.action.visit_refused",
    "visit.leftovers": "log.action.visit_leftovers",
}


def action_name(action: str) -> str:
    """What was done; the word of the file itself for one made by a newer program."""
    return tr(ACTIONS[action]) if action in ACTIONS else action


def said(row: LogRow) -> str:
    """What was done; of a decision also what kind of."""
    kind = next((kind for kind in KINDS if kind == row.details.get("kind")), None)
    name = action_name(row.action)
    return f"{name} · {kind_name(kind)}" if row.action == "decision" and kind is not None else name


def actor_name(actor: str, actors: Mapping[str, str]) -> str:
    """Who acted: a name, the recovery key, else the beginning of the key id."""
    if actor not in actors:
        return actor[:20]
    return actors[actor] or tr("log.actor.recovery")


def entry_lines(entry: Entry, actors: Mapping[str, str]) -> str:
    """Everything about an entry, one thing a line."""
    row = entry.row
    lines = [
        tr("log.entry.head", number=row.seq, at=i18n.local_time(row.at), utc=row.at),
        tr("log.entry.actor", name=actor_name(row.actor, actors), keyid=row.actor),
        tr("log.entry.action", name=said(row), code=row.action),
        tr("log.entry.subject", subject=row.subject or "—"),
    ]
    lines += [f"    {name}: {_value(value)}" for name, value in row.details.items()]
    lines += [tr("log.entry.previous", digest=row.prev), tr("log.entry.digest", digest=row.sha256)]
    return "\n".join(lines)


def _value(value: object) -> str:
    if isinstance(value, (list, tuple)):
        return tr("list.separator").join(str(one) for one in value) or "—"
    return "—" if value in ("", None) else str(value)


def log_columns(actors: Mapping[str, str]) -> tuple[Column[Entry], ...]:
    """Fixed widths: to measure a hundred thousand rows for each width would take seconds. `actors` may grow."""
    return (
        Column(tr("column.number"), lambda e: str(e.row.seq), number=True, width=72),
        Column(tr("column.time"), lambda e: i18n.local_time(e.row.at), width=150),
        Column(tr("column.action"), lambda e: said(e.row), width=190),
        Column(tr("column.subject"), lambda e: e.row.subject, width=170),
        Column(tr("log.actor"), lambda e: actor_name(e.row.actor, actors), width=150),
        Column(tr("column.details"), lambda e: e.details, stretch=True),
    )
