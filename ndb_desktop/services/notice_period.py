"""公示期: from the day of publication to the last of so many official working days (R18)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from ndb_desktop.domain.calendar import Calendar, is_working_day, joined, last_day, working_days_between
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.services.calendar_import import own_calendars
from ndb_desktop.services.calendars import builtin_calendars, kind_of, load_calendar
from ndb_desktop.texts import text

if TYPE_CHECKING:
    from ndb_desktop.services.office import Office

DAYS = 5
MOST_DAYS = 60


@dataclass(frozen=True, slots=True)
class NoticePeriod:
    """公示期: first and last day, both named in full; `documents` are the official arrangements it was counted by."""

    start: date
    end: date
    days: int
    count_start_day: bool
    documents: tuple[str, ...]

    def words(self, language: str) -> str:
        """The period as a sentence."""
        key = "report.notice.period.counted" if self.count_start_day else "report.notice.period"
        return text(
            key, language, start=day_words(self.start, language), end=day_words(self.end, language),
            days=self.days, documents=", ".join(self.documents),
        )  # fmt: skip


def day_words(day: date, language: str) -> str:
    """A day as it stands in a notice."""
    if language != "zh_CN":
        return day.isoformat()
    return text("report.notice.day", language, year=day.year, month=day.month, day=day.day)


def notice_period(office: Office, start: date, days: int = DAYS, *, count_start_day: bool = False) -> NoticePeriod:
    """The period of `days` working days after `start`, by the calendar of the batch and those of its registry.

    Raises what `period_by` raises.
    """
    own = own_calendars(office)
    return period_by(office.batch.calendar, start, days, count_start_day=count_start_day, own=own)


def period_by(
    calendar_id: str, start: date, days: int = DAYS, *, count_start_day: bool = False, own: Sequence[Calendar] = ()
) -> NoticePeriod:
    """The period of `days` working days after `start`, which itself counts only with `count_start_day`.

    Counted by a calendar and those of the same kind for other years, `own` among them.

    Raises:
        NdbError: E-NOTICE-DAYS (fewer than one or more than 60), E-CALENDAR-YEAR (a day of the period lies in a year
            without an official calendar), E-CALENDAR-UNKNOWN.
    """
    if not 1 <= days <= MOST_DAYS:
        raise NdbError("E-NOTICE-DAYS", most=MOST_DAYS)
    known = _of_kind(calendar_id, own)
    calendar = joined(known)
    end = last_day(calendar, start, days, count_start_day=count_start_day)
    years = set(range(start.year, end.year + 1))
    used = [row for row in known if row.years & years]
    return NoticePeriod(start, end, days, count_start_day, tuple(name for row in used for name in row.documents))


def lacking_year(calendar_id: str, start: date, days: int, *, count_start_day: bool, own: Sequence[Calendar]) -> int:
    """The first year a period touches that has no calendar, 0 where all of it can be counted."""
    try:
        period_by(calendar_id, start, days, count_start_day=count_start_day, own=own)
    except NdbError as error:
        return int(str(error.params["year"])) if error.code == "E-CALENDAR-YEAR" else 0
    return 0


def counted_days(calendar_id: str, period: NoticePeriod, own: Sequence[Calendar] = ()) -> tuple[date, ...]:
    """The working days that make up a period, each by its date."""
    calendar = joined(_of_kind(calendar_id, own))
    first = period.start if period.count_start_day else period.start + timedelta(days=1)
    span = (first + timedelta(days=number) for number in range((period.end - first).days + 1))
    return tuple(day for day in span if is_working_day(calendar, day))


def _of_kind(calendar_id: str, own: Sequence[Calendar]) -> tuple[Calendar, ...]:
    """The calendars that go with one, by year, itself among them. Raises NdbError E-CALENDAR-UNKNOWN."""
    kind = kind_of(load_calendar(calendar_id).id)
    every = (*builtin_calendars().values(), *own)
    return tuple(sorted((one for one in every if kind_of(one.id) == kind), key=lambda one: min(one.years)))


def working_days_since(calendar_id: str, start: date, today: date, own: Sequence[Calendar] = ()) -> int | None:
    """How many working days have gone by since `start`, None in a year without an official calendar."""
    try:
        return working_days_between(joined(_of_kind(calendar_id, own)), start, today)
    except NdbError:
        return None
