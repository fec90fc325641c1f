"""What a bundle of a second round (复评包) says beside a first one; lies encrypted in `core.db`.

It holds the expert's own first sheets as they were signed, and of the others figures at most: no name, no id, nothing
whose order could tell who marked what.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.secondround import Why
from ndb_desktop.formats.sheetrecord import MAX_SHEET, SheetRecord, parse_sheet, sheet_digest
from ndb_desktop.formats.strictjson import Id, IdText, Number, Sha256, Stamp, ready

META_ROUND = "second_round"
"""The name of this record in `meta` of `core.db`."""
MAX_RECORD = 64 * 1024 * 1024
MAX_CASES = 500


class AgreedRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A statement (承诺) the expert agreed to in the first round; it holds in this one."""

    id: Id
    sha256: Sha256
    agreed_at: Stamp


class SpreadRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Figures of what `n` others marked for an item ("" for the total), rounded to 2 decimals."""

    item: IdText
    n: Annotated[int, Meta(ge=3, le=1000)]
    low: Number
    median: Number
    high: Number


class CaseRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An application of the round: `sheet` is the text of the first sheet, byte for byte as it was signed."""

    application: Id
    why: Annotated[tuple[Why, ...], Meta(min_length=1, max_length=3)]
    sheet: Annotated[str, Meta(max_length=MAX_SHEET)]
    spread: Annotated[tuple[SpreadRecord, ...], Meta(max_length=400)] = ()


class RoundRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The round, the statements agreed to, and this expert's cases.

    Not the decision that opened the round: its digest would hang on what others marked.
    """

    round: Id
    agreed: Annotated[tuple[AgreedRecord, ...], Meta(max_length=100)]
    cases: Annotated[tuple[CaseRecord, ...], Meta(min_length=1, max_length=MAX_CASES)]


def write_round(record: RoundRecord) -> str:
    """The record as it stands in `meta`."""
    return msgspec.json.encode(record).decode("utf-8")


def read_round(text: str, place: str) -> tuple[RoundRecord, dict[str, tuple[SheetRecord, str, bytes]]]:
    """The record, and each case's first sheet: as values, its digest, its bytes.

    Raises:
        NdbError: E-ROUND-RECORD (not readable, a case twice, or a sheet about another application).
    """
    try:
        if len(text) > MAX_RECORD:
            raise ValueError("too long")
        record = msgspec.json.decode(text, type=ready(RoundRecord))
        sheets = {}
        for case in record.cases:
            raw = case.sheet.encode("utf-8")
            sheet = parse_sheet(raw, place=place)
            if sheet.application != case.application or case.application in sheets:
                raise ValueError("another application")
            sheets[case.application] = (sheet, sheet_digest(raw), raw)
    except (msgspec.DecodeError, RecursionError, ValueError, NdbError) as error:
        raise NdbError("E-ROUND-RECORD", place=place) from error
    return record, sheets
