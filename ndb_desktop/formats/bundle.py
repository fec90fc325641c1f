"""`.ndbbundle` (评审包): one ZIP of stored members, signed, encrypted to one person, immutable.

Neither writer nor reader holds a member in memory; the reader copies what is needed, when it is needed, and hashes
while it copies.
"""

from __future__ import annotations

import errno
import hashlib
import io
import os
import secrets
import threading
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

from ndb_desktop import __version__
from ndb_desktop.crypto import envelope, sealing
from ndb_desktop.crypto.identity import Identity, PublicKey
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.formats.manifest import (
    CHAIN,
    MAX_PAYLOAD,
    BatchRef,
    BundleKind,
    EarlierRef,
    ExpertRef,
    IssuerRef,
    Manifest,
    MemberRef,
    PackRef,
    ReturnTo,
    open_manifest,
    sign_manifest,
)
from ndb_desktop.formats.zipcheck import StoredMember, read_directory
from ndb_desktop.storage.atomic import atomic_write, known_os_errors, temporary_beside

MIMETYPE = b"application/vnd.ndb.bundle+zip"
MIMETYPE_MEMBER = "mimetype"
CORE_MEMBER = "core.db"
SLOTS_MEMBER = "slots/keys.age"
MANIFEST_MEMBER = "manifest.dsse.json"
MAX_SLOTS = 4096
"""A slot file beyond this is a trap: each stanza costs time before anything is proven."""
CHUNK = 1024 * 1024
_SYSTEM_CHUNK = 8 * CHUNK

OnBytes = Callable[[int], None]
"""Called with the bytes of each chunk done; may raise to stop."""


def _quiet(_count: int) -> None:
    pass


def new_bundle_id() -> str:
    """A fresh 128-bit id."""
    return secrets.token_hex(16)


def attachment_member(number: int) -> str:
    """The member name of the application with this number: `att/0007.db`."""
    return f"att/{number:04d}.db"


@dataclass(frozen=True, slots=True)
class BundleSpec:
    """What the manifest says beside the members. `expert_key` only when the expert sent a card before.

    `chain` are the bundles this one follows, oldest first; empty for a first issue (`kind` full).
    """

    bundle_id: str
    batch_id: str
    trial: bool
    issuer_name: str
    expert_id: str
    expert_key: PublicKey | None
    issued_at: str
    expires_at: str | None
    packs: Sequence[PackRef]
    recovery: PublicKey
    replaces: str | None = None
    kind: BundleKind = "full"
    chain: Sequence[EarlierRef] = ()


@dataclass(frozen=True, slots=True)
class Attachment:
    """A finished attachment database (one application's documents), copied byte for byte."""

    member: str
    path: Path
    size: int
    sha256: str
    crc32: int | None = None
    """What ZIP asks for beside; known when the bytes were read before, then they need not come into this process."""


@dataclass(frozen=True, slots=True)
class WrittenBundle:
    """What was written: `digest` is the SHA-256 of the manifest's payload and binds every member."""

    path: Path
    bundle_id: str
    digest: str
    size: int
    manifest: Manifest


def write_bundle(
    target: Path,
    spec: BundleSpec,
    *,
    core: Path,
    secret: str,
    attachments: Sequence[Attachment],
    issuer: Identity,
    on_bytes: OnBytes = _quiet,
) -> WrittenBundle:
    """Writes a bundle: `core` was encrypted under `secret`; the slots get it for coordinator, recovery and expert.

    The file is there whole or not at all. Raises `E-BUNDLE-SOURCE` when an attachment is no longer what was recorded,
    and the `E-STORE-…` codes of `storage.atomic`.
    """
    slots = sealing.seal(sealing.normalise_secret(secret).encode(), _slot_keys(spec, issuer))
    members = [MemberRef(MIMETYPE_MEMBER, len(MIMETYPE), hashlib.sha256(MIMETYPE).hexdigest())]
    with atomic_write(target) as stream, zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        _add(archive, MIMETYPE_MEMBER, io.BytesIO(MIMETYPE), len(MIMETYPE), _quiet)
        core_hash = hashlib.sha256()
        size = core.stat().st_size
        with core.open("rb") as source:
            _add(archive, CORE_MEMBER, source, size, on_bytes, core_hash.update)
        members.append(MemberRef(CORE_MEMBER, size, core_hash.hexdigest()))
        for attachment in attachments:
            with attachment.path.open("rb", buffering=0) as source:
                if attachment.crc32 is not None and hasattr(os, "copy_file_range"):
                    _add_known(archive, attachment, attachment.crc32, source, on_bytes)
                else:
                    _add(archive, attachment.member, source, attachment.size, on_bytes)
            members.append(MemberRef(attachment.member, attachment.size, attachment.sha256))
        _add(archive, SLOTS_MEMBER, io.BytesIO(slots), len(slots), _quiet)
        members.append(MemberRef(SLOTS_MEMBER, len(slots), hashlib.sha256(slots).hexdigest()))
        manifest = _manifest(spec, issuer, members)
        signed, payload = sign_manifest(manifest, issuer)
        _add(archive, MANIFEST_MEMBER, io.BytesIO(signed), len(signed), _quiet)
    digest = hashlib.sha256(payload).hexdigest()
    return WrittenBundle(target, spec.bundle_id, digest, target.stat().st_size, manifest)


def _slot_keys(spec: BundleSpec, issuer: Identity) -> list[PublicKey]:
    keys = [issuer.public, spec.recovery]
    return [*keys, spec.expert_key] if spec.expert_key else keys


def _manifest(spec: BundleSpec, issuer: Identity, members: Sequence[MemberRef]) -> Manifest:
    return Manifest(
        critical=() if spec.kind == "full" else (CHAIN,),
        bundle_id=spec.bundle_id,
        batch=BatchRef(spec.batch_id, spec.trial),
        issued_at=spec.issued_at,
        expires_at=spec.expires_at,
        replaces=spec.replaces,
        kind=spec.kind,
        chain=tuple(spec.chain),
        issuer=IssuerRef(spec.issuer_name, issuer.public.age_recipient),
        expert=ExpertRef(spec.expert_id, spec.expert_key.age_recipient if spec.expert_key else None),
        packs=tuple(spec.packs),
        return_to=ReturnTo(tuple(dict.fromkeys(k.age_recipient for k in (issuer.public, spec.recovery))), sealed=True),
        members=tuple(members),
    )


def _add(
    archive: zipfile.ZipFile,
    name: str,
    source: BinaryIO,
    size: int,
    on_bytes: OnBytes,
    also: Callable[[memoryview], None] | None = None,
) -> None:
    info = _member_info(name, size)
    buffer = memoryview(bytearray(min(CHUNK, size + 1)))
    done = 0
    with archive.open(info, "w") as member:
        while count := source.readinto(buffer):  # type: ignore[attr-defined]
            done += count
            if done > size:
                break
            member.write(buffer[:count])
            if also:
                also(buffer[:count])
            on_bytes(count)
    if done != size:
        raise NdbError("E-BUNDLE-SOURCE", place=name, size=done, expected=size)


def _member_info(name: str, size: int) -> zipfile.ZipInfo:
    # A fixed date and owner: two bundles of the same content differ only where content differs.
    info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    info.create_system, info.external_attr, info.file_size = 3, 0o600 << 16, size
    return info


def _add_known(
    archive: zipfile.ZipFile, attachment: Attachment, crc32: int, source: BinaryIO | io.FileIO, on_bytes: OnBytes
) -> None:
    """As `_add`, but the system copies the bytes by itself: `zipfile` would read them to learn what is known."""
    stream: Any = archive.fp
    info = _member_info(attachment.member, attachment.size)
    info.CRC, info.compress_size, info.header_offset = crc32, attachment.size, archive.start_dir
    stream.seek(archive.start_dir)
    stream.write(info.FileHeader(zip64=attachment.size * 1.05 > zipfile.ZIP64_LIMIT))
    stream.flush()
    done = 0
    while count := _copy_some(source.fileno(), stream.fileno(), min(_SYSTEM_CHUNK, attachment.size - done)):
        done += count
        on_bytes(count)
    size = os.fstat(source.fileno()).st_size
    if done != attachment.size or size != done:
        raise NdbError("E-BUNDLE-SOURCE", place=attachment.member, size=size, expected=attachment.size)
    archive.start_dir = stream.seek(0, os.SEEK_END)
    archive.filelist.append(info)
    archive.NameToInfo[info.filename] = info


def _copy_some(source: int, target: int, count: int) -> int:
    try:
        return os.copy_file_range(source, target, count)
    except OSError as error:
        # Some network and joined file systems cannot; what went wrong otherwise goes wrong here again.
        if error.errno not in (errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP):
            raise
        return _write_all(target, os.read(source, min(count, CHUNK)))


def _write_all(target: int, data: bytes) -> int:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(target, rest) :]
    return len(data)


class BundleReader:
    """An issued bundle, open for reading; its manifest is verified before anything else is looked at.

    Raises:
        NdbError: every refusal of `zipcheck.read_directory` and `manifest.open_manifest`, and `E-BUNDLE-MIMETYPE`,
            `-LAST`, `-MANIFEST-SIZE`, `-LISTED-TWICE`, `-UNLISTED`, `-MISSING`, `-SIZE`, `-SLOTS`.
    """

    def __init__(self, path: Path, *, expected_issuer: str | None = None, app_version: str = __version__) -> None:
        self.path = Path(path)
        self._place = self.path.name
        self._lock = threading.Lock()
        with known_os_errors(self._place):
            self._stream = self.path.open("rb")
        try:
            with known_os_errors(self._place):
                self._open(expected_issuer, app_version)
        except BaseException:
            self._stream.close()
            raise

    def _open(self, expected_issuer: str | None, app_version: str) -> None:
        self.size = self._stream.seek(0, 2)
        stored = read_directory(self._stream, self._place)
        names = [member.name for member in stored]
        if names[:1] != [MIMETYPE_MEMBER] or self._whole(stored[0], len(MIMETYPE)) != MIMETYPE:
            raise NdbError("E-BUNDLE-MIMETYPE", place=self._place)
        if names[-1] != MANIFEST_MEMBER:
            raise NdbError("E-BUNDLE-LAST", place=self._place)
        most = envelope.envelope_limit(MAX_PAYLOAD)
        if stored[-1].size > most:
            raise NdbError("E-BUNDLE-MANIFEST-SIZE", place=self._place, size=stored[-1].size, most=most)
        self.manifest, payload, self.issuer = open_manifest(
            self._whole(stored[-1], most), expected_issuer=expected_issuer, app_version=app_version, place=self._place
        )
        self.digest = hashlib.sha256(payload).hexdigest()
        self._stored = {member.name: member for member in stored[:-1]}
        self._listed = {member.name: member for member in self.manifest.members}
        self._compare()

    def _compare(self) -> None:
        if len(self._listed) != len(self.manifest.members):
            raise NdbError("E-BUNDLE-LISTED-TWICE", place=self._place)
        if unlisted := self._stored.keys() - self._listed.keys():
            raise NdbError("E-BUNDLE-UNLISTED", place=self._place, name=min(unlisted))
        needed = {MIMETYPE_MEMBER, CORE_MEMBER, SLOTS_MEMBER} | self._listed.keys()
        if missing := needed - self._stored.keys():
            raise NdbError("E-BUNDLE-MISSING", place=self._place, name=min(missing))
        for name, member in self._stored.items():
            if member.size != self._listed[name].size:
                raise NdbError(
                    "E-BUNDLE-SIZE", place=self._place, name=name, size=member.size, expected=self._listed[name].size
                )
        if self._stored[SLOTS_MEMBER].size > MAX_SLOTS:
            raise NdbError("E-BUNDLE-SLOTS", place=self._place, most=MAX_SLOTS)

    @property
    def members(self) -> tuple[MemberRef, ...]:
        """All members but the manifest, as signed."""
        return self.manifest.members

    @property
    def opens_with(self) -> frozenset[str]:
        """`{"secret"}`, or `{"secret", "key"}` when the expert sent a card before the bundle was issued."""
        return frozenset({"secret", "key"} if self.manifest.expert.key else {"secret"})

    @property
    def return_to(self) -> tuple[PublicKey, ...]:
        """Whom score files are sealed to."""
        return tuple(PublicKey(line) for line in self.manifest.return_to.recipients)

    def unlock(self, identity: Identity) -> str:
        """The bundle secret for a holder of a slot: the expert with a card, the coordinator, the recovery key.

        Raises:
            NdbError: `E-BUNDLE-KEY` (no slot for this key), `E-BUNDLE-DAMAGED`, `E-AGE-HEADER`, `E-AGE-BROKEN`,
                `E-SECRET-FORMAT`.
        """
        slots = b"".join(self.chunks(SLOTS_MEMBER))
        try:
            return sealing.normalise_secret(sealing.unseal(slots, identity, max_size=200).decode("ascii", "replace"))
        except NdbError as error:
            code = "E-BUNDLE-KEY" if error.code == "E-AGE-KEY" else error.code
            raise NdbError(code, place=self._place, **error.params) from None

    def chunks(self, name: str, on_bytes: OnBytes = _quiet) -> Iterator[bytes]:
        """The bytes of a member in pieces; after the last piece its hash is compared (`E-BUNDLE-DAMAGED`).

        Nothing from the pieces may be believed before the iteration has ended well. Raises `E-BUNDLE-GONE` when the
        medium was taken out, `KeyError` for a name that is not a member.
        """
        member = self._stored[name]
        digest = hashlib.sha256()
        done = 0
        while done < member.size:
            chunk = self._piece(member.offset + done, min(CHUNK, member.size - done))
            if not chunk:
                break
            done += len(chunk)
            digest.update(chunk)
            yield chunk
            on_bytes(len(chunk))
        if done != member.size or digest.hexdigest() != self._listed[name].sha256:
            raise NdbError("E-BUNDLE-DAMAGED", place=self._place, name=name)

    def _piece(self, offset: int, count: int) -> bytes:
        try:
            with self._lock:
                self._stream.seek(offset)
                return self._stream.read(count)
        except OSError as error:
            raise NdbError("E-BUNDLE-GONE", place=self._place) from error

    def reopen(self, path: Path | None = None) -> None:
        """Opens the bundle again after its medium was put back, perhaps at another place; it must be the same bundle.

        Raises:
            NdbError: `E-BUNDLE-GONE` (still away), `E-BUNDLE-OTHER` (another file stands there), and what opening
                raises for a file that is damaged. The reader then is as it was.
        """
        path = Path(path or self.path)
        try:
            fresh = BundleReader(path)
        except NdbError as error:
            if isinstance(error.__cause__, OSError):
                raise NdbError("E-BUNDLE-GONE", place=path.name) from error
            raise
        if fresh.digest != self.digest:
            fresh.close()
            raise NdbError("E-BUNDLE-OTHER", place=path.name)
        with self._lock:
            old, self._stream = self._stream, fresh._stream
            self._stored, self.path, self._place = fresh._stored, fresh.path, fresh._place
        with suppress(OSError):
            old.close()

    def check_member(self, name: str, on_bytes: OnBytes = _quiet) -> None:
        """Reads a member through and compares its hash (`E-BUNDLE-DAMAGED`)."""
        for _ in self.chunks(name, on_bytes):
            pass

    def copy_member(self, name: str, target: Path, on_bytes: OnBytes = _quiet) -> Path:
        """Copies a member to `target` while hashing it; `target` appears only if every byte is as signed.

        Not fsynced: a copy in a cache can be made again. Raises `E-BUNDLE-DAMAGED` and the `E-STORE-…` codes.
        """
        target = Path(target)
        part = temporary_beside(target)
        try:
            with known_os_errors(target.name):
                with part.open("xb") as stream:
                    part.chmod(0o600)
                    for chunk in self.chunks(name, on_bytes):
                        stream.write(chunk)
                part.replace(target)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        return target

    def _whole(self, member: StoredMember, most: int) -> bytes:
        """A small member, read with an upper bound before its hash can be known."""
        self._stream.seek(member.offset)
        return self._stream.read(min(member.size, most + 1))

    def close(self) -> None:
        """Closes the file."""
        self._stream.close()

    def __enter__(self) -> BundleReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
