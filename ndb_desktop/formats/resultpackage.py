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

import msgspec

from ndb_desktop import __version__
from ndb_desktop.crypto import envelope
from ndb_desktop.crypto.identity import Identity, PublicKey
from ndb_desktop.crypto.sealing import seal, unseal
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.formats import strictjson
from ndb_desktop.formats.strictjson import Count, Id, Line, Sha256, Stamp

EXTENSION = ".zip.age"
PAYLOAD_TYPE = "application/vnd.ndb.results.v1+json"
FORMAT = "ndb-results-package"
VERSION = 1
MANIFEST = "manifest.dsse.json"
LINES, SCHEMA, BOOK = "results.jsonl", "results.schema.json", "results.xlsx"
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
    """What is signed: which batch, which results (their digest), and every member."""

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


@dataclass(frozen=True, slots=True)
class OpenedPackage:
    """A package whose signature and digests were verified."""

    manifest: PackageManifest
    members: Mapping[str, bytes]


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


def open_package(data: bytes, identity: Identity, issuer: PublicKey, *, place: str = "") -> OpenedPackage:
    """Opens and verifies a package: seal, signature of `issuer`, every member's digest, nothing else in it.

    Raises:
        NdbError: `E-AGE-…`, `E-SIZE`, E-PACKAGE-DAMAGED, `E-DSSE-…` (signature), the `E-JSON-…` codes, `E-VERSION`.
    """
    plain = unseal(data, identity, max_size=MAX_PACKAGE)
    with strictjson.placed(place):
        members = _members(plain)
        keys = {issuer.keyid: issuer}
        signed = envelope.verify(members.pop(MANIFEST), PAYLOAD_TYPE, keys, [issuer.keyid], max_size=MAX_MANIFEST)
        manifest = strictjson.open_payload(signed, PackageManifest, form=FORMAT, version=VERSION, max_size=MAX_MANIFEST)
        found = {name: (len(content), hashlib.sha256(content).hexdigest()) for name, content in members.items()}
        if found != {row.name: (row.size, row.sha256) for row in manifest.members}:
            raise NdbError("E-PACKAGE-DAMAGED")
    return OpenedPackage(manifest, members)


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
