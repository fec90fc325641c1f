"""How the assignment in force stands: counted by hand on small rounds, and read from a registry with its proof."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from ndb_desktop import texts
from ndb_desktop.services.assign import AssignOptions, assign, reassign
from ndb_desktop.services.assignment_desk import check_swap, reserve_list, why
from ndb_desktop.services.assignment_seats import Seating
from ndb_desktop.services.assignment_standing import fairness, loads, standing
from tests.support.assigning import case, expert, problem
from tests.support.office import make_office


def test_loads_and_sums_are_those_of_the_pairs() -> None:
    people = [
        expert("E1", fields={"F1": 900}, max_load=1),
        expert("E2", fields={"F1": 100}),
        expert("E3", fields={"F1": 500}, max_load=0),
        expert("E4", kind="finance"),
    ]
    small = problem([case("A"), case("B"), case("C")], people, seats=2, min_load=1, composition={})
    seating = Seating(small, frozenset({("A", "E1"), ("A", "E2"), ("B", "E2"), ("B", "E3"), ("C", "E2")}))
    rows = loads(seating)
    assert [(row.expert, row.load, row.state) for row in rows] == [
        ("E1", 1, "full"), ("E2", 3, ""), ("E3", 1, "over"), ("E4", 0, "low"),
    ]  # fmt: skip
    found = fairness(seating, rows)
    assert (found.least_load, found.most_load, found.mean_load, found.below) == (0, 3, Fraction(5, 4), 1)
    assert (found.poorest, found.middle, found.richest, found.full) == (600, 600, 1000, 2), "C has an empty seat"


def test_nothing_is_there_yet(tmp_path: Path) -> None:
    office = make_office(tmp_path / "office", applications=0, experts=0, assigned=False)
    now = standing(office)
    assert (now.proof, now.shortages, now.empty_seats, now.fairness.full) == (None, (), 0, 0)
    office.close()


def test_what_is_in_force_is_read_once_for_many_questions(tmp_path: Path) -> None:
    office = make_office(tmp_path / "office", applications=2, experts=7, assigned=False)
    assign(office, AssignOptions(seats=5, avoid_province=False, per_province=0, composition={}))
    now = standing(office)
    assert now.proof is not None
    assert (now.proof.kind, now.proof.record, now.empty_seats) == ("assign", b"", 0)
    assert sum(row.load for row in now.loads) == len(office.assignments()) == 10
    seated = next(pair.expert for pair in office.assignments() if pair.application == "A-001")
    assert why(office, "A-001", seated, now.look) == why(office, "A-001", seated)
    (first, *_), again = reserve_list(office, "A-001"), reserve_list(office, "A-001", now.look)
    assert first == again[0]
    found = check_swap(office, "A-001", seated, first.expert, now.look)
    assert found == check_swap(office, "A-001", seated, first.expert)
    assert not any(one.hard for one in found)
    office.close()


def test_what_a_filling_left_alone_is_not_explained_by_its_prices(tmp_path: Path) -> None:
    """A bound from prices that hold the pair fast said more than the swap itself costs."""
    office = make_office(tmp_path / "office", applications=2, experts=7, assigned=False)
    options = AssignOptions(seats=5, avoid_province=False, per_province=0, composition={})
    assign(office, options)
    drawn = office.assignments()[0]
    assert not why(office, drawn.application, drawn.expert).kept
    reassign(office, options)
    found = why(office, drawn.application, drawn.expert)
    assert (found.kept, found.caps, found.drawn, found.needed) == (True, (), False, 0)
    assert found.alternative is not None
    assert found.alternative.at_least == 0
    assert texts.text("assignment.why.kept", "en") in found.lines("en")
    assert not any("however" in line for line in found.lines("en"))
    office.close()
