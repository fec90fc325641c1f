"""公示期: from the day of publication to the last of so many official working days (R18)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from ndb_desktop.domain.calendar import Calendar, is_working_day, joined, last_day, working_days_between
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.services.calendars import builtin_calendars, load_calendar
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
    """The period of `days` working days after `start`, by the calendar of the batch; raises what `period_by` raises."""
    return period_by(office.batch.calendar, start, days, count_start_day=count_start_day)


def period_by(calendar_id: str, start: date, days: int = DAYS, *, count_start_day: bool = False) -> NoticePeriod:
    """The period of `days` working days after `start`, which itself counts only with `count_start_day`.

    Counted by a calendar and those of the same kind for other years.

    Raises:
        NdbError: E-NOTICE-DAYS (fewer than one or more than 60), E-CALENDAR-YEAR (a day of the period lies in a year
            without an official calendar), E-CALENDAR-UNKNOWN.
    """
    if not 1 <= days <= MOST_DAYS:
        raise NdbError("E-NOTICE-DAYS", most=MOST_DAYS)
    kind, calendar = _kind_and_years(calendar_id)
    end = last_day(calendar, start, days, count_start_day=count_start_day)
    years = set(range(start.year, end.year + 1))
    used = [row for row in builtin_calendars().values() if row.id.rpartition("-")[0] == kind and row.years & years]
    return NoticePeriod(start, end, days, count_start_day, tuple(name for row in used for name in row.documents))


def counted_days(calendar_id: str, period: NoticePeriod) -> tuple[date, ...]:
    """The working days that make up a period, each by its date."""
    _, calendar = _kind_and_years(calendar_id)
    first = period.start if period.count_start_day else period.start + timedelta(days=1)
    span = (first + timedelta(days=number) for number in range((period.end - first).days + 1))
    return tuple(day for day in span if is_working_day(calendar, day))


def _kind_and_years(calendar_id: str) -> tuple[str, Calendar]:
    kind = load_calendar(calendar_id).id.rpartition("-")[0]
    return kind, joined(row for name, row in builtin_calendars().items() if name.rpartition("-")[0] == kind)


def working_days_since(calendar_id: str, start: date, today: date) -> int | None:
    """How many working days have gone by since `start`, None in a year without an official calendar."""
    try:
        return working_days_between(_kind_and_years(calendar_id)[1], start, today)
    except NdbError:
        return None
