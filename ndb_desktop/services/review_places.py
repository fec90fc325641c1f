"""阅读位置、所在评分项: how an expert read the documents of an application, and at which item the expert stands.

Silent: no mark, no undo, no export.
Kept as facts beside the log of changes, so that reading and walking never count as work on the sheet.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.services import review_records as records
from ndb_desktop.services.review_open import ReviewItem
from ndb_desktop.storage.worksheet import Worksheet

PANE = "pane"
"""Key of how the reading pane stands: which documents, side by side or not."""
MAX_TEXT = 500
"""Characters of one value."""
_STANDS = "place"
_PLACED = (records.ENTRY, records.OPINION, records.NOTE, records.UNABLE)
"""Changes that say on which page of the sheet the expert was."""
_RECENT = 500
"""Lines of the change log looked at for the place worked on last."""
_DIGITS = 18


def document_key(document: str) -> str:
    """The key of a document's own reading state (page, zoom, turn)."""
    return f"document:{document}"


def read(worksheet: Worksheet, application: str, documents: Collection[str]) -> dict[str, str]:
    """What was kept; what cannot be read or belongs to no document any more is left out, it is only a convenience."""
    text = worksheet.meta(_fact(application))
    try:
        found = records.decode(text, dict[str, str]) if text else {}
    except NdbError:
        return {}
    known = _known(documents)
    return {key: value for key, value in found.items() if key in known and len(value) <= MAX_TEXT}


def keep(worksheet: Worksheet, application: str, documents: Collection[str], values: Mapping[str, str]) -> None:
    """Stores values durably in one commit. `ValueError` for a key or a length that is never used."""
    if not values.keys() <= _known(documents) or any(len(text) > MAX_TEXT for text in values.values()):
        raise ValueError("no reading state")
    before = read(worksheet, application, documents)
    after = before | dict(values)
    if after != before:
        worksheet.set_meta(_fact(application), records.encode(after))


def _fact(application: str) -> str:
    return f"reading:{application}"


def _known(documents: Collection[str]) -> set[str]:
    return {PANE, *map(document_key, documents)}


def keep_place(worksheet: Worksheet, application: str, item: str) -> None:
    """Stores durably where the expert stands, "" for the overall page, and after how many changes that was."""
    text = records.encode({"application": application, "item": item, "changes": str(worksheet.changes)})
    if worksheet.meta(_STANDS) != text:
        worksheet.set_meta(_STANDS, text)


def last_place(worksheet: Worksheet, known: Mapping[str, ReviewItem]) -> tuple[str, str]:
    """Where the expert stood last, "" for the item means the overall page; two "" that nothing was looked at.

    A change that was stored later says more: of a place the disk did not take, or of work at the command line.
    """
    rows = worksheet.log(max(0, worksheet.changes - _RECENT))
    changed = next((row for row in reversed(rows) if row.application in known and row.kind in _PLACED), None)
    kept = _kept_place(worksheet)
    application, item = kept.get("application", ""), kept.get("item", "")
    fits = application in known and (not item or item in known[application].form.item_by_id)
    if fits and (changed is None or int(kept["changes"]) >= changed.seq):
        return application, item
    if changed is None:
        return "", ""
    return changed.application, changed.key if changed.kind == records.ENTRY else ""


def _kept_place(worksheet: Worksheet) -> dict[str, str]:
    """What was kept; nothing where that cannot be read, it is only a convenience."""
    text = worksheet.meta(_STANDS)
    try:
        found = records.decode(text, dict[str, str]) if text else {}
    except NdbError:
        return {}
    changes = found.get("changes", "")
    return found if changes.isdecimal() and len(changes) <= _DIGITS else {}
