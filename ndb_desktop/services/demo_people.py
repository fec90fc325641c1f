"""Who takes part in the sample round (示例): batch, applicants, experts. Every name says that it is a sample.

All word lists stand in `resources/samples/demo_people.json`; the same seed always gives the same people.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from random import Random
from typing import Any

from ndb_desktop.domain.batch import Batch, Conflict, Expert, ExpertKind, FieldDef, Quota
from ndb_desktop.domain.codes import check_character, organisation_check
from ndb_desktop.domain.model import Category
from ndb_desktop.domain.rulepack import LocalText
from ndb_desktop.paths import resource

SEED = 20261122
YEAR = 2025
"""The last full year before the batch."""


@dataclass(frozen=True, slots=True)
class Size:
    """How large a sample is: per field and category `per_group` applications, experts of each kind; visits or none."""

    name: str
    fields: int
    per_group: int
    field_experts: int
    general_experts: int
    panel: int
    quota: int | None
    visits: bool


FULL = Size("full", fields=3, per_group=6, field_experts=6, general_experts=6, panel=7, quota=8, visits=True)
SMALL = Size("small", fields=1, per_group=1, field_experts=4, general_experts=1, panel=6, quota=None, visits=False)
SIZES: Mapping[str, Size] = {size.name: size for size in (FULL, SMALL)}


@dataclass(frozen=True, slots=True)
class Applicant:
    """An applicant before its data are made. `quality` 0..1 steers how good the data and the plan will be."""

    id: str
    category: Category
    field: str
    name: str
    city: str
    region: str
    recommender: str
    credit_code: str
    affiliate: str
    quality: float


@dataclass(frozen=True, slots=True)
class Reviewer:
    """An expert with habits: `severity` is added to every judged score, `noise` is its spread, both in points."""

    expert: Expert
    severity: float
    noise: float
    sends_card: bool


def seeded(what: str) -> Random:
    """Chance that is the same each time, for one purpose."""
    return Random(f"{SEED}/{what}")  # noqa: S311  (sample data, no secret)


@cache
def words() -> Mapping[str, Any]:
    """The word lists of the sample."""
    loaded: Mapping[str, Any] = json.loads(resource("samples", "demo_people.json").read_text(encoding="utf-8"))
    return loaded


@cache
def provinces() -> Mapping[str, str]:
    """Chinese names of the provinces by region code."""
    rows = json.loads(resource("regions.json").read_text(encoding="utf-8"))["regions"]
    return {row["code"]: row["zh"] for row in rows}


def credit_code(prefix: str, region: str, serial: int) -> str:
    """A 统一社会信用代码 that is well formed and belongs to nobody: its organisation number begins with `MD`."""
    body = f"MD{serial:06d}"
    first = f"{prefix}{region}{body}{organisation_check(body)}"
    return first + check_character(first)


def make_batch(size: Size) -> Batch:
    """The trial batch. With quotas, so that some who reach the standard are left out."""
    lists = words()
    chosen = lists["fields"][: size.fields]
    quota = Quota(size.quota, {row["id"]: 3 for row in chosen} if size.quota else {})
    return Batch(
        id=f"TRIAL-{YEAR + 1}" if size is FULL else f"TRIAL-{YEAR + 1}-{size.name}",
        title=LocalText(lists["batch"]["zh_CN"], lists["batch"]["en"]),
        year=YEAR + 1,
        trial=True,
        fields=tuple(FieldDef(row["id"], LocalText(row["zh_CN"], row["en"]), Decimal(row["k"])) for row in chosen),
        quotas={"park": quota, "enterprise": quota},
        panel_size=size.panel,
    )


def make_applicants(size: Size) -> tuple[Applicant, ...]:
    """Parks and enterprises, spread over fields, provinces and qualities."""
    lists, random = words(), seeded("applicants")
    made: list[Applicant] = []
    categories: tuple[Category, Category] = ("park", "enterprise")
    for category in categories:
        for field in lists["fields"][: size.fields]:
            # Qualities are spread evenly and then shuffled, so that every field has strong and weak applicants.
            qualities = [0.16 + 0.82 * (n + 0.5) / size.per_group for n in range(size.per_group)]
            random.shuffle(qualities)
            for n, quality in enumerate(qualities):
                made.append(_applicant(category, field, n, quality, len(made)))
    return tuple(made)


def _applicant(category: Category, field: Mapping[str, str], n: int, quality: float, serial: int) -> Applicant:
    lists = words()
    places = lists["application_regions"]
    region = places[serial % len(places)]
    city = lists["cities"][region]
    word = lists["field_words"][field["id"]][n % len(lists["field_words"][field["id"]])]
    if category == "park":
        name, prefix = lists["park_name"].format(city=city, field=field["zh_CN"], word=word), "12"
    else:
        name, prefix = lists["company_name"].format(city=city, field=field["zh_CN"], word=word), "91"
    return Applicant(
        id=f"{category[0].upper()}-{field['short']}-{n + 1:02d}",
        category=category,
        field=field["id"],
        name=name,
        city=city,
        region=region,
        recommender=lists["recommender"].format(province=provinces()[region]),
        credit_code=credit_code(prefix, region, 100 + serial),
        affiliate=lists["affiliate"].format(city=city, field=field["zh_CN"]),
        quality=quality,
    )


def make_reviewers(size: Size, applicants: tuple[Applicant, ...]) -> tuple[Reviewer, ...]:
    """Experts for every field, then accountants and policy people for all fields; one once worked for an applicant."""
    random = seeded("reviewers")
    field_ids = [row["id"] for row in words()["fields"][: size.fields]]
    plan: list[tuple[ExpertKind, dict[str, int]]] = []
    for n, field in enumerate(field_ids):
        other = field_ids[(n + 1) % len(field_ids)]
        for m in range(size.field_experts):
            affinity = {other: 450} if m % 2 and other != field else {}
            plan.append(("field", {**affinity, field: 900 - 30 * m}))
    general: tuple[ExpertKind, ExpertKind] = ("finance", "policy")
    plan += [(kind, dict.fromkeys(field_ids, 600)) for kind in general for _ in range(size.general_experts)]
    reviewers = [_reviewer(n, kind, fields, random) for n, (kind, fields) in enumerate(plan)]
    # The seventh expert is the adviser of former days whom screening by employer must find.
    n = min(6, len(reviewers) - 1)
    if len(applicants) > n:
        adviser = reviewers[n]
        former = replace(adviser.expert, former_employers=(applicants[n].name,))
        reviewers[n] = replace(adviser, expert=former)
    return tuple(reviewers)


def _reviewer(n: int, kind: ExpertKind, fields: Mapping[str, int], random: Random) -> Reviewer:
    lists = words()
    regions = lists["expert_regions"]
    province = regions[(n * 5 + 1) % len(regions)]
    employer = lists["employer"][kind].format(province=provinces()[province], field=_field_name(fields))
    expert = Expert(
        id=f"E-{n + 1:02d}",
        name=lists["expert_name"].format(number=f"{n + 1:02d}"),
        employer=employer,
        employer_code=credit_code("12" if kind != "finance" else "91", province, 500 + n),
        province=province,
        kind=kind,
        categories=("park", "enterprise"),
        fields=dict(fields),
        max_load=14,
    )
    # Every twelfth expert is far too strict, so that the flags have something to show.
    severity = -17.0 if n % 12 == 10 else max(-7.0, min(7.0, random.gauss(0, 3.2)))
    return Reviewer(expert, severity, noise=2.0 + 3.0 * random.random(), sends_card=n % 3 == 0)


def _field_name(fields: Mapping[str, int]) -> str:
    best = max(fields, key=lambda field: fields[field])
    name: str = next(row["zh_CN"] for row in words()["fields"] if row["id"] == best)
    return name


def make_conflicts(reviewers: tuple[Reviewer, ...], applicants: tuple[Applicant, ...]) -> tuple[Conflict, ...]:
    """What the secretariat knew beforehand (回避情形 from files, not from screening)."""
    random = seeded("conflicts")
    rows = []
    for code, text in words()["conflict_words"].items():
        for _ in range(max(1, len(applicants) // 18)):
            reviewer, applicant = random.choice(reviewers), random.choice(applicants)
            rows.append(Conflict(reviewer.expert.id, applicant.id, code, "recuse", "secretariat", text))
    unique = {(row.expert, row.application): row for row in rows}
    return tuple(unique[key] for key in sorted(unique)) if len(applicants) > 2 else ()


def roster_row(reviewer: Reviewer) -> list[str]:
    """The line of an expert in the roster that is imported."""
    expert = reviewer.expert
    return [
        expert.id,
        expert.name,
        expert.employer,
        expert.employer_code,
        expert.province,
        expert.kind,
        ";".join(expert.categories),
        ";".join(f"{name}:{affinity}" for name, affinity in expert.fields.items()),
        ";".join(expert.former_employers),
        str(expert.max_load),
    ]
