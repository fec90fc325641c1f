"""Time per item from the moments of changes: breaks, nights and wrong clocks do not count, and nothing is guessed."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ndb_desktop.domain.pace import IDLE_SECONDS, LEAST_ITEMS, Moment, median, seconds_left, spent


def test_a_gap_belongs_to_the_item_whose_change_ends_it() -> None:
    moments = [Moment(100, "a"), Moment(160, "a"), Moment(190, "b"), Moment(250, "a")]
    assert spent(moments) == {"a": 120, "b": 30}


def test_a_break_is_no_work_and_its_border_is_five_minutes() -> None:
    moments = [Moment(0, "a"), Moment(IDLE_SECONDS, "a"), Moment(2 * IDLE_SECONDS + 1, "b"), Moment(100_000, "c")]
    assert spent(moments) == {"a": IDLE_SECONDS}


def test_a_clock_set_back_or_doubtful_adds_nothing() -> None:
    back = [Moment(1000, "a"), Moment(400, "a"), Moment(430, "b")]
    assert spent(back) == {"b": 30}
    doubtful = [Moment(1000, "a"), Moment(None, "a"), Moment(1030, "b"), Moment(1040, "b")]
    assert spent(doubtful) == {"b": 10}
    standing = [Moment(1000, "a"), Moment(1000, "a"), Moment(1000, "b")]
    assert spent(standing) == {}


def test_a_citation_counts_for_the_item_changed_next() -> None:
    assert spent([Moment(0, "a"), Moment(40, ""), Moment(50, ""), Moment(60, "b")]) == {"b": 60}
    assert spent([Moment(0, "a"), Moment(40, "")]) == {}


@given(st.lists(st.tuples(st.none() | st.integers(0, 5000), st.sampled_from(["", "a", "b"])), max_size=30))
@settings(max_examples=150, deadline=None)
def test_never_more_than_the_clock_can_have_shown(raw: list[tuple[int | None, str]]) -> None:
    moments = [Moment(at, item) for at, item in raw]
    steps = pairwise(moments)
    gaps = [b.at - a.at for a, b in steps if a.at is not None and b.at is not None]
    most = sum(gap for gap in gaps if 0 < gap <= IDLE_SECONDS)
    found = spent(moments)
    assert sum(found.values()) <= most
    assert all(seconds > 0 for seconds in found.values())
    assert "" not in found


@given(st.lists(st.integers(0, 900), min_size=1, max_size=25))
@settings(max_examples=80, deadline=None)
def test_the_median_lies_in_the_middle(values: list[int]) -> None:
    middle = median(values)
    assert 2 * sum(value < middle for value in values) <= len(values)
    assert 2 * sum(value > middle for value in values) <= len(values)
    assert median(values[::-1]) == middle


def test_medians_are_exact() -> None:
    assert median([3, 1, 2]) == 2
    assert median([1, 2]) == Fraction(3, 2)
    with pytest.raises(ValueError, match="no values"):
        median([])


def test_nothing_is_said_before_there_is_enough_to_go_by() -> None:
    assert seconds_left({"judged": [60] * (LEAST_ITEMS - 1)}, {"judged": 3}) is None
    assert seconds_left({"judged": [60] * LEAST_ITEMS}, {"judged": 3}) == 180
    assert seconds_left({"judged": [60] * LEAST_ITEMS}, {"judged": 0}) == 0


def test_nine_quick_confirmations_say_nothing_about_judgements() -> None:
    finished = {"computed": [5] * 9}
    assert seconds_left(finished, {"computed": 2, "judged": 22}) is None
    assert seconds_left(finished, {"judged": 1}) is None
    assert seconds_left(finished, {"computed": 2, "judged": 0}) == 10
    assert seconds_left({"computed": [5] * 4, "judged": [90] * 9}, {"computed": 1, "judged": 2}) is None
    assert seconds_left({"computed": [5] * 5, "judged": [90] * 9}, {"computed": 1, "judged": 2}) == 185


def test_each_sort_has_its_own_pace_and_needs_one() -> None:
    finished = {"computed": [10] * 6, "judged": [100, 120, 140, 160]}
    assert seconds_left(finished, {"computed": 3, "judged": 2}) is None
    finished["judged"] = [100, 120, 140, 160, 180]
    assert seconds_left(finished, {"computed": 3, "judged": 2}) == 3 * 10 + 2 * 140


def test_one_rounding_at_the_end_and_upwards() -> None:
    assert seconds_left({"judged": [10] * 4 + [11] * 4}, {"judged": 3}) == 32
