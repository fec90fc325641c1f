"""Where a document's bytes (申报材料) come from, when they need not lie in this process as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Source:
    """A document of exactly `size` bytes, read anew with each call of `pieces`.

    Who makes the pieces answers for them: the last one may come only once all of them are known to be right, and an
    error is raised instead of it, so that nobody ever sees a page of a document that was changed.
    """

    size: int
    pieces: Callable[[], Iterable[bytes]]
