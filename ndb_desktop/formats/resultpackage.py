"""Internal results package (移交包): JSON Lines with their schema, a workbook and a signed manifest in one age file.

Opened with standard tools: `age -d -i KEY`, `unzip`, and the DSSE envelope is checked as any of ours. Made in memory:
nothing of it is on disk before it is sealed.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from ndb_desktop import __version__
from ndb_desktop.crypto import envelope
from ndb_desktop.crypto.identity import Identity, PublicKey
from ndb_desktop.crypto.sealing import seal, unseal
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.formats import strictjson
from ndb_desktop.formats.manifest import IssuerRef
from ndb_desktop.formats.strictjson import Count, Id, Line, Sha256, Stamp

EXTENSION = ".zip.age"
PAYLOAD_TYPE = "application/vnd.ndb.results.v1+json"
FORMAT = "ndb-results-package"
VERSION = 1
MANIFEST = "manifest.dsse.json"
LINES, SCHEMA, BOOK = "results.jsonl", "results.schema.json", "results.xlsx"
STAGE = "stage"
"""What `critical` names in a package of a later stage: who does not know stages would take its lines for scores."""
MAX_MANIFEST = 64 * 1024
MAX_PACKAGE = 1024 * 1024 * 1024
_NAMES = (LINES, SCHEMA, BOOK)

_TEXT = {"type": "string"}
_RATIO = {"type": ["string", "null"], "pattern": "^-?[0-9]+(/[0-9]+)?$"}
_PROPERTIES: Mapping[str, object] = {
    "application": _TEXT, "applicant": _TEXT, "credit_code": _TEXT, "category": {"enum": ["park", "enterprise"]},
    "field": _TEXT, "region": {"type": "string", "pattern": "^[0-9]{6}$"}, "recommender": _TEXT,
    "state": {"enum": ["selected", "not_selected", "pending", "below", "invalid"]},
    "reason": {"enum": ["", "veto", "check", "reviewers"]},
    "status": _TEXT, "n_valid": {"type": "integer", "minimum": 0},
    "experts": {"type": "object", "additionalProperties": _TEXT},
    "dropped": {"type": "array", "items": _TEXT},
    "expert_totals": {"type": "object", "additionalProperties": _RATIO},
    "items": {
        "type": "object",
        "additionalProperties": {
            "type": "object", "required": ["state", "value", "n", "trimmed"], "additionalProperties": False,
            "properties": {"state": _TEXT, "value": _RATIO, "n": {"type": "integer"}, "trimmed": {"type": "boolean"}},
        },
    },
    "groups": {"type": "object", "additionalProperties": {"type": "object", "additionalProperties": _RATIO}},
    "parts": {"type": "object", "additionalProperties": _RATIO},
    "total": _RATIO, "published": {"type": ["string", "null"], "pattern": "^-?[0-9]+([.][0-9]+)?$"},
    "flags": {
        "type": "array",
        "items": {
            "type": "object", "required": ["code", "action", "expert", "item", "numbers"],
            "properties": {
                "code": _TEXT, "action": _TEXT, "expert": _TEXT, "item": _TEXT,
                "numbers": {"type": "object", "additionalProperties": _RATIO},
            },
        },
    },
}  # fmt: skip
LINE_SCHEMA: Mapping[str, object] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "urn:ndb:result-line:1",
    "title": "ndb-result-line", "type": "object", "additionalProperties": False,
    "required": list(_PROPERTIES), "properties": dict(_PROPERTIES),
}  # fmt: skip
"""Every line of `results.jsonl`, by JSON Schema 2020-12. Ratios are exact: `n/d`, or an integer."""


class PackageMember(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A member: name, size in bytes, SHA-256."""

    name: Line
    size: Count
    sha256: Sha256


class PackageManifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is signed: which batch, which results (their digest), and every member.

    The last three are there in a package of a later stage alone: `packs` maps each category to the digest of its pack,
    `issuer` says whose signature it is.
    """

    format: str = FORMAT
    version: int = VERSION
    critical: tuple[str, ...] = ()
    batch: Id
    trial: bool
    result: Sha256
    lines: Count
    made_at: Stamp
    members: tuple[PackageMember, ...]
    app: Line = __version__
    stage: Literal["acceptance", "effect"] | UnsetType = UNSET
    packs: dict[Id, Sha256] | UnsetType = UNSET
    issuer: IssuerRef | UnsetType = UNSET


class _Issued(msgspec.Struct):
    """What a manifest says of its issuer before anything is verified."""

    issuer: IssuerRef | None = None


@dataclass(frozen=True, slots=True)
class OpenedPackage:
    """A package whose signature by `issuer` and whose digests were verified."""

    manifest: PackageManifest
    members: Mapping[str, bytes]
    issuer: PublicKey


def build_package(manifest: PackageManifest, members: Mapping[str, bytes], issuer: Identity) -> bytes:
    """The ZIP, not sealed yet; `manifest.members` is filled in from `members`."""
    named = tuple(PackageMember(name, len(members[name]), hashlib.sha256(members[name]).hexdigest()) for name in _NAMES)
    signed = envelope.sign(strictjson.encode(msgspec.structs.replace(manifest, members=named)), PAYLOAD_TYPE, [issuer])
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as box:
        for name, data in ((MANIFEST, signed), *((name, members[name]) for name in _NAMES)):
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.create_system, info.external_attr = 3, 0o600 << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            box.writestr(info, data)
    return out.getvalue()


def seal_package(data: bytes, recipients: Sequence[PublicKey]) -> bytes:
    """The package as it lies on disk."""
    return seal(data, recipients)


def is_package(plain: bytes) -> bool:
    """Whether what was sealed begins as a package does; nothing is verified."""
    return plain.startswith(b"PK\x03\x04")


def open_package(data: bytes, identity: Identity, issuer: PublicKey | None, *, place: str = "") -> OpenedPackage:
    """Opens and verifies a package: seal, signature of `issuer`, every member's digest, nothing else in it.

    With `issuer` None it is the key that the package itself names, else that of `identity`: then it is proven only
    that one person signed all of it, and whose key it is has to be compared.

    Raises:
        NdbError: `E-AGE-…`, `E-SIZE`, E-PACKAGE-DAMAGED, E-PACKAGE-KEY (names no key, and is not signed by the own
            one), `E-ENVELOPE…`, `E-SIGNER…`, `E-SIGNATURE`, the `E-JSON-…` codes, `E-VERSION`, `E-CRITICAL`.
    """
    return read_package(unseal(data, identity, max_size=MAX_PACKAGE), issuer, identity.public, place=place)


def read_package(plain: bytes, issuer: PublicKey | None, own: PublicKey, *, place: str = "") -> OpenedPackage:
    """As `open_package`, of what was sealed; `own` is the key it was opened with."""
    with strictjson.placed(place):
        members = _members(plain)
        claimed = envelope.peek(members.pop(MANIFEST), MAX_MANIFEST)
        signer = issuer or _named(claimed.payload)
        if signer is None and own.keyid not in claimed.keyids:
            raise NdbError("E-PACKAGE-KEY", keyid=", ".join(claimed.keyids)[:200])
        signer = signer or own
        signed = envelope.verify_peeked(claimed, PAYLOAD_TYPE, {signer.keyid: signer}, [signer.keyid])
        strictjson.check(signed, max_size=MAX_MANIFEST)
        strictjson.check_header(signed, form=FORMAT, version=VERSION, known_critical=(STAGE,))
        manifest = strictjson.convert(signed, PackageManifest)
        found = {name: (len(content), hashlib.sha256(content).hexdigest()) for name, content in members.items()}
        if found != {row.name: (row.size, row.sha256) for row in manifest.members} or not _fits(manifest, signer):
            raise NdbError("E-PACKAGE-DAMAGED")
    return OpenedPackage(manifest, members, signer)


def _named(payload: bytes) -> PublicKey | None:
    """The key of whom a manifest names as its issuer, None in one of selection. Raises `E-JSON-…`, `E-KEY-PUBLIC`."""
    strictjson.check(payload, max_size=MAX_MANIFEST)
    named = strictjson.convert(payload, _Issued).issuer
    return None if named is None else PublicKey(named.key)


def _fits(manifest: PackageManifest, signer: PublicKey) -> bool:
    """Whether all that a later stage has is there, or nothing of it, and the issuer named is the one who signed."""
    later = [value is not UNSET for value in (manifest.stage, manifest.packs, manifest.issuer)]
    if any(later) != all(later) or any(later) != (STAGE in manifest.critical):
        return False
    return isinstance(manifest.issuer, UnsetType) or PublicKey(manifest.issuer.key) == signer


def _members(plain: bytes) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(plain)) as box:
            infos = box.infolist()
            if [info.filename for info in infos] != [MANIFEST, *_NAMES]:
                raise NdbError("E-PACKAGE-DAMAGED")
            if sum(info.file_size for info in infos) > MAX_PACKAGE:
                raise NdbError("E-SIZE", size=sum(info.file_size for info in infos), most=MAX_PACKAGE)
            return {info.filename: box.read(info) for info in infos}
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as error:
        raise NdbError("E-PACKAGE-DAMAGED") from error
