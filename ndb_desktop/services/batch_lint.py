"""What is wrong or odd in the form of a new batch, each fault at the field of the form it stands in.

A place is `step.field`, with the row in a list: `fields[3].k`, `quotas.park[3]`, `recommenders[0].region`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from ndb_desktop.domain.errors import Fault, NdbError
from ndb_desktop.domain.model import Category
from ndb_desktop.domain.numbers import parse_number
from ndb_desktop.domain.recommenders import list_faults
from ndb_desktop.formats.applicationrecord import FIRST_YEAR, LAST_YEAR
from ndb_desktop.services.batch_form import BatchForm, count
from ndb_desktop.services.calendars import builtin_calendars, regions
from ndb_desktop.services.office import REGISTRY_FILE

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_HIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
MAX_NAME = 200
LEAST_PANEL = 5
MOST_FIELDS = 50
MOST_K = Decimal(10)


@dataclass(frozen=True, slots=True)
class QuotaSum:
    """The ceilings of a category together. `total` None: none in total; `open_fields`: fields without one.

    `unreachable` seats of the total can never be filled, because every field has a ceiling and they sum to less.
    """

    total: int | None
    summed: int
    open_fields: int
    unreachable: int


def form_faults(form: BatchForm, language: str = "zh_CN") -> tuple[Fault, ...]:
    """Every fault, in the order of the steps and fields; none means that the batch can be made.

    `language` decides by which of its names a field is called.
    """
    return (
        *_batch(form), *_fields(form), *_quotas(form, language), *_rules(form), *_dates(form), *_recommenders(form),
        *_folder(form),
    )  # fmt: skip


def quota_sum(form: BatchForm, category: Category) -> QuotaSum | None:
    """The live sum of a category; None while a number is none."""
    try:
        total = count(form.totals.get(category, ""))
        limits = [count(row.quotas.get(category, "")) for row in form.fields]
    except ValueError:
        return None
    known = [limit for limit in limits if limit is not None]
    open_fields = len(limits) - len(known)
    short = 0 if total is None or open_fields or not limits else max(total - sum(known), 0)
    return QuotaSum(total, sum(known), open_fields, short)


def _text(value: str, place: str) -> Iterator[Fault]:
    if not value.strip():
        yield Fault("E-PLAN-EMPTY", place)
    elif len(value.strip()) > MAX_NAME:
        yield Fault("E-PLAN-LONG", place, {"most": str(MAX_NAME)})
    elif bad := _HIDDEN.search(value):
        yield Fault("E-RECORD-CONTROL", place, {"point": f"U+{ord(bad.group()):04X}"})


def _id(value: str, place: str) -> Iterator[Fault]:
    if not value.strip():
        yield Fault("E-PLAN-EMPTY", place)
    elif not _ID.fullmatch(value.strip()):
        yield Fault("E-PLAN-ID", place)


def _batch(form: BatchForm) -> Iterator[Fault]:
    yield from _id(form.id, "batch.id")
    yield from _text(form.name, "batch.name")
    yield from _text(form.zh, "batch.zh")
    yield from _text(form.en, "batch.en")
    if not FIRST_YEAR <= form.year <= LAST_YEAR:
        yield Fault("E-PLAN-YEAR", "batch.year", {"first": str(FIRST_YEAR), "last": str(LAST_YEAR)})


def _fields(form: BatchForm) -> Iterator[Fault]:
    if not form.takes_part():
        yield Fault("E-PLAN-CATEGORY", "fields.categories")
    if not 1 <= len(form.fields) <= MOST_FIELDS:
        yield Fault("E-PLAN-FIELDS", "fields.add", {"most": str(MOST_FIELDS)})
    seen: set[str] = set()
    for number, row in enumerate(form.fields):
        place = f"fields[{number}]"
        name = row.id.strip()
        yield from _id(row.id, f"{place}.id")
        if name in seen and name:
            yield Fault("E-APP-TWICE", f"{place}.id", {"name": name})
        seen.add(name)
        yield from _text(row.zh, f"{place}.zh")
        yield from _text(row.en, f"{place}.en")
        yield from _factor(row.k, f"{place}.k")


def _factor(value: str, place: str) -> Iterator[Fault]:
    if not value.strip():
        yield Fault("E-PLAN-EMPTY", place)
        return
    try:
        k = parse_number(value.strip())
    except NdbError as error:
        yield Fault(error.code, place, error.params)
        return
    if not 0 < k <= MOST_K:
        yield Fault("E-PLAN-K", place, {"value": value.strip()[:20], "most": str(MOST_K)})


def _quotas(form: BatchForm, language: str) -> Iterator[Fault]:
    """Laminar only: a ceiling in total, and one per field inside it (R04)."""
    for category in form.takes_part():
        total, known = _count(form.totals.get(category, ""))
        if not known:
            yield Fault("E-PLAN-COUNT", f"quotas.{category}.total")
        for number, row in enumerate(form.fields):
            place = f"quotas.{category}[{number}]"
            limit, known = _count(row.quotas.get(category, ""))
            if not known:
                yield Fault("E-PLAN-COUNT", place)
            elif limit is not None and total is not None and limit > total:
                name = (row.zh if language == "zh_CN" else row.en).strip() or row.id.strip()
                yield Fault("E-QUOTA-TOTAL", place, {"field": name, "limit": str(limit), "total": str(total)})


def _count(text: str) -> tuple[int | None, bool]:
    try:
        return count(text), True
    except ValueError:
        return None, False


def _rules(form: BatchForm) -> Iterator[Fault]:
    if form.panel_size < LEAST_PANEL or form.panel_size % 2 == 0:
        yield Fault("E-PLAN-PANEL", "rules.panel", {"least": str(LEAST_PANEL)})


def _dates(form: BatchForm) -> Iterator[Fault]:
    if form.calendar not in builtin_calendars():
        yield Fault("E-CALENDAR-UNKNOWN", "dates.calendar", {"name": form.calendar[:40]})


def _recommenders(form: BatchForm) -> Iterator[Fault]:
    if not form.checked_list:
        return
    for fault in list_faults(form.listed(), regions()):
        where = "recommenders.add" if fault.place == "recommenders" else fault.place
        yield Fault(fault.code, where, fault.params)
    for number, row in enumerate(form.recommenders):
        if row.name.strip():
            yield from _text(row.name, f"recommenders[{number}].name")


def _folder(form: BatchForm) -> Iterator[Fault]:
    if not form.folder.strip():
        yield Fault("E-PLAN-EMPTY", "keys.folder")
    elif (Path(form.folder) / REGISTRY_FILE).exists():
        yield Fault("E-OFFICE-EXISTS", "keys.folder")


def by_place(faults: tuple[Fault, ...]) -> Mapping[str, Fault]:
    """The first fault of every place."""
    found: dict[str, Fault] = {}
    for fault in faults:
        found.setdefault(fault.place, fault)
    return found


def step_of(place: str) -> str:
    """The step a place belongs to: its first word."""
    return re.split(r"[.\[]", place, maxsplit=1)[0]
