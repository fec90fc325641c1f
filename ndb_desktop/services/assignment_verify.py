"""核验分派: whether the assignment in force is what was drawn, lawful and the best, in exact integers without a solver.

Everything is recomputed from the stored inputs: their digest, the seed, the cost, and the bound no assignment can go
below. What the log says of the draw must agree; what changed since is told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

from ndb_desktop import texts
from ndb_desktop.domain.errors import Fault, NdbError
from ndb_desktop.domain.numbers import show
from ndb_desktop.services.assignment_model import SCALE, AssignmentProblem, Pair, make_problem
from ndb_desktop.services.assignment_proof import rule_breaks, verify_certificate
from ndb_desktop.services.assignment_record import ProvedStage, Record, pairs_digest, read_record
from ndb_desktop.services.conflicts import kin_pairs
from ndb_desktop.services.tasks import CancelToken, Progress, silent

if TYPE_CHECKING:
    from ndb_desktop.services.office import Office
    from ndb_desktop.storage.registry_assignment import ProofRow

Said = tuple[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class ProofReport:
    """What was checked: facts as (text key, parameters) in reading order, and what is wrong.

    `optimal` says whether the drawn pairs are proven to be the best, `changed` how often they were changed since.
    """

    ok: bool
    optimal: bool
    facts: tuple[Said, ...]
    faults: tuple[Fault, ...]
    seed: str = ""
    inputs_digest: str = ""
    changed: int = 0

    def lines(self, language: str) -> tuple[str, ...]:
        """The facts as sentences."""
        return tuple(texts.text(key, language, **params) for key, params in self.facts)


@dataclass
class _Work:
    office: Office
    facts: list[Said] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def say(self, key: str, /, **params: object) -> None:
        self.facts.append((key, {name: str(value) for name, value in params.items()}))

    def fault(self, code: str, /, **params: object) -> None:
        self.faults.append(Fault(code, "", {name: str(value) for name, value in params.items()}))


def verify_assignment(office: Office, progress: Progress = silent, cancel: CancelToken | None = None) -> ProofReport:
    """Checks the assignment in force against the proof of its latest draw. Faults are reported, not raised.

    Raises:
        Cancelled: when `cancel` was set.
    """
    work = _Work(office)
    row = office.registry.proof()
    if row is None:
        work.fault("E-PROOF-NONE")
        return ProofReport(False, False, (), tuple(work.faults))
    optimal, record = False, None
    try:
        record = read_record(row)
    except NdbError as error:
        work.faults.extend(error.faults)
    if record is not None:
        progress(1, 4, "")
        _draw(work, row, record)
        if cancel:
            cancel.check()
        progress(2, 4, "")
        optimal = _stages(work, record)
        if cancel:
            cancel.check()
        progress(3, 4, "")
        _in_force(work, record)
    progress(4, 4, "")
    changed = len(office.registry.changes())
    return ProofReport(
        not work.faults, optimal and not work.faults, tuple(work.facts), tuple(work.faults), row.seed,
        row.inputs_digest, changed,
    )  # fmt: skip


def _draw(work: _Work, row: ProofRow, record: Record) -> None:
    """Inputs, seed and log."""
    problem = record.problem
    which = "assignment.proof.refill" if row.kind == "refill" else "assignment.proof.assign"
    work.say(which, at=row.at, actor=row.actor)
    if problem.inputs_digest != row.inputs_digest or problem.seed != row.seed:
        work.fault("E-PROOF-INPUTS", stored=row.inputs_digest[:16], found=problem.inputs_digest[:16])
    else:
        work.say("assignment.proof.inputs", digest=row.inputs_digest)
        work.say("assignment.proof.seed", seed=row.seed, words=problem.options.words or "-")
    log = work.office.log_rows()
    seeds = [entry.seq for entry in log if entry.action == "assign.seed" and entry.details.get("seed") == row.seed]
    draws = [entry.seq for entry in log if entry.action == "assign" and entry.details.get("proof") == row.sha256]
    if not work.office.verify_log().ok or not draws or not seeds or min(seeds) > max(draws):
        work.fault("E-PROOF-LOG", at=row.at)
    else:
        work.say("assignment.proof.log", seed=min(seeds), draw=max(draws))
    _signed(work, row)


def _signed(work: _Work, row: ProofRow) -> None:
    """Who signed the draw; in an official batch two must have."""
    try:
        drawn = [one for one in work.office.decided.all() if one.kind == "draw" and one.content["seed"] == row.seed]
    except NdbError as error:
        work.faults.extend(error.faults)
        return
    if drawn:
        work.say("assignment.proof.signed", at=drawn[-1].at, keys=", ".join(drawn[-1].keyids))
    elif not work.office.batch.trial:
        work.fault("E-PROOF-UNSIGNED", at=row.at)


def _stages(work: _Work, record: Record) -> bool:
    """Every stage lawful and as dear as was said; whether all of them are proven to be the best."""
    optimal = True
    for stage in record.stages:
        proof = verify_certificate(stage.problem, stage.pairs, stage.certificate)
        if not proof.lawful:
            work.fault("E-PROOF-UNLAWFUL", detail="; ".join(rule_breaks(stage.problem, stage.pairs)[:3]))
            return False
        if (proof.cost, proof.bound) != (stage.cost, stage.bound):
            work.fault("E-PROOF-COST", stored=_points(stage.cost), found=_points(proof.cost))
            return False
        _say_stage(work, stage)
        optimal &= proof.optimal
    last = record.stages[-1]
    if last.name != "panel" and set(last.pairs) != set(record.pairs):
        work.fault("E-PROOF-PAIRS")
        return False
    if broken := rule_breaks(record.problem, record.pairs):
        work.fault("E-PROOF-UNLAWFUL", detail="; ".join(broken[:3]))
        return False
    work.say("assignment.proof.lawful", pairs=len(record.pairs))
    return optimal


def _say_stage(work: _Work, stage: ProvedStage) -> None:
    which = {"pair": "assignment.stage.pair", "panel": "assignment.stage.panel", "reserve": "assignment.stage.reserve"}
    work.say(which[stage.name], count=len(stage.pairs))
    if stage.problem.floor_cases:
        work.say("assignment.proof.floor", floor=stage.problem.floor, count=len(stage.problem.floor_cases))
    cost, bound = _points(stage.cost), _points(stage.bound)
    if stage.cost != stage.bound:
        share = show(Fraction(100 * (stage.cost - stage.bound), stage.cost), 2)
        work.say("assignment.proof.gap", cost=cost, bound=bound, share=share)
    elif stage.problem.pruned:
        work.say("assignment.proof.candidates", cost=cost)
    else:
        work.say("assignment.proof.best", cost=cost)


def _in_force(work: _Work, record: Record) -> None:
    """What was drawn, with every change since, must be what is in force."""
    office = work.office
    pairs = set(record.pairs)
    changes = office.registry.changes()
    for change in changes:
        pairs = (pairs - set(change.removed)) | set(change.added)
    now = {(pair.application, pair.expert) for pair in office.assignments()}
    if pairs != now:
        work.fault("E-PROOF-FORCE", count=len(pairs ^ now))
    elif not changes:
        work.say("assignment.proof.force", pairs=len(now), digest=pairs_digest(now))
    for change in changes:
        gone = ", ".join("/".join(pair) for pair in change.removed[:4]) or "-"
        new = ", ".join("/".join(pair) for pair in change.added[:4]) or "-"
        work.say("assignment.proof.change", at=change.at, removed=gone, added=new, reason=change.reason or "-")
    _lists(work, record, now)


def _lists(work: _Work, record: Record, now: set[Pair]) -> None:
    """How today's lists differ from those of the draw, and whether a pair in force must be avoided by now."""
    office, old = work.office, record.problem
    today = make_problem(
        office.applications(), office.experts(), office.conflicts(), old.options, batch=office.batch.id, kept=old.kept,
        cleared=office.cleared_conflicts(), kin=kin_pairs(office),
    )  # fmt: skip
    if today.inputs_digest == old.inputs_digest:
        work.say("assignment.proof.today")
    else:
        work.say("assignment.proof.moved", **_moved(old, today))
    avoid = sorted(
        (name, person)
        for name, person in now
        if (name, person) in today.barred or any((name, kin) in now for kin in today.relatives.get(person, ()))
    )
    if avoid:
        work.fault("E-PROOF-CONFLICT", count=len(avoid), pairs=", ".join("/".join(pair) for pair in avoid[:4]))


def _moved(old: AssignmentProblem, new: AssignmentProblem) -> dict[str, int]:
    experts = {_seen(old, name) for name in old.expert_by_id} ^ {_seen(new, name) for name in new.expert_by_id}
    return {
        "applications": len({case.id for case in set(old.cases) ^ set(new.cases)}),
        "experts": len({name for name, _ in experts}),
        "conflicts": len(old.barred ^ new.barred) + len(old.kin ^ new.kin),
    }


def _seen(problem: AssignmentProblem, name: str) -> tuple[str, str]:
    expert = problem.expert_by_id[name]
    levels = sorted(expert.fields.items())
    return name, repr((expert.province, expert.kind, sorted(expert.categories), levels, expert.max_load))


def _points(cost: int) -> str:
    """A cost in points of affinity, without the bits that break ties."""
    return str(cost // SCALE)
