"""工作稿备份: encrypted copies of a worksheet in a folder of the user's choice, ten deep; what one would bring back.

A copy is taken while the expert works, under the bundle's own secret; its name says when, how many changes it holds and
how much was done. The names are for people: whatever is decided, is decided by what the copy holds.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.services.review import ReviewSession, worksheet_path
from ndb_desktop.services.review_documents import CacheFolder
from ndb_desktop.services.review_safety import Standing
from ndb_desktop.storage.atomic import known_os_errors, remove_leftovers
from ndb_desktop.storage.worksheet import lock_holder

KEPT = 10
"""So many copies are kept of a bundle's worksheet."""
EVERY_MINUTES = 15
EXTENSION = ".ndbwork"

Kind = Literal["", "before", "moved", "damaged"]
KINDS: tuple[Kind, ...] = ("before", "moved", "damaged")
_NAME = re.compile(r"(\d{8}T\d{6}Z)_(\d{1,9})_(\d{1,7})-(\d{1,7})(?:_(before|moved|damaged))?(?:_\d{1,3})?\.ndbwork")


@dataclass(frozen=True, slots=True)
class Backup:
    """A copy as its name tells: time of its newest change, changes, items done of all, why it was made, size in bytes.

    `kind`: "" by the clock or by hand; `before` what a restoring replaced; `moved` from another machine; `damaged` a
    worksheet that could not be read.
    """

    path: Path
    at: str
    changes: int
    done: int
    total: int
    kind: Kind
    size: int


@dataclass(frozen=True, slots=True)
class Difference:
    """What a restoring would do to one application: values that come, go, and become others; "" is the bundle."""

    application: str
    added: int
    removed: int
    changed: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What a copy holds beside what is there now; `newer` when the copy was changed later than the worksheet."""

    backup: Standing
    present: Standing
    differences: tuple[Difference, ...]

    @property
    def newer(self) -> bool:
        """Whether the copy was changed last."""
        return self.backup.last_at > self.present.last_at


def backup_folder(profile: Path, bundle_id: str, chosen: Path | None = None) -> Path:
    """Where the copies of a bundle's worksheet lie: below the folder the user chose, else in the profile."""
    return (chosen or profile / "backups") / bundle_id


def list_backups(folder: Path) -> tuple[Backup, ...]:
    """The copies in a folder, newest first; files with other names are nobody's business here."""
    found = []
    with suppress(OSError):
        for path in folder.iterdir():
            with suppress(OSError):
                if (backup := described(path)) is not None:
                    found.append(backup)
    return tuple(sorted(found, key=lambda backup: (backup.at, backup.changes, backup.path.name), reverse=True))


def described(path: Path) -> Backup | None:
    """A copy as its name tells, None for another name."""
    match = _NAME.fullmatch(path.name)
    if match is None:
        return None
    stamp, changes, done, total, said = match.groups()
    kind: Kind = next((name for name in KINDS if name == said), "")
    at = f"{stamp[:4]}-{stamp[4:6]}-{stamp[6:11]}:{stamp[11:13]}:{stamp[13:]}"
    return Backup(path, at, int(changes), int(done), int(total), kind, path.stat().st_size)


def back_up(session: ReviewSession, folder: Path, *, kind: Kind = "", always: bool = False) -> Backup | None:
    """Writes a copy of the open worksheet; None when the newest copy holds the same already.

    Raises:
        NdbError: E-STORE-FULL, E-STORE-READONLY, E-STORE-MISSING, E-STORE-IO; nothing is left behind then.
    """
    standing = session.standing()
    present = [backup for backup in list_backups(folder) if backup.kind != "damaged"]
    if not always and not session.unsaved and any(backup.changes == standing.changes for backup in present[:1]):
        return None
    target = _make_folder(folder) / name_of(standing, kind, folder)
    session.copy_worksheet(target)
    _rotate(folder, target)
    return described(target)


def name_of(standing: Standing, kind: Kind, folder: Path) -> str:
    """A fresh name for a copy in `folder`."""
    stamp = re.sub(r"[-:]", "", standing.last_at or standing.at)
    stem = f"{stamp}_{standing.changes}_{standing.done}-{standing.total}{'_' + kind if kind else ''}"
    names = (f"{stem}{'_' + str(number) if number else ''}{EXTENSION}" for number in range(1000))
    return next(name for name in names if not (folder / name).exists())


def _make_folder(folder: Path) -> Path:
    with known_os_errors(folder.name):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        remove_leftovers(folder)
    return folder


def _rotate(folder: Path, newest: Path) -> None:
    """Removes the oldest beyond ten; what came from elsewhere or cannot be read is left to the user."""
    ours = [backup for backup in list_backups(folder) if backup.kind in ("", "before") and backup.path != newest]
    for backup in ours[KEPT - 1 :]:
        with suppress(OSError):
            backup.path.unlink()


def preview(session: ReviewSession, path: Path) -> Preview:
    """What restoring a copy would change.

    Raises:
        NdbError: E-STORE-KEY or E-WORKSHEET-OTHER (of another bundle or person), E-STORE-CORRUPT,
            E-WORKSHEET-VERSION, E-STORE-MISSING.
    """
    content = session.look_into(path)
    present = session.present_records()
    differences = []
    for application in sorted({*content.records, *present}):
        one = _difference(application, present.get(application, {}), content.records.get(application, {}))
        if one.added or one.removed or one.changed:
            differences.append(one)
    return Preview(content.standing, session.standing(), tuple(differences))


def _difference(
    application: str, now: Mapping[tuple[str, str], str], then: Mapping[tuple[str, str], str]
) -> Difference:
    both = now.keys() & then.keys()
    return Difference(
        application, len(then.keys() - both), len(now.keys() - both), sum(now[place] != then[place] for place in both)
    )


def restore(session: ReviewSession, path: Path, folder: Path) -> Preview:
    """Puts a copy in place of the worksheet; what is there now is kept as a copy in `folder` first.

    Exports made since stay known. Raises what `preview` and `back_up` raise; the worksheet then is as it was.
    """
    found = preview(session, path)
    back_up(session, folder, kind="before", always=True)
    session.restore_worksheet(path)
    return found


def set_aside(profile: Path, bundle_id: str, folder: Path, at: str) -> Path:
    """Moves a worksheet that cannot be opened to the copies, so that the bundle opens with an empty one.

    Raises:
        NdbError: E-STORE-LOCKED (open elsewhere), E-STORE-MISSING, E-STORE-FULL, E-STORE-READONLY.
    """
    path = worksheet_path(profile, bundle_id)
    cache = CacheFolder.take(profile, bundle_id)
    if cache is None:
        raise NdbError("E-STORE-LOCKED", place=path.name, **lock_holder(path))
    try:
        target = _make_folder(folder) / name_of(Standing(at, at, 0, 0, 0, 0), "damaged", folder)
        with known_os_errors(path.name):
            shutil.copyfile(path, target)
            path.unlink()
    finally:
        cache.close()
    return target
