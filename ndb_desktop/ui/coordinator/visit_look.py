"""What the page of on-site inspections (现场检查) shows, read from the registry in its own lane."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ndb_desktop.domain.datacheck import data_items
from ndb_desktop.domain.decision import Decision
from ndb_desktop.domain.dispute import declared
from ndb_desktop.domain.errors import Fault, NdbError
from ndb_desktop.domain.model import Application
from ndb_desktop.domain.rulepack import DataItem
from ndb_desktop.domain.siterecord import Visit, Why
from ndb_desktop.domain.stagework import StageWork
from ndb_desktop.services.inspectors import check_team
from ndb_desktop.services.office import Office
from ndb_desktop.services.site_effects import SiteEffects, site_effects
from ndb_desktop.services.stage_rulings import YEAR, unit_of
from ndb_desktop.services.stage_rulings import declared as actual
from ndb_desktop.services.stage_words import promise_label
from ndb_desktop.services.tasks import CancelToken
from ndb_desktop.services.visit_notices import open_visits
from ndb_desktop.services.visit_withdraw import VisitState, visit_states, withdrawn_visits
from ndb_desktop.services.visits import Place, asked_by_challenges, asked_by_flags, list_visits, uncovered
from ndb_desktop.storage.registry_sites import SiteFileRow
from ndb_desktop.storage.registry_visits import InspectorRow, VisitBundle
from ndb_desktop.ui import i18n
from ndb_desktop.ui.coordinator.challenge_card import figure

_ANY_REASON = "-"
"""Stands for a reason while one looks whether a reason would do."""


@dataclass(frozen=True, slots=True)
class VisitLine:
    """A visit, where it stands, the bundle that is in force, and the decision that withdrew it."""

    visit: Visit
    state: VisitState
    revision: int
    bundle: VisitBundle | None
    withdrawn: Decision | None = None


@dataclass(frozen=True, slots=True)
class RecordLine:
    """A record on file; `counts` says whether it is the one that counts of its visit, `held` whether it would be.

    It is held (待核) when a key it was signed with was revoked.
    """

    file: SiteFileRow
    applicant: str
    counts: bool
    held: bool = False


@dataclass(frozen=True, slots=True)
class VisitsLook:
    """Everything, and up to which entry of the log it holds."""

    entries: int
    inspectors: tuple[InspectorRow, ...]
    visits: tuple[VisitLine, ...]
    records: tuple[RecordLine, ...]
    effects: Mapping[str, SiteEffects]
    uncovered: tuple[tuple[str, str, str], ...] = ()
    """Data to be checked on site that no visit covers: application, datum, year."""


@dataclass(frozen=True, slots=True)
class Fit:
    """Whether an inspector may go: `fault` why not, `excusable` when a reason given makes it possible."""

    inspector: InspectorRow
    fault: Fault | None = None
    excusable: bool = False


@dataclass(frozen=True, slots=True)
class DatumLine:
    """A datum that can be verified: name and figure in words, and who asks for it."""

    place: Place
    label: str
    figure: str
    whys: tuple[Why, ...]


@dataclass(frozen=True, slots=True)
class PlanLook:
    """What planning a visit to one applicant has to know."""

    application: str
    fits: tuple[Fit, ...]
    data: tuple[DatumLine, ...]
    unconfirmed: tuple[str, ...] = ()
    """Inspectors who cannot be chosen before their keys are confirmed."""
    others: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Open visits to this applicant, each with its team."""


def read_visits(office: Office) -> VisitsLook:
    """Reads the page."""
    with office.registry.one_look():
        standings = {one.visit: one for one in office.registry.site_standings()}
        bundles: dict[str, VisitBundle] = {}
        states, gone = visit_states(office), withdrawn_visits(office)
        for bundle in office.registry.visit_bundles():
            if not bundle.revoked_at:
                bundles[bundle.visit] = bundle
        lines = []
        for visit in list_visits(office):
            standing = standings.get(visit.id)
            revision = standing.revision if standing else 0
            lines.append(VisitLine(visit, states[visit.id], revision, bundles.get(visit.id), gone.get(visit.id)))
        names = {line.visit.id: line.visit.applicant for line in lines}
        current = {site.payload_sha256: site.held for site in office.registry.current_sites(held=True)}
        records = [
            RecordLine(row, names.get(row.visit, ""), standing is False, standing is True)
            for row in office.registry.site_files()
            for standing in (current.get(row.payload_sha256),)
        ]
        return VisitsLook(
            office.registry.journal.head()[0],
            office.registry.inspectors(),
            tuple(lines),
            tuple(records),
            {one.application: one for one in site_effects(office)},
            uncovered(office),
        )


def look_plan(office: Office, name: str, flags: bool, cancel: CancelToken) -> PlanLook:
    """Who may go to an applicant, and what there is to verify. Raises NdbError E-OFFICE-APPLICATION."""
    application = office.application(name)
    fits, inspectors = [], office.registry.inspectors()
    for row in inspectors:
        cancel.check()
        if row.status == "active":
            fits.append(_fit(office, application, row))
    waiting = tuple(row.id for row in inspectors if row.status == "unconfirmed")
    others = open_visits(office, name)
    asked: dict[Place, tuple[Why, ...]] = dict.fromkeys(asked_by_challenges(office, application), ("challenge",))
    for place in asked_by_flags(office, application) if flags else ():
        asked[place] = (*asked.get(place, ()), "flag")
    work = office.stage_work(name)
    data = (
        [_target(work, promise.id, asked) for promise in work.case.promised]
        if work is not None
        else list(_declared_lines(office, application, asked))
    )
    return PlanLook(name, tuple(fits), tuple(sorted(data, key=lambda line: not line.whys)), waiting, others)


def _declared_lines(
    office: Office, application: Application, asked: Mapping[Place, tuple[Why, ...]]
) -> Iterator[DatumLine]:
    for code, item in sorted(data_items(office.pack_of(application)).items()):
        for key in _keys(application, item, code):
            shown = _declared(application, item, code, key)
            yield DatumLine((code, key), i18n.local(item.label), shown, asked.get((code, key), ()))


def _target(work: StageWork, target: str, asked: Mapping[Place, tuple[Why, ...]]) -> DatumLine:
    """An actual value of a later stage, which stands where a datum of selection does."""
    label = promise_label(work, target, i18n.language())
    shown, place = figure(actual(work, target), unit_of(work, target)), (target, YEAR)
    return DatumLine(place, label, shown, asked.get(place, ()))


def _fit(office: Office, application: Application, row: InspectorRow) -> Fit:
    try:
        check_team(office, application, [row], {})
    except NdbError as error:
        try:
            check_team(office, application, [row], {row.id: _ANY_REASON})
        except NdbError:
            return Fit(row, error.fault)
        return Fit(row, error.fault, excusable=True)
    return Fit(row)


def _keys(application: Application, item: DataItem, code: str) -> tuple[str, ...]:
    """The years of a figure that has years, else the one place there is."""
    if item.kind != "number" or not item.years:
        return ("",)
    datum = application.data.get(code)
    return tuple(sorted(datum.values)) if datum is not None else ()


def _declared(application: Application, item: DataItem, code: str, key: str) -> str:
    if item.kind != "number":
        return "—"
    datum = application.data.get(code)
    return figure(declared(application, code, key), item.unit if datum is None else datum.unit)
