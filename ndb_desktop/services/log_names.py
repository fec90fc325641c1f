"""操作日志的说法: what an entry says was done, and what kinds of decisions are called, for window and command line."""

from __future__ import annotations

from collections.abc import Mapping

from ndb_desktop.domain.decision import KINDS, DecisionKind
from ndb_desktop.storage.registry_rows import LogRow
from ndb_desktop.texts import text

ACTIONS: Mapping[str, str] = {
    "application.updated": "log.action.updated",
    "assign": "log.action.assign",
    "assign.seed": "log.action.seed",
    "backup": "log.action.backup",
    "bundle.revoked": "log.action.bundle_revoked",
    "calendar": "log.action.calendar",
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
    "round.viewed": "log.action.round_viewed",
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

KIND_WORDS: Mapping[DecisionKind, str] = {
    "appoint": "decision.kind.appoint",
    "dismiss": "decision.kind.dismiss",
    "pack_freeze": "decision.kind.pack_freeze",
    "draw": "decision.kind.draw",
    "unblind": "decision.kind.unblind",
    "override": "decision.kind.override",
    "finalise": "decision.kind.finalise",
    "challenge": "decision.kind.challenge",
    "contradiction": "decision.kind.contradiction",
    "veto": "decision.kind.veto",
    "flag": "decision.kind.flag",
    "settlement": "decision.kind.settlement",
    "conflict": "decision.kind.conflict",
    "void": "decision.kind.void",
    "objection": "decision.kind.objection",
    "round": "decision.kind.round",
    "lifecycle": "decision.kind.lifecycle",
    "recognition": "decision.kind.recognition",
    "removal": "decision.kind.removal",
}


def action_name(action: str, language: str) -> str:
    """What was done; the word of the file itself for one made by a newer program."""
    return text(ACTIONS[action], language) if action in ACTIONS else action


def said(row: LogRow, language: str) -> str:
    """What was done; of a decision also what kind of."""
    kind = next((kind for kind in KINDS if kind == row.details.get("kind")), None)
    name = action_name(row.action, language)
    return f"{name} · {text(KIND_WORDS[kind], language)}" if row.action == "decision" and kind is not None else name
