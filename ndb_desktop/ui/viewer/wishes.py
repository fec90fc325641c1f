"""What the renderer is to do next for one viewer, in the order in which a reader misses it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Wish:
    """`kind`: draw, preview, read, find or outline; `scale` counts for draw alone."""

    kind: str
    page: int = 0
    scale: float = 0.0


@dataclass
class Wishes:
    """Lists of wishes; `next` takes from the first that is not empty."""

    urgent: list[Wish] = field(default_factory=list)
    texts: list[Wish] = field(default_factory=list)
    ahead: list[Wish] = field(default_factory=list)
    thumbnails: list[Wish] = field(default_factory=list)
    search: list[Wish] = field(default_factory=list)
    near: list[Wish] = field(default_factory=list)
    outline: bool = False

    def next(self) -> Wish | None:
        """Takes the most urgent wish; None when all are met."""
        for waiting in (self.urgent, self.texts):
            if waiting:
                return waiting.pop(0)
        if self.outline:
            self.outline = False
            return Wish("outline")
        for waiting in (self.ahead, self.thumbnails, self.search, self.near):
            if waiting:
                return waiting.pop(0)
        return None
