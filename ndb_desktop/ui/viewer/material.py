"""What the reading pane gets of an application: its documents (申报材料), how to read, search and remember them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ndb_desktop.domain.model import Document
from ndb_desktop.services.review import SearchHit
from ndb_desktop.services.review_places import document_key
from ndb_desktop.services.tasks import CancelToken
from ndb_desktop.ui.viewer.reading_state import ReadingState
from ndb_desktop.ui.viewer.viewer import Load

Search = Callable[[str, int, CancelToken], tuple[SearchHit, ...]]
"""Looks for a phrase in all documents, for at most so many hits; called in the database lane."""
Textless = Callable[[], Mapping[str, int]]
"""How many pages of each document hold no text; called in the database lane."""


@dataclass(frozen=True, slots=True)
class Material:
    """The documents of an application that may be read; `kept` and `keep` are reading states by key.

    `marked` are words before the titles of some documents: that they are new.
    """

    application: str
    documents: tuple[Document, ...]
    load: Load
    search: Search
    textless: Textless
    kept: Mapping[str, str]
    keep: Callable[[str, str], None]
    marked: Mapping[str, str] = field(default_factory=dict)

    def states(self) -> dict[str, ReadingState]:
        """How each document was last read, by its id; one never opened is not among them."""
        names = [document.id for document in self.documents]
        kept = {name: self.kept[document_key(name)] for name in names if document_key(name) in self.kept}
        return {name: ReadingState.from_text(text) for name, text in kept.items()}


@dataclass(frozen=True, slots=True)
class PaneState:
    """Which documents are open, left first (one or two), and which side is the active one."""

    sides: tuple[str, ...] = ("",)
    active: int = 0

    def to_text(self) -> str:
        """One line, made to be read by `from_text`."""
        return json.dumps({"sides": self.sides, "active": self.active}, ensure_ascii=False)

    @classmethod
    def from_text(cls, text: str) -> PaneState:
        """The state such a line describes; anything else gives the default: one side, the first document."""
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            return cls()
        if not isinstance(value, dict) or value.keys() != {"sides", "active"}:
            return cls()
        sides, active = value["sides"], value["active"]
        fits = isinstance(sides, list) and 1 <= len(sides) <= 2 and all(isinstance(side, str) for side in sides)
        if not fits or type(active) is not int or not 0 <= active < len(sides):
            return cls()
        return cls(tuple(sides), active)
