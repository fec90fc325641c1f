"""Signed envelopes (签名信封): DSSE v1 with Ed25519, one JSON object of three members.

The outer JSON is kept to one spelling as far as that goes (no unknown members, canonical base64), but two files with
one payload may still differ in spaces: whoever looks for duplicates compares the SHA-256 of the *payload*.
"""

from __future__ import annotations

import binascii
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import Signature  # type: ignore[attr-defined]

from ndb_desktop.crypto.identity import Identity, PublicKey
from ndb_desktop.domain.errors import NdbError

MAX_SIGNATURES = 16
_MEMBERS = {"payload", "payloadType", "signatures"}


@dataclass(frozen=True, slots=True)
class Peek:
    """What an envelope says of itself, **unverified**."""

    payload_type: str
    keyids: tuple[str, ...]
    payload: bytes
    signatures: tuple[tuple[str, bytes], ...] = field(repr=False, compare=False)


def envelope_limit(max_size: int) -> int:
    """The largest envelope that can carry a payload of `max_size` bytes: base64 and 8 KiB for the rest."""
    return 4 * ((max_size + 2) // 3) + 8192


def sign(payload: bytes, payload_type: str, identities: Sequence[Identity]) -> bytes:
    """The envelope of `payload`, signed by each of `identities` in this order, as compact JSON with a final newline."""
    envelope = Envelope(payload, payload_type, {})
    for identity in identities:
        envelope.sign(identity.signer())
    if not envelope.signatures or len(envelope.signatures) != len(identities):
        raise ValueError("an envelope needs at least one signer, each once")
    return json.dumps(envelope.to_dict(), separators=(",", ":")).encode() + b"\n"


def co_sign(envelope: bytes, payload_type: str, identity: Identity, *, max_size: int) -> bytes:
    """The same envelope with one more signature behind those it has, which are neither checked nor touched here.

    Raises:
        NdbError: `E-SIZE`, `E-ENVELOPE*`, `E-PAYLOAD-TYPE`, `E-SIGNER-TWICE` (this key signed before).
    """
    before = peek(envelope, max_size)
    if before.payload_type != payload_type:
        raise NdbError("E-PAYLOAD-TYPE", found=before.payload_type[:100], wanted=payload_type)
    if identity.keyid in before.keyids:
        raise NdbError("E-SIGNER-TWICE", keyid=identity.keyid)
    if len(before.signatures) >= MAX_SIGNATURES:
        raise NdbError("E-ENVELOPE")
    known = {keyid: Signature(keyid, sig.hex()) for keyid, sig in before.signatures}
    more = Envelope(before.payload, payload_type, known)
    more.sign(identity.signer())
    return json.dumps(more.to_dict(), separators=(",", ":")).encode() + b"\n"


def verify(
    envelope: bytes,
    payload_type: str,
    keys: Mapping[str, PublicKey],
    required: Collection[str],
    *,
    max_size: int,
) -> bytes:
    """The payload, once every signer in `required` (key ids) and nobody else has signed it.

    Raises:
        NdbError: `E-SIZE`, `E-ENVELOPE*` (not an envelope), `E-PAYLOAD-TYPE`, `E-SIGNER` (somebody unknown or not asked
            signed), `E-SIGNER-MISSING` (a co-signature is not there), `E-SIGNATURE` (does not fit the content).
    """
    return verify_peeked(peek(envelope, max_size), payload_type, keys, required)


def verify_peeked(parsed: Peek, payload_type: str, keys: Mapping[str, PublicKey], required: Collection[str]) -> bytes:
    """As `verify`, for an envelope that `peek` has already taken apart."""
    if parsed.payload_type != payload_type:
        raise NdbError("E-PAYLOAD-TYPE", found=parsed.payload_type[:100], wanted=payload_type)
    found = {keyid for keyid, _ in parsed.signatures}
    wanted = set(required)
    if not wanted or not wanted <= keys.keys():
        raise ValueError("the required signers must be among the keys")
    if strangers := sorted(found - wanted):
        raise NdbError("E-SIGNER", keyid=strangers[0][:100])
    if missing := sorted(wanted - found):
        raise NdbError("E-SIGNER-MISSING", keyid=missing[0])
    checked = Envelope(
        parsed.payload,
        parsed.payload_type,
        {keyid: Signature(keyid, sig.hex()) for keyid, sig in parsed.signatures},
    )
    try:
        accepted = checked.verify([keys[keyid].verifier for keyid in sorted(wanted)], threshold=len(wanted))
    except VerificationError:
        raise NdbError("E-SIGNATURE", keyid=", ".join(sorted(wanted))) from None
    if accepted.keys() != wanted:
        raise NdbError("E-SIGNATURE", keyid=", ".join(sorted(wanted)))
    return parsed.payload


def peek(envelope: bytes, max_size: int) -> Peek:
    """What the envelope carries, before any key is known. Nothing of it may be believed until `verify` has passed.

    Raises:
        NdbError: `E-SIZE`, `E-ENVELOPE*`.
    """
    if len(envelope) > envelope_limit(max_size):
        raise NdbError("E-SIZE", size=len(envelope), most=envelope_limit(max_size))
    document = _load(envelope)
    if not isinstance(document, dict) or set(document) != _MEMBERS:
        raise NdbError("E-ENVELOPE")
    payload_type, signatures = document["payloadType"], document["signatures"]
    if not isinstance(payload_type, str) or not isinstance(signatures, list):
        raise NdbError("E-ENVELOPE")
    if not 1 <= len(signatures) <= MAX_SIGNATURES:
        raise NdbError("E-ENVELOPE")
    read: dict[str, bytes] = {}
    for signature in signatures:
        if not isinstance(signature, dict) or set(signature) != {"keyid", "sig"}:
            raise NdbError("E-ENVELOPE")
        keyid, sig = signature["keyid"], _base64(signature["sig"])
        if not isinstance(keyid, str) or keyid in read or len(sig) != 64:
            raise NdbError("E-ENVELOPE")
        read[keyid] = sig
    payload = _base64(document["payload"])
    if len(payload) > max_size:
        raise NdbError("E-SIZE", size=len(payload), most=max_size)
    return Peek(payload_type, tuple(read), payload, tuple(read.items()))


def _load(envelope: bytes) -> object:
    """The outer JSON. Its depth is fixed by the members above; what nests deeper than Python recurses is refused."""
    try:
        return json.loads(envelope.decode("utf-8"), object_pairs_hook=_pairs, parse_constant=_no_constant)
    except RecursionError:
        raise NdbError("E-ENVELOPE-DEPTH") from None
    except (UnicodeDecodeError, ValueError):
        raise NdbError("E-ENVELOPE-JSON") from None


def _pairs(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise NdbError("E-ENVELOPE-NAMES")
    return members


def _no_constant(name: str) -> object:
    raise ValueError(name)


def _base64(text: object) -> bytes:
    """Standard base64 in its one canonical spelling: other spellings would make two files of one signature."""
    if not isinstance(text, str):
        raise NdbError("E-ENVELOPE")
    try:
        encoded = text.encode("ascii")
        data = binascii.a2b_base64(encoded, strict_mode=True)
    except (binascii.Error, ValueError):
        raise NdbError("E-ENVELOPE-BASE64") from None
    # Only the spare bits of the last four signs could be spelled in another way; strict mode has refused the rest.
    last = data[-(len(data) % 3 or 3) :]
    if len(encoded) != 4 * ((len(data) + 2) // 3) or binascii.b2a_base64(last, newline=False) != encoded[-4:]:
        raise NdbError("E-ENVELOPE-BASE64")
    return data
