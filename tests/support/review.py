"""A small real bundle to review: two parks and one enterprise, the shipped rule packs, real documents; and a session.

made = make_bundle(tmp_path)
session = open_session(made, profile)            # with the secret
declare_all(session); fill(session, made.ids[0])
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from ndb_desktop.crypto.identity import Identity, PublicKey
from ndb_desktop.domain.batch import Batch, Expert, FieldDef
from ndb_desktop.domain.model import Application, Category, Datum, Document, EvidenceRef, ListedObject, Target, Task
from ndb_desktop.domain.rulepack import DataItem, Indicator, LocalText, RulePack
from ndb_desktop.domain.sheet import Declaration, ItemEntry
from ndb_desktop.formats.applications import application_to_json
from ndb_desktop.formats.batchfile import batch_to_json, expert_to_json
from ndb_desktop.formats.bundle_writing import Attachment, BundleSpec, WrittenBundle, attachment_member, write_bundle
from ndb_desktop.formats.manifest import PackRef
from ndb_desktop.services.review import ReviewSession, open_review
from ndb_desktop.storage.coredb import CoreApplication, CoreContent, write_core
from ndb_desktop.storage.docwriter import DocumentStoreWriter
from ndb_desktop.storage.engine import RawKey
from tests.support.documents import jpeg, text_page
from tests.support.travel import person

SECRET = "0123-4567-89ab-cdef-ghjk"
YEAR = 2025
REPORT_WORDS = "Annual report of the demonstration base, research intensity 3.1 percent"
PLAN_WORDS = "创建工作方案（保密标记ZQX）：三年内建成生物制造中试平台，培育链主企业。\n研发强度由 3.1% 提高到 4.5%。"
NAMES = ("云岭生物制造示范园区", "滨江人工智能示范园区", "星河机器人股份有限公司")
REASON = "依据充分，目标明确，责任到人，可以核查。"
START = datetime(2026, 11, 22, 3, 0, 0, tzinfo=UTC)


class TestClock:
    """A clock that advances by a second each time it is read; `now` may be set."""

    __test__ = False

    def __init__(self, now: datetime = START) -> None:
        self.now = now

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


@dataclass(frozen=True)
class MadeReview:
    """A bundle, how to open it, and what went into it."""

    path: Path
    secret: str
    written: WrittenBundle
    batch: Batch
    expert: Expert
    packs: Mapping[Category, RulePack]
    applications: tuple[Application, ...]
    issuer: Identity
    recovery: Identity
    documents: Mapping[tuple[str, str], bytes] = field(repr=False)

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of the applications in bundle order."""
        return tuple(application.id for application in self.applications)


def the_packs() -> Mapping[Category, RulePack]:
    """The shipped selection packs by category."""
    from ndb_desktop.services.rulepacks import builtin_packs

    return {pack.category: pack for pack in builtin_packs().values() if pack.stage == "selection"}


def make_bundle(
    folder: Path,
    *,
    expert_key: PublicKey | None = None,
    trial: bool = True,
    packs: Mapping[Category, RulePack] | None = None,
    batch_id: str = "2026-pilot",
    bundle_id: str = "00112233445566778899aabbccddee01",
    issuer: str = "issuer",
    secret: str = SECRET,
    replaces: str | None = None,
    meta: Mapping[str, str] | None = None,
) -> MadeReview:
    """Writes `<folder>/review.ndbbundle` as a coordinator's desk would."""
    folder.mkdir(parents=True, exist_ok=True)
    packs = packs or the_packs()
    local = LocalText("示例批次", "Trial batch")
    batch = Batch(
        batch_id,
        local,
        YEAR,
        trial,
        (
            FieldDef("bio", LocalText("生物制造", "Biomanufacturing"), Decimal(1)),
            FieldDef("ai", LocalText("人工智能", "Artificial intelligence"), Decimal("0.8")),
        ),
        {},
    )
    expert = Expert(
        "E-07", "陈评审", "某某大学", "", "310000", "field", ("park", "enterprise"), {"bio": 900, "ai": 400}
    )
    documents = _documents()
    applications = tuple(
        _application(number, packs, documents) for number, _ in enumerate(NAMES) if _category(number) in packs
    )
    rows, attachments = [], []
    for number, application in enumerate(applications):
        member, key, path = attachment_member(number), f"{number + 161:064x}", folder / f"store{number}.db"
        with DocumentStoreWriter(path, RawKey(key)) as writer:
            for document in application.documents:
                body, pages = documents[document.id]
                writer.add(
                    document.id, [body], len(body), document.mime, pages, name=document.name, title=document.title
                )
            facts = writer.close()
        attachments.append(Attachment(member, path, facts.size, facts.sha256))
        raw = application_to_json(application)
        rows.append(CoreApplication(application.id, number, raw, member, key, facts.sha256))
    keys, recovery = person(issuer), person("recovery")
    content = CoreContent(
        {"expert": expert_to_json(expert).decode("utf-8"), **(meta or {})},
        batch_to_json(batch),
        {pack.digest: pack.raw for pack in packs.values()},
        tuple(rows),
    )
    core = folder / "core-source.db"
    write_core(core, secret, content)
    spec = BundleSpec(
        bundle_id=bundle_id,
        batch_id=batch.id,
        trial=trial,
        issuer_name="示例评审组织方",
        expert_id=expert.id,
        expert_key=expert_key,
        issued_at="2026-11-21T00:00:00Z",
        expires_at="2026-12-31T00:00:00Z",
        packs=[PackRef(pack.id, pack.version, pack.digest) for pack in packs.values()],
        recovery=recovery.public,
        replaces=replaces,
    )
    path = folder / "review.ndbbundle"
    written = write_bundle(path, spec, core=core, secret=secret, attachments=attachments, issuer=keys)
    for leftover in (core, *(attachment.path for attachment in attachments)):
        leftover.unlink()
    contents = {(app.id, document.id): documents[document.id][0] for app in applications for document in app.documents}
    return MadeReview(path, secret, written, batch, expert, packs, applications, keys, recovery, contents)


def open_session(
    made: MadeReview, profile: Path, *, clock: TestClock | None = None, identity: Identity | None = None
) -> ReviewSession:
    """Opens the bundle with its secret, or with `identity`."""
    secret = None if identity else made.secret
    return open_review(made.path, secret=secret, identity=identity, profile=profile, clock=clock or TestClock())


def agree_all(session: ReviewSession) -> None:
    """Agrees to every statement."""
    for statement, _ in session.statements():
        session.agree(statement.id)


def declare_all(session: ReviewSession) -> None:
    """Agrees to every statement and declares `clear` for every application."""
    agree_all(session)
    for item in session.applications:
        session.declare(item.application.id, Declaration("clear"))


def full_entry(pack: RulePack, item_id: str) -> ItemEntry:
    """A finished entry: confirmed where the program computes, else the middle of level L3."""
    item = pack.item_by_id[item_id]
    if item.computed:
        return ItemEntry(item.id, "scored", confirm="confirmed")
    band = pack.band_of("L3")
    step = pack.settings.step
    value = band.low + ((band.high - band.low) / 2 // step) * step
    return ItemEntry(item.id, "scored", "L3", value, reason=REASON)


def fill(session: ReviewSession, application: str) -> None:
    """Marks every item of an application."""
    pack = session.item(application).pack
    for item in pack.items:
        session.set_entry(application, full_entry(pack, item.id))


def complete(session: ReviewSession) -> None:
    """Declares and marks everything, so that the session can be exported."""
    declare_all(session)
    for item in session.applications:
        fill(session, item.application.id)


def _category(number: int) -> Category:
    return "enterprise" if number == 2 else "park"


_NAMES = {"D1": ("年度报告.pdf", "application/pdf"), "D2": ("方案.txt", "text/plain"), "D3": ("照片.jpg", "image/jpeg")}


def _documents() -> dict[str, tuple[bytes, tuple[str, ...]]]:
    return {
        "D1": (text_page(REPORT_WORDS), (REPORT_WORDS,)),
        "D2": (PLAN_WORDS.encode("utf-8"), (PLAN_WORDS,)),
        "D3": (jpeg(64, 48), ("",)),
    }


def _application(
    number: int, packs: Mapping[Category, RulePack], documents: Mapping[str, tuple[bytes, tuple[str, ...]]]
) -> Application:
    category = _category(number)
    pack = packs[category]
    return Application(
        id=f"A-{number + 1:03d}",
        category=category,
        field="ai" if number == 1 else "bio",
        applicant=NAMES[number],
        credit_code="91350211M000100Y43",
        region="350000",
        recommender="350000",
        year=YEAR,
        summary="示例材料，非真实单位。",
        data={item.code: _datum(item, number) for indicator in pack.indicators for item in indicator.data},
        targets=tuple(target for indicator in pack.indicators for target in _targets(indicator)),
        tasks=(
            Task(
                "T1", pack.indicators[0].id, "建设中试平台", "管委会", "2027-06", "平台投用", "现场查验", Decimal(100)
            ),
        ),
        documents=tuple(
            Document(
                key,
                _NAMES[key][0],
                _NAMES[key][0].rpartition(".")[0],
                _NAMES[key][1],
                len(body),
                hashlib.sha256(body).hexdigest(),
                len(pages),
            )
            for key, (body, pages) in documents.items()
        ),
    )


def _datum(item: DataItem, number: int) -> Datum:
    evidence = (EvidenceRef("D1", 1),)
    if item.kind == "flag":
        return Datum(item.code, item.unit, "certificate", flag=True, evidence=evidence)
    if item.kind == "objects":
        objects = (ListedObject(item.classes[0], f"对象{number}", f"No-{number}", f"{YEAR}-05-01"),)
        return Datum(item.code, item.unit, "certificate", objects=objects, evidence=evidence)
    years = [str(YEAR - back) for back in range(item.years)] or [""]
    values = {year: Decimal(40 + 3 * number - 2 * place) for place, year in enumerate(years)}
    return Datum(item.code, item.unit, "audit", values, evidence=evidence)


def _targets(indicator: Indicator) -> list[Target]:
    if indicator.rule is None:
        return []
    return [
        Target(indicator.id, measure.id, measure.unit, None, YEAR, Decimal(50), YEAR + 2, "三年目标")
        for measure in indicator.rule.measures
        if measure.target
    ]
