"""`.ndbmove` (转移文件): one expert's worksheet and key on the way to another computer of the same expert.

A ZIP of stored members, like a bundle, but not signed and for nobody else: the worksheet is encrypted with the bundle's
secret, the key with its owner's passphrase, and neither is in the file. What it says of itself protects against
accidents only; whether the worksheet is genuine shows when the secret opens it.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, BinaryIO

import msgspec
from msgspec import Meta

from ndb_desktop import __version__
from ndb_desktop.crypto.identity import MAX_KEY_FILE
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.formats import strictjson
from ndb_desktop.formats.filenames import fit_part
from ndb_desktop.formats.strictjson import Count, Hex128, Id, Line, Sha256, Stamp
from ndb_desktop.formats.zipcheck import StoredMember, read_directory
from ndb_desktop.storage.atomic import atomic_write, known_os_errors

EXTENSION = ".ndbmove"
FORMAT = "ndb-move"
VERSION = 1
MIMETYPE = b"application/vnd.ndb.move+zip"
MIMETYPE_MEMBER = "mimetype"
MANIFEST_MEMBER = "move.json"
WORKSHEET_MEMBER = "worksheet.ndbwork"
KEY_MEMBER = "key.ndbkey"
MAX_MANIFEST = 64 * 1024
MAX_WORKSHEET = 2 * 1024 * 1024 * 1024
CHUNK = 1024 * 1024

FileName = Annotated[str, Meta(max_length=200, pattern=r"\A[^\x00-\x1f\x7f/\\:*?\"<>|\u2028\u2029]*\Z")]


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A member: size and SHA-256; `name` is what the file was called, for the key."""

    size: Count
    sha256: Sha256
    name: FileName = ""


class MoveManifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a move file says of itself: whose bundle, how far the worksheet is, its parts."""

    format: str = FORMAT
    version: int = VERSION
    critical: tuple[str, ...] = ()
    bundle_id: Hex128
    batch: Id
    expert: Id
    made_at: Stamp
    last_at: Annotated[str, Meta(max_length=20)]
    changes: Count
    done: Count
    total: Count
    worksheet: Part
    key: Part | None = None
    public: Line = ""
    """The public half of the key as one line, so that it keeps its name."""
    app: Line = __version__


@dataclass(frozen=True, slots=True)
class MoveSpec:
    """What is sent: `worksheet` is a finished copy, `key` its owner's key file or None."""

    bundle_id: str
    batch: str
    expert: str
    made_at: str
    last_at: str
    changes: int
    done: int
    total: int
    worksheet: Path
    key: Path | None = None
    public: str = ""


def move_name(spec_batch: str, expert: str, stamp: str) -> str:
    """Such as `2026-pilot_E-07_20261122T030000Z.ndbmove`."""
    return f"{fit_part(spec_batch)}_{fit_part(expert)}_{stamp.replace('-', '').replace(':', '')}{EXTENSION}"


def write_move(target: Path, spec: MoveSpec) -> Path:
    """Writes a move file, whole or not at all. Raises `E-STORE-…`, `E-SIZE`."""
    with known_os_errors(spec.worksheet.name):
        size, digest = _measured(spec.worksheet)
    key = None
    key_bytes = b""
    if spec.key is not None:
        with known_os_errors(spec.key.name):
            key_bytes = spec.key.read_bytes()
        if len(key_bytes) > MAX_KEY_FILE:
            raise NdbError("E-SIZE", place=spec.key.name, size=len(key_bytes), most=MAX_KEY_FILE)
        key = Part(len(key_bytes), hashlib.sha256(key_bytes).hexdigest(), spec.key.name)
    manifest = MoveManifest(
        bundle_id=spec.bundle_id,
        batch=spec.batch,
        expert=spec.expert,
        made_at=spec.made_at,
        last_at=spec.last_at,
        changes=spec.changes,
        done=spec.done,
        total=spec.total,
        worksheet=Part(size, digest),
        key=key,
        public=spec.public,
    )
    said = strictjson.encode(manifest)
    with (
        atomic_write(target) as stream,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive,
        spec.worksheet.open("rb") as source,
    ):
        _add(archive, MIMETYPE_MEMBER, io.BytesIO(MIMETYPE), len(MIMETYPE))
        _add(archive, MANIFEST_MEMBER, io.BytesIO(said), len(said))
        _add(archive, WORKSHEET_MEMBER, source, size)
        if key is not None:
            _add(archive, KEY_MEMBER, io.BytesIO(key_bytes), len(key_bytes))
    return target


def _measured(path: Path) -> tuple[int, str]:
    digest = hashlib.sha256()
    size = 0
    with path.open("rb") as stream:
        while piece := stream.read(CHUNK):
            digest.update(piece)
            size += len(piece)
    return size, digest.hexdigest()


def _add(archive: zipfile.ZipFile, name: str, source: BinaryIO, size: int) -> None:
    info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    info.create_system, info.external_attr, info.file_size = 3, 0o600 << 16, size
    with archive.open(info, "w") as member:
        while piece := source.read(CHUNK):
            member.write(piece)


class MoveReader:
    """An open move file: its directory and what it says are checked; the parts are checked while they are copied.

    Raises:
        NdbError: `E-MOVE-DAMAGED`, `E-SIZE`, the `E-JSON-…` codes, `E-VERSION`, `E-STORE-…`.
    """

    def __init__(self, path: Path) -> None:
        self.path = Path(path)
        self._place = self.path.name
        with known_os_errors(self._place):
            self._stream = self.path.open("rb")
        try:
            with known_os_errors(self._place):
                self._open()
        except BaseException:
            self._stream.close()
            raise

    def _open(self) -> None:
        try:
            members = read_directory(self._stream, self._place)
        except NdbError as error:
            raise NdbError("E-MOVE-DAMAGED", place=self._place) from error
        self._members = {member.name: member for member in members}
        names = [member.name for member in members]
        if names[:3] != [MIMETYPE_MEMBER, MANIFEST_MEMBER, WORKSHEET_MEMBER] or names[3:] not in ([], [KEY_MEMBER]):
            raise NdbError("E-MOVE-DAMAGED", place=self._place)
        said = self._small(self._members[MANIFEST_MEMBER], MAX_MANIFEST)
        self.manifest = strictjson.open_payload(
            said, MoveManifest, form=FORMAT, version=VERSION, max_size=MAX_MANIFEST, place=self._place
        )
        listed = {WORKSHEET_MEMBER: self.manifest.worksheet, KEY_MEMBER: self.manifest.key}
        for name, part in listed.items():
            size = self._members[name].size if name in self._members else None
            if size != (None if part is None else part.size):
                raise NdbError("E-MOVE-DAMAGED", place=self._place)
        for size, most in ((self.manifest.worksheet.size, MAX_WORKSHEET), (self._key_size, MAX_KEY_FILE)):
            if size > most:
                raise NdbError("E-SIZE", place=self._place, size=size, most=most)

    @property
    def _key_size(self) -> int:
        return self.manifest.key.size if self.manifest.key is not None else 0

    def _small(self, member: StoredMember, most: int) -> bytes:
        if member.size > most:
            raise NdbError("E-SIZE", place=self._place, size=member.size, most=most)
        self._stream.seek(member.offset)
        return self._stream.read(member.size)

    def key(self) -> bytes | None:
        """The key file's bytes, None when none came along. Raises `E-MOVE-DAMAGED`."""
        part = self.manifest.key
        if part is None:
            return None
        data = self._small(self._members[KEY_MEMBER], MAX_KEY_FILE)
        if hashlib.sha256(data).hexdigest() != part.sha256:
            raise NdbError("E-MOVE-DAMAGED", place=self._place)
        return data

    def copy_worksheet(self, target: Path) -> Path:
        """Copies the worksheet to `target`, which appears only whole. Raises `E-MOVE-DAMAGED`, `E-STORE-…`."""
        member, digest = self._members[WORKSHEET_MEMBER], hashlib.sha256()
        with atomic_write(target) as stream:
            self._stream.seek(member.offset)
            left = member.size
            while left and (piece := self._stream.read(min(CHUNK, left))):
                stream.write(piece)
                digest.update(piece)
                left -= len(piece)
            if left or digest.hexdigest() != self.manifest.worksheet.sha256:
                raise NdbError("E-MOVE-DAMAGED", place=self._place)
        return target

    def close(self) -> None:
        """Closes the file."""
        self._stream.close()

    def __enter__(self) -> MoveReader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
