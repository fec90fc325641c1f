"""校准轮: everybody scores the same few applications first, so that the scale is talked about before it counts.

Bundles and score files of a calibration are kept apart from all others (`storage.registry_calibration`), so nothing of
it can enter a sum, a panel, a report or an export. What comes of it is the spread of the scores per item, without names
and without an order of applications or experts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.model import Application
from ndb_desktop.domain.numbers import exact, parse_number
from ndb_desktop.domain.phrase import LocalText
from ndb_desktop.domain.selection import neutral_key
from ndb_desktop.domain.sheetform import Form, StageForm
from ndb_desktop.formats.scorefile import OpenedSheet, open_score
from ndb_desktop.services.issue import check_expiry
from ndb_desktop.services.issue_orders import Opening, Order
from ndb_desktop.services.issue_run import IssueFailure, carry_out
from ndb_desktop.services.tasks import CancelToken, Progress, silent
from ndb_desktop.storage.registry_calibration import CalibrationRow
from ndb_desktop.storage.registry_rows import IssuedBundle

if TYPE_CHECKING:
    from ndb_desktop.services.office import Office

MOST = 3
"""Applications in a round of calibration: enough to see the scale, few enough to leave time for the round itself."""


@dataclass(frozen=True, slots=True)
class CalibrationReport:
    """What an issue for calibration did.

    `barred` are experts who must avoid one of the applications (回避) and therefore get none; `skipped` have theirs.
    """

    folder: Path
    issued: tuple[IssuedBundle, ...]
    skipped: tuple[str, ...]
    barred: tuple[str, ...]
    failed: tuple[IssueFailure, ...]


@dataclass(frozen=True, slots=True)
class ItemSpread:
    """How far the scores of one item lie apart: `experts` is how many scored it, numbers as entered (points).

    In a later stage a task is 0, 0.5 or 1. `part` and `title` say which item it is.
    """

    item: str
    part: str
    title: LocalText
    experts: int
    lowest: Decimal
    middle: Fraction
    highest: Decimal

    @property
    def spread(self) -> Decimal:
        """Highest less lowest."""
        return self.highest - self.lowest


@dataclass(frozen=True, slots=True)
class ApplicationSpread:
    """The items of one application in the order of its form; `sheets` scored it, `avoided` declared a conflict.

    Items without a number, confirmed or challenged as a whole, are left out.
    """

    application: Application
    sheets: int
    avoided: int
    items: tuple[ItemSpread, ...]


@dataclass(frozen=True, slots=True)
class CalibrationStatus:
    """The newest round of calibration: the bundles in force, and from whom scores came."""

    row: CalibrationRow
    issued: tuple[IssuedBundle, ...]
    received: frozenset[str]


def issue_calibration(
    office: Office,
    folder: Path,
    applications: Sequence[str],
    *,
    expires_at: str | None = None,
    opening: Opening = "auto",
    progress: Progress = silent,
    cancel: CancelToken | None = None,
) -> CalibrationReport:
    """Issues the same applications to everybody: all who are assigned something, or the whole pool before that.

    Another choice of applications begins a new round; the same choice goes on with those who have no bundle yet.

    Raises:
        NdbError: E-CALIBRATION-PICK (not one to three different applications), E-CALIBRATION-NOBODY (everybody must
            avoid one of them, or there are no experts), E-OFFICE-APPLICATION, and as `issue_bundles`.
        Cancelled: by `cancel`; what was issued until then stays.
    """
    picked = tuple(applications)
    if not 1 <= len(picked) <= MOST or len(set(picked)) != len(picked):
        raise NdbError("E-CALIBRATION-PICK", most=MOST)
    check_expiry(expires_at, office.clock())
    covers = tuple(sorted(map(office.cover, picked), key=neutral_key))
    people, barred = _people(office, picked)
    if not people:
        raise NdbError("E-CALIBRATION-NOBODY")
    office.signer()
    row = _round(office, tuple(application.id for application in covers))
    have = {bundle.expert for bundle in office.registry.calibration_bundles(row.id)} if row else set()
    known = [bundle.expert for bundle in office.registry.calibration_bundles()]
    orders = [
        Order(
            expert=expert, name=name, applications=covers, number=1 + known.count(expert), kind="calibration",
            opening=opening,
        )
        for expert, name in people.items()
        if expert not in have
    ]  # fmt: skip
    keep = _Keeper(office, row, tuple(application.id for application in covers))
    report = carry_out(office, folder, orders, expires_at, progress, cancel or CancelToken(), keep)
    return CalibrationReport(folder, report.issued, tuple(sorted(have & people.keys())), barred, report.failed)


class _Keeper:
    """Puts calibration bundles on record; a new round begins with its first bundle, not before."""

    def __init__(self, office: Office, row: CalibrationRow | None, applications: tuple[str, ...]) -> None:
        self._office = office
        self._row = row
        self._applications = applications

    def __call__(self, bundle: IssuedBundle) -> None:
        office, row = self._office, self._row
        with office.registry.transaction():
            if row is None:
                row = office.registry.add_calibration(office.now(), office.identity.keyid, self._applications)
                office.log("calibration", office.batch.id, {"round": row.id, "applications": list(row.applications)})
            office.registry.put_calibration_bundle(row.id, bundle)
            details = {
                "bundle": bundle.bundle_id, "digest": bundle.digest, "round": row.id, "file": Path(bundle.path).name,
            }  # fmt: skip
            office.log("calibration.issue", bundle.expert, details)
        self._row = row


def _people(office: Office, picked: Sequence[str]) -> tuple[Mapping[str, str], tuple[str, ...]]:
    """Names of those who take part, by id; and who must avoid one of the applications."""
    names = {expert.id: expert.name for expert in office.experts()}
    wanted = {pair.expert for pair in office.assignments()} or names.keys()
    avoiding = {row.expert for row in office.conflicts() if row.strength == "recuse" and row.application in picked}
    people = {expert: names.get(expert, expert) for expert in sorted(wanted - avoiding)}
    return people, tuple(sorted(wanted & avoiding))


def _round(office: Office, applications: tuple[str, ...]) -> CalibrationRow | None:
    """The newest round, when it is about these applications."""
    rows = office.registry.calibrations()
    return rows[-1] if rows and rows[-1].applications == applications else None


def calibration_status(office: Office) -> CalibrationStatus | None:
    """The newest round of calibration, None when there was none."""
    rows = office.registry.calibrations()
    if not rows:
        return None
    files = office.registry.calibration_files(rows[-1].id)
    issued = tuple(row for row in office.registry.calibration_bundles(rows[-1].id) if not row.revoked_at)
    return CalibrationStatus(rows[-1], issued, frozenset(file.expert for file in files))


def calibration_spread(office: Office) -> tuple[ApplicationSpread, ...]:
    """How far scores lie apart in the newest round of calibration; that they were looked at goes on record.

    Applications in their neutral order, items in the order of the form (R06); no names. Of an expert's files the
    latest revision counts. Raises as `Office.stage_work`.
    """
    rows = office.registry.calibrations()
    if not rows:
        return ()
    latest: dict[tuple[str, str], OpenedSheet] = {}
    # What came from a bundle that replaced another counts before what came from the lost one.
    age = {bundle.bundle_id: n for n, bundle in enumerate(office.registry.calibration_bundles(rows[-1].id))}
    for file in sorted(office.registry.calibration_files(rows[-1].id), key=lambda file: age[file.bundle]):
        for sheet in open_score(file.envelope, None).sheets:
            latest[sheet.record.application, file.expert] = sheet
    office.log("calibration.viewed", office.batch.id, {"round": rows[-1].id})
    covers = sorted(map(office.cover, rows[-1].applications), key=neutral_key)
    return tuple(
        _spread(office, cover, [sheet for (name, _), sheet in latest.items() if name == cover.id]) for cover in covers
    )


def _spread(office: Office, application: Application, sheets: Sequence[OpenedSheet]) -> ApplicationSpread:
    scored = [sheet.record for sheet in sheets if sheet.record.status == "scored"]
    values: dict[str, list[Decimal]] = {}
    for record in scored:
        for item in record.items:
            if item.state == "scored" and item.value is not None:
                values.setdefault(item.item, []).append(parse_number(item.value))
    items = tuple(
        ItemSpread(item.id, item.part, item.title, len(found), min(found), median(map(exact, found)), max(found))
        for item in _form(office, application).items
        if (found := values.get(item.id))
    )
    avoided = sum(sheet.record.status == "recused" for sheet in sheets)
    return ApplicationSpread(application, len(scored), avoided, items)


def _form(office: Office, application: Application) -> Form:
    """What the application's sheet asks: in a later stage that of its own base."""
    work = office.stage_work(application.id)
    return office.pack_of(application) if work is None else StageForm(work)
