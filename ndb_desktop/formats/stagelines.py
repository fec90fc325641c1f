"""A line of a package of a later stage (评估验收, 成效评估) as JSON Schema: a base with its outcome, and by what.

One schema for both stages: what only the other one has is null or empty.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from ndb_desktop.domain.lifecycle import GROUNDS, MOVES, STATES
from ndb_desktop.domain.stageresult import RowNote, RowState
from ndb_desktop.domain.stageverdict import WAITING, Verdict

_Schema = Mapping[str, object]


def _object(**properties: object) -> _Schema:
    """Every property, and no other."""
    return {
        "type": "object", "additionalProperties": False, "required": list(properties), "properties": properties,
    }  # fmt: skip


def _list(of: _Schema) -> _Schema:
    return {"type": "array", "items": of}


def _or_null(schema: _Schema) -> _Schema:
    return {**schema, "type": [schema["type"], "null"]}


_TEXT = {"type": "string"}
_TEXTS = _list(_TEXT)
_DIGEST = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
_NO_DIGEST = {"type": "string", "pattern": "^([0-9a-f]{64})?$"}
_DAY = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
_RATIO = {"type": ["string", "null"], "pattern": "^-?[0-9]+(/[0-9]+)?$"}
_FIGURE = {"type": ["string", "null"], "pattern": "^-?[0-9]+([.][0-9]+)?$"}
_COUNT = {"type": "integer", "minimum": 0}
_RATIOS = {"type": "object", "additionalProperties": _RATIO}

_RULING = _object(
    action={"enum": ["keep", "replace", "site"]}, value=_FIGURE, declared=_FIGURE, visit=_TEXT, by=_DIGEST
)
_TARGET = _object(
    id=_TEXT, group=_TEXT, weight=_FIGURE, unit=_TEXT, by_tasks={"type": "boolean"},
    state={"enum": list(get_args(RowState))}, met={"type": ["boolean", "null"]},
    notes=_list({"enum": list(get_args(RowNote))}),
    base=_RATIO, target=_RATIO, accepted=_RATIO,
    declared=_FIGURE, verified=_FIGURE, declared_unit=_TEXT, declared_year={"type": ["integer", "null"]}, actual=_RATIO,
    progress=_RATIO, level=_RATIO, counted=_RATIO, ruling=_or_null(_RULING),
)  # fmt: skip
_FOUND = {"state": _TEXT, "value": _RATIO, "valid": _COUNT, "trimmed": {"type": "boolean"}}
_TASK = _object(id=_TEXT, indicator=_TEXT, weight=_FIGURE, **_FOUND)
_JUDGED = _object(id=_TEXT, part=_TEXT, weight=_FIGURE, **_FOUND)
_VETO = _object(ground=_TEXT, status={"enum": ["present", "cleared", "check"]}, evidence=_TEXT, decided_on=_TEXT)
_RECTIFICATION = _object(
    on=_DAY, until=_DAY, decision=_DIGEST, outcome=_NO_DIGEST, failed=_TEXTS, rechecked=_or_null(_DAY)
)
_DECISION = _object(
    number={"type": "integer", "minimum": 1}, digest=_DIGEST, at=_TEXT, kind=_TEXT, move={"enum": list(MOVES)},
    on=_DAY, paper=_TEXT, ground={"enum": ["", *GROUNDS]}, before={"enum": list(STATES)}, after={"enum": list(STATES)},
    due=_or_null(_DAY), reason=_TEXT, outcome=_NO_DIGEST, documents=_list(_object(name=_TEXT, sha256=_DIGEST)),
    signers=_list(_object(role=_TEXT, keyid=_TEXT)),
)  # fmt: skip
_RECORD: _Schema = {
    "type": "object",
    "required": ["format", "stage", "batch", "application", "case", "pack", "work", "verdict", "waiting", "failed"],
    "properties": {"format": {"enum": ["ndb-stageoutcome/1"]}, "stage": {"enum": ["acceptance", "effect"]}},
}

DECIDED = ("passed", "not_passed", "withdrawn", "rectifying", "open")
"""What was signed on a base in this stage: 通过, 不通过, 自愿退出, 整改中; `open`: nothing that ends it."""
STAGE_LINE_SCHEMA: _Schema = {
    "$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "urn:ndb:stage-result-line:1",
    "title": "ndb-stage-result-line",
    **_object(
        application=_TEXT, applicant=_TEXT, credit_code=_TEXT, category={"enum": ["park", "enterprise"]}, field=_TEXT,
        region={"type": "string", "pattern": "^[0-9]{6}$"}, recommender=_TEXT, stage={"enum": ["acceptance", "effect"]},
        state={"enum": list(STATES)}, since=_or_null(_DAY), decided={"enum": list(DECIDED)},
        verdict={"enum": list(get_args(Verdict))}, waiting=_list({"enum": list(WAITING)}), failed=_TEXTS,
        digest=_NO_DIGEST, outcome=_or_null(_RECORD),
        shares=_or_null(_object(tasks=_RATIO, targets=_RATIO, groups=_RATIOS)), parts=_or_null(_RATIOS),
        total=_RATIO, published=_FIGURE, targets=_list(_TARGET), tasks=_list(_TASK), judged=_list(_JUDGED),
        vetoes=_list(_VETO), contradictions=_TEXTS, late_conflicts=_TEXTS,
        rectification=_or_null(_RECTIFICATION), decisions=_list(_DECISION), signed=_list(_RECORD),
    ),
}  # fmt: skip
"""Every line of `results.jsonl` in a package of a later stage, by JSON Schema 2020-12."""
