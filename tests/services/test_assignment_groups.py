"""Panels: groups of similar applications with one panel each, free of conflicts or with single recusals."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from ndb_desktop.services.assign import AssignOptions, solve
from ndb_desktop.services.assignment_groups import group_problem, make_groups, spread
from ndb_desktop.services.assignment_model import RECUSAL_PENALTY, Case
from ndb_desktop.services.assignment_proof import rule_breaks, total_cost, verify_certificate
from tests.support.assigning import FREE, case, expert, instance, pairs_of, problem
from tests.support.travel import refusal


def test_groups_are_even_of_one_area_and_keep_provinces_together() -> None:
    cases = [case(f"A{n:02d}", province=("11", "31", "44")[n % 3]) for n in range(25)]
    cases += [Case("B1", "enterprise", "F1", "11"), case("C1", "F2")]
    groups = make_groups(problem(cases, [expert("E")]))
    assert sorted(map(len, groups.values())) == [1, 1, 8, 8, 9]
    assert sorted(a for members in groups.values() for a in members) == sorted(c.id for c in cases)
    known = {c.id: c for c in cases}
    for members in groups.values():
        assert len({(known[a].category, known[a].field) for a in members}) == 1
        assert len({known[a].province for a in members}) <= 2


def test_a_panel_is_free_of_conflicts_with_its_whole_group() -> None:
    cases = [case("A1", province="31"), case("A2", province="31"), case("A3", province="31")]
    people = [expert("E1", fields={"F1": 1000}), *(expert(f"E{n}") for n in (2, 3, 4))]
    report = solve(problem(cases, people, {("A2", "E1")}, seats=2, mode="panel", **FREE))
    panels = {a: {e for b, e in pairs_of(report) if b == a} for a in ("A1", "A2", "A3")}
    assert panels["A1"] == panels["A2"] == panels["A3"]
    assert "E1" not in panels["A1"]
    assert [stage.name for stage in report.stages] == ["panel"]
    assert report.missing_seats == 0


def test_a_member_who_must_recuse_is_replaced_on_that_application_alone() -> None:
    cases = [case("A1"), case("A2"), case("A3"), case("A4")]
    people = [expert("E1", fields={"F1": 1000}), expert("E2", fields={"F1": 1000}), expert("E3", fields={"F1": 1})]
    small = problem(cases, people, {("A2", "E1"), ("A1", "E3")}, seats=2, mode="panel_recuse", **FREE)
    report = solve(small)
    assert pairs_of(report) >= {("A2", "E2")}
    assert ("A2", "E1") not in pairs_of(report)
    assert ("A2", "E3") in pairs_of(report)
    assert {e for a, e in pairs_of(report) if a == "A3"} == {"E1", "E2"}
    assert [stage.name for stage in report.stages] == ["panel", "reserve"]
    assert report.missing_seats == 0


def test_a_recusal_costs_and_lightens_the_load() -> None:
    cases = [case("A1"), case("A2"), case("A3")]
    small = problem(cases, [expert("E1", max_load=2)], {("A2", "E1")}, seats=1, mode="panel_recuse", **FREE)
    groups = make_groups(small)
    grouped = group_problem(small, groups)
    pair = ("#0001", "E1")
    assert grouped.weight(pair) == 2
    assert grouped.cost(grouped.case_by_id["#0001"], small.experts[0]) == 2 * 500 + RECUSAL_PENALTY
    assert spread(small, groups, [pair]) == (("A1", "E1"), ("A3", "E1"))
    # Three would be too many for this expert, two are not.
    assert pairs_of(solve(small)) == {("A1", "E1"), ("A3", "E1")}
    assert solve(replace(small, options=replace(small.options, mode="panel"))).missing_seats == 3


@settings(deadline=None, max_examples=12)
@given(st.integers(0, 10_000), st.sampled_from(["panel", "panel_recuse"]), st.integers(1, 4))
def test_no_hard_rule_is_broken_and_the_certificates_hold(seed: int, mode: str, size: int) -> None:
    small = instance(seed, cases=8, mode=mode, group=size)
    report = solve(small)
    assert not rule_breaks(small, pairs_of(report))
    for stage in report.stages:
        proof = verify_certificate(stage.problem, stage.pairs, stage.certificate)
        assert proof.lawful
        assert proof.bound <= proof.cost == stage.cost == total_cost(stage.problem, stage.pairs)
    again = solve(small)
    assert again.digest == report.digest
    if mode == "panel":
        for members in report.groups.values():
            assert len({frozenset(e for a, e in pairs_of(report) if a == member) for member in members}) == 1


def test_modes_and_floor_enter_the_seed_only_where_chosen() -> None:
    base = problem([case("A")], [expert("E")])
    others = [replace(base, options=replace(base.options, **change)) for change in (
        {"mode": "panel"}, {"mode": "panel_recuse"}, {"fair_floor": True}, {"group": 5},
    )]  # fmt: skip
    assert len({base.seed, *(other.seed for other in others)}) == 5
    assert base.inputs_digest == replace(base, options=AssignOptions(words="x")).inputs_digest


def test_refusals() -> None:
    assert refusal(lambda: solve(problem([case("A")], [expert("E")], group=0, mode="panel"))) == "E-ASSIGN-GROUP"
    unfair = problem([case("A")], [expert("E")], mode="panel_recuse", fair_floor=True)
    assert refusal(lambda: solve(unfair)) == "E-ASSIGN-FLOOR"
