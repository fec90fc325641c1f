"""Writing a bundle (评审包): one ZIP of stored members, the manifest last, signed; no member is held in memory."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import secrets
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from ndb_desktop.crypto import sealing
from ndb_desktop.crypto.identity import Identity, PublicKey
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.stagepack import StageId
from ndb_desktop.formats.bundle import (
    CHUNK,
    CORE_MEMBER,
    MANIFEST_MEMBER,
    MIMETYPE,
    MIMETYPE_MEMBER,
    SLOTS_MEMBER,
    OnBytes,
    quiet,
)
from ndb_desktop.formats.manifest import (
    CALIBRATION,
    CHAIN,
    SECOND_ROUND,
    SITE,
    STAGE,
    BatchRef,
    BundleKind,
    EarlierRef,
    ExpertRef,
    IssuerRef,
    Manifest,
    MemberRef,
    PackRef,
    ReturnTo,
    sign_manifest,
)
from ndb_desktop.formats.siteparts import MemberRecord
from ndb_desktop.storage.atomic import atomic_write

_SYSTEM_CHUNK = 8 * CHUNK
_CRITICAL: Mapping[BundleKind, tuple[str, ...]] = {
    "full": (),
    "second_round": (SECOND_ROUND,),
    "calibration": (CALIBRATION,),
    "site": (SITE,),
}
"""What a reader must know; every other kind follows bundles."""


def new_bundle_id() -> str:
    """A fresh 128-bit id."""
    return secrets.token_hex(16)


def attachment_member(number: int) -> str:
    """The member name of the application with this number: `att/0007.db`."""
    return f"att/{number:04d}.db"


@dataclass(frozen=True, slots=True)
class BundleSpec:
    """What the manifest says beside the members. `expert_key` only when the expert sent a card before.

    `chain` are the bundles this one follows, oldest first; empty for a first issue (`kind` full). An inspection bundle
    names a visit as `expert_id` and its `team`, each of whose keys opens it. `stage` is None in selection.
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
    team: Sequence[MemberRecord] = ()
    stage: StageId | None = None


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
    """What was written: `digest` is the SHA-256 of the manifest's payload and binds every member.

    `envelope` is the manifest as it was signed.
    """

    path: Path
    bundle_id: str
    digest: str
    size: int
    manifest: Manifest
    envelope: bytes


def write_bundle(
    target: Path,
    spec: BundleSpec,
    *,
    core: Path,
    secret: str,
    attachments: Sequence[Attachment],
    issuer: Identity,
    on_bytes: OnBytes = quiet,
) -> WrittenBundle:
    """Writes a bundle: `core` was encrypted under `secret`; the slots get it for coordinator, recovery and expert.

    The file is there whole or not at all. Raises `E-BUNDLE-SOURCE` when an attachment is no longer what was recorded,
    and the `E-STORE-…` codes of `storage.atomic`.
    """
    slots = sealing.seal(sealing.normalise_secret(secret).encode(), _slot_keys(spec, issuer))
    members = [MemberRef(MIMETYPE_MEMBER, len(MIMETYPE), hashlib.sha256(MIMETYPE).hexdigest())]
    with atomic_write(target) as stream, zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        _add(archive, MIMETYPE_MEMBER, io.BytesIO(MIMETYPE), len(MIMETYPE), quiet)
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
        _add(archive, SLOTS_MEMBER, io.BytesIO(slots), len(slots), quiet)
        members.append(MemberRef(SLOTS_MEMBER, len(slots), hashlib.sha256(slots).hexdigest()))
        manifest = _manifest(spec, issuer, members)
        signed, payload = sign_manifest(manifest, issuer)
        _add(archive, MANIFEST_MEMBER, io.BytesIO(signed), len(signed), quiet)
    digest = hashlib.sha256(payload).hexdigest()
    return WrittenBundle(target, spec.bundle_id, digest, target.stat().st_size, manifest, signed)


def _slot_keys(spec: BundleSpec, issuer: Identity) -> list[PublicKey]:
    keys = [issuer.public, spec.recovery, *(PublicKey(member.key) for member in spec.team)]
    return [*keys, spec.expert_key] if spec.expert_key else keys


def _manifest(spec: BundleSpec, issuer: Identity, members: Sequence[MemberRef]) -> Manifest:
    return Manifest(
        critical=(*_CRITICAL.get(spec.kind, (CHAIN,)), *((STAGE,) if spec.stage else ())),
        bundle_id=spec.bundle_id,
        batch=BatchRef(spec.batch_id, spec.trial),
        issued_at=spec.issued_at,
        expires_at=spec.expires_at,
        replaces=spec.replaces,
        kind=spec.kind,
        stage=spec.stage,
        chain=tuple(spec.chain),
        issuer=IssuerRef(spec.issuer_name, issuer.public.age_recipient),
        expert=ExpertRef(spec.expert_id, spec.expert_key.age_recipient if spec.expert_key else None),
        team=tuple(spec.team),
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
