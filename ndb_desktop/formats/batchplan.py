"""批次方案 `ndb-plan`: a batch and the facts around it in one JSON file, for the next batch to be made after it.

It holds no key, no secret and nobody's application. The facts (who recommends, how panels are put together, how days
are counted) are kept in the registry too; they bind the coordinator's desk only and do not travel to experts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import msgspec

from ndb_desktop.domain.batch import Batch
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.recommenders import Recommender, Recommenders
from ndb_desktop.domain.strictload import StrictJsonFault, canonical, strict_json
from ndb_desktop.formats.applicationrecord import Name
from ndb_desktop.formats.batchfile import MAX_SIZE, batch_from_json, batch_to_json
from ndb_desktop.formats.records import Findings, convert, decode

FORMAT = "ndb-plan"
VERSION = 1
MAX_RECOMMENDERS = 500
Cap = Annotated[int, msgspec.Meta(ge=0, le=99)]
Days = Annotated[int, msgspec.Meta(ge=1, le=60)]
RegionCode = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{6}$(?!\n)")]


@dataclass(frozen=True, slots=True)
class BatchFacts:
    """What a batch fixes besides the batch itself.

    `recommenders` None: no list, recommending bodies are not checked. `per_employer` and `per_province` cap a panel (0:
    no cap), `avoid_province` keeps experts from their own province's applicants. `notice_days` working days of 公示,
    with the day of publication counted or not (R18).
    """

    recommenders: Recommenders | None = None
    per_employer: int = 1
    per_province: int = 2
    avoid_province: bool = True
    notice_days: int = 5
    count_start_day: bool = False


@dataclass(frozen=True, slots=True)
class BatchPlan:
    """A batch with its facts."""

    batch: Batch
    facts: BatchFacts


class RecommenderRecord(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A recommending body and the region it recommends for."""

    region: RegionCode
    name: Name


class RecommendersRecord(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """推荐单位名单; `cities`: a 计划单列市 recommends by itself."""

    cities: bool
    rows: Annotated[list[RecommenderRecord], msgspec.Meta(max_length=MAX_RECOMMENDERS)]


class FactsRecord(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The facts of a batch; what is not given has the value that was usual before it could be said."""

    recommenders: RecommendersRecord | None = None
    per_employer: Cap = 1
    per_province: Cap = 2
    avoid_province: bool = True
    notice_days: Days = 5
    count_start_day: bool = False


class _PlanRecord(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    format: str
    version: int
    batch: dict[str, Any]
    facts: FactsRecord


def facts_to_json(facts: BatchFacts) -> bytes:
    """The canonical bytes of the facts."""
    return canonical(_facts(facts))


def facts_from_json(raw: bytes, place: str = "") -> BatchFacts:
    """The facts from their JSON. Raises NdbError `E-RECORD-…`, or FaultsError with every fault."""
    return _facts_of(decode(raw, FactsRecord, max_size=MAX_SIZE, place=place), place)


def plan_to_json(plan: BatchPlan) -> bytes:
    """The canonical bytes of a plan."""
    batch = strict_json(batch_to_json(plan.batch), max_size=MAX_SIZE)
    return canonical({"format": FORMAT, "version": VERSION, "batch": batch, "facts": _facts(plan.facts)})


def plan_from_json(raw: bytes, place: str = "") -> BatchPlan:
    """A plan, or a bare batch file with the usual facts.

    Raises:
        NdbError: `E-RECORD-…`; E-PLAN-VERSION for a plan of a later program.
        FaultsError: every fault of the batch or the facts.
    """
    try:
        value = strict_json(raw, max_size=MAX_SIZE)
    except StrictJsonFault:
        value = None  # the batch reader names what is wrong with it
    if not isinstance(value, dict) or "format" not in value:
        return BatchPlan(batch_from_json(raw, place), BatchFacts())
    if value.get("format") == FORMAT and value.get("version") != VERSION:
        raise NdbError("E-PLAN-VERSION", place=place, version=str(value.get("version"))[:20])
    record = convert(value, _PlanRecord, place=place)
    if record.format != FORMAT:
        raise NdbError("E-PLAN-FORMAT", place=place, name=record.format[:40])
    return BatchPlan(batch_from_json(canonical(record.batch), place), _facts_of(record.facts, place))


def _facts(facts: BatchFacts) -> dict[str, Any]:
    listed = facts.recommenders
    return {
        "recommenders": None
        if listed is None
        else {"cities": listed.cities, "rows": [{"region": row.region, "name": row.name} for row in listed.rows]},
        "per_employer": facts.per_employer,
        "per_province": facts.per_province,
        "avoid_province": facts.avoid_province,
        "notice_days": facts.notice_days,
        "count_start_day": facts.count_start_day,
    }


def _facts_of(record: FactsRecord, place: str) -> BatchFacts:
    found = Findings(place)
    listed = None
    if record.recommenders is not None:
        seen: set[str] = set()
        for number, row in enumerate(record.recommenders.rows):
            where = f"recommenders.rows[{number}]"
            found.plain_text(row.name, f"{where}.name")
            if row.region in seen:
                found.add("E-APP-TWICE", f"{where}.region", name=row.region)
            seen.add(row.region)
        rows = tuple(Recommender(row.region, row.name) for row in record.recommenders.rows)
        listed = Recommenders(rows, record.recommenders.cities)
    found.done()
    return BatchFacts(
        listed,
        record.per_employer,
        record.per_province,
        record.avoid_province,
        record.notice_days,
        record.count_start_day,
    )
