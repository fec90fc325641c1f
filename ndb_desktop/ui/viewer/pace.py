"""How fast and which way the reader goes through the pages, and so which pages come next."""

from __future__ import annotations

MOVING_S = 0.12
"""A second scroll within this time is reading past, not reading."""
RACING = 15.0
"""Pages in a second from which on no page stays long enough for a sharp picture of it to come."""
_NEAR = 6
"""Pages each way whose small pictures are made ready while nothing else is to do."""
_RUN = 10
"""Pages whose small pictures are made ahead of a reader who races through the document."""


class Pace:
    """`way`: 1 down, -1 up; `moving`: scrolling, not reading; `racing`: faster than pages can be seen."""

    def __init__(self) -> None:
        self.way = 1
        self.moving = self.racing = False
        self._last, self._top = 0.0, 0

    def went(self, top: int, now: float, page_height: float) -> None:
        """The upper edge of what is in sight is at `top` pixels now (seconds); a page is `page_height` high."""
        went, since = top - self._top, now - self._last
        self.moving = self.racing = False
        if not went:
            return
        self.way = 1 if went > 0 else -1
        self.moving = since < MOVING_S
        self.racing = self.moving and abs(went) > RACING * page_height * since
        self._top, self._last = top, now

    def rest(self) -> None:
        """The reader has stopped."""
        self.moving = self.racing = False

    def ahead(self, seen: range, count: int) -> list[int]:
        """The pages to draw before they come in sight, of a document of `count` pages."""
        after, before = self._ends(seen)
        steps = range(1, _RUN + 1) if self.racing else (1, 2)
        behind = () if self.racing else (before - self.way,)
        return _of(count, [*(after + step * self.way for step in steps), *behind])

    def near(self, seen: range, count: int) -> list[int]:
        """The pages around those, for small pictures."""
        after, _before = self._ends(seen)
        return _of(count, [after + way * step for step in range(3, _NEAR) for way in (self.way, -self.way)])

    def _ends(self, seen: range) -> tuple[int, int]:
        return (seen[-1], seen[0]) if self.way > 0 else (seen[0], seen[-1])


def _of(count: int, pages: list[int]) -> list[int]:
    return [page for page in pages if 1 <= page <= count]
