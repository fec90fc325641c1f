"""The linear program of an assignment problem (panel C.2): rows and columns in exact integers, for solver and verifier.

Deterministic, so that whoever checks a certificate builds the very same program as whoever solved it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ndb_desktop.domain.batch import Expert
from ndb_desktop.domain.codes import province_of
from ndb_desktop.services.assignment_model import (
    KIND_PENALTY,
    KINDS,
    LOAD_PENALTY,
    SCALE,
    SEAT_PENALTY,
    AssignmentProblem,
    Pair,
)

_STEP = 64


@dataclass(frozen=True)
class Model:
    """A linear program: columns with cost and bounds, rows with bounds (None = no limit).

    `entries` are the rows of each column, `factors` their coefficients; None where all of them are 1.
    """

    cost: Sequence[int]
    low: Sequence[int]
    high: Sequence[int]
    entries: Sequence[Sequence[int]]
    row_keys: Sequence[str]
    row_low: Sequence[int | None]
    row_high: Sequence[int | None]
    pairs: Sequence[Pair]
    factors: Sequence[Sequence[int]] | None = None


@dataclass
class _Builder:
    problem: AssignmentProblem
    cost: list[int] = field(default_factory=list)
    low: list[int] = field(default_factory=list)
    high: list[int] = field(default_factory=list)
    entries: list[list[int]] = field(default_factory=list)
    factors: list[list[int]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    row_low: list[int | None] = field(default_factory=list)
    row_high: list[int | None] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.employer = self.problem.employers
        self.province = {expert.id: province_of(expert.province) for expert in self.problem.experts}
        self.weighted = self.problem.weighted

    def row(
        self,
        key: str,
        low: int | None,
        high: int | None,
        members: Iterable[int],
        factor: Callable[[int], int] | None = None,
    ) -> int:
        number = len(self.keys)
        self.keys.append(key)
        self.row_low.append(low)
        self.row_high.append(high)
        for column in members:
            self.entries[column].append(number)
            if self.weighted:
                self.factors[column].append(factor(column) if factor else 1)
        return number

    def column(self, cost: int, low: int, high: int, rows: Iterable[int] = ()) -> int:
        self.cost.append(cost)
        self.low.append(low)
        self.high.append(high)
        self.entries.append(list(rows))
        if self.weighted:
            self.factors.append([1] * len(self.entries[-1]))
        return len(self.cost) - 1


def build_model(problem: AssignmentProblem, step: Callable[[int, int], None] | None = None) -> Model:
    """The linear program of a problem; `step(done, total)` is called now and then and may raise to stop."""
    builder = _Builder(problem)
    of_case: dict[str, list[int]] = {name: [] for name in sorted(problem.case_by_id)}
    of_expert: dict[str, list[int]] = {name: [] for name in sorted(problem.expert_by_id)}
    kept = problem.kept
    for pair, price in zip(problem.pairs, problem.prices(), strict=True):
        column = builder.column(price, int(pair in kept), 1)
        of_case[pair[0]].append(column)
        of_expert[pair[1]].append(column)
    for done, (name, columns) in enumerate(of_case.items()):
        if step and done % _STEP == 0:
            step(done, len(of_case))
        _case_rows(builder, name, columns)

    def weight(column: int) -> int:
        return problem.weight(problem.pairs[column])

    for name, columns in of_expert.items():
        row = builder.row(f"load|{name}", problem.lower[name], problem.upper[name], columns, weight)
        if problem.lower[name]:
            builder.column(SCALE * LOAD_PENALTY, 0, problem.lower[name], [row])
    return Model(
        builder.cost, builder.low, builder.high, builder.entries, builder.keys, builder.row_low, builder.row_high,
        problem.pairs, builder.factors if builder.weighted else None,
    )  # fmt: skip


def _case_rows(builder: _Builder, name: str, columns: Sequence[int]) -> None:
    problem = builder.problem
    seats, size = problem.options.seats, problem.case_by_id[name].size
    experts = {column: problem.expert_by_id[problem.pairs[column][1]] for column in columns}
    kept = [column for column in columns if builder.low[column]]
    row = builder.row(f"seats|{name}", seats, max(seats, len(kept)), columns)
    builder.column(SCALE * SEAT_PENALTY * size, 0, seats, [row])
    caps = (
        ("employer", problem.options.per_employer, builder.employer),
        ("province", problem.options.per_province, builder.province),
    )
    for label, cap, key_of in caps:
        if not cap:
            continue
        groups: dict[str, list[int]] = {}
        for column in columns:
            groups.setdefault(key_of[experts[column].id], []).append(column)
        for key, members in sorted(groups.items()):
            if not key or len(members) <= cap:
                continue
            most = max(cap, sum(builder.low[column] for column in members))
            if len(members) > most:
                builder.row(f"{label}|{name}|{key}", None, most, members)
    _kin_rows(builder, name, columns, experts)
    for kind in KINDS:
        least = problem.composition.get(kind, 0)
        if least:
            row = builder.row(f"kind|{name}|{kind}", least, None, (c for c in columns if experts[c].kind == kind))
            builder.column(SCALE * KIND_PENALTY * size, 0, least, [row])
    if name in problem.floor_cases:
        case = problem.case_by_id[name]
        builder.row(f"floor|{name}", problem.floor, None, columns, lambda c: problem.affinity(case, experts[c]))


def _kin_rows(builder: _Builder, name: str, columns: Sequence[int], experts: Mapping[int, Expert]) -> None:
    """One of two relatives at most, as far as they are not both kept."""
    if not builder.problem.kin:
        return
    of_expert = {experts[column].id: column for column in columns}
    for one, other in sorted(builder.problem.kin):
        if one in of_expert and other in of_expert:
            both = [of_expert[one], of_expert[other]]
            builder.row(f"kin|{name}|{one}|{other}", None, max(1, sum(builder.low[column] for column in both)), both)
