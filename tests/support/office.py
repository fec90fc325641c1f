"""Builders for registries and score files: real crypto and storage, a tiny rule pack, no bundle files needed."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import msgspec

from ndb_desktop.crypto.identity import Identity
from ndb_desktop.crypto.sealing import seal
from ndb_desktop.domain.batch import Assignment, Batch, Expert, FieldDef, Quota
from ndb_desktop.domain.model import Application, Category
from ndb_desktop.domain.numbers import exact
from ndb_desktop.domain.rulepack import LocalText, RulePack
from ndb_desktop.domain.sheet import Declaration, ItemEntry, Sheet
from ndb_desktop.formats.applications import application_to_json
from ndb_desktop.formats.batchfile import expert_to_json
from ndb_desktop.formats.card import build_card
from ndb_desktop.formats.scorefile import BundleRef, PersonRef, ScorePayload, StatementRef, build_score, sheet_record
from ndb_desktop.services.office import ATTACHMENTS, Office
from ndb_desktop.services.office_folder import create_office, open_office
from ndb_desktop.storage.docwriter import DocumentStoreWriter
from ndb_desktop.storage.engine import RawKey, new_raw_key
from ndb_desktop.storage.registry_rows import ApplicationRow, AttachmentRow, ExpertRow, IssuedBundle
from tests.support.travel import AT, local, person, tiny_application, tiny_pack

START = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


class Clock:
    """A clock that goes on by a second with each look."""

    def __init__(self, start: datetime = START) -> None:
        self.moment = start

    def __call__(self) -> datetime:
        self.moment += timedelta(seconds=1)
        return self.moment


def small_batch(
    *, trial: bool = True, quotas: Mapping[Category, Quota] | None = None, batch_id: str = "T-2026"
) -> Batch:
    """A batch with two fields."""
    return Batch(
        id=batch_id,
        title=LocalText("示例批次", "Sample batch"),
        year=2026,
        trial=trial,
        fields=(FieldDef("ai", local("人工智能"), Decimal(1)), FieldDef("nev", local("新能源汽车"), Decimal("0.8"))),
        quotas={"park": Quota(total=2)} if quotas is None else quotas,
    )


def make_expert(number: int, **changes: object) -> Expert:
    """Expert E01, E02, …"""
    expert = Expert(
        id=f"E{number:02d}",
        name=f"专家{number:02d}",
        employer=f"示例研究所{number:02d}",
        employer_code="",
        province="310000",
        kind="field",
        categories=("park", "enterprise"),
        fields={"ai": 1000, "nev": 800},
    )
    return replace(expert, **changes)  # type: ignore[arg-type]


def bundle_id(expert: str, number: int = 1) -> str:
    """The id of the bundle `make_office` records for an expert."""
    return hashlib.sha256(f"{expert}/{number}".encode()).hexdigest()[:32]


def bundle_digest(bundle: str) -> str:
    """The digest that goes with it."""
    return hashlib.sha256(bundle.encode()).hexdigest()


def put_application(office: Office, application: Application) -> None:
    """An application without documents' files, straight into the registry."""
    data = application_to_json(application)
    row = ApplicationRow(
        application.id, application.category, application.field, data, hashlib.sha256(data).hexdigest(), AT
    )
    office.registry.put_application(row, AttachmentRow(application.id, f"{application.id}.db", "0" * 64, "0" * 64, 1))
    office.keep_computed(application, row.sha256)


DOCUMENT = "申报书：本园区"
"""How the documents of `documented` applications begin."""


def document_of(application: str, pages: int = 1) -> bytes:
    """The bytes of the document of a `documented` application."""
    return f"{DOCUMENT} {application}\n".encode() * pages


def documented(application: Application, *, pages: int = 1) -> Application:
    """The application with a document that `store_documents` can store."""
    data = document_of(application.id, pages)
    first = application.documents[0]
    stored = replace(first, size=len(data), sha256=hashlib.sha256(data).hexdigest())
    return replace(application, documents=(stored,))


def store_documents(office: Office) -> None:
    """Puts the documents of `documented` applications where an import puts them, encrypted."""
    folder = office.folder / ATTACHMENTS
    folder.mkdir(exist_ok=True)
    for row in office.registry.applications():
        (document,) = office.application(row.id).documents
        data = document_of(row.id, document.size // len(document_of(row.id)))
        key, path = new_raw_key(), folder / f"{row.id}.stored.db"
        writer = DocumentStoreWriter(path, RawKey(key))
        writer.add(document.id, [data], len(data), document.mime, [""], name=document.name, title=document.title)
        facts = writer.close()
        office.registry.put_application(row, AttachmentRow(row.id, path.name, key, facts.sha256, facts.size))


def issue(
    office: Office, expert: str, applications: Sequence[str], *, number: int = 1, replaces: str = ""
) -> IssuedBundle:
    """Records a bundle as issued."""
    name = bundle_id(expert, number)
    bundle = IssuedBundle(
        bundle_id=name, expert=expert, path=f"{expert}.ndbbundle", digest=bundle_digest(name),
        secret="0123-4567-89ab-cdef-ghjk", applications=tuple(applications), issued_at=office.now(), replaces=replaces,
    )  # fmt: skip
    office.record_issue(bundle)
    return bundle


def make_office(
    folder: Path,
    *,
    applications: Sequence[Application] | int = 2,
    experts: Sequence[Expert] | int = 5,
    batch: Batch | None = None,
    packs: Mapping[Category, RulePack] | None = None,
    assigned: bool = True,
) -> Office:
    """A registry with applications and experts, everybody assigned to everything, bundles recorded as issued.

    Without `packs` the tiny pack serves; it stands in for the stored one, which is too small for the lint.
    """
    batch = batch or small_batch()
    chosen: Mapping[Category, RulePack] = packs or {"park": tiny_pack()}
    office = create_office(
        folder, batch=batch, packs=chosen, identity=person("组织方"), name="示例评审办",
        recovery=person("恢复").public, clock=Clock(),
    )  # fmt: skip
    if packs is None:
        use_tiny(office)
    listed = [tiny_application(n + 1) for n in range(applications)] if isinstance(applications, int) else applications
    for application in listed:
        put_application(office, application)
    people = [make_expert(n + 1) for n in range(experts)] if isinstance(experts, int) else experts
    office.registry.put_experts(ExpertRow(e.id, expert_to_json(e), AT) for e in people)
    if assigned:
        office.replace_assignments([Assignment(e.id, a.id) for e in people for a in listed])
        for expert in people:
            issue(office, expert.id, [a.id for a in listed])
    return office


def use_tiny(office: Office) -> Office:
    """Puts the tiny pack where the stored packs would be read."""
    office.__dict__["packs"] = {"park": tiny_pack()}
    return office


def reopen(office: Office, identity: Identity | None = None) -> Office:
    """Closes and opens again."""
    office.close()
    return use_tiny(open_office(office.folder, identity or person("组织方"), clock=office.clock))


def scored_sheet(application: str, mark: int = 85) -> Sheet:
    """A complete sheet of the tiny pack; every judged item has `mark` (80..89)."""
    return Sheet(
        application=application,
        declaration=Declaration("clear", (), "", AT),
        items={
            "T1.1.basis": ItemEntry("T1.1.basis", "scored", confirm="confirmed"),
            "T1.2.basis": ItemEntry("T1.2.basis", "scored", "L4", Decimal(mark)),
            "T1.1.plan": ItemEntry("T1.1.plan", "scored", "L4", Decimal(mark)),
            "T1.2.plan": ItemEntry("T1.2.plan", "scored", "L4", Decimal(mark)),
        },
        opinion=f"意见 {mark}",
    )


def recused_sheet(application: str) -> Sheet:
    """A recusal."""
    return Sheet(application=application, declaration=Declaration("recused", ("C1",), "曾任职", AT))


def raw_sheet(office: Office, sheet: Sheet, revision: int = 1, supersedes: str | None = None) -> bytes:
    """The signed bytes of a sheet."""
    application = office.application(sheet.application)
    k = exact(office.batch.field_def(application.field).k)
    return sheet_record(sheet, office.pack_of(application), application, k, revision, supersedes)


def digest_of(raw: bytes) -> str:
    """The digest of a sheet."""
    return hashlib.sha256(raw).hexdigest()


def score_payload(
    office: Office, expert: str, sheets: Sequence[bytes], *, revision: int = 1, identity: Identity | None = None,
    bundle: int = 1, enrol: bool = True,
) -> ScorePayload:  # fmt: skip
    """A payload as the expert desk makes it."""
    own = identity or person(expert)
    name = bundle_id(expert, bundle)
    names = {row.id: row.name for row in office.experts()}
    card = build_card(own, name=names.get(expert, expert), employer="示例", trial=office.batch.trial, created_at=AT)
    return ScorePayload(
        trial=office.batch.trial,
        batch=office.batch.id,
        bundle=BundleRef(name, bundle_digest(name)),
        expert=PersonRef(expert, names.get(expert, expert), own.public.age_recipient),
        statements=tuple(StatementRef(s.id, s.sha256, AT) for pack in office.packs.values() for s in pack.statements),
        sheets=tuple(msgspec.Raw(raw) for raw in sheets),
        revision=revision,
        reason="" if revision == 1 else "补充说明",
        signed_at=AT,
        enrolment=base64.b64encode(card).decode() if enrol else None,
    )


def make_score_file(
    office: Office, target: Path, expert: str, sheets: Sequence[bytes | Sheet], *, revision: int = 1,
    identity: Identity | None = None, sealed: bool = False, bundle: int = 1, enrol: bool = True,
    change: Callable[[ScorePayload], ScorePayload] | None = None,
) -> Path:  # fmt: skip
    """Writes an expert's score file to `target`; `change` may alter the payload before it is signed."""
    raws = [sheet if isinstance(sheet, bytes) else raw_sheet(office, sheet) for sheet in sheets]
    own = identity or person(expert)
    payload = score_payload(office, expert, raws, revision=revision, identity=own, bundle=bundle, enrol=enrol)
    data = build_score(change(payload) if change else payload, own)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(seal(data, [office.coordinator, office.recovery]) if sealed else data)
    return target
