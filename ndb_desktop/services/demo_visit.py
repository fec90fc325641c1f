"""Visits of the sample round (示例): one inspected, co-signed and merged, one whose bundle waits to be opened.

Two inspectors work on two machines through the services of the inspection desk; the coordinator plans, issues and
merges through those of the office.
"""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from ndb_desktop.crypto.identity import Identity
from ndb_desktop.documents import samples as pictures
from ndb_desktop.documents.worker import RenderWorker
from ndb_desktop.domain.errors import FaultsError
from ndb_desktop.domain.siterecord import (
    MEETINGS,
    SCALE,
    Answer,
    Check,
    Closing,
    Finding,
    Head,
    Host,
    Meeting,
    Observation,
    Part,
    PhotoMark,
    Recheck,
    Visit,
    Wanted,
)
from ndb_desktop.formats.applications import application_from_json
from ndb_desktop.paths import resource
from ndb_desktop.services.demo_people import SEED
from ndb_desktop.services.demo_review import SampleClock
from ndb_desktop.services.disputes import decide, list_disputes
from ndb_desktop.services.identity import create_identity, unlock, write_card
from ndb_desktop.services.inspect import SiteSession, open_inspection
from ndb_desktop.services.inspectors import confirm_inspector, import_inspectors
from ndb_desktop.services.merge_receipts import write_site_receipts
from ndb_desktop.services.office import Office
from ndb_desktop.services.rulepacks import builtin_site_packs
from ndb_desktop.services.site_merge import merge_sites
from ndb_desktop.services.tasks import CancelToken
from ndb_desktop.services.visit_issue import issue_visit
from ndb_desktop.services.visits import Place, VisitPlan, plan_visit

PACK = "site-check"
EXPIRES = "2026-06-30T16:00:00Z"
DRAWN = 3
"""So many figures are drawn at random for each visit."""
_ZONE = timezone(timedelta(hours=8))
_AWAY = Decimal("0.93")
"""What was found beside what was declared: a deviation, and no major one."""


@dataclass(frozen=True, slots=True)
class SampleVisits:
    """How many visits there are; the bundle nobody opened yet and the key of a member of its team."""

    visits: int
    open_visit: Path
    inspector_key: Path


@cache
def words() -> Mapping[str, Any]:
    """The words of the sample's inspectors."""
    loaded: Mapping[str, Any] = json.loads(resource("samples", "demo_site.json").read_text(encoding="utf-8"))
    return loaded


def make_visits(office: Office, folder: Path, passphrase: str, clock: SampleClock, cancel: CancelToken) -> SampleVisits:
    """Adds the visits to a round whose score files are merged; writes `inspectors`, `visits`, `open-visit` in `folder`.

    A challenged datum is left to a visit (待现场检查), which is the one that waits; another applicant was visited.

    Raises:
        FaultsError, NdbError: what the services of a visit raise.
        Cancelled: by `cancel`.
    """
    people, visits, waiting = (folder / name for name in ("inspectors", "visits", "open-visit"))
    keys = _team(office, people, passphrase, clock)
    dispute = list_disputes(office)[0]
    decide(office, dispute.place, "site", reason=words()["ruling"])
    covers = sorted(cover.id for cover in office.covers() if cover.id != dispute.application)
    done = _planned(office, covers[0], {_newest(office, covers[0]): words()["asked"]})
    bundle = Path(issue_visit(office, done.id, visits, expires_at=EXPIRES, cancel=cancel).path)
    clock.leap(2)
    device = _Device(clock().astimezone(_ZONE).replace(hour=8, minute=30, second=0))
    with tempfile.TemporaryDirectory(prefix=".inspectors-", dir=folder) as machines:
        record = _Team(bundle, keys, Path(machines), device, cancel).work(visits)
    clock.leap(3)
    report = merge_sites(office, [record], cancel=cancel)
    write_site_receipts(office, report, visits)
    todo = _planned(office, dispute.application, {})
    issued = Path(issue_visit(office, todo.id, waiting, expires_at=EXPIRES, cancel=cancel).path)
    camera = waiting / "DCIM"
    camera.mkdir()
    for number, lines in enumerate(words()["camera"], 1):
        moment = f"{clock():%Y:%m:%d} 10:{number:02d}:00"
        (camera / f"IMG_{number:04d}.JPG").write_bytes(_photo(lines, SEED + 100 + number, moment))
    return SampleVisits(2, issued, min(people.glob("*.ndbkey")))


def _team(office: Office, folder: Path, passphrase: str, clock: SampleClock) -> list[Identity]:
    """The inspectors' keys and cards, taken in and confirmed."""
    keys = []
    for row in words()["team"]:
        stored = create_identity(folder, name=row["name"], passphrase=passphrase, trial=True)
        keys.append(unlock(stored.path, passphrase))
        target = folder / f"{row['id']}.ndbcard"
        write_card(keys[-1], name=row["name"], employer=row["employer"], target=target, trial=True, created_at=clock())
    taken = import_inspectors(office, folder)
    if taken.faults:
        raise FaultsError(taken.faults, place=folder.name)
    for row, key in zip(words()["team"], keys, strict=True):
        confirm_inspector(office, row["id"], key.keyid)
    return keys


def _newest(office: Office, application: str) -> Place:
    """The newest figure of the first datum of three years that is computed from."""
    pack = office.pack_of(office.cover(application))
    data = office.application(application).data
    code = next(
        item.code
        for one in pack.indicators
        for item in one.data
        if one.kind == "quantitative" and item.kind == "number" and item.years == 3 and item.code in data
    )
    return code, max(data[code].values)


def _planned(office: Office, application: str, listed: Mapping[Place, str]) -> Visit:
    plan = VisitPlan(
        application=application,
        team=tuple(row["id"] for row in words()["team"]),
        sample=DRAWN,
        seed=words()["seed"],
        listed=listed,
        planned_on=f"{office.clock() + timedelta(days=2):%Y-%m-%d}",
    )
    return plan_visit(office, plan, builtin_site_packs()[PACK])


class _Device:
    """A device's clock that nobody moves: it goes on by a second at each look, and so do the counted seconds."""

    def __init__(self, start: datetime) -> None:
        self._now = start

    def clock(self) -> datetime:
        self._now += timedelta(seconds=1)
        return self._now

    def monotonic(self) -> float:
        return self._now.timestamp()

    def wait(self, hours: int) -> None:
        """The day goes on."""
        self._now += timedelta(hours=hours)

    def at(self, hour: int, minute: int = 0) -> str:
        """A moment of this day, as a record writes it."""
        return self._now.replace(hour=hour, minute=minute, second=0).isoformat(timespec="seconds")


@dataclass(frozen=True, slots=True)
class _Team:
    """Two inspectors at work on one bundle, each with a machine of their own below `machines`."""

    bundle: Path
    keys: list[Identity]
    machines: Path
    device: _Device
    cancel: CancelToken

    def work(self, folder: Path) -> Path:
        """The record signed by both, written into `folder`; its PDF beside it."""
        first_key, second_key = self.keys
        with self._open(0) as first, self._open(1) as second, RenderWorker() as worker:
            first.declare()
            second.declare()
            self.device.wait(8)
            first.put_all(_record(first, self.device))
            self._photograph(first, worker)
            second.put(Observation(second.new_id("observation"), words()["observation"]))
            half = second.freeze(second_key, self.machines, partial=True, cancel=self.cancel)
            first.join(first_key, half.path, worker=worker, cancel=self.cancel)
            whole = first.freeze(first_key, self.machines, cancel=self.cancel)
            signed = second.cosign(second_key, whole.path, folder, cancel=self.cancel)
            first.take_back(first_key, signed.path)
            first.print_record(folder / f"{first.visit.id}.pdf", "zh_CN", cancel=self.cancel)
        return signed.path

    def _open(self, number: int) -> SiteSession:
        return open_inspection(
            self.bundle,
            self.keys[number],
            profile=self.machines / f"{number}",
            clock=self.device.clock,
            monotonic=self.device.monotonic,
            cancel=self.cancel,
        )

    def _photograph(self, session: SiteSession, worker: RenderWorker) -> None:
        """One photo for everything that needs one, with a caption; an arrow in that of the finding."""
        said, (finding,) = words()["photos"], session.record.findings
        places = {f"answer:{item.id}": item.id for item in session.pack.items if item.photo == "needed"}
        places |= {f"finding:{finding.id}": "finding", f"check:{_asked(session.visit).id}": "check"}
        for number, (about, name) in enumerate(places.items()):
            self.cancel.check()
            lines = said.get(name, words()["other"])
            taken = f"{self.device.clock():%Y:%m:%d} {9 + number // 6}:{10 * (number % 6):02d}:00"
            path = self.machines / f"IMG_{number + 1:04d}.JPG"
            path.write_bytes(_photo(lines, SEED + number, taken))
            session.add_photos([path], about=about, worker=worker, cancel=self.cancel)
        arrow = (PhotoMark("arrow", ((1800, 7600), (3600, 3200))), PhotoMark("text", ((1500, 8400),), words()["mark"]))
        session.put_all(
            replace(photo, caption="，".join(said.get(places[photo.about], words()["other"])),
                    marks=arrow if photo.about.startswith("finding:") else ())
            for photo in session.record.photos
        )  # fmt: skip


def _record(session: SiteSession, device: _Device) -> Iterator[Part]:
    """A whole record: one figure deviates, one item fails and is put right, all else is well."""
    said, failed = words(), words()["failed"]
    category = application_from_json(session.application_json.encode("utf-8")).category
    hosts = tuple(Host(host["name"], host["role"]) for host in said["hosts"])
    yield Head(said["place"], device.at(9), device.at(15, 50), hosts)
    for number, meeting in enumerate(MEETINGS):
        yield Meeting(meeting, "held", device.at(9 + number), device.at(9 + number, 50), said["meetings"][meeting])
    yield from _checks(session)
    for item in session.pack.items:
        if item.id == failed["item"]:
            yield Answer(item.id, "minor", failed["note"])
        elif item.id in said["parks_only"] and category != "park":
            yield Answer(item.id, "not_applicable", said["absent"])
        else:
            yield Answer(item.id, "pass")
    look = Recheck(device.at(14, 20), session.member.id, True, failed["recheck"])
    due = f"{datetime.fromisoformat(device.at(9)) + timedelta(days=14):%Y-%m-%d}"
    name = session.new_id("finding")
    yield Finding(name, "minor", failed["finding"], f"answer:{failed['item']}", failed["measure"], due, (look,))
    end = said["closing"]
    yield Closing(True, end["opinion"], end["signer"], end["role"], signature())


def _photo(lines: Sequence[str], seed: int, taken: str) -> bytes:
    return pictures.site_photo(lines, words()["stamp"], seed, taken)


def _asked(visit: Visit) -> Wanted:
    """The figure the coordinator asked about, which turns out to be another one."""
    return next(one for one in visit.wanted if "coordinator" in one.whys)


def _checks(session: SiteSession) -> Iterator[Check]:
    asked = _asked(session.visit)
    for one in session.visit.wanted:
        if one.declared is None:
            yield Check(one.id, None, "unverifiable", "keep", (), "", words()["agreed"]["proof"])
        elif one == asked:
            found = (one.declared * _AWAY).quantize(one.declared)
            said = words()["found"]
            yield Check(one.id, found, None, "replace", ("original", "sampling"), said["proof"], said["note"])
        else:
            said = words()["agreed"]
            yield Check(one.id, one.declared, None, None, ("original",), said["proof"], said["note"])


def signature() -> tuple[tuple[tuple[int, int], ...], ...]:
    """A name as a hand draws it, in ten-thousandths of the pad."""
    strokes = []
    for part in range(3):
        steps = range(21 - 4 * part)
        left = 1200 + 2700 * part
        strokes.append(
            tuple(
                (left + 110 * step, round(SCALE * (0.5 + (0.22 - 0.04 * part) * math.sin(step / (1.6 + part)))))
                for step in steps
            )
        )
    return tuple(strokes)
