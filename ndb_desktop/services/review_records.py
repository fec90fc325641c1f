"""What a worksheet stores of a sheet: one JSON value per item, challenge, evidence link, text; and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.sheet import Challenge, Declaration, EvidenceLink, ItemEntry, Sheet

T = TypeVar("T")

DECLARATION, ENTRY, CHALLENGE, EVIDENCE = "declaration", "entry", "challenge", "evidence"
OPINION, NOTE, UNABLE = "opinion", "note", "unable"
STATEMENT, REVISION, NEWS = "statement", "revision", "news"
DRAFT = "draft"
"""What a form holds that is not submitted; see `review_drafts`."""
MARKS = (ENTRY, CHALLENGE, EVIDENCE, OPINION, UNABLE)
"""What a recusal withdraws; the private note stays private and stays."""


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
        return msgspec.json.decode(text, type=kind)
    except (msgspec.DecodeError, ValueError) as error:
        raise NdbError("E-REVIEW-RECORD") from error


def sheet_of(application: str, records: Mapping[tuple[str, str], str]) -> Sheet:
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
    )
