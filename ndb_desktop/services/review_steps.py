"""撤销与重做: what the next undo or redo would take back, in terms an expert knows: item and field."""

from __future__ import annotations

from dataclasses import dataclass

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.sheet import ItemEntry
from ndb_desktop.services import review_records as records
from ndb_desktop.services.review_reading import ReviewReading
from ndb_desktop.storage.worksheet import LogRow

FIELDS = ("level", "value", "confirm", "state", "reason", "note", "flagged")
"""Fields of an entry, the one that names a change first: a level brings a number and a state with it."""


@dataclass(frozen=True, slots=True)
class Step:
    """A change that can be taken back or done again; `field` of an entry is one of `FIELDS`, else ""."""

    application: str
    kind: str
    key: str
    field: str = ""


def step_of(row: LogRow) -> Step:
    """A line of the log as a step."""
    if row.kind != records.ENTRY:
        return Step(row.application, row.kind, row.key)
    blank = ItemEntry(row.key)
    try:
        old, new = (blank if text is None else records.decode(text, ItemEntry) for text in (row.old, row.new))
    except NdbError:
        return Step(row.application, row.kind, row.key)
    changed = (field for field in FIELDS if getattr(old, field) != getattr(new, field))
    return Step(row.application, row.kind, row.key, next(changed, ""))


def next_steps(session: ReviewReading) -> tuple[Step | None, Step | None]:
    """What undo would take back and what redo would do again."""
    undo, redo = session.next_step(undone=False), session.next_step(undone=True)
    return (None if undo is None else step_of(undo), None if redo is None else step_of(redo))
