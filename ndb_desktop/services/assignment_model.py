"""分派问题: who may review what, in exact integers; its linear program is made in `assignment_program`.

Elastic min-cost b-matching (panel C.1, C.2): pairs that are barred do not exist; loads, one per employer and p per
province are hard; seats, composition and lower loads are soft with penalties, so there is always a solution and a
shortage has a place and a number. Costs are x 65,536 plus 16 bits of SHA-256(seed|application|expert): ties fall the
same way on every computer, for any order of the input (panel C.4).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain, repeat
from operator import add
from typing import TYPE_CHECKING, Literal

from ndb_desktop.domain.batch import Conflict, Expert, ExpertKind
from ndb_desktop.domain.codes import province_of
from ndb_desktop.domain.conflicts import detect_all, name_key
from ndb_desktop.domain.model import Application, Category

if TYPE_CHECKING:
    from ndb_desktop.services.assignment_program import Model

SCALE = 65_536
SEAT_PENALTY, KIND_PENALTY, LOAD_PENALTY = 1_000_000, 20_000, 5_000
RECUSAL_PENALTY = 10_000
BEST_AFFINITY = 1_000
KINDS: tuple[ExpertKind, ...] = ("field", "finance", "policy")
PRUNE_FROM = 1_000
"""From so many applications on only some candidates per application enter the model, half of them the best."""

Mode = Literal["pair", "panel", "panel_recuse"]
"""`pair`: each application its own experts. `panel` (固定评审组): one panel for a group of similar applications, free
of conflicts with all of them. `panel_recuse`: one panel, whose members recuse singly and are replaced singly."""
MAX_GROUP = 12
"""Most applications of one panel: of 30 field experts 7 free of every province are all but sure (panel C.5)."""


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
    `words` are the public random words of the supervisor (监督员); they enter the seed. `fair_floor` (公平底线) lifts
    the application that fares worst as far as no seat is lost by it; `group` is the most applications per panel. Time
    in seconds.
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
    mode: Mode = "pair"
    fair_floor: bool = False
    group: int = MAX_GROUP


@dataclass(frozen=True, slots=True)
class Case:
    """What of an application matters for assignment; `province` as two digits. A group has a `size` above 1."""

    id: str
    category: Category
    field: str
    province: str
    size: int = 1


Pair = tuple[str, str]
"""(application id, expert id)."""


@dataclass(frozen=True)
class AssignmentProblem:
    """One instance. `barred` pairs never appear in any solution; `kept` pairs are in every solution (补派).

    For a round of groups: `recusals` per pair, of how many of its applications the expert is not to judge. `floor` is
    the least affinity sum of each of `floor_cases`. `given_seed` is the seed of the round this problem is a part of.
    `kin` are pairs of experts who never sit on one panel (C11), unless both are kept there.
    """

    cases: tuple[Case, ...]
    experts: tuple[Expert, ...]
    barred: frozenset[Pair]
    options: AssignOptions
    batch: str = ""
    kept: frozenset[Pair] = frozenset()
    recusals: Mapping[Pair, int] = field(default_factory=dict)
    floor: int = 0
    floor_cases: frozenset[str] = frozenset()
    given_seed: str = ""
    kin: frozenset[Pair] = frozenset()

    @cached_property
    def inputs_digest(self) -> str:
        """SHA-256 (hex) of everything that decides except the words; the same for any order of the input."""
        options, keys = self.options, self.employers
        chosen = [options.seats, options.per_employer, options.per_province, options.avoid_province]
        chosen += [options.min_affinity, options.max_load, options.candidates]
        later = [options.mode, options.fair_floor, options.group]
        content: dict[str, object] = {
            "applications": sorted([c.id, c.category, c.field, c.province] for c in self.cases),
            "experts": sorted(
                [e.id, keys[e.id], e.province, e.kind, sorted(e.categories), sorted(e.fields.items()), e.max_load]
                for e in self.experts
            ),
            "barred": sorted(self.barred),
            "kept": sorted(self.kept),
            "options": [*chosen, options.min_load, sorted(self.composition.items())],
        }
        if later != ["pair", False, MAX_GROUP]:
            # Named only where they are chosen: rounds assigned before they existed keep their digest.
            content["mode"] = later
        if self.kin:
            content["kin"] = sorted(self.kin)
        return hashlib.sha256(json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()

    @cached_property
    def seed(self) -> str:
        """随机种子: SHA-256 (hex) of batch, digest of the inputs and the public words."""
        if self.given_seed:
            return self.given_seed
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
    def case_by_id(self) -> Mapping[str, Case]:
        """Cases by id."""
        return {case.id: case for case in self.cases}

    @cached_property
    def employers(self) -> Mapping[str, str]:
        """`employer_key` of each expert: once, for folding names is slow."""
        return {expert.id: employer_key(expert) for expert in self.experts}

    @cached_property
    def relatives(self) -> Mapping[str, frozenset[str]]:
        """By expert those whom they must not sit beside."""
        found: dict[str, set[str]] = {}
        for one, other in self.kin:
            found.setdefault(one, set()).add(other)
            found.setdefault(other, set()).add(one)
        return {name: frozenset(others) for name, others in found.items()}

    @property
    def weighted(self) -> bool:
        """Whether pairs count differently: for groups of applications, and for affinity sums."""
        return bool(self.floor_cases) or any(case.size != 1 for case in self.cases)

    def weight(self, pair: Pair) -> int:
        """How many applications a pair puts on the expert's desk."""
        return self.case_by_id[pair[0]].size - self.recusals.get(pair, 0)

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
            seats = self.options.seats * sum(case.size for case in self.cases)
            wanted = seats * 4 // (5 * max(1, len(self.experts)))
        return {expert.id: min(max(0, wanted), self.upper[expert.id]) for expert in self.experts}

    @cached_property
    def _kept_load(self) -> Mapping[str, int]:
        loads: dict[str, int] = {}
        for pair in self.kept:
            loads[pair[1]] = loads.get(pair[1], 0) + self.weight(pair)
        return loads

    def noise(self, pair: Pair) -> int:
        """16 bits that break ties, from the seed and the pair alone."""
        digest = hashlib.sha256(f"{self.seed}|{pair[0]}|{pair[1]}".encode()).digest()
        return int.from_bytes(digest[:2], "big")

    def noises(self, application: str, people: Iterable[str]) -> list[int]:
        """`noise` of one application with each of some experts: what they share is hashed once."""
        shared = hashlib.sha256(f"{self.seed}|{application}|".encode())
        codes, found = self._codes, []
        for person in people:
            bits = shared.copy()
            bits.update(codes[person])
            digest = bits.digest()
            found.append(digest[0] << 8 | digest[1])
        return found

    @cached_property
    def _codes(self) -> Mapping[str, bytes]:
        return {expert.id: expert.id.encode() for expert in self.experts}

    def affinity(self, case: Case, expert: Expert) -> int:
        """领域契合度 0..1000 of an expert to the field of an application."""
        return min(BEST_AFFINITY, max(0, expert.fields.get(case.field, 0)))

    def cost(self, case: Case, expert: Expert) -> int:
        """Cost of a pair before scaling: 1000 less the affinity, for each application of a group; recusals cost."""
        away = self.recusals.get((case.id, expert.id), 0) if self.recusals else 0
        return (BEST_AFFINITY - self.affinity(case, expert)) * (case.size - away) + RECUSAL_PENALTY * away

    def prices(self, seated: Mapping[str, Sequence[str]] | None = None) -> list[int]:
        """`price` of each pair of applications and their experts, in order; None takes all of `pairs`."""
        seated = self.readers if seated is None else seated
        found: list[int] = []
        dear: dict[tuple[str, int], Mapping[str, int]] = {}
        for name, people in seated.items():
            case = self.case_by_id[name]
            costs = dear.get((case.field, case.size))
            if costs is None:
                # What the experts cost is the same for every application of a field.
                alike = replace(case, id="")
                costs = dear[case.field, case.size] = {e.id: SCALE * self.cost(alike, e) for e in self.experts}
            found += map(add, map(costs.__getitem__, people), self.noises(name, people))
        if self.recusals:
            pairs = chain.from_iterable(zip(repeat(name), people) for name, people in seated.items())
            return [self.price(p) if p in self.recusals else cost for p, cost in zip(pairs, found, strict=True)]
        return found

    def price(self, pair: Pair) -> int:
        """Cost of a pair in the model's scale, with the 16 bits that break ties."""
        return SCALE * self.cost(self.case_by_id[pair[0]], self.expert_by_id[pair[1]]) + self.noise(pair)

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
        return tuple(chain.from_iterable(zip(repeat(name), people) for name, people in self.readers.items()))

    @cached_property
    def readers(self) -> Mapping[str, Sequence[str]]:
        """By application, in order, who enters as its candidate: those who are kept or `eligible`, in order.

        Found per category and field and then thinned: a question for each pair takes as long as half of the model.
        """
        areas: dict[tuple[str, str], list[tuple[str, str]]] = {}
        barred, kept = _by_case(self.barred), _by_case(self.kept)
        found: dict[str, Sequence[str]] = {}
        for case in sorted(self.cases, key=lambda case: case.id):
            area = areas.get((case.category, case.field))
            if area is None:
                area = areas[case.category, case.field] = self._area(case)
            home = case.province if self.options.avoid_province else ""
            away = barred.get(case.id, set())
            people = [person for person, province in area if (province != home or not home) and person not in away]
            if stays := kept.get(case.id, set()) & self.expert_by_id.keys():
                people = sorted(stays.union(people))
            found[case.id] = self._candidates(case, people) if self.pruned else people
        return found

    def _area(self, case: Case) -> list[tuple[str, str]]:
        """Who reads the category and field of an application, wherever it is from, with their provinces."""
        least = self.options.min_affinity
        return sorted(
            (e.id, self.provinces[e.id])
            for e in self.experts
            if case.category in e.categories and (e.kind != "field" or e.fields.get(case.field, -1) >= least)
        )

    @cached_property
    def provinces(self) -> Mapping[str, str]:
        """The province of each expert as two digits, "" where it is unknown."""
        return {expert.id: province_of(expert.province) for expert in self.experts}

    @cached_property
    def model(self) -> Model:
        """The linear program, built once."""
        from ndb_desktop.services.assignment_program import build_model

        return build_model(self)

    def prepare(self, step: Callable[[int, int], None]) -> Model:
        """Builds `model` now; `step(done, total)` may raise to stop."""
        from ndb_desktop.services.assignment_program import build_model

        if "model" not in self.__dict__:
            self.__dict__["model"] = build_model(self, step)
        return self.model

    @property
    def pruned(self) -> bool:
        """Whether only a choice of candidates enters."""
        return bool(self.options.candidates) and len(self.cases) >= PRUNE_FROM

    def _candidates(self, case: Case, people: list[str]) -> list[str]:
        """Per kind the best, and as many drawn by the seed: the best alone are few, and their loads run out."""
        noise = dict(zip(people, self.noises(case.id, people), strict=True))
        experts = self.expert_by_id
        ranked = sorted((self.cost(case, experts[name]), noise[name], name) for name in people)
        chosen = {name for name in people if (case.id, name) in self.kept}
        for kind in KINDS:
            most = self.options.candidates if kind == "field" else self.options.candidates // 3
            of_kind = [name for _, _, name in ranked if experts[name].kind == kind]
            best, others = of_kind[: most // 2], of_kind[most // 2 :]
            chosen.update(best, sorted(others, key=lambda name: (noise[name], name))[: most - most // 2])
        return [name for name in people if name in chosen]


def _by_case(pairs: Iterable[Pair]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for application, expert in pairs:
        found.setdefault(application, set()).add(expert)
    return found


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
    cleared: Container[tuple[str, str, str]] = (),
    kin: Iterable[tuple[str, str]] = (),
    step: Callable[[int, int], None] | None = None,
) -> AssignmentProblem:
    """The problem of a batch. 回避 and 待核 both bar a pair, as does what the program detects itself.

    `cleared` names (application, expert, code) of what was 待核 and decided to be none; `kin` are experts who must
    not sit on one panel. `step(done, total)` is called for each expert and may raise to stop.
    """
    known = tuple(sorted(applications, key=lambda application: application.id))
    people = tuple(sorted(experts, key=lambda expert: expert.id))
    seen: list[Conflict] = []
    for done, expert in enumerate(people):
        if step:
            step(done, len(people))
        seen += [
            row
            for row in detect_all((expert,), known)
            if row.strength == "recuse" or (row.application, row.expert, row.code) not in cleared
        ]
    barred = {(row.application, row.expert) for row in (*conflicts, *seen)}
    cases = tuple(Case(a.id, a.category, a.field, province_of(a.region)) for a in known)
    names = {expert.id for expert in people}
    together = frozenset((min(pair), max(pair)) for pair in kin if names.issuperset(pair))
    return AssignmentProblem(cases, people, frozenset(barred), options, batch, frozenset(kept), kin=together)


def with_kept(problem: AssignmentProblem, kept: Iterable[Pair]) -> AssignmentProblem:
    """The same problem with pairs that must stay."""
    return replace(problem, kept=frozenset(kept))
