"""分派问题: who may review what, as a model in exact integers. No solver here.

Elastic min-cost b-matching (panel C.1, C.2): pairs that are barred do not exist; loads, one per employer and p per
province are hard; seats, composition and lower loads are soft with penalties, so there is always a solution and a
shortage has a place and a number. Costs are x 65,536 plus 16 bits of SHA-256(seed|application|expert): ties fall the
same way on every computer, for any order of the input (panel C.4).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from ndb_desktop.domain.batch import Conflict, Expert, ExpertKind
from ndb_desktop.domain.codes import province_of
from ndb_desktop.domain.conflicts import detect_all, name_key
from ndb_desktop.domain.model import Application, Category

SCALE = 65_536
SEAT_PENALTY, KIND_PENALTY, LOAD_PENALTY = 1_000_000, 20_000, 5_000
BEST_AFFINITY = 1_000
KINDS: tuple[ExpertKind, ...] = ("field", "finance", "policy")
PRUNE_FROM = 1_000
"""From so many applications on only some candidates per application enter the model, half of them the best."""


def composition_for(seats: int) -> Mapping[ExpertKind, int]:
    """Least numbers per kind: 4 field, 1 finance, 1 policy for 7 seats, scaled for others (5 seats: 3, 1, 1)."""
    policy = max(1, seats // 7) if seats >= 5 else 0
    finance = max(1, seats // 7) if seats >= 3 else 0
    return {"field": -(-seats * 4 // 7), "finance": finance, "policy": policy}


@dataclass(frozen=True, slots=True)
class AssignOptions:
    """分派设置. `seats` = k experts per application. 0 switches a cap off.

    `min_load` is soft; None takes 80 % of the mean load. `composition` None takes `composition_for(seats)`.
    `candidates` per application enter the model of a large batch (of finance and policy experts a third as many).
    `words` are the public random words of the supervisor (监督员); they enter the seed. Time in seconds.
    """

    seats: int = 7
    per_employer: int = 1
    per_province: int = 2
    avoid_province: bool = True
    min_affinity: int = 1
    min_load: int | None = None
    max_load: int = 0
    composition: Mapping[ExpertKind, int] | None = None
    candidates: int = 24
    words: str = ""
    time_limit: float = 300.0


@dataclass(frozen=True, slots=True)
class Case:
    """What of an application matters for assignment; `province` as two digits."""

    id: str
    category: Category
    field: str
    province: str


Pair = tuple[str, str]
"""(application id, expert id)."""


@dataclass(frozen=True)
class AssignmentProblem:
    """One instance. `barred` pairs never appear in any solution; `kept` pairs are in every solution (补派)."""

    cases: tuple[Case, ...]
    experts: tuple[Expert, ...]
    barred: frozenset[Pair]
    options: AssignOptions
    batch: str = ""
    kept: frozenset[Pair] = frozenset()

    @cached_property
    def inputs_digest(self) -> str:
        """SHA-256 (hex) of everything that decides except the words; the same for any order of the input."""
        options = self.options
        chosen = [options.seats, options.per_employer, options.per_province, options.avoid_province]
        chosen += [options.min_affinity, options.max_load, options.candidates]
        content = {
            "applications": sorted([c.id, c.category, c.field, c.province] for c in self.cases),
            "experts": sorted(
                [e.id, employer_key(e), e.province, e.kind, sorted(e.categories), sorted(e.fields.items()), e.max_load]
                for e in self.experts
            ),
            "barred": sorted(self.barred),
            "kept": sorted(self.kept),
            "options": [*chosen, options.min_load, sorted(self.composition.items())],
        }
        return hashlib.sha256(json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()

    @cached_property
    def seed(self) -> str:
        """随机种子: SHA-256 (hex) of batch, digest of the inputs and the public words."""
        return hashlib.sha256(f"{self.batch}|{self.inputs_digest}|{self.options.words}".encode()).hexdigest()

    @cached_property
    def composition(self) -> Mapping[ExpertKind, int]:
        """Least numbers per kind of expert."""
        wanted = self.options.composition
        return composition_for(self.options.seats) if wanted is None else wanted

    @cached_property
    def expert_by_id(self) -> Mapping[str, Expert]:
        """Experts by id."""
        return {expert.id: expert for expert in self.experts}

    @cached_property
    def upper(self) -> Mapping[str, int]:
        """Most applications per expert; pairs that are kept may exceed it, they are not taken away."""
        most, kept = self.options.max_load, self._kept_load
        return {e.id: max(min(e.max_load, most) if most else e.max_load, kept.get(e.id, 0), 0) for e in self.experts}

    @cached_property
    def lower(self) -> Mapping[str, int]:
        """Soft least number of applications per expert."""
        wanted = self.options.min_load
        if wanted is None:
            wanted = self.options.seats * len(self.cases) * 4 // (5 * max(1, len(self.experts)))
        return {expert.id: min(max(0, wanted), self.upper[expert.id]) for expert in self.experts}

    @cached_property
    def _kept_load(self) -> Mapping[str, int]:
        loads: dict[str, int] = {}
        for _, expert in self.kept:
            loads[expert] = loads.get(expert, 0) + 1
        return loads

    def noise(self, pair: Pair) -> int:
        """16 bits that break ties, from the seed and the pair alone."""
        digest = hashlib.sha256(f"{self.seed}|{pair[0]}|{pair[1]}".encode()).digest()
        return int.from_bytes(digest[:2], "big")

    def cost(self, case: Case, expert: Expert) -> int:
        """Cost of a pair before scaling: 1000 less the affinity (领域契合度 0..1000)."""
        return BEST_AFFINITY - min(BEST_AFFINITY, max(0, expert.fields.get(case.field, 0)))

    def eligible(self, case: Case, expert: Expert) -> bool:
        """Whether the pair may be assigned: not barred, other province, category, and field for field experts.

        Finance and policy experts judge their subject in every field; their affinity only makes a field dearer.
        """
        if (case.id, expert.id) in self.barred or case.category not in expert.categories:
            return False
        if self.options.avoid_province and expert.province and province_of(expert.province) == case.province:
            return False
        return expert.kind != "field" or expert.fields.get(case.field, -1) >= self.options.min_affinity

    @cached_property
    def pairs(self) -> tuple[Pair, ...]:
        """All candidate pairs in a fixed order; from `PRUNE_FROM` applications on a choice per kind only."""
        experts = sorted(self.experts, key=lambda expert: expert.id)
        found: list[Pair] = []
        for case in sorted(self.cases, key=lambda case: case.id):
            open_to = [e for e in experts if (case.id, e.id) in self.kept or self.eligible(case, e)]
            if self.pruned:
                open_to = self._candidates(case, open_to)
            found += [(case.id, expert.id) for expert in open_to]
        return tuple(found)

    @cached_property
    def model(self) -> Model:
        """The linear program, built once."""
        return build_model(self)

    @property
    def pruned(self) -> bool:
        """Whether only a choice of candidates enters."""
        return bool(self.options.candidates) and len(self.cases) >= PRUNE_FROM

    def _candidates(self, case: Case, experts: list[Expert]) -> list[Expert]:
        """Per kind the best, and as many drawn by the seed: the best alone are few, and their loads run out."""
        noise = {e.id: self.noise((case.id, e.id)) for e in experts}
        ranked = sorted(experts, key=lambda e: (self.cost(case, e), noise[e.id], e.id))
        chosen = {e.id for e in ranked if (case.id, e.id) in self.kept}
        for kind in KINDS:
            most = self.options.candidates if kind == "field" else self.options.candidates // 3
            of_kind = [e.id for e in ranked if e.kind == kind]
            best, others = of_kind[: most // 2], of_kind[most // 2 :]
            chosen.update(best, sorted(others, key=lambda name: (noise[name], name))[: most - most // 2])
        return [expert for expert in experts if expert.id in chosen]


def employer_key(expert: Expert) -> str:
    """What makes two experts colleagues: the employer's code, else its name; "" when unknown."""
    return expert.employer_code or name_key(expert.employer)


def make_problem(
    applications: Iterable[Application],
    experts: Iterable[Expert],
    conflicts: Iterable[Conflict],
    options: AssignOptions,
    *,
    batch: str = "",
    kept: Iterable[Pair] = (),
) -> AssignmentProblem:
    """The problem of a batch. 回避 and 待核 both bar a pair, as does what the program detects itself."""
    known = tuple(sorted(applications, key=lambda application: application.id))
    people = tuple(sorted(experts, key=lambda expert: expert.id))
    barred = {(row.application, row.expert) for row in (*conflicts, *detect_all(people, known))}
    cases = tuple(Case(a.id, a.category, a.field, province_of(a.region)) for a in known)
    return AssignmentProblem(cases, people, frozenset(barred), options, batch, frozenset(kept))


@dataclass(frozen=True)
class Model:
    """A linear program with 0/1 coefficients: columns with cost and bounds, rows with bounds (None = no limit)."""

    cost: Sequence[int]
    low: Sequence[int]
    high: Sequence[int]
    entries: Sequence[Sequence[int]]
    row_keys: Sequence[str]
    row_low: Sequence[int | None]
    row_high: Sequence[int | None]
    pairs: Sequence[Pair]


@dataclass
class _Builder:
    problem: AssignmentProblem
    cost: list[int] = field(default_factory=list)
    low: list[int] = field(default_factory=list)
    high: list[int] = field(default_factory=list)
    entries: list[list[int]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    row_low: list[int | None] = field(default_factory=list)
    row_high: list[int | None] = field(default_factory=list)

    def __post_init__(self) -> None:
        # Once per expert, not once per pair: folding names is slow.
        self.employer = {expert.id: employer_key(expert) for expert in self.problem.experts}
        self.province = {expert.id: province_of(expert.province) for expert in self.problem.experts}

    def row(self, key: str, low: int | None, high: int | None, members: Iterable[int]) -> int:
        number = len(self.keys)
        self.keys.append(key)
        self.row_low.append(low)
        self.row_high.append(high)
        for column in members:
            self.entries[column].append(number)
        return number

    def column(self, cost: int, low: int, high: int, rows: Iterable[int] = ()) -> int:
        self.cost.append(cost)
        self.low.append(low)
        self.high.append(high)
        self.entries.append(list(rows))
        return len(self.cost) - 1


def build_model(problem: AssignmentProblem) -> Model:
    """The linear program of a problem; deterministic, so that a verifier builds the same one."""
    builder = _Builder(problem)
    cases = {case.id: case for case in problem.cases}
    of_case: dict[str, list[int]] = {name: [] for name in sorted(cases)}
    of_expert: dict[str, list[int]] = {name: [] for name in sorted(problem.expert_by_id)}
    for pair in problem.pairs:
        price = SCALE * problem.cost(cases[pair[0]], problem.expert_by_id[pair[1]]) + problem.noise(pair)
        column = builder.column(price, int(pair in problem.kept), 1)
        of_case[pair[0]].append(column)
        of_expert[pair[1]].append(column)
    for name, columns in of_case.items():
        _case_rows(builder, name, columns)
    for name, columns in of_expert.items():
        row = builder.row(f"load|{name}", problem.lower[name], problem.upper[name], columns)
        if problem.lower[name]:
            builder.column(SCALE * LOAD_PENALTY, 0, problem.lower[name], [row])
    return Model(
        builder.cost, builder.low, builder.high, builder.entries, builder.keys, builder.row_low, builder.row_high,
        problem.pairs,
    )  # fmt: skip


def _case_rows(builder: _Builder, name: str, columns: Sequence[int]) -> None:
    problem = builder.problem
    seats = problem.options.seats
    experts = {column: problem.expert_by_id[problem.pairs[column][1]] for column in columns}
    kept = [column for column in columns if builder.low[column]]
    row = builder.row(f"seats|{name}", seats, max(seats, len(kept)), columns)
    builder.column(SCALE * SEAT_PENALTY, 0, seats, [row])
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
    for kind in KINDS:
        least = problem.composition.get(kind, 0)
        if least:
            row = builder.row(f"kind|{name}|{kind}", least, None, (c for c in columns if experts[c].kind == kind))
            builder.column(SCALE * KIND_PENALTY, 0, least, [row])


def with_kept(problem: AssignmentProblem, kept: Iterable[Pair]) -> AssignmentProblem:
    """The same problem with pairs that must stay."""
    return replace(problem, kept=frozenset(kept))
