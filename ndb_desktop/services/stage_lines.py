"""A base of a later stage as the line of a package: what it came to, of which figures, and what was signed on it.

Everything is exact and of the registry as it stands; `outcome` is the record whose SHA-256 decisions name.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ndb_desktop.domain.dispute import Ruling
from ndb_desktop.domain.effect import EffectOutcome
from ndb_desktop.domain.lifecycle import MOVES, Move, Step
from ndb_desktop.domain.numbers import plain, ratio
from ndb_desktop.domain.panel import PanelItem
from ndb_desktop.domain.selection import neutral_key
from ndb_desktop.domain.stagepack import EffectPack
from ndb_desktop.domain.stageresult import AcceptanceOutcome, TargetRow
from ndb_desktop.domain.strictload import canonical
from ndb_desktop.services.stage_moves import kept_record, signed_records
from ndb_desktop.services.stage_results import BaseResult, StageResult, record_name
from ndb_desktop.services.tasks import CancelToken, Progress

if TYPE_CHECKING:
    from ndb_desktop.services.office import Office

_Json = dict[str, Any]

_LEADS: Mapping[Move, str] = {
    "accept": "passed", "retain": "passed", "end": "not_passed", "remove": "not_passed", "rectify": "rectifying",
    "recheck": "open", "reassess": "open",
}  # fmt: skip
"""What a base stands at after a decision; all other moves leave it where it was."""


def in_order(result: StageResult) -> tuple[BaseResult, ...]:
    """The bases in neutral order, whatever order they came in: nothing that leaves the house may tell another (R06)."""
    return tuple(sorted(result.bases.values(), key=lambda base: neutral_key(base.application)))


def stage_lines(office: Office, result: StageResult, progress: Progress, token: CancelToken) -> bytes:
    """A base per line, in neutral order. Raises Cancelled."""
    lines, listed = [], in_order(result)
    for number, base in enumerate(listed, 1):
        token.check()
        progress(number, len(listed), base.application.applicant)
        lines.append(canonical(_line(office, result, base)))
    return b"".join(line + b"\n" for line in lines)


def decided(base: BaseResult) -> str:
    """What the decisions on a base come to: `passed`, `not_passed`, `withdrawn`, `rectifying`, or `open`."""
    found = "open"
    for step in base.life.steps:
        found = _LEADS.get(step.act.move, found)
        if found == "not_passed" and step.act.ground == "withdrawn":
            found = "withdrawn"
    return found


def _line(office: Office, result: StageResult, base: BaseResult) -> _Json:
    application, life, name = base.application, base.life, base.application.id
    return {
        "application": name, "applicant": application.applicant, "credit_code": application.credit_code,
        "category": application.category, "field": application.field, "region": application.region,
        "recommender": application.recommender, "stage": result.stage, "state": life.state,
        "since": None if life.since is None else life.since.isoformat(), "decided": decided(base),
        "verdict": base.verdict, "waiting": list(base.waiting), "failed": list(base.failed),
        "digest": base.digest, "outcome": json.loads(base.record) if base.record else None,
        **_figures(base),
        "vetoes": [
            {"ground": row.ground, "status": row.status, "evidence": row.evidence, "decided_on": row.decided_on}
            for row in sorted(result.vetoes, key=lambda row: (row.ground, row.decided_on))
            if row.application == name
        ],
        "contradictions": sorted(expert for one, expert in result.contradictions if one == name),
        "late_conflicts": sorted(expert for one, expert in result.late_conflicts if one == name),
        "rectification": _rectification(base),
        "decisions": [_decision(name, step) for step in life.steps],
        "signed": [
            json.loads(record)
            for digest in dict.fromkeys(signed_records(base, MOVES))
            if (record := kept_record(office, digest))
        ],
    }  # fmt: skip


def _figures(base: BaseResult) -> _Json:
    """Shares or total, every target, task and judged item; nothing of all that before anything was handed in."""
    said: _Json = {
        "shares": None, "parts": None, "total": None, "published": None, "targets": [], "tasks": [], "judged": [],
    }  # fmt: skip
    outcome, work = base.outcome, base.work
    if isinstance(outcome, AcceptanceOutcome):
        said["shares"] = {
            "tasks": ratio(outcome.task_share), "targets": ratio(outcome.target_share),
            "groups": {name: ratio(share) for name, share in outcome.groups.items()},
        }  # fmt: skip
        said["targets"] = [_target(base, row) for row in outcome.targets]
        said["tasks"] = [
            {"id": row.id, "indicator": row.indicator, "weight": plain(row.weight), **_found(row.item)}
            for row in outcome.tasks
        ]
    elif isinstance(outcome, EffectOutcome):
        said["parts"] = {name: ratio(value) for name, value in outcome.parts.items()}
        said["total"], said["published"] = ratio(outcome.total), _plain(outcome.published)
        said["targets"] = [_target(base, row) for row in outcome.held]
        if work is not None and isinstance(work.pack, EffectPack):
            said["judged"] = list(_judged(work.pack, outcome))
    return said


def _judged(pack: EffectPack, outcome: EffectOutcome) -> Iterator[_Json]:
    for part in pack.parts:
        for item in part.items:
            found = _found(outcome.items[item.id])
            yield {"id": item.id, "part": part.id, "weight": plain(item.weight), **found}


def _target(base: BaseResult, row: TargetRow) -> _Json:
    """`declared` and `verified` as they were given, in the unit of the declaration; ratios are in the pack's unit."""
    work = base.work
    if work is None:
        raise ValueError(row.id)
    known, measured = work.actual_by_id.get(row.id), work.pack.measured_by_id.get(row.id)
    return {
        "id": row.id, "group": row.group, "weight": plain(row.weight),
        "unit": "" if measured is None else measured.unit, "by_tasks": row.by_tasks,
        "state": row.state, "met": row.met, "notes": list(row.notes), "base": ratio(row.base),
        "target": ratio(row.target), "accepted": ratio(work.accepted_values.get(row.id)),
        "declared": None if known is None else _plain(known.value),
        "verified": None if known is None else _plain(known.verified),
        "declared_unit": "" if known is None else known.unit, "declared_year": None if known is None else known.year,
        "actual": ratio(row.actual), "progress": ratio(row.progress), "level": ratio(row.level),
        "counted": ratio(row.counted), "ruling": _ruling(base.rulings.get(row.id)),
    }  # fmt: skip


def _found(item: PanelItem) -> _Json:
    return {"state": item.state, "value": ratio(item.value), "valid": item.n_valid, "trimmed": item.trimmed}


def _ruling(ruling: Ruling | None) -> _Json | None:
    """`by` is the digest of the decision, or of the signed record of the visit."""
    if ruling is None:
        return None
    return {
        "action": ruling.action, "value": _plain(ruling.value), "declared": _plain(ruling.declared),
        "visit": ruling.visit, "by": ruling.decision.digest,
    }  # fmt: skip


def _rectification(base: BaseResult) -> _Json | None:
    """限期整改 of this stage with the outcome it was decided on; `rechecked` is the day of the 复核, None before."""
    if not base.life.rectified:
        return None
    found: _Json | None = None
    for step in base.life.steps:
        if step.act.move == "rectify" and step.act.until is not None:
            found = {
                "on": step.act.on.isoformat(), "until": step.act.until.isoformat(), "decision": step.decision.digest,
                "outcome": "" if base.first is None else base.first.digest,
                "failed": [] if base.first is None else list(base.first.failed), "rechecked": None,
            }  # fmt: skip
        elif step.act.move == "recheck" and found is not None:
            found["rechecked"] = step.act.on.isoformat()
    return found


def _decision(name: str, step: Step) -> _Json:
    """A signed decision of the life cycle; `outcome` is the digest of the record it rests on, "" without one."""
    act, one = step.act, step.decision
    rests = (ref.sha256 for ref in act.documents if ref.name == record_name(name))
    return {
        "number": one.number, "digest": one.digest, "at": one.at, "kind": one.kind, "move": act.move,
        "on": act.on.isoformat(), "paper": act.paper, "ground": act.ground or "", "before": step.before,
        "after": step.after, "due": None if step.due is None else step.due.day.isoformat(), "reason": one.reason,
        "outcome": next(rests, ""),
        "documents": [{"name": ref.name, "sha256": ref.sha256} for ref in _own(name, step)],
        "signers": [{"role": role, "keyid": keyid} for role, keyid in one.signers],
    }  # fmt: skip


def _own(name: str, step: Step) -> Iterator[Any]:
    """The files a decision on several bases names, without the records of the others."""
    others = {record_name(base) for base in step.act.bases if base != name}
    return (ref for ref in step.act.documents if ref.name not in others)


def _plain(value: Decimal | None) -> str | None:
    return None if value is None else plain(value)
