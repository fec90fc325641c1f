"""Assignment: never a barred pair, best possible with proof, repeatable, elastic, and refill that moves nothing."""

from __future__ import annotations

import itertools
import random
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ndb_desktop.domain.batch import Assignment, Batch, Conflict, Expert
from ndb_desktop.domain.conflict_detect import ListRow
from ndb_desktop.domain.rulepack import LocalText
from ndb_desktop.services import assign as service
from ndb_desktop.services import assignment_program, assignment_proof
from ndb_desktop.services.assign import (
    AssignOptions,
    AssignReport,
    assign,
    make_problem,
    reassign,
    refill,
    solve,
)
from ndb_desktop.services.assignment_model import SCALE, SEAT_PENALTY, composition_for
from ndb_desktop.services.assignment_proof import Certificate, rule_breaks, total_cost, verify_certificate
from ndb_desktop.services.assignment_solver import solve_model
from ndb_desktop.services.tasks import Cancelled, CancelToken
from tests.support.assigning import FREE, case, expert, instance, pairs_of, problem
from tests.support.office import make_office
from tests.support.panels import application
from tests.support.travel import refusal


def test_affinity_decides() -> None:
    people = [expert("E1", fields={"F1": 900}), expert("E2", fields={"F1": 100}), expert("E3", fields={"F1": 800})]
    report = solve(problem([case("A")], people, seats=2, **FREE))
    assert report.pairs == (Assignment("E1", "A"), Assignment("E3", "A"))
    assert report.guarantee == "proved"
    assert report.gap == 0


def test_best_by_exhaustive_search() -> None:
    """Every assignment of a tiny round is tried; none is cheaper."""
    tried = 0
    for seed in range(12):
        small = instance(seed, cases=3, experts=5, seats=2, per_province=1, min_load=1)
        report = solve(small)
        choices = list(small.pairs)
        if len(choices) > 13:
            continue
        tried += 1
        lawful = (
            chosen
            for size in range(len(choices) + 1)
            for chosen in itertools.combinations(choices, size)
            if not rule_breaks(small, chosen)
        )
        assert min(total_cost(small, chosen) for chosen in lawful) == report.cost == total_cost(small, pairs_of(report))
        assert report.bound <= report.cost
    assert tried >= 6


@settings(deadline=None, max_examples=25)
@given(
    st.integers(0, 10_000),
    st.integers(1, 7),
    st.integers(0, 3),
    st.integers(0, 3),
    st.booleans(),
    st.sampled_from([None, 0, 3]),
    st.sampled_from([None, {}, {"field": 3, "finance": 2}]),
)
def test_no_forbidden_pair_under_any_setting(
    seed: int, seats: int, employer: int, province: int, avoid: bool, load: int | None, kinds: dict[str, int] | None
) -> None:
    small = instance(
        seed, seats=seats, per_employer=employer, per_province=province, avoid_province=avoid, min_load=load,
        composition=kinds,
    )  # fmt: skip
    report = solve(small)
    chosen = pairs_of(report)
    people, files = small.expert_by_id, {c.id: c for c in small.cases}
    for name in files:
        panel = [people[e] for a, e in chosen if a == name]
        assert len(panel) <= seats
        for group, cap in (("employer", employer), ("province", province)):
            keys = [getattr(e, group) for e in panel if getattr(e, group)]
            assert not cap or all(keys.count(key) <= cap for key in keys)
        for member in panel:
            assert (name, member.id) not in small.barred
            assert files[name].category in member.categories
            assert member.kind != "field" or files[name].field in member.fields
            assert not avoid or member.province != files[name].province
    loads = [e for _, e in chosen]
    assert all(loads.count(e) <= people[e].max_load for e in people)
    proof = verify_certificate(small, chosen, report.certificate)
    assert proof.lawful
    assert proof.bound <= proof.cost == report.cost


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 10_000), st.lists(st.sampled_from([0, 1, 70, 5_000, 10**6]), min_size=3, max_size=3))
def test_no_penalty_buys_a_forbidden_pair(seed: int, penalties: list[int]) -> None:
    small = instance(seed, seats=5, per_province=1, per_employer=1)
    with pytest.MonkeyPatch.context() as patch:
        for name, penalty in zip(("SEAT_PENALTY", "KIND_PENALTY", "LOAD_PENALTY"), penalties, strict=True):
            patch.setattr(assignment_program, name, penalty)
            patch.setattr(assignment_proof, name, penalty)
        report = solve(small)
        assert not rule_breaks(small, pairs_of(report))
        assert all((a, e) not in small.barred for a, e in pairs_of(report))
        assert verify_certificate(small, pairs_of(report), report.certificate).lawful


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10_000))
def test_without_composition_the_model_is_a_network_and_the_proof_has_no_gap(seed: int) -> None:
    small = instance(seed, composition={}, seats=4, per_province=2)
    report = solve(small)
    assert report.guarantee == "proved"
    assert report.certificate.denominator == 1
    assert verify_certificate(small, pairs_of(report), report.certificate).optimal


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 10_000), st.randoms(use_true_random=False))
def test_order_of_the_input_does_not_matter(seed: int, rng: random.Random) -> None:
    small = instance(seed)
    cases, people = list(small.cases), list(small.experts)
    rng.shuffle(cases)
    rng.shuffle(people)
    mixed = replace(small, cases=tuple(cases), experts=tuple(people))
    assert mixed.seed == small.seed
    first, second = solve(small), solve(mixed)
    assert (first.pairs, first.cost, first.digest) == (second.pairs, second.cost, second.digest)


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 10_000))
def test_new_names_leave_the_cost(seed: int) -> None:
    """Affinities are in hundreds and seats are fewer: the random bits cannot reach the first decimal of the cost."""
    small = instance(seed)
    files = tuple(replace(c, id=f"x{c.id[::-1]}") for c in small.cases)
    people = tuple(replace(e, id=f"y{e.id[::-1]}") for e in small.experts)
    barred = frozenset((f"x{a[::-1]}", f"y{e[::-1]}") for a, e in small.barred)
    renamed = replace(small, cases=files, experts=people, barred=barred)
    assert solve(renamed).cost // (SCALE * 100) == solve(small).cost // (SCALE * 100)


def test_other_words_draw_other_ties_at_the_same_cost() -> None:
    people = [expert(f"E{n}") for n in range(8)]
    drawn = {solve(problem([case("A")], people, seats=3, words=words, **FREE)).pairs for words in "abcdef"}
    assert len(drawn) > 1
    assert len({solve(problem([case("A")], people, seats=3, words="a", **FREE)).pairs for _ in range(3)}) == 1


def test_the_seed_binds_batch_inputs_and_words() -> None:
    base = problem([case("A")], [expert("E")], words="x")
    others = [
        replace(base, batch="C"),
        replace(base, options=replace(base.options, words="y")),
        replace(base, options=replace(base.options, seats=5)),
        replace(base, barred=frozenset({("A", "E")})),
        replace(base, experts=(expert("E", fields={"F1": 501}),)),
        replace(base, cases=(case("A", "F2"),)),
    ]
    assert len({base.seed, *(other.seed for other in others)}) == 7


def test_a_wrong_or_foreign_certificate_proves_nothing() -> None:
    small = instance(3, composition={})
    report = solve(small)
    chosen = pairs_of(report)
    assert not verify_certificate(small, chosen, Certificate(1, {})).optimal
    assert not verify_certificate(small, set(list(chosen)[1:]), report.certificate).optimal
    prices = dict(report.certificate.prices)
    key = next(iter(prices))
    for change in (-1, 1, SCALE, -(10**15)):
        proof = verify_certificate(small, chosen, Certificate(1, {**prices, key: prices[key] + change}))
        assert proof.bound <= proof.cost
    barred = next((c.id, e.id) for c in small.cases for e in small.experts if not small.eligible(c, e))
    assert not verify_certificate(small, {*chosen, barred}, report.certificate).lawful
    with pytest.raises(ValueError):
        verify_certificate(small, chosen, Certificate(0, {}))


def test_a_shortage_says_where_and_how_many() -> None:
    cases = [case("A1"), case("A2"), case("B1", "F2")]
    people = [expert("E1", max_load=1), expert("E2"), expert("E3", fields={"F2": 10})]
    report = solve(problem(cases, people, seats=3, min_load=0, composition={}, per_province=0))
    first, second = report.shortages
    assert (first.field, first.missing, first.needed, first.eligible, first.capacity) == ("F1", 3, 6, 2, 10)
    assert set(first.applications) == {"A1", "A2"}
    assert (second.field, second.missing, second.eligible) == ("F2", 2, 1)
    assert report.missing_seats == 5
    assert report.cost >= 5 * SEAT_PENALTY * SCALE


def test_missing_kinds_are_reported_but_do_not_leave_seats_empty() -> None:
    people = [expert(f"E{n}") for n in range(7)]
    report = solve(problem([case("A")], people, seats=7, per_province=0))
    assert report.missing_seats == 0
    assert {(s.kind, s.missing) for s in report.shortages} == {("finance", 1), ("policy", 1)}
    people[0] = expert("E0", kind="finance", fields={})
    people += [expert("E7", kind="policy", fields={})]
    better = solve(problem([case("A")], people, seats=7, per_province=0))
    assert better.shortages == ()
    assert {"E0", "E7"} <= {pair.expert for pair in better.pairs}


def test_composition_scales_with_the_panel() -> None:
    assert composition_for(7) == {"field": 4, "finance": 1, "policy": 1}
    assert composition_for(5) == {"field": 3, "finance": 1, "policy": 1}
    for seats in range(1, 40):
        assert sum(composition_for(seats).values()) <= seats


def test_lower_loads_are_soft_and_spread_the_work() -> None:
    people = [expert("E1", fields={"F1": 1000}), expert("E2", fields={"F1": 1})]
    cases = [case("A1"), case("A2")]
    greedy = solve(problem(cases, people, seats=1, **FREE))
    assert greedy.loads == {"E1": 2, "E2": 0}
    even = solve(problem(cases, people, seats=1, **(FREE | {"min_load": 1})))
    assert even.loads == {"E1": 1, "E2": 1}
    barred = solve(problem(cases, people, {("A1", "E2"), ("A2", "E2")}, seats=1, **(FREE | {"min_load": 1})))
    assert barred.underloaded == {"E2": 1}
    assert barred.missing_seats == 0


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 10_000))
def test_refill_moves_nothing_else(seed: int) -> None:
    small = instance(seed)
    before = pairs_of(solve(small))
    gone = set(sorted(before)[::4])
    after_recusal = replace(small, barred=small.barred | gone)
    report = refill(after_recusal, before - gone)
    assert before - gone <= pairs_of(report)
    assert not gone & pairs_of(report)
    assert not rule_breaks(replace(after_recusal, kept=frozenset(before - gone)), pairs_of(report))


def test_pairs_to_keep_survive_tighter_caps_but_not_a_conflict() -> None:
    people = [expert("E1", employer="U", max_load=1), expert("E2", employer="U"), expert("E3")]
    small = problem([case("A"), case("B")], people, seats=2, **(FREE | {"per_employer": 1}))
    report = refill(small, [("A", "E1"), ("A", "E2"), ("B", "E1")])
    assert pairs_of(report) >= {("A", "E1"), ("A", "E2"), ("B", "E1")}
    assert ("B", "E3") in pairs_of(report)
    assert ("A", "E3") not in pairs_of(report)
    barred = replace(small, barred=frozenset({("A", "E1")}))
    assert refusal(lambda: refill(barred, [("A", "E1")])) == "E-ASSIGN-KEPT"
    assert refusal(lambda: refill(small, [("A", "gone")])) == "E-ASSIGN-KEPT"


def test_large_rounds_keep_only_the_best_candidates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ndb_desktop.services.assignment_model.PRUNE_FROM", 3)
    people = [expert(f"E{n}", fields={"F1": 100 * n + 1}) for n in range(10)]
    small = problem([case(f"A{n}") for n in range(3)], people, seats=2, candidates=4, **FREE)
    assert len(small.pairs) == 12
    report = solve(small)
    assert report.guarantee == "proved_candidates"
    assert {pair.expert for pair in report.pairs} == {"E9", "E8"}


def test_refusals() -> None:
    assert refusal(lambda: solve(problem([], [expert("E")]))) == "E-ASSIGN-EMPTY"
    assert refusal(lambda: solve(problem([case("A")], []))) == "E-ASSIGN-EMPTY"
    assert refusal(lambda: solve(problem([case("A")], [expert("E")], seats=0))) == "E-ASSIGN-SEATS"
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        solve(problem([case("A")], [expert("E")]), cancel=token)


def test_a_missing_solver_is_said_plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "highspy", None)
    assert refusal(lambda: solve(problem([case("A")], [expert("E")]))) == "E-ASSIGN-SOLVER"


def test_both_strengths_of_conflict_bar_a_pair_and_so_does_what_we_see_ourselves() -> None:
    apps = [application("A", region="110000"), application("B", region="440300", credit_code="914403001922038216")]
    people = [expert("E1"), expert("E2", employer_code="914403001922038216", province="110000")]
    conflicts = [Conflict("E1", "A", "C5", "check", "declared"), Conflict("E1", "B", "C1", "recuse", "declared")]
    found = make_problem(apps, people, conflicts, AssignOptions(avoid_province=True))
    assert found.barred == {("A", "E1"), ("B", "E1"), ("B", "E2")}
    assert found.pairs == ()
    assert [c.province for c in found.cases] == ["11", "44"]


def test_a_solver_at_work_hears_a_cancel() -> None:
    token, seen = CancelToken(), []

    def progress(done: int, _total: int, _what: str) -> None:
        seen.append(done)
        if done > 250:
            token.cancel()

    with pytest.raises(Cancelled):
        solve(instance(1, cases=12, experts=20), progress, token)
    assert max(seen) < 1000


def test_whoever_watches_may_stop_the_work_too() -> None:
    def stop(_share: float) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        solve_model(instance(1, cases=40, experts=60).model, time_limit=60, share=stop)
    assert not [thread for thread in threading.enumerate() if thread.name == "highs"]


class Desk:
    """What `assign` asks of an office: its lists, its log, one place to store."""

    def __init__(self, people: list[Expert], conflicts: list[Conflict]) -> None:
        self.batch = Batch("B1", LocalText("批次", "batch"), 2026, True, (), {}, panel_size=2)
        self.people, self.known, self.stored = people, conflicts, ()
        self.events: list[tuple[str, dict[str, Any]]] = []
        self.decided = self
        self.registry = self

    def signer(self) -> Desk:
        """Opened with the coordinator's own key."""
        return self

    def needs_supervisor(self, _kind: str) -> bool:
        return False

    def applications(self) -> tuple[Any, ...]:
        return tuple(application(f"A{n}", region="110000") for n in range(3))

    def experts(self) -> tuple[Expert, ...]:
        return tuple(self.people)

    def conflicts(self) -> tuple[Conflict, ...]:
        return tuple(self.known)

    def cleared_conflicts(self) -> frozenset[tuple[str, str, str]]:
        return frozenset()

    def conflict_lists(self) -> tuple[ListRow, ...]:
        return ()

    def assignments(self) -> tuple[Assignment, ...]:
        return tuple(self.stored)

    def issued(self) -> tuple[()]:
        return ()

    def log(self, action: str, subject: str, details: dict[str, Any]) -> None:
        self.events.append((action, details))

    def replace_assignments(self, rows: Any, note: dict[str, Any], proof: Any = None) -> None:
        self.stored = tuple(rows)
        self.events.append(("assign", note))


def test_assigning_logs_the_seed_first_then_stores_with_proof() -> None:
    desk = Desk([expert(f"E{n}") for n in range(4)], [])
    steps: list[int] = []
    report = assign(desk, AssignOptions(seats=2, words="天地玄黄"), lambda done, _all, _what: steps.append(done))  # type: ignore[arg-type]
    assert [name for name, _ in desk.events] == ["assign.seed", "assign"]
    assert desk.events[0][1]["seed"] == desk.events[1][1]["seed"] == report.seed
    assert desk.events[0][1]["words"] == "天地玄黄"
    assert desk.stored == report.pairs
    assert (len(report.pairs), report.added, report.removed) == (6, 6, 0)
    assert (steps[0], steps[-1]) == (0, 1000)
    assert steps == sorted(steps)
    assert {0, 50, 980, 1000} <= set(steps)


def test_reassigning_after_a_conflict_changes_one_pair_only() -> None:
    desk = Desk([expert(f"E{n}") for n in range(5)], [])
    before = set(assign(desk).pairs)  # type: ignore[arg-type]
    lost = min(before, key=lambda pair: (pair.application, pair.expert))
    desk.known.append(Conflict(lost.expert, lost.application, "C5", "recuse", "declared"))
    report = reassign(desk)  # type: ignore[arg-type]
    assert (report.added, report.removed) == (1, 1)
    assert before - set(report.pairs) == {lost}


def test_nothing_is_drawn_anew_once_bundles_are_out(tmp_path: Path) -> None:
    """What came back would stop counting for whoever is not drawn again; filling empty seats moves nobody."""
    office = make_office(tmp_path / "office", applications=1)
    try:
        before, entries = office.assignments(), len(office.log_rows())
        assert [bundle for bundle in office.issued() if not bundle.revoked_at]
        assert refusal(lambda: assign(office)) == "E-ASSIGN-ISSUED"
        assert office.assignments() == before
        assert len(office.log_rows()) == entries, "not even a seed is drawn"
        options = AssignOptions(seats=len(before), avoid_province=False, per_province=0, composition={})
        assert reassign(office, options).removed == 0
    finally:
        office.close()


def test_a_failed_solve_leaves_the_assignment_in_force(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk([expert(f"E{n}") for n in range(4)], [])
    assign(desk)  # type: ignore[arg-type]
    before = desk.stored
    token = CancelToken()
    real = service.solve

    def cancelled(*args: Any, **kwargs: Any) -> AssignReport:
        token.cancel()
        return real(*args, **kwargs)

    monkeypatch.setattr(service, "solve", cancelled)
    with pytest.raises(Cancelled):
        assign(desk, cancel=token)  # type: ignore[arg-type]
    assert desk.stored == before


def test_a_choice_of_candidates_does_not_run_into_the_few_best(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ndb_desktop.services.assignment_model.PRUNE_FROM", 10)
    stars = [expert(f"S{n}", fields={"F1": 1000}, max_load=3) for n in range(4)]
    others = [expert(f"E{n:02d}") for n in range(36)]
    task = problem([case(f"A{n:02d}") for n in range(40)], stars + others, seats=3, candidates=6, **FREE)
    report = solve(task)
    assert task.pruned
    assert len(task.pairs) == 40 * 6
    # By affinity alone two of six candidates would have time, for three seats.
    assert report.missing_seats == 0
    assert report.guarantee == "proved_candidates"
