"""A small real inspection bundle: two inspectors, one applicant with documents, the shipped checklist; and sessions.

made = make_site_bundle(tmp_path)
with open_site(made, profile, "E-01") as session: ...
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

from ndb_desktop.crypto.identity import Identity
from ndb_desktop.documents.worker import RenderWorker
from ndb_desktop.domain.sitepack import SitePack
from ndb_desktop.domain.siterecord import MEETINGS, Answer, Check, Closing, Head, Host, Meeting, Visit, Wanted
from ndb_desktop.formats.applications import application_to_json
from ndb_desktop.formats.batchfile import batch_to_json
from ndb_desktop.formats.bundle_writing import Attachment, BundleSpec, WrittenBundle, attachment_member, write_bundle
from ndb_desktop.formats.manifest import PackRef
from ndb_desktop.formats.siteparts import encode_visit, visit_record
from ndb_desktop.services.inspect import SiteSession, open_inspection
from ndb_desktop.services.rulepacks import builtin_site_packs
from ndb_desktop.storage.coredb import CoreApplication, CoreContent, write_core
from ndb_desktop.storage.docwriter import DocumentStoreWriter
from ndb_desktop.storage.engine import RawKey
from tests.support.photos import photo
from tests.support.review import SECRET, make_bundle, the_packs
from tests.support.siterecords import TEAM, member
from tests.support.travel import person

ZONE = timezone(timedelta(hours=8))
START = datetime(2026, 11, 22, 9, 0, 0, tzinfo=ZONE)
BUNDLE_ID = "00112233445566778899aabbccdd5117"


class Device:
    """The clock and the counted seconds of a device; both go on by a second each time the clock is read."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now
        self.seconds = 1000.0

    def clock(self) -> datetime:
        """The clock."""
        self.now += timedelta(seconds=1)
        self.seconds += 1
        return self.now

    def monotonic(self) -> float:
        """The counted seconds."""
        return self.seconds

    def wait(self, seconds: float) -> None:
        """Honest time goes by."""
        self.now += timedelta(seconds=seconds)
        self.seconds += seconds

    def set(self, seconds: float) -> None:
        """Somebody moves the clock."""
        self.now += timedelta(seconds=seconds)


@dataclass(frozen=True)
class MadeSite:
    """A bundle and what went into it."""

    path: Path
    written: WrittenBundle
    visit: Visit
    pack: SitePack
    issuer: Identity
    recovery: Identity

    @property
    def wanted(self) -> tuple[Wanted, ...]:
        """Data to verify: a number, a number declared as nought, a number not declared, a yes or no."""
        return self.visit.wanted


def the_site_pack() -> SitePack:
    """The shipped checklist."""
    return next(iter(builtin_site_packs().values()))


def make_site_bundle(
    folder: Path,
    *,
    bundle_id: str = BUNDLE_ID,
    change: Callable[[Visit], Visit] = lambda visit: visit,
    signed: Callable[[Visit], Visit] = lambda visit: visit,
    issuer: str = "issuer",
) -> MadeSite:
    """Writes `<folder>/visit.ndbbundle`; `signed` makes the manifest say something else than the visit inside."""
    folder.mkdir(parents=True, exist_ok=True)
    made = make_bundle(folder / "review", packs={"park": the_packs()["park"]})
    application, pack = made.applications[0], the_site_pack()
    visit = change(
        Visit(
            id="V-001",
            batch=made.batch.id,
            trial=True,
            application=application.id,
            applicant="示例园区 O'Neil 𠮷野",
            pack=pack.digest,
            members=tuple(member(name) for name in TEAM),
            required=TEAM,
            wanted=(
                Wanted("rd_spending", "2025", "P2.1", "yi_yuan", "number", Decimal("3.1"), ("challenge", "sample")),
                Wanted("accidents", "", "P6.1", "count", "number", Decimal(0), ("sample",)),
                Wanted("patents", "", "P3.2", "count", "number", None, ("flag",)),
                Wanted("certified", "", "P3.1", "none", "flag", None, ("coordinator",)),
            ),
            planned_on="2026-11-22",
        )
    )
    store = folder / "store.db"
    with DocumentStoreWriter(store, RawKey("5" * 64)) as writer:
        for document in application.documents:
            body = made.documents[application.id, document.id]
            writer.add(document.id, [body], len(body), document.mime, [""], name=document.name, title=document.title)
        facts = writer.close()
    row = CoreApplication(
        application.id, 0, application_to_json(application), attachment_member(0), "5" * 64, facts.sha256
    )
    rules = the_packs()["park"]
    content = CoreContent(
        {"visit": encode_visit(visit).decode("utf-8"), "site_pack": pack.raw.decode("utf-8")},
        batch_to_json(made.batch),
        {rules.digest: rules.raw},
        (row,),
    )
    core = folder / "core-source.db"
    write_core(core, SECRET, content, durable=False)
    told = signed(visit)
    keys, recovery = person(issuer), person("recovery")
    spec = BundleSpec(
        bundle_id=bundle_id,
        batch_id=told.batch,
        trial=told.trial,
        issuer_name="示例评审组织方",
        expert_id=told.id,
        expert_key=None,
        issued_at="2026-11-21T00:00:00Z",
        expires_at=None,
        packs=[PackRef(rules.id, rules.version, rules.digest)],
        recovery=recovery.public,
        kind="site",
        team=visit_record(told).members,
    )
    path = folder / "visit.ndbbundle"
    attachment = Attachment(attachment_member(0), store, facts.size, facts.sha256)
    written = write_bundle(path, spec, core=core, secret=SECRET, attachments=[attachment], issuer=keys)
    for leftover in (core, store):
        leftover.unlink()
    return MadeSite(path, written, visit, pack, keys, recovery)


def open_site(made: MadeSite | Path, profile: Path, name: str = TEAM[0], device: Device | None = None) -> SiteSession:
    """A session of the member `name`, on the bundle or on a working record."""
    device = device or Device()
    path = made if isinstance(made, Path) else made.path
    return open_inspection(path, person(name), profile=profile, clock=device.clock, monotonic=device.monotonic)


def complete(session: SiteSession, folder: Path, worker: RenderWorker) -> None:
    """Writes a whole record, all well, with the statements of the session's member and one photo for all that asks."""
    at, end = "2026-11-22T09:00:00+08:00", "2026-11-22T17:00:00+08:00"
    session.declare()
    session.put_all(
        [
            Head("福州市示例路 1 号", at, end, (Host("O'Neil 𠮷田", "总工"),)),
            *(Meeting(name, "held", at, end) for name in MEETINGS),
            *(
                Check(one.id, one.declared, None if one.declared is not None else "unverifiable",
                      "keep", ("original",), "证 1", "已核对")
                for one in session.visit.wanted
            ),
            *(Answer(item.id, "pass") for item in session.pack.items),
            Closing(read_out=True, opinion="无意见", refusal="负责人不在场", witness="示例联系人"),
        ]
    )  # fmt: skip
    for number, item in enumerate(item for item in session.pack.items if item.photo == "needed"):
        path = folder / f"needed{number}.jpg"
        path.write_bytes(photo(64, 48, corner=(40 * number % 250, 250 - 40 * number % 250, 99)))
        session.add_photos([path], about=f"answer:{item.id}", worker=worker)


def utc(moment: str) -> datetime:
    """A moment of a record in UTC."""
    return datetime.fromisoformat(moment).astimezone(UTC)


__all__ = ["TEAM", "Device", "MadeSite", "make_site_bundle", "open_site", "replace", "the_site_pack", "utc"]
