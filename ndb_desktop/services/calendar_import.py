"""导入的节假日历: calendars the coordinator brings in for years that none ships for; kept in the registry, on its log.

A shipped calendar is never replaced. One that was brought in is, by another of the very same years: an arrangement may
be corrected in the course of its year.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ndb_desktop.domain.calendar import Calendar
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.services.calendars import builtin_calendars, kind_of, parse_calendar, read_calendar_bytes

if TYPE_CHECKING:
    from ndb_desktop.services.office import Office

_META = "calendars"
_ID = re.compile(r"[a-z]{1,16}-[a-z0-9]{1,16}")
_YEARS = range(2000, 3000)
_DOCUMENTS = 10
_LONGEST = 120
"""Characters of a document's number: it stands in the sentence of the notice."""


@dataclass(frozen=True, slots=True)
class Offered:
    """A calendar file as it was looked at. `replaces` is whether one of the same years was brought in before."""

    calendar: Calendar
    raw: str
    sha256: str
    replaces: bool


def own_calendars(office: Office) -> tuple[Calendar, ...]:
    """What was brought into this registry, by year. Raises NdbError E-CALENDAR-FORMAT, E-STORE-*."""
    kept = [parse_calendar(raw.encode("utf-8"), name) for name, raw in _kept(office).items()]
    return tuple(sorted(kept, key=lambda one: (min(one.years), one.id)))


def known_years(calendar_id: str, own: Iterable[Calendar]) -> tuple[int, ...]:
    """The years whose working days can be counted for a batch, in order."""
    kind = kind_of(calendar_id)
    every = (*builtin_calendars().values(), *own)
    return tuple(sorted({year for one in every if kind_of(one.id) == kind for year in one.years}))


def look(office: Office, path: Path) -> Offered:
    """Reads a calendar file; writes nothing.

    Raises:
        NdbError: E-CALENDAR-FORMAT, E-CALENDAR-KIND (not of the batch's country or region), E-CALENDAR-KNOWN (a year
            of it has a shipped calendar, or one that was brought in with other years), E-STORE-*.
    """
    data = read_calendar_bytes(path)
    offered = parse_calendar(data, path.name)
    _check(offered, path.name)
    kind = kind_of(office.batch.calendar)
    if kind_of(offered.id) != kind:
        raise NdbError("E-CALENDAR-KIND", place=path.name, name=offered.id, kind=kind)
    replaces = False
    for one in builtin_calendars().values():
        _refuse(path, one, offered)
    for one in own_calendars(office):
        if one.id == offered.id and one.years == offered.years:
            replaces = True
        else:
            _refuse(path, one, offered)
    return Offered(offered, data.decode("utf-8"), hashlib.sha256(data).hexdigest(), replaces)


def accept(office: Office, offered: Offered) -> Calendar:
    """Keeps a calendar that was looked at; with the same years again it takes the place of the former.

    Raises NdbError E-STORE-*.
    """
    calendar = offered.calendar
    kept = {**_kept(office), calendar.id: offered.raw}
    with office.registry.transaction():
        office.registry.set_meta(_META, json.dumps(kept, ensure_ascii=False, sort_keys=True))
        office.log(
            "calendar",
            calendar.id,
            {"years": sorted(calendar.years), "documents": list(calendar.documents), "sha256": offered.sha256},
        )
    return calendar


def _kept(office: Office) -> dict[str, str]:
    found: dict[str, str] = json.loads(office.registry.meta(_META) or "{}")
    return found


def _refuse(path: Path, known: Calendar, offered: Calendar) -> None:
    both = known.years & offered.years
    if both or known.id == offered.id:
        raise NdbError("E-CALENDAR-KNOWN", place=path.name, year=min(both or known.years), name=known.id)


def _check(calendar: Calendar, name: str) -> None:
    """What the program's own files keep of themselves. Raises NdbError E-CALENDAR-FORMAT."""
    detail = ""
    if not _ID.fullmatch(calendar.id):
        detail = "id"
    elif len(calendar.documents) > _DOCUMENTS or any(
        len(one) > _LONGEST or not one.isprintable() or not one.strip() for one in calendar.documents
    ):
        detail = "documents"
    elif any(year not in _YEARS for year in calendar.years) or calendar.years != {day.year for day in calendar.off}:
        # A year without a single holiday would count every one of them as a working day.
        detail = "years"
    if detail:
        raise NdbError("E-CALENDAR-FORMAT", place=name, detail=detail)
