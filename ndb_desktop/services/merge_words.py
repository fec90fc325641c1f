"""What became of a file and of each sheet in it, in plain words: for the inbox table, the command line and receipts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ndb_desktop.domain.phrase import Phrase

if TYPE_CHECKING:
    from ndb_desktop.services.contradiction import FieldName
    from ndb_desktop.services.merge import FileVerdict
    from ndb_desktop.services.merge_verdicts import SheetVerdict

FIELDS: Mapping[FieldName, str] = {
    "pack": "contradiction.pack",
    "supersedes": "contradiction.supersedes",
    "declaration": "contradiction.declaration",
    "state": "contradiction.state",
    "value": "contradiction.value",
    "level": "contradiction.level",
    "confirm": "contradiction.confirm",
    "computed": "contradiction.computed",
    "reason": "contradiction.reason",
    "challenges": "contradiction.challenges",
    "evidence": "contradiction.evidence",
    "opinion": "contradiction.opinion",
    "unable": "contradiction.unable",
}
"""What a field in which two versions differ is called."""


def file_words(row: FileVerdict) -> Phrase:
    """One sentence on a file."""
    if row.verdict == "refused" and row.fault is not None:
        # The first reason says it; it is a sentence of its own.
        return Phrase(row.fault.code, row.fault.params)
    if row.verdict == "accepted" and row.key_status == "unconfirmed":
        return Phrase("inbox.file.unconfirmed", {"sheets": str(len(row.sheets))})
    key = {
        "accepted": "inbox.file.accepted",
        "duplicate": "inbox.file.duplicate",
        "superseded": "inbox.file.superseded",
        "conflict": "inbox.file.conflict",
        "refused": "inbox.file.refused",
    }[row.verdict]
    return Phrase(key, {"sheets": str(len(row.sheets))})


def sheet_words(sheet: SheetVerdict) -> Phrase:
    """One sentence on a sheet of a file that was not refused."""
    if sheet.verdict == "accepted" and sheet.replaced is not None:
        return Phrase("inbox.sheet.replaces", {"revision": str(sheet.revision)})
    key = {
        "accepted": "inbox.sheet.accepted",
        "duplicate": "inbox.sheet.duplicate",
        "superseded": "inbox.sheet.superseded",
        "conflict": "inbox.sheet.conflict",
        "refused": "inbox.file.refused",
    }[sheet.verdict]
    return Phrase(key, {"revision": str(sheet.revision)})
