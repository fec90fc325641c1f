"""检查任务: who goes to which applicant and verifies what, planned by the coordinator before anything is issued.

Data come from challenges that only a look can settle, from flags, from a random sample whose seed makes it
reproducible, and from the coordinator's own list; each keeps every reason it is there for (R17).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ndb_desktop.crypto.identity import PublicKey
from ndb_desktop.domain.datacheck import data_items, data_warnings
from ndb_desktop.domain.dispute import declared, in_force
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.model import Application
from ndb_desktop.domain.siterecord import Member, Visit, Wanted, Why
from ndb_desktop.formats.siteparts import decode_visit, encode_visit
from ndb_desktop.services.disputes import Rulings, known_rulings, list_disputes
from ndb_desktop.services.inspectors import check_team, find_inspector
from ndb_desktop.services.results_compute import compute
from ndb_desktop.services.stage_visits import declared_places, sent_to_site, wanted_targets
from ndb_desktop.services.visit_withdraw import withdrawn_visits
from ndb_desktop.storage.registry_visits import VisitRow

if TYPE_CHECKING:
    from ndb_desktop.domain.sitepack import SitePack
    from ndb_desktop.services.office import Office

LEAST = 2
"""R17: never fewer inspectors, whatever a checklist says."""
Place = tuple[str, str]
"""Code of the datum, and year or ""."""
_WHYS: tuple[Why, ...] = ("challenge", "flag", "sample", "coordinator")


@dataclass(frozen=True, slots=True)
class VisitPlan:
    """What the coordinator chose. `listed` are data with a note each; `excused` says why a ground to check is none.

    `required` are those who must sign, everybody unless told otherwise; `sample` data are drawn by `seed`.
    """

    application: str
    team: tuple[str, ...]
    required: tuple[str, ...] = ()
    challenges: bool = True
    flags: bool = False
    sample: int = 0
    seed: str = ""
    listed: Mapping[Place, str] = field(default_factory=dict)
    excused: Mapping[str, str] = field(default_factory=dict)
    planned_on: str = ""


def draft_visit(office: Office, plan: VisitPlan, pack: SitePack) -> Visit:
    """The visit as it would be planned; nothing is written.

    Raises:
        NdbError: E-OFFICE-APPLICATION, E-INSPECTOR-UNKNOWN, E-VISIT-TEAM (too few, or somebody twice), E-VISIT-SIGNERS
            (fewer than two must sign, or somebody else), E-VISIT-EXPERT, E-VISIT-CONFLICT, E-VISIT-DATUM (no such
            datum), E-VISIT-SEED (a sample without a seed), E-VISIT-PACK (a checklist for others).
    """
    application = office.application(plan.application)
    if application.category not in pack.categories:
        raise NdbError("E-VISIT-PACK", place=application.id, pack=pack.id)
    team = [find_inspector(office, name) for name in plan.team]
    least = max(LEAST, pack.least_members)
    if len(team) < least or len({row.id for row in team}) != len(team):
        raise NdbError("E-VISIT-TEAM", place=application.id, least=least)
    required = plan.required or plan.team
    if len(set(required)) < LEAST or not set(required) <= set(plan.team):
        raise NdbError("E-VISIT-SIGNERS", place=application.id)
    check_team(office, application, team, plan.excused)
    return Visit(
        id=f"S-{len(office.registry.visits()) + 1:03d}",
        batch=office.batch.id,
        trial=office.batch.trial,
        application=application.id,
        applicant=application.applicant,
        pack=pack.digest,
        members=tuple(Member(row.id, row.name, row.employer, PublicKey(row.openssh).age_recipient) for row in team),
        required=tuple(dict.fromkeys(required)),
        wanted=tuple(_wanted(office, application, plan, _drawn(office, application, plan))),
        planned_on=plan.planned_on,
    )


def plan_visit(office: Office, plan: VisitPlan, pack: SitePack) -> Visit:
    """Puts a visit on record; nothing is issued yet. Its number is never used again, withdrawn or not.

    Raises:
        NdbError: as `draft_visit`, and E-JSON-FIELD.
    """
    visit = draft_visit(office, plan, pack)
    drawn = _drawn(office, office.application(plan.application), plan)
    notes = {
        "seed": plan.seed, "sample": plan.sample, "drawn": ["/".join(place) for place in drawn],
        "excused": dict(plan.excused), "challenges": plan.challenges, "flags": plan.flags,
    }  # fmt: skip
    body = encode_visit(visit)
    with office.registry.transaction():
        office.registry.put_visit(
            VisitRow(visit.id, visit.application, body, pack.raw, notes, office.now(), office.identity.keyid)
        )
        details = {"application": visit.application, "team": list(plan.team), "wanted": len(visit.wanted), **notes}
        office.log("visit.planned", visit.id, {**details, "sha256": hashlib.sha256(body).hexdigest()})
    return visit


def _drawn(office: Office, application: Application, plan: VisitPlan) -> tuple[Place, ...]:
    work = office.stage_work(application.id)
    return draw_sample(application, plan.seed, plan.sample, () if work is None else declared_places(work))


def draw_sample(application: Application, seed: str, count: int, among: Iterable[Place] = ()) -> tuple[Place, ...]:
    """随机抽样: `count` declared figures in the order of SHA-256(seed|application|datum/year); anybody can repeat it.

    In a later stage they are drawn `among` the actual values.

    Raises:
        NdbError: E-VISIT-SEED (none typed).
    """
    if not count:
        return ()
    if not seed.strip():
        raise NdbError("E-VISIT-SEED", place=application.id)

    def lot(place: Place) -> str:
        return hashlib.sha256(f"{seed.strip()}|{application.id}|{'/'.join(place)}".encode()).hexdigest()

    places = list(among) or [(code, key) for code, datum in application.data.items() for key in datum.values]
    return tuple(sorted(sorted(places, key=lot)[:count]))


def asked_by_challenges(office: Office, application: Application) -> tuple[Place, ...]:
    """Data of which it was decided that somebody has to go and look."""
    if office.stage != "selection":
        return sent_to_site(office, application.id)
    found = Rulings(office).of(application, ())
    return tuple((one.datum, one.key) for one in found if one.ruling is not None and one.ruling.action == "site")


def asked_by_flags(office: Office, application: Application) -> tuple[Place, ...]:
    """Data behind an indicator that a panel's flag is about, and data that looked like a slip of the pen."""
    if office.stage != "selection":
        return ()  # a panel's flags are about scores
    pack = office.pack_of(application)
    indicators = {item.id: item.indicator.id for item in pack.items}
    result = compute(office).results.get(application.id)
    flagged = {indicators[flag.item] for flag in (result.flags if result else ()) if flag.item in indicators}
    codes = {item.code for one in pack.indicators if one.id in flagged for item in one.data}
    codes |= {str(fault.params["code"]) for fault in data_warnings(pack, application) if "code" in fault.params}
    return tuple((code, key) for code in sorted(codes & application.data.keys()) for key in _keys(application, code))


def _keys(application: Application, code: str) -> Iterable[str]:
    return sorted(application.data[code].values) or ("",)


def _wanted(office: Office, application: Application, plan: VisitPlan, drawn: Sequence[Place]) -> Iterator[Wanted]:
    sources: Mapping[Why, Iterable[Place]] = {
        "challenge": asked_by_challenges(office, application) if plan.challenges else (),
        "flag": asked_by_flags(office, application) if plan.flags else (),
        "sample": drawn,
        "coordinator": plan.listed,
    }
    whys: dict[Place, list[Why]] = {}
    for why in _WHYS:
        for place in sources[why]:
            whys.setdefault(place, []).append(why)
    work = office.stage_work(application.id)
    if work is not None:
        yield from wanted_targets(work, whys, plan.listed)
        return
    pack = office.pack_of(application)
    items = data_items(pack)
    indicator = {item.code: one.id for one in pack.indicators for item in one.data}
    for (code, key), reasons in sorted(whys.items()):
        item, datum = items.get(code), application.data.get(code)
        single = item is not None and (item.kind != "number" or not item.years)
        if item is None or (key != "" if single else datum is None or key not in datum.values):
            raise NdbError("E-VISIT-DATUM", place=application.id, datum=f"{code}/{key}" if key else code)
        yield Wanted(
            datum=code,
            key=key,
            indicator=indicator[code],
            unit=item.unit if datum is None else datum.unit,
            kind=item.kind,
            declared=declared(application, code, key) if item.kind == "number" else None,
            whys=tuple(reasons),
            note=plan.listed.get((code, key), ""),
        )


def uncovered(office: Office) -> tuple[tuple[str, str, str], ...]:
    """Data that somebody has to go and look at and no visit will: (application, datum, year), in that order.

    A visit covers what it is to verify until its record came or it is withdrawn; one whose record is held or left a
    datum open covers it no more.
    """
    back = {one.visit for one in office.registry.site_standings() if one.state != "conflict"}
    back |= withdrawn_visits(office).keys()
    rows = [decode_visit(row.json) for row in office.registry.visits() if row.id not in back]
    covered = {(visit.application, one.datum, one.key) for visit in rows for one in visit.wanted}
    return tuple(sorted(_sent_to_site(office) - covered))


def _sent_to_site(office: Office) -> set[tuple[str, str, str]]:
    if office.stage != "selection":
        return {one.place for one in list_disputes(office) if one.ruling is not None and one.ruling.action == "site"}
    known = known_rulings(office)
    names = {name for (name, _, _), ruling in known.items() if ruling.action == "site"}
    return {
        (name, datum, key)
        for name in names
        for (datum, key), ruling in in_force(office.application(name), known).items()
        if ruling.action == "site"
    }


def visit_of(office: Office, name: str) -> tuple[Visit, VisitRow]:
    """A visit as planned. Raises NdbError E-VISIT-UNKNOWN."""
    row = office.registry.visit(name)
    if row is None:
        raise NdbError("E-VISIT-UNKNOWN", visit=name)
    return decode_visit(row.json), row


def list_visits(office: Office) -> tuple[Visit, ...]:
    """Every visit, in the order of their numbers."""
    return tuple(decode_visit(row.json) for row in office.registry.visits())
