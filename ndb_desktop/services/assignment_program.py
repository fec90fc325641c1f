"""The linear program of an assignment problem (panel C.2): rows and columns in exact integers, for solver and verifier.

Deterministic, so that whoever checks a certificate builds the very same program as whoever solved it.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

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

    `members` are the columns of all rows, one row after the other, those of row n from `starts[n]` to `starts[n + 1]`;
    `factors` their coefficients, None where all of them are 1. The columns of `pairs` come first, in their order.
    """

    cost: Sequence[int]
    low: Sequence[int]
    high: Sequence[int]
    starts: array[int]
    members: array[int]
    row_keys: Sequence[str]
    row_low: Sequence[int | None]
    row_high: Sequence[int | None]
    pairs: Sequence[Pair]
    factors: array[int] | None = None


@dataclass
class _Builder:
    problem: AssignmentProblem
    cost: list[int]
    low: list[int]
    high: list[int]
    starts: array[int] = field(default_factory=lambda: array("i", [0]))
    members: array[int] = field(default_factory=lambda: array("i"))
    factors: array[int] = field(default_factory=lambda: array("q"))
    keys: list[str] = field(default_factory=list)
    row_low: list[int | None] = field(default_factory=list)
    row_high: list[int | None] = field(default_factory=list)

    def __post_init__(self) -> None:
        problem = self.problem
        self.weighted = problem.weighted
        self.kinds = {expert.id: expert.kind for expert in problem.experts}
        caps = (
            ("employer", problem.options.per_employer, problem.employers),
            ("province", problem.options.per_province, problem.provinces),
        )
        self.caps = [(label, cap, key_of) for label, cap, key_of in caps if cap]
        self.kin = sorted(problem.kin)

    def row(
        self,
        key: str,
        low: int | None,
        high: int | None,
        members: list[int],
        factors: list[int] | None = None,
        gap: int | None = None,
    ) -> None:
        """A row over columns; `factors` None makes all of them 1. At a cost of `gap` it may stay below `low`."""
        self.keys.append(key)
        self.row_low.append(low)
        self.row_high.append(high)
        self.members.extend(members)
        if self.weighted:
            self.factors.extend([1] * len(members) if factors is None else factors)
        if gap is not None and low:
            self.members.append(len(self.cost))
            if self.weighted:
                self.factors.append(1)
            self.cost.append(gap)
            self.low.append(0)
            self.high.append(low)
        self.starts.append(len(self.members))

    def capped(self, label: str, most: Mapping[str, int], groups: Mapping[str, list[int]]) -> None:
        """Rows that let in so many of each group, all of an application at once: most of the rows are such."""
        self.keys += [label + key for key in most]
        self.row_low += [None] * len(most)
        self.row_high += most.values()
        for key in most:
            self.members.extend(groups[key])
            self.starts.append(len(self.members))
        if self.weighted:
            self.factors.extend([1] * (len(self.members) - len(self.factors)))


def build_model(problem: AssignmentProblem, step: Callable[[int, int], None] | None = None) -> Model:
    """The linear program of a problem; `step(done, total)` is called now and then and may raise to stop."""
    pairs, kept = problem.pairs, problem.kept
    low = [int(pair in kept) for pair in pairs] if kept else [0] * len(pairs)
    builder = _Builder(problem, problem.prices(), low, [1] * len(pairs))
    of_expert: dict[str, list[int]] = {name: [] for name in sorted(problem.expert_by_id)}
    first = 0
    for done, (name, people) in enumerate(problem.readers.items()):
        if step and done % _STEP == 0:
            step(done, len(problem.readers))
        for column, person in enumerate(people, first):
            of_expert[person].append(column)
        _case_rows(builder, name, people, first)
        first += len(people)
    for name, columns in of_expert.items():
        least = problem.lower[name]
        weights = [problem.weight(pairs[column]) for column in columns] if builder.weighted else None
        builder.row(f"load|{name}", least, problem.upper[name], columns, weights, gap=SCALE * LOAD_PENALTY)
    return Model(
        builder.cost, builder.low, builder.high, builder.starts, builder.members, builder.keys, builder.row_low,
        builder.row_high, pairs, builder.factors if builder.weighted else None,
    )  # fmt: skip


def _case_rows(builder: _Builder, name: str, people: Sequence[str], first: int) -> None:
    """The rows of one application, whose columns are those of `people` from `first` on."""
    problem, low = builder.problem, builder.low
    seats, size = problem.options.seats, problem.case_by_id[name].size
    columns = list(range(first, first + len(people)))
    kept = sum(low[first : first + len(people)])
    builder.row(f"seats|{name}", seats, max(seats, kept), columns, gap=SCALE * SEAT_PENALTY * size)
    for label, cap, key_of in builder.caps:
        groups = _grouped(people, first, key_of)
        crowded = sorted(key for key, members in groups.items() if key and len(members) > cap)
        most = dict.fromkeys(crowded, cap)
        if kept:
            most = {key: max(cap, sum(map(low.__getitem__, groups[key]))) for key in crowded}
            most = {key: number for key, number in most.items() if len(groups[key]) > number}
        builder.capped(f"{label}|{name}|", most, groups)
    _kin_rows(builder, name, dict(zip(people, columns, strict=True)) if builder.kin else {})
    of_kind = _grouped(people, first, builder.kinds)
    for kind in KINDS:
        least = problem.composition.get(kind, 0)
        if least:
            members = of_kind.get(kind, [])
            builder.row(f"kind|{name}|{kind}", least, None, members, gap=SCALE * KIND_PENALTY * size)
    if name in problem.floor_cases:
        case = problem.case_by_id[name]
        fits = [problem.affinity(case, problem.expert_by_id[person]) for person in people]
        builder.row(f"floor|{name}", problem.floor, None, columns, fits)


def _grouped(people: Iterable[str], first: int, key_of: Mapping[str, str]) -> dict[str, list[int]]:
    """The columns of those who share a key."""
    groups: dict[str, list[int]] = {}
    for column, person in enumerate(people, first):
        key = key_of[person]
        if key in groups:
            groups[key].append(column)
        else:
            groups[key] = [column]
    return groups


def _kin_rows(builder: _Builder, name: str, of_expert: Mapping[str, int]) -> None:
    """One of two relatives at most, as far as they are not both kept."""
    for one, other in builder.kin:
        if one in of_expert and other in of_expert:
            both = [of_expert[one], of_expert[other]]
            most = max(1, sum(builder.low[column] for column in both))
            builder.row(f"kin|{name}|{one}|{other}", None, most, both)
