"""换一台电脑: an expert's worksheet and key as one file, and taking it in on the other side without overwriting."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from ndb_desktop.crypto.identity import PublicKey, public_of
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.formats.movefile import MoveManifest, MoveReader, MoveSpec, move_name, write_move
from ndb_desktop.formats.sniff import FileKind, require_kind
from ndb_desktop.services.identity import KEY_EXTENSION, keys_folder, list_identities, public_path
from ndb_desktop.services.review import ReviewSession, worksheet_path
from ndb_desktop.services.review_reading import stamp
from ndb_desktop.services.review_safety import Standing
from ndb_desktop.services.worksheet_backup import name_of
from ndb_desktop.storage.atomic import atomic_write, known_os_errors, temporary_beside


@dataclass(frozen=True, slots=True)
class Received:
    """What became of a move file: `placed` is the worksheet now, `kept` lies among the copies beside one that is there.

    `key` is the file name of the key that was added, "" when it was here already or none came along.
    """

    manifest: MoveManifest
    placed: Literal["placed", "kept"]
    path: Path
    key: str


def send(session: ReviewSession, target: Path, key: Path | None, clock: Callable[[], datetime]) -> Path:
    """Writes the move file of an open worksheet to `target` (a file, or a folder in which it gets a name).

    Raises:
        NdbError: E-STORE-*, E-SIZE, E-FILE-IS-* (`key` is no key file).
    """
    target, summary, standing = Path(target), session.summary, session.standing()
    made_at = stamp(clock())
    if target.is_dir():
        target /= move_name(summary.batch_id, summary.expert_id, made_at)
    public = ""
    if key is not None:
        require_kind(key, FileKind.KEY)
        beside = public_path(key)
        with known_os_errors(key.name):
            public = beside.read_text("utf-8").strip()[:200] if beside.is_file() else ""
    copy = temporary_beside(target)
    try:
        session.copy_worksheet(copy)
        return write_move(
            target,
            MoveSpec(
                bundle_id=summary.bundle_id,
                batch=summary.batch_id,
                expert=summary.expert_id,
                made_at=made_at,
                last_at=standing.last_at,
                changes=standing.changes,
                done=standing.done,
                total=standing.total,
                worksheet=copy,
                key=key,
                public=public,
            ),
        )
    finally:
        copy.unlink(missing_ok=True)


def receive(path: Path, profile: Path, folder: Callable[[str], Path]) -> Received:
    """Takes a move file in: the key if it is not here, the worksheet if there is none of this bundle.

    A worksheet that is there already is never overwritten: the other one goes to the copies (`folder` says where those
    of a bundle lie), to be compared and put in place when the bundle is open.

    Raises:
        NdbError: E-FILE-IS-*, E-MOVE-*, E-JSON-*, E-VERSION, E-SIZE, E-KEY-FORMAT, E-STORE-*.
    """
    path = Path(path)
    require_kind(path, FileKind.MOVE)
    with MoveReader(path) as reader:
        manifest = reader.manifest
        key = _add_key(reader, profile)
        place = worksheet_path(profile, manifest.bundle_id)
        if not place.exists():
            with known_os_errors(place.parent.name):
                place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            return Received(manifest, "placed", reader.copy_worksheet(place), key)
        copies = folder(manifest.bundle_id)
        with known_os_errors(copies.name):
            copies.mkdir(parents=True, exist_ok=True, mode=0o700)
        standing = Standing(
            manifest.made_at, _moment(manifest), manifest.changes, manifest.done, manifest.total, exports=0
        )
        target = reader.copy_worksheet(copies / name_of(standing, "moved", copies))
        return Received(manifest, "kept", target, key)


def _moment(manifest: MoveManifest) -> str:
    try:
        return stamp(datetime.fromisoformat(manifest.last_at))
    except ValueError:
        return manifest.made_at


def _add_key(reader: MoveReader, profile: Path) -> str:
    data, part = reader.key(), reader.manifest.key
    if data is None or part is None:
        return ""
    folder, public = keys_folder(profile), public_of(data)
    if any(stored.fingerprint == public.keyid for stored in list_identities(folder)):
        return ""
    wanted = (
        part.name if part.name.endswith(KEY_EXTENSION) and not part.name.startswith(".") else f"moved{KEY_EXTENSION}"
    )
    names = (f"{Path(wanted).stem}{f'-{n}' if n else ''}{KEY_EXTENSION}" for n in range(1000))
    target = next(folder / name for name in names if not (folder / name).exists())
    with atomic_write(public_path(target), mode=0o644) as stream:
        stream.write(_named(reader.manifest.public, public).openssh.encode() + b"\n")
    with atomic_write(target) as stream:
        stream.write(data)
    return target.name


def _named(line: str, public: PublicKey) -> PublicKey:
    """The public half with the name it came with, if that line is of this very key."""
    try:
        said = PublicKey(line)
    except NdbError:
        return public
    return said if said == public else public
