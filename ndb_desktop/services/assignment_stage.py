"""One solution of one problem, checked and certified: what every mode of assignment is made of (panel C.4)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.services.assignment_model import AssignmentProblem, Pair
from ndb_desktop.services.assignment_program import Model
from ndb_desktop.services.assignment_proof import Certificate, Proof, least_cost, rule_breaks, verify_certificate
from ndb_desktop.services.assignment_solver import Solved, solve_model
from ndb_desktop.services.tasks import CancelToken, Progress, silent

Guarantee = Literal["proved", "proved_candidates", "solver", "hurried"]
"""`proved`: exact certificate, nothing better exists. `proved_candidates`: nothing better among the candidates of
each application (large batches). `solver`: lawful, checked exactly; optimal by the solver's word up to `gap`.
`hurried`: lawful, checked exactly; the clock ended the search, at most `gap` from the best."""

StageName = Literal["pair", "panel", "reserve"]
"""`pair`: applications to experts. `panel`: groups to experts. `reserve`: seats left empty by recusals in a panel."""

STEPS = 1_000
_DENOMINATORS = (1, 2, 6, 60)
_BUILT, _SOLVED = 250, 900


@dataclass(frozen=True)
class Stage:
    """A solved problem. `cost` and `bound` are in the model's scale; `pairs` name groups in stage `panel`."""

    name: StageName
    problem: AssignmentProblem
    pairs: tuple[Pair, ...]
    certificate: Certificate
    cost: int
    bound: int
    gap: float
    guarantee: Guarantee


def solve_stage(
    name: StageName,
    problem: AssignmentProblem,
    progress: Progress = silent,
    cancel: CancelToken | None = None,
) -> Stage:
    """The best assignment of a problem, with its certificate. Progress is in thousandths.

    Raises:
        NdbError: `E-ASSIGN-SOLVER`.
        Cancelled: when `cancel` was set.
    """

    def step(done: int, total: int) -> None:
        if cancel:
            cancel.check()
        progress(done * _BUILT // max(1, total), STEPS, "")

    model = problem.prepare(step)
    solved = solve_model(
        model,
        time_limit=problem.options.time_limit,
        cancel=cancel,
        share=None if progress is silent else lambda part: progress(_between(part), STEPS, ""),
    )
    progress(_SOLVED, STEPS, "")
    if cancel:
        cancel.check()
    stage = finish_stage(name, problem, model, solved)
    progress(STEPS, STEPS, "")
    return stage


def _between(part: float) -> int:
    return _BUILT + int((_SOLVED - _BUILT) * part)


def finish_stage(name: StageName, problem: AssignmentProblem, model: Model, solved: Solved) -> Stage:
    """Checks what the solver found and certifies it. Raises NdbError `E-ASSIGN-SOLVER` when it broke a rule."""
    pairs = tuple(sorted(pair for pair, value in zip(model.pairs, solved.values, strict=False) if value))
    certificate, proof = _certify(problem, pairs, model.row_keys, solved)
    if not proof.lawful:
        raise NdbError("E-ASSIGN-SOLVER", detail="; ".join(rule_breaks(problem, pairs)[:3]))
    cost, bound = proof.cost, proof.bound
    guarantee: Guarantee = "hurried" if solved.hurried else "solver"
    if cost == bound:
        guarantee = "proved_candidates" if problem.pruned else "proved"
    gap = 0.0 if cost == bound else max(solved.gap, (cost - bound) / cost)
    return Stage(name, problem, pairs, certificate, cost, bound, gap, guarantee)


def _certify(
    problem: AssignmentProblem, pairs: tuple[Pair, ...], keys: Iterable[str], solved: Solved
) -> tuple[Certificate, Proof]:
    """The first certificate that proves the assignment, else the one with the best bound."""
    found: list[tuple[Certificate, Proof]] = []
    for denominator in _DENOMINATORS:
        prices = {key: round(price * denominator) for key, price in zip(keys, solved.prices, strict=True)}
        certificate = Certificate(denominator, {key: price for key, price in prices.items() if price})
        if found:
            # The pairs are the same: only the bound is another.
            proof = replace(found[0][1], bound=least_cost(problem, certificate))
        else:
            proof = verify_certificate(problem, pairs, certificate)
        found.append((certificate, proof))
        if proof.optimal or not proof.lawful:
            return found[-1]
    return max(found, key=lambda item: item[1].bound)
