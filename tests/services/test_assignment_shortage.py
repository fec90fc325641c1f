"""Shortages in words: which field lacks how many, and whose time has run out."""

from __future__ import annotations

from ndb_desktop.services.assign import solve
from tests.support.assigning import FREE, case, expert, problem


def test_experts_without_time_are_named_as_the_cause() -> None:
    cases = [case(f"A{n}") for n in range(6)] + [case("B", "F2")]
    people = [expert("E1", max_load=2), expert("E2", max_load=3), expert("E3", fields={"F2": 10})]
    (lack,) = solve(problem(cases, people, seats=1, **FREE)).lacks
    assert (lack.missing, lack.needed, lack.eligible, lack.exhausted, lack.capacity) == (1, 6, 2, 2, 5)
    assert lack.areas == (("park", "F1", 6, 1),)
    assert lack.experts == 1
    zh, en = lack.words("zh_CN", {"F1": "人工智能"}), lack.words("en")
    assert "人工智能" in zh
    assert "缺 1" in zh
    assert "2 have no time left" in en


def test_too_few_who_may_read_is_another_cause() -> None:
    people = [expert("E1"), expert("E2", employer="单位E1"), expert("E3", fields={"F2": 9})]
    cases = [case("A1"), case("A2")]
    (lack,) = solve(problem(cases, people, seats=2, **(FREE | {"per_employer": 1}))).lacks
    assert (lack.missing, lack.exhausted, lack.eligible, lack.experts) == (2, 0, 2, 1)
    assert "only 2 experts may read them" in lack.words("en")


def test_fields_that_share_their_experts_lack_together() -> None:
    both = [expert(f"E{n}", fields={"F1": 500, "F2": 500}, max_load=1) for n in range(2)]
    cases = [case("A"), case("B", "F2"), case("C", "F2")]
    (lack,) = solve(problem(cases, both, seats=1, **FREE)).lacks
    assert [area[:3] for area in lack.areas] == [("park", "F1", 1), ("park", "F2", 2)]
    assert (lack.missing, lack.capacity) == (1, 2)


def test_a_missing_kind_is_told_apart_from_missing_seats() -> None:
    people = [expert(f"E{n}") for n in range(3)] + [expert("P", kind="policy", fields={}, max_load=1)]
    report = solve(problem([case("A"), case("B")], people, seats=2, **(FREE | {"composition": {"policy": 1}})))
    assert report.missing_seats == 0
    (lack,) = report.lacks
    assert (lack.kind, lack.missing, lack.exhausted) == ("policy", 1, 1)
    assert lack.words("zh_CN").startswith("政策专家缺 1")


def test_a_group_tells_its_applications() -> None:
    cases = [case("A1"), case("A2")]
    report = solve(problem(cases, [expert("E1")], seats=2, mode="panel", **FREE))
    (lack,) = report.lacks
    assert (lack.missing, lack.needed, lack.applications) == (2, 4, ("A1", "A2"))


def test_no_shortage_no_words() -> None:
    assert solve(problem([case("A")], [expert("E")], seats=1, **FREE)).lacks == ()
