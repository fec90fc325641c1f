"""添加照片: photos from files, a camera's folder or dropped on the window, tens or hundreds at a time.

Each is looked at in the renderer and stored by itself, so a bad file costs itself alone and what was stored stays.
Only one photo is in memory at any time. The files are read and never touched.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from ndb_desktop.documents.photos import PhotoFacts, check_size, inspect_photo
from ndb_desktop.documents.port import one_line
from ndb_desktop.documents.worker import RenderWorker
from ndb_desktop.domain.errors import Fault, NdbError
from ndb_desktop.domain.siterecord import Photo
from ndb_desktop.services.tasks import CancelToken, Progress, silent

MAX_FILES = 10_000
"""Most files looked at in one go; a camera's card may hold years."""
MAX_NAME = 200
"""Most characters of a file's name that a record keeps."""
_HEAD = 256 * 1024
"""Where a JPEG or PNG says when it was taken, in nearly all cases."""
_LATE = "~"  # after every moment
_NOT_PHOTOS = frozenset({"thumbs.db", "desktop.ini", "@eadir", "__macosx"})

State = Literal["added", "known", "refused", "left"]
"""已添加, 此前已有, 未予添加, 未处理 (cancelled, or the disk gave out before)."""


@dataclass(frozen=True, slots=True)
class TakenPhoto:
    """A photo to keep: what is known of it (its id still ""), the bytes of its file, and the two small pictures."""

    photo: Photo
    content: bytes
    preview: bytes
    thumb: bytes


class PhotoKeeper(Protocol):
    """The record photos go into."""

    def known(self, sha256: str) -> str | None:
        """The id of the photo with these bytes, None when the record has none."""
        ...

    def keep(self, taken: TakenPhoto) -> str:
        """Stores bytes and part in one transaction and gives the photo its id, which is returned.

        Raises `NdbError`; one of E-STORE-PHOTO-SIZE, -TWICE or -CHANGED is about this photo, any other ends the intake.
        """
        ...


@dataclass(frozen=True, slots=True)
class PhotoVerdict:
    """What became of a file: `name` within what was dropped, the photo's `id` if it is in the record, or why not."""

    name: str
    state: State
    id: str = ""
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class PhotoIntake:
    """Verdicts in the order the files were taken. `stopped` says why the rest was left, if it was not cancelled."""

    verdicts: tuple[PhotoVerdict, ...]
    cancelled: bool = False
    stopped: Fault | None = None

    def count(self, state: State) -> int:
        """How many files ended so."""
        return sum(verdict.state == state for verdict in self.verdicts)


_OF_ONE = frozenset({"E-STORE-PHOTO-SIZE", "E-STORE-PHOTO-TWICE", "E-STORE-PHOTO-CHANGED"})


def take_photos(
    keeper: PhotoKeeper,
    worker: RenderWorker,
    paths: Sequence[Path],
    *,
    about: str = "",
    progress: Progress = silent,
    cancel: CancelToken | None = None,
) -> PhotoIntake:
    """Takes all photos of files and folders, by the time they were taken and then by name; they belong to `about`.

    What the record has already is found by its bytes and skipped. A file that is no photo has its reason beside it.
    Once cancelled, or when nothing can be stored any more, what was added stays and the rest is named as left.

    Raises:
        NdbError: E-PHOTO-FOLDER (more files than anybody means), before anything is added.
    """
    cancel = cancel if cancel is not None else CancelToken()
    files = list(find_photos(paths))
    order = _by_time(worker, files, progress, cancel)
    verdicts: list[PhotoVerdict] = []
    stopped: Fault | None = None
    for number, (path, name) in enumerate(order):
        if cancel.cancelled or stopped is not None:
            verdicts.append(PhotoVerdict(name, "left"))
            continue
        progress(len(files) + number, 2 * len(files), name)
        try:
            verdicts.append(_take(keeper, worker, path, name, about))
        except _Stop as stop:
            stopped = stop.fault
            verdicts.append(PhotoVerdict(name, "left", fault=stopped))
        except NdbError as error:
            verdicts.append(PhotoVerdict(name, "refused", fault=Fault(error.code, name, error.params)))
    progress(2 * len(files), 2 * len(files), "")
    return PhotoIntake(tuple(verdicts), cancel.cancelled, stopped)


def find_photos(paths: Iterable[Path]) -> Iterator[tuple[Path, str]]:
    """Every file meant, once, with its name within what was chosen; what systems leave in folders is not meant.

    Links within a folder are not followed: they may lead anywhere. Raises `NdbError` E-PHOTO-FOLDER.
    """
    seen: set[str] = set()
    for chosen in paths:
        for path, name in _within(chosen):
            if (key := os.path.realpath(path)) in seen:
                continue
            if len(seen) >= MAX_FILES:
                raise NdbError("E-PHOTO-FOLDER", place=chosen.name, limit=MAX_FILES)
            seen.add(key)
            yield path, name


def _within(chosen: Path) -> Iterator[tuple[Path, str]]:
    if not chosen.is_dir():
        yield chosen, chosen.name
        return
    for folder, folders, names in os.walk(chosen):
        folders[:] = sorted(name for name in folders if _meant(name))
        for name in sorted(filter(_meant, names)):
            path = Path(folder, name)
            if not path.is_symlink():
                yield path, path.relative_to(chosen).as_posix()


def _meant(name: str) -> bool:
    return not name.startswith(".") and name.lower() not in _NOT_PHOTOS


def _by_time(
    worker: RenderWorker, files: Sequence[tuple[Path, str]], progress: Progress, cancel: CancelToken
) -> list[tuple[Path, str]]:
    """The files by the time they were taken, then by name; nothing is judged yet."""
    keyed: list[tuple[str, str, Path]] = []
    for number, (path, name) in enumerate(files):
        if cancel.cancelled:
            return list(files)
        progress(number, 2 * len(files), name)
        keyed.append((_taken_at(worker, path) or _LATE, name, path))
    return [(path, name) for _, name, path in sorted(keyed, key=lambda one: one[:2])]


def _taken_at(worker: RenderWorker, path: Path) -> str:
    """When it was taken, without the zone; "" when that is not known."""
    try:
        head = _read(path, _HEAD)
        if head[4:8] == b"ftyp":
            # A HEIC says it anywhere.
            head = _read(path)
        return inspect_photo(worker, head, views=False).taken_at[:19]
    except NdbError:
        return ""


class _Stop(Exception):  # noqa: N818  (never leaves this module)
    """Nothing more can be stored."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.code)
        self.fault = fault


def _take(keeper: PhotoKeeper, worker: RenderWorker, path: Path, name: str, about: str) -> PhotoVerdict:
    content = _read(path)
    check_size(len(content))
    sha256 = hashlib.sha256(content).hexdigest()
    if known := keeper.known(sha256):
        return PhotoVerdict(name, "known", known)
    facts = inspect_photo(worker, content)
    photo = _photo(facts, sha256, path.name, about)
    try:
        return PhotoVerdict(name, "added", keeper.keep(TakenPhoto(photo, content, facts.preview, facts.thumb)))
    except NdbError as error:
        if error.code in _OF_ONE:
            raise
        raise _Stop(error.fault) from error


def _photo(facts: PhotoFacts, sha256: str, name: str, about: str) -> Photo:
    return Photo(
        "",
        sha256,
        facts.size,
        facts.mime,
        one_line(name.encode("utf-8", "replace").decode("utf-8"), MAX_NAME),
        facts.width,
        facts.height,
        facts.orientation,
        facts.taken_at,
        facts.taken_source,
        facts.position,
        facts.position_source,
        about,
    )


def _read(path: Path, most: int | None = None) -> bytes:
    """The bytes of a file, or only the first ones.

    Raises `NdbError` E-PHOTO-READ, E-PHOTO-SIZE, E-PHOTO-EMPTY, E-FILE-SPECIAL (a device or pipe).
    """
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise NdbError("E-FILE-SPECIAL", place=path.name)
        check_size(found.st_size)
        with path.open("rb") as stream:
            # It may grow meanwhile.
            return stream.read(most if most is not None else found.st_size + 1)
    except OSError as error:
        raise NdbError("E-PHOTO-READ", place=path.name, reason=error.strerror or "?") from error
