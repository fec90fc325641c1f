"""What a worksheet stores of a sheet: one JSON value per item, challenge, evidence link, text; and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.sheet import Challenge, Declaration, EvidenceLink, ItemEntry, Sheet
from ndb_desktop.formats.strictjson import ready

T = TypeVar("T")

DECLARATION, ENTRY, CHALLENGE, EVIDENCE = "declaration", "entry", "challenge", "evidence"
OPINION, NOTE, UNABLE = "opinion", "note", "unable"
STATEMENT, REVISION, NEWS = "statement", "revision", "news"
DRAFT = "draft"
"""What a form holds that is not submitted; see `review_drafts`."""
CHANGE, UPHELD = "change", "upheld"
"""In a second round (复评): the reason for another mark, by item; that the first marks stand."""
MARKS = (ENTRY, CHALLENGE, EVIDENCE, OPINION, UNABLE, CHANGE, UPHELD)
"""What a recusal withdraws; the private note stays private and stays."""
WITHDRAWN = "withdrawn"
"""What a recusal withdrew, marks and drafts: shown and signed nowhere, back when there is no conflict after all."""
_KEPT = frozenset({*MARKS, DRAFT})

Place = tuple[str, str]
"""Kind and key of a record."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """A statement (承诺) the expert agreed to: digest of its text, moment."""

    sha256: str
    at: str


def encode(value: object) -> str:
    """JSON text of a value; half a surrogate pair (from a broken paste) becomes a question mark."""
    return msgspec.json.encode(_clean(value)).decode("utf-8")


def _clean(value: object) -> object:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, dict):
        return {name: _clean(text) for name, text in value.items()}
    if isinstance(value, ItemEntry | Challenge | EvidenceLink | Declaration | Agreement):
        return {name: _clean(getattr(value, name)) for name in value.__dataclass_fields__}
    return value


def decode(text: str, kind: type[T]) -> T:
    """A stored value. Raises NdbError E-REVIEW-RECORD when the worksheet holds something else."""
    try:
        return msgspec.json.decode(text, type=ready(kind))
    except (msgspec.DecodeError, ValueError) as error:
        raise NdbError("E-REVIEW-RECORD") from error


def withdrawal(stored: Mapping[Place, str]) -> dict[Place, str | None]:
    """What a recusal (回避) stores: the marks and drafts of an application go into one record that keeps them."""
    found = {place: text for place, text in stored.items() if place[0] in _KEPT}
    gone: dict[Place, str | None] = dict.fromkeys(found)
    found.pop((DRAFT, DECLARATION), None)
    # Whoever recuses a second time, with other grounds or after taking it back, has nothing to withdraw any more.
    return {**gone, (WITHDRAWN, ""): keep(found)} if found else gone


def keep(values: Mapping[Place, str]) -> str:
    """The record of what is withdrawn."""
    return encode([(*place, text) for place, text in values.items()])


def withdrawn(stored: Mapping[Place, str]) -> dict[Place, str]:
    """What a recusal withdrew from an application. Raises NdbError E-REVIEW-RECORD."""
    text = stored.get((WITHDRAWN, ""), "[]")
    return {(kind, key): one for kind, key, one in decode(text, list[tuple[str, str, str]]) if kind in _KEPT}


def sheet_of(application: str, records: Mapping[Place, str]) -> Sheet:
    """The sheet of an application from its records. Raises NdbError E-REVIEW-RECORD."""

    def one(kind: str, of: type[T], default: T) -> T:
        text = records.get((kind, ""))
        return default if text is None else decode(text, of)

    def every(kind: str, of: type[T]) -> tuple[T, ...]:
        return tuple(decode(text, of) for (found, _), text in records.items() if found == kind)

    entries: Any = every(ENTRY, ItemEntry)
    return Sheet(
        application=application,
        declaration=one(DECLARATION, Declaration, Declaration()),
        items={entry.item: entry for entry in entries},
        challenges=every(CHALLENGE, Challenge),
        evidence=every(EVIDENCE, EvidenceLink),
        opinion=one(OPINION, str, ""),
        note=one(NOTE, str, ""),
        unable=one(UNABLE, str, ""),
        changes={key: decode(text, str) for (kind, key), text in records.items() if kind == CHANGE},
        upheld=one(UPHELD, bool, False),
    )
