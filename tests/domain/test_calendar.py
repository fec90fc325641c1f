"""Working days with 调休: the vectors, and refusal of years nobody has published."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ndb_desktop.domain.calendar import Calendar, is_working_day, joined, last_day, working_days_between
from ndb_desktop.services.calendars import load_calendar
from tests.support.travel import refusal

CN = load_calendar("cn-2026")
D = date.fromisoformat


@pytest.mark.parametrize(
    ("start", "without", "counted"),
    [
        ("2026-09-18", "2026-09-24", "2026-09-23"),
        ("2026-09-28", "2026-10-10", "2026-10-09"),
        ("2026-02-12", "2026-02-26", "2026-02-25"),
        ("2026-04-30", "2026-05-11", "2026-05-09"),
        ("2026-09-19", "2026-09-24", "2026-09-24"),
    ],
)
def test_five_working_days(start: str, without: str, counted: str) -> None:
    assert last_day(CN, D(start), 5) == D(without)
    assert last_day(CN, D(start), 5, count_start_day=True) == D(counted)


@pytest.mark.parametrize("counted", [False, True])
def test_a_span_into_an_unknown_year_is_refused(counted: bool) -> None:
    assert refusal(lambda: last_day(CN, D("2026-12-28"), 5, count_start_day=counted)) == "E-CALENDAR-YEAR"
    assert refusal(lambda: last_day(CN, D("2025-12-31"), 1)) == "E-CALENDAR-YEAR"
    assert last_day(CN, D("2026-12-28"), 3) == D("2026-12-31")


def test_make_up_days_work_and_holidays_do_not() -> None:
    worked = ("2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10")
    assert all(is_working_day(CN, D(day)) and D(day).weekday() >= 5 for day in worked)
    assert not any(is_working_day(CN, D(day)) for day in ("2026-02-16", "2026-10-07", "2026-06-19", "2026-11-22"))


def test_the_year_has_248_working_days() -> None:
    """52 weekends, 13 public holidays: the count everybody's payroll uses is 248 for 2026."""
    year = [D("2026-01-01") + timedelta(days=n) for n in range(365)]
    assert sum(is_working_day(CN, day) for day in year) == 248


@given(st.dates(D("2026-01-01"), D("2026-11-30")), st.integers(1, 15))
def test_counting_back_gives_the_same_number(start: date, days: int) -> None:
    end = last_day(CN, start, days)
    assert working_days_between(CN, start, end) == days
    assert is_working_day(CN, end)
    assert last_day(CN, start, days, count_start_day=True) <= end


def test_calendars_of_two_years_join() -> None:
    # A made-up next year: what matters is that the span crosses.
    next_year = Calendar("x-2027", ("示例",), frozenset({2027}), frozenset({D("2027-01-01")}), frozenset())
    both = joined([next_year, CN])
    assert last_day(both, D("2026-12-28"), 5) == D("2027-01-05")
    assert both.documents == (*CN.documents, "示例")


@pytest.mark.parametrize(
    ("start", "end", "counted"),
    [
        ("2024-03-04", "2024-03-11", False),
        ("2021-11-16", "2021-11-23", False),
        ("2024-12-09", "2024-12-13", True),
        ("2024-12-04", "2024-12-10", True),
    ],
)
def test_notices_that_were_really_published(start: str, end: str, counted: bool) -> None:
    """Ministry notices leave the first day out, other bodies count it: five working days either way."""
    # None of these weeks has a holiday, so a calendar without any is enough.
    bare = Calendar("x", ("示例",), frozenset({D(start).year}), frozenset(), frozenset())
    assert last_day(bare, D(start), 5, count_start_day=counted) == D(end)
    assert last_day(bare, D(start), 5, count_start_day=not counted) != D(end)


def test_zero_days_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError):
        last_day(CN, D("2026-01-05"), 0)
