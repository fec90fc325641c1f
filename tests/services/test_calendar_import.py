"""A calendar that is brought in: looked at, accepted, counted by; what ships is never replaced."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from ndb_desktop.services.calendar_import import accept, known_years, look, own_calendars
from ndb_desktop.services.dropped import purpose, sort_out
from ndb_desktop.services.notice_period import counted_days, lacking_year, notice_period
from ndb_desktop.services.office import Office
from tests.support.calendars import calendar_file
from tests.support.scored import scored_office
from tests.support.travel import refusal

NEW_YEAR = date(2026, 12, 28)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = scored_office(tmp_path)
    yield made
    made.close()


def test_a_calendar_is_counted_by_once_it_was_accepted(office: Office, tmp_path: Path) -> None:
    offered = look(office, calendar_file(tmp_path))
    assert (offered.calendar.id, offered.replaces, own_calendars(office)) == ("cn-2027", False, ())
    assert refusal(lambda: notice_period(office, NEW_YEAR)) == "E-CALENDAR-YEAR", "a look keeps nothing"
    accept(office, offered)
    own = own_calendars(office)
    assert known_years(office.batch.calendar, own) == (2026, 2027)
    period = notice_period(office, NEW_YEAR)
    assert (period.end, period.documents) == (date(2027, 1, 5), ("国办发明电〔2025〕7号", "示例〔2026〕1号"))
    days = counted_days(office.batch.calendar, period, own)
    assert [day.isoformat()[5:] for day in days] == ["12-29", "12-30", "12-31", "01-04", "01-05"]
    (row,) = office.log_rows(newest=1)
    assert (row.action, row.subject, row.details["sha256"]) == ("calendar", "cn-2027", offered.sha256)
    assert office.rebuild().equal


def test_the_same_years_again_correct_what_was_brought_in(office: Office, tmp_path: Path) -> None:
    accept(office, look(office, calendar_file(tmp_path)))
    again = look(office, calendar_file(tmp_path, off=["2027-01-01/2027-01-04"], work=[]))
    assert again.replaces
    accept(office, again)
    assert len(own_calendars(office)) == 1
    assert notice_period(office, NEW_YEAR).end == date(2027, 1, 6)


def test_the_year_that_lacks_is_told_before(office: Office, tmp_path: Path) -> None:
    def lacking(start: date) -> int:
        own = own_calendars(office)
        return lacking_year(office.batch.calendar, start, 5, count_start_day=False, own=own)

    assert (lacking(date(2026, 9, 18)), lacking(NEW_YEAR), lacking(date(2028, 1, 3))) == (0, 2027, 2028)
    accept(office, look(office, calendar_file(tmp_path)))
    assert (lacking(NEW_YEAR), lacking(date(2027, 12, 30))) == (0, 2028)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"id": "de-2027"}, "E-CALENDAR-KIND"),
        ({"id": "cn-2026", "years": [2026], "off": ["2026-01-01"], "work": []}, "E-CALENDAR-KNOWN"),
        ({"id": "cn-2028", "years": [2026, 2027], "off": ["2026-01-01", "2027-01-01"]}, "E-CALENDAR-KNOWN"),
        ({"id": "CN 2027"}, "E-CALENDAR-FORMAT"),
        ({"off": [], "work": []}, "E-CALENDAR-FORMAT"),
        ({"documents": ["a\nb"]}, "E-CALENDAR-FORMAT"),
        ({"documents": "文号"}, "E-CALENDAR-FORMAT"),
        ({"years": [2027, 2028]}, "E-CALENDAR-FORMAT"),
    ],
)
def test_what_is_not_brought_in(office: Office, tmp_path: Path, change: dict[str, object], code: str) -> None:
    path = calendar_file(tmp_path, **change)
    assert refusal(lambda: look(office, path)) == code
    assert own_calendars(office) == ()


def test_another_file_of_a_year_brought_in_is_refused(office: Office, tmp_path: Path) -> None:
    accept(office, look(office, calendar_file(tmp_path)))
    assert refusal(lambda: look(office, calendar_file(tmp_path, id="cn-2027b"))) == "E-CALENDAR-KNOWN"
    assert refusal(lambda: look(office, tmp_path / "gone.json")) == "E-STORE-MISSING"


def test_a_dropped_calendar_is_known_by_what_is_in_it(tmp_path: Path) -> None:
    path = calendar_file(tmp_path, off=["2027-13-01"])
    assert (purpose(path), sort_out([path])) == ("calendar", "calendar")
    assert refusal(lambda: sort_out([path, path])) == "E-DROP-ONE"
    other = tmp_path / "other.json"
    other.write_text("{}", encoding="utf-8")
    assert purpose(other) == "other"
