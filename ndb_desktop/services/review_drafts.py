"""草稿: what was typed into a form that is not submitted yet (a challenge, a recusal, 无法评分, a revision's reason).

Stored like any edit, so that leaving the item, a closed window or a power cut costs nothing; neither signed nor in
undo, and gone with the submission of its form.
"""

from __future__ import annotations

from collections.abc import Mapping

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.formats.sheetrecord import MAX_OPINION
from ndb_desktop.services import review_records as records

DECLARATION, UNABLE, REVISION = "declaration", "unable", "revision"
"""Forms of an application that there is one of; the last one belongs to the bundle (application "")."""
MAX_TEXT = MAX_OPINION
"""Characters of one field; more than any form takes."""
MAX_FIELDS = 10

Draft = Mapping[str, str]
"""Texts of a form by field; an empty one is no draft."""


def challenge(item: str) -> str:
    """The key of the form that challenges (质疑) the data of an item."""
    return f"challenge:{item}"


def is_form(form: str, items: Mapping[str, object]) -> bool:
    """Whether an application has a form of this key."""
    return form in (DECLARATION, UNABLE) or form in {challenge(item) for item in items}


def fits(values: Draft) -> bool:
    """Whether a draft may be stored; a field that is longer will be refused by its form as well."""
    return len(values) <= MAX_FIELDS and all(len(text) <= MAX_TEXT for text in values.values())


def drafts_of(stored: Mapping[tuple[str, str], str]) -> dict[str, Draft]:
    """The drafts among the records of an application by form; one that cannot be read is left out."""
    found: dict[str, Draft] = {}
    for (kind, form), text in stored.items():
        if kind == records.DRAFT:
            try:
                found[form] = records.decode(text, dict[str, str])
            except NdbError:
                continue
    return found
