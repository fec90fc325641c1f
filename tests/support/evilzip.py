"""ZIP files with any mistake in them, written byte by byte."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Evil:
    """A member; each field can lie, in the local header, in the directory, or in both."""

    name: bytes
    data: bytes
    flags: int = 0
    method: int = 0
    local_name: bytes | None = None
    local_flags: int | None = None
    local_method: int | None = None
    size: int | None = None
    packed: int | None = None
    local_size: int | None = None
    crc: int | None = None
    extra: bytes = b""
    local_extra: bytes = b""
    comment: bytes = b""
    before: bytes = b""
    offset: int | None = None
    disk: int = 0


def swap(members: list[Evil], name: str, **changes: object) -> list[Evil]:
    """The members with one of them changed."""
    return [replace(m, **changes) if m.name == name.encode() else m for m in members]  # type: ignore[arg-type]


def build(
    members: list[Evil],
    *,
    count: int | None = None,
    comment: bytes = b"",
    before: bytes = b"",
    after: bytes = b"",
    between: bytes = b"",
    disk: int = 0,
    shift: int = 0,
) -> bytes:
    """The archive. `shift` moves all offsets, as a tool does that puts something in front."""
    out = bytearray(before)
    directory = bytearray()
    for member in members:
        out += member.before
        at = len(out) - (0 if shift == 0 else len(before)) if member.offset is None else member.offset
        crc = zlib.crc32(member.data) if member.crc is None else member.crc
        size = len(member.data) if member.size is None else member.size
        packed = size if member.packed is None else member.packed
        local_size = size if member.local_size is None else member.local_size
        local_name = member.name if member.local_name is None else member.local_name
        flags = member.flags if member.local_flags is None else member.local_flags
        method = member.method if member.local_method is None else member.local_method
        out += struct.pack(
            "<4s5H3L2H",
            b"PK\x03\x04",
            20,
            flags,
            method,
            0,
            33,
            crc,
            packed,
            local_size,
            len(local_name),
            len(member.local_extra),
        )
        out += local_name + member.local_extra + member.data
        directory += struct.pack(
            "<4s6H3L5H2L",
            b"PK\x01\x02",
            20 | 3 << 8,
            20,
            member.flags,
            member.method,
            0,
            33,
            crc,
            packed,
            size,
            len(member.name),
            len(member.extra),
            len(member.comment),
            member.disk,
            0,
            0o600 << 16,
            at,
        )
        directory += member.name + member.extra + member.comment
    out += between
    start = len(out)
    out += directory
    number = len(members) if count is None else count
    where = start - (0 if shift == 0 else len(before))
    out += struct.pack("<4s4H2LH", b"PK\x05\x06", disk, disk, number, number, len(directory), where, len(comment))
    return bytes(out + comment + after)
