"""The manifest of a bundle (评审包清单): what is inside, from whom, for whom; readable by anybody, secret to nobody."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from ndb_desktop.crypto import envelope
from ndb_desktop.crypto.identity import Identity, PublicKey
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.formats import strictjson
from ndb_desktop.formats.siteparts import MAX_MEMBERS, MemberRecord
from ndb_desktop.formats.strictjson import Count, Hex128, Id, KeyLine, Line, Sha256, Stamp, placed

PAYLOAD_TYPE = "application/vnd.ndb.bundle.v1+json"
FORMAT = "ndb-bundle"
VERSION = 1
MAX_PAYLOAD = 4 * 1024 * 1024
MIN_APP = "0.1.0"
"""The oldest program that reads what this one writes."""
CHAIN = "chain"
"""What `critical` names in every bundle that follows another: who does not know chains would start from nothing."""
MAX_CHAIN = 64
"""Bundles that may come before one in its chain."""

SECOND_ROUND = "second_round"
"""What `critical` names in a bundle of a second round: who does not know rounds would take it for a first issue."""

CALIBRATION = "calibration"
"""What `critical` names in a calibration bundle: who does not know it would let scores be taken for ones that count."""

SITE = "site"
"""What `critical` names in an inspection bundle (现场检查包): who does not know it would take a team for one expert."""

STAGE = "stage"
"""What `critical` names in a bundle of a later stage: who does not know stages would score it by the selection pack."""

KNOWN_CRITICAL = (CHAIN, SECOND_ROUND, CALIBRATION, SITE, STAGE)
_APART: Mapping[str, str] = {"second_round": SECOND_ROUND, "calibration": CALIBRATION, "site": SITE}
"""Kinds that follow no bundle, and what `critical` names in each."""

BundleKind = Literal["full", "supplement", "replacement", "recall", "second_round", "calibration", "site"]
"""首发, 补充, 替换, 撤回, 复评, 校准, 检查. Each is whole in itself; the second to fourth follow others (`chain`)."""

AppVersion = Annotated[str, Meta(max_length=40, pattern=r"\A[0-9]{1,6}(\.[0-9]{1,6}){0,3}\Z")]
MemberName = Annotated[str, Meta(min_length=1, max_length=100)]


class BatchRef(msgspec.Struct, frozen=True):
    """The batch (批次), and whether it is a trial (示例)."""

    id: Id
    trial: bool


class IssuerRef(msgspec.Struct, frozen=True):
    """Who issued: the organiser's name and public key as an OpenSSH line."""

    name: Line
    key: KeyLine


class ExpertRef(msgspec.Struct, frozen=True):
    """For whom: the expert's id in the batch, and the public key if a card was there before; never a name.

    In an inspection bundle the id is that of the visit, without a key: the people stand in `team`.
    """

    id: Id
    key: KeyLine | None


class PackRef(msgspec.Struct, frozen=True):
    """A rule pack (规则包) inside `core.db`."""

    id: Id
    version: Line
    sha256: Sha256


class ReturnTo(msgspec.Struct, frozen=True):
    """Whom score files are sealed to: OpenSSH public keys, usable with `age -r`."""

    recipients: Annotated[tuple[KeyLine, ...], Meta(min_length=1, max_length=16)]
    sealed: bool


class MemberRef(msgspec.Struct, frozen=True):
    """A member with its size in bytes and SHA-256."""

    name: MemberName
    size: Count
    sha256: Sha256


class EarlierRef(msgspec.Struct, frozen=True):
    """A bundle that came before this one in its chain: id and digest."""

    bundle_id: Hex128
    digest: Sha256


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """The payload of `manifest.dsse.json`. Unknown fields are ignored unless `critical` names them.

    `chain` are the bundles this one follows, oldest first; a bundle issued for the first time has none. `team` are the
    members (检查员) of an inspection bundle, each of whom opens it with the own key; all other bundles have none.
    `stage` is null in selection.
    """

    format: str = FORMAT
    version: int = VERSION
    critical: tuple[str, ...] = ()
    min_app: AppVersion = MIN_APP
    bundle_id: Hex128
    batch: BatchRef
    issued_at: Stamp
    expires_at: Stamp | None
    replaces: Hex128 | None
    kind: BundleKind = "full"
    stage: Literal["acceptance", "effect"] | None = None
    chain: Annotated[tuple[EarlierRef, ...], Meta(max_length=MAX_CHAIN)] = ()
    issuer: IssuerRef
    expert: ExpertRef
    team: Annotated[tuple[MemberRecord, ...], Meta(max_length=MAX_MEMBERS)] = ()
    suites: tuple[str, ...] = ("ed25519",)
    packs: Annotated[tuple[PackRef, ...], Meta(min_length=1, max_length=32)]
    return_to: ReturnTo
    members: Annotated[tuple[MemberRef, ...], Meta(max_length=20_000)]


class _Self(msgspec.Struct):
    issuer: IssuerRef


def sign_manifest(manifest: Manifest, issuer: Identity) -> tuple[bytes, bytes]:
    """The envelope (member `manifest.dsse.json`) and the payload whose SHA-256 is the bundle digest."""
    if PublicKey(manifest.issuer.key) != issuer.public:
        raise ValueError("the manifest names another issuer")
    payload = strictjson.encode(manifest)
    return envelope.sign(payload, PAYLOAD_TYPE, [issuer]), payload


def open_manifest(
    data: bytes, *, expected_issuer: str | None, app_version: str, place: str
) -> tuple[Manifest, bytes, PublicKey]:
    """Verifies and reads a manifest: value, payload bytes, issuer's key.

    The key stands in the manifest itself, so this proves only that one person signed all of it; `expected_issuer` (a
    key id the caller trusts) says who that must be.

    Raises:
        NdbError: `E-ENVELOPE…`, `E-PAYLOAD-TYPE`, `E-SIGNER…`, `E-SIGNATURE`, `E-JSON…`, `E-FORMAT`, `E-VERSION`,
            `E-CRITICAL`, `E-BUNDLE-ISSUER`, `E-BUNDLE-MIN-APP`, `E-BUNDLE-CHAIN`, `E-STAGE-BUNDLE`, `E-SITE-TEAM`,
            `E-KEY-PUBLIC`.
    """
    with placed(place):
        claimed = envelope.peek(data, MAX_PAYLOAD)
        if claimed.payload_type != PAYLOAD_TYPE:
            raise NdbError("E-PAYLOAD-TYPE", found=claimed.payload_type[:100], wanted=PAYLOAD_TYPE)
        strictjson.check(claimed.payload, max_size=MAX_PAYLOAD)
        strictjson.check_header(claimed.payload, form=FORMAT, version=VERSION, known_critical=KNOWN_CRITICAL)
        issuer = PublicKey(strictjson.convert(claimed.payload, _Self).issuer.key)
        if expected_issuer is not None and issuer.keyid != expected_issuer:
            raise NdbError("E-BUNDLE-ISSUER", found=issuer.keyid, wanted=expected_issuer)
        payload = envelope.verify_peeked(claimed, PAYLOAD_TYPE, {issuer.keyid: issuer}, [issuer.keyid])
        manifest = strictjson.convert(payload, Manifest)
        if version_key(manifest.min_app) > version_key(app_version):
            raise NdbError("E-BUNDLE-MIN-APP", needed=manifest.min_app, present=app_version)
        if not chain_fits(manifest):
            raise NdbError("E-BUNDLE-CHAIN", kind=manifest.kind)
        for line in (manifest.expert.key, *manifest.return_to.recipients):
            if line is not None:
                PublicKey(line)
        if (manifest.stage is not None) != (STAGE in manifest.critical):
            raise NdbError("E-STAGE-BUNDLE", what="critical")
        if not team_fits(manifest):
            raise NdbError("E-SITE-TEAM")
    return manifest, payload, issuer


def chain_fits(manifest: Manifest) -> bool:
    """Whether kind, chain, `replaces` and `critical` say the same thing."""
    earlier = [bundle.bundle_id for bundle in manifest.chain]
    if any((manifest.kind == kind) != (word in manifest.critical) for kind, word in _APART.items()):
        return False
    if manifest.kind in _APART:
        return not earlier and CHAIN not in manifest.critical and manifest.replaces is None
    if manifest.kind == "full":
        # `replaces` alone is how a second issue was spelled before there were chains.
        return not earlier and CHAIN not in manifest.critical
    single = len({manifest.bundle_id, *earlier}) == len(earlier) + 1
    replaced = earlier[-1] if manifest.kind == "replacement" and earlier else None
    return bool(earlier) and single and CHAIN in manifest.critical and manifest.replaces == replaced


def team_fits(manifest: Manifest) -> bool:
    """Whether an inspection bundle names two members or more, each with an own key, and any other bundle none.

    Raises:
        NdbError: `E-KEY-PUBLIC`.
    """
    if manifest.kind != "site":
        return not manifest.team
    ids, keys = {member.id for member in manifest.team}, {PublicKey(member.key).keyid for member in manifest.team}
    return len(manifest.team) >= 2 and len(ids) == len(keys) == len(manifest.team) and manifest.expert.key is None


def version_key(version: str) -> tuple[int, ...]:
    """A program version as numbers to compare; what follows the numbers (`rc1`, `.dev0`) does not count."""
    numbers = re.match(r"[0-9]+(?:\.[0-9]+)*", version)
    parts = [int(part) for part in numbers.group().split(".")] if numbers else []
    return tuple([*parts, 0, 0, 0, 0][:4])
