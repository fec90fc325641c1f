"""`.ndbsite` (现场检查记录文件): one record, signed by several, with its photos; sealed to the team and the organiser.

A ZIP of stored members: the photos, each sealed for itself, and last the record in its envelope, sealed too. The signed
payload names every photo by the SHA-256 of its original bytes, so that nothing can be exchanged beneath a signature.
Who must sign stands in the visit inside the payload, and the visit is compared with the one that was issued at merging.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Annotated, BinaryIO

import msgspec
from msgspec import Meta

from ndb_desktop import __version__
from ndb_desktop.crypto import envelope, sealing
from ndb_desktop.crypto.identity import Identity, PublicKey
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.siterecord import Photo, SiteRecord
from ndb_desktop.formats import strictjson
from ndb_desktop.formats.scorefile import BundleRef
from ndb_desktop.formats.siteparts import (
    MAX_MEMBERS,
    MAX_PHOTO,
    Moment,
    PartsRecord,
    VisitRecord,
    parts_of,
    parts_record,
    visit_of,
    visit_record,
)
from ndb_desktop.formats.strictjson import Id, KeyLine, Line, Sha256
from ndb_desktop.formats.zipcheck import StoredMember, read_directory
from ndb_desktop.storage.atomic import atomic_write, known_os_errors

PAYLOAD_TYPE = "application/vnd.ndb.site.v1+json"
FORMAT = "ndb-site"
VERSION = 1
EXTENSION = ".ndbsite"
MIMETYPE = b"application/vnd.ndb.site+zip"
MIMETYPE_MEMBER = "mimetype"
RECORD_MEMBER = "record.dsse.json.age"
MAX_PAYLOAD = 16 * 1024 * 1024
MAX_REVISION = 10_000

OnBytes = Callable[[int], None]
"""Called with the bytes of each member done; may raise to stop."""


def quiet(_count: int) -> None:
    """Tells nobody of the bytes done."""


class FallenRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A signature that fell (失效) because the record was edited after it: whose, and the revision it stood under."""

    member: Id
    revision: Annotated[int, Meta(ge=1, le=MAX_REVISION)]


class SitePayload(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is signed. `supersedes` is the digest of the payload this one is an edit of.

    `fallen` says whose signatures fell with the edits; `partial` that something is still missing: such a record is for
    a fellow member to join, and never merged. `return_to` are the organiser's keys.
    """

    format: str = FORMAT
    version: int = VERSION
    critical: tuple[str, ...] = ()
    trial: bool
    batch: Id
    bundle: BundleRef
    visit: VisitRecord
    revision: Annotated[int, Meta(ge=1, le=MAX_REVISION)]
    supersedes: Sha256 | None
    fallen: Annotated[tuple[FallenRecord, ...], Meta(max_length=MAX_MEMBERS * 100)]
    partial: bool = False
    parts: PartsRecord
    return_to: Annotated[tuple[KeyLine, ...], Meta(min_length=1, max_length=4)]
    frozen_at: Annotated[Moment, Meta(min_length=20)]
    app: Line = __version__


@dataclass(frozen=True, slots=True)
class WrittenSite:
    """A file that was written: SHA-256 of the signed payload, members who signed, required ones who have not yet."""

    path: Path
    digest: str
    size: int
    signed: tuple[str, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OpenedRecord:
    """A record whose signatures, as many as there are, fit; `signed` and `missing` are ids of members."""

    payload: SitePayload
    record: SiteRecord
    digest: str
    envelope: bytes
    signed: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether everybody signed who must."""
        return not self.missing


def open_record(data: bytes, *, place: str = "") -> OpenedRecord:
    """Verifies an envelope and reads the record in it: every signature there is must be a member's and must fit.

    That somebody's is missing is no fault here but stands in `missing`; merging refuses it.

    Raises:
        NdbError: `E-SIZE`, `E-ENVELOPE*`, `E-PAYLOAD-TYPE`, `E-JSON…`, `E-FORMAT`, `E-VERSION`, `E-CRITICAL`,
            `E-SITE-TEAM`, `E-SITE-TWICE`, `E-SITE-CHAIN`, `E-SITE-VISIT`, `E-KEY-PUBLIC`, `E-SIGNER`, `E-SIGNATURE`.
    """
    with strictjson.placed(place):
        claimed = envelope.peek(data, MAX_PAYLOAD)
        if claimed.payload_type != PAYLOAD_TYPE:
            raise NdbError("E-PAYLOAD-TYPE", found=claimed.payload_type[:100], wanted=PAYLOAD_TYPE)
        strictjson.check(claimed.payload, max_size=MAX_PAYLOAD)
        strictjson.check_header(claimed.payload, form=FORMAT, version=VERSION)
        payload = strictjson.convert(claimed.payload, SitePayload)
        visit = visit_of(payload.visit)
        members = {PublicKey(member.key).keyid: member.id for member in visit.members}
        if strangers := sorted(set(claimed.keyids) - members.keys()):
            raise NdbError("E-SIGNER", keyid=strangers[0][:100])
        for line in payload.return_to:
            PublicKey(line)
        keys = {(key := PublicKey(member.key)).keyid: key for member in visit.members}
        envelope.verify_peeked(claimed, PAYLOAD_TYPE, keys, claimed.keyids)
        if (payload.revision == 1) != (payload.supersedes is None):
            raise NdbError("E-SITE-CHAIN", revision=payload.revision)
        if (payload.batch, payload.trial) != (visit.batch, visit.trial):
            raise NdbError("E-SITE-VISIT", visit=visit.id)
        signed = tuple(members[keyid] for keyid in claimed.keyids)
        return OpenedRecord(
            payload=payload,
            record=SiteRecord(visit, parts_of(payload.parts)),
            digest=hashlib.sha256(claimed.payload).hexdigest(),
            envelope=data,
            signed=signed,
            missing=tuple(name for name in visit.required if name not in signed),
        )


def freeze_site(
    target: Path,
    record: SiteRecord,
    *,
    bundle: BundleRef,
    revision: int,
    supersedes: str | None,
    fallen: Sequence[tuple[str, int]],
    frozen_at: str,
    recipients: Sequence[PublicKey],
    photo: Callable[[Photo], bytes],
    signer: Identity,
    partial: bool = False,
    on_bytes: OnBytes = quiet,
) -> WrittenSite:
    """Writes a record with the first signature; `photo` gives the original bytes of each photo, one at a time.

    The file can be opened by every member and by `recipients` (the organiser's keys, at most 4), which whoever signs
    after keeps. It is there whole or not at all.

    Raises:
        NdbError: `E-SIGNER` (no member), `E-SITE-PHOTO` (other bytes than the record names), `E-JSON-FIELD` (a text
            too long), `E-SIZE`, and the `E-STORE-…` codes.
    """
    visit = record.visit
    payload = SitePayload(
        trial=visit.trial,
        batch=visit.batch,
        bundle=bundle,
        visit=visit_record(visit),
        revision=revision,
        supersedes=supersedes,
        fallen=tuple(FallenRecord(member, number) for member, number in fallen),
        partial=partial,
        parts=parts_record(record.parts.values()),
        return_to=tuple(dict.fromkeys(key.age_recipient for key in recipients)),
        frozen_at=frozen_at,
    )
    data = strictjson.encode(payload)
    if len(data) > MAX_PAYLOAD:
        raise NdbError("E-SIZE", place=target.name, size=len(data), most=MAX_PAYLOAD)
    opened = open_record(envelope.sign(data, PAYLOAD_TYPE, [signer]), place=target.name)
    readers = _readers(opened)
    with atomic_write(target) as stream, zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        _add(archive, MIMETYPE_MEMBER, MIMETYPE)
        for one in record.photos:
            plain = photo(one)
            _check_photo(one, plain, target.name)
            _add(archive, photo_member(one.sha256), sealing.seal(plain, readers))
            on_bytes(len(plain))
        _add(archive, RECORD_MEMBER, sealing.seal(opened.envelope, readers))
    return _written(target, opened)


def co_sign(source: Path, target: Path, signer: Identity, on_bytes: OnBytes = quiet) -> WrittenSite:
    """The same file with one more signature; photos go over as they lie there, sealed.

    Raises:
        NdbError: as `SiteReader`, `E-SIGNER` (no member of the team), `E-SIGNER-TWICE`, and the `E-STORE-…` codes.
    """
    with SiteReader(source, signer) as reader:
        before = reader.opened
        signed = envelope.co_sign(before.envelope, PAYLOAD_TYPE, signer, max_size=MAX_PAYLOAD)
        opened = open_record(signed, place=source.name)
        with atomic_write(target) as stream, zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
            _add(archive, MIMETYPE_MEMBER, MIMETYPE)
            for one in before.record.photos:
                sealed = reader.sealed(photo_member(one.sha256))
                _add(archive, photo_member(one.sha256), sealed)
                on_bytes(len(sealed))
            _add(archive, RECORD_MEMBER, sealing.seal(signed, _readers(opened)))
    return _written(target, opened)


class SiteReader:
    """A `.ndbsite` open for reading with the key of a member, the organiser or the recovery; `opened` is verified.

    Raises:
        NdbError: `E-SITE-ZIP` (not a ZIP of ours, or damaged), `E-SITE-MEMBER` (a member missing, unknown or too
            large), `E-AGE-…` (sealed to others, damaged), and as `open_record`.
    """

    def __init__(self, path: Path, identity: Identity) -> None:
        self.path, self._identity = Path(path), identity
        self._place = self.path.name
        with known_os_errors(self._place):
            self._stream: BinaryIO = self.path.open("rb")
        try:
            with known_os_errors(self._place):
                self._members = self._directory()
                most = sealing.sealed_limit(envelope.envelope_limit(MAX_PAYLOAD))
                record = self._bytes(RECORD_MEMBER, most)
            with strictjson.placed(self._place):
                data = sealing.unseal(record, identity, max_size=envelope.envelope_limit(MAX_PAYLOAD))
            self.opened = open_record(data, place=self._place)
            self._compare()
        except BaseException:
            self._stream.close()
            raise

    def __enter__(self) -> SiteReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the file."""
        self._stream.close()

    @property
    def record(self) -> SiteRecord:
        """The record."""
        return self.opened.record

    def photo(self, sha256: str) -> bytes:
        """The original bytes of a photo of the record, proven. Raises `E-SITE-PHOTO`, `E-AGE-…`, `KeyError`."""
        one = next((photo for photo in self.record.photos if photo.sha256 == sha256), None)
        if one is None:
            raise KeyError(sha256)
        with strictjson.placed(self._place):
            plain = sealing.unseal(self.sealed(photo_member(sha256)), self._identity, max_size=MAX_PHOTO)
        _check_photo(one, plain, self._place)
        return plain

    def check_photos(self, on_bytes: OnBytes = quiet) -> None:
        """Reads and proves every photo, one at a time. Raises as `photo`."""
        for one in self.record.photos:
            on_bytes(len(self.photo(one.sha256)))

    def sealed(self, name: str) -> bytes:
        """The bytes of a member as they lie in the file."""
        with known_os_errors(self._place):
            return self._bytes(name, sealing.sealed_limit(MAX_PHOTO))

    def _directory(self) -> dict[str, StoredMember]:
        with _as_site(self._place):
            stored = read_directory(self._stream, self._place)
        found = {member.name: member for member in stored}
        first = stored[0] if stored else None
        if first is None or first.name != MIMETYPE_MEMBER or self._bytes_of(first, len(MIMETYPE)) != MIMETYPE:
            raise NdbError("E-SITE-ZIP", place=self._place, detail=MIMETYPE_MEMBER)
        if stored[-1].name != RECORD_MEMBER:
            raise NdbError("E-SITE-MEMBER", place=self._place, name=RECORD_MEMBER)
        return found

    def _compare(self) -> None:
        named = {photo_member(photo.sha256) for photo in self.record.photos}
        there = self._members.keys() - {MIMETYPE_MEMBER, RECORD_MEMBER}
        if odd := sorted(named ^ there):
            raise NdbError("E-SITE-MEMBER", place=self._place, name=odd[0])

    def _bytes(self, name: str, most: int) -> bytes:
        member = self._members[name]
        if member.size > most:
            raise NdbError("E-SITE-MEMBER", place=self._place, name=name)
        return self._bytes_of(member, most)

    def _bytes_of(self, member: StoredMember, most: int) -> bytes:
        self._stream.seek(member.offset)
        return self._stream.read(min(member.size, most + 1))


def photo_member(sha256: str) -> str:
    """The name of a photo's member."""
    return f"photos/{sha256}.age"


def _readers(opened: OpenedRecord) -> list[PublicKey]:
    team = [PublicKey(member.key) for member in opened.record.visit.members]
    return list(dict.fromkeys([*team, *map(PublicKey, opened.payload.return_to)]))


def _check_photo(photo: Photo, plain: bytes, place: str) -> None:
    if len(plain) != photo.size or hashlib.sha256(plain).hexdigest() != photo.sha256:
        raise NdbError("E-SITE-PHOTO", place=place, name=photo.name or photo.id)


def _written(target: Path, opened: OpenedRecord) -> WrittenSite:
    return WrittenSite(target, opened.digest, target.stat().st_size, opened.signed, opened.missing)


def _add(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    # A fixed date and owner, as in bundles: the file tells no more than what was signed.
    info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    info.create_system, info.external_attr, info.file_size = 3, 0o600 << 16, len(data)
    archive.writestr(info, data)


@contextmanager
def _as_site(place: str) -> Iterator[None]:
    """What is wrong with a ZIP, told of an inspection file and not of a bundle."""
    try:
        yield
    except NdbError as error:
        raise NdbError("E-SITE-ZIP", place=place, detail=error.code) from None
