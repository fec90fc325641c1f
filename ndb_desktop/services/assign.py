"""分派: the best lawful assignment of experts to applications, reproducible and with proof (panel C).

`solve` and `refill` are pure; `assign` and `reassign` read a registry and store the result with its seed and proof.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from ndb_desktop import texts
from ndb_desktop.crypto.identity import Identity
from ndb_desktop.domain.batch import Assignment
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.services.assignment_floor import Floor, lift_floor
from ndb_desktop.services.assignment_groups import Groups, group_problem, make_groups, spread
from ndb_desktop.services.assignment_model import (
    AssignmentProblem,
    AssignOptions,
    Pair,
    make_problem,
    with_kept,
)
from ndb_desktop.services.assignment_proof import Certificate, rule_breaks, verify_certificate
from ndb_desktop.services.assignment_record import pairs_digest, proof_row
from ndb_desktop.services.assignment_shortage import Lack, Shortage, lacks, shortages
from ndb_desktop.services.assignment_stage import STEPS, Guarantee, Stage, solve_stage
from ndb_desktop.services.conflicts import kin_pairs
from ndb_desktop.services.office import Office
from ndb_desktop.services.tasks import CancelToken, Progress, silent

__all__ = [
    "AssignOptions", "AssignReport", "AssignmentProblem", "Certificate", "Guarantee", "Lack", "Shortage", "assign",
    "make_problem", "reassign", "refill", "solve", "verify_certificate",
]  # fmt: skip

GUARANTEES: tuple[Guarantee, ...] = ("proved", "proved_candidates", "solver", "hurried")
"""Strongest first."""
MAX_SEATS = 99
_READ, _STORED = 50, 980


@dataclass(frozen=True, slots=True)
class AssignReport:
    """分派结果. `cost` and `bound` are in the model's scale; `added` and `removed` compare with what was in force.

    With panels `cost`, `bound` and `certificate` are those of the last of `stages`, `guarantee` and `gap` the weakest
    of all. `lacks` says why something is missing, `shortages` where.
    """

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
    stages: tuple[Stage, ...] = ()
    groups: Groups = field(default_factory=dict)
    lacks: tuple[Lack, ...] = ()
    floor: Floor | None = None
    added: int = 0
    removed: int = 0

    @property
    def missing_seats(self) -> int:
        """Seats nobody could take."""
        return sum(shortage.missing for shortage in self.shortages if not shortage.kind)

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of the pairs."""
        return pairs_digest((pair.application, pair.expert) for pair in self.pairs)


def solve(problem: AssignmentProblem, progress: Progress = silent, cancel: CancelToken | None = None) -> AssignReport:
    """The best assignment of a problem, in the mode its options name. Pairs to keep make it a `refill` in any mode.

    Raises:
        NdbError: `E-ASSIGN-EMPTY` (no application or no expert), `E-ASSIGN-SEATS`, `E-ASSIGN-KEPT` (a pair to keep is
            barred or unknown), `E-ASSIGN-GROUP`, `E-ASSIGN-FLOOR` (no floor where members recuse), `E-ASSIGN-SOLVER`.
        Cancelled: when `cancel` was set.
    """
    _check(problem)
    options, groups = problem.options, None
    floor: Floor | None = None
    if options.mode == "pair" or problem.kept:
        first = solve_stage("pair", problem, _half(progress, 0) if options.fair_floor else progress, cancel)
    else:
        groups = make_groups(problem)
        grouped = group_problem(problem, groups)
        first = solve_stage("panel", grouped, _half(progress, 0) if options.fair_floor else progress, cancel)
    if options.fair_floor:
        floor = lift_floor(first, _half(progress, 1), cancel)
        first = floor.stage
    stages = [first]
    pairs = first.pairs if groups is None else spread(problem, groups, first.pairs)
    if groups is not None and options.mode == "panel_recuse":
        rest = replace(with_kept(problem, pairs), given_seed=problem.seed)
        stages.append(solve_stage("reserve", rest, cancel=cancel))
        pairs = stages[-1].pairs
    broken = rule_breaks(problem, pairs) if groups is not None else ()
    if broken:
        raise NdbError("E-ASSIGN-SOLVER", detail="; ".join(broken[:3]))
    return _report(problem, pairs, tuple(stages), groups or {}, floor)


def _half(progress: Progress, number: int) -> Progress:
    if progress is silent:
        return silent
    return lambda done, total, what: progress((done + total * number) // 2, total, what)


def _report(
    problem: AssignmentProblem,
    pairs: tuple[Pair, ...],
    stages: tuple[Stage, ...],
    groups: Groups,
    floor: Floor | None,
) -> AssignReport:
    loads = dict.fromkeys(sorted(problem.expert_by_id), 0)
    for _, expert in pairs:
        loads[expert] += 1
    worst = max(stages, key=lambda stage: GUARANTEES.index(stage.guarantee))
    last = stages[-1]
    return AssignReport(
        pairs=tuple(Assignment(expert, application) for application, expert in sorted(pairs)),
        shortages=shortages(problem, pairs),
        underloaded={name: problem.lower[name] - load for name, load in loads.items() if load < problem.lower[name]},
        loads=loads,
        cost=last.cost,
        bound=last.bound,
        gap=max(stage.gap for stage in stages),
        guarantee=worst.guarantee,
        certificate=last.certificate,
        seed=problem.seed,
        inputs_digest=problem.inputs_digest,
        stages=stages,
        groups=groups,
        lacks=lacks(last, groups if last.name == "panel" else None),
        floor=floor,
    )


def refill(problem: AssignmentProblem, kept: Iterable[Pair], *, cancel: CancelToken | None = None) -> AssignReport:
    """补派: fills empty seats and moves nothing else; `kept` are the pairs that stay, as (application, expert)."""
    return solve(with_kept(problem, kept), cancel=cancel)


def _check(problem: AssignmentProblem) -> None:
    if not problem.cases or not problem.experts:
        raise NdbError("E-ASSIGN-EMPTY", applications=len(problem.cases), experts=len(problem.experts))
    if not 1 <= problem.options.seats <= MAX_SEATS:
        raise NdbError("E-ASSIGN-SEATS", seats=problem.options.seats, most=MAX_SEATS)
    if problem.options.group < 1:
        raise NdbError("E-ASSIGN-GROUP", group=problem.options.group)
    if problem.options.fair_floor and problem.options.mode == "panel_recuse":
        raise NdbError("E-ASSIGN-FLOOR")
    for application, expert in sorted(problem.kept):
        known = application in problem.case_by_id and expert in problem.expert_by_id
        if not known or (application, expert) in problem.barred:
            raise NdbError("E-ASSIGN-KEPT", application=application, expert=expert)


def assign(
    office: Office,
    options: AssignOptions | None = None,
    progress: Progress = silent,
    cancel: CancelToken | None = None,
    second: Identity | None = None,
) -> AssignReport:
    """Assigns the whole batch anew and stores it. The seed is logged before anything is solved.

    `second` is a supervisor's key, for drawing takes two signatures (双人规则); the decision names seed and words.

    Raises:
        NdbError: as `solve`, E-ASSIGN-ISSUED (bundles are out: sheets of those no longer assigned would stop counting),
            E-OFFICE-RECOVERY, and E-DECISION-* for a signature that is missing; the assignment in force stays.
        Cancelled: when `cancel` was set; likewise.
    """
    out = sum(not bundle.revoked_at for bundle in office.issued())
    if out:
        raise NdbError("E-ASSIGN-ISSUED", count=out)
    return _store(office, options, progress, cancel, keep=False, second=second)


def reassign(
    office: Office,
    options: AssignOptions | None = None,
    progress: Progress = silent,
    cancel: CancelToken | None = None,
    second: Identity | None = None,
) -> AssignReport:
    """补派: keeps every pair in force that is still lawful and fills the empty seats only; a draw as `assign` is."""
    return _store(office, options, progress, cancel, keep=True, second=second)


def _store(
    office: Office,
    options: AssignOptions | None,
    progress: Progress,
    cancel: CancelToken | None,
    *,
    keep: bool,
    second: Identity | None,
) -> AssignReport:
    office.signer()
    options = options or AssignOptions(seats=office.batch.panel_size)
    progress(0, STEPS, "")
    before = {(pair.application, pair.expert) for pair in office.assignments()}
    problem = _today(office, options, progress, cancel)
    if keep:
        problem = with_kept(problem, _lawful(problem, before))
    if cancel:
        cancel.check()
    _check(problem)
    _sign(office, problem, second)
    office.log(
        "assign.seed",
        office.batch.id,
        {"seed": problem.seed, "inputs": problem.inputs_digest, "words": options.words, "refill": keep},
    )
    progress(_READ, STEPS, "")
    report = solve(problem, _within(progress), cancel)
    progress(_STORED, STEPS, "")
    after = {(pair.application, pair.expert) for pair in report.pairs}
    proof = proof_row("refill" if keep else "assign", problem, report.stages, report.groups, after, report.guarantee)
    note = {
        "seed": report.seed,
        "mode": options.mode,
        "guarantee": report.guarantee,
        "cost": str(report.cost),
        "bound": str(report.bound),
        "digest": report.digest,
        "missing_seats": report.missing_seats,
        "refill": keep,
        "proof": proof.sha256,
    }
    office.replace_assignments(report.pairs, note, proof)
    progress(STEPS, STEPS, "")
    return replace(report, added=len(after - before), removed=len(before - after))


def _today(office: Office, options: AssignOptions, progress: Progress, cancel: CancelToken | None) -> AssignmentProblem:
    """The problem as the lists are now."""

    def step(done: int, total: int) -> None:
        if cancel:
            cancel.check()
        progress(done * _READ // max(1, total), STEPS, "")

    return make_problem(
        office.applications(), office.experts(), office.conflicts(), options, batch=office.batch.id,
        cleared=office.cleared_conflicts(), kin=kin_pairs(office), step=step,
    )  # fmt: skip


def _lawful(problem: AssignmentProblem, pairs: Iterable[Pair]) -> set[Pair]:
    """The pairs that may still be; of two relatives on one panel the one with the smaller id stays."""
    cases, experts = problem.case_by_id, problem.expert_by_id
    found: set[Pair] = set()
    for application, expert in sorted(pairs):
        known = application in cases and expert in experts and problem.eligible(cases[application], experts[expert])
        if known and not any((application, other) in found for other in problem.relatives.get(expert, ())):
            found.add((application, expert))
    return found


def _sign(office: Office, problem: AssignmentProblem, second: Identity | None) -> None:
    """The signed decision to draw with this seed, wherever it takes two or somebody else is there to sign."""
    if second is None and not office.decided.needs_supervisor("draw"):
        return
    words = problem.options.words
    content = {"seed": problem.seed, "inputs": problem.inputs_digest, "words": words or "-"}
    reason = texts.text("assignment.draw.reason", texts.DEFAULT_LANGUAGE, words=words or "-")
    office.decided.record("draw", office.batch.id, content, reason=reason, second=second)


def _within(progress: Progress) -> Progress:
    """The solution's share of the whole; silence stays silent, for the solver asks nobody then."""
    if progress is silent:
        return silent
    return lambda done, total, what: progress(_READ + done * (_STORED - _READ) // max(1, total), STEPS, what)
