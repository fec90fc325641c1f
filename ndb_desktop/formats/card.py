"""`.ndbcard` (名片): somebody's public half, signed with the private half, so that nobody can send another's key."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Annotated

import msgspec
from msgspec import Meta

from ndb_desktop import __version__
from ndb_desktop.crypto import envelope
from ndb_desktop.crypto.identity import Identity, PublicKey
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.formats import strictjson
from ndb_desktop.formats.strictjson import KeyLine, Line, Stamp, placed

PAYLOAD_TYPE = "application/vnd.ndb.card.v1+json"
FORMAT = "ndb-card"
VERSION = 1
MAX_PAYLOAD = 16 * 1024
EXTENSION = ".ndbcard"

Name = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"\A[^\x00-\x1f\x7f\u2028\u2029]*\Z")]


class CardPayload(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a card says: name, employer, public key; `trial` keys never count in an official round."""

    format: str = FORMAT
    version: int = VERSION
    critical: tuple[str, ...] = ()
    trial: bool
    name: Name
    employer: Line
    key: KeyLine
    created_at: Stamp
    app: Line = __version__


@dataclass(frozen=True, slots=True)
class OpenedCard:
    """A card whose signature fits its own key. Whose key it is, only another channel can tell (R13)."""

    payload: CardPayload
    key: PublicKey
    envelope: bytes
    payload_sha256: str


def build_card(identity: Identity, *, name: str, employer: str, trial: bool, created_at: str) -> bytes:
    """The card file of `identity`. Raises `E-JSON-FIELD` when the name is empty or too long."""
    payload = strictjson.encode(
        CardPayload(trial=trial, name=name, employer=employer, key=identity.public.age_recipient, created_at=created_at)
    )
    strictjson.convert(payload, CardPayload)
    return envelope.sign(payload, PAYLOAD_TYPE, [identity])


def open_card(data: bytes, *, place: str = "") -> OpenedCard:
    """Reads a card and proves that its key signed it.

    Raises:
        NdbError: `E-SIZE`, `E-ENVELOPE…`, `E-PAYLOAD-TYPE`, `E-JSON…`, `E-FORMAT`, `E-VERSION`, `E-CRITICAL`,
            `E-KEY-PUBLIC`, `E-SIGNER…`, `E-SIGNATURE`.
    """
    with placed(place):
        claimed = envelope.peek(data, MAX_PAYLOAD)
        if claimed.payload_type != PAYLOAD_TYPE:
            raise NdbError("E-PAYLOAD-TYPE", found=claimed.payload_type[:100], wanted=PAYLOAD_TYPE)
        payload = strictjson.open_payload(
            claimed.payload, CardPayload, form=FORMAT, version=VERSION, max_size=MAX_PAYLOAD
        )
        key = PublicKey(payload.key).named(payload.name)
        envelope.verify_peeked(claimed, PAYLOAD_TYPE, {key.keyid: key}, [key.keyid])
        return OpenedCard(payload, key, data, hashlib.sha256(claimed.payload).hexdigest())
