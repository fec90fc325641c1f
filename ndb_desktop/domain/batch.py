"""批次 and the people in it, as immutable values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, NamedTuple

from ndb_desktop.domain.model import Category
from ndb_desktop.domain.rulepack import LocalText

ExpertKind = Literal["field", "finance", "policy"]
"""专家类别: 领域, 财务统计, 政策."""

ConflictStrength = Literal["recuse", "check"]
"""回避 or 待核; no row means 无."""

KeyStatus = Literal["none", "unconfirmed", "active", "revoked"]
"""密钥状态 of a person in the registry; `unconfirmed` until the fingerprint was compared by another channel."""


@dataclass(frozen=True, slots=True)
class FieldDef:
    """重点领域 of this batch with its scale factor k."""

    id: str
    name: LocalText
    k: Decimal


@dataclass(frozen=True, slots=True)
class Quota:
    """创建数量 of a category: a ceiling in total and per field (None = no cap); laminar only."""

    total: int | None = None
    fields: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Batch:
    """批次: what one call fixes. `trial` batches (示例) never mix with official ones."""

    id: str
    title: LocalText
    year: int
    trial: bool
    fields: tuple[FieldDef, ...]
    quotas: Mapping[Category, Quota]
    panel_size: int = 7
    calendar: str = "cn-2026"

    def field_def(self, field_id: str) -> FieldDef:
        """The field with this id; raises `KeyError`."""
        for item in self.fields:
            if item.id == field_id:
                return item
        raise KeyError(field_id)


@dataclass(frozen=True, slots=True)
class Expert:
    """专家 in the coordinator's pool. `fields` maps a field id to an affinity 0..1000."""

    id: str
    name: str
    employer: str
    employer_code: str
    province: str
    kind: ExpertKind
    categories: tuple[Category, ...]
    fields: Mapping[str, int]
    former_employers: tuple[str, ...] = ()
    max_load: int = 40


@dataclass(frozen=True, slots=True)
class Conflict:
    """回避情形: expert x application, code C1..C12, strength, where it comes from, words."""

    expert: str
    application: str
    code: str
    strength: ConflictStrength
    source: str
    words: str = ""


class Assignment(NamedTuple):
    """分派: one expert for one application."""

    expert: str
    application: str
