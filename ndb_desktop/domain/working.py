"""怎样计算的: how one sheet's total comes about, line by line and exactly: items, groups, parts, total (R02).

The points of a part's items add up to the part exactly, and both parts to the total; a reader may check every line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from ndb_desktop.domain.model import PartId
from ndb_desktop.domain.numbers import exact
from ndb_desktop.domain.rulepack import PART_SHARE, PARTS, Group, ItemDef, RulePack
from ndb_desktop.domain.scoring import sheet_values, sum_up
from ndb_desktop.domain.sheet import Sheet


@dataclass(frozen=True, slots=True)
class ItemLine:
    """One item: its score, the weight it counts with here (0 where it does not apply), and its points of the part."""

    item: ItemDef
    applies: bool
    score: Fraction | None
    weight: Fraction
    points: Fraction | None


@dataclass(frozen=True, slots=True)
class GroupLine:
    """一级指标 in a part: its items, its weight, its score (None while one is open) and its points so far."""

    group: Group
    items: tuple[ItemLine, ...]
    weight: Fraction
    score: Fraction | None
    points: Fraction


@dataclass(frozen=True, slots=True)
class PartLine:
    """基本情况 or 创建工作方案: its groups, its score, its share of the total and what it adds to it."""

    part: PartId
    groups: tuple[GroupLine, ...]
    score: Fraction | None
    share: Fraction
    points: Fraction | None


@dataclass(frozen=True, slots=True)
class TotalWorking:
    """The whole working; `total` is not rounded and None while anything is open."""

    parts: tuple[PartLine, ...]
    total: Fraction | None
    spared: int


def total_working(pack: RulePack, sheet: Sheet, computed: Mapping[str, Fraction]) -> TotalWorking:
    """The working of a sheet; `computed` as from `scoring.computed_values`."""
    values, spared = sheet_values(pack, sheet, computed)
    sums = sum_up(pack, values, spared)
    parts = []
    for part in PARTS:
        groups = []
        for group in pack.groups:
            items = [item for item in pack.items if item.part == part and item.indicator.group == group.id]
            if items:
                groups.append(_group(group, items, values, spared, sums.groups[part][group.id]))
        score = sums.parts[part]
        share = PART_SHARE[part]
        parts.append(PartLine(part, tuple(groups), score, share, None if score is None else share * score))
    return TotalWorking(tuple(parts), sums.total, len(spared))


def _group(
    group: Group,
    items: list[ItemDef],
    values: Mapping[str, Fraction | None],
    spared: frozenset[str],
    score: Fraction | None,
) -> GroupLine:
    whole = sum((exact(item.weight) for item in items), Fraction(0))
    asked = sum((exact(item.weight) for item in items if item.id not in spared), Fraction(0))
    lines = []
    for item in items:
        applies = item.id not in spared
        # The weight of what does not apply goes to the others of the group in proportion.
        weight = exact(item.weight) * whole / asked if applies and asked else Fraction(0)
        value = values[item.id] if applies else None
        lines.append(ItemLine(item, applies, value, weight, None if value is None else weight * value / 100))
    points = sum((line.points for line in lines if line.points is not None), Fraction(0))
    return GroupLine(group, tuple(lines), whole, score, points)
