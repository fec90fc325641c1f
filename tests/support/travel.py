"""Builders for the files that travel: identities, a tiny rule pack, a bundle with real encrypted databases, scores."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from ndb_desktop.crypto import envelope
from ndb_desktop.crypto.identity import TRIAL_ROUNDS, Identity, PublicKey, load_identity, new_identity
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.model import Application, Datum, Document, Target
from ndb_desktop.domain.rulepack import (
    Band,
    DataItem,
    Group,
    Indicator,
    LocalText,
    Measure,
    PackSettings,
    Rule,
    RulePack,
    Statement,
)
from ndb_desktop.domain.sheet import Challenge, Declaration, EvidenceLink, ItemEntry, Sheet
from ndb_desktop.formats.bundle_writing import Attachment, BundleSpec, WrittenBundle, attachment_member, write_bundle
from ndb_desktop.formats.card import build_card
from ndb_desktop.formats.manifest import EarlierRef, IssuerRef, PackRef
from ndb_desktop.formats.receipt import FileReceipt, ReceiptPayload, SheetReceipt, build_receipt
from ndb_desktop.formats.scorefile import BundleRef, PersonRef, ScorePayload, StatementRef, build_score, sheet_record
from ndb_desktop.storage.coredb import CoreApplication, CoreContent, write_core
from ndb_desktop.storage.docwriter import DocumentStoreWriter
from ndb_desktop.storage.engine import RawKey

SECRET = "0123-4567-89ab-cdef-ghjk"
AT = "2026-11-22T03:00:00Z"
PASSPHRASE = "correct horse 电池"
K = Fraction(1)
BUNDLE_ID = "00112233445566778899aabbccddeeff"


def refusal(call: Callable[[], object]) -> str:
    """The code with which `call` refuses, or "" when it accepts; any other exception goes through."""
    try:
        call()
    except NdbError as error:
        return error.code
    return ""


@cache
def person(name: str) -> Identity:
    """An identity with this name, the same within a test run."""
    return new_identity(name, PASSPHRASE, TRIAL_ROUNDS)[0]


def key_file(name: str) -> bytes:
    """The private file of `person(name)`."""
    return person(name).protect(PASSPHRASE, rounds=TRIAL_ROUNDS)


def reloaded(name: str) -> Identity:
    """The same person after a trip through the key file."""
    return load_identity(key_file(name), PASSPHRASE, name)


def local(words: str) -> LocalText:
    """A text that is the same in both languages."""
    return LocalText(words, words)


def _quantitative() -> Indicator:
    tree = {"op": "field", "code": "rd", "year": 0}
    curve = {
        "type": "piecewise",
        "x": "rd",
        "points": ((Fraction(0), Fraction(0)), (Fraction(3), Fraction(100))),
    }
    return Indicator(
        id="T1.1",
        group="T1",
        kind="quantitative",
        unit="percent",
        weights={"basis": Decimal(50), "plan": Decimal(50)},
        title=local("研发强度"),
        asks=local("asks"),
        source_phrase=local("source"),
        evidence=local("evidence"),
        data=(DataItem("rd", "number", "percent", 1, local("研发强度"), local("")),),
        rule=Rule((Measure("rd", "percent", local("研发强度"), tree),), curve),
        levels={"plan": {}},
    )


def _qualitative() -> Indicator:
    return Indicator(
        id="T1.2",
        group="T1",
        kind="qualitative",
        unit="",
        weights={"basis": Decimal(50), "plan": Decimal(50)},
        title=local("机制"),
        asks=local("asks"),
        source_phrase=local("source"),
        evidence=local("evidence"),
        data=(),
        rule=None,
        levels={"basis": {}, "plan": {}},
    )


@cache
def tiny_pack() -> RulePack:
    """One quantitative and one judged indicator: four items, one of each sort and two judged ones."""
    raw = json.dumps({"id": "tiny", "version": "1"}).encode()
    settings = PackSettings(
        step=Decimal(1),
        reason_levels=("L1", "L5"),
        reason_min=10,
        trim_from=7,
        trim_level="item",
        min_panel=5,
        digits=2,
        rounding="half_up",
        compare_on="published",
        threshold=Decimal(80),
        margin=Decimal(2),
        quant_mode="computed",
        target_bonus=Decimal(20),
        flags={},
    )
    bands = tuple(
        Band(level, Decimal(low), Decimal(high))  # type: ignore[arg-type]
        for level, low, high in (("L1", 0, 59), ("L2", 60, 69), ("L3", 70, 79), ("L4", 80, 89), ("L5", 90, 100))
    )
    return RulePack(
        id="tiny",
        version="1",
        stage="selection",
        category="park",
        status="建议稿",
        document_number="",
        title=local("tiny"),
        groups=(Group("T1", local("group")),),
        indicators=(_quantitative(), _qualitative()),
        bands=bands,
        statements=(Statement("S1", local("保密"), "5" * 64),),
        settings=settings,
        raw=raw,
        digest=hashlib.sha256(raw).hexdigest(),
    )


def tiny_application(number: int = 1, rd: str = "2.37") -> Application:
    """An application with one datum, one target and one document."""
    return Application(
        id=f"A-{number:03d}",
        category="park",
        field="ai",
        applicant=f"示例园区{number}",
        credit_code="91110000000000000X",
        region="110000",
        recommender="北京市",
        year=2025,
        data={"rd": Datum("rd", "percent", "audit", {"2025": Decimal(rd)})},
        targets=(Target("T1.1", "rd", "percent", Decimal(rd), 2025, Decimal("2.7"), 2027),),
        documents=(Document("D1", "申报书.txt", "申报书", "text/plain", 9, "0" * 64, 1),),
    )


def full_sheet(number: int = 1) -> Sheet:
    """A sheet of `tiny_pack` with every item done, a challenge, a link, and private notes that must not travel."""
    return Sheet(
        application=f"A-{number:03d}",
        declaration=Declaration("clear", (), "", AT),
        items={
            "T1.1.basis": ItemEntry("T1.1.basis", "scored", confirm="challenged", note="PRIVATE", flagged=True),
            "T1.2.basis": ItemEntry("T1.2.basis", "scored", "L4", Decimal(85), reason="机制健全，有文件。"),
            "T1.1.plan": ItemEntry("T1.1.plan", "scored", "L3", Decimal("72.50")),
            "T1.2.plan": ItemEntry("T1.2.plan", "scored", "L5", Decimal(90), reason="目标明确，责任到人，可核查。"),
        },
        challenges=(
            Challenge(
                "q1", "T1.1", "rd", "2025", Decimal("2.1"), "D1", 1, "审计报告第1页为 2.1", (0, 0, 9, 9), "0" * 64
            ),
        ),
        evidence=(EvidenceLink("e1", "T1.2.basis", "D1", 1, (0, 100, 500, 1000), "引文", "0" * 64),),
        opinion="总体较好",
        note="PRIVATE",
    )


def record(number: int = 1, revision: int = 1, supersedes: str | None = None) -> bytes:
    """The signed bytes of `full_sheet`."""
    return sheet_record(full_sheet(number), tiny_pack(), tiny_application(number), K, revision, supersedes)


def score_payload(
    expert: str = "expert", *, sheets: Sequence[bytes] | None = None, enrol: bool = False, **other: Any
) -> ScorePayload:
    """A payload of `person(expert)`."""
    identity = person(expert)
    card = build_card(identity, name=expert, employer="某大学", trial=True, created_at=AT) if enrol else b""
    fields: dict[str, Any] = {
        "trial": True,
        "batch": "2026-pilot",
        "bundle": BundleRef(BUNDLE_ID, "a" * 64),
        "expert": PersonRef("E-07", expert, identity.public.age_recipient),
        "statements": (StatementRef("S1", "5" * 64, AT),),
        "sheets": tuple(msgspec.Raw(raw) for raw in (sheets or (record(1), record(2)))),
        "revision": 1,
        "reason": "",
        "signed_at": AT,
        "enrolment": base64.b64encode(card).decode() if card else None,
    }
    return ScorePayload(**(fields | other))


def score_file(expert: str = "expert", **other: Any) -> bytes:
    """A signed, unsealed score file."""
    return build_score(score_payload(expert, **other), person(expert))


def made_receipt() -> bytes:
    """A receipt of `person("issuer")` about one accepted and one refused file."""
    sheets = (
        SheetReceipt("A-001", 1, "1" * 64, "accepted", None),
        SheetReceipt("A-002", 2, "2" * 64, "conflict", None),
    )
    return build_receipt(
        ReceiptPayload(
            trial=True,
            batch="2026-pilot",
            issuer=IssuerRef("评审组织方", person("issuer").public.age_recipient),
            expert="E-07",
            issued_at=AT,
            files=(
                FileReceipt("a" * 64, AT, sheets),
                FileReceipt("b" * 64, AT, (), "refused", "E-SIGNATURE"),
            ),
        ),
        person("issuer"),
    )


def signed_json(value: object, payload_type: str, signer: Identity) -> bytes:
    """Any value as a correctly signed envelope: what somebody with a good key and bad intentions can make."""
    payload = value if isinstance(value, bytes) else json.dumps(value, ensure_ascii=False).encode()
    return envelope.sign(payload, payload_type, [signer])


@dataclass(frozen=True)
class MadeBundle:
    """A bundle and what went into it."""

    written: WrittenBundle
    path: Path
    keys: Mapping[str, str]
    texts: Mapping[str, bytes]


def make_bundle(
    folder: Path, *, applications: int = 2, expert_key: PublicKey | None = None, hidden: int = 0,
    chain: Sequence[EarlierRef] = (),
) -> MadeBundle:  # fmt: skip
    """A small real bundle: SQLCipher core and attachment databases, issued by `person("issuer")`.

    `hidden`: so many applications stand in the signed list but not in the encrypted core (an issuer who lies).
    With a `chain` it is a supplement of these.
    """
    folder.mkdir(parents=True, exist_ok=True)
    attachments: list[Attachment] = []
    rows: list[CoreApplication] = []
    keys: dict[str, str] = {}
    documents: dict[str, bytes] = {}
    for number in range(applications):
        member, key = attachment_member(number), f"{number + 1:064x}"
        body = f"申报书 {number}".encode()
        path = folder / f"store{number}.db"
        with DocumentStoreWriter(path, RawKey(key)) as writer:
            add_document(writer, body)
            facts = writer.close()
        attachments.append(Attachment(member, path, facts.size, facts.sha256))
        application = json.dumps({"id": f"A-{number:03d}"}).encode()
        rows.append(CoreApplication(f"A-{number:03d}", number, application, member, key, facts.sha256))
        keys[member], documents[member] = key, body
    pack = tiny_pack()
    core = folder / "core-source.db"
    write_core(
        core, SECRET, CoreContent({"bundle_id": BUNDLE_ID}, b"{}", {pack.digest: pack.raw}, tuple(rows[hidden:]))
    )
    issuer = person("issuer")
    spec = BundleSpec(
        bundle_id=BUNDLE_ID,
        batch_id="2026-pilot",
        trial=True,
        issuer_name="评审组织方",
        expert_id="E-07",
        expert_key=expert_key,
        issued_at=AT,
        expires_at="2026-12-31T00:00:00Z",
        packs=(PackRef(pack.id, pack.version, pack.digest),),
        recovery=person("recovery").public,
        kind="supplement" if chain else "full",
        chain=chain,
    )
    target = folder / "small.ndbbundle"
    written = write_bundle(target, spec, core=core, secret=SECRET, attachments=attachments, issuer=issuer)
    return MadeBundle(written, target, keys, documents)


def add_document(writer: DocumentStoreWriter, body: bytes) -> None:
    """One text document under the id `D1`."""
    writer.add("D1", [body], size=len(body), mime="text/plain", page_texts=(body.decode(),))
