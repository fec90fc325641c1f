"""工作日: official working days with 调休 make-up days, for 公示 and other time limits (R18).

Calendars are data with a document number. A year without one is refused: nobody may guess next year's holidays.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from ndb_desktop.domain.errors import NdbError

_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Calendar:
    """节假日安排 of whole years: days `off` on weekdays or weekends, and weekend days that are `work` days."""

    id: str
    documents: tuple[str, ...]
    years: frozenset[int]
    off: frozenset[date]
    work: frozenset[date]


def joined(calendars: Iterable[Calendar]) -> Calendar:
    """One calendar for several years, for spans that cross New Year."""
    parts = sorted(calendars, key=lambda calendar: calendar.id)
    return Calendar(
        id="+".join(part.id for part in parts),
        documents=tuple(document for part in parts for document in part.documents),
        years=frozenset().union(*(part.years for part in parts)),
        off=frozenset().union(*(part.off for part in parts)),
        work=frozenset().union(*(part.work for part in parts)),
    )


def is_working_day(calendar: Calendar, day: date) -> bool:
    """Whether `day` is an official working day. Raises NdbError `E-CALENDAR-YEAR` for a year without a calendar."""
    if day.year not in calendar.years:
        raise NdbError("E-CALENDAR-YEAR", year=day.year)
    if day in calendar.off:
        return False
    return day in calendar.work or day.weekday() < _SATURDAY


def last_day(calendar: Calendar, start: date, days: int, *, count_start_day: bool = False) -> date:
    """The last of `days` working days from `start`, the day of publication.

    That day itself does not count (民法典 201, practice of MIIT) unless `count_start_day` says so.

    Raises:
        NdbError: `E-CALENDAR-YEAR` when the span touches a year without a calendar.
        ValueError: for fewer than one day.
    """
    if days < 1:
        raise ValueError(f"{days} working days")
    counted, day = 0, start
    if is_working_day(calendar, start) and count_start_day:
        counted = 1
    while counted < days:
        day += timedelta(days=1)
        counted += is_working_day(calendar, day)
    return day


def working_days_between(calendar: Calendar, start: date, end: date) -> int:
    """How many working days lie after `start` up to and including `end`; 0 when `end` is not later."""
    span = (end - start).days
    return sum(is_working_day(calendar, start + timedelta(days=number)) for number in range(1, span + 1))
