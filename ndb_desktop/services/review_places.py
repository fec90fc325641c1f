"""阅读位置: where and how an expert read the documents of an application. Silent: no mark, no undo, no export.

Kept as one fact per application beside the log of changes, so that reading never counts as work on the sheet.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.services import review_records as records
from ndb_desktop.storage.worksheet import Worksheet

PANE = "pane"
"""Key of how the reading pane stands: which documents, side by side or not."""
MAX_TEXT = 500
"""Characters of one value."""


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
