"""验收对象: what a base promised, taken from its frozen application and never typed again, and what it declares now.

Base and target values come from the plan as it was selected; a base that was not stated is computed from the frozen
data, as the selection pack's rule did. Actual values are declared by the base (panel E.3).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Literal

from ndb_desktop.domain.errors import Fault, FaultsError, NdbError
from ndb_desktop.domain.model import Actual, Application, Category, Target, Task
from ndb_desktop.domain.numbers import exact
from ndb_desktop.domain.rulepack import RulePack
from ndb_desktop.domain.ruletree import Facts, NoValue
from ndb_desktop.domain.stagelint import misfits
from ndb_desktop.domain.stagepack import AnyStagePack, Measured
from ndb_desktop.domain.strictload import canonical
from ndb_desktop.domain.units import convert

CASE_FORMAT = "ndb-stagecase/1"

PromiseState = Literal["promised", "not_promised", "not_applicable"]
"""Promised, or the plan gave no target, or the pack does not ask for it in this field."""
BaseFrom = Literal["stated", "data", "none"]


@dataclass(frozen=True, slots=True)
class Promise:
    """创建目标 of one measure in the unit of the stage's pack; `base_from` says where the base value comes from."""

    measured: Measured
    state: PromiseState
    base: Fraction | None = None
    base_from: BaseFrom = "none"
    base_year: int = 0
    target: Fraction | None = None
    target_year: int = 0
    statement: str = ""

    @property
    def id(self) -> str:
        """Indicator and measure."""
        return self.measured.id


@dataclass(frozen=True)
class StageCase:
    """One base in a later stage. `frozen` is the SHA-256 (hex) of its application in the selection registry.

    `selection` and `pack` are the digests of the two packs: with `frozen` they determine everything here.
    """

    application: str
    category: Category
    field: str
    applicant: str
    credit_code: str
    frozen: str
    selection: str
    pack: str
    promises: tuple[Promise, ...]
    tasks: tuple[Task, ...]

    @property
    def digest(self) -> str:
        """SHA-256 (hex) that binds the case to the frozen application and both packs."""
        return hashlib.sha256(canonical([CASE_FORMAT, self.frozen, self.selection, self.pack])).hexdigest()

    @cached_property
    def promise_by_id(self) -> Mapping[str, Promise]:
        """Promises by id."""
        return {promise.id: promise for promise in self.promises}

    @property
    def promised(self) -> tuple[Promise, ...]:
        """Those with a target."""
        return tuple(promise for promise in self.promises if promise.state == "promised")


def stage_case(pack: AnyStagePack, selection: RulePack, application: Application, frozen: str) -> StageCase:
    """The case of one base from its application as the selection registry froze it.

    Raises:
        FaultsError: the stage's pack does not fit the selection pack; every reason (`stagelint.misfits`).
        NdbError: `E-STAGE-CATEGORY` for an application of the other category; `E-STAGE-TARGET-UNIT` for a target whose
            unit cannot be brought to that of the pack.
    """
    faults = misfits(pack, selection)
    if faults:
        raise FaultsError(faults, place=pack.id)
    if application.category != pack.category:
        raise NdbError("E-STAGE-CATEGORY", place=application.id, found=application.category, wanted=pack.category)
    return StageCase(
        application=application.id,
        category=application.category,
        field=application.field,
        applicant=application.applicant,
        credit_code=application.credit_code,
        frozen=frozen,
        selection=selection.digest,
        pack=pack.digest,
        promises=tuple(_promise(one, selection, application) for one in pack.measured),
        tasks=application.tasks,
    )


def _promise(measured: Measured, selection: RulePack, application: Application) -> Promise:
    if not measured.applies(application.field):
        return Promise(measured, "not_applicable")
    key = (measured.indicator, measured.measure)
    target = next((one for one in application.targets if (one.indicator, one.measure) == key), None)
    if target is None or target.target is None:
        return Promise(measured, "not_promised", statement=target.statement if target else "")
    base, source = _base(measured, target, selection, application)
    return Promise(
        measured=measured,
        state="promised",
        base=base,
        base_from=source,
        base_year=target.base_year,
        target=_converted(target.target, target, measured),
        target_year=target.target_year,
        statement=target.statement,
    )


def _converted(value: Decimal, target: Target, measured: Measured) -> Fraction:
    found = convert(exact(value), target.unit, measured.unit)
    if found is None:
        raise NdbError("E-STAGE-TARGET-UNIT", place=measured.id, found=target.unit, wanted=measured.unit)
    return found


def _base(
    measured: Measured, target: Target, selection: RulePack, application: Application
) -> tuple[Fraction | None, BaseFrom]:
    """As in the selection: the base stated with the target, else the figure that follows from the data."""
    if target.base is not None:
        return _converted(target.base, target, measured), "stated"
    indicator = selection.indicator_by_id[measured.indicator]
    try:
        shown = Facts(indicator, application, Fraction(1)).measure_shown(measured.measure)
    except NoValue:
        return None, "none"
    unit = next(m.unit for m in indicator.rule.measures if m.id == measured.measure) if indicator.rule else ""
    found = convert(shown, unit, measured.unit)
    return found, "none" if found is None else "data"


def actual_values(
    case: StageCase, actuals: Iterable[Actual], *, in_target_year: bool = True
) -> Mapping[str, Fraction | None]:
    """The actual value per promise in the pack's unit; None is a missing one (缺报), never a guess and never 0.

    Raises:
        FaultsError: `E-STAGE-ACTUAL-UNKNOWN`, `-TWICE`, `-UNIT`, `-YEAR` at each declared value that is wrong. The year
            has to be the target's, except in 成效评估 (`in_target_year` False).
    """
    found: dict[str, Fraction | None] = dict.fromkeys(promise.id for promise in case.promised)
    faults: list[Fault] = []
    seen: set[str] = set()
    for n, actual in enumerate(actuals):
        place = f"actuals[{n}]"
        promise = case.promise_by_id.get(actual.id)
        if promise is None or promise.state != "promised":
            faults.append(Fault("E-STAGE-ACTUAL-UNKNOWN", place, {"id": actual.id}))
            continue
        if actual.id in seen:
            faults.append(Fault("E-STAGE-ACTUAL-TWICE", place, {"id": actual.id}))
        seen.add(actual.id)
        if in_target_year and actual.year != promise.target_year:
            years = {"id": actual.id, "found": str(actual.year), "wanted": str(promise.target_year)}
            faults.append(Fault("E-STAGE-ACTUAL-YEAR", place, years))
        unit = promise.measured.unit
        if convert(Fraction(0), actual.unit, unit) is None:
            faults.append(Fault("E-STAGE-ACTUAL-UNIT", place, {"id": actual.id, "found": actual.unit, "wanted": unit}))
        elif actual.used is not None:
            found[actual.id] = convert(exact(actual.used), actual.unit, unit)
    if faults:
        raise FaultsError(faults, place=case.application)
    return found
