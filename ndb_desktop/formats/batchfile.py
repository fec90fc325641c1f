"""批次 and 专家 as JSON, strict and canonical like the applications."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from ndb_desktop.domain.batch import Batch, Expert, FieldDef, Quota
from ndb_desktop.domain.model import Category
from ndb_desktop.domain.numbers import plain
from ndb_desktop.domain.rulepack import LocalText
from ndb_desktop.domain.selection import quota_faults
from ndb_desktop.domain.strictload import canonical
from ndb_desktop.formats.applicationrecord import Id, Name, Number, Year
from ndb_desktop.formats.records import Findings, decode

MAX_SIZE = 1024 * 1024

Count = Annotated[int, msgspec.Meta(ge=0, le=100_000)]
Affinity = Annotated[int, msgspec.Meta(ge=0, le=1000)]
CategoryName = Literal["park", "enterprise"]


class TextRecord(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A text in both languages."""

    zh_CN: Name  # noqa: N815
    en: Name


class FieldRecord(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A key field (重点领域) of the batch; `k` > 0 scales the breakpoints of those rules that depend on the field."""

    id: Id
    name: TextRecord
    k: Number


class QuotaRecord(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """名额 of a category: ceilings on how many are selected, in total and per field; null or not named = no ceiling."""

    total: Count | None = None
    fields: dict[Id, Count] = {}


QuotasByCategory = Annotated[
    dict[CategoryName, QuotaRecord],
    msgspec.Meta(extra_json_schema={"propertyNames": {"enum": ["park", "enterprise"]}}),
]


class BatchRecord(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """批次: what one call fixes. `quotas` names every category that takes part; `panel_size` is per application."""

    id: Id
    title: TextRecord
    year: Year
    trial: bool
    fields: Annotated[list[FieldRecord], msgspec.Meta(min_length=1, max_length=50)]
    quotas: QuotasByCategory = {}
    panel_size: Annotated[int, msgspec.Meta(ge=1, le=99)] = 7
    calendar: Id = "cn-2026"


class ExpertRecord(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """An expert of the pool."""

    id: Id
    name: Name
    employer: Name
    employer_code: Annotated[str, msgspec.Meta(max_length=18)]
    province: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{6}$(?!\n)")]
    kind: Literal["field", "finance", "policy"]
    categories: Annotated[list[CategoryName], msgspec.Meta(min_length=1, max_length=2)]
    fields: dict[Id, Affinity]
    former_employers: Annotated[list[Name], msgspec.Meta(max_length=100)] = []
    max_load: Annotated[int, msgspec.Meta(ge=0, le=1000)] = 40


def batch_to_json(batch: Batch) -> bytes:
    """The canonical bytes of a batch."""
    return canonical(
        {
            "id": batch.id,
            "title": _text(batch.title),
            "year": batch.year,
            "trial": batch.trial,
            "fields": [{"id": f.id, "name": _text(f.name), "k": plain(f.k)} for f in batch.fields],
            "quotas": {
                category: {"total": quota.total, "fields": dict(quota.fields)}
                for category, quota in batch.quotas.items()
            },
            "panel_size": batch.panel_size,
            "calendar": batch.calendar,
        }
    )


def batch_from_json(raw: bytes, place: str = "") -> Batch:
    """A batch from its JSON; raises `NdbError` (`E-RECORD-…`) or `FaultsError` (`E-BATCHFILE-…`, `E-QUOTA-…`)."""
    record = decode(raw, BatchRecord, max_size=MAX_SIZE, place=place)
    found = Findings(place)
    fields = tuple(
        FieldDef(f.id, LocalText(f.name.zh_CN, f.name.en), found.number(f.k, f"fields[{n}].k"))
        for n, f in enumerate(record.fields)
    )
    seen: set[str] = set()
    for n, definition in enumerate(fields):
        if definition.id in seen:
            found.add("E-APP-TWICE", f"fields[{n}]", name=definition.id)
        if definition.k <= 0:
            found.add("E-BATCHFILE-K", f"fields[{n}].k", value=definition.k)
        seen.add(definition.id)
    for category, quota in record.quotas.items():
        for field_id in quota.fields:
            if field_id not in seen:
                found.add("E-BATCHFILE-FIELD", f"quotas.{category}", field=field_id)
    quotas: dict[Category, Quota] = {c: Quota(q.total, dict(q.fields)) for c, q in record.quotas.items()}
    # Unknown fields were told above; what is left is a field with more seats than its category.
    for fault in quota_faults(quotas, {name for quota in quotas.values() for name in quota.fields}):
        found.add(fault.code, fault.place, **fault.params)
    names = [("title", record.title), *((f"fields[{n}].name", f.name) for n, f in enumerate(record.fields))]
    for name, text in names:
        found.plain_text(text.zh_CN, f"{name}.zh_CN")
        found.plain_text(text.en, f"{name}.en")
    found.done()
    title = LocalText(record.title.zh_CN, record.title.en)
    return Batch(record.id, title, record.year, record.trial, fields, quotas, record.panel_size, record.calendar)


def expert_to_json(expert: Expert) -> bytes:
    """The canonical bytes of an expert."""
    return canonical(
        {
            "id": expert.id,
            "name": expert.name,
            "employer": expert.employer,
            "employer_code": expert.employer_code,
            "province": expert.province,
            "kind": expert.kind,
            "categories": list(expert.categories),
            "fields": dict(expert.fields),
            "former_employers": list(expert.former_employers),
            "max_load": expert.max_load,
        }
    )


def expert_from_json(raw: bytes, place: str = "") -> Expert:
    """An expert from its JSON; raises `NdbError` (`E-RECORD-…`) or `FaultsError`."""
    record = decode(raw, ExpertRecord, max_size=MAX_SIZE, place=place)
    found = Findings(place)
    for name in ("name", "employer", "employer_code"):
        found.plain_text(getattr(record, name), name)
    for n, employer in enumerate(record.former_employers):
        found.plain_text(employer, f"former_employers[{n}]")
    if len(set(record.categories)) != len(record.categories):
        found.add("E-APP-TWICE", "categories", name=record.categories[0])
    found.done()
    return Expert(
        record.id,
        record.name,
        record.employer,
        record.employer_code,
        record.province,
        record.kind,
        tuple(record.categories),
        dict(record.fields),
        tuple(record.former_employers),
        record.max_load,
    )


def _text(text: LocalText) -> dict[str, str]:
    return {"zh_CN": text.zh_CN, "en": text.en}
