"""验收结论: rows of targets, the panel on tasks, shares, and passed or not; properties of the whole."""

from __future__ import annotations

import random
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ndb_desktop.domain.acceptance import weighted_targets
from ndb_desktop.domain.model import Target, Task
from ndb_desktop.domain.numbers import show
from ndb_desktop.domain.panel import ItemMark
from ndb_desktop.domain.stagecase import Promise, StageCase, actual_values
from ndb_desktop.domain.stageresult import AcceptanceOutcome, acceptance_outcome, panel_task, shares, target_row
from tests.support.packs import YEAR
from tests.support.stages import (
    acceptance_pack,
    actual,
    all_actuals,
    case_of,
    changed_acceptance,
    found_by,
    promising,
    task_marks,
)

F = Fraction
REVENUE = acceptance_pack().measured_by_id["P1.1.revenue"]
MARKS: tuple[Literal["not_applicable", "absent", "recused", "void"], ...] = (
    "not_applicable",
    "absent",
    "recused",
    "void",
)


def promise(base: str | None, target: str, direction: Literal["up", "down"] = "up") -> Promise:
    measured = replace(REVENUE, direction=direction)
    stated: Literal["stated", "none"] = "none" if base is None else "stated"
    return Promise(measured, "promised", None if base is None else F(base), stated, YEAR, F(target), YEAR + 2)


def outcome(
    case: StageCase, value: str | None = "120", others: dict[str, str | None] | None = None
) -> AcceptanceOutcome:
    return acceptance_outcome(acceptance_pack(), case, all_actuals(case, value, others), task_marks(case))


def test_both_figures_are_shown_and_the_pack_names_the_deciding_one() -> None:
    row = target_row(promise("100", "120"), F(118), "progress")
    assert row.level is not None
    assert row.progress is not None
    assert (show(row.level * 100), show(row.progress * 100), row.met) == ("98.33", "90.00", False)
    assert row.counted == row.progress
    assert target_row(promise("100", "120"), F(118), "level").counted == F(118, 120)


@pytest.mark.parametrize(
    ("base", "target", "value", "direction", "counted", "notes"),
    [
        ("100", "120", "130", "up", "1", ("over",)),
        ("100", "120", "90", "up", "0", ("worse_than_base",)),
        ("100", "100", "90", "up", "0.9", ("keep", "worse_than_base")),
        ("100", "100", "100", "up", "1", ("keep",)),
        ("100", "80", "72", "up", "0.9", ("easier", "worse_than_base")),
        ("100", "80", "90", "up", "1", ("easier", "worse_than_base", "over")),
        (None, "120", "60", "up", "0.5", ("no_base",)),
        ("50", "40", "45", "down", "0.5", ()),
        ("50", "40", "60", "down", "0", ("worse_than_base",)),
        ("50", "60", "75", "down", "0.8", ("easier", "worse_than_base")),
        ("0", "0", "0", "up", "1", ("keep",)),
        ("0", "0", "3", "down", "0", ("keep", "worse_than_base")),
    ],
)
def test_rows(
    base: str | None, target: str, value: str, direction: Literal["up", "down"], counted: str, notes: tuple[str, ...]
) -> None:
    row = target_row(promise(base, target, direction), F(value), "progress")
    assert (row.state, row.counted, row.notes) == ("ok", F(counted), notes)


def test_nought_missing_not_promised_and_not_applicable_stay_apart() -> None:
    nought = target_row(promise("0", "10"), F(0), "progress")
    missing = target_row(promise("0", "10"), None, "progress")
    assert (nought.state, nought.progress, nought.counted) == ("ok", 0, 0)
    assert (missing.state, missing.progress, missing.level, missing.counted, missing.met) == (
        "missing", None, None, 0, False,
    )  # fmt: skip
    assert target_row(Promise(REVENUE, "not_promised"), None, "progress").state == "not_promised"
    empty = target_row(Promise(REVENUE, "not_applicable"), F(5), "progress")
    assert (empty.state, empty.counted) == ("not_applicable", None)


def test_a_panel_takes_the_median_and_of_two_middles_the_lower() -> None:
    pack = acceptance_pack()
    for values, lower, upper in [
        (("1", "1", "0.5", "0.5", "0.5"), "0.5", "0.5"),
        (("1", "1", "1", "0.5", "0"), "1", "1"),
        (("1", "1", "1", "0.5", "0.5", "0.5"), "0.5", "1"),
        (("0", "0", "0", "1", "1", "1"), "0", "1"),
    ]:
        assert panel_task(found_by(*values), pack.settings, "lower_median").value == F(lower)
        assert panel_task(found_by(*values), pack.settings, "upper_median").value == F(upper)


def test_only_valid_experts_count_and_five_are_needed() -> None:
    pack = acceptance_pack()
    four = [*found_by("1", "1", "1", "1"), *(ItemMark(state) for state in MARKS)]
    found = panel_task(four, pack.settings, "lower_median")
    assert (found.state, found.value, found.n_valid) == ("needs_more_reviewers", None, 4)
    assert found.marks == {"scored": 4, "not_applicable": 1, "absent": 1, "recused": 1, "void": 1}
    assert panel_task([*four, *found_by("0")], pack.settings, "lower_median").value == 1
    spared = panel_task([ItemMark("not_applicable")] * 5, pack.settings, "lower_median")
    assert (spared.state, spared.value) == ("not_applicable", None)


def test_a_small_panel_gives_no_result_at_all() -> None:
    case = case_of(promising())
    found = acceptance_outcome(acceptance_pack(), case, all_actuals(case), task_marks(case, ("1",) * 4))
    assert (found.status, found.passed, found.failed) == ("needs_more_reviewers", None, ())
    assert (found.task_share, found.target_share, set(found.groups.values())) == (None, None, {None})


def test_a_base_that_kept_its_word_passes() -> None:
    found = outcome(case_of(promising()))
    assert (found.passed, found.failed, found.task_share, found.target_share) == (True, (), 1, 1)
    assert found.groups == {"P1": 1, "P2": 1, "P3": 1, "P4": 1}


def test_over_achievement_never_offsets_a_miss() -> None:
    case = case_of(promising())
    plain = outcome(case, "118")
    more = outcome(case, "118", {"P1.1.revenue": "120"})
    far_more = outcome(case, "118", {"P1.1.revenue": "100000"})
    assert plain.groups["P1"] == F(9, 10)
    assert plain.target_share is not None
    assert more.target_share is not None
    assert plain.target_share < more.target_share == far_more.target_share
    assert more.groups == far_more.groups


def test_every_condition_is_named() -> None:
    case = case_of(promising())
    pack = acceptance_pack()
    found = acceptance_outcome(
        pack, case, all_actuals(case, None), task_marks(case, ("0.5",) * 5), vetoes=["V6", "V1"], challenged=["b", "a"]
    )
    assert found.passed is False
    assert found.failed == ("veto", "tasks", "targets", "P1", "P2", "P3", "P4")
    assert (found.vetoes, found.challenged) == (("V1", "V6"), ("a", "b"))
    assert len(found.missing) == len(case.promised)


def test_limits_compare_what_is_published_unless_the_pack_says_exact() -> None:
    case = case_of(replace(promising(), tasks=(task("A", "79.996"), task("B", "20.004"))))
    marks = {"A": found_by(*["1"] * 5), "B": found_by(*["0"] * 5)}
    pack = acceptance_pack()
    found = acceptance_outcome(pack, case, all_actuals(case), marks)
    assert (found.task_share, found.failed) == (F(79996, 100000), ())
    exact = changed_acceptance(settings=replace(pack.settings, compare_on="exact"))
    assert acceptance_outcome(exact, case, all_actuals(case), marks).failed == ("tasks",)


def task(name: str, weight: str, indicator: str = "P1.1") -> Task:
    return Task(name, indicator, "任务", "", "", "", "", Decimal(weight))


def test_a_judged_indicator_is_as_far_as_its_tasks() -> None:
    case = case_of(
        replace(promising(), tasks=(task("A", "2", "P4.1"), task("B", "1", "P4.1"), task("C", "97", "P1.1")))
    )
    marks = {"A": found_by(*["1"] * 5), "B": found_by(*["0"] * 5), "C": found_by(*["1"] * 5)}
    found = acceptance_outcome(acceptance_pack(), case, all_actuals(case), marks)
    rows = {row.id: row for row in found.targets if row.by_tasks}
    assert (rows["P4.1"].counted, rows["P4.2"].state, found.groups["P4"]) == (F(2, 3), "not_promised", F(2, 3))
    lifted = acceptance_outcome(
        acceptance_pack(), case, all_actuals(case), marks | dict.fromkeys("AB", [ItemMark("not_applicable")] * 5)
    )
    rows = {row.id: row for row in lifted.targets if row.by_tasks}
    assert (rows["P4.1"].state, lifted.groups["P4"], lifted.passed) == ("not_applicable", None, True)


def test_a_plan_without_any_promise_cannot_pass() -> None:
    case = case_of(replace(promising(), targets=(), tasks=()))
    found = acceptance_outcome(acceptance_pack(), case, {}, {})
    assert (found.task_share, found.target_share, found.passed, found.failed) == (
        None,
        None,
        False,
        ("tasks", "targets"),
    )


def test_weight_of_what_was_not_promised_stays_in_its_group() -> None:
    application = promising()
    kept = tuple(one for one in application.targets if one.measure not in ("local_share", "rd_staff_share"))
    case = case_of(replace(application, targets=kept))
    found = outcome(case, "120", {"P3.2.finance_share": "110"})
    # P3 weighs 24: 4 for finance at one half, 6 for productivity at 1, stretched to the whole of the group.
    assert found.groups["P3"] == F(8, 10)
    assert found.target_share == F(100 - 24, 100) + F(24, 100) * F(8, 10)


def test_full_promises_agree_with_the_plain_formula() -> None:
    case = case_of(promising())
    found = outcome(case, "113", {"P2.1.rd_intensity": None, "P3.1.local_share": "90"})
    rows = [(row.group, row.weight, row.counted) for row in found.targets if row.counted is not None]
    overall, groups = weighted_targets(rows)
    assert (found.target_share, found.groups) == (overall, groups)


def test_a_declared_zero_is_no_missing_value_in_the_result() -> None:
    case = case_of(promising())
    values = actual_values(case, [actual("P1.1.revenue", "0", "yi_yuan")])
    found = acceptance_outcome(acceptance_pack(), case, values, task_marks(case))
    assert "P1.1.revenue" not in found.missing
    assert {row.id: row.state for row in found.targets}["P1.1.revenue"] == "ok"


figures = st.decimals(-1000, 1000, places=2)
ways = st.sampled_from(["up", "down"])
decidings = st.sampled_from(["progress", "level"])
SOME = settings(max_examples=60, deadline=None)


@SOME
@given(figures, figures, figures, figures, ways, decidings)
def test_a_worse_actual_value_never_counts_more(
    base: Decimal,
    target: Decimal,
    one: Decimal,
    other: Decimal,
    way: Literal["up", "down"],
    deciding: Literal["progress", "level"],
) -> None:
    worse, better = sorted((one, other), reverse=way == "down")
    made = promise(str(base), str(target), way)
    low, high = (target_row(made, F(value), deciding).counted for value in (worse, better))
    nothing = target_row(made, None, deciding).counted
    assert low is not None
    assert high is not None
    assert nothing == 0 <= low <= high <= 1


@SOME
@given(figures, figures, figures, st.sampled_from([("yi_yuan", 1), ("wan_yuan", 10_000), ("yuan", 10**8)]))
def test_a_change_of_unit_changes_nothing(
    base: Decimal, target: Decimal, value: Decimal, unit: tuple[str, int]
) -> None:
    name, factor = unit
    plain = Target("P1.1", "revenue", "yi_yuan", base, YEAR, target, YEAR + 2)
    other = replace(plain, unit=name, base=base * factor, target=target * factor)
    rows = []
    for made, declared in (
        (plain, actual("P1.1.revenue", str(value * factor), name)),
        (other, actual("P1.1.revenue", str(value), "yi_yuan")),
    ):
        case = case_of(replace(promising(), targets=(made,)))
        found = actual_values(case, [declared])
        rows.append(target_row(case.promise_by_id["P1.1.revenue"], found["P1.1.revenue"], "progress"))
    assert rows[0] == rows[1]


@SOME
@given(st.lists(st.sampled_from(["0", "0.5", "1", "absent", "void"]), min_size=1, max_size=9), st.randoms())
def test_the_order_of_experts_changes_nothing(found: list[str], order: random.Random) -> None:
    def mark(word: str) -> ItemMark:
        return ItemMark("absent") if word == "absent" else ItemMark("void") if word == "void" else found_by(word)[0]

    shuffled = list(found)
    order.shuffle(shuffled)
    case = case_of(promising())
    one, other = (
        acceptance_outcome(
            acceptance_pack(), case, all_actuals(case), {task.id: [mark(word) for word in words] for task in case.tasks}
        )
        for words in (found, shuffled)
    )
    assert one == other


@SOME
@given(st.data())
def test_a_better_finding_never_lowers_a_task(data: st.DataObject) -> None:
    values = data.draw(st.lists(st.sampled_from(["0", "0.5", "1"]), min_size=5, max_size=9))
    place = data.draw(st.integers(0, len(values) - 1))
    better = [*values[:place], "1", *values[place + 1 :]]
    rules = acceptance_pack().settings
    low, high = (panel_task(found_by(*words), rules, "lower_median").value for words in (values, better))
    assert low is not None
    assert high is not None
    assert low <= high


@SOME
@given(st.lists(st.one_of(st.none(), figures), min_size=11, max_size=11))
def test_shares_stay_between_nought_and_one(values: list[Decimal | None]) -> None:
    case = case_of(promising())
    rows = [
        target_row(one, None if value is None else F(value), "progress")
        for one, value in zip(case.promises, values, strict=True)
    ]
    overall, groups = shares(rows)
    assert overall is not None
    assert 0 <= overall <= 1
    assert all(share is None or 0 <= share <= 1 for share in groups.values())
