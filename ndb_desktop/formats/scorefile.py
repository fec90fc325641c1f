"""`.ndbscore` (评分文件): one expert's signed export, all sheets of one bundle in one envelope, sealed by default.

Numbers are recomputed at the merge, never trusted; what makes a sheet acceptable there is `services.merge`'s business.
Here: what the file is, who signed it, and that it can be read in one way only.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta

from ndb_desktop import __version__
from ndb_desktop.crypto import envelope, sealing
from ndb_desktop.crypto.identity import Identity, PublicKey
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.model import Application
from ndb_desktop.domain.numbers import plain, plain_ratio
from ndb_desktop.domain.rulepack import ItemDef, RulePack
from ndb_desktop.domain.scoring import computed_value
from ndb_desktop.domain.sheet import ItemEntry, ItemState, Sheet
from ndb_desktop.domain.sheetform import Form, FormItem
from ndb_desktop.formats import strictjson
from ndb_desktop.formats.card import MAX_PAYLOAD as MAX_CARD
from ndb_desktop.formats.card import OpenedCard, open_card
from ndb_desktop.formats.sheetrecord import (
    MAX_OPINION,
    MAX_QUOTE,
    MAX_REASON,
    ChallengeRecord,
    DeclarationRecord,
    EvidenceRecord,
    ItemRecord,
    RoundAnswer,
    SheetRecord,
    parse_sheet,
    sheet_digest,
    version_of,
)
from ndb_desktop.formats.strictjson import Hex128, Id, KeyLine, Line, Sha256, Stamp, placed

__all__ = [
    "BundleRef",
    "OpenedScore",
    "OpenedSheet",
    "PersonRef",
    "ScorePayload",
    "SheetRecord",
    "StatementRef",
    "build_score",
    "computed_text",
    "form_record",
    "open_score",
    "parse_sheet",
    "seal_score",
    "sheet_digest",
    "sheet_record",
]

PAYLOAD_TYPE = "application/vnd.ndb.score.v1+json"
FORMAT = "ndb-score"
VERSION = 2
"""What is written. Version 2 adds the digest of cited documents, and the rectangle of a challenge."""
ROUND_VERSION = 3
"""What a file of a second round is written as: its sheets say what they answer (`RoundAnswer`)."""
READABLE = (1, 2, 3)
MAX_PAYLOAD = 4 * 1024 * 1024
MAX_FILE = sealing.sealed_limit(envelope.envelope_limit(MAX_PAYLOAD))
"""The largest `.ndbscore`; whoever reads one from a disk looks at its size first."""
MAX_SHEETS = 2000
EXTENSION = ".ndbscore"

_DIGITS = 6
_REMEMBERED = 4096

Computing = Callable[[FormItem, ItemState], str | None]
"""What `computed` says of an item in a state."""


class BundleRef(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The bundle that was reviewed: its id and the SHA-256 of its manifest payload."""

    id: Hex128
    digest: Sha256


class PersonRef(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The expert: id in the batch, name, public key as an OpenSSH line; this key signs the file."""

    id: Id
    name: Line
    key: KeyLine


class StatementRef(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A statement (承诺) the expert agreed to before the declarations (R16); the digest binds its text."""

    id: Id
    sha256: Sha256
    agreed_at: Stamp


class ScorePayload(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The payload of a score file. `enrolment` is the card file in base64 when the key was made at first opening."""

    format: str = FORMAT
    version: int = VERSION
    critical: tuple[str, ...] = ()
    trial: bool
    batch: Id
    bundle: BundleRef
    expert: PersonRef
    statements: Annotated[tuple[StatementRef, ...], Meta(max_length=100)]
    sheets: Annotated[tuple[msgspec.Raw, ...], Meta(min_length=1, max_length=MAX_SHEETS)]
    revision: Annotated[int, Meta(ge=1, le=1_000_000)]
    reason: Annotated[str, Meta(max_length=MAX_REASON)]
    signed_at: Stamp
    app: Line = __version__
    enrolment: Annotated[str, Meta(max_length=64 * 1024)] | None = None


@dataclass(frozen=True, slots=True)
class OpenedSheet:
    """A sheet as it stands in the file: its exact bytes, their digest, what they say."""

    raw: bytes
    digest: str
    record: SheetRecord


@dataclass(frozen=True, slots=True)
class OpenedScore:
    """A score file signed by the key it names. Whether that key may sign is for the registry to say."""

    payload: ScorePayload
    payload_bytes: bytes
    payload_sha256: str
    key: PublicKey
    envelope: bytes
    sheets: tuple[OpenedSheet, ...]
    sealed: bool
    enrolment: OpenedCard | None

    @property
    def keyid(self) -> str:
        """The fingerprint of the signing key."""
        return self.key.keyid


def computed_text(pack: RulePack, item: ItemDef, state: ItemState, application: Application, k: Fraction) -> str | None:
    """What `computed` must say for an item: the rule's score, for a mixed item the target's half, else nothing.

    Rounded half-up to 6 decimals; nothing when the item is not scored or the rule has no value.
    """
    score = computed_value(pack, item, application, k) if state == "scored" else None
    return None if score is None else computed_figure(score)


def computed_figure(score: Fraction) -> str:
    """A computed score as it stands in a file."""
    return plain_ratio(score.numerator, score.denominator, _DIGITS)


@lru_cache(maxsize=_REMEMBERED)
def kept_figure(kept: str) -> str:
    """The same of a score as the registry keeps it: exact, `n/d`; full marks and noughts stand there many times."""
    above, _, below = kept.partition("/")
    return plain_ratio(int(above), int(below or 1), _DIGITS)


def sheet_record(
    sheet: Sheet,
    pack: RulePack,
    application: Application,
    k: Fraction,
    revision: int,
    supersedes: str | None,
    answer: RoundAnswer | None = None,
) -> bytes:
    """The bytes of a sheet to sign; private notes and flags stay behind, marks of a recused sheet too.

    `answer` says what a sheet of a second round answers.

    Raises:
        NdbError: `E-SHEET-UNDECLARED`, `E-SHEET-OPEN` (an item without a mark), `E-SHEET-LONG`, and what `parse_sheet`
            refuses.
    """

    def of(item: FormItem, state: ItemState) -> str | None:
        return computed_text(pack, pack.item_by_id[item.id], state, application, k)

    return _record(sheet, pack, of, revision, supersedes, answer)


def form_record(
    sheet: Sheet, form: Form, revision: int, supersedes: str | None, answer: RoundAnswer | None = None
) -> bytes:
    """As `sheet_record` for a later stage: `form` says which items; the program computes no score there.

    What a target comes to follows from the signed bundle, so no item repeats it.
    """
    return _record(sheet, form, lambda _item, _state: None, revision, supersedes, answer)


def _record(
    sheet: Sheet, form: Form, computed: Computing, revision: int, supersedes: str | None, answer: RoundAnswer | None
) -> bytes:
    declaration = sheet.declaration
    if declaration.status == "none":
        raise NdbError("E-SHEET-UNDECLARED", place=sheet.application)
    scored = sheet.status == "scored"
    record = SheetRecord(
        application=sheet.application,
        pack=form.digest,
        revision=revision,
        supersedes=supersedes,
        declaration=DeclarationRecord(
            status=declaration.status,
            codes=tuple(declaration.codes),
            words=_clean(declaration.words, MAX_REASON, sheet.application),
            at=declaration.at,
        ),
        items=tuple(_item(sheet, item, computed) for item in form.items) if scored else (),
        challenges=_challenges(sheet) if scored else (),
        evidence=_evidence(sheet) if scored else (),
        opinion=_clean(sheet.opinion, MAX_OPINION, sheet.application) if scored else "",
        unable="" if declaration.status == "recused" else _clean(sheet.unable, MAX_REASON, sheet.application),
        answer=UNSET if answer is None else answer,
    )
    raw = strictjson.encode(record)
    parse_sheet(raw, place=sheet.application)
    return raw


def _item(sheet: Sheet, item: FormItem, computed: Computing) -> ItemRecord:
    entry = sheet.items.get(item.id, ItemEntry(item.id))
    state = entry.state
    if state == "open":
        raise NdbError("E-SHEET-OPEN", place=sheet.application, item=item.id)
    return ItemRecord(
        item=item.id,
        state=state,
        value=None if entry.value is None else plain(entry.value),
        level=entry.level,
        confirm=entry.confirm,
        computed=computed(item, state),
        reason=_clean(entry.reason, MAX_REASON, item.id),
    )


def _challenges(sheet: Sheet) -> tuple[ChallengeRecord, ...]:
    return tuple(
        ChallengeRecord(
            id=challenge.id,
            indicator=challenge.indicator,
            datum=challenge.datum,
            key=challenge.key,
            proposed=None if challenge.proposed is None else plain(challenge.proposed),
            document=challenge.document,
            page=challenge.page,
            reason=_clean(challenge.reason, MAX_REASON, challenge.indicator),
            rect=challenge.rect or UNSET,
            sha256=challenge.sha256 or UNSET,
        )
        for challenge in sheet.challenges
    )


def _evidence(sheet: Sheet) -> tuple[EvidenceRecord, ...]:
    return tuple(
        EvidenceRecord(
            id=link.id,
            item=link.item,
            document=link.document,
            page=link.page,
            rect=link.rect,
            quote=_clean(link.quote, MAX_QUOTE, link.item),
            sha256=link.sha256 or UNSET,
        )
        for link in sheet.evidence
    )


def _clean(text: str, most: int, place: str) -> str:
    """Text as JSON can carry it: half a surrogate pair (from a broken paste) becomes a question mark."""
    if len(text) > most:
        raise NdbError("E-SHEET-LONG", place=place, length=len(text), most=most)
    return text.encode("utf-8", "replace").decode("utf-8")


def build_score(payload: ScorePayload, identity: Identity) -> bytes:
    """The signed, not yet sealed score file.

    Raises `E-SIZE` when the sheets do not fit into 4 MB, and what `open_score` would refuse.
    """
    if PublicKey(payload.expert.key) != identity.public:
        raise ValueError("the payload names another signer")
    data = strictjson.encode(payload)
    signed = envelope.sign(data, PAYLOAD_TYPE, [identity])
    open_score(signed, None)
    return signed


def seal_score(signed: bytes, recipients: Sequence[PublicKey]) -> bytes:
    """The score file as it travels: readable by the organiser and the recovery key alone."""
    return sealing.seal(signed, recipients)


def open_score(data: bytes, unseal_with: Identity | None, *, place: str = "") -> OpenedScore:
    """Opens a sealed or plain score file and proves that the key it names signed it.

    Raises:
        NdbError: `E-SCORE-SEALED` (sealed, but no identity given), `E-SIZE`, `E-AGE-…`, `E-ENVELOPE…`,
            `E-PAYLOAD-TYPE`, `E-JSON…`, `E-FORMAT`, `E-VERSION`, `E-CRITICAL`, `E-KEY-PUBLIC`, `E-SIGNER…`,
            `E-SIGNATURE`, `E-SCORE-ENROLMENT`, `E-SCORE-TWICE` (one application or statement twice), `E-SHEET-…`.
    """
    with placed(place):
        if len(data) > MAX_FILE:
            raise NdbError("E-SIZE", size=len(data), most=MAX_FILE)
        sealed = sealing.is_sealed(data)
        if sealed:
            if unseal_with is None:
                raise NdbError("E-SCORE-SEALED")
            data = sealing.unseal(data, unseal_with, max_size=envelope.envelope_limit(MAX_PAYLOAD))
        claimed = envelope.peek(data, MAX_PAYLOAD)
        if claimed.payload_type != PAYLOAD_TYPE:
            raise NdbError("E-PAYLOAD-TYPE", found=claimed.payload_type[:100], wanted=PAYLOAD_TYPE)
        payload = _payload(claimed.payload)
        key = PublicKey(payload.expert.key)
        content = envelope.verify_peeked(claimed, PAYLOAD_TYPE, {key.keyid: key}, [key.keyid])
        return OpenedScore(
            payload=payload,
            payload_bytes=content,
            payload_sha256=hashlib.sha256(content).hexdigest(),
            key=key.named(payload.expert.name),
            envelope=data,
            sheets=_sheets(payload),
            sealed=sealed,
            enrolment=_enrolment(payload, key),
        )


def _payload(data: bytes) -> ScorePayload:
    payload = strictjson.as_we_write(data, ScorePayload)
    if payload and (payload.format, payload.critical) == (FORMAT, ()) and payload.version in READABLE:
        # The sheets were repeated as they stand; each is looked at for itself.
        return payload
    strictjson.check(data, max_size=MAX_PAYLOAD)
    strictjson.check_header(data, form=FORMAT, version=ROUND_VERSION, earlier=READABLE)
    return strictjson.convert(data, ScorePayload)


def _sheets(payload: ScorePayload) -> tuple[OpenedSheet, ...]:
    sheets: list[OpenedSheet] = []
    seen: set[str] = set()
    for raw in payload.sheets:
        exact = bytes(raw)
        record = parse_sheet(exact)
        if version_of(record) > payload.version:
            raise NdbError("E-JSON-FIELD", place=record.application, reason=f"fields of version {version_of(record)}")
        if record.application in seen:
            raise NdbError("E-SCORE-TWICE", name=record.application)
        seen.add(record.application)
        sheets.append(OpenedSheet(exact, sheet_digest(exact), record))
    agreed = [statement.id for statement in payload.statements]
    if twice := [name for name in agreed if agreed.count(name) > 1]:
        raise NdbError("E-SCORE-TWICE", name=twice[0])
    return tuple(sheets)


def _enrolment(payload: ScorePayload, key: PublicKey) -> OpenedCard | None:
    """The card inside: it must be the signer's own and of the same kind of round."""
    if payload.enrolment is None:
        return None
    try:
        data = base64.b64decode(payload.enrolment, validate=True)
    except (binascii.Error, ValueError):
        raise NdbError("E-SCORE-ENROLMENT") from None
    if len(data) > envelope.envelope_limit(MAX_CARD):
        raise NdbError("E-SCORE-ENROLMENT")
    try:
        card = open_card(data)
    except NdbError:
        raise NdbError("E-SCORE-ENROLMENT") from None
    if card.key != key or card.payload.trial != payload.trial:
        raise NdbError("E-SCORE-ENROLMENT")
    return card
