"""Where a document's bytes (申报材料) come from, when they need not lie in this process as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol


class Parts(Protocol):
    """A document to be read where it is needed; nothing of it may be shown before `wait` has returned."""

    def wait(self) -> None:
        """Returns once all of the document is known to be right; raises what is wrong with it."""
        ...

    def read(self, start: int, length: int) -> bytes:
        """`length` bytes from `start` on, all of which lie in the document."""
        ...

    def close(self) -> None:
        """Lets go of it."""
        ...


@dataclass(frozen=True, slots=True)
class Source:
    """A document of exactly `size` bytes, read anew with each call of `pieces`.

    Who makes the pieces answers for them: the last one may come only once all of them are known to be right, and an
    error is raised instead of it, so that nobody ever sees a page of a document that was changed.

    `parts`, where there is such a way, reads the whole and proves it, once while its store stays open, and meanwhile
    hands over any part of it; `None` instead says that this document can be read in order alone. `prove` does that
    proof ahead, step by step: it calls what it is given between two steps, which may raise to end it.
    """

    size: int
    pieces: Callable[[], Iterable[bytes]]
    parts: Callable[[], Parts | None] = lambda: None
    prove: Callable[[Callable[[], object]], None] = lambda _check: None
