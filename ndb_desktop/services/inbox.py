"""收件: what came in, looked at before anything is taken, and a folder (收件文件夹) that is asked what is new.

Looking gives the table of a dry-run merge: a verdict for each file and each sheet. The registry remembers which files
of the watched folder were dealt with; whoever wants to know what is new asks again, there is no thread here.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.services.merge import MergeReport, merge_files
from ndb_desktop.services.merge_sources import candidates
from ndb_desktop.services.tasks import CancelToken, Progress, silent
from ndb_desktop.storage.atomic import known_os_errors

if TYPE_CHECKING:
    from ndb_desktop.services.office import Office

_FOLDER = "inbox.folder"
_SEEN = "inbox.seen"
MAX_WATCHED = 20_000
"""Files in a watched folder; beyond that somebody chose a whole disk."""
_SETTLED = 2_000_000_000
"""Nanoseconds a file must have been left alone: one that is still being copied would be refused as damaged."""

_Stamp = tuple[int, int]


@dataclass(frozen=True, slots=True)
class NewFiles:
    """What the watched folder holds that was not dealt with. `arriving` changed a moment ago: look again later."""

    folder: Path
    files: tuple[Path, ...]
    arriving: tuple[Path, ...]
    stamps: Mapping[str, _Stamp]


def look(
    office: Office, paths: Sequence[Path], *, progress: Progress = silent, cancel: CancelToken | None = None
) -> MergeReport:
    """What merging `paths` (files, folders, ZIPs) would do; writes nothing. Raises NdbError E-STORE-*."""
    return merge_files(office, paths, dry_run=True, progress=progress, cancel=cancel)


def watch(office: Office, folder: Path | None) -> None:
    """Watches `folder` from now on, or none. What is in it already counts as new.

    Raises:
        NdbError: E-INBOX-FOLDER (not a folder, or inside the registry), E-STORE-*.
    """
    if folder is not None:
        real = folder.resolve()
        if not folder.is_dir() or real.is_relative_to(office.folder.resolve()):
            raise NdbError("E-INBOX-FOLDER", place=str(folder))
        folder = real
    with office.registry.transaction():
        office.registry.set_meta(_FOLDER, "" if folder is None else str(folder))
        office.registry.set_meta(_SEEN, "{}")


def watched(office: Office) -> Path | None:
    """The watched folder, if any."""
    name = office.registry.meta(_FOLDER)
    return Path(name) if name else None


def look_for_new(office: Office) -> NewFiles | None:
    """What is new in the watched folder since `dealt_with`; None when no folder is watched.

    A file that was changed counts as new again. Nothing is opened or written.

    Raises:
        NdbError: E-INBOX-FOLDER (it is gone), E-INBOX-MANY (too many files), E-STORE-IO.
    """
    folder = watched(office)
    if folder is None:
        return None
    if not folder.is_dir():
        raise NdbError("E-INBOX-FOLDER", place=str(folder))
    known = _seen(office)
    now = int(office.clock().timestamp() * 1_000_000_000)
    new, arriving = [], []
    stamps: dict[str, _Stamp] = {}
    with known_os_errors(folder.name):
        found = candidates([folder])
        if len(found) > MAX_WATCHED:
            raise NdbError("E-INBOX-MANY", place=str(folder), most=MAX_WATCHED)
        for path in found:
            facts = path.stat()
            stamp = (facts.st_size, facts.st_mtime_ns)
            name = path.relative_to(folder).as_posix()
            if known.get(name) == stamp:
                continue
            # A clock that stands before the file's time says nothing.
            if 0 <= now - facts.st_mtime_ns < _SETTLED:
                arriving.append(path)
            else:
                new.append(path)
                stamps[name] = stamp
    return NewFiles(folder, tuple(new), tuple(arriving), stamps)


def steady(found: NewFiles, before: NewFiles | None) -> NewFiles:
    """Of what is new, only files that already stood so when the folder was looked at `before`; the rest is arriving.

    The time of a file on a network share, or of one copied with its old time, says nothing of whether it is complete.
    """
    known: Mapping[str, _Stamp] = before.stamps if before is not None and before.folder == found.folder else {}
    stamps = {name: stamp for name, stamp in found.stamps.items() if known.get(name) == stamp}
    files = tuple(path for path in found.files if path.relative_to(found.folder).as_posix() in stamps)
    moving = tuple(path for path in found.files if path not in set(files))
    return NewFiles(found.folder, files, (*found.arriving, *moving), stamps)


def dealt_with(office: Office, found: NewFiles) -> None:
    """These files were merged or put aside: they are not new any more, as long as they stay as they are."""
    with office.registry.transaction():
        if watched(office) != found.folder:
            return
        kept = {name: stamp for name, stamp in _seen(office).items() if (found.folder / name).exists()}
        _remember(office, {**kept, **found.stamps})


def forget_inbox(office: Office) -> None:
    """Everything in the watched folder counts as new again: what was merged from it was taken back."""
    office.registry.set_meta(_SEEN, "{}")


def _seen(office: Office) -> dict[str, _Stamp]:
    rows: dict[str, list[int]] = json.loads(office.registry.meta(_SEEN) or "{}")
    return {name: (size, changed) for name, (size, changed) in rows.items()}


def _remember(office: Office, stamps: Mapping[str, Iterable[int]]) -> None:
    text = json.dumps({name: list(stamp) for name, stamp in sorted(stamps.items())}, ensure_ascii=False)
    office.registry.set_meta(_SEEN, text)
