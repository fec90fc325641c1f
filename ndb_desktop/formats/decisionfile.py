"""A decision (决定) as it is signed and kept in the registry: one envelope, one or two signatures, in a chain."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

from ndb_desktop import __version__
from ndb_desktop.crypto import envelope
from ndb_desktop.crypto.identity import Identity, PublicKey
from ndb_desktop.domain.decision import Decision, DecisionKind, Role
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.formats import strictjson
from ndb_desktop.formats.strictjson import Id, KeyLine, Line, Sha256, Stamp, Text, placed

PAYLOAD_TYPE = "application/vnd.ndb.decision.v1+json"
FORMAT = "ndb-decision"
VERSION = 1
MAX_PAYLOAD = 1024 * 1024

_Name = Annotated[str, Meta(min_length=1, max_length=60, pattern=r"\A[a-z0-9_.:-]+\Z")]
_Value = Annotated[str, Meta(max_length=100_000)]


class Signer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who signs, in which role, with which key."""

    role: Role
    key: KeyLine


class DecisionPayload(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is signed. `previous` is the digest of the decision before this one in the same registry."""

    format: str = FORMAT
    version: int = VERSION
    critical: tuple[str, ...] = ()
    trial: bool
    batch: Id
    number: Annotated[int, Meta(ge=1, le=10_000_000)]
    previous: Sha256 | None
    kind: DecisionKind
    subject: Id
    content: Annotated[dict[_Name, _Value], Meta(max_length=5_000)]
    reason: Text
    at: Stamp
    signers: Annotated[tuple[Signer, ...], Meta(min_length=1, max_length=2)]
    app: Line = __version__


def build_decision(payload: DecisionPayload, identities: Sequence[Identity]) -> bytes:
    """The signed envelope; `identities` in the order of `payload.signers`.

    Raises:
        NdbError: E-JSON-FIELD (a subject, name or text beyond its limits).
    """
    if [PublicKey(signer.key) for signer in payload.signers] != [one.public for one in identities]:
        raise ValueError("the decision names other signers")
    data = strictjson.encode(payload)
    strictjson.decode(data, DecisionPayload, max_size=MAX_PAYLOAD)
    return envelope.sign(data, PAYLOAD_TYPE, identities)


def open_decision(data: bytes, *, place: str = "") -> tuple[DecisionPayload, Decision]:
    """Reads a decision and proves that those it names signed it. Whether they might, the registry knows.

    Raises:
        NdbError: as `card.open_card`.
    """
    with placed(place):
        claimed = envelope.peek(data, MAX_PAYLOAD)
        if claimed.payload_type != PAYLOAD_TYPE:
            raise NdbError("E-PAYLOAD-TYPE", found=claimed.payload_type[:100], wanted=PAYLOAD_TYPE)
        payload = strictjson.open_payload(
            claimed.payload, DecisionPayload, form=FORMAT, version=VERSION, max_size=MAX_PAYLOAD
        )
        keys = [PublicKey(signer.key) for signer in payload.signers]
        envelope.verify_peeked(claimed, PAYLOAD_TYPE, {key.keyid: key for key in keys}, [key.keyid for key in keys])
        decision = Decision(
            number=payload.number,
            digest=hashlib.sha256(claimed.payload).hexdigest(),
            previous=payload.previous or "",
            kind=payload.kind,
            subject=payload.subject,
            content=payload.content,
            reason=payload.reason,
            at=payload.at,
            signers=tuple((signer.role, key.keyid) for signer, key in zip(payload.signers, keys, strict=True)),
        )
        return payload, decision
