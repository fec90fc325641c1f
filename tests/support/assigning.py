"""Builders for assignment problems: small rounds with employers, provinces, kinds and conflicts."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ndb_desktop.domain.batch import Expert
from ndb_desktop.services.assign import AssignmentProblem, AssignOptions, AssignReport
from ndb_desktop.services.assignment_model import Case, Pair

FREE: Mapping[str, Any] = {"min_load": 0, "composition": {}, "per_province": 0, "per_employer": 0}


def expert(name: str, **changes: Any) -> Expert:
    base = Expert(name, name, f"单位{name}", "", "", "field", ("park", "enterprise"), {"F1": 500}, max_load=9)
    return replace(base, **changes)


def case(name: str, field: str = "F1", province: str = "11") -> Case:
    return Case(name, "park", field, province)


def problem(
    cases: list[Case], experts: list[Expert], barred: set[Pair] = frozenset(), **options: Any
) -> AssignmentProblem:  # type: ignore[assignment]
    return AssignmentProblem(tuple(cases), tuple(experts), frozenset(barred), AssignOptions(**options), "B")


def pairs_of(report: AssignReport) -> set[Pair]:
    return {(pair.application, pair.expert) for pair in report.pairs}


def instance(seed: int, cases: int = 6, experts: int = 9, **options: Any) -> AssignmentProblem:
    """A small random round with employers, provinces, kinds and conflicts; affinities in hundreds."""
    rng = random.Random(seed)
    people = [
        expert(
            f"E{n}",
            employer=f"U{rng.randrange(5)}",
            province=rng.choice(["11", "31", "44", ""]),
            kind=rng.choice(["field", "field", "field", "finance", "policy"]),
            categories=rng.choice([("park",), ("park", "enterprise"), ("enterprise",)]),
            fields={f: rng.randrange(1, 11) * 100 for f in rng.sample(["F1", "F2", "F3"], 2)},
            max_load=rng.randrange(1, 6),
        )
        for n in range(experts)
    ]
    files = [
        Case(
            f"A{n}", rng.choice(["park", "enterprise"]), rng.choice(["F1", "F2", "F3"]), rng.choice(["11", "31", "44"])
        )
        for n in range(cases)
    ]
    barred = {(c.id, e.id) for c in files for e in people if rng.random() < 0.1}
    return problem(files, people, barred, **({"seats": 3} | options))
