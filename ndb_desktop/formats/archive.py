"""Reading an archive (归档包, `.ndbarchive`) as a stranger would: by the page that describes it, not by its writer.

The signed manifest is proven first, then every member against it, the numbering of each kind, and in the originals
every signature, the chain of the decisions and that of the log. One file at a time: `archive_set` reads its volumes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, BinaryIO, Literal
from xml.parsers import expat

import msgspec
from msgspec import Meta

from ndb_desktop.crypto import envelope
from ndb_desktop.crypto.digests import Sm3
from ndb_desktop.crypto.identity import PublicKey
from ndb_desktop.domain.errors import Fault, NdbError
from ndb_desktop.formats import decisionfile, strictjson
from ndb_desktop.formats.archive_sites import SITE_KINDS, SiteWork
from ndb_desktop.formats.manifest import IssuerRef
from ndb_desktop.formats.scorefile import MAX_FILE, open_score
from ndb_desktop.formats.strictjson import Count, Id, Line, Sha256, placed
from ndb_desktop.formats.zipcheck import StoredMember, read_directory

PAYLOAD_TYPE = "application/vnd.ndb.archive.v1+json"
FORMAT = "ndb-archive"
VERSION = 1
MAX_PAYLOAD = 16 * 1024 * 1024
MIMETYPE = b"application/vnd.ndb.archive+zip"
METADATA = "metadata.xml"
MANIFEST = "manifest.dsse.json"
DESCRIBING = ("mimetype", METADATA, "report.xml", "sha256sums.txt")
"""Members that are not numbered; the first stands at the very front, the others behind all numbered ones."""
MAX_VOLUMES = 999
VOLUMES = "volumes"
"""What `critical` names where there are volumes."""
_CHUNK = 1024 * 1024
_MOST_READ = 64 * 1024 * 1024
"""What is parsed, and not hashed only, is never larger."""
_GENESIS = "0" * 64
_BATCH = "batch/000001.json"

Retention = Literal["", "Y", "D30", "D10"]
OnBytes = Callable[[int, int, str], None]
"""Called with bytes done, bytes in all, and the member at hand; may raise to stop."""


class ArchiveMember(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A member as signed; `kind` is "" and `number` 0 for those that describe the archive."""

    name: Annotated[str, Meta(min_length=1, max_length=100)]
    kind: Annotated[str, Meta(max_length=20, pattern=r"\A[a-z]*\Z")]
    number: Count
    retention: Retention
    size: Count
    sha256: Sha256
    sm3: Sha256


class LogHead(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How long the log was when filed, and the digest of its last entry."""

    entries: Count
    head: Sha256


class VolumeRef(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A volume (分卷) the main archive names: `sha256` is that of the volume's signed payload, `size` of its file."""

    number: Count
    retention: Literal["Y", "D30", "D10"]
    documents: Count
    size: Count
    sha256: Sha256


class VolumeOf(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which volume of how many this is."""

    number: Annotated[int, Meta(ge=1, le=MAX_VOLUMES)]
    of: Annotated[int, Meta(ge=1, le=MAX_VOLUMES)]


class ArchiveManifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is signed. `result` is the digest of the results that were final.

    A main archive may name `volumes`, a volume says in `volume` which it is; both then have `critical` name them.
    """

    format: str
    version: int
    critical: tuple[str, ...]
    trial: bool
    batch: Id
    filed_on: Annotated[str, Meta(pattern=r"\A[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")]
    issuer: IssuerRef
    result: Sha256
    log: LogHead
    members: tuple[ArchiveMember, ...]
    app: Line
    volumes: Annotated[tuple[VolumeRef, ...], Meta(max_length=MAX_VOLUMES)] = ()
    volume: VolumeOf | None = None


@dataclass(frozen=True, slots=True)
class ArchiveCheck:
    """What a reader found: whose archive it is, and everything that is wrong with it, in its volumes too.

    `ended` are volumes that are not there and whose retention is over: they may have been destroyed as due. `photos`
    are those that inspection records name, digest and size with visit and name; they lie in the volumes.
    """

    manifest: ArchiveManifest
    issuer: PublicKey
    payload_sha256: str
    faults: tuple[Fault, ...]
    ended: tuple[VolumeRef, ...] = ()
    photos: Mapping[tuple[str, int], tuple[str, str]] = field(default_factory=dict)

    def count(self, kind: str) -> int:
        """How many members of a kind are listed."""
        return sum(1 for member in self.manifest.members if member.kind == kind)


@dataclass
class _Work:
    """What was learnt while the members were read in their order."""

    place: str
    faults: list[Fault] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    signers: list[tuple[str, str]] = field(default_factory=list)
    decision: str | None = None
    log: str = _GENESIS
    entries: int = 0
    titled: dict[str, str] = field(default_factory=dict)
    bases: set[str] = field(default_factory=set)
    sites: SiteWork = field(default_factory=SiteWork)

    def wrong(self, code: str, **params: object) -> None:
        self.faults.append(Fault(code, self.place, {name: str(value) for name, value in params.items()}))


def check_stream(stream: BinaryIO, place: str, on_bytes: OnBytes | None = None) -> ArchiveCheck:
    """Reads one file through, without its volumes. What is wrong inside is reported, all of it.

    Raises:
        NdbError: `E-ARCHIVE-ZIP` (not a ZIP of ours), `E-ARCHIVE-FRAME` (mark or manifest not in place), what
            `card.open_card` raises for the manifest.
    """
    stored, manifest, issuer, digest = _opened(stream, place)
    work = _Work(place)
    _compare_names(work, [member.name for member in stored[:-1]], manifest)
    _check_numbers(work, manifest)
    by_name = {member.name: member for member in stored[:-1]}
    total, done = sum(member.size for member in manifest.members), 0
    for listed in manifest.members:
        found = by_name.pop(listed.name, None)
        if found is not None:
            _check_member(work, stream, found, listed)
        done += listed.size
        if on_bytes is not None:
            on_bytes(done, total, listed.name)
    _check_whole(work, manifest)
    return ArchiveCheck(manifest, issuer, digest, tuple(work.faults), photos=work.sites.photos)


def read_manifest(stream: BinaryIO, place: str) -> tuple[ArchiveManifest, str]:
    """The signed manifest alone and the SHA-256 of its payload; raises as `check_stream`."""
    _stored, manifest, _issuer, digest = _opened(stream, place)
    return manifest, digest


def _opened(stream: BinaryIO, place: str) -> tuple[tuple[StoredMember, ...], ArchiveManifest, PublicKey, str]:
    try:
        stored = read_directory(stream, place)
    except NdbError as error:
        raise NdbError("E-ARCHIVE-ZIP", place=place, detail=error.code, name=error.params.get("name", "-")) from None
    names = [member.name for member in stored]
    if names[:1] != ["mimetype"] or names[-1] != MANIFEST or _whole(stream, stored[0], len(MIMETYPE)) != MIMETYPE:
        raise NdbError("E-ARCHIVE-FRAME", place=place)
    most = envelope.envelope_limit(MAX_PAYLOAD)
    return (stored, *_manifest(_whole(stream, stored[-1], most), place))


def _manifest(data: bytes, place: str) -> tuple[ArchiveManifest, PublicKey, str]:
    with placed(place):
        claimed = envelope.peek(data, MAX_PAYLOAD)
        if claimed.payload_type != PAYLOAD_TYPE:
            raise NdbError("E-PAYLOAD-TYPE", found=claimed.payload_type[:100], wanted=PAYLOAD_TYPE)
        strictjson.check(claimed.payload, max_size=MAX_PAYLOAD)
        strictjson.check_header(claimed.payload, form=FORMAT, version=VERSION, known_critical=(VOLUMES,))
        manifest = strictjson.convert(claimed.payload, ArchiveManifest)
        _check_volumes(manifest)
        issuer = PublicKey(manifest.issuer.key).named(manifest.issuer.name)
        envelope.verify_peeked(claimed, PAYLOAD_TYPE, {issuer.keyid: issuer}, [issuer.keyid])
        return manifest, issuer, hashlib.sha256(claimed.payload).hexdigest()


def _check_volumes(manifest: ArchiveManifest) -> None:
    """Whether `volumes`, `volume` and `critical` say the same thing, and volumes are numbered 1, 2, 3 …"""
    said = bool(manifest.volumes) != bool(manifest.volume)
    one = manifest.volume
    numbers = [ref.number for ref in manifest.volumes]
    if (
        said != (VOLUMES in manifest.critical)
        or (manifest.volumes and one)
        or (one and one.number > one.of)
        or numbers != list(range(1, len(numbers) + 1))
    ):
        raise NdbError("E-JSON-FIELD", reason=VOLUMES)


def _whole(stream: BinaryIO, member: StoredMember, most: int) -> bytes:
    stream.seek(member.offset)
    return stream.read(min(member.size, most + 1))


def _compare_names(work: _Work, names: list[str], manifest: ArchiveManifest) -> None:
    """Each listed member once, none beside them, in the order of the list."""
    listed = [member.name for member in manifest.members]
    present, wanted = set(names), set(listed)
    for name in sorted((wanted | set(DESCRIBING)) - present):
        work.wrong("E-ARCHIVE-MISSING", name=name)
    for name in sorted(present - wanted):
        work.wrong("E-ARCHIVE-EXTRA", name=name)
    if present == wanted and names != listed:
        work.wrong("E-ARCHIVE-ORDER")


def _check_numbers(work: _Work, manifest: ArchiveManifest) -> None:
    """Numbers of a kind run 1, 2, 3 … and are those of the names (DA/T 70: a gap in a sequence is a fault)."""
    reached: dict[str, int] = {}
    for member in manifest.members:
        if not member.kind:
            if member.name not in DESCRIBING or member.number:
                work.wrong("E-ARCHIVE-NUMBER", kind="-", number=member.number, name=member.name)
            continue
        expected = reached.get(member.kind, 0) + 1
        stem, _, suffix = member.name.partition(".")
        if member.number != expected or stem != f"{member.kind}/{expected:06d}" or not suffix or not member.retention:
            work.wrong("E-ARCHIVE-NUMBER", kind=member.kind, number=expected, name=member.name)
        reached[member.kind] = member.number


def _check_member(work: _Work, stream: BinaryIO, found: StoredMember, listed: ArchiveMember) -> None:
    sha256, sm3 = hashlib.sha256(), Sm3()
    parse = _PARSERS.get(listed.kind or listed.name)
    kept: list[bytes] = []
    stream.seek(found.offset)
    left = found.size
    while left and (piece := stream.read(min(_CHUNK, left))):
        left -= len(piece)
        sha256.update(piece)
        sm3.update(piece)
        if parse is not None and found.size <= _MOST_READ:
            kept.append(piece)
    if found.size != listed.size or (sha256.hexdigest(), sm3.hexdigest()) != (listed.sha256, listed.sm3):
        work.wrong("E-ARCHIVE-CHANGED", name=listed.name)
    elif parse is not None:
        if found.size > _MOST_READ:
            work.wrong("E-SIZE", size=found.size, most=_MOST_READ)
            return
        try:
            parse(work, listed.name, b"".join(kept))
        except NdbError as error:
            work.faults.append(Fault(error.code, f"{work.place}/{listed.name}", error.params))


def _key(work: _Work, _name: str, data: bytes) -> None:
    work.keys.add(PublicKey(data.decode("utf-8", "replace").strip()).keyid)


def _score(work: _Work, name: str, data: bytes) -> None:
    if len(data) > MAX_FILE:
        raise NdbError("E-SIZE", size=len(data), most=MAX_FILE)
    work.signers.append((name, open_score(data, None).keyid))


def _about(work: _Work, name: str, data: bytes) -> None:
    """What follows the batch itself is the link to the registry before, and names the applications taken over."""
    # The link says how far a log went in the words of this module.
    from ndb_desktop.formats.succession import open_link

    if name != _BATCH:
        opened = open_link(data)
        work.signers.append((name, opened.issuer.keyid))
        work.bases = {ref.sha256 for ref in opened.payload.bases}


def _decision(work: _Work, name: str, data: bytes) -> None:
    _, decision = decisionfile.open_decision(data)
    number = int(name.partition("/")[2].partition(".")[0])
    if decision.number != number or decision.previous != (work.decision or ""):
        raise NdbError("E-ARCHIVE-CHAIN", name=name)
    work.decision = decision.digest
    work.signers += [(name, keyid) for keyid in decision.keyids]


def _inspected(kind: str) -> Callable[[_Work, str, bytes], None]:
    def parse(work: _Work, name: str, data: bytes) -> None:
        work.signers += [(name, keyid) for keyid in work.sites.read(kind, name, data)]

    return parse


def _log(work: _Work, name: str, data: bytes) -> None:
    """Each line is the very text whose SHA-256 the next line names last."""
    for line in data.split(b"\n")[:-1]:
        try:
            entry = json.loads(line)
        except ValueError:
            entry = None
        work.entries += 1
        if not isinstance(entry, list) or len(entry) != 7 or entry[0] != work.entries or entry[6] != work.log:
            raise NdbError("E-ARCHIVE-CHAIN", name=name)
        work.log = hashlib.sha256(line).hexdigest()


def _metadata(work: _Work, name: str, data: bytes) -> None:
    """The XML must be sound, without a DTD, and name the same members."""
    parser = expat.ParserCreate()

    def no_dtd(*_: object) -> None:
        raise NdbError("E-ARCHIVE-METADATA", name=name)

    def start(tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "file":
            work.titled[attributes.get("name", "")] = attributes.get("sha256", "")

    parser.StartDoctypeDeclHandler = no_dtd
    parser.StartElementHandler = start
    try:
        parser.Parse(data, True)
    except expat.ExpatError:
        raise NdbError("E-ARCHIVE-METADATA", name=name) from None


_PARSERS: Mapping[str, Callable[[_Work, str, bytes], None]] = {
    "batch": _about, "key": _key, "score": _score, "decision": _decision, "log": _log, METADATA: _metadata,
    "report.xml": _metadata, **{kind: _inspected(kind) for kind in SITE_KINDS},
}  # fmt: skip


def _check_whole(work: _Work, manifest: ArchiveManifest) -> None:
    """What no member shows alone; said only when all members are sound, for else it follows from their faults."""
    if work.faults:
        return
    # The log is in the main archive alone.
    if manifest.volume is None and (work.entries, work.log) != (manifest.log.entries, manifest.log.head):
        work.wrong("E-ARCHIVE-CHAIN", name="log")
    if work.bases - {member.sha256 for member in manifest.members if member.kind == "application"}:
        work.wrong("E-ARCHIVE-CHAIN", name="application")
    for name in work.sites.broken():
        work.wrong("E-ARCHIVE-CHAIN", name=name)
    if work.titled != {member.name: member.sha256 for member in manifest.members if member.kind}:
        work.wrong("E-ARCHIVE-METADATA", name=METADATA)
    for name, keyid in sorted({*work.signers, (MANIFEST, PublicKey(manifest.issuer.key).keyid)}):
        if keyid not in work.keys:
            work.wrong("E-ARCHIVE-KEY", name=name, keyid=keyid)
