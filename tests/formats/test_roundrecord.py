"""The record of a second round in a bundle: hostile and inconsistent ones are refused whole."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.formats.roundrecord import CaseRecord, RoundRecord, read_round, write_round
from ndb_desktop.formats.scorefile import sheet_record
from tests.support.office import scored_sheet
from tests.support.travel import tiny_application, tiny_pack


def first(application: str = "A-001") -> str:
    raw = sheet_record(scored_sheet(application), tiny_pack(), tiny_application(1), Fraction(1), 1, None)
    return raw.decode("utf-8")


def record(*cases: CaseRecord) -> RoundRecord:
    return RoundRecord(round="R1", agreed=(), cases=cases)


def test_what_is_written_is_read_again() -> None:
    made = record(CaseRecord("A-001", ("flagged", "tied"), first()))
    found, sheets = read_round(write_round(made), "x")
    assert found == made
    sheet, digest, raw = sheets["A-001"]
    assert (sheet.application, raw.decode("utf-8")) == ("A-001", first())
    assert len(digest) == 64


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[]", "{}",
        write_round(record(CaseRecord("A-002", ("chosen",), first()))),
        write_round(record(CaseRecord("A-001", ("chosen",), first()), CaseRecord("A-001", ("chosen",), first()))),
        write_round(record(CaseRecord("A-001", ("chosen",), "{}"))),
        json.dumps({**json.loads(write_round(record(CaseRecord("A-001", ("tied",), first())))), "names": ["甲"]}),
        json.dumps({"round": "R1", "agreed": [], "cases": []}),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(text: str) -> None:
    with pytest.raises(NdbError) as error:
        read_round(text, "bundle")
    assert (error.value.code, error.value.fault.place) == ("E-ROUND-RECORD", "bundle")
