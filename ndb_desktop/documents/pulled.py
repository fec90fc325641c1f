"""A large document (申报材料) that stays with the program: the renderer asks for the parts of it that a page needs.

So the first page of a scan waits for its own bytes alone, and the renderer never holds the whole document.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Callable
from itertools import pairwise

from ndb_desktop.documents import port

BLOCK = 2 * 1024
"""What is kept and asked for at least; PDFium reads much in bits of 512 bytes, and to decipher more takes time."""
KEPT = 4096
"""Blocks kept (8 MiB)."""
_LARGE = 16 * BLOCK
"""From this on (a picture) a part is passed on and not kept: PDFium keeps it itself."""
_AHEAD = 128
"""Most blocks asked for at once while the document is read in order, as for one whose table is damaged."""


class PulledFile:
    """As a file open for reading; `fetch(start, length)` gives the bytes, at most `port.MAX_PART` at a time."""

    def __init__(self, size: int, fetch: Callable[[int, int], bytes]) -> None:
        self.size = size
        self._fetch = fetch
        self._at = 0
        self._blocks: OrderedDict[int, bytes] = OrderedDict()
        self._next, self._step = -1, 1

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Moves within the document; returns the new place."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self.size}[whence]
        self._at = min(max(base + offset, 0), self.size)
        return self._at

    def tell(self) -> int:
        """The place to read from."""
        return self._at

    def read(self, length: int = -1) -> bytes:
        """Bytes from the place on, fewer only at the end of the document."""
        left = self.size - self._at
        length = left if length < 0 else min(length, left)
        data = self._part(self._at, length)
        self._at += length
        return data

    def readinto(self, buffer: bytearray | memoryview) -> int:
        """Fills `buffer` as far as the document goes."""
        # PDFium's is an array of C's bytes, which would be filled one by one.
        room = memoryview(buffer).cast("B")
        data = self.read(len(room))
        room[: len(data)] = data
        return len(data)

    def _part(self, start: int, length: int) -> bytes:
        if length >= _LARGE:
            ends = [*range(start, start + length, port.MAX_PART), start + length]
            return b"".join(self._fetch(low, high - low) for low, high in pairwise(ends))
        first, last = start // BLOCK, (start + max(length, 1) - 1) // BLOCK
        data = b"".join([self._block(number) for number in range(first, last + 1)])
        return data[start - first * BLOCK :][:length]

    def _block(self, number: int) -> bytes:
        block = self._blocks.get(number)
        if block is not None:
            self._blocks.move_to_end(number)
            return block
        # Read in order, each time twice as much comes at once.
        self._step = min(self._step * 2, _AHEAD) if number == self._next else 1
        start = number * BLOCK
        came = self._fetch(start, min(self._step * BLOCK, self.size - start))
        for place in range(0, len(came), BLOCK):
            self._blocks[number + place // BLOCK] = came[place : place + BLOCK]
        self._next = number + self._step
        while len(self._blocks) > KEPT:
            self._blocks.popitem(last=False)
        return self._blocks[number]
