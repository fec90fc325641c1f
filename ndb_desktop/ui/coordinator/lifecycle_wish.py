"""变动方案: a move of the life cycle as far as it was typed, or as another page proposes it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from ndb_desktop.domain.lifecycle import DocumentRef, Ground, Move
from ndb_desktop.services.lifecycle import Order

if TYPE_CHECKING:
    from ndb_desktop.ui.coordinator.page import OfficePage

KEPT = "lifecycle.wish"
"""Where it is kept while the pages are built anew."""


@dataclass(frozen=True)
class MoveWish:
    """As typed: days are texts, `on` "" stands for today. `documents` are known by their digests."""

    move: Move | None = None
    bases: tuple[str, ...] = ()
    on: str = ""
    paper: str = ""
    documents: tuple[DocumentRef, ...] = ()
    until: str = ""
    ground: Ground | None = None
    reason: str = ""

    def order(self, today: date) -> Order | None:
        """What can be tried and signed; None while something of it is missing or is no day."""
        on, until = (day_of(self.on) if self.on.strip() else today), day_of(self.until)
        if self.move is None or not self.bases or on is None:
            return None
        if (self.move == "rectify" and until is None) or (self.move in ("end", "remove") and self.ground is None):
            return None
        paper, ground = self.paper.strip(), self.ground if self.move in ("end", "remove") else None
        return Order(
            self.move, on, self.bases, paper, self.documents, until if self.move == "rectify" else None, ground
        )


def day_of(words: str) -> date | None:
    """A day as typed, None for anything else."""
    try:
        return date.fromisoformat(words.strip())
    except ValueError:
        return None


def propose(page: OfficePage, wish: MoveWish) -> None:
    """Leads from another page to the form, filled with what follows from there; nothing is signed by it."""
    page.store.kept[KEPT] = wish
    page.go.emit("lifecycle.move")
