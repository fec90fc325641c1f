"""Where score files come from: single files, folders, or ZIPs of score files; one at a time, nothing is extracted.

A ZIP may hold further ZIPs, one level deep: people pack what was sent to them packed. Its directory is measured before
it is read, each member before it is opened; names in it are for people and never become paths.
"""

from __future__ import annotations

import io
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.formats.scorefile import EXTENSION, MAX_FILE
from ndb_desktop.formats.sitefile import MIMETYPE as SITE_MIMETYPE
from ndb_desktop.formats.zipcheck import directory_size
from ndb_desktop.storage.atomic import known_os_errors

ZIP = ".zip"
MAX_MEMBERS = 50_000
MAX_DIRECTORY = 8 * 1024 * 1024
MAX_TOTAL = 8 * 1024 * 1024 * 1024
"""What all members of a ZIP may come to when unfolded; a whole large round has 0.3 GB."""
MAX_NESTED = 64 * 1024 * 1024
"""A ZIP within a ZIP is held in memory."""
_ZIP = b"PK\x03\x04"
_BUNDLE_FIRST = "mimetype"
_BROKEN = (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError, OverflowError, zlib.error)


@dataclass(frozen=True, slots=True)
class Source:
    """A candidate: its name for people, and how to get its bytes (at most `MAX_FILE`)."""

    name: str
    read: Callable[[], bytes]


def candidates(paths: Sequence[Path]) -> list[Path]:
    """The files behind `paths`: of a folder every `.ndbscore` and `.zip` in it, links passed over."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found.extend(
                entry
                for entry in sorted(path.rglob("*"))
                if entry.suffix.lower() in (EXTENSION, ZIP) and entry.is_file() and not entry.is_symlink()
            )
        else:
            found.append(path)
    return found


def sources(paths: Sequence[Path]) -> Iterator[Source]:
    """Every candidate in a fixed order; a ZIP stays open while its members are read."""
    for path in candidates(paths):
        if not _begins_like_zip(path):
            yield Source(path.name, _file_reader(path))
            continue
        with path.open("rb") as stream:
            yield from _unpacked(path.name, stream, _file_reader(path), nested=False)


def _begins_like_zip(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            return stream.read(4) == _ZIP
    except OSError:
        return False


def _unpacked(name: str, stream: BinaryIO, whole: Callable[[], bytes], *, nested: bool) -> Iterator[Source]:
    """The members of a ZIP, or one source that says what is wrong with it as a whole."""
    try:
        archive = _open(stream)
    except NdbError as error:
        yield Source(name, _failing(error))
        return
    with archive:
        infos = [info for info in archive.infolist() if not _passed_over(info)]
        if infos and infos[0].filename == _BUNDLE_FIRST and _begins_like_site(archive, infos[0]):
            # It may hold gigabytes and is merged apart (`site_merge`).
            yield Source(name, _failing(NdbError("E-MERGE-SITE")))
        elif infos and infos[0].filename == _BUNDLE_FIRST:
            # A bundle is a ZIP too; let the reader of score files say what it is.
            yield Source(name, whole)
        elif sum(info.file_size for info in infos) > MAX_TOTAL:
            yield Source(name, _failing(NdbError("E-MERGE-ZIP-LARGE", most=MAX_TOTAL >> 30)))
        else:
            for info in sorted(infos, key=lambda info: info.filename):
                yield from _member(archive, info, f"{name}/{_printable(info.filename)}", nested=nested)


def _open(stream: BinaryIO) -> zipfile.ZipFile:
    """The archive, once its directory was found to be small enough to be read."""
    try:
        if directory_size(stream) > MAX_DIRECTORY:
            raise NdbError("E-MERGE-ZIP-MANY", count=f"> {MAX_MEMBERS}", most=MAX_MEMBERS)
        archive = zipfile.ZipFile(stream)
    except (OSError, *_BROKEN):
        raise NdbError("E-MERGE-ZIP") from None
    count = len(archive.infolist())
    if count > MAX_MEMBERS:
        archive.close()
        raise NdbError("E-MERGE-ZIP-MANY", count=count, most=MAX_MEMBERS)
    return archive


def _passed_over(info: zipfile.ZipInfo) -> bool:
    """Folders, and what operating systems strew about."""
    last = info.filename.rsplit("/", 1)[-1]
    return info.is_dir() or info.filename.startswith("__MACOSX/") or last in (".DS_Store", "Thumbs.db", "desktop.ini")


def _begins_like_site(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bool:
    try:
        with archive.open(info) as stream:
            return stream.read(len(SITE_MIMETYPE) + 1) == SITE_MIMETYPE
    except _BROKEN:
        return False


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str, *, nested: bool) -> Iterator[Source]:
    packed = info.filename.lower().endswith(ZIP)
    most = MAX_NESTED if packed else MAX_FILE
    if info.flag_bits & 0x1 or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        yield Source(name, _failing(NdbError("E-MERGE-ZIP")))
    elif stat.S_ISLNK(info.external_attr >> 16):
        yield Source(name, _failing(NdbError("E-MERGE-ZIP-LINK")))
    elif info.file_size > most:
        yield Source(name, _failing(NdbError("E-SIZE", size=info.file_size, most=most)))
    elif not packed:
        yield Source(name, _member_reader(archive, info, MAX_FILE))
    elif nested:
        yield Source(name, _failing(NdbError("E-MERGE-ZIP-DEEP")))
    else:
        yield from _nested(name, _member_reader(archive, info, MAX_NESTED))


def _nested(name: str, read: Callable[[], bytes]) -> Iterator[Source]:
    try:
        data = read()
    except NdbError as error:
        yield Source(name, _failing(error))
        return
    yield from _unpacked(name, io.BytesIO(data), lambda: _limited(data, MAX_FILE), nested=True)


def _file_reader(path: Path) -> Callable[[], bytes]:
    def read() -> bytes:
        with known_os_errors(path.name), path.open("rb") as stream:
            return _limited(stream.read(MAX_FILE + 1), MAX_FILE)

    return read


def _limited(data: bytes, most: int) -> bytes:
    if len(data) > most:
        raise NdbError("E-SIZE", size=f"> {most}", most=most)
    return data


def _failing(error: NdbError) -> Callable[[], bytes]:
    def read() -> bytes:
        raise error

    return read


def _member_reader(archive: zipfile.ZipFile, info: zipfile.ZipInfo, most: int) -> Callable[[], bytes]:
    def read() -> bytes:
        try:
            # What the directory says of its size may be a lie: a ceiling on what is read stops a bomb.
            with archive.open(info) as stream:
                return _limited(stream.read(most + 1), most)
        except _BROKEN:
            raise NdbError("E-MERGE-ZIP") from None

    return read


def _printable(name: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in name[:200])
