"""公平底线: the application with the least fitting panel is lifted as far as no seat is lost by it (panel C.3).

The floor T is found by bisection: first with the linear program alone, whose answer no assignment can exceed, then
with whole experts from there downward. The rows of the floor make it no network: some experts come out in parts, and
the integer program settles only these, for the whole of it would take minutes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from ndb_desktop.services.assignment_model import (
    KIND_PENALTY,
    LOAD_PENALTY,
    SCALE,
    SEAT_PENALTY,
    AssignmentProblem,
    Pair,
)
from ndb_desktop.services.assignment_program import Model
from ndb_desktop.services.assignment_solver import Solved, relax_model, round_model
from ndb_desktop.services.assignment_stage import STEPS, Stage, finish_stage
from ndb_desktop.services.tasks import CancelToken, Progress, silent

_CLOSE = 0.5
_TRIES = 10
_FINE = 9
"""Points of affinity the floor is found to: a grade has 1,000 for one expert."""
_WHOLE = 1e-6


@dataclass(frozen=True)
class Floor:
    """`reached` is the affinity sum every application in `cases` has at least, `before` the least one without a floor.

    No assignment reaches more than `limit` (linear program); at `reached` == `limit` the floor is the highest.
    """

    stage: Stage
    before: int
    reached: int
    limit: int


def affinity_sums(problem: AssignmentProblem, pairs: tuple[Pair, ...]) -> dict[str, int]:
    """Affinity of each application's panel together."""
    sums = dict.fromkeys(sorted(problem.case_by_id), 0)
    for name, person in pairs:
        sums[name] += problem.affinity(problem.case_by_id[name], problem.expert_by_id[person])
    return sums


def lift_floor(plain: Stage, progress: Progress = silent, cancel: CancelToken | None = None) -> Floor:
    """The best assignment under the highest floor; `plain` is the best one without.

    Applications that a shortage leaves with an empty seat are left out: no floor could help them.

    Raises:
        NdbError: `E-ASSIGN-SOLVER`.
        Cancelled: when `cancel` was set.
    """
    sums = affinity_sums(plain.problem, plain.pairs)
    filled = dict.fromkeys(sums, 0)
    for name, _ in plain.pairs:
        filled[name] += 1
    whole = frozenset(name for name, count in filled.items() if count >= plain.problem.options.seats)
    if not whole:
        return Floor(plain, 0, 0, 0)
    before = min(sums[name] for name in whole)
    search = _Search(plain, replace(plain.problem, floor_cases=whole, given_seed=plain.problem.seed), cancel)
    most = min(search.most(name) for name in whole)
    done = 0

    def tell(_floor: int) -> None:
        nonlocal done
        done += 1
        # Two bisections of a range of 7,000 are some 26 steps.
        progress(STEPS * done // (done + 8), STEPS, "")

    _, limit = _highest(before, most, lambda floor: search.relaxed(floor) is not None, tell)
    reached, _ = _highest(before, limit, search.possible, tell, eager=True)
    if reached not in search.known:
        # No floor above what there is anyway: then what there is stays.
        return Floor(plain, before, before, limit)
    problem = replace(search.problem, floor=reached)
    return Floor(finish_stage(plain.name, problem, problem.model, search.known[reached]), before, reached, limit)


def _highest(
    low: int, high: int, possible: Callable[[int], bool], tell: Callable[[int], None], *, eager: bool = False
) -> tuple[int, int]:
    """A number of low..high that is possible, as `low` is, and one nothing above which is, `_FINE` apart at most.

    `eager` tries the highest first.
    """
    if eager and high > low:
        tell(high)
        if possible(high):
            return high, high
        high -= 1
    while low + _FINE < high:
        middle = (low + high + 1) // 2
        tell(middle)
        if possible(middle):
            low = middle
        else:
            high = middle - 1
    return low, high


class _Search:
    """What is possible at a floor with no more empty seats and missing kinds than without one."""

    def __init__(self, plain: Stage, problem: AssignmentProblem, cancel: CancelToken | None) -> None:
        self.problem, self.cancel = problem, cancel
        self.model = problem.model
        self.rows = [number for number, key in enumerate(self.model.row_keys) if key.startswith("floor|")]
        self.allowed = _penalty(problem, plain.pairs)
        short = _short_kinds(problem, plain.pairs)
        self.scarce = frozenset(e.id for e in problem.experts if e.kind in short)
        self.solved: dict[int, Solved | None] = {}
        self.known: dict[int, Solved] = {}

    def most(self, name: str) -> int:
        """What the panel of an application could have at the very most."""
        case, problem = self.problem.case_by_id[name], self.problem
        found = [problem.affinity(case, problem.expert_by_id[person]) for person in self.reads[name]]
        return sum(sorted(found, reverse=True)[: problem.options.seats])

    @cached_property
    def reads(self) -> Mapping[str, list[str]]:
        """Who could read each application."""
        found: dict[str, list[str]] = {name: [] for name in self.problem.case_by_id}
        for name, person in self.model.pairs:
            found[name].append(person)
        return found

    def relaxed(self, floor: int) -> Solved | None:
        """The best at this floor if experts could be divided; None if that leaves more empty."""
        if floor not in self.solved:
            limit = self.problem.options.time_limit
            found = relax_model(self._at(floor), time_limit=limit, cancel=self.cancel)
            self.solved[floor] = found if self._keeps(found) else None
        return self.solved[floor]

    def possible(self, floor: int) -> bool:
        """Whether whole experts near the divided ones are found at this floor.

        First everything whole stays as it is; if that leaves more empty, kinds of experts there are too few of move.
        """
        relaxed = self.relaxed(floor)
        if relaxed is None:
            return False
        found: Solved | None = relaxed if relaxed.whole else None
        whole = [n for n, value in enumerate(relaxed.values[: len(self.model.pairs)]) if value > 1 - _WHOLE]
        plentiful = [n for n in whole if self.model.pairs[n][1] not in self.scarce]
        for fixed in (whole, plentiful):
            if found is None:
                near = round_model(
                    self._at(floor), relaxed, fixed, time_limit=self.problem.options.time_limit / _TRIES,
                    cancel=self.cancel,
                )  # fmt: skip
                found = near if self._keeps(near) else None
        if found is None:
            return False
        self.known[floor] = found
        return True

    def _at(self, floor: int) -> Model:
        low = list(self.model.row_low)
        for row in self.rows:
            low[row] = floor
        return replace(self.model, row_low=low)

    def _keeps(self, solved: Solved | None) -> bool:
        """Loads may stay low for the floor's sake; seats and kinds may not be lost."""
        if solved is None:
            return False
        costs, first = self.model.cost, len(self.model.pairs)
        least = SCALE * LOAD_PENALTY
        gaps = sum(costs[n] * solved.values[n] for n in range(first, len(costs)) if costs[n] > least)
        return gaps <= self.allowed + _CLOSE * least


def _short_kinds(problem: AssignmentProblem, pairs: Iterable[Pair]) -> frozenset[str]:
    filled: dict[tuple[str, str], int] = {}
    for name, person in pairs:
        kind = problem.expert_by_id[person].kind
        filled[name, kind] = filled.get((name, kind), 0) + 1
    wanted = problem.composition.items()
    return frozenset(k for k, least in wanted if any(filled.get((c.id, k), 0) < least for c in problem.cases))


def _penalty(problem: AssignmentProblem, pairs: Iterable[Pair]) -> int:
    filled: dict[tuple[str, str], int] = {}
    for name, person in pairs:
        for kind in ("", problem.expert_by_id[person].kind):
            filled[name, kind] = filled.get((name, kind), 0) + 1
    wanted = [("", problem.options.seats, SEAT_PENALTY)]
    wanted += [(kind, least, KIND_PENALTY) for kind, least in problem.composition.items()]
    return SCALE * sum(
        max(0, least - filled.get((case.id, kind), 0)) * price * case.size
        for case in problem.cases
        for kind, least, price in wanted
    )
