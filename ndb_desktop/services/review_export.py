"""核对与签名导出: what an export will hold, and the sealed score file itself.

A sheet that did not change since the last export keeps its revision and its exact bytes; a changed one gets the next
revision and names the digest it supersedes. What is signed is read from the worksheet, never from a screen.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from ndb_desktop.crypto.identity import Identity, PublicKey
from ndb_desktop.domain.errors import Fault, FaultsError, NdbError
from ndb_desktop.domain.sheet import Sheet, SheetStatus
from ndb_desktop.formats.bundle import BundleReader
from ndb_desktop.formats.card import build_card
from ndb_desktop.formats.filenames import travel_name
from ndb_desktop.formats.scorefile import (
    EXTENSION,
    ROUND_VERSION,
    VERSION,
    BundleRef,
    PersonRef,
    ScorePayload,
    StatementRef,
    build_score,
    form_record,
    open_score,
    seal_score,
    sheet_digest,
    sheet_record,
)
from ndb_desktop.formats.strictjson import ready
from ndb_desktop.services.review_open import BundleContent, ReviewItem
from ndb_desktop.services.review_receipts import Received
from ndb_desktop.services.review_records import Agreement
from ndb_desktop.services.review_round import findings_of, known_sheets, round_answer
from ndb_desktop.storage.atomic import atomic_write, remove_leftovers
from ndb_desktop.storage.worksheet import ExportedSheet, ExportRow, Worksheet

JUDGE_ANEW = "judge_anew"
"""Worksheet fact: JSON list of the bases whose material is another than what the sheet signed last was given on."""
PENDING = "pending_export"
"""Number of an export that is signed and kept in the worksheet but not yet written to any folder."""
SIGNED_WITH = "signed_with"
"""Worksheet fact: the fingerprint of the key the newest export was signed with."""


@dataclass(frozen=True, slots=True)
class SignedCounts:
    """How much the file will hold, by the rules of the sheet record: recused and unable sheets have no marks."""

    items: int = 0
    challenges: int = 0
    evidence: int = 0
    opinions: int = 0


@dataclass(frozen=True, slots=True)
class ExportSummary:
    """What would be signed now: sheets by status, what is missing, what stays behind (private notes, flags).

    `gaps` have places such as `A-07/P1.1.plan`; `changed` are the applications whose sheet differs from the last
    export. `pending` names a signed file that was not written yet.
    """

    sheets: Mapping[SheetStatus, int]
    gaps: tuple[Fault, ...]
    notes: int
    revision: int
    first: bool
    changed: tuple[str, ...]
    unchanged: tuple[str, ...]
    pending: str = ""
    counts: SignedCounts = SignedCounts()
    flags: int = 0


@dataclass(frozen=True, slots=True)
class ExportResult:
    """A score file that was written: `revision` is the number of the export."""

    path: Path
    revision: int
    payload_sha256: str
    sealed: bool


@dataclass(frozen=True, slots=True)
class ExportInfo:
    """An export of the past; its file can be written again, byte for byte."""

    revision: int
    at: str
    name: str
    reason: str
    payload_sha256: str
    sheets: int
    size: int = 0
    sealed: bool = True
    received: Received | None = None


def gaps_of(content: BundleContent, sheets: Mapping[str, Sheet], agreed: Mapping[str, Agreement]) -> tuple[Fault, ...]:
    """Everything that keeps the whole from being signed, in bundle order."""
    found = [
        Fault("E-NOT-AGREED", f"statement:{statement.id}", {"statement": statement.id})
        for statement in content.statements
        if statement.id not in agreed
    ]
    for application, item in content.items.items():
        faults = findings_of(item, sheets[application])
        found += [Fault(fault.code, f"{application}/{fault.place}", fault.params) for fault in faults]
    return tuple(found)


def summarise(
    content: BundleContent, sheets: Mapping[str, Sheet], agreed: Mapping[str, Agreement], worksheet: Worksheet
) -> ExportSummary:
    """The summary shown before signing."""
    last, count, again = known_sheets(content, worksheet), worksheet.export_count, judged_anew(worksheet)
    counts: dict[SheetStatus, int] = {"scored": 0, "recused": 0, "unable": 0}
    changed: list[str] = []
    unchanged: list[str] = []
    for application, item in content.items.items():
        sheet = sheets[application]
        counts[sheet.status] += 1
        known = last.get(application)
        same = known is not None and not _gaps(item, sheet) and _next(item, sheet, known, application in again) == known
        (unchanged if same else changed).append(application)
    pending = worksheet.meta(PENDING)
    return ExportSummary(
        sheets=counts,
        gaps=gaps_of(content, sheets, agreed),
        notes=sum(bool(s.note) + sum(1 for entry in s.items.values() if entry.note) for s in sheets.values()),
        revision=count + 1,
        first=not count,
        changed=tuple(changed),
        unchanged=tuple(unchanged),
        pending=next((row.name for row in worksheet.exports() if str(row.number) == pending), "") if pending else "",
        counts=counts_of(content, sheets),
        flags=sum(1 for sheet in sheets.values() for entry in sheet.items.values() if entry.flagged),
    )


def counts_of(content: BundleContent, sheets: Mapping[str, Sheet]) -> SignedCounts:
    """What the sheet records hold, or will once nothing is missing."""
    scored = [(item.form, sheets[name]) for name, item in content.items.items() if sheets[name].status == "scored"]
    return SignedCounts(
        items=sum(
            definition.id in sheet.items and sheet.items[definition.id].state != "open"
            for form, sheet in scored
            for definition in form.items
        ),
        challenges=sum(len(sheet.challenges) for _, sheet in scored),
        evidence=sum(len(sheet.evidence) for _, sheet in scored),
        opinions=sum(bool(sheet.opinion) for _, sheet in scored),
    )


def judged_anew(worksheet: Worksheet) -> frozenset[str]:
    """The bases that are judged on other material than before, so that even the same answers are a new revision."""
    return frozenset(msgspec.json.decode(worksheet.meta(JUDGE_ANEW) or "[]", type=list[str]))


def _gaps(item: ReviewItem, sheet: Sheet) -> bool:
    return bool(findings_of(item, sheet))


def _next(item: ReviewItem, sheet: Sheet, known: ExportedSheet | None, again: bool) -> ExportedSheet:
    """The sheet as it would be signed: the known one if nothing changed, else the next revision.

    With `again` it is one in any case: who is judged once more after a rectification waits for another sheet.
    """

    def record(revision: int, supersedes: str | None) -> bytes:
        answer = round_answer(item, sheet)
        if item.stage is not None:
            return form_record(sheet, item.form, revision, supersedes, answer)
        return sheet_record(sheet, item.pack, item.application, item.k, revision, supersedes, answer)

    if known is None:
        raw, revision = record(1, None), 1
    else:
        before = msgspec.json.decode(known.record, type=ready(_Chain)).supersedes
        # A first sheet answers nothing, so a second look at it is a revision of its own even where no mark changed.
        anew = again or (item.first is not None and item.first.signed == known)
        if not anew and record(known.revision, before) == known.record:
            return known
        revision = known.revision + 1
        raw = record(revision, known.digest)
    return ExportedSheet(sheet.application, revision, sheet_digest(raw), raw)


class _Chain(msgspec.Struct):
    supersedes: str | None


def sign_export(
    reader: BundleReader,
    content: BundleContent,
    sheets: Mapping[str, Sheet],
    agreed: Mapping[str, Agreement],
    worksheet: Worksheet,
    identity: Identity,
    *,
    reason: str,
    at: str,
    check: Callable[[], object] = lambda: None,
) -> ExportRow:
    """Signs and seals everything and keeps it in the worksheet; nothing is written elsewhere yet.

    `check` is called before it is kept: what it raises leaves everything as it was.

    Raises:
        FaultsError: what is missing, as in `ExportSummary.gaps`.
        NdbError: E-REVIEW-KEY (another key than the bundle was issued to), E-SHEET-*, E-SIZE, E-STORE-*.
    """
    if gaps := gaps_of(content, sheets, agreed):
        raise FaultsError(gaps)
    manifest = reader.manifest
    if manifest.expert.key is not None and PublicKey(manifest.expert.key) != identity.public:
        raise NdbError("E-REVIEW-KEY", found=identity.keyid, wanted=PublicKey(manifest.expert.key).keyid)
    number = worksheet.export_count + 1
    last, again = known_sheets(content, worksheet), judged_anew(worksheet)
    signed = [_next(item, sheets[name], last.get(name), name in again) for name, item in content.items.items()]
    trial, expert = manifest.batch.trial, content.expert
    enrolment = None
    if manifest.expert.key is None:
        card = build_card(identity, name=expert.name, employer=expert.employer, trial=trial, created_at=at)
        enrolment = base64.b64encode(card).decode("ascii")
    payload = ScorePayload(
        version=ROUND_VERSION if manifest.kind == "second_round" else VERSION,
        trial=trial,
        batch=manifest.batch.id,
        bundle=BundleRef(manifest.bundle_id, reader.digest),
        expert=PersonRef(expert.id, expert.name, identity.public.age_recipient),
        statements=tuple(
            StatementRef(item.id, agreed[item.id].sha256, agreed[item.id].at) for item in content.statements
        ),
        sheets=tuple(msgspec.Raw(sheet.record) for sheet in signed),
        revision=number,
        reason=reason,
        signed_at=at,
        enrolment=enrolment,
    )
    envelope = build_score(payload, identity)
    row = ExportRow(
        number=number,
        at=at,
        name=travel_name(
            EXTENSION,
            batch=manifest.batch.id,
            role="calibration" if manifest.kind == "calibration" else "expert",
            person=expert.id,
            revision=number,
            at=datetime.strptime(at, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC),
            trial=trial,
        ),
        reason=reason,
        payload_sha256=open_score(envelope, None).payload_sha256,
        content=seal_score(envelope, reader.return_to) if manifest.return_to.sealed else envelope,
    )
    check()
    done = {JUDGE_ANEW: "[]"} if again else {}
    worksheet.add_export(row, signed, {PENDING: str(number), SIGNED_WITH: identity.keyid, **done})
    return row


def write_export(row: ExportRow, folder: Path, *, sealed: bool) -> ExportResult:
    """Writes a kept export into a folder under its name, whole or not at all; raises E-STORE-*."""
    path = Path(folder) / row.name
    # An export killed at this very place left a hidden piece in the expert's folder; nobody else would ever clear it.
    remove_leftovers(path.parent)
    with atomic_write(path, mode=0o644) as stream:
        stream.write(row.content)
    return ExportResult(path, row.number, row.payload_sha256, sealed)


def content_digest(row: ExportRow) -> str:
    """SHA-256 (hex) of the file as it travels."""
    return hashlib.sha256(row.content).hexdigest()
