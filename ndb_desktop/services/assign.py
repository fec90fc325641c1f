"""分派: the best lawful assignment of experts to applications, reproducible and with proof (panel C).

`solve` and `refill` are pure; `assign` and `reassign` read a registry and store the result with its seed and proof.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from ndb_desktop.domain.batch import Assignment, Conflict, Expert
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.services.assignment_model import (
    AssignmentProblem,
    AssignOptions,
    Pair,
    make_problem,
    with_kept,
)
from ndb_desktop.services.assignment_proof import Certificate, rule_breaks, total_cost, verify_certificate
from ndb_desktop.services.assignment_solver import Solved, solve_model
from ndb_desktop.services.office import Office
from ndb_desktop.services.tasks import CancelToken, Progress, silent

__all__ = [
    "AssignOptions", "AssignReport", "AssignmentProblem", "Certificate", "Shortage", "assign", "make_problem",
    "reassign", "refill", "solve", "verify_certificate",
]  # fmt: skip

Guarantee = Literal["proved", "proved_candidates", "solver"]
"""`proved`: exact certificate, nothing better exists. `proved_candidates`: nothing better among the candidates of
each application (large batches). `solver`: lawful, checked exactly; optimal by the solver's word up to `gap`."""

_DENOMINATORS = (1, 2, 6, 60)
MAX_SEATS = 99


@dataclass(frozen=True, slots=True)
class Shortage:
    """缺口 of a category and field: seats, or places of one `kind`, that could not be filled.

    `eligible` counts experts who may review at least one of the applications, `capacity` their loads together.
    """

    category: str
    field: str
    kind: str
    missing: int
    needed: int
    eligible: int
    capacity: int
    applications: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AssignReport:
    """分派结果. `cost` and `bound` are in the model's scale; `added` and `removed` compare with what was in force."""

    pairs: tuple[Assignment, ...]
    shortages: tuple[Shortage, ...]
    underloaded: Mapping[str, int]
    loads: Mapping[str, int]
    cost: int
    bound: int
    gap: float
    guarantee: Guarantee
    certificate: Certificate
    seed: str
    inputs_digest: str
    added: int = 0
    removed: int = 0

    @property
    def missing_seats(self) -> int:
        """Seats nobody could take."""
        return sum(shortage.missing for shortage in self.shortages if not shortage.kind)

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of the pairs."""
        rows = [[pair.application, pair.expert] for pair in self.pairs]
        return hashlib.sha256(json.dumps(rows, separators=(",", ":"), ensure_ascii=False).encode()).hexdigest()


def solve(problem: AssignmentProblem, *, cancel: CancelToken | None = None) -> AssignReport:
    """The best assignment of a problem.

    Raises:
        NdbError: `E-ASSIGN-EMPTY` (no application or no expert), `E-ASSIGN-SEATS`, `E-ASSIGN-KEPT` (a pair to keep is
            barred or unknown), `E-ASSIGN-SOLVER`.
        Cancelled: when `cancel` was set.
    """
    _check(problem)
    model = problem.model
    solved = solve_model(model, time_limit=problem.options.time_limit, cancel=cancel)
    pairs = tuple(pair for pair, value in zip(model.pairs, solved.values, strict=False) if value)
    broken = rule_breaks(problem, pairs)
    if broken:
        raise NdbError("E-ASSIGN-SOLVER", detail="; ".join(broken[:3]))
    certificate, bound = _certify(problem, pairs, model.row_keys, solved)
    cost = total_cost(problem, pairs)
    guarantee: Guarantee = "solver"
    if cost == bound:
        guarantee = "proved_candidates" if problem.pruned else "proved"
    loads = dict.fromkeys(sorted(problem.expert_by_id), 0)
    for _, expert in pairs:
        loads[expert] += 1
    return AssignReport(
        pairs=tuple(Assignment(expert, application) for application, expert in sorted(pairs)),
        shortages=_shortages(problem, pairs),
        underloaded={name: problem.lower[name] - load for name, load in loads.items() if load < problem.lower[name]},
        loads=loads,
        cost=cost,
        bound=bound,
        gap=0.0 if cost == bound else max(solved.gap, (cost - bound) / cost),
        guarantee=guarantee,
        certificate=certificate,
        seed=problem.seed,
        inputs_digest=problem.inputs_digest,
    )


def refill(problem: AssignmentProblem, kept: Iterable[Pair], *, cancel: CancelToken | None = None) -> AssignReport:
    """补派: fills empty seats and moves nothing else; `kept` are the pairs that stay, as (application, expert)."""
    return solve(with_kept(problem, kept), cancel=cancel)


def _check(problem: AssignmentProblem) -> None:
    if not problem.cases or not problem.experts:
        raise NdbError("E-ASSIGN-EMPTY", applications=len(problem.cases), experts=len(problem.experts))
    if not 1 <= problem.options.seats <= MAX_SEATS:
        raise NdbError("E-ASSIGN-SEATS", seats=problem.options.seats, most=MAX_SEATS)
    cases = {case.id for case in problem.cases}
    for application, expert in sorted(problem.kept):
        known = application in cases and expert in problem.expert_by_id
        if not known or (application, expert) in problem.barred:
            raise NdbError("E-ASSIGN-KEPT", application=application, expert=expert)


def _certify(
    problem: AssignmentProblem, pairs: Collection[Pair], keys: Iterable[str], solved: Solved
) -> tuple[Certificate, int]:
    """The first certificate that proves the assignment, else the one with the best bound."""
    found: list[tuple[Certificate, int]] = []
    for denominator in _DENOMINATORS:
        prices = {key: round(price * denominator) for key, price in zip(keys, solved.prices, strict=True)}
        certificate = Certificate(denominator, {key: price for key, price in prices.items() if price})
        proof = verify_certificate(problem, pairs, certificate)
        found.append((certificate, proof.bound))
        if proof.optimal:
            return found[-1]
    return max(found, key=lambda item: item[1])


def _shortages(problem: AssignmentProblem, pairs: Collection[Pair]) -> tuple[Shortage, ...]:
    filled: dict[tuple[str, str], int] = {}
    for application, expert in pairs:
        for kind in ("", problem.expert_by_id[expert].kind):
            filled[application, kind] = filled.get((application, kind), 0) + 1
    needs: dict[str, int] = {
        "": problem.options.seats,
        **{str(k): n for k, n in problem.composition.items()},
    }
    areas: dict[tuple[str, str], list[str]] = {}
    for case in sorted(problem.cases, key=lambda case: case.id):
        areas.setdefault((case.category, case.field), []).append(case.id)
    found = []
    for (category, field), names in sorted(areas.items()):
        for kind, need in needs.items():
            gaps = {name: need - filled.get((name, kind), 0) for name in names}
            short = {name: gap for name, gap in gaps.items() if gap > 0}
            if short:
                eligible = _eligible(problem, set(short), kind)
                found.append(
                    Shortage(
                        category=category,
                        field=field,
                        kind=kind,
                        missing=sum(short.values()),
                        needed=need * len(names),
                        eligible=len(eligible),
                        capacity=sum(problem.upper[expert.id] for expert in eligible),
                        applications=tuple(short),
                    )
                )
    return tuple(found)


def _eligible(problem: AssignmentProblem, names: set[str], kind: str) -> list[Expert]:
    cases = [case for case in problem.cases if case.id in names]
    return [
        expert
        for expert in problem.experts
        if kind in ("", expert.kind) and any(problem.eligible(case, expert) for case in cases)
    ]


def assign(
    office: Office,
    options: AssignOptions | None = None,
    progress: Progress = silent,
    cancel: CancelToken | None = None,
) -> AssignReport:
    """Assigns the whole batch anew and stores it. The seed is logged before anything is solved.

    Raises:
        NdbError: as `solve`; the assignment in force stays as it was.
        Cancelled: when `cancel` was set; likewise.
    """
    return _store(office, options, progress, cancel, keep=False)


def reassign(
    office: Office,
    options: AssignOptions | None = None,
    progress: Progress = silent,
    cancel: CancelToken | None = None,
) -> AssignReport:
    """补派: keeps every pair in force that is still lawful and fills the empty seats only; raises as `assign`."""
    return _store(office, options, progress, cancel, keep=True)


def _store(
    office: Office,
    options: AssignOptions | None,
    progress: Progress,
    cancel: CancelToken | None,
    *,
    keep: bool,
) -> AssignReport:
    options = options or AssignOptions(seats=office.batch.panel_size)
    progress(0, 3, "")
    conflicts: tuple[Conflict, ...] = office.conflicts()
    before = {(pair.application, pair.expert) for pair in office.assignments()}
    problem = make_problem(office.applications(), office.experts(), conflicts, options, batch=office.batch.id)
    if keep:
        cases = {case.id: case for case in problem.cases}
        lawful = {
            (application, expert)
            for application, expert in before
            if application in cases
            and expert in problem.expert_by_id
            and problem.eligible(cases[application], problem.expert_by_id[expert])
        }
        problem = with_kept(problem, lawful)
    if cancel:
        cancel.check()
    office.log(
        "assign.seed",
        office.batch.id,
        {"seed": problem.seed, "inputs": problem.inputs_digest, "words": options.words, "refill": keep},
    )
    progress(1, 3, "")
    report = solve(problem, cancel=cancel)
    progress(2, 3, "")
    after = {(pair.application, pair.expert) for pair in report.pairs}
    note = {
        "seed": report.seed,
        "guarantee": report.guarantee,
        "cost": str(report.cost),
        "bound": str(report.bound),
        "digest": report.digest,
        "missing_seats": report.missing_seats,
        "refill": keep,
        "certificate": {"denominator": report.certificate.denominator, "prices": dict(report.certificate.prices)},
    }
    office.replace_assignments(report.pairs, note)
    progress(3, 3, "")
    return replace(report, added=len(after - before), removed=len(before - after))
