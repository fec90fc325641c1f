"""交接包: what the central system hands over, a folder or a ZIP, read as hostile input.

Layout: `applications.jsonl` (one application per line) and `documents/<application id>/<file name>`. Nothing is ever
extracted: a ZIP's members are read as streams with a ceiling, so names cannot lead outside and a bomb cannot unfold.
"""

from __future__ import annotations

import io
import os
import re
import stat
import unicodedata
import zipfile
import zlib
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from ndb_desktop.domain.errors import Fault, FaultsError, NdbError
from ndb_desktop.storage.atomic import known_os_errors

LINES = "applications.jsonl"
DOCUMENTS = "documents"
TABLES = (".csv", ".xlsx")
_DEEPEST = 4
"""Parts of the path of a document where tables lead: `documents/<folder>/<folder>/<file>` at most."""
MAX_LINE = 4 * 1024 * 1024
MAX_LINES = 20_000
MAX_MEMBERS = 200_000
MAX_DOCUMENT = 300 * 1024 * 1024
MAX_TOTAL = 400 * 1024 * 1024 * 1024
MAX_RATIO = 200
"""A member that unfolds to more than this many times its packed size is a bomb; PDF packs 1 to 20 fold."""
_RATIO_FREE = 10 * 1024 * 1024
_CHUNK = 1024 * 1024
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f<>:"|?*\\]')


class Handover(ABC):
    """A hand-over opened for reading; use as a context manager."""

    loose = False
    """Tables at the top instead of `applications.jsonl`, and documents in folders of any name."""
    whole = True
    """Whether good applications may be taken without the bad ones; not where a whole sheet is in doubt."""

    def __init__(self, place: str, lines: str = LINES) -> None:
        self.place = place
        self.lines_name = lines
        self.warnings: list[Fault] = []
        self.files: dict[str, int] = {}
        self._folders: dict[str, dict[str, int]] = {}
        self.faults: list[Fault] = []

    def __enter__(self) -> Handover:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """Line number and bytes of every application line; empty lines are passed over.

        Raises:
            NdbError: E-HAND-NO-LINES, E-HAND-LINE (a line too long), E-HAND-LINES (too many).
        """
        if self.lines_name not in self.files:
            raise NdbError("E-HAND-NO-LINES", place=self.place, name=self.lines_name)
        with self.open(self.lines_name) as stream:
            number = 0
            while line := stream.readline(MAX_LINE + 1):
                number += 1
                place = self.line_place(number)
                if len(line) > MAX_LINE:
                    raise NdbError("E-HAND-LINE", place=place, most=MAX_LINE // (1024 * 1024))
                if number > MAX_LINES:
                    raise NdbError("E-HAND-LINES", place=place, most=MAX_LINES)
                if number == 1:
                    line = line.removeprefix(b"\xef\xbb\xbf")
                if line.strip():
                    yield number, line.rstrip(b"\r\n")

    def line_place(self, number: int) -> str:
        """Where a line stands, as faults name it."""
        return f"{self.lines_name}:{number}"

    def line_faults(self, number: int) -> tuple[str, str, Sequence[Fault]]:  # noqa: ARG002
        """Id and applicant in a table's row, and what is wrong with its cells."""
        return "", "", ()

    def located(self, fault: Fault) -> Fault:
        """A fault at the cell it came from, where there are cells."""
        return fault

    def documents(self, application: str) -> Mapping[str, int]:
        """File names and sizes below `documents/<application>/`."""
        return self._folders.get(application, {})

    def orphans(self, known: frozenset[str]) -> list[str]:
        """Folders below `documents/` that belong to no application in `known`."""
        return sorted(self._folders.keys() - known)

    @contextmanager
    def document(self, application: str, name: str) -> Iterator[BinaryIO]:
        """One document as a stream of at most its announced size."""
        with self.open(f"{DOCUMENTS}/{application}/{name}") as stream:
            yield stream

    @abstractmethod
    def open(self, name: str) -> BinaryIO:
        """A member by its checked name."""

    @abstractmethod
    def close(self) -> None:
        """Closes what is open."""

    def _accept(self, name: str, size: int) -> bool:
        """Whether `name` is one of ours; a name that leads elsewhere becomes a fault."""
        parts = PurePosixPath(name).parts
        unsafe = (
            name.startswith("/")
            or _FORBIDDEN.search(name)
            or any(part in ("..", ".") or part != part.rstrip(". ") for part in name.split("/"))
            or len(name) > 400
        )
        if unsafe:
            self.faults.append(Fault("E-HAND-NAME", self.place, {"name": _printable(name)}))
            return False
        if not self._expected(name, parts):
            self.faults.append(Fault("E-HAND-STRAY", self.place, {"name": _printable(name)}))
            return False
        if name in self.files:
            self.faults.append(Fault("E-HAND-TWICE", self.place, {"name": _printable(name)}))
            return False
        if name != self.lines_name and size > MAX_DOCUMENT:
            most = str(MAX_DOCUMENT // (1024 * 1024))
            self.faults.append(Fault("E-HAND-BIG", self.place, {"name": _printable(name), "most": most}))
            return False
        self.files[name] = size
        if name != self.lines_name and len(parts) > 2:
            self._folders.setdefault(parts[1], {})[parts[2]] = size
        return True

    def _expected(self, name: str, parts: Sequence[str]) -> bool:
        if not self.loose:
            return name == self.lines_name or (len(parts) == 3 and parts[0] == DOCUMENTS)
        return _is_table(name) or (1 < len(parts) <= _DEEPEST and parts[0] == DOCUMENTS)


def _is_table(name: str) -> bool:
    """Whether it is a table at the top; `~$` begins what a spreadsheet program leaves beside an open one."""
    return "/" not in name and name.lower().endswith(TABLES) and not name.startswith("~$")


class _FolderHandover(Handover):
    def __init__(self, folder: Path, *, loose: bool = False, prefix: str = "", lines: str = LINES) -> None:
        super().__init__(folder.name, lines)
        self.loose = loose
        self._folder = folder
        self._real: dict[str, Path] = {}
        with known_os_errors(folder.name):
            self._walk(folder, prefix)

    def _walk(self, folder: Path, prefix: str) -> None:
        for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
            # One spelling: macOS hands out decomposed names.
            name = prefix + unicodedata.normalize("NFC", entry.name)
            if prefix.count("/") > 3 or len(self.files) > MAX_MEMBERS:
                raise NdbError("E-HAND-MANY", place=self.place, most=MAX_MEMBERS)
            if entry.is_symlink():
                self.faults.append(Fault("E-HAND-LINK", self.place, {"name": _printable(name)}))
            elif entry.is_dir(follow_symlinks=False):
                self._walk(Path(entry.path), f"{name}/")
            elif not entry.is_file(follow_symlinks=False):
                self.faults.append(Fault("E-HAND-LINK", self.place, {"name": _printable(name)}))
            elif not _litter(name) and self._accept(name, entry.stat(follow_symlinks=False).st_size):
                self._real[name] = Path(entry.path)

    def open(self, name: str) -> BinaryIO:
        # O_NOFOLLOW: the file may have been swapped for a link since it was looked at.
        with known_os_errors(name):
            handle = os.open(self._real[name], os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))
            return os.fdopen(handle, "rb")

    def close(self) -> None:
        self._real.clear()


class _ZipHandover(Handover):
    def __init__(self, path: Path, *, loose: bool = False, lines: str = LINES) -> None:
        super().__init__(path.name, lines)
        self.loose = loose
        with known_os_errors(path.name):
            try:
                self._zip = zipfile.ZipFile(path)
            except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError, OverflowError):
                raise NdbError("E-HAND-ZIP", place=path.name) from None
        self._infos: dict[str, zipfile.ZipInfo] = {}
        try:
            self._read_directory()
        except BaseException:
            self._zip.close()
            raise

    def _read_directory(self) -> None:
        infos = self._zip.infolist()
        if len(infos) > MAX_MEMBERS:
            raise NdbError("E-HAND-MANY", place=self.place, most=MAX_MEMBERS)
        if sum(info.file_size for info in infos) > MAX_TOTAL:
            raise NdbError("E-HAND-BOMB", place=self.place, name="*")
        for info in infos:
            name = unicodedata.normalize("NFC", _member_name(info))
            if name.endswith("/") or _litter(name):
                continue
            if info.flag_bits & 0x1:
                self.faults.append(Fault("E-HAND-ENCRYPTED", self.place, {"name": _printable(name)}))
            elif stat.S_ISLNK(info.external_attr >> 16):
                self.faults.append(Fault("E-HAND-LINK", self.place, {"name": _printable(name)}))
            elif info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or _bomb(info):
                self.faults.append(Fault("E-HAND-BOMB", self.place, {"name": _printable(name)}))
            elif self._accept(name, info.file_size):
                self._infos[name] = info

    def open(self, name: str) -> BinaryIO:
        try:
            stream = self._zip.open(self._infos[name])
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError):
            raise NdbError("E-HAND-ZIP", place=f"{self.place}/{_printable(name)}") from None
        return io.BufferedReader(_Member(stream, f"{self.place}/{_printable(name)}"), _CHUNK)

    def close(self) -> None:
        self._zip.close()


class _Member(io.RawIOBase):
    """A ZIP member whose damage is told in our words."""

    def __init__(self, stream: object, place: str) -> None:
        self._stream: BinaryIO = stream  # type: ignore[assignment]
        self._place = place

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]
        try:
            data = self._stream.read(len(view))
        except (zipfile.BadZipFile, EOFError, ValueError, zlib.error):
            raise NdbError("E-HAND-ZIP", place=self._place) from None
        view[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._stream.close()
        super().close()


def _bomb(info: zipfile.ZipInfo) -> bool:
    return info.file_size > _RATIO_FREE and info.file_size > MAX_RATIO * max(1, info.compress_size)


def _member_name(info: zipfile.ZipInfo) -> str:
    """The name as meant: without the UTF-8 flag, Chinese Windows writes GBK, which `zipfile` reads as cp437."""
    if info.flag_bits & 0x800:
        return info.orig_filename
    try:
        raw = info.orig_filename.encode("cp437")
    except UnicodeEncodeError:
        return info.orig_filename
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return info.orig_filename


def _litter(name: str) -> bool:
    """What operating systems strew about."""
    last = name.rsplit("/", 1)[-1]
    return name.startswith("__MACOSX/") or last in (".DS_Store", "Thumbs.db", "desktop.ini") or last.startswith("._")


def _printable(name: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in name[:200])


def open_handover(source: Path, lines: str = LINES) -> Handover:
    """Opens a folder or ZIP led by the file `lines`; structural faults stand in `.faults`.

    Raises:
        NdbError: E-HAND-MISSING, E-HAND-ZIP, E-HAND-MANY, E-HAND-BOMB, E-STORE-*.
    """
    if source.is_dir():
        return _FolderHandover(source, lines=lines)
    if not source.is_file():
        raise NdbError("E-HAND-MISSING", place=str(source))
    return _ZipHandover(source, lines=lines)


def open_loose(source: Path, prefix: str = "", lines: str = LINES) -> Handover | None:
    """Opens a folder or ZIP with tables at its top; None where the file `lines` leads or no table is.

    With `prefix` a folder is opened whatever is in it, as if it lay below that name.

    Raises:
        NdbError: as `open_handover`.
    """
    if prefix:
        return _FolderHandover(source, loose=True, prefix=prefix)
    if source.is_dir():
        with known_os_errors(source.name):
            names = [entry.name for entry in source.iterdir()]
    else:
        with open_handover(source, lines) as strict:
            names = [fault.params["name"] for fault in strict.faults if fault.code == "E-HAND-STRAY"]
            names += list(strict.files)
    if lines in names or not any(_is_table(name) for name in names):
        return None
    return _FolderHandover(source, loose=True) if source.is_dir() else _ZipHandover(source, loose=True)


def refuse_faults(handover: Handover) -> None:
    """Raises every structural fault at once, if any."""
    if handover.faults:
        raise FaultsError(handover.faults, place=handover.place)
