"""规则包 as immutable values: groups, indicators, rules, weights, texts, statements, settings.

Made only by `domain.packload.load_pack`, which refuses every fault; nothing here checks again (R11).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any, Literal

from ndb_desktop.domain.model import Category, PartId
from ndb_desktop.domain.phrase import LocalText as LocalText  # packs are made of it
from ndb_desktop.domain.sheet import LevelId, item_id

IndicatorKind = Literal["quantitative", "qualitative"]
TrimLevel = Literal["item", "total"]
"""去高去低的层级: per item, or of each expert's own total (a whole sheet is then left out)."""
PARTS: tuple[PartId, PartId] = ("basis", "plan")
PART_SHARE: Mapping[PartId, Fraction] = {"basis": Fraction(60, 100), "plan": Fraction(40, 100)}
"""R02: 60/40 is fixed by the plan; a pack that says otherwise is refused."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement experts sign (回避、保密、廉洁 …, R16); `sha256` binds both texts."""

    id: str
    text: LocalText
    sha256: str


@dataclass(frozen=True, slots=True)
class Band:
    """评分档: a level and its closed range of scores, `low` <= value <= `high`."""

    level: LevelId
    low: Decimal
    high: Decimal


@dataclass(frozen=True, slots=True)
class DataItem:
    """数据项 an indicator asks for. `years` = 3 means Y-2, Y-1, Y; 0 means a single figure.

    `kind`: `number` (values), `objects` (points list; `classes` is the closed list), `flag` (yes/no).
    """

    code: str
    kind: Literal["number", "objects", "flag"]
    unit: str
    years: int
    label: LocalText
    help: LocalText
    classes: tuple[str, ...] = ()
    required: bool = True
    class_labels: Mapping[str, LocalText] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure a rule derives from data and puts on its curve (e.g. R&D intensity in percent); targets name it.

    `target` says whether the plan must give a target for it; measures that only serve a condition need none.
    `unit` is an id of `domain.units`, its name the text `unit.<id>`.
    """

    id: str
    unit: str
    label: LocalText
    tree: Mapping[str, Any]
    target: bool = True


@dataclass(frozen=True, slots=True)
class Rule:
    """计分规则 of a quantitative indicator: measures, a score tree over them, caps and floors."""

    measures: tuple[Measure, ...]
    score: Mapping[str, Any]
    adjustments: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Indicator:
    """二级指标. Weights are per part, in points of 100."""

    id: str
    group: str
    kind: IndicatorKind
    unit: str
    weights: Mapping[PartId, Decimal]
    title: LocalText
    asks: LocalText
    source_phrase: LocalText
    evidence: LocalText
    data: tuple[DataItem, ...]
    rule: Rule | None
    levels: Mapping[PartId, Mapping[LevelId, LocalText]]
    not_applicable: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """一级指标."""

    id: str
    title: LocalText


@dataclass(frozen=True, slots=True)
class PackSettings:
    """What a pack fixes about reasons, aggregation, rounding, comparison, flags and second rounds.

    `second_round_others`: from how many others on a second round (复评) shows figures of their marks; 0 = never.
    """

    step: Decimal
    reason_levels: tuple[LevelId, ...]
    reason_min: int
    trim_from: int
    trim_level: TrimLevel
    min_panel: int
    digits: int
    rounding: Literal["half_up", "half_even"]
    compare_on: Literal["published", "exact"]
    threshold: Decimal
    margin: Decimal
    quant_mode: Literal["computed", "expert_confirm"]
    target_bonus: Decimal
    flags: Mapping[str, Decimal]
    second_round_others: int = 0


@dataclass(frozen=True, slots=True)
class ItemDef:
    """评分项: an indicator in a part. `computed` items get their score from the rule, the others from a level."""

    id: str
    indicator: Indicator
    part: PartId
    weight: Decimal

    @property
    def computed(self) -> bool:
        """Whether the program computes the whole score (quantitative indicator, 基本情况; R12)."""
        return self.part == "basis" and self.indicator.kind == "quantitative"

    @property
    def mixed(self) -> bool:
        """Whether half comes from the target's curve and half from a level (quantitative indicator, plan part)."""
        return self.part == "plan" and self.indicator.kind == "quantitative"

    @property
    def levelled(self) -> bool:
        """Whether the expert gives a level and a number inside it."""
        return not self.computed

    @property
    def skippable(self) -> bool:
        """Whether the expert may find that it does not apply."""
        return self.indicator.not_applicable and not self.computed

    @property
    def number(self) -> str:
        """The number of its indicator, such as `P1.1`."""
        return self.indicator.id

    @property
    def title(self) -> LocalText:
        """The name of its indicator."""
        return self.indicator.title

    @property
    def asks(self) -> LocalText:
        """What its indicator asks."""
        return self.indicator.asks

    @property
    def evidence(self) -> LocalText:
        """What proves it."""
        return self.indicator.evidence

    @property
    def levels(self) -> Mapping[LevelId, LocalText]:
        """What each level means in its part."""
        return self.indicator.levels.get(self.part, {})


@dataclass(frozen=True)
class RulePack:
    """规则包: `raw` are the canonical bytes that travel, `digest` their SHA-256 (hex)."""

    id: str
    version: str
    stage: str
    category: Category
    status: Literal["建议稿", "正式"]
    document_number: str
    title: LocalText
    groups: tuple[Group, ...]
    indicators: tuple[Indicator, ...]
    bands: tuple[Band, ...]
    statements: tuple[Statement, ...]
    settings: PackSettings
    raw: bytes = field(repr=False)
    digest: str

    @cached_property
    def items(self) -> tuple[ItemDef, ...]:
        """All items in the order they are asked: the basis part, then the plan part."""
        return tuple(
            ItemDef(item_id(indicator.id, part), indicator, part, indicator.weights[part])
            for part in PARTS
            for indicator in self.indicators
        )

    @cached_property
    def item_by_id(self) -> Mapping[str, ItemDef]:
        """Items by id."""
        return {item.id: item for item in self.items}

    @cached_property
    def group_weights(self) -> tuple[tuple[PartId, str, tuple[tuple[str, Fraction], ...]], ...]:
        """Per part and 一级指标: the items that carry weight, with their weights."""
        return tuple(
            (
                part,
                group.id,
                tuple(
                    (item.id, Fraction(item.weight))
                    for item in self.items
                    if item.part == part and item.indicator.group == group.id and item.weight
                ),
            )
            for part in PARTS
            for group in self.groups
        )

    @cached_property
    def total_weights(self) -> tuple[tuple[str, Fraction], ...]:
        """Every item that carries weight, with its share of the total (0..1)."""
        return tuple(
            (item, PART_SHARE[part] * weight / 100) for part, _, items in self.group_weights for item, weight in items
        )

    @cached_property
    def judged_weights(self) -> tuple[tuple[str, Fraction], ...]:
        """Every judged item with its weight in the total, halved where a target counts half."""
        return tuple(
            (item.id, Fraction(item.weight) * PART_SHARE[item.part] / (2 if item.mixed else 1))
            for item in self.items
            if not item.computed
        )

    @cached_property
    def indicator_by_id(self) -> Mapping[str, Indicator]:
        """Indicators by id."""
        return {indicator.id: indicator for indicator in self.indicators}

    def band_of(self, level: LevelId) -> Band:
        """The band of a level."""
        return self._bands[level]

    @cached_property
    def _bands(self) -> Mapping[LevelId, Band]:
        return {band.level: band for band in self.bands}

    @property
    def is_proposal(self) -> bool:
        """Whether every screen, sheet and report must say 「建议稿，非官方附件」."""
        return self.status == "建议稿"
