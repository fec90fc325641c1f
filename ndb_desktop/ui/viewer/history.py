"""Back and forward (后退、前进) over jumps in the documents of one application; scrolling is no jump."""

from __future__ import annotations

from dataclasses import dataclass

from ndb_desktop.ui.viewer.marks import Thousandths

MAX_PLACES = 100


@dataclass(frozen=True, slots=True)
class Place:
    """Where the reader stood: document, page (from 1), and the place that was marked there, if a jump led to one."""

    document: str
    page: int
    rect: Thousandths | None = None


class History:
    """The places left by jumps, as a browser keeps them: a new jump cuts off what lies ahead."""

    def __init__(self) -> None:
        self._behind: list[Place] = []
        self._ahead: list[Place] = []

    @property
    def can_back(self) -> bool:
        """Whether there is a place to go back to."""
        return bool(self._behind)

    @property
    def can_forward(self) -> bool:
        """Whether there is a place to go forward to."""
        return bool(self._ahead)

    def jump(self, left: Place, to: Place) -> None:
        """A jump leads from one place to another; one that stays where it is leaves no trace."""
        if (left.document, left.page) == (to.document, to.page):
            return
        self._ahead.clear()
        self._behind.append(left)
        del self._behind[:-MAX_PLACES]

    def back(self, here: Place) -> Place | None:
        """The place before; `here`, as it is now, lies ahead then. None at the beginning."""
        return self._step(self._behind, self._ahead, here)

    def forward(self, here: Place) -> Place | None:
        """The place from which `back` came. None at the end."""
        return self._step(self._ahead, self._behind, here)

    @staticmethod
    def _step(source: list[Place], target: list[Place], here: Place) -> Place | None:
        if not source:
            return None
        target.append(here)
        return source.pop()

    def clear(self) -> None:
        """Forgets everything."""
        self._behind.clear()
        self._ahead.clear()
