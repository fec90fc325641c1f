"""实际值的处理: challenged actual values of a later stage, and the one decision on each, for every expert alike (R12).

A ruling names the target (`P1.1.revenue`) where one of selection names a datum, and has no year; its figure is in the
unit the actual value was declared in. What a signed record of a visit verified settles a target the same way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from ndb_desktop.domain.dispute import Dispute, Place, Raised, Ruling
from ndb_desktop.domain.effect import to_hold
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.model import Actual
from ndb_desktop.domain.stagecase import Promise
from ndb_desktop.domain.stageform import challenged_target, stage_item_id
from ndb_desktop.domain.stagepack import AcceptancePack
from ndb_desktop.domain.stageresult import TargetRow, target_row
from ndb_desktop.domain.stagework import StageWork

if TYPE_CHECKING:
    from ndb_desktop.services.office import Office

YEAR = ""
"""An actual value is of one year, so that the target alone names it."""


def declared(work: StageWork, target: str) -> Decimal | None:
    """What the base declared, None for a missing value (缺报)."""
    known = work.actual_by_id.get(target)
    return None if known is None else known.value


def unit_of(work: StageWork, target: str) -> str:
    """The unit a figure for a target is in: as it was declared, else that of the pack."""
    known = work.actual_by_id.get(target)
    return work.case.promise_by_id[target].measured.unit if known is None else known.unit


def fitting(work: StageWork, known: Mapping[Place, Ruling]) -> Mapping[str, Ruling]:
    """The rulings on a base that still fit, by target: a base that declared another value since is open again."""
    targets = {promise.id for promise in work.case.promised}
    return {
        target: ruling
        for (name, target, year), ruling in known.items()
        if (name, year) == (work.case.application, YEAR)
        and target in targets
        and declared(work, target) == ruling.declared
    }


def settled(work: StageWork, rulings: Mapping[str, Ruling]) -> StageWork:
    """The base as it counts: what took the place of a declared value stands as a verified one."""
    figures = {
        target: ruling.value
        for target, ruling in rulings.items()
        if ruling.action == "replace" and ruling.value is not None
    }
    if not figures:
        return work
    actuals = [replace(one, verified=figures.pop(one.id, one.verified)) for one in work.actuals]
    for target, value in sorted(figures.items()):
        promise = work.case.promise_by_id[target]
        measured = promise.measured
        actuals.append(
            Actual(measured.indicator, measured.measure, measured.unit, None, promise.target_year, verified=value)
        )
    return replace(work, actuals=tuple(actuals))


def is_open(ruling: Ruling | None) -> bool:
    """Whether nobody decided yet, or only that somebody has to go and look."""
    return ruling is None or ruling.action == "site"


def stage_disputes(office: Office, known: Mapping[Place, Ruling]) -> tuple[Dispute, ...]:
    """Every disputed actual value of the registry, by base and target; what was decided unasked stands there too."""
    raised: dict[str, dict[str, list[Raised]]] = {name: {} for name, _, _ in known}
    for name, expert, sheet, challenge in office.registry.current_challenges():
        mine = raised.setdefault(name, {}).setdefault(challenged_target(challenge), [])
        mine.append(Raised(expert, sheet, challenge))
    found = []
    for name in sorted(raised):
        work = office.stage_work(name)
        if work is not None:
            found += _of(work, raised[name], fitting(work, known))
    return tuple(found)


def _of(work: StageWork, raised: Mapping[str, list[Raised]], rulings: Mapping[str, Ruling]) -> list[Dispute]:
    promises = work.case.promise_by_id
    return [
        Dispute(
            application=work.case.application,
            datum=target,
            key=YEAR,
            indicator=promises[target].measured.indicator,
            declared=declared(work, target),
            unit=unit_of(work, target),
            raised=tuple(sorted(raised.get(target, ()), key=lambda one: (one.expert, one.challenge.id))),
            ruling=rulings.get(target),
        )
        for target in sorted({*raised, *rulings})
        if target in promises
    ]


def check_target(work: StageWork | None, place: Place) -> StageWork:
    """The base a ruling is about. Raises NdbError E-DISPUTE-DATUM unless it promised the target."""
    name, target, year = place
    promise = None if work is None else work.case.promise_by_id.get(target)
    if work is None or promise is None or promise.state != "promised" or year != YEAR:
        raise NdbError("E-DISPUTE-DATUM", application=name, datum=target)
    return work


def changed_targets(
    work: StageWork, rulings: Mapping[str, Ruling], trial: Mapping[str, Ruling]
) -> Mapping[str, tuple[Fraction | None, Fraction | None]]:
    """What would be credited to each target (0..100) now and with `trial` in force; only where it differs."""
    now, then = _credited(settled(work, rulings)), _credited(settled(work, trial))
    return {stage_item_id("target", name): (now[name], then[name]) for name in sorted(now) if now[name] != then[name]}


def _credited(work: StageWork) -> Mapping[str, Fraction | None]:
    rows = {promise.id: _row(work, promise) for promise in work.case.promised}
    return {name: None if row.counted is None else row.counted * 100 for name, row in rows.items()}


def _row(work: StageWork, promise: Promise) -> TargetRow:
    actual = work.values.get(promise.id)
    if isinstance(work.pack, AcceptancePack):
        return target_row(promise, actual, work.pack.deciding)
    reached = work.accepted_values.get(promise.id)
    return target_row(to_hold(promise, reached, work.pack.held_against), actual, "progress")
