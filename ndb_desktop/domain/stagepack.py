"""Packs of the stages after selection (后续阶段规则包): 评估验收 and 成效评估, as immutable values.

Made only by `domain.stageload.load_stage_pack`, which refuses every fault. Both follow a selection pack by its id: its
groups, its measures, its units. Limits, weights and pass marks are data (panel E.3, E.4).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Literal, TypeAlias

from ndb_desktop.domain.acceptance import AcceptanceLimits, Direction
from ndb_desktop.domain.model import Category
from ndb_desktop.domain.packload import STATUSES
from ndb_desktop.domain.phrase import LocalText
from ndb_desktop.domain.rulepack import Band, Group, PackSettings, Statement
from ndb_desktop.domain.sheet import LevelId

StageId = Literal["acceptance", "effect"]
"""评估验收, 成效评估."""
Deciding = Literal["progress", "level"]
"""Which of the two figures of a target counts: the way from base to target, or the share of the target reached."""
TaskRule = Literal["lower_median", "upper_median"]
"""How a panel settles a task: the median of its valid experts, and which of two when they are even in number."""
HeldAgainst = Literal["reached", "target"]
"""What 成效评估 compares with: the lesser of target and accepted actual value, or the target itself."""
PartKind = Literal["judged", "held"]


@dataclass(frozen=True, slots=True)
class Judged:
    """评议指标 judged by experts with a level and a value: what it asks and what each level means."""

    id: str
    weight: Decimal
    title: LocalText
    asks: LocalText
    evidence: LocalText
    levels: Mapping[LevelId, LocalText]


@dataclass(frozen=True, slots=True)
class Measured:
    """考核指标: a measure of the selection pack with its weight in points of 100, and which way is better.

    `only` and `never` are fields it applies to and does not; in every field the weights sum to 100.
    """

    indicator: str
    measure: str
    group: str
    unit: str
    direction: Direction
    weight: Decimal
    title: LocalText
    label: LocalText
    evidence: LocalText
    only: tuple[str, ...] = ()
    never: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """Indicator and measure: `P1.1.revenue`."""
        return f"{self.indicator}.{self.measure}"

    def applies(self, field_id: str) -> bool:
        """Whether it is asked for in a field (重点领域)."""
        return (not self.only or field_id in self.only) and field_id not in self.never


@dataclass(frozen=True, slots=True)
class ByTasks:
    """A qualitative indicator: no figure was promised, so its tasks say how far it came."""

    indicator: str
    group: str
    weight: Decimal
    title: LocalText


@dataclass(frozen=True, slots=True)
class EvidenceKind:
    """佐证材料类别 the base hands in."""

    id: str
    required: bool
    label: LocalText


@dataclass(frozen=True, slots=True)
class EffectPart:
    """A part of 成效评估, with its weight in points of 100: judged items, or what was reached and is `held`."""

    id: str
    kind: PartKind
    weight: Decimal
    title: LocalText
    items: tuple[Judged, ...] = ()


@dataclass(frozen=True, kw_only=True)
class StagePack:
    """What both stages have. `follows` is the selection pack's id; `raw` travels, `digest` is its SHA-256 (hex).

    `grounds` are the 一票否决情形 (R09) that apply in the stage.
    """

    id: str
    version: str
    category: Category
    status: str
    document_number: str
    follows: str
    title: LocalText
    groups: tuple[Group, ...]
    measured: tuple[Measured, ...]
    grounds: Mapping[str, LocalText]
    documents: tuple[EvidenceKind, ...]
    statements: tuple[Statement, ...]
    settings: PackSettings
    raw: bytes = field(repr=False)
    digest: str

    @cached_property
    def measured_by_id(self) -> Mapping[str, Measured]:
        """考核指标 by id."""
        return {one.id: one for one in self.measured}

    @property
    def is_proposal(self) -> bool:
        """Whether every screen, sheet and report must say 「建议稿，非官方附件」."""
        return self.status == STATUSES[0]


@dataclass(frozen=True, kw_only=True)
class AcceptancePack(StagePack):
    """评估验收. `task_words` say what 未完成, 部分完成 and 完成 mean; `rectify_days` is the longest rectification."""

    by_tasks: tuple[ByTasks, ...]
    limits: AcceptanceLimits
    deciding: Deciding
    task_rule: TaskRule
    task_words: Mapping[str, LocalText]
    rectify_days: int

    @property
    def stage(self) -> StageId:
        """评估验收."""
        return "acceptance"


@dataclass(frozen=True, kw_only=True)
class EffectPack(StagePack):
    """成效评估. `pass_mark` out of 100; `bands` are those of the judged items."""

    parts: tuple[EffectPart, ...]
    bands: tuple[Band, ...]
    pass_mark: Decimal
    held_against: HeldAgainst

    @property
    def stage(self) -> StageId:
        """成效评估."""
        return "effect"

    @cached_property
    def judged(self) -> tuple[Judged, ...]:
        """All judged items, in the order of the parts."""
        return tuple(item for part in self.parts for item in part.items)

    def band_of(self, level: LevelId) -> Band:
        """The band of a level."""
        return next(band for band in self.bands if band.level == level)


AnyStagePack: TypeAlias = AcceptancePack | EffectPack
