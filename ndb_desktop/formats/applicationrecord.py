"""The records of 申报材料 as they are written (`docs/applications.schema.json`): closed, and with limits everywhere."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

MAX_SIZE = 2 * 1024 * 1024
FIRST_YEAR, LAST_YEAR = 2000, 2100

Id = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$(?!\n)")]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Line = Annotated[str, msgspec.Meta(max_length=500)]
Long = Annotated[str, msgspec.Meta(max_length=20_000)]
# Checked by `parse_number`, which names the place; the pattern is for the schema's readers.
Number = Annotated[str, msgspec.Meta(extra_json_schema={"pattern": r"^-?[0-9]{1,15}(\.[0-9]{1,6})?$"})]
Year = Annotated[int, msgspec.Meta(ge=FIRST_YEAR, le=LAST_YEAR)]
Hash = Annotated[str, msgspec.Meta(pattern=r"^([0-9a-f]{64})?$(?!\n)")]
UnitId = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z_]{0,31}$(?!\n)")]
Page = Annotated[int, msgspec.Meta(ge=0, le=100_000)]
Size = Annotated[int, msgspec.Meta(ge=0, le=10**12)]
NumbersByYear = Annotated[dict[str, Number], msgspec.Meta(max_length=10)]


class EvidenceRecord(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Where a datum is proven: document id, page from 1 (0 = whole document)."""

    document: Id
    page: Page = 0


class ObjectRecord(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """An object of a points list; `class` is an id of the rule pack's closed list, `date` is ISO (YYYY-MM-DD)."""

    cls: Id = msgspec.field(name="class")
    name: Name
    number: Line
    date: Annotated[str, msgspec.Meta(max_length=10)]
    valid: bool = True


class DatumRecord(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A datum: exactly one of `values` (by year, "" for a single figure), `objects`, `flag`."""

    unit: UnitId
    source: Literal["statistics", "audit", "tax", "certificate", "contract", "self"]
    values: NumbersByYear | None = None
    objects: Annotated[list[ObjectRecord], msgspec.Meta(max_length=2000)] | None = None
    flag: bool | None = None
    evidence: Annotated[list[EvidenceRecord], msgspec.Meta(max_length=100)] = []
    verified: NumbersByYear = {}


class TargetRecord(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A target of the plan for one measure of one indicator."""

    indicator: Id
    measure: Id
    unit: UnitId
    base_year: Year
    target_year: Year
    base: Number | None = None
    target: Number | None = None
    statement: Line = ""


class TaskRecord(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A task of the plan that can be checked two years later."""

    id: Id
    indicator: Id
    title: Name
    owner: Line
    milestone: Line
    deliverable: Line
    check: Line
    weight: Number


class DeclaredRecord(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What a base declares of one measure in a later stage; `value` null where it has none (缺报)."""

    indicator: Id
    measure: Id
    unit: UnitId
    year: Year
    value: Number | None = None
    statement: Line = ""
    evidence: Annotated[list[EvidenceRecord], msgspec.Meta(max_length=100)] = []


class ActualRecord(DeclaredRecord, frozen=True):
    """The same in an application on record, with what was verified, if anything was."""

    verified: Number | None = None


class OriginRecord(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What a converted document was before; found at import, refused in the hand-over."""

    mime: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    size: Size
    sha256: Hash


class DocumentRecord(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A document; in the hand-over only `id`, `name` and `title` are required, the rest is found at import."""

    id: Id
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
    title: Name
    mime: Annotated[str, msgspec.Meta(max_length=100)] = ""
    size: Size = 0
    sha256: Hash = ""
    pages: Page = 0
    origin: OriginRecord | None = None


class ApplicationRecord(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One applicant in one batch, category and field."""

    id: Id
    category: Literal["park", "enterprise"]
    field: Id
    applicant: Name
    credit_code: Annotated[str, msgspec.Meta(max_length=18)]
    region: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{6}$(?!\n)")]
    recommender: Name
    year: Year
    data: Annotated[dict[Id, DatumRecord], msgspec.Meta(max_length=200)]
    targets: Annotated[list[TargetRecord], msgspec.Meta(max_length=200)]
    tasks: Annotated[list[TaskRecord], msgspec.Meta(max_length=200)]
    documents: Annotated[list[DocumentRecord], msgspec.Meta(max_length=500)]
    special_region: bool = False
    affiliates: Annotated[list[Name], msgspec.Meta(max_length=500)] = []
    summary: Long = ""
    actuals: Annotated[list[ActualRecord], msgspec.Meta(max_length=200)] = []
