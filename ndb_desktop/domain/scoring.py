"""计分: item scores, group, part and total scores of one expert's sheet, exactly (R02, R12).

An item's score is a `Fraction` from 0 to 100. Weights are shares of 100 within a part; the total is 60 % 基本情况 and
40 % 创建工作方案. An item that is not applicable gives its weight to the others of its 一级指标. Nothing is rounded
here: the one rounding happens where a number is shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from ndb_desktop.domain.errors import Fault
from ndb_desktop.domain.model import Application, PartId
from ndb_desktop.domain.numbers import exact, rounded, weighted_sum
from ndb_desktop.domain.phrase import Phrase
from ndb_desktop.domain.rulepack import PART_SHARE, PARTS, ItemDef, RulePack
from ndb_desktop.domain.rules import compute_basis, compute_target
from ndb_desktop.domain.sheet import ItemEntry, Sheet
from ndb_desktop.domain.sheetcheck import findings

LEVEL_SHARE = Fraction(1, 2)
"""Share of the expert's level in the plan item of a quantitative indicator; the other half is its target."""
TARGET_SHARE = 1 - LEVEL_SHARE

NOT_APPLICABLE = "not_applicable"

GroupScores = Mapping[PartId, Mapping[str, Fraction | None]]


@dataclass(frozen=True, slots=True)
class Totals:
    """Scores of one sheet. `groups` and `parts` are on 0..100 and None while something in them is open.

    `so_far` is what the answered items of a part contribute to its 0..100 already.
    """

    groups: GroupScores
    parts: Mapping[PartId, Fraction | None]
    total: Fraction | None
    so_far: Mapping[PartId, Fraction]
    open_items: int
    explanation: Phrase


@dataclass(frozen=True, slots=True)
class Sums:
    """Groups, parts and total made from item values."""

    groups: GroupScores
    parts: Mapping[PartId, Fraction | None]
    total: Fraction | None


def computed_value(pack: RulePack, item: ItemDef, application: Application, k: Fraction) -> Fraction | None:
    """What the program computes for an item: its score, or t of a plan item with a target; None for judged items."""
    if item.computed:
        return compute_basis(pack, item.indicator, application, k, explain=False).score
    if item.mixed:
        return compute_target(pack, item.indicator, application, k, explain=False).score
    return None


def computed_values(pack: RulePack, application: Application, k: Fraction) -> Mapping[str, Fraction]:
    """`computed_value` of all items that have one; the same for every expert (R12)."""
    values = ((item.id, computed_value(pack, item, application, k)) for item in pack.items)
    return {item: value for item, value in values if value is not None}


def combine(item: ItemDef, computed: Fraction | None, judged: Fraction | None) -> Fraction | None:
    """The item's score from its computed and its judged half: all computed, all judged, or 0.5 t + 0.5 level."""
    if item.computed:
        return computed
    if not item.mixed:
        return judged
    if judged is None or computed is None:
        return None
    return weighted_sum([(TARGET_SHARE, computed), (LEVEL_SHARE, judged)])


def item_score(
    pack: RulePack, item: ItemDef, entry: ItemEntry | None, application: Application, k: Fraction
) -> Fraction | None:
    """The score of one item on one sheet; None unless the entry is `scored` and complete. 0 is a score."""
    if entry is None or entry.state != "scored":
        return None
    return _score(item, entry, computed_value(pack, item, application, k))


def _score(item: ItemDef, entry: ItemEntry, computed: Fraction | None) -> Fraction | None:
    if item.computed:
        return computed if entry.confirm else None
    return combine(item, computed, None if entry.value is None else exact(entry.value))


def sum_up(pack: RulePack, values: Mapping[str, Fraction | None], not_applicable: frozenset[str]) -> Sums:
    """Groups, parts and total from item values; an item without a value leaves what contains it without one (None).

    The weight of `not_applicable` items is spread over their 一级指标 in proportion; a group in which nothing applies
    has no score, and neither has the part it carries weight in.
    """
    groups: dict[PartId, dict[str, Fraction | None]] = {part: {} for part in PARTS}
    terms: dict[PartId, list[tuple[Fraction, Fraction | None]]] = {part: [] for part in PARTS}
    for part, group, items in pack.group_weights:
        weight = sum((weight for _, weight in items), Fraction(0))
        score = _group(items, values, not_applicable)
        groups[part][group] = score
        if weight:
            terms[part].append((weight / 100, score))
    parts = {part: _sum(terms[part]) for part in PARTS}
    return Sums(groups, parts, _sum([(PART_SHARE[part], parts[part]) for part in PARTS]))


def total_of(pack: RulePack, values: Mapping[str, Fraction | None], not_applicable: frozenset[str]) -> Fraction | None:
    """The total of `sum_up` alone. Where every item applies, groups and parts cancel out and one sum is enough."""
    if not_applicable:
        return sum_up(pack, values, not_applicable).total
    return _sum([(weight, values.get(item)) for item, weight in pack.total_weights])


def _group(
    items: Sequence[tuple[str, Fraction]], values: Mapping[str, Fraction | None], not_applicable: frozenset[str]
) -> Fraction | None:
    asked = [(weight, values.get(item)) for item, weight in items if item not in not_applicable]
    above = _sum(asked)
    return above / sum(weight for weight, _ in asked) if above is not None and asked else None


def _sum(terms: Sequence[tuple[Fraction, Fraction | None]]) -> Fraction | None:
    known = [(weight, value) for weight, value in terms if value is not None]
    return weighted_sum(known) if len(known) == len(terms) else None


def sheet_values(
    pack: RulePack, sheet: Sheet, computed: Mapping[str, Fraction]
) -> tuple[Mapping[str, Fraction | None], frozenset[str]]:
    """The score of every item on a sheet, None where there is none, and the items that are not applicable."""
    values: dict[str, Fraction | None] = {}
    spared = set()
    for item in pack.items:
        entry = sheet.items.get(item.id)
        if entry is not None and entry.state == NOT_APPLICABLE:
            spared.add(item.id)
        scored = entry is not None and entry.state == "scored"
        values[item.id] = _score(item, entry, computed.get(item.id)) if entry and scored else None
    return values, frozenset(spared)


def sheet_totals(
    pack: RulePack,
    application: Application,
    sheet: Sheet,
    k: Fraction,
    computed: Mapping[str, Fraction] | None = None,
) -> Totals:
    """All scores of one sheet (评分表). `computed` may hand in `computed_values` that are already known."""
    known = computed_values(pack, application, k) if computed is None else computed
    values, spared = sheet_values(pack, sheet, known)
    sums = sum_up(pack, values, spared)
    so_far: dict[PartId, Fraction] = {
        part: weighted_sum(
            [
                (exact(item.weight) / 100, value)
                for item in pack.items
                if item.part == part and (value := values[item.id]) is not None
            ]
        )
        for part in PARTS
    }
    open_items = sum(1 for item, value in values.items() if value is None and item not in spared)
    return Totals(sums.groups, sums.parts, sums.total, so_far, open_items, _explanation(pack, sums, open_items))


def _explanation(pack: RulePack, sums: Sums, open_items: int) -> Phrase:
    basis, plan = sums.parts["basis"], sums.parts["plan"]
    if sums.total is None or basis is None or plan is None:
        return Phrase("panel.total.open", {"count": str(open_items)})
    digits, mode = pack.settings.digits, pack.settings.rounding
    return Phrase(
        "panel.total.explained",
        {
            "basis": f"{rounded(basis, digits, mode):f}",
            "plan": f"{rounded(plan, digits, mode):f}",
            "total": f"{rounded(sums.total, digits, mode):f}",
        },
    )


def sheet_findings(pack: RulePack, application: Application, sheet: Sheet) -> tuple[Fault, ...]:
    """Everything that keeps a sheet from being signed or merged, in the order of the form (see `sheetcheck`)."""
    return findings(pack, application, sheet)
