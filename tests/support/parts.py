"""Documents that are read in parts, as large ones are out of their store."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from ndb_desktop.documents.source import Source


class Kept:
    """Parts of a document that note what is asked of them."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.asked: list[tuple[int, int]] = []
        self.proofs = self.closed = 0
        self.error: Exception | None = None
        self.flaw: Exception | None = None
        """What the proof finds."""
        self.done, self.first_asked = threading.Event(), threading.Event()
        self.done.set()

    def wait(self) -> None:
        if not self.done.wait(20):
            raise AssertionError("the proof never ended")
        if self.flaw is not None:
            raise self.flaw

    def read(self, start: int, length: int) -> bytes:
        self.asked.append((start, length))
        self.first_asked.set()
        if self.error is not None:
            raise self.error
        return self.data[start : start + length]

    def close(self) -> None:
        self.closed += 1

    def prove(self) -> Kept:
        self.proofs += 1
        return self

    def source(self) -> Source:
        def never() -> Iterator[bytes]:
            raise AssertionError("a large document goes over in parts")

        return Source(len(self.data), never, self.prove)
