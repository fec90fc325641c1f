"""成效评估结论: judged parts, what is held, the pass mark, vetoes."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ndb_desktop.domain.effect import EffectOutcome, effect_outcome, to_hold
from ndb_desktop.domain.panel import ItemMark
from ndb_desktop.domain.stagecase import StageCase
from tests.support.stages import all_actuals, case_of, effect_pack, found_by, promising

F = Fraction


def scores(value: str, count: int = 5, **others: list[str]) -> Mapping[str, list[ItemMark]]:
    found = {item.id: found_by(*[value] * count) for item in effect_pack().judged}
    return found | {name: found_by(*values) for name, values in others.items()}


def case() -> StageCase:
    return case_of(promising(), effect_pack())


def evaluate(
    accepted: str | None = "120", now: str | None = "120", marks: Mapping[str, list[ItemMark]] | None = None
) -> EffectOutcome:
    one = case()
    return effect_outcome(effect_pack(), one, all_actuals(one, accepted), all_actuals(one, now), marks or scores("80"))


def test_parts_are_weighted_40_40_20() -> None:
    found = evaluate(now="60")
    assert found.parts == {"outreach": 80, "held": 50, "upkeep": 80}
    assert (found.total, found.published, found.passed, found.failed) == (68, Decimal("68.00"), True, ())


def test_what_was_reached_is_to_be_held_and_more_is_no_new_promise() -> None:
    assert evaluate(accepted="500", now="120").parts["held"] == 100
    assert evaluate(accepted="110", now="110").parts["held"] == 100
    assert evaluate(accepted="110", now="55").parts["held"] == 50
    assert evaluate(accepted=None, now="60").parts["held"] == 50


def test_a_missing_value_counts_nought_and_is_named() -> None:
    found = evaluate(now=None)
    assert found.parts["held"] == 0
    assert set(found.missing) == {promise.id for promise in case().promised}
    assert {row.state for row in found.held} == {"missing"}


def test_a_veto_overrides_any_score() -> None:
    one = case()
    found = effect_outcome(effect_pack(), one, all_actuals(one), all_actuals(one), scores("100"), vetoes=["V3", "V1"])
    assert (found.passed, found.failed, found.vetoes, found.total) == (False, ("veto",), ("V1", "V3"), 100)


@pytest.mark.parametrize(("value", "passed"), [("50", True), ("49.5", False), ("49.99", False), ("49.999", True)])
def test_the_pass_mark_is_compared_as_published(value: str, passed: bool) -> None:
    # 60 % of the weight judged at `value`, the held 40 at 75: 60 when `value` is 50.
    found = evaluate(now="90", marks=scores(value))
    assert (found.passed, found.failed) == (passed, () if passed else ("score",))


def test_the_exact_total_decides_when_the_pack_says_so() -> None:
    pack = replace(effect_pack(), settings=replace(effect_pack().settings, compare_on="exact"))
    one = case()
    found = effect_outcome(pack, one, all_actuals(one), all_actuals(one, "90"), scores("49.999"))
    assert (found.passed, found.published) == (False, Decimal("60.00"))


def test_a_small_panel_gives_no_result() -> None:
    found = evaluate(marks=scores("80", 4))
    assert (found.status, found.passed, found.total, found.failed) == ("needs_more_reviewers", None, None, ())
    assert (found.parts["outreach"], found.parts["held"]) == (None, 100)


def test_seven_experts_are_trimmed_as_in_selection() -> None:
    found = evaluate(marks=scores("80", 7, adopted=["0", "80", "80", "80", "80", "80", "100"]))
    assert (found.items["adopted"].trimmed, found.items["adopted"].value) == (True, 80)


def test_nothing_promised_cannot_be_held() -> None:
    one = case_of(replace(promising(), targets=()), effect_pack())
    found = effect_outcome(effect_pack(), one, {}, {}, scores("90"))
    assert (found.parts["held"], found.total, found.failed) == (None, 54, ("score",))


def test_what_is_to_be_held_knows_its_direction() -> None:
    promise = case().promised[0]
    down = replace(promise, measured=replace(promise.measured, direction="down"), base=F(150))
    assert to_hold(promise, F(130), "reached").target == 120
    assert to_hold(promise, F(110), "reached").target == 110
    assert to_hold(promise, F(110), "target").target == 120
    assert to_hold(promise, None, "reached").target == 120
    assert to_hold(down, F(110), "reached").target == 120
    assert to_hold(down, F(130), "reached").target == 130
    unpromised = replace(promise, state="not_promised", target=None)
    assert to_hold(unpromised, F(1), "reached") is unpromised


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 200), min_size=5, max_size=9), st.randoms())
def test_the_order_of_experts_changes_nothing(halves: list[int], order: random.Random) -> None:
    values = [str(Decimal(half) / 2) for half in halves]
    shuffled = list(values)
    order.shuffle(shuffled)
    one, other = (evaluate(marks=scores("70", 5, adopted=words)) for words in (values, shuffled))
    assert one == other


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 400), st.integers(0, 400))
def test_a_worse_value_never_raises_the_total(first: int, second: int) -> None:
    low, high = (evaluate(now=str(value)).total for value in sorted((first, second)))
    assert low is not None
    assert high is not None
    assert low <= high
