"""Words for the members and values of a rule pack, as the comparison of two packs tells them."""

from __future__ import annotations

from typing import Any, Final

from ndb_desktop.domain.packformula import formula_text
from ndb_desktop.domain.phrase import Phrase, PhraseValue
from ndb_desktop.domain.strictload import canonical
from ndb_desktop.domain.units import UNITS

ABSENT: Final = object()
"""Stands for a member that is not there."""

MEMBERS: Final = frozenset(
    {
        "id", "version", "stage", "category", "status", "document_number", "format", "share.basis", "share.plan",
        "step", "reason_levels", "reason_min", "trim_from", "trim_level", "min_panel", "digits", "rounding",
        "compare_on", "threshold", "margin", "quant_mode", "target_bonus", "second_round_others",
        "flags.deviation_percent", "flags.from_median", "flags.range", "flags.cv_percent", "kind", "unit", "years",
        "required", "classes", "group",
        "data", "not_applicable", "weights.basis", "weights.plan", "rule", "value", "target", "when", "x", "scale",
        "points", "cap", "floor", "poor", "good", "yes", "no", "code", "key", "standards", "parts", "weight",
        "adjustments", "low", "high", "from", "to", "limit", "boundary", "type",
    }
)  # fmt: skip
"""Members with words of their own (`packdiff.member.<name>`); another is called by its name."""

WORDS: Final = frozenset(
    {
        "quantitative", "qualitative", "number", "objects", "flag", "item", "total", "half_up", "half_even",
        "published", "exact", "computed", "expert_confirm", "selection", "acceptance", "effect", "site", "piecewise",
        "tiers", "per_unit", "points_list", "efficacy2", "efficacy5", "bool_points", "weighted", "choose", "level",
        "cap_if", "floor_if", "factor_if", "gate",
    }
)  # fmt: skip
"""Closed values with words of their own (`packdiff.word.<value>`)."""

_CLOSED: Final = ("kind", "type", "trim_level", "rounding", "compare_on", "quant_mode", "stage")
_LISTS: Final = {
    "pack.groups": "packdiff.order.groups",
    "pack.statements": "packdiff.order.statements",
    "pack.data": "packdiff.order.data",
    "pack.bands": "packdiff.order.bands",
    "pack.indicators": "packdiff.order.indicators",
    "vectors": "packdiff.order.vectors",
}


def member_words(owner: Phrase, name: str) -> Phrase:
    """A member of something: 「指标 P1.1 的基本情况权重」."""
    member: PhraseValue = Phrase(f"packdiff.member.{name}") if name in MEMBERS else name
    return Phrase("packdiff.where", {"owner": owner, "member": member})


def entry_words(path: str) -> Phrase:
    """The entries of a list whose order changed."""
    key = _LISTS.get(path)
    return Phrase(key) if key else Phrase("packdiff.order.other", {"path": path})


def value_words(value: Any, name: str = "") -> PhraseValue:
    """A value in words; formulas as one line, what has no words as JSON."""
    if value is ABSENT or value == "" or value == []:
        return Phrase("packdiff.empty")
    if value is None:
        return Phrase("packdiff.open")
    if isinstance(value, bool):
        return Phrase("packdiff.yes") if value else Phrase("packdiff.no")
    if isinstance(value, str):
        return _string_words(value, name)
    if isinstance(value, list) and all(isinstance(entry, str) for entry in value):
        return ", ".join(value)
    if isinstance(value, dict) and "op" in value:
        return formula_text(value) or canonical(value).decode()
    if isinstance(value, dict):
        # A whole score, or a rule around one: what kind it is says most.
        kind = value.get("score", value).get("type", "")
        return Phrase(f"packdiff.word.{kind}") if kind in WORDS else canonical(value).decode()
    return Phrase("packdiff.entries", {"count": str(len(value))}) if isinstance(value, list) else str(value)


def _string_words(value: str, name: str) -> PhraseValue:
    if name == "unit" and value in UNITS:
        return Phrase(f"unit.{value}")
    if name == "category":
        return Phrase(f"category.{value}")
    return Phrase(f"packdiff.word.{value}") if name in _CLOSED and value in WORDS else value
