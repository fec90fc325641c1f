"""Builders for visits: inspectors with confirmed keys, a checklist, an applicant with documents, signed records."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from ndb_desktop.domain.model import Application
from ndb_desktop.domain.sitepack import SitePack
from ndb_desktop.domain.siterecord import Check, Part, Photo, SiteRecord, Visit, key_of
from ndb_desktop.formats.card import build_card
from ndb_desktop.formats.scorefile import BundleRef
from ndb_desktop.formats.sitefile import WrittenSite, co_sign, freeze_site
from ndb_desktop.services.inspectors import confirm_inspector, import_inspectors
from ndb_desktop.services.office import Office
from ndb_desktop.services.office_folder import open_office
from ndb_desktop.services.rulepacks import builtin_site_packs
from ndb_desktop.services.visits import VisitPlan, plan_visit
from ndb_desktop.storage.registry_visits import VisitBundle
from tests.support.office import START, Clock, documented, make_expert, make_office, store_documents, use_tiny
from tests.support.travel import AT, person, tiny_application

TEAM = ("J01", "J02")
FROZEN = "2026-11-22T11:05:00+08:00"


def site_pack() -> SitePack:
    """The checklist that is shipped."""
    return builtin_site_packs()["site-check"]


def wide_application(number: int, **changes: object) -> Application:
    """Of an applicant of its own, with three years of R&D figures beside the one the tiny pack computes."""
    base = documented(tiny_application(number))
    data = {**base.data, "rd": replace(base.data["rd"], values={"2023": Decimal("1.9"), **base.data["rd"].values})}
    made = replace(base, credit_code=f"9111000000000000{number:02d}", data=data)
    return replace(made, **changes)  # type: ignore[arg-type]


def visited_office(folder: Path, applications: int = 2, experts: int = 5) -> Office:
    """Applications of different applicants with stored documents; experts assigned and issued to as usual."""
    people = [make_expert(n + 1) for n in range(experts)]
    office = make_office(folder, applications=[wide_application(n + 1) for n in range(applications)], experts=people)
    store_documents(office)
    return office


def opened_copy(folder: Path, target: Path) -> Office:
    """A registry made once, copied and opened: what tests ask again and again."""
    shutil.copytree(folder, target)
    return use_tiny(open_office(target, person("组织方"), clock=Clock(START + timedelta(hours=1))))


def card_of(name: str, *, employer: str = "示例检验院", shown: str = "", trial: bool = True) -> bytes:
    """The card of an inspector."""
    return build_card(person(name), name=shown or f"检查员{name}", employer=employer, trial=trial, created_at=AT)


def write_cards(folder: Path, names: Iterable[str] = TEAM) -> Path:
    """A folder of cards, named by the ids."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / f"{name}.ndbcard").write_bytes(card_of(name))
    return folder


def with_inspectors(office: Office, folder: Path, names: Sequence[str] = TEAM) -> None:
    """Inspectors whose keys are confirmed."""
    report = import_inspectors(office, write_cards(folder, names))
    assert report.ok, report.faults
    for name in names:
        confirm_inspector(office, name, person(name).keyid)


def planned(office: Office, application: str = "A-001", **changes: object) -> Visit:
    """A visit of J01 and J02 to verify the R&D figures."""
    plan = VisitPlan(application, TEAM, listed={("rd", key): "" for key in ("2023", "2025")})
    return plan_visit(office, replace(plan, **changes), site_pack())  # type: ignore[arg-type]


def record_of(visit: Visit, *parts: Part) -> SiteRecord:
    """A record with these parts."""
    return SiteRecord(visit, {key_of(part): part for part in parts})


def verified(value: str, *, datum: str = "rd/2025", effect: str = "replace") -> Check:
    """A check that found another figure."""
    return Check(datum, Decimal(value), "deviation", effect, ("original",), "J-1", "原件")  # type: ignore[arg-type]


def frozen(
    office: Office, visit: Visit, bundle: VisitBundle, target: Path, *parts: Part, revision: int = 1,
    supersedes: str | None = None, signers: Sequence[str] = TEAM, photos: Sequence[tuple[Photo, bytes]] = (),
    partial: bool = False,
) -> WrittenSite:  # fmt: skip
    """A record signed by `signers`, as their machines make it."""
    data = {photo.sha256: plain for photo, plain in photos}
    record = record_of(visit, *parts, *(photo for photo, _ in photos))
    target.parent.mkdir(parents=True, exist_ok=True)
    first = target.with_name(f"{target.stem}-1.ndbsite") if len(signers) > 1 else target
    written = freeze_site(
        first, record, bundle=BundleRef(bundle.bundle_id, bundle.digest), revision=revision, supersedes=supersedes,
        fallen=(), frozen_at=FROZEN, recipients=[office.coordinator, office.recovery],
        photo=lambda one: data[one.sha256], signer=person(signers[0]), partial=partial,
    )  # fmt: skip
    for number, name in enumerate(signers[1:], 2):
        step = target if number == len(signers) else target.with_name(f"{target.stem}-{number}.ndbsite")
        written = co_sign(written.path, step, person(name))
    return written
