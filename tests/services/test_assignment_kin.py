"""Relatives never judge one application together: the best such assignment, proven, kept, verified, and by hand."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace
from pathlib import Path

import pytest

from ndb_desktop.domain.batch import Assignment
from ndb_desktop.domain.conflict_detect import ListRow
from ndb_desktop.services.assign import AssignOptions, assign, reassign, refill, solve
from ndb_desktop.services.assignment_desk import check_swap, swap
from ndb_desktop.services.assignment_model import AssignmentProblem, Mode
from ndb_desktop.services.assignment_proof import rule_breaks, total_cost, verify_certificate
from ndb_desktop.services.assignment_record import proof_row, read_record
from ndb_desktop.services.assignment_seats import Seating, reserves
from ndb_desktop.services.assignment_verify import verify_assignment
from ndb_desktop.services.conflicts import detect, list_kin
from ndb_desktop.services.office import Office
from tests.support.assigning import FREE, case, expert, instance, pairs_of, problem
from tests.support.office import make_office
from tests.support.travel import refusal


def related(small: AssignmentProblem, *pairs: tuple[str, str]) -> AssignmentProblem:
    return replace(small, kin=frozenset(pairs))


def together(office: Office) -> set[tuple[str, str]]:
    panels: dict[str, set[str]] = {}
    for pair in office.assignments():
        panels.setdefault(pair.application, set()).add(pair.expert)
    return {(name, kin.one) for name, panel in panels.items() for kin in list_kin(office) if set(kin.pair) <= panel}


def test_best_by_exhaustive_search() -> None:
    """Every assignment of a tiny round with relatives is tried; none that keeps them apart is cheaper."""
    tried = bound_by_kin = 0
    for seed in range(40):
        rng = random.Random(seed)
        free = instance(seed, cases=3, experts=5, seats=2, per_province=1, min_load=1)
        names = sorted(free.expert_by_id)
        small = related(free, *{tuple(sorted(rng.sample(names, 2))) for _ in range(3)})  # type: ignore[arg-type]
        choices = list(small.pairs)
        if len(choices) > 12:
            continue
        tried += 1
        report = solve(small)
        lawful = (
            chosen
            for size in range(len(choices) + 1)
            for chosen in itertools.combinations(choices, size)
            if not any(
                len({case for case, name in chosen if name == one} & {case for case, name in chosen if name == other})
                for one, other in small.kin
            )
            and not rule_breaks(free, chosen)
        )
        best = min(total_cost(small, chosen) for chosen in lawful)
        assert best == report.cost == total_cost(small, pairs_of(report))
        assert not rule_breaks(small, pairs_of(report))
        bound_by_kin += bool(rule_breaks(small, pairs_of(solve(free))))
    assert tried >= 12
    assert bound_by_kin >= 2, "the rule decided nowhere, so nothing was tested"


@pytest.mark.parametrize("mode", ["pair", "panel", "panel_recuse"])
def test_relatives_part_in_every_mode_and_their_certificate_holds(mode: Mode) -> None:
    people = [expert(f"E{n}", fields={"F1": 1000 - 100 * n}) for n in range(5)]
    small = related(problem([case("A"), case("B")], people, seats=2, mode=mode, **FREE), ("E0", "E1"))
    report = solve(small)
    assert pairs_of(report) == {("A", "E0"), ("A", "E2"), ("B", "E0"), ("B", "E2")}
    assert report.guarantee == "proved"
    for stage in report.stages:
        assert verify_certificate(stage.problem, stage.pairs, stage.certificate).optimal


def test_a_broken_rule_is_found_without_the_model() -> None:
    small = related(problem([case("A")], [expert("E0"), expert("E1")], seats=2, **FREE), ("E0", "E1"))
    assert rule_breaks(small, [("A", "E0"), ("A", "E1")]) == ("kin|A|E0|E1",)
    kept = replace(small, kept=frozenset({("A", "E0"), ("A", "E1")}))
    assert not rule_breaks(kept, kept.kept), "what must stay is not broken by staying"
    assert pairs_of(refill(small, [("A", "E0"), ("A", "E1")])) == set(kept.kept)


def test_the_digest_tells_of_relatives_and_stays_without_them() -> None:
    free = problem([case("A")], [expert("E0"), expert("E1")], seats=2, **FREE)
    assert related(free).inputs_digest == free.inputs_digest != related(free, ("E0", "E1")).inputs_digest


def test_the_record_keeps_relatives() -> None:
    small = related(problem([case("A")], [expert("E0"), expert("E1")], seats=2, **FREE), ("E0", "E1"))
    report = solve(small)
    row = proof_row("assign", small, report.stages, report.groups, pairs_of(report), report.guarantee)
    assert read_record(row).problem.kin == small.kin
    assert read_record(row).problem.inputs_digest == small.inputs_digest


def test_no_reserve_is_called_beside_a_relative() -> None:
    people = [expert(f"E{n}") for n in range(4)]
    small = related(problem([case("A")], people, seats=2, **FREE), ("E0", "E2"))
    found = {one.expert: one.instead_of for one in reserves(Seating(small, frozenset({("A", "E0"), ("A", "E1")})), "A")}
    assert found == {"E2": ("E0",), "E3": ("E0", "E1")}


def test_a_round_with_a_list_of_spouses(tmp_path: Path) -> None:
    """Drawn, verified; then a list comes, is told of at once, and filling seats anew parts the two."""
    office = make_office(tmp_path / "office", applications=2, experts=7, assigned=False)
    options = AssignOptions(seats=5, avoid_province=False, per_province=0, composition={})
    assign(office, options)
    assert verify_assignment(office).ok
    seated = sorted(pair.expert for pair in office.assignments() if pair.application == "A-001")
    one, other = seated[:2]
    office.registry.replace_list("spouses", [ListRow("spouses", one, "x", "", other)])
    report = detect(office)
    assert ("A-001", one, other) in report.together
    assert [kin.pair for kin in report.kin] == [(one, other)]
    assert "E-PROOF-CONFLICT" in {fault.code for fault in verify_assignment(office).faults}

    before = set(office.assignments())
    refilled = reassign(office, options)
    assert not together(office)
    gone = before - set(office.assignments())
    both = {pair.application for pair in before if pair.expert == one} & {
        pair.application for pair in before if pair.expert == other
    }
    assert gone == {Assignment(other, name) for name in both}, "nothing else moved"
    assert refilled.removed == len(gone) == refilled.added
    assert verify_assignment(office).ok

    third = next(p.expert for p in office.assignments() if p.application == "A-001" and p.expert != one)
    assert "E-SWAP-KIN" in {found.key for found in check_swap(office, "A-001", third, other) if found.hard}
    assert refusal(lambda: swap(office, "A-001", third, other, "试")) == "E-SWAP-KIN"
    office.close()


@pytest.mark.parametrize("seed", range(8))
def test_pairs_and_prices_made_as_one_are_those_asked_one_by_one(seed: int) -> None:
    small = instance(seed, cases=5, experts=8, avoid_province=seed % 2 == 0, min_affinity=300)
    stays = {(one.id, other.id) for one in small.cases[:1] for other in small.experts[:2]}
    small = replace(small, kept=frozenset(stays))
    assert set(small.pairs) == stays | {
        (one.id, other.id) for one in small.cases for other in small.experts if small.eligible(one, other)
    }
    assert small.prices() == [small.price(pair) for pair in small.pairs]
    away = replace(small, recusals=dict.fromkeys(small.pairs[:3], 1))
    assert away.prices() == [away.price(pair) for pair in away.pairs] != small.prices()
