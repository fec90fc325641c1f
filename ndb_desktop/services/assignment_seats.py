"""席位: what one pair costs, why it was chosen, who could be called instead (panel C.4).

Everything is exact: differences come from the pairs themselves, what no assignment can undercut from the prices.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from ndb_desktop import texts
from ndb_desktop.domain.batch import ExpertKind
from ndb_desktop.domain.codes import province_of
from ndb_desktop.domain.numbers import brief
from ndb_desktop.services.assignment_model import (
    KIND_PENALTY,
    LOAD_PENALTY,
    SCALE,
    SEAT_PENALTY,
    AssignmentProblem,
    Pair,
    employer_key,
)
from ndb_desktop.services.assignment_proof import Certificate, reduced_costs


@dataclass(frozen=True)
class Seating:
    """A problem with the pairs in force, counted once for many questions."""

    problem: AssignmentProblem
    pairs: frozenset[Pair]

    @cached_property
    def loads(self) -> Mapping[str, int]:
        """Applications per expert."""
        found = dict.fromkeys(self.problem.expert_by_id, 0)
        for pair in self.pairs:
            found[pair[1]] = found.get(pair[1], 0) + self.problem.weight(pair)
        return found

    @cached_property
    def panels(self) -> Mapping[str, frozenset[str]]:
        """Experts per application."""
        found: dict[str, set[str]] = {name: set() for name in self.problem.case_by_id}
        for application, expert in self.pairs:
            found[application].add(expert)
        return {name: frozenset(people) for name, people in found.items()}

    def kinds(self, application: str, *, without: str = "") -> Mapping[ExpertKind, int]:
        """How many of each kind sit on a panel."""
        found: dict[ExpertKind, int] = {}
        for name in self.panels[application] - {without}:
            kind = self.problem.expert_by_id[name].kind
            found[kind] = found.get(kind, 0) + 1
        return found

    def difference(self, application: str, out: str, in_: str) -> int:
        """What the whole costs more if `in_` sits for `out`, in the model's scale; "" = an empty seat."""
        problem, case = self.problem, self.problem.case_by_id[application]
        before, after = self.panels[application], (self.panels[application] - {out}) | ({in_} if in_ else set())
        change = -problem.price((application, out)) if out else 0
        change += problem.price((application, in_)) if in_ else 0
        points = SEAT_PENALTY * case.size * (_gap(problem.options.seats, after) - _gap(problem.options.seats, before))
        for kind, least in problem.composition.items():
            had = sum(problem.expert_by_id[name].kind == kind for name in before)
            has = sum(problem.expert_by_id[name].kind == kind for name in after)
            points += KIND_PENALTY * case.size * (max(0, least - has) - max(0, least - had))
        for name, sign in ((out, -1), (in_, 1)):
            if name:
                load, lower = self.loads[name], problem.lower[name]
                moved = load + sign * problem.weight((application, name))
                points += LOAD_PENALTY * (max(0, lower - moved) - max(0, lower - load))
        return change + SCALE * points

    def points(self, application: str, out: str, in_: str) -> int:
        """`difference` in points of affinity, without the bits that break ties."""
        noise = self.problem.noise((application, in_)) if in_ else 0
        noise -= self.problem.noise((application, out)) if out else 0
        return (self.difference(application, out, in_) - noise) // SCALE

    def blocks(self, application: str, expert: str, out: str = "") -> tuple[str, ...]:
        """The hard caps that keep an expert from a panel once `out` has left it: `member`, `employer`, `province`,
        `load`, `seats`, `kin`; eligibility is another matter."""
        problem, person = self.problem, self.problem.expert_by_id[expert]
        if expert in self.panels[application]:
            return ("member",)
        others = [problem.expert_by_id[name] for name in self.panels[application] - {out}]
        found: list[str] = []
        colleagues = sum(employer_key(person) == employer_key(other) for other in others)
        if problem.options.per_employer and employer_key(person) and colleagues >= problem.options.per_employer:
            found.append("employer")
        home = province_of(person.province)
        neighbours = sum(province_of(other.province) == home for other in others)
        if problem.options.per_province and home and neighbours >= problem.options.per_province:
            found.append("province")
        if self.loads[expert] + problem.weight((application, expert)) > problem.upper[expert]:
            found.append("load")
        if len(others) >= problem.options.seats:
            found.append("seats")
        if problem.relatives.get(expert, frozenset()) & (self.panels[application] - {out}):
            found.append("kin")
        return tuple(found)

    def candidates(self, application: str, out: str = "") -> list[str]:
        """Everybody who may sit on a panel once `out` has left it, by id."""
        problem, case = self.problem, self.problem.case_by_id[application]
        return [
            name
            for name in sorted(problem.expert_by_id)
            if name != out
            and problem.eligible(case, problem.expert_by_id[name])
            and not self.blocks(application, name, out)
        ]


def _gap(seats: int, panel: frozenset[str]) -> int:
    return max(0, seats - len(panel))


@dataclass(frozen=True, slots=True)
class Reserve:
    """候补: an expert who could be called, `place` in the drawn order counted from 1.

    `instead_of` are the members whose seat the expert can take, all of them or only those whose caps it would free.
    """

    place: int
    expert: str
    kind: ExpertKind
    affinity: int
    load: int
    most: int
    instead_of: tuple[str, ...]


def reserves(seating: Seating, application: str) -> tuple[Reserve, ...]:
    """The reserve list of an application in the order drawn by the seed: who comes first is called first.

    The order depends on seed, application and expert alone, so it stays when others drop out.
    """
    problem, case = seating.problem, seating.problem.case_by_id[application]
    members = sorted(seating.panels[application])
    empty = len(members) < problem.options.seats
    drawn = []
    for name, person in problem.expert_by_id.items():
        if name in members or not problem.eligible(case, person):
            continue
        instead = tuple(out for out in members if not seating.blocks(application, name, out))
        if instead or (empty and not seating.blocks(application, name)):
            drawn.append((_drawn(problem.seed, application, name), name, instead))
    return tuple(
        Reserve(
            place, name, problem.expert_by_id[name].kind, problem.affinity(case, problem.expert_by_id[name]),
            seating.loads[name], problem.upper[name], instead,
        )
        for place, (_, name, instead) in enumerate(sorted(drawn), 1)
    )  # fmt: skip


def _drawn(seed: str, application: str, expert: str) -> str:
    return hashlib.sha256(f"{seed}|reserve|{application}|{expert}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Alternative:
    """次优人选: `difference` in points of affinity if only these two change places, exact.

    `at_least`: no assignment at all with this expert on this application costs less than that more (from the prices).
    """

    expert: str
    affinity: int
    difference: Fraction
    at_least: Fraction


@dataclass(frozen=True, slots=True)
class Why:
    """为何是这位专家. `caps` are the limits that bind: `load`, `employer`, `province`, `kind`, `seats`, `floor`.

    `drawn`: another would have cost the same, so the random bits of the seed decided. `needed`: without this pair the
    whole costs at least so many points more. `kept`: the latest filling of seats left it alone, so its prices say
    nothing of the pair. `group` are the applications of the panel it was chosen for.
    """

    application: str
    expert: str
    affinity: int
    field: str
    kind: ExpertKind
    load: int
    most: int
    caps: tuple[str, ...]
    drawn: bool
    needed: Fraction
    alternative: Alternative | None
    candidates: int
    group: tuple[str, ...] = ()
    by_hand: str | None = None
    kept: bool = False

    def lines(self, language: str, field_names: Mapping[str, str] | None = None) -> tuple[str, ...]:
        """The answer as sentences."""

        def say(key: str, /, **params: object) -> str:
            return texts.text(key, language, **params)

        lines = [
            say(
                "assignment.why.pair", expert=self.expert, application=self.application, affinity=self.affinity,
                field=(field_names or {}).get(self.field, self.field), load=self.load, most=self.most,
                kind=say({"finance": "kind.finance", "policy": "kind.policy"}.get(self.kind, "kind.field")),
            )
        ]  # fmt: skip
        if self.by_hand is not None:
            lines.append(say("assignment.why.hand", reason=self.by_hand or "-"))
        if self.group:
            lines.append(say("assignment.why.group", count=len(self.group)))
        if self.kept:
            lines.append(say("assignment.why.kept"))
        lines += [say(_CAPS[cap]) for cap in self.caps]
        if self.drawn:
            lines.append(say("assignment.why.drawn"))
        if self.needed:
            lines.append(say("assignment.why.needed", points=brief(self.needed)))
        if self.alternative is None:
            lines.append(say("assignment.why.nobody"))
        else:
            other = self.alternative
            names = {"expert": other.expert, "affinity": other.affinity, "points": brief(other.difference)}
            if self.kept or self.by_hand is not None:
                lines.append(say("assignment.why.other", **names))
            else:
                lines.append(say("assignment.why.next", least=brief(other.at_least), **names))
        return tuple(lines)


_CAPS = {
    "load": "assignment.why.load",
    "employer": "assignment.why.employer",
    "province": "assignment.why.province",
    "kind": "assignment.why.kind",
    "floor": "assignment.why.floor",
    "seats": "assignment.why.seats",
}


def explain(seating: Seating, certificate: Certificate, application: str, expert: str) -> Why:
    """Why a pair of the drawn assignment is in it; with groups `application` is a group's id."""
    problem = seating.problem
    case, person = problem.case_by_id[application], problem.expert_by_id[expert]
    kept = (application, expert) in problem.kept
    # With the pair held fast, prices tell what else could be done around it, not what it is worth.
    reduced = {} if kept else reduced_costs(problem, certificate)
    ranked = sorted(
        (seating.difference(application, expert, name), name) for name in seating.candidates(application, expert)
    )
    alternative = None
    if ranked:
        name = ranked[0][1]
        alternative = Alternative(
            name, problem.affinity(case, problem.expert_by_id[name]),
            Fraction(seating.points(application, expert, name)),
            max(Fraction(0), reduced.get((application, name), Fraction(0))),
        )  # fmt: skip
    return Why(
        application=application,
        expert=expert,
        affinity=problem.affinity(case, person),
        field=case.field,
        kind=person.kind,
        load=seating.loads[expert],
        most=problem.upper[expert],
        caps=() if kept else _binding(problem, certificate, application, expert),
        drawn=not kept and alternative is not None and alternative.difference == 0,
        needed=max(Fraction(0), -reduced.get((application, expert), Fraction(0))),
        alternative=alternative,
        candidates=len(ranked),
        kept=kept,
    )


def _binding(problem: AssignmentProblem, certificate: Certificate, application: str, expert: str) -> tuple[str, ...]:
    """The limits around a pair that have a price of at least one point: without them something better were possible."""
    person = problem.expert_by_id[expert]
    keys = {
        "load": f"load|{expert}",
        "employer": f"employer|{application}|{employer_key(person)}",
        "province": f"province|{application}|{province_of(person.province)}",
        "kind": f"kind|{application}|{person.kind}",
        "floor": f"floor|{application}",
    }
    least = SCALE * certificate.denominator
    found = [label for label, key in keys.items() if label != "floor" and abs(certificate.prices.get(key, 0)) >= least]
    if certificate.prices.get(keys["floor"], 0):
        found.append("floor")
    if certificate.prices.get(f"seats|{application}", 0) * 2 >= SEAT_PENALTY * least:
        found.append("seats")
    return tuple(found)
