"""评估验收与成效评估的结果: every base of a later stage, passed, not passed or waiting, with one digest over all.

A sibling of `results_compute`, which is of selection alone: nothing is ranked here, and there are no quotas and no
ties. Nothing is written; looking inside goes on record as scores do.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from ndb_desktop.domain.dispute import Place, Ruling
from ndb_desktop.domain.effect import effect_outcome
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.lifecycle import Life
from ndb_desktop.domain.model import Application
from ndb_desktop.domain.panel import ExpertState, ItemMark, expert_states
from ndb_desktop.domain.selection import neutral_key
from ndb_desktop.domain.stageform import stage_challenges, stage_marks
from ndb_desktop.domain.stagepack import AcceptancePack, StageId
from ndb_desktop.domain.stageresult import acceptance_outcome
from ndb_desktop.domain.stageverdict import (
    WAITING,
    First,
    Outcome,
    Verdict,
    Waiting,
    digest_of,
    read_first,
    record_bytes,
    verdict,
)
from ndb_desktop.domain.stagework import StageWork
from ndb_desktop.domain.strictload import canonical
from ndb_desktop.services.disputes import known_rulings
from ndb_desktop.services.lifecycle import all_lives
from ndb_desktop.services.outcome import unblind
from ndb_desktop.services.results_compute import compute
from ndb_desktop.services.site_findings import veto_candidates
from ndb_desktop.services.stage_rulings import fitting, is_open, settled
from ndb_desktop.services.succession_link import frozen_application, link_of
from ndb_desktop.services.tasks import CancelToken, Progress, silent

if TYPE_CHECKING:
    from ndb_desktop.services.office import Office
    from ndb_desktop.storage.registry_rows import StoredSheet, Veto

RECORD = "stage.outcome."
"""Name of the text with the record of an outcome that a decision rests on, followed by its digest."""
SUFFIX = ".outcome.json"


@dataclass(frozen=True, slots=True)
class BaseResult:
    """One base. `outcome` and `work` are None before anything was handed in; `work` holds actual values as they count.

    `sheets` are those that were counted; `record` is what `digest` (SHA-256) stands for, b"" and "" without an outcome.
    `challenged` are targets that wait for a ruling, `first` the judgement a rectification was decided on.
    """

    application: Application
    life: Life
    work: StageWork | None = None
    outcome: Outcome | None = None
    experts: Mapping[str, ExpertState] = field(default_factory=dict)
    sheets: Mapping[str, StoredSheet] = field(default_factory=dict)
    rulings: Mapping[str, Ruling] = field(default_factory=dict)
    waiting: tuple[Waiting, ...] = ()
    challenged: tuple[str, ...] = ()
    first: First | None = None
    record: bytes = b""

    @property
    def verdict(self) -> Verdict:
        """通过, 不通过 or 待定."""
        return verdict(self.outcome, self.waiting)

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of the record."""
        return digest_of(self.record) if self.record else ""

    @property
    def failed(self) -> tuple[str, ...]:
        """The conditions missed, once anything is known."""
        return () if self.outcome is None else self.outcome.failed

    @property
    def missing(self) -> tuple[str, ...]:
        """Targets without an actual value (缺报)."""
        return () if self.outcome is None else self.outcome.missing


@dataclass(frozen=True, slots=True)
class StageResult:
    """Every base in neutral order (R06), as the registry stands, and one digest over all of it."""

    batch: str
    stage: StageId
    bases: Mapping[str, BaseResult]
    digest: str
    contradictions: tuple[tuple[str, str], ...]
    late_conflicts: tuple[tuple[str, str], ...]
    unconfirmed: tuple[str, ...]
    vetoes: tuple[Veto, ...]

    def of(self, wanted: Verdict) -> tuple[str, ...]:
        """The bases with a verdict."""
        return tuple(name for name, base in self.bases.items() if base.verdict == wanted)


def compute_stage(office: Office, *, progress: Progress = silent, cancel: CancelToken | None = None) -> StageResult:
    """The results of a later stage as the registry stands. Nothing is written, nothing is logged.

    Raises:
        NdbError: E-STAGE-NONE in a registry of selection, E-STAGE-RECORD, E-SUCCESSION-*.
    """
    judge = _Judge(office)
    found: dict[str, BaseResult] = {}
    for number, application in enumerate(judge.bases, 1):
        if cancel is not None:
            cancel.check()
        progress(number, len(judge.bases), application.applicant)
        found[application.id] = judge.base(application)
    return StageResult(
        batch=office.batch.id,
        stage=judge.stage,
        bases=found,
        digest=_digest(office, judge.stage, found),
        contradictions=tuple(sorted(judge.contradicting)),
        late_conflicts=tuple(sorted(judge.late)),
        unconfirmed=tuple(sorted({key.expert for key in office.expert_keys() if key.status == "unconfirmed"})),
        vetoes=judge.vetoes,
    )


def base_result(office: Office, name: str) -> BaseResult:
    """One base alone. Raises NdbError E-OFFICE-APPLICATION, and as `compute_stage`."""
    judge = _Judge(office)
    for application in judge.bases:
        if application.id == name:
            return judge.base(application)
    raise NdbError("E-OFFICE-APPLICATION", application=name)


def internal_stage_results(
    office: Office, *, progress: Progress = silent, cancel: CancelToken | None = None
) -> StageResult:
    """The results with everything behind them, once they were opened (启封); the look itself goes on record.

    Raises:
        NdbError: E-DECISION-SECOND, E-DECISION-SUPERVISOR until two have signed that they be opened; as
            `compute_stage`.
    """
    unblind(office)
    result = compute_stage(office, progress=progress, cancel=cancel)
    office.log("results.viewed", office.batch.id, {"digest": result.digest})
    return result


def result_digest(office: Office) -> str:
    """The digest of what the registry comes to now, whatever its stage."""
    if office.stage == "selection" or not office.stage_packs:
        return compute(office).digest
    return compute_stage(office).digest


class _Judge:
    """What is the same for every base of one registry at one moment."""

    def __init__(self, office: Office) -> None:
        link = link_of(office)
        if link is None or link.stage == "selection":
            raise NdbError("E-STAGE-NONE")
        self.stage: StageId = link.stage
        self._office = office
        self.bases = sorted((frozen_application(office, ref.application) for ref in link.bases), key=neutral_key)
        self._lives = all_lives(office).bases
        self._rows = office.registry.application_digests()
        self._assigned: dict[str, list[str]] = {}
        for pair in office.assignments():
            self._assigned.setdefault(pair.application, []).append(pair.expert)
        self._barred = {(row.application, row.expert) for row in office.conflicts() if row.strength == "recuse"}
        self._standing = {(row.application, row.expert): row.state for row in office.registry.standings()}
        self.contradicting = {pair for pair, state in self._standing.items() if state == "conflict"}
        self.late: list[tuple[str, str]] = []
        self._rulings: Mapping[Place, Ruling] = known_rulings(office)
        self.vetoes = office.registry.vetoes()
        self._suspected = {one.application for one in veto_candidates(office) if one.open}
        self._suspected |= {row.application for row in self.vetoes if row.status == "check"}

    def base(self, frozen: Application) -> BaseResult:
        """The result of one base."""
        name, life = frozen.id, self._lives[frozen.id]
        if name not in self._rows:
            return BaseResult(frozen, life, waiting=("material",))
        work = self._office.stage_work(name)
        if work is None:
            raise NdbError("E-STAGE-NONE")
        rulings = fitting(work, self._rulings)
        counts = settled(work, rulings)
        first = first_of(self._office, life)
        sheets, states = self._panel(name, first if life.state != "rectifying" else None)
        mine = {expert: row.sheet for expert, row in sheets.items()}
        closed = [target for target, ruling in rulings.items() if not is_open(ruling)]
        open_targets = {*stage_challenges(mine, states, closed)}
        open_targets |= {target for target, ruling in rulings.items() if ruling.action == "site"}
        outcome = self._outcome(counts, stage_marks(work.pack, work.case, mine, states), open_targets)
        waiting = tuple(self._waiting(name, life, outcome, bool(open_targets)))
        experts = expert_states(mine, states)
        counted = {expert: row for expert, row in sheets.items() if experts[expert] == "scored"}
        record = record_bytes(
            outcome,
            batch=self._office.batch.id,
            work=counts.digest,
            waiting=waiting,
            experts=experts,
            sheets={expert: row.digest for expert, row in counted.items()},
            challenged=open_targets,
            first=first,
        )
        challenged = tuple(sorted(open_targets))
        application = self._office.cover(name)
        return BaseResult(
            application, life, counts, outcome, experts, counted, rulings, waiting, challenged, first, record
        )

    def _panel(self, name: str, first: First | None) -> tuple[Mapping[str, StoredSheet], Mapping[str, ExpertState]]:
        """The sheets of assigned experts that stand, and how each expert counts; as in selection (R16).

        After a rectification what was found before says nothing any more: those experts are absent until they judge
        again.
        """
        sheets: dict[str, StoredSheet] = {}
        states: dict[str, ExpertState] = {}
        known = {one.expert: one for _, group in self._office.registry.current_sheets(name) for one in group}
        old = frozenset() if first is None else first.sheets
        for expert in self._assigned.get(name, ()):
            stored = known.get(expert)
            if stored is None or stored.digest in old:
                states[expert] = "absent"
                if self._standing.get((name, expert)) == "void":
                    states[expert] = "void"
                continue
            sheets[expert], states[expert] = stored, "scored"
            if (name, expert) in self._barred and stored.sheet.status != "recused":
                states[expert] = "void"
                self.late.append((name, expert))
        return sheets, states

    def _outcome(self, work: StageWork, marks: Mapping[str, tuple[ItemMark, ...]], challenged: set[str]) -> Outcome:
        name = work.case.application
        present = {row.ground for row in self.vetoes if row.application == name and row.status == "present"}
        make: Callable[..., Outcome]
        if isinstance(work.pack, AcceptancePack):
            make = partial(acceptance_outcome, work.pack, work.case, work.values, challenged=challenged)
        else:
            make = partial(effect_outcome, work.pack, work.case, work.accepted_values, work.values)
        return make(marks, vetoes=present)

    def _waiting(self, name: str, life: Life, outcome: Outcome, challenged: bool) -> Iterator[Waiting]:
        holds: Mapping[Waiting, bool] = {
            "rectify": life.state == "rectifying",
            "reviewers": outcome.passed is None,
            "contradiction": any(one == name for one, _ in self.contradicting),
            "challenge": challenged,
            "check": name in self._suspected,
        }
        yield from (why for why in WAITING if holds.get(why))


def first_of(office: Office, life: Life) -> First | None:
    """The judgement the rectification of a base in this stage was decided on, None without one.

    Raises:
        NdbError: E-STAGE-RECORD when what the decision names is not in the registry.
    """
    if not life.rectified:
        return None
    for step in reversed(life.steps):
        if step.act.move == "rectify":
            for ref in step.act.documents:
                if ref.name == record_name(life.base):
                    return read_first(office.registry.meta(RECORD + ref.sha256).encode("utf-8"), ref.sha256, life.base)
            return None
    return None


def record_name(base: str) -> str:
    """The name under which a decision names the record of a base's outcome."""
    return f"{base}{SUFFIX}"


def _digest(office: Office, stage: StageId, bases: Mapping[str, BaseResult]) -> str:
    """SHA-256 of the canonical JSON of `{bases, batch, packs, stage}`, per base its digest and why it waits."""
    content = {
        "batch": office.batch.id,
        "stage": stage,
        "packs": {category: pack.digest for category, pack in office.stage_packs.items()},
        "bases": {name: [base.digest, list(base.waiting)] for name, base in bases.items()},
    }
    return hashlib.sha256(canonical(content)).hexdigest()
