"""`.ndbreceipt` (回执): the coordinator's signed word on what arrived, what it replaced, what was refused."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from ndb_desktop import __version__
from ndb_desktop.crypto import envelope
from ndb_desktop.crypto.identity import Identity, PublicKey
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.formats import strictjson
from ndb_desktop.formats.manifest import IssuerRef
from ndb_desktop.formats.strictjson import Id, Line, Sha256, Stamp, placed

PAYLOAD_TYPE = "application/vnd.ndb.receipt.v1+json"
FORMAT = "ndb-receipt"
VERSION = 1
MAX_PAYLOAD = 4 * 1024 * 1024
EXTENSION = ".ndbreceipt"

Verdict = Literal["accepted", "duplicate", "superseded", "conflict", "refused"]
"""已归并, 重复, 已被更新版本取代, 冲突待处理, 拒收."""


class SheetReceipt(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One sheet: its digest, the verdict, and the digest of the sheet it replaced."""

    application: Id
    revision: Annotated[int, Meta(ge=1, le=1_000_000)]
    digest: Sha256
    verdict: Verdict
    replaced: Sha256 | None


class FileReceipt(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One score file, named by the SHA-256 of its payload; `code` says why when it was refused."""

    payload_sha256: Sha256
    received_at: Stamp
    sheets: Annotated[tuple[SheetReceipt, ...], Meta(max_length=2000)]
    verdict: Verdict = "accepted"
    code: Annotated[str, Meta(max_length=60, pattern=r"\A[A-Z0-9-]*\Z")] = ""


class ReceiptPayload(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The payload of a receipt: to one expert, about all files that came from that expert so far."""

    format: str = FORMAT
    version: int = VERSION
    critical: tuple[str, ...] = ()
    trial: bool
    batch: Id
    issuer: IssuerRef
    expert: Id
    issued_at: Stamp
    files: Annotated[tuple[FileReceipt, ...], Meta(max_length=2000)]
    app: Line = __version__


@dataclass(frozen=True, slots=True)
class OpenedReceipt:
    """A receipt whose signature fits; compare `issuer` with the issuer of the bundle."""

    payload: ReceiptPayload
    issuer: PublicKey
    payload_sha256: str


def build_receipt(payload: ReceiptPayload, issuer: Identity) -> bytes:
    """The signed receipt file."""
    if PublicKey(payload.issuer.key) != issuer.public:
        raise ValueError("the receipt names another issuer")
    data = strictjson.encode(payload)
    strictjson.convert(data, ReceiptPayload)
    return envelope.sign(data, PAYLOAD_TYPE, [issuer])


def open_receipt(data: bytes, *, expected_issuer: str | None = None, place: str = "") -> OpenedReceipt:
    """Reads a receipt; `expected_issuer` is the key id of the organiser who issued the bundle.

    Raises:
        NdbError: as `card.open_card`, and `E-RECEIPT-ISSUER`.
    """
    with placed(place):
        claimed = envelope.peek(data, MAX_PAYLOAD)
        if claimed.payload_type != PAYLOAD_TYPE:
            raise NdbError("E-PAYLOAD-TYPE", found=claimed.payload_type[:100], wanted=PAYLOAD_TYPE)
        payload = strictjson.open_payload(
            claimed.payload, ReceiptPayload, form=FORMAT, version=VERSION, max_size=MAX_PAYLOAD
        )
        issuer = PublicKey(payload.issuer.key)
        if expected_issuer is not None and issuer.keyid != expected_issuer:
            raise NdbError("E-RECEIPT-ISSUER", found=issuer.keyid, wanted=expected_issuer)
        envelope.verify_peeked(claimed, PAYLOAD_TYPE, {issuer.keyid: issuer}, [issuer.keyid])
        return OpenedReceipt(payload, issuer, hashlib.sha256(claimed.payload).hexdigest())
