"""Whether an application's data, targets and tasks speak the language of its rule pack (数据核对, R11).

What a rule cannot read would silently score as missing (缺项), so it is a fault before anyone scores. What can be read
but looks like a slip of the pen (万元 for 亿元, a target below its base) is a warning for a person to look at.
Places are paths inside the application, such as `data.rd_spending` or `targets[2]`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import pairwise

from ndb_desktop.domain.errors import Fault
from ndb_desktop.domain.model import Application, Datum, Target
from ndb_desktop.domain.numbers import brief, exact, plain
from ndb_desktop.domain.rulepack import DataItem, Measure, RulePack
from ndb_desktop.domain.rulescore import leaves_of, rises
from ndb_desktop.domain.ruletree import Facts, NoValue
from ndb_desktop.domain.units import UNITS, convert

JUMP = 50
"""Growth or shrinking within a year beyond this factor is looked at: a wrong unit is off by 10^4 at least."""


def data_items(pack: RulePack) -> Mapping[str, DataItem]:
    """Every data item a pack asks for, by code."""
    return {item.code: item for indicator in pack.indicators for item in indicator.data}


def data_faults(pack: RulePack, application: Application) -> Iterator[Fault]:
    """What no rule of the pack could read: unknown ids, wrong kinds, years, units and classes."""
    wanted = data_items(pack)
    for code, datum in application.data.items():
        item = wanted.get(code)
        if item is None:
            yield Fault("E-IMPORT-DATUM", f"data.{code}", {"code": code})
        else:
            yield from _datum_faults(item, datum, application.year)
    for number, target in enumerate(application.targets):
        yield from _target_faults(pack, target, f"targets[{number}]")
    for number, task in enumerate(application.tasks):
        if task.indicator not in pack.indicator_by_id:
            yield Fault("E-IMPORT-INDICATOR", f"tasks[{number}]", {"indicator": task.indicator})


def data_warnings(pack: RulePack, application: Application) -> Iterator[Fault]:
    """What can be scored but deserves a look: missing data, leaps from one year to the next, targets below the base."""
    wanted = data_items(pack)
    missing = sorted(
        code for code, item in wanted.items() if item.required and not _present(application.data.get(code), item)
    )
    if missing:
        yield Fault("E-IMPORT-DATA-MISSING", "", {"codes": ", ".join(missing)})
    for code, datum in application.data.items():
        yield from _leaps(wanted[code], datum, application.year)
    for number, target in enumerate(application.targets):
        yield from _easy_target(pack, application, target, f"targets[{number}]")


def _kind(datum: Datum) -> str:
    if datum.flag is not None:
        return "flag"
    return "number" if datum.values else "objects"


def _years(item: DataItem, year: int) -> list[str]:
    """The keys of a number's values: its years, the oldest first, or "" for a single figure."""
    return [str(year - back) for back in reversed(range(item.years))] or [""]


def _same_dimension(one: str, other: str) -> bool:
    return one in UNITS and other in UNITS and UNITS[one].dimension == UNITS[other].dimension


def _datum_faults(item: DataItem, datum: Datum, year: int) -> Iterator[Fault]:
    place = f"data.{item.code}"
    if _kind(datum) != item.kind:
        yield Fault("E-IMPORT-KIND", place, {"wanted": item.kind, "found": _kind(datum)})
        return
    if item.kind == "objects":
        for number, entry in enumerate(datum.objects):
            if entry.cls not in item.classes:
                params = {"code": item.code, "found": entry.cls, "classes": ", ".join(item.classes)}
                yield Fault("E-IMPORT-CLASS", f"{place}.objects[{number}]", params)
    elif item.kind == "number":
        if not _same_dimension(datum.unit, item.unit):
            yield Fault("E-IMPORT-UNIT", place, {"wanted": item.unit, "found": datum.unit})
        keys = _years(item, year)
        strange = sorted({*datum.values, *datum.verified} - set(keys))
        if strange and item.years:
            found = ", ".join(key or '""' for key in strange)
            yield Fault("E-IMPORT-YEARS", place, {"code": item.code, "found": found, "wanted": ", ".join(keys)})
        elif strange:
            yield Fault("E-IMPORT-SINGLE", place, {"code": item.code, "found": ", ".join(strange)})


def _target_faults(pack: RulePack, target: Target, place: str) -> Iterator[Fault]:
    indicator = pack.indicator_by_id.get(target.indicator)
    if indicator is None:
        yield Fault("E-IMPORT-INDICATOR", place, {"indicator": target.indicator})
        return
    units = {measure.id: measure.unit for measure in indicator.rule.measures} if indicator.rule else {}
    if target.measure not in units:
        yield Fault("E-IMPORT-MEASURE", place, {"indicator": target.indicator, "measure": target.measure})
    elif not _same_dimension(target.unit, units[target.measure]):
        yield Fault("E-IMPORT-UNIT", place, {"wanted": units[target.measure], "found": target.unit})


def _present(datum: Datum | None, item: DataItem) -> bool:
    if datum is None:
        return False
    return item.kind != "number" or len({*datum.values, *datum.verified}) >= max(1, item.years)


def _leaps(item: DataItem, datum: Datum, year: int) -> Iterator[Fault]:
    """Neighbouring years whose used values differ by more than `JUMP` times; from or to zero there is no factor."""
    used = {**datum.values, **datum.verified}
    keys = _years(item, year)
    for before, after in pairwise(keys):
        old, new = used.get(before), used.get(after)
        if not old or not new:
            continue
        ratio = exact(new) / exact(old)
        if ratio > JUMP or 0 < ratio < Fraction(1, JUMP):
            params = {
                "code": item.code, "before": before, "old": plain(old), "after": after, "new": plain(new),
                "unit": datum.unit, "times": str(JUMP),
            }  # fmt: skip
            yield Fault("E-IMPORT-LEAP", f"data.{item.code}", params)


def _easy_target(pack: RulePack, application: Application, target: Target, place: str) -> Iterator[Fault]:
    """A target on the worse side of its base gives 0 points for the target half of the item."""
    indicator = pack.indicator_by_id[target.indicator]
    if indicator.rule is None or target.target is None:
        return
    measure = next(measure for measure in indicator.rule.measures if measure.id == target.measure)
    upward = {leaf["x"]: rises(leaf) for leaf in leaves_of(indicator.rule.score) if "x" in leaf}.get(measure.id)
    base = _base(Facts(indicator, application, Fraction(1)), measure, target)
    if upward is None or not measure.target or base is None:
        return
    goal = exact(target.target)
    if goal < base if upward else goal > base:
        params = {
            "indicator": target.indicator, "measure": target.measure, "target": plain(target.target),
            "base": brief(base, 6), "unit": target.unit,
        }  # fmt: skip
        yield Fault("E-IMPORT-TARGET-EASY", place, params)


def _base(facts: Facts, measure: Measure, target: Target) -> Fraction | None:
    """The base in the target's unit: the stated one, else the figure from the data; `None` if there is neither."""
    if target.base is not None:
        return exact(target.base)
    try:
        return convert(facts.measure_shown(measure.id), measure.unit, target.unit)
    except NoValue:
        return None
