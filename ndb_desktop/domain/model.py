"""What travels about an application (申报材料): applicant, declared data, plan, documents.

Numbers are exact: they arrive as strings, were parsed by `domain.numbers.parse_number`, and stay `Decimal`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Category = Literal["park", "enterprise"]
"""类别: 示范园区 (park) or 示范企业 (enterprise); never mixed in one list (R01)."""

PartId = Literal["basis", "plan"]
"""部分: 基本情况 60 %, 创建工作方案 40 % (R02)."""

SourceClass = Literal["statistics", "audit", "tax", "certificate", "contract", "self"]
"""来源类别: 统计/审计/税务/证书/合同/自报."""


@dataclass(frozen=True, slots=True)
class Region:
    """A recommending place: GB/T 2260 code, names in both languages."""

    code: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Origin:
    """What a converted document was before (转换前的原件): kind, size in bytes, SHA-256 (hex) of the office file."""

    mime: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Document:
    """A document of an application: identity is the SHA-256 (hex) of the bytes that experts read.

    These are the applicant's own bytes; only an office file was turned into a PDF at import, and `origin` says of what.
    """

    id: str
    name: str
    title: str
    mime: str
    size: int
    sha256: str
    pages: int
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class EvidenceRef:
    """Where an applicant says a datum is proven: document id and 1-based page (0 = whole document)."""

    document: str
    page: int = 0


@dataclass(frozen=True, slots=True)
class ListedObject:
    """One object of a points list (计分清单对象): its class, name, document number and date (ISO)."""

    cls: str
    name: str
    number: str
    date: str
    valid: bool = True


@dataclass(frozen=True, slots=True)
class Datum:
    """数据项: what the applicant declared, in `unit`.

    Exactly one of `values` (keyed by year, or by "" for a single figure), `objects` or `flag` carries the value.
    `verified` replaces `values` for every expert after a site check or a settled challenge (R12).
    """

    code: str
    unit: str
    source: SourceClass
    values: Mapping[str, Decimal] = dataclasses.field(default_factory=dict)
    objects: tuple[ListedObject, ...] = ()
    flag: bool | None = None
    evidence: tuple[EvidenceRef, ...] = ()
    verified: Mapping[str, Decimal] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Target:
    """创建目标 for one measure of one indicator: base and target value with their years."""

    indicator: str
    measure: str
    unit: str
    base: Decimal | None
    base_year: int
    target: Decimal | None
    target_year: int
    statement: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """重点任务 of the plan, checkable two years later."""

    id: str
    indicator: str
    title: str
    owner: str
    milestone: str
    deliverable: str
    check: str
    weight: Decimal


@dataclass(frozen=True, slots=True)
class Actual:
    """实际值 declared by the base, None when it has none; `verified` replaces it for every expert (R12)."""

    indicator: str
    measure: str
    unit: str
    value: Decimal | None
    year: int
    evidence: tuple[EvidenceRef, ...] = ()
    statement: str = ""
    verified: Decimal | None = None

    @property
    def id(self) -> str:
        """Indicator and measure."""
        return f"{self.indicator}.{self.measure}"

    @property
    def used(self) -> Decimal | None:
        """The verified value, else the declared one."""
        return self.value if self.verified is None else self.verified


@dataclass(frozen=True, slots=True)
class Application:
    """申报材料 of one applicant in one batch, category and field.

    In a later stage the documents are those handed in for it, and `actuals` say what was reached.
    """

    id: str
    category: Category
    field: str
    applicant: str
    credit_code: str
    region: str
    recommender: str
    year: int
    special_region: bool = False
    affiliates: tuple[str, ...] = ()
    summary: str = ""
    data: Mapping[str, Datum] = dataclasses.field(default_factory=dict)
    targets: tuple[Target, ...] = ()
    tasks: tuple[Task, ...] = ()
    documents: tuple[Document, ...] = ()
    actuals: tuple[Actual, ...] = ()
