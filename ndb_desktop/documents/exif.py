"""What a camera says of a photo (照片拍摄信息) in its EXIF block: which way up, when, where. Hostile input, so only a
few known places are looked at, each at most once.

Source: CIPA DC-008 (Exif 3.0), which is TIFF 6.0 inside. What cannot be read is not there: a camera's mistake is no
reason to lose a photo. Only a block that leads in a circle is refused, which no camera writes.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.numbers import half_up, plain

_HEAD = b"Exif\0\0"
_MOST_ENTRIES, _MOST_DIRECTORIES = 1_000, 16
_ORIENTATION, _EXIF, _GPS, _INTEROPERABILITY = 0x0112, 0x8769, 0x8825, 0xA005
_TAKEN, _TAKEN_OFFSET = 0x9003, 0x9011
_LATITUDE_REF, _LATITUDE, _LONGITUDE_REF, _LONGITUDE, _STATUS = 1, 2, 3, 4, 9
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 7: 1, 9: 4, 10: 8, 13: 4}
_LONGEST = 64
"""Bytes of the longest value that is wanted (three rationals are 24)."""
_OFFSET = re.compile(r"[+-](0[0-9]|1[0-4]):[0-5][0-9]")
_TIME = re.compile(r"([0-9]{4}):([0-9]{2}):([0-9]{2}) ([0-9]{2}:[0-9]{2}:[0-9]{2})")
DIGITS = 6
"""Decimals of a degree kept, the most an exact number has here: eleven centimetres, finer than any such receiver."""

_Entry = tuple[int, int, bytes]  # type, count, what stands in the entry or where it points


@dataclass(frozen=True, slots=True)
class ExifFacts:
    """`orientation` 1 to 8; `taken_at` as the camera's clock had it, with its zone if it gave one, "" if none.

    `position` is latitude and longitude in degrees (WGS 84, north and east positive) as number strings; None is
    "no fix": none given, void, nonsense, or the nought-nought that programs leave where they removed one.
    """

    orientation: int = 1
    taken_at: str = ""
    position: tuple[str, str] | None = None


def read_exif(data: bytes) -> ExifFacts:
    """What is wanted of an EXIF block, with or without its own head. Raises `NdbError` E-PHOTO-EXIF for a circle."""
    try:
        block = _Block(data.removeprefix(_HEAD))
    except ValueError:
        return ExifFacts()
    main, sub, gps = block.directories()
    orientation = block.number(main.get(_ORIENTATION))
    return ExifFacts(
        orientation if 1 <= orientation <= 8 else 1,
        _moment(block.words(sub.get(_TAKEN)), block.words(sub.get(_TAKEN_OFFSET))),
        _position(block, gps),
    )


class _Block:
    """A TIFF block: its byte order, and its values wherever they lie inside."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        order = {b"II*\0": "<", b"MM\0*": ">"}.get(data[:4])
        if order is None or len(data) < 8:
            raise ValueError("no TIFF block")
        self._order = order

    def directories(self) -> tuple[Mapping[int, _Entry], Mapping[int, _Entry], Mapping[int, _Entry]]:
        """The first directory, that of the photo and that of the position; every way is walked, none twice."""
        seen: set[int] = set()
        (start,) = struct.unpack_from(self._order + "I", self._data, 4)
        main, after = self._directory(start, seen)
        sub, _ = self._directory(self.number(main.get(_EXIF)), seen)
        gps, _ = self._directory(self.number(main.get(_GPS)), seen)
        self._directory(self.number(sub.get(_INTEROPERABILITY)), seen)
        while after:
            _, after = self._directory(after, seen)
        return main, sub, gps

    def _directory(self, start: int, seen: set[int]) -> tuple[dict[int, _Entry], int]:
        """The entries of a directory, the first of each kind, and where the next directory begins (0: none)."""
        if start < 8 or start + 2 > len(self._data):
            return {}, 0
        if start in seen or len(seen) >= _MOST_DIRECTORIES:
            raise NdbError("E-PHOTO-EXIF")
        seen.add(start)
        (count,) = struct.unpack_from(self._order + "H", self._data, start)
        entries: dict[int, _Entry] = {}
        for place in range(start + 2, start + 2 + 12 * min(count, _MOST_ENTRIES), 12):
            if place + 12 > len(self._data):
                return entries, 0
            tag, kind, length, value = struct.unpack_from(self._order + "HHI4s", self._data, place)
            entries.setdefault(tag, (kind, length, value))
        end = start + 2 + 12 * count
        after = struct.unpack_from(self._order + "I", self._data, end)[0] if end + 4 <= len(self._data) else 0
        return entries, after

    def _value(self, entry: _Entry | None) -> tuple[int, bytes]:
        """Type and bytes of a value, none where it is too long or lies outside."""
        if entry is None:
            return 0, b""
        kind, count, value = entry
        size = _SIZES.get(kind, 0) * count
        if not 0 < size <= _LONGEST:
            return 0, b""
        if size <= 4:
            return kind, value[:size]
        (start,) = struct.unpack(self._order + "I", value)
        found = self._data[start : start + size]
        return (kind, found) if len(found) == size else (0, b"")

    def number(self, entry: _Entry | None) -> int:
        """A whole number, 0 for anything else."""
        kind, value = self._value(entry)
        form = {1: "B", 3: "H", 4: "I", 13: "I"}.get(kind)
        return int(struct.unpack_from(self._order + form, value)[0]) if form else 0

    def words(self, entry: _Entry | None) -> str:
        """Words without what fills them up, "" for anything else."""
        kind, value = self._value(entry)
        return value.split(b"\0")[0].decode("ascii", "replace").strip() if kind == 2 else ""

    def fractions(self, entry: _Entry | None) -> tuple[Fraction, ...]:
        """Unsigned rationals, exactly; none at all when one of them has no value."""
        kind, value = self._value(entry)
        if kind != 5:
            return ()
        parts = struct.unpack(f"{self._order}{len(value) // 4}I", value)
        pairs = tuple(zip(parts[::2], parts[1::2], strict=True))
        return tuple(Fraction(above, below) for above, below in pairs) if all(below for _, below in pairs) else ()


def _moment(taken: str, offset: str) -> str:
    """`2026-11-22T11:05:00` and the zone if it is one; "" where it is no moment, as with a clock never set."""
    found = _TIME.fullmatch(taken)
    if found is None:
        return ""
    text = f"{found[1]}-{found[2]}-{found[3]}T{found[4]}"
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return ""
    return text + offset if _OFFSET.fullmatch(offset) else text


def _position(block: _Block, gps: Mapping[int, _Entry]) -> tuple[str, str] | None:
    if block.words(gps.get(_STATUS)).upper() == "V":
        return None
    latitude = _degrees(block, gps, _LATITUDE, _LATITUDE_REF, ("N", "S"), 90)
    longitude = _degrees(block, gps, _LONGITUDE, _LONGITUDE_REF, ("E", "W"), 180)
    if latitude is None or longitude is None or (latitude == "0" and longitude == "0"):
        return None
    return latitude, longitude


def _degrees(
    block: _Block, gps: Mapping[int, _Entry], tag: int, side_tag: int, sides: tuple[str, str], most: int
) -> str | None:
    """Degrees, minutes and seconds as degrees: exact, then rounded once."""
    parts, side = block.fractions(gps.get(tag)), block.words(gps.get(side_tag)).upper()
    if len(parts) != 3 or side not in sides or parts[1] > 60 or parts[2] > 60:
        return None
    degrees = parts[0] + parts[1] / 60 + parts[2] / 3600
    if degrees > most:
        return None
    return plain(half_up(-degrees if side == sides[1] else degrees, DIGITS))
