"""结论与记录: what a later stage comes to for one base, and the exact record whose digest a decision rests on.

The record says everything the outcome was made of and depends on nothing else: the same sheets, actual values, rulings
and vetoes give the same bytes on every computer. A first judgement that led to 整改 is kept as such a record.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

from ndb_desktop.domain.effect import EffectOutcome
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.numbers import plain, ratio
from ndb_desktop.domain.panel import ExpertState, PanelItem
from ndb_desktop.domain.stageresult import AcceptanceOutcome, TargetRow
from ndb_desktop.domain.strictload import canonical

RECORD_FORMAT = "ndb-stageoutcome/1"

Outcome: TypeAlias = AcceptanceOutcome | EffectOutcome
Verdict = Literal["passed", "not_passed", "waiting"]
"""通过, 不通过, 待定."""
Waiting = Literal["material", "rectify", "reviewers", "contradiction", "challenge", "check"]
"""Why a base waits, in the order they are told: nothing handed in; 整改 under way; too few experts; two sheets of one
revision; an open challenge; a veto that is looked into."""
WAITING: tuple[Waiting, ...] = get_args(Waiting)


@dataclass(frozen=True, slots=True)
class First:
    """初次结论 that a rectification was decided on: its digest, the conditions to put right, the sheets it rests on."""

    digest: str
    case: str
    failed: tuple[str, ...]
    sheets: frozenset[str]
    record: bytes


def verdict(outcome: Outcome | None, waiting: Iterable[Waiting]) -> Verdict:
    """待定 while anything is waited for: no other value ever stands in for what is not known yet."""
    if outcome is None or outcome.passed is None or any(True for _ in waiting):
        return "waiting"
    return "passed" if outcome.passed else "not_passed"


def record_bytes(
    outcome: Outcome,
    *,
    batch: str,
    work: str,
    waiting: Iterable[Waiting],
    experts: Mapping[str, ExpertState],
    sheets: Mapping[str, str],
    challenged: Iterable[str],
    first: First | None,
) -> bytes:
    """The record as canonical JSON. `work` is the digest of case and actual values, `sheets` digests by expert.

    Numbers are exact, `n/d`; what a base, a target or an actual value is not known of is null, never 0.
    """
    effect = isinstance(outcome, EffectOutcome)
    held = tuple(waiting)
    said: dict[str, Any] = {
        "format": RECORD_FORMAT,
        "stage": "effect" if effect else "acceptance",
        "batch": batch,
        "application": outcome.application,
        "case": outcome.case,
        "pack": outcome.pack,
        "work": work,
        "verdict": verdict(outcome, held),
        "waiting": list(held),
        "failed": list(outcome.failed),
        "vetoes": list(outcome.vetoes),
        "missing": list(outcome.missing),
        "challenged": sorted(challenged),
        "experts": dict(experts),
        "sheets": dict(sheets),
        "first": None if first is None else first.digest,
        **_figures(outcome),
    }
    return canonical(said)


def _figures(outcome: Outcome) -> dict[str, Any]:
    if isinstance(outcome, EffectOutcome):
        return {
            "targets": [_target(row) for row in outcome.held],
            "judged": {name: _item(item) for name, item in outcome.items.items()},
            "parts": {name: ratio(value) for name, value in outcome.parts.items()},
            "total": ratio(outcome.total),
            "published": None if outcome.published is None else plain(outcome.published),
        }
    return {
        "targets": [_target(row) for row in outcome.targets],
        "tasks": [{"id": row.id, "indicator": row.indicator, **_item(row.item)} for row in outcome.tasks],
        "shares": {
            "tasks": ratio(outcome.task_share),
            "targets": ratio(outcome.target_share),
            "groups": {name: ratio(value) for name, value in outcome.groups.items()},
        },
    }


def _item(item: PanelItem) -> dict[str, Any]:
    return {"state": item.state, "value": ratio(item.value), "valid": item.n_valid, "trimmed": item.trimmed}


def _target(row: TargetRow) -> dict[str, Any]:
    figures = ("base", "target", "actual", "progress", "level", "counted")
    return {
        "id": row.id,
        "state": row.state,
        "met": row.met,
        "notes": list(row.notes),
        **{name: ratio(getattr(row, name)) for name in figures},
    }


def digest_of(record: bytes) -> str:
    """SHA-256 (hex) of a record."""
    return hashlib.sha256(record).hexdigest()


def read_first(record: bytes, digest: str, application: str) -> First:
    """A first judgement as it was kept. Raises NdbError E-STAGE-RECORD when it is not what the decision names."""
    if digest_of(record) != digest:
        raise NdbError("E-STAGE-RECORD", place=application, application=application)
    said = json.loads(record)
    return First(
        digest=digest,
        case=said["case"],
        failed=tuple(said["failed"]),
        sheets=frozenset(said["sheets"].values()),
        record=record,
    )
