"""缺口: which field lacks how many, from the certificate's prices (panel C.4).

The applications whose seats cost as much as an empty one, and the experts whose time costs as much, are a Hall set:
whatever is assigned, these applications together get no more places than these experts have.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from ndb_desktop import texts
from ndb_desktop.domain.batch import Expert
from ndb_desktop.services.assignment_model import KIND_PENALTY, SCALE, SEAT_PENALTY, AssignmentProblem, Pair
from ndb_desktop.services.assignment_stage import Stage


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
class Lack:
    """缺口成因: applications that compete for the same experts, and what they lack together.

    `areas` are (category, field, applications, missing). `exhausted` experts of `eligible` have no time left, their
    `capacity` is used by these applications alone; with none exhausted there are too few who may read them at all.
    At least `experts` more are needed.
    """

    kind: str
    areas: tuple[tuple[str, str, int, int], ...]
    missing: int
    needed: int
    eligible: int
    exhausted: int
    capacity: int
    experts: int
    applications: tuple[str, ...]

    def words(self, language: str, field_names: Mapping[str, str] | None = None) -> str:
        """The lack as a sentence."""
        names = field_names or {}
        comma = texts.text("assignment.short.comma", language)
        areas = comma.join(
            texts.text(
                "assignment.short.area",
                language,
                field=names.get(field, field),
                category=texts.text(f"category.{category}", language),
                count=count,
                missing=missing,
            )
            for category, field, count, missing in self.areas
        )
        key = "assignment.short.exhausted" if self.exhausted else "assignment.short.few"
        return texts.text(
            key, language, areas=areas, needed=self.needed, missing=self.missing, eligible=self.eligible,
            exhausted=self.exhausted, capacity=self.capacity, experts=self.experts,
            kind=texts.text(_KIND_WORDS[self.kind], language),
        )  # fmt: skip


_KIND_WORDS = {
    "": "assign.short.seats",
    "field": "kind.field",
    "finance": "kind.finance",
    "policy": "kind.policy",
}


def shortages(problem: AssignmentProblem, pairs: Collection[Pair]) -> tuple[Shortage, ...]:
    """What is missing, counted per category and field."""
    areas: dict[tuple[str, str], list[str]] = {}
    for case in sorted(problem.cases, key=lambda case: case.id):
        areas.setdefault((case.category, case.field), []).append(case.id)
    gaps = _gaps(problem, pairs)
    found = []
    for (category, field), names in sorted(areas.items()):
        for kind, need in _needs(problem).items():
            short = {name: gaps[kind][name] for name in names if name in gaps[kind]}
            if short:
                eligible = _eligible(problem, set(short), kind)
                capacity = sum(problem.upper[expert.id] for expert in eligible)
                missing, needed = sum(short.values()), need * len(names)
                found.append(Shortage(category, field, kind, missing, needed, len(eligible), capacity, tuple(short)))
    return tuple(found)


def lacks(stage: Stage, members: Mapping[str, tuple[str, ...]] | None = None) -> tuple[Lack, ...]:
    """Why it is missing, from the prices; `members` are the applications of each group in stage `panel`.

    What the prices leave unexplained (an integer search has none of its own) is told per category and field.
    """
    problem = stage.problem
    found: list[Lack] = []
    for kind, short in _gaps(problem, stage.pairs).items():
        if not short:
            continue
        dear, exhausted = _dear(stage, kind)
        left = set(short)
        for cases, people in _components(problem, dear | set(short), exhausted):
            if left & cases:
                left -= cases
                found.append(_lack(problem, kind, cases, people, short, members or {}))
        found += [_lack(problem, kind, rest, set(), short, members or {}) for rest in _areas(problem, left)]
    return tuple(found)


def _needs(problem: AssignmentProblem) -> dict[str, int]:
    return {"": problem.options.seats, **{str(kind): least for kind, least in problem.composition.items() if least}}


def _gaps(problem: AssignmentProblem, pairs: Collection[Pair]) -> dict[str, dict[str, int]]:
    """Per kind ("" = seats) the applications with empty places and how many."""
    experts, names = problem.expert_by_id, sorted(problem.case_by_id)
    filled: Counter[tuple[str, str]] = Counter((name, experts[expert].kind) for name, expert in pairs)
    seats = Counter(name for name, _ in pairs)
    found: dict[str, dict[str, int]] = {}
    for kind, need in _needs(problem).items():
        there = [filled[name, kind] for name in names] if kind else [seats[name] for name in names]
        found[kind] = {name: need - count for name, count in zip(names, there, strict=True) if count < need}
    return found


def _eligible(problem: AssignmentProblem, names: Iterable[str], kind: str) -> list[Expert]:
    cases = [problem.case_by_id[name] for name in sorted(names)]
    return [
        expert
        for expert in problem.experts
        if kind in ("", expert.kind) and any(problem.eligible(case, expert) for case in cases)
    ]


def _dear(stage: Stage, kind: str) -> tuple[set[str], set[str]]:
    """Applications and experts whose place costs at least half of what an empty one costs."""
    problem, certificate = stage.problem, stage.certificate
    penalty = SCALE * (KIND_PENALTY if kind else SEAT_PENALTY)

    def price(key: str) -> int:
        return certificate.prices.get(key, 0)

    row, least = (f"kind|{{}}|{kind}" if kind else "seats|{}"), penalty * certificate.denominator
    cases = {case.id for case in problem.cases if price(row.format(case.id)) * 2 >= least * case.size}
    people = {
        expert.id
        for expert in problem.experts
        if kind in ("", expert.kind) and -price(f"load|{expert.id}") * 2 >= least
    }
    return cases, people


def _components(problem: AssignmentProblem, cases: set[str], people: set[str]) -> Iterable[tuple[set[str], set[str]]]:
    """Applications held together by experts without time; those nobody holds together are left to their area."""
    reads = {
        person: {name for name in cases if problem.eligible(problem.case_by_id[name], problem.expert_by_id[person])}
        for person in sorted(people)
    }
    open_people = [person for person in reads if reads[person]]
    while open_people:
        group, names = {open_people[0]}, set(reads[open_people[0]])
        while more := {person for person in open_people if person not in group and reads[person] & names}:
            group |= more
            names = names.union(*(reads[person] for person in more))
        yield names, group
        open_people = [person for person in open_people if person not in group]


def _areas(problem: AssignmentProblem, names: set[str]) -> Iterable[set[str]]:
    areas: dict[tuple[str, str], set[str]] = {}
    for name in sorted(names):
        case = problem.case_by_id[name]
        areas.setdefault((case.category, case.field), set()).add(name)
    return areas.values()


def _lack(
    problem: AssignmentProblem,
    kind: str,
    cases: set[str],
    people: set[str],
    short: Mapping[str, int],
    members: Mapping[str, tuple[str, ...]],
) -> Lack:
    need, eligible = _needs(problem)[kind], _eligible(problem, cases, kind)
    areas: dict[tuple[str, str], tuple[int, int]] = {}
    for name in sorted(cases):
        case = problem.case_by_id[name]
        count, missing = areas.get((case.category, case.field), (0, 0))
        areas[case.category, case.field] = (count + case.size, missing + short.get(name, 0) * case.size)
    missing = sum(number for _, number in areas.values())
    # One expert takes one seat of an application, and no more applications than a load has.
    load = max((problem.upper[expert.id] for expert in problem.experts), default=1)
    most = max(short.get(name, 0) for name in cases)
    return Lack(
        kind=kind,
        areas=tuple((*area, *numbers) for area, numbers in sorted(areas.items())),
        missing=missing,
        needed=need * sum(count for count, _ in areas.values()),
        eligible=len(eligible),
        exhausted=len(people),
        capacity=sum(problem.upper[person] for person in people),
        experts=max(most, -(-missing // max(1, load))),
        applications=tuple(a for name in sorted(cases) for a in members.get(name, (name,))),
    )
