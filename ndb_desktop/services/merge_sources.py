"""Where score files come from: single files, folders, or ZIPs of score files; one at a time, nothing is extracted."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.formats.scorefile import EXTENSION, MAX_FILE
from ndb_desktop.storage.atomic import known_os_errors

MAX_MEMBERS = 50_000
_ZIP = b"PK\x03\x04"
_BUNDLE_FIRST = "mimetype"


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
                if entry.suffix.lower() in (EXTENSION, ".zip") and entry.is_file() and not entry.is_symlink()
            )
        else:
            found.append(path)
    return found


def sources(paths: Sequence[Path]) -> Iterator[Source]:
    """Every candidate in a fixed order; a ZIP stays open while its members are read."""
    for path in candidates(paths):
        if _is_zip(path):
            yield from _members(path)
        else:
            yield Source(path.name, _file_reader(path))


def _is_zip(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            if stream.read(4) != _ZIP:
                return False
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (OSError, zipfile.BadZipFile, NotImplementedError, ValueError, EOFError):
        return False
    # A bundle is a ZIP too; let the reader of score files say what it is.
    return not names or names[0] != _BUNDLE_FIRST


def _file_reader(path: Path) -> Callable[[], bytes]:
    def read() -> bytes:
        with known_os_errors(path.name), path.open("rb") as stream:
            return _limited(stream.read(MAX_FILE + 1))

    return read


def _limited(data: bytes) -> bytes:
    if len(data) > MAX_FILE:
        raise NdbError("E-SIZE", size=f"> {MAX_FILE}", most=MAX_FILE)
    return data


def _failing(error: NdbError) -> Callable[[], bytes]:
    def read() -> bytes:
        raise error

    return read


def _members(path: Path) -> Iterator[Source]:
    with zipfile.ZipFile(path) as archive:
        infos = archive.infolist()
        if len(infos) > MAX_MEMBERS:
            yield Source(path.name, _failing(NdbError("E-MERGE-ZIP-MANY", count=len(infos), most=MAX_MEMBERS)))
            return
        for info in sorted(infos, key=lambda info: info.filename):
            if info.is_dir():
                continue
            name = f"{path.name}/{_printable(info.filename)}"
            if info.flag_bits & 0x1 or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                yield Source(name, _failing(NdbError("E-MERGE-ZIP")))
            else:
                yield Source(name, _member_reader(archive, info))


def _member_reader(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Callable[[], bytes]:
    def read() -> bytes:
        try:
            # Names are never used as paths, and a ceiling on what is read stops a bomb.
            with archive.open(info) as stream:
                return _limited(stream.read(MAX_FILE + 1))
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError, zlib.error):
            raise NdbError("E-MERGE-ZIP") from None

    return read


def _printable(name: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in name[:200])
