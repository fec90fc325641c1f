"""Holiday calendars and the table of regions that ship with the program, read strictly."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from ndb_desktop.domain.calendar import Calendar
from ndb_desktop.domain.codes import RegionRow, is_region_code
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.model import Region
from ndb_desktop.paths import resource
from ndb_desktop.storage.atomic import known_os_errors

_KEYS = {"id", "documents", "years", "off", "work"}
_MAX_SIZE = 64 * 1024


@cache
def builtin_calendars() -> Mapping[str, Calendar]:
    """The shipped calendars by id."""
    calendars = (read_calendar(path) for path in sorted(resource("calendars").glob("*.json")))
    return {calendar.id: calendar for calendar in calendars}


def load_calendar(name: str) -> Calendar:
    """A shipped calendar by id, such as `cn-2026`. Raises NdbError `E-CALENDAR-UNKNOWN`."""
    calendar = builtin_calendars().get(name)
    if calendar is None:
        raise NdbError("E-CALENDAR-UNKNOWN", name=name)
    return calendar


def kind_of(calendar_id: str) -> str:
    """What calendars of several years have in common: `cn` of `cn-2026`."""
    return calendar_id.rpartition("-")[0]


def read_calendar(path: Path) -> Calendar:
    """A calendar file: `off` and `work` are days or closed spans `2026-01-01/2026-01-03` of ISO dates.

    Raises:
        NdbError: `E-CALENDAR-FORMAT` for anything that is not exactly that, E-STORE-*.
    """
    return parse_calendar(read_calendar_bytes(path), path.name)


def read_calendar_bytes(path: Path) -> bytes:
    """What a calendar file holds. Raises NdbError `E-CALENDAR-FORMAT` (too long), E-STORE-*."""
    with known_os_errors(path.name), path.open("rb") as stream:
        raw = stream.read(_MAX_SIZE + 1)
    if len(raw) > _MAX_SIZE:
        raise NdbError("E-CALENDAR-FORMAT", place=path.name, detail=f"> {_MAX_SIZE} bytes")
    return raw


def looks_like_calendar(path: Path) -> bool:
    """Whether a file is meant to be a calendar, sound or not; False where it cannot be read."""
    try:
        found = json.loads(read_calendar_bytes(path))
    except (NdbError, ValueError, RecursionError):
        return False
    return isinstance(found, dict) and {"years", "off", "work"} <= set(found)


def parse_calendar(raw: bytes, name: str) -> Calendar:
    """A calendar from the bytes of its file, called `name`. Raises NdbError `E-CALENDAR-FORMAT`."""
    try:
        return _calendar(json.loads(raw.decode("utf-8")))
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise NdbError("E-CALENDAR-FORMAT", place=name, detail=str(error)) from error


def _calendar(data: Any) -> Calendar:
    if not isinstance(data, dict) or set(data) != _KEYS:
        raise ValueError(f"members must be {sorted(_KEYS)}")
    if any(not isinstance(data[name], list) for name in _KEYS - {"id"}):
        raise ValueError("all members but the id are lists")
    years = frozenset(data["years"])
    if not years or any(type(year) is not int for year in years):
        raise ValueError("years")
    if not data["documents"] or any(not isinstance(name, str) or not name for name in data["documents"]):
        raise ValueError("documents")
    off, work = _days(data["off"]), _days(data["work"])
    if any(day.year not in years for day in off | work):
        raise ValueError("a day outside the years")
    if off & work:
        raise ValueError(f"both off and work: {min(off & work)}")
    weekday = [day for day in sorted(work) if day.weekday() < 5]
    if weekday:
        raise ValueError(f"not a weekend: {weekday[0]}")
    return Calendar(str(data["id"]), tuple(data["documents"]), years, off, work)


def _days(spans: list[str]) -> frozenset[date]:
    days: set[date] = set()
    for span in spans:
        first, _, last = span.partition("/")
        start, end = date.fromisoformat(first), date.fromisoformat(last or first)
        length = (end - start).days
        if not 0 <= length < 366:
            raise ValueError(span)
        days.update(start + timedelta(days=number) for number in range(length + 1))
    return frozenset(days)


@cache
def regions() -> Mapping[str, RegionRow]:
    """Recommending places by GB/T 2260 code: provinces, 计划单列市, 兵团."""
    rows = json.loads(resource("regions.json").read_text(encoding="utf-8"))["regions"]
    table = {row["code"]: RegionRow(row["code"], row["zh"], row["en"], row["kind"]) for row in rows}
    if len(table) != len(rows) or not all(map(is_region_code, table)):
        raise ValueError("regions.json: a code twice or malformed")
    return table


def region_of(code: str) -> Region:
    """The place of a code: its own row, else its province, else the code as its own name."""
    row = regions().get(code) or regions().get(f"{code[:2]}0000")
    return Region(code, row.zh, row.en) if row else Region(code, code, code)
