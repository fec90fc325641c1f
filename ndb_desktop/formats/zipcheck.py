"""The directory of a bundle's ZIP, read so that not one byte of the file is left unexplained.

`zipfile` parses; every refusal is decided here. Members lie one behind the other from the first byte to the directory,
stored, unencrypted, without extra data, so nothing can hide before, between or behind them.
"""

from __future__ import annotations

import re
import struct
import zipfile
from dataclasses import dataclass
from typing import BinaryIO

from ndb_desktop.domain.errors import NdbError

MAX_MEMBERS = 20_000
MAX_DIRECTORY = 8 * 1024 * 1024
MAX_NAME = 100
_NAME = re.compile(r"(?:[a-z]+/)?[a-z0-9][a-z0-9_-]*(?:\.[a-z0-9_-]+)*", re.ASCII)

_LOCAL, _EOCD, _EOCD64, _LOCATOR = b"PK\x03\x04", b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"
_LOCAL_SIZE, _ENTRY_SIZE, _EOCD_SIZE, _EOCD64_SIZE, _LOCATOR_SIZE = 30, 46, 22, 56, 20
_ENCRYPTION_FLAGS = 0x0001 | 0x0040 | 0x2000


@dataclass(frozen=True, slots=True)
class StoredMember:
    """A member: its name, its size, and where its bytes begin in the file."""

    name: str
    size: int
    offset: int


@dataclass(frozen=True, slots=True)
class _Directory:
    offset: int
    size: int
    count: int


def read_directory(stream: BinaryIO, place: str) -> tuple[StoredMember, ...]:
    """All members in file order.

    Raises:
        NdbError: `E-BUNDLE-NOT-ZIP`, `-CUT` (end missing), `-PREPENDED`, `-TRAILING`, `-MANY`, `-DIRECTORY`,
            `-COMPRESSED`, `-ENCRYPTED`, `-NAME`, `-TWICE`, `-GAP`.
    """
    size = stream.seek(0, 2)
    directory = _find_directory(stream, size, place)
    try:
        with zipfile.ZipFile(stream) as archive:
            infos = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, struct.error, ValueError, OverflowError, EOFError):
        raise NdbError("E-BUNDLE-DIRECTORY", place=place) from None
    if len(infos) != directory.count or not _lengths_agree(_read(stream, directory.offset, directory.size)):
        raise NdbError("E-BUNDLE-DIRECTORY", place=place)
    members: list[StoredMember] = []
    seen: set[str] = set()
    expected = 0
    for info in infos:
        _check_entry(info, place)
        if info.orig_filename in seen:
            raise NdbError("E-BUNDLE-TWICE", place=place, name=info.orig_filename)
        seen.add(info.orig_filename)
        if info.header_offset != expected:
            raise NdbError("E-BUNDLE-GAP", place=place, name=info.orig_filename)
        offset = _data_offset(stream, info, place)
        members.append(StoredMember(info.orig_filename, info.file_size, offset))
        expected = offset + info.file_size
    if expected != directory.offset:
        raise NdbError("E-BUNDLE-GAP", place=place, name="*")
    return tuple(members)


def _read(stream: BinaryIO, offset: int, length: int) -> bytes:
    stream.seek(offset)
    return stream.read(length)


def _lengths_agree(directory: bytes) -> bool:
    """Whether the entries fill the directory exactly; `zipfile` lets the last one claim more than there is."""
    at = 0
    while at + _ENTRY_SIZE <= len(directory):
        at += _ENTRY_SIZE + sum(struct.unpack_from("<3H", directory, at + 28))
    return at == len(directory)


def _find_directory(stream: BinaryIO, size: int, place: str) -> _Directory:
    starts_well = _read(stream, 0, 4) == _LOCAL
    end = _read(stream, max(0, size - _EOCD_SIZE), _EOCD_SIZE)
    if len(end) < _EOCD_SIZE or not end.startswith(_EOCD) or end[20:] != b"\0\0":
        tail = _read(stream, max(0, size - 70_000), 70_000)
        if _EOCD in tail:
            raise NdbError("E-BUNDLE-TRAILING", place=place)
        raise NdbError("E-BUNDLE-CUT" if starts_well else "E-BUNDLE-NOT-ZIP", place=place)
    if not starts_well:
        raise NdbError("E-BUNDLE-PREPENDED", place=place)
    disk, first_disk, here, count, length, offset = struct.unpack("<4H2L", end[4:20])
    stop = size - _EOCD_SIZE
    locator = _read(stream, stop - _LOCATOR_SIZE, _LOCATOR_SIZE) if stop >= _LOCATOR_SIZE else b""
    if locator.startswith(_LOCATOR):
        stop -= _LOCATOR_SIZE + _EOCD64_SIZE
        _, lone_disk, where, disks = struct.unpack("<4sLQL", locator)
        record = _read(stream, max(0, stop), _EOCD64_SIZE)
        if where != stop or lone_disk != 0 or disks != 1 or len(record) != _EOCD64_SIZE or record[:4] != _EOCD64:
            raise NdbError("E-BUNDLE-DIRECTORY", place=place)
        length_left, _, _, disk, first_disk, here, count, length, offset = struct.unpack("<QHHLLQQQQ", record[4:])
        if length_left != _EOCD64_SIZE - 12:
            raise NdbError("E-BUNDLE-DIRECTORY", place=place)
    if disk or first_disk or here != count:
        raise NdbError("E-BUNDLE-DIRECTORY", place=place)
    if count > MAX_MEMBERS:
        raise NdbError("E-BUNDLE-MANY", place=place, count=count, most=MAX_MEMBERS)
    if length > MAX_DIRECTORY:
        raise NdbError("E-BUNDLE-DIRECTORY", place=place)
    if offset + length != stop:
        raise NdbError("E-BUNDLE-PREPENDED" if offset + length < stop else "E-BUNDLE-DIRECTORY", place=place)
    return _Directory(offset, length, count)


def _check_entry(info: zipfile.ZipInfo, place: str) -> None:
    name = info.orig_filename
    if len(name) > MAX_NAME or not _NAME.fullmatch(name):
        raise NdbError("E-BUNDLE-NAME", place=place, name="".join(c if c.isprintable() else "?" for c in name[:100]))
    if info.flag_bits & _ENCRYPTION_FLAGS:
        raise NdbError("E-BUNDLE-ENCRYPTED", place=place, name=name)
    if info.compress_type != zipfile.ZIP_STORED or info.compress_size != info.file_size:
        raise NdbError("E-BUNDLE-COMPRESSED", place=place, name=name)
    if info.flag_bits or info.comment or info.volume or not _only_zip64(info.extra):
        raise NdbError("E-BUNDLE-DIRECTORY", place=place)


def _only_zip64(extra: bytes) -> bool:
    """Whether the extra field is empty or exactly one ZIP64 record."""
    if not extra:
        return True
    if len(extra) < 4:
        return False
    kind, length = struct.unpack_from("<HH", extra)
    return bool(kind == 1 and length == len(extra) - 4 and length in (8, 16, 24))


def _data_offset(stream: BinaryIO, info: zipfile.ZipInfo, place: str) -> int:
    """Where the bytes begin; the local header must say the same as the directory."""
    head = _read(stream, info.header_offset, _LOCAL_SIZE)
    if len(head) != _LOCAL_SIZE or head[:4] != _LOCAL:
        raise NdbError("E-BUNDLE-DIRECTORY", place=place)
    _, flags, method, _, _, crc, packed, size, name_length, extra_length = struct.unpack("<5H3L2H", head[4:])
    rest = _read(stream, info.header_offset + _LOCAL_SIZE, name_length + extra_length)
    name, extra = rest[:name_length], rest[name_length:]
    if extra and packed == size == 0xFFFFFFFF and _only_zip64(extra) and len(extra) == 20:
        size, packed = struct.unpack("<QQ", extra[4:])
    elif extra:
        raise NdbError("E-BUNDLE-DIRECTORY", place=place)
    same = (flags, method, crc, packed, size) == (0, 0, info.CRC, info.compress_size, info.file_size)
    if not same or name != info.orig_filename.encode("ascii"):
        raise NdbError("E-BUNDLE-DIRECTORY", place=place)
    offset: int = info.header_offset + _LOCAL_SIZE + name_length + extra_length
    return offset


def directory_size(stream: BinaryIO) -> int:
    """How many bytes of entries any ZIP announces: to know, before a library reads them all into memory.

    Unlike `read_directory` this takes archives that other programs made, with a comment or something in front.
    Raises ValueError when there is no end of a directory.
    """
    size = stream.seek(0, 2)
    tail = _read(stream, max(0, size - 65_536 - _EOCD_SIZE), 65_536 + _EOCD_SIZE)
    at = tail.rfind(_EOCD)
    if at < 0 or at + _EOCD_SIZE > len(tail):
        raise ValueError("no directory")
    found: int = struct.unpack_from("<L", tail, at + 12)[0]
    before = size - len(tail) + at - _LOCATOR_SIZE
    locator = _read(stream, before, _LOCATOR_SIZE) if before >= 0 else b""
    if locator.startswith(_LOCATOR) and before >= _EOCD64_SIZE:
        record = _read(stream, before - _EOCD64_SIZE, _EOCD64_SIZE)
        if record.startswith(_EOCD64):
            found = struct.unpack_from("<Q", record, 40)[0]
    stream.seek(0)
    return found
