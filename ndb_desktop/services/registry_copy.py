"""总库备份: whole copies of a registry in a folder of the coordinator's choice, verified after writing, ten deep.

A copy is a folder: the registry as SQLite copies it while it is open (under its own key), the sealed key, every
document store and every sealed inspection record. One that an earlier copy beside it holds unchanged is not written
twice where the file system can give a file two names.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING

from ndb_desktop.crypto.sealing import unseal
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.formats import strictjson
from ndb_desktop.formats.copyfile import NAME, CopiedFile, CopyManifest, read_manifest
from ndb_desktop.formats.filenames import TRIAL_PREFIX, fit_part
from ndb_desktop.services.tasks import CancelToken, Progress, silent
from ndb_desktop.storage.atomic import atomic_write, known_os_errors, sync_folder
from ndb_desktop.storage.holding import Hold
from ndb_desktop.storage.registry import Registry

if TYPE_CHECKING:
    from ndb_desktop.services.office import Office

KEPT = 10
"""So many copies of a registry are kept in one folder."""
EXTENSION = ".ndbcopy"
CHUNK = 1024 * 1024
REGISTRY_FILE, KEY_FILE, ATTACHMENTS, SITES = "registry.db", "registry.key.age", "attachments", "sites"
_FOLDER = "backup_folder"


@dataclass(frozen=True, slots=True)
class RegistryCopy:
    """A copy as its manifest tells; `damaged` names stores that were missing or altered in the registry already."""

    path: Path
    batch: str
    trial: bool
    made_at: str
    entries: int
    head: str
    size: int
    damaged: tuple[str, ...] = ()


def chosen_folder(office: Office) -> Path | None:
    """Where the last copy went, if that folder can be reached."""
    known = office.registry.meta(_FOLDER)
    return Path(known) if known and Path(known).is_dir() else None


def registry_id(folder: Path) -> str:
    """What all copies of one registry share: the SHA-256 of its sealed key. Raises NdbError E-STORE-MISSING."""
    with known_os_errors(KEY_FILE):
        return hashlib.sha256((folder / KEY_FILE).read_bytes()).hexdigest()


def list_copies(folder: Path, registry: str = "") -> tuple[RegistryCopy, ...]:
    """The copies in `folder`, newest first; with `registry` only those of that one. Others' files are passed over."""
    found = []
    with suppress(OSError):
        for path in folder.iterdir():
            with suppress(OSError, NdbError):
                if path.suffix == EXTENSION and path.is_dir():
                    manifest = read_manifest(path)
                    if registry in ("", manifest.registry):
                        found.append(described(path, manifest))
    return tuple(sorted(found, key=lambda one: (one.made_at, one.entries, one.path.name), reverse=True))


def described(path: Path, manifest: CopyManifest, damaged: tuple[str, ...] = ()) -> RegistryCopy:
    """A copy with its size in bytes."""
    size = sum(row.size for row in manifest.files)
    return RegistryCopy(
        path, manifest.batch, manifest.trial, manifest.made_at, manifest.entries, manifest.head, size, damaged
    )


def back_up(
    office: Office, folder: Path, *, progress: Progress = silent, cancel: CancelToken | None = None
) -> RegistryCopy:
    """Writes a copy below `folder`, reads it again, and removes the oldest beyond ten; logged.

    Raises:
        NdbError: E-COPY-INSIDE (the folder lies in the registry), E-COPY-UNSOUND (what was written is not what was
            there), E-STORE-FULL, E-STORE-READONLY, E-STORE-MISSING, E-STORE-IO; nothing is left behind then.
        Cancelled: by `cancel`; nothing is left.
    """
    token = cancel or CancelToken()
    if folder.resolve().is_relative_to(office.folder.resolve()):
        raise NdbError("E-COPY-INSIDE", place=folder.name)
    with known_os_errors(folder.name):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    remove_killed(folder)
    with Unfinished(folder) as part:
        earlier = list_copies(folder, registry_id(office.folder))
        manifest, damaged = _write(office, part.path, earlier, progress, token)
        path = _named(office, folder, manifest)
        part.finish(path)
    made = described(path, manifest, damaged)
    details = {"name": path.name, "entries": made.entries, "head": made.head, "damaged": list(damaged)}
    with office.registry.transaction(keeping=True):
        office.registry.set_meta(_FOLDER, str(folder))
        office.log("backup", office.batch.id, details)
    _rotate(folder, manifest.registry, path)
    return made


class Unfinished:
    """A hidden folder for what is being written; removed at the end of the block unless `finish` gave it its name."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / f".ndb-{token_hex(8)}{EXTENSION}"
        self._hold: Hold | None = None

    def __enter__(self) -> Unfinished:
        with known_os_errors(self.path.parent.name):
            for name in (ATTACHMENTS, SITES):
                (self.path / name).mkdir(parents=True, mode=0o700)
        self._hold = Hold.take(self.path)
        return self

    def __exit__(self, *_: object) -> None:
        self._release()
        shutil.rmtree(self.path, ignore_errors=True)

    def finish(self, target: Path) -> None:
        """Gives the complete folder its name. Raises NdbError E-STORE-*."""
        # First let go: Windows moves no folder in which a file is open.
        self._release()
        with known_os_errors(target.name):
            with suppress(OSError):
                (self.path / ".hold").unlink()
            with suppress(OSError):
                # Nobody was inspected: a copy is then as it was before there were visits.
                (self.path / SITES).rmdir()
            for folder in (self.path / ATTACHMENTS, *filter(Path.is_dir, [self.path / SITES]), self.path):
                sync_folder(folder)
            self.path.replace(target)
            sync_folder(target.parent)

    def _release(self) -> None:
        if self._hold is not None:
            self._hold.release()
            self._hold = None


def remove_killed(folder: Path) -> None:
    """Removes what a killed program left: unfinished folders that nobody holds any more."""
    for part in folder.glob(f".ndb-*{EXTENSION}"):
        hold = Hold.take(part)
        if hold is not None:
            hold.release()
            shutil.rmtree(part, ignore_errors=True)


def _write(
    office: Office, part: Path, earlier: tuple[RegistryCopy, ...], progress: Progress, token: CancelToken
) -> tuple[CopyManifest, tuple[str, ...]]:
    progress(0, 0, REGISTRY_FILE)
    try:
        office.registry.backup(part / REGISTRY_FILE, lambda: token.cancelled)
    except NdbError:
        token.check()
        raise
    copy_file(office.folder / KEY_FILE, part / KEY_FILE)
    # What the copy itself names: the registry may have gone on.
    with _opened(office, part) as copy:
        check = copy.verify_log()
        rows = [(f"{ATTACHMENTS}/{name}", size, digest) for name, size, digest in copy.attachment_files()]
        # The sealed records of visits: what counts stands in the registry, their photos only there.
        rows += [(f"{SITES}/{name}.ndbsite", size, digest) for name, size, digest in copy.site_stored()]
        head = copy.journal.head()
        if not copy.sound() or not check.ok:
            raise NdbError("E-COPY-UNSOUND", place=REGISTRY_FILE)
    before = _stores(earlier)
    step = Stepper(progress, token, 2 * sum(size for _, size, _ in rows))
    files, damaged = [], []
    for place, size, digest in rows:
        name = Path(place).name
        source, target = office.folder / place, part / place
        try:
            known = before.get((name, size, digest))
            if known is None or not _linked(known, target, digest, step):
                copy_file(source, target, step)
        except NdbError as error:
            if error.code != "E-STORE-MISSING":
                raise
            damaged.append(name)
            continue
        # Read from what was written, not from what was meant to be.
        found = digest_of(target, step)
        files.append(CopiedFile(place, target.stat().st_size, found))
        if found != digest:
            damaged.append(name)
    for name in (KEY_FILE, REGISTRY_FILE):
        files.insert(0, CopiedFile(name, (part / name).stat().st_size, digest_of(part / name)))
    manifest = CopyManifest(
        registry=registry_id(part), batch=office.batch.id, trial=office.batch.trial, made_at=office.now(),
        entries=head[0], head=head[1], files=tuple(files),
    )  # fmt: skip
    with atomic_write(part / NAME) as stream:
        stream.write(strictjson.encode(manifest))
    return manifest, tuple(damaged)


@contextmanager
def _opened(office: Office, part: Path) -> Iterator[Registry]:
    """The registry of a copy, only for reading."""
    key = unseal((part / KEY_FILE).read_bytes(), office.identity, max_size=64).decode("ascii")
    registry = Registry.open(part / REGISTRY_FILE, key, mode="read")
    try:
        yield registry
    finally:
        registry.close()


class Stepper:
    """Counts bytes for a `Progress` and hears a cancel between two pieces."""

    def __init__(self, progress: Progress, token: CancelToken, total: int) -> None:
        self._progress, self._token, self._total = progress, token, total
        self._done = 0

    def __call__(self, size: int, name: str) -> None:
        self._token.check()
        self._done += size
        self._progress(min(self._done, self._total), self._total, name)


def _silent(_size: int, _name: str) -> None:
    """A stepper that shows nothing."""


def copy_file(source: Path, target: Path, step: Callable[[int, str], None] = _silent) -> str:
    """Copies piece by piece to a new file, durable when it returns; the SHA-256 of what was read. Raises E-STORE-*."""
    digest = hashlib.sha256()
    with known_os_errors(source.name), source.open("rb") as reader:
        handle = os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0), 0o600)
        with os.fdopen(handle, "wb") as writer:
            while piece := reader.read(CHUNK):
                digest.update(piece)
                writer.write(piece)
                step(len(piece), source.name)
            writer.flush()
            os.fsync(writer.fileno())
    return digest.hexdigest()


def digest_of(path: Path, step: Callable[[int, str], None] = _silent) -> str:
    """SHA-256 (hex) of a file, read piece by piece. Raises NdbError E-STORE-*."""
    digest = hashlib.sha256()
    with known_os_errors(path.name), path.open("rb") as stream:
        while piece := stream.read(CHUNK):
            digest.update(piece)
            step(len(piece), path.name)
    return digest.hexdigest()


def _stores(earlier: tuple[RegistryCopy, ...]) -> Mapping[tuple[str, int, str], Path]:
    """(name, size, digest) -> where the newest earlier copy holds that store."""
    if not earlier:
        return {}
    newest = earlier[0].path
    return {
        (Path(row.path).name, row.size, row.sha256): newest / row.path
        for row in read_manifest(newest).files
        if row.path.startswith((f"{ATTACHMENTS}/", f"{SITES}/"))
    }


def _linked(known: Path, target: Path, digest: str, step: Stepper) -> bool:
    """Gives an unchanged store of an earlier copy a second name; False where that cannot be or it is damaged."""
    try:
        if digest_of(known, step) != digest:
            return False
        os.link(known, target)
    except (OSError, NdbError):
        return False
    return True


def _named(office: Office, folder: Path, manifest: CopyManifest) -> Path:
    stamp = manifest.made_at.replace("-", "").replace(":", "")
    trial = f"{TRIAL_PREFIX}_" if office.batch.trial else ""
    stem = f"{trial}{fit_part(office.batch.id)}_backup_{stamp}_{manifest.entries}"
    names = (folder / f"{stem}{'' if not n else f'_{n}'}{EXTENSION}" for n in range(1000))
    return next(path for path in names if not path.exists())


def _rotate(folder: Path, registry: str, newest: Path) -> None:
    """Removes the oldest beyond ten."""
    ours = [one for one in list_copies(folder, registry) if one.path != newest]
    for one in ours[KEPT - 1 :]:
        # First what makes it a copy: half a copy must not look like a whole one.
        with suppress(OSError):
            (one.path / NAME).unlink()
            shutil.rmtree(one.path, ignore_errors=True)
