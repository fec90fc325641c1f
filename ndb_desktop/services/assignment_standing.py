"""分派现状: how the assignment in force stands today: loads, fairness, what is missing where, and its latest proof."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

from ndb_desktop.domain.batch import ExpertKind
from ndb_desktop.services.assignment_desk import Look, look
from ndb_desktop.services.assignment_floor import affinity_sums
from ndb_desktop.services.assignment_seats import Seating
from ndb_desktop.services.assignment_shortage import Shortage, shortages

if TYPE_CHECKING:
    from ndb_desktop.services.office import Office
    from ndb_desktop.storage.registry_assignment import ProofRow


@dataclass(frozen=True, slots=True)
class Load:
    """工作量 of an expert in applications: what there is, the soft least number, the most."""

    expert: str
    kind: ExpertKind
    load: int
    least: int
    most: int

    @property
    def state(self) -> str:
        """`low` below the least, `full` at the most, `over` above it, else empty."""
        if self.load > self.most:
            return "over"
        if self.load < self.least:
            return "low"
        return "full" if self.load == self.most else ""


@dataclass(frozen=True, slots=True)
class Fairness:
    """公平情况: loads of the experts, and sums of affinity (契合度) of the panels, which are only told of full ones."""

    least_load: int
    most_load: int
    mean_load: Fraction
    below: int
    poorest: int
    middle: int
    richest: int
    full: int


@dataclass(frozen=True)
class Standing:
    """Everything about the assignment in force at one moment. `proof` comes without its record."""

    look: Look
    loads: tuple[Load, ...]
    fairness: Fairness
    shortages: tuple[Shortage, ...]
    proof: ProofRow | None

    @property
    def empty_seats(self) -> int:
        """Seats nobody has."""
        return sum(shortage.missing for shortage in self.shortages if not shortage.kind)


def standing(office: Office) -> Standing:
    """How the assignment in force stands under today's lists.

    Raises:
        NdbError: `E-PROOF-RECORD`.
    """
    known = look(office)
    seating = known.seating
    row = office.registry.proof()
    rows = loads(seating)
    missing = shortages(seating.problem, seating.pairs) if seating.pairs else ()
    return Standing(known, rows, fairness(seating, rows), missing, None if row is None else replace(row, record=b""))


def loads(seating: Seating) -> tuple[Load, ...]:
    """The load of every expert, by id."""
    problem = seating.problem
    return tuple(
        Load(name, person.kind, seating.loads[name], problem.lower[name], problem.upper[name])
        for name, person in sorted(problem.expert_by_id.items())
    )


def fairness(seating: Seating, rows: tuple[Load, ...]) -> Fairness:
    """How evenly work and fitting experts are spread. The middle of an even number is the lower of the two."""
    counts = [row.load for row in rows]
    problem = seating.problem
    sums = affinity_sums(problem, tuple(seating.pairs))
    full = sorted(sums[name] for name, panel in seating.panels.items() if len(panel) >= problem.options.seats)
    return Fairness(
        least_load=min(counts, default=0),
        most_load=max(counts, default=0),
        mean_load=Fraction(sum(counts), max(1, len(counts))),
        below=sum(row.state == "low" for row in rows),
        poorest=full[0] if full else 0,
        middle=full[(len(full) - 1) // 2] if full else 0,
        richest=full[-1] if full else 0,
        full=len(full),
    )
