"""The fair floor: the worst panel is lifted, no seat is lost, and nothing promises more than can be."""

from __future__ import annotations

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from ndb_desktop.services.assign import solve
from ndb_desktop.services.assignment_floor import affinity_sums
from ndb_desktop.services.assignment_proof import rule_breaks, verify_certificate
from tests.support.assigning import FREE, case, expert, instance, pairs_of, problem


def test_a_floor_moves_good_experts_to_whoever_fares_worst() -> None:
    people = [expert(f"S{n}", fields={"F1": 1000, "F2": 850}, max_load=1) for n in range(2)]
    people += [expert(f"E{n}", fields={"F1": 600, "F2": 400}, max_load=1) for n in range(2)]
    cases = [case("A"), case("B", "F2")]
    plain = solve(problem(cases, people, seats=2, **FREE))
    fair = solve(problem(cases, people, seats=2, fair_floor=True, **FREE))
    sums = affinity_sums(fair.stages[0].problem, fair.stages[0].pairs)
    best = max(min(sums_of(cases, people, chosen)) for chosen in itertools.combinations([p.id for p in people], 2))
    assert fair.floor is not None
    assert fair.missing_seats == plain.missing_seats == 0
    assert fair.floor.before < fair.floor.reached <= min(sums.values()) <= best <= fair.floor.limit
    assert best - min(sums.values()) <= 9


def sums_of(cases: list, people: list, first: tuple[str, ...]) -> list[int]:  # type: ignore[type-arg]
    """Affinity sums when `first` read the first application and the others the second."""
    return [
        sum(p.fields[cases[0].field] for p in people if p.id in first),
        sum(p.fields[cases[1].field] for p in people if p.id not in first),
    ]


@settings(deadline=None, max_examples=12)
@given(st.integers(0, 10_000))
def test_a_floor_loses_no_seat_and_its_certificate_holds(seed: int) -> None:
    plain, fair = solve(instance(seed)), solve(instance(seed, fair_floor=True))
    assert fair.floor is not None
    assert fair.missing_seats <= plain.missing_seats
    assert fair.floor.before <= fair.floor.reached <= fair.floor.limit
    stage = fair.stages[0]
    assert not rule_breaks(stage.problem, stage.pairs)
    proof = verify_certificate(stage.problem, stage.pairs, stage.certificate)
    assert proof.lawful
    assert proof.bound <= proof.cost
    sums = affinity_sums(stage.problem, stage.pairs)
    assert all(sums[name] >= fair.floor.reached for name in stage.problem.floor_cases)
    assert solve(instance(seed, fair_floor=True)).digest == fair.digest


def test_applications_without_enough_experts_do_not_drag_the_floor_down() -> None:
    people = [expert("E1", fields={"F1": 900}), expert("E2", fields={"F1": 700})]
    report = solve(problem([case("A"), case("B", "F9")], people, seats=2, fair_floor=True, **FREE))
    assert report.floor is not None
    assert report.floor.reached == 1600
    assert report.missing_seats == 2
    alone = solve(problem([case("B", "F9")], people, seats=2, fair_floor=True, **FREE))
    assert alone.floor is not None
    assert alone.floor.reached == 0
    assert pairs_of(alone) == set()
