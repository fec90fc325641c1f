"""JPEG as a page of a PDF takes it: nothing but what decoders need, so no EXIF, no position, no embedded preview.

The walk follows ITU-T T.81 (ISO/IEC 10918-1), annex B; what does not fit it is no picture.
"""

from __future__ import annotations

from dataclasses import dataclass

_FRAMES = frozenset({0xC0, 0xC1, 0xC2})
"""Baseline, extended and progressive with Huffman coding: what DCTDecode of PDF reads (ISO 32000-1, 7.4.8)."""
_KEPT = frozenset({*_FRAMES, 0xC4, 0xDB, 0xDD})
_START, _END, _SCAN, _ADOBE = 0xD8, 0xD9, 0xDA, 0xEE
_MAX_SIDE = 20_000
_MAX_BYTES = 8 * 1024 * 1024
SPACES = {1: "DeviceGray", 3: "DeviceRGB"}


@dataclass(frozen=True, slots=True)
class Jpeg:
    """A picture in colour or grey: its size in pixels, components, and bytes without anything said about it."""

    width: int
    height: int
    components: int
    data: bytes

    @property
    def space(self) -> str:
        """The PDF's name for its colours."""
        return SPACES[self.components]


def bare_jpeg(data: bytes) -> Jpeg | None:
    """The picture alone: application and comment segments and whatever follows its end are left out.

    None for what is no JPEG with 8 bits and one or three components, is cut short, or exceeds 8 MB.
    """
    if len(data) > _MAX_BYTES or data[:2] != b"\xff\xd8":
        return None
    try:
        return _walked(data)
    except IndexError:
        return None


def _walked(data: bytes) -> Jpeg | None:
    kept, place, frame = [data[:2]], 2, b""
    scans = 0
    while True:
        place, mark = _mark(data, place)
        if mark == _END:
            made = _frame(frame)
            if made is None or not scans:
                return None
            return Jpeg(*made, b"".join([*kept, b"\xff\xd9"]))
        length = int.from_bytes(data[place : place + 2], "big")
        body = data[place : place + length]
        if length < 2 or len(body) < length or mark == _START:
            return None
        place += length
        if mark in _FRAMES and frame:
            return None
        if mark in _FRAMES:
            frame = body
        # Adobe's says whether the colours are turned; only its twelve known bytes are kept.
        if mark in _KEPT or mark == _SCAN or (mark == _ADOBE and length == 14 and body[2:7] == b"Adobe"):
            kept.append(bytes((0xFF, mark)) + body)
        elif not (0xE0 <= mark <= 0xEF or mark == 0xFE):
            return None
        if mark == _SCAN:
            scans += 1
            end = _coded(data, place)
            kept.append(data[place:end])
            place = end


def _mark(data: bytes, place: int) -> tuple[int, int]:
    """The next marker and where its segment begins; fill bytes before it are skipped."""
    if data[place] != 0xFF:
        raise IndexError(place)
    while data[place] == 0xFF:
        place += 1
    return place + 1, data[place]


def _coded(data: bytes, place: int) -> int:
    """The end of coded data: the first marker that is neither a stuffed byte nor a restart."""
    while True:
        place = data.find(b"\xff", place)
        if place < 0:
            raise IndexError(place)
        follows = data[place + 1]
        if follows not in (0x00, 0xFF) and not 0xD0 <= follows <= 0xD7:
            return place
        place += 1 if follows == 0xFF else 2


def _frame(body: bytes) -> tuple[int, int, int] | None:
    if len(body) < 8 or body[2] != 8:
        return None
    height, width, components = int.from_bytes(body[3:5], "big"), int.from_bytes(body[5:7], "big"), body[7]
    if not (0 < width <= _MAX_SIDE and 0 < height <= _MAX_SIDE) or components not in SPACES:
        return None
    return width, height, components
