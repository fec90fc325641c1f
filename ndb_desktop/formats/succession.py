"""前序链接: from which registry another one goes on, signed by the coordinator of the new one; it does not travel.

It names the predecessor by the first entry of its log and by how far that log went, the packs and the results, and
every base taken over by the SHA-256 of its application as it was frozen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from ndb_desktop import __version__
from ndb_desktop.crypto import envelope
from ndb_desktop.crypto.identity import Identity, PublicKey
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.formats import strictjson
from ndb_desktop.formats.archive import LogHead
from ndb_desktop.formats.manifest import IssuerRef
from ndb_desktop.formats.strictjson import Id, Line, Sha256, Stamp, placed

PAYLOAD_TYPE = "application/vnd.ndb.succession.v1+json"
FORMAT = "ndb-succession"
VERSION = 1
MAX_PAYLOAD = 4 * 1024 * 1024

Stage = Literal["selection", "acceptance", "effect"]
"""下一批次的遴选, 评估验收, 成效评估."""
CarriedState = Literal["creating", "recognised", "retained"]
"""创建, 认定, 保留: the states a base is taken over in."""
_Day = Annotated[str, Meta(pattern=r"\A[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])\Z")]


class BaseRef(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A base taken over: its application's id and SHA-256, its state since a day, the decision that put it there.

    `accepted` is the SHA-256 of its application with the actual values 评估验收 accepted, null where nothing was.
    """

    application: Id
    sha256: Sha256
    state: CarriedState
    since: _Day
    decision: Sha256
    accepted: Sha256 | None = None


class PredecessorRef(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The registry before: `registry` is the digest of the first entry of its log, `archive` null when not filed.

    `result` is the digest of its results, `final` whether they were final (定稿).
    """

    registry: Sha256
    batch: Id
    coordinator: IssuerRef
    result: Sha256 | None
    final: bool
    log: LogHead
    archive: Sha256 | None
    packs: Annotated[dict[Id, Sha256], Meta(max_length=2)]


class SuccessionPayload(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is signed."""

    format: str = FORMAT
    version: int = VERSION
    critical: tuple[str, ...] = ()
    trial: bool
    batch: Id
    stage: Stage
    predecessor: PredecessorRef
    bases: Annotated[tuple[BaseRef, ...], Meta(max_length=5_000)]
    issuer: IssuerRef
    at: Stamp
    app: Line = __version__


@dataclass(frozen=True, slots=True)
class OpenedLink:
    """A link whose signature fits; compare `issuer` with the coordinator of the registry it lies in."""

    payload: SuccessionPayload
    issuer: PublicKey


def build_link(payload: SuccessionPayload, issuer: Identity) -> bytes:
    """The signed envelope."""
    if PublicKey(payload.issuer.key) != issuer.public:
        raise ValueError("the link names another issuer")
    data = strictjson.encode(payload)
    strictjson.decode(data, SuccessionPayload, max_size=MAX_PAYLOAD)
    return envelope.sign(data, PAYLOAD_TYPE, [issuer])


def open_link(data: bytes, *, place: str = "") -> OpenedLink:
    """Reads a link and proves its signature. Raises NdbError as `card.open_card`."""
    with placed(place):
        claimed = envelope.peek(data, MAX_PAYLOAD)
        if claimed.payload_type != PAYLOAD_TYPE:
            raise NdbError("E-PAYLOAD-TYPE", found=claimed.payload_type[:100], wanted=PAYLOAD_TYPE)
        payload = strictjson.open_payload(
            claimed.payload, SuccessionPayload, form=FORMAT, version=VERSION, max_size=MAX_PAYLOAD
        )
        issuer = PublicKey(payload.issuer.key).named(payload.issuer.name)
        envelope.verify_peeked(claimed, PAYLOAD_TYPE, {issuer.keyid: issuer}, [issuer.keyid])
        return OpenedLink(payload, issuer)
