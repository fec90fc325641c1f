"""撤销与重做: what the next undo or redo would take back, in terms an expert knows: item and field."""

from __future__ import annotations

from dataclasses import dataclass

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.sheet import Challenge, EvidenceLink, ItemEntry
from ndb_desktop.domain.sheetform import Form, challenged_item
from ndb_desktop.services import review_records as records
from ndb_desktop.services.review_reading import ReviewReading
from ndb_desktop.storage.worksheet import LogRow

FIELDS = ("level", "value", "confirm", "state", "reason", "note", "flagged")
"""Fields of an entry, the one that names a change first: a level brings a number and a state with it."""


@dataclass(frozen=True, slots=True)
class Step:
    """A change that can be taken back or done again; `field` of an entry is one of `FIELDS` or `challenge`, else ""."""

    application: str
    kind: str
    key: str
    field: str = ""


def step_of(row: LogRow, form: Form | None = None) -> Step:
    """A line of the log as a step; of a challenge or citation, `key` is the item it belongs to.

    `form` is that of the application, which knows the items that can be challenged.
    """
    try:
        if row.kind == records.ENTRY:
            return Step(row.application, row.kind, row.key, _field(row))
        text = row.new or row.old or ""
        if row.kind == records.CHALLENGE and form is not None:
            return Step(row.application, row.kind, challenged_item(form, records.decode(text, Challenge)))
        if row.kind == records.EVIDENCE:
            return Step(row.application, row.kind, records.decode(text, EvidenceLink).item)
    except NdbError:
        pass
    return Step(row.application, row.kind, row.key)


def _field(row: LogRow) -> str:
    """What of an entry a line changes; a challenge (质疑) is the cause of the mark that comes and goes with it."""
    blank = ItemEntry(row.key)
    old, new = (blank if text is None else records.decode(text, ItemEntry) for text in (row.old, row.new))
    field = next((field for field in FIELDS if getattr(old, field) != getattr(new, field)), "")
    return records.CHALLENGE if field == "confirm" and "challenged" in (old.confirm, new.confirm) else field


def next_steps(session: ReviewReading) -> tuple[Step | None, Step | None]:
    """What undo would take back and what redo would do again."""
    undo, redo = session.next_step(undone=False), session.next_step(undone=True)
    return _step(session, undo), _step(session, redo)


def _step(session: ReviewReading, row: LogRow | None) -> Step | None:
    if row is None:
        return None
    return step_of(row, session.item(row.application).form if row.application else None)
