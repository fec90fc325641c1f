"""Flags: open, explained, closed; words fit the numbers they were said about, and no score moves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from ndb_desktop.domain.flaglife import FlagState, FlagStep, counts, mark
from ndb_desktop.services.flags import flag_cases, step
from ndb_desktop.services.merge import merge_files
from ndb_desktop.services.office import Office
from ndb_desktop.services.outcome import finalise, unsettled
from ndb_desktop.services.results_compute import compute
from tests.support.office import digest_of, make_office, make_score_file, raw_sheet, reopen, scored_sheet
from tests.support.travel import refusal

NAME = "A-001"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """One application; each of five experts gave the same mark to everything (all_same)."""
    office = make_office(tmp_path / "office", applications=1)
    for number in range(1, 6):
        make_score_file(office, tmp_path / f"in/{number}.ndbscore", f"E0{number}", [scored_sheet(NAME, 80 + number)])
    merge_files(office, [tmp_path / "in"])
    yield office
    office.close()


def take(office: Office, to: FlagStep, number: int = 0) -> str:
    case = flag_cases(office, compute(office))[number]
    return refusal(lambda: step(office, case, to, reason="各项水平确实相当"))


def states(office: Office) -> Mapping[FlagState, int]:
    return counts(flag_cases(office, compute(office)))


def test_a_flag_is_explained_before_it_is_closed_and_no_score_moves(office: Office) -> None:
    before = compute(office).digest
    assert states(office) == {"open": 5, "explained": 0, "closed": 0}
    assert take(office, "closed") == "E-FLAG-STEP"
    assert take(office, "explained") == ""
    assert take(office, "explained") == "", "more words may follow"
    assert states(office) == {"open": 4, "explained": 1, "closed": 0}
    assert take(office, "closed") == ""
    assert take(office, "closed") == "E-FLAG-STEP"
    again = reopen(office)
    assert states(again) == {"open": 4, "explained": 0, "closed": 1}
    steps = [one.content["step"] for one in flag_cases(again, compute(again))[0].steps]
    assert steps == [
        "explained",
        "explained",
        "closed",
    ]
    assert compute(again).digest == before
    again.close()


def test_words_about_other_numbers_do_not_count(office: Office, tmp_path: Path) -> None:
    assert take(office, "explained") == ""
    assert take(office, "closed") == ""
    old = raw_sheet(office, scored_sheet(NAME, 81))
    new = raw_sheet(office, scored_sheet(NAME, 89), 2, digest_of(old))
    merge_files(office, [make_score_file(office, tmp_path / "new.ndbscore", "E01", [new], revision=2)])
    assert states(office) == {"open": 5, "explained": 0, "closed": 0}


def test_results_are_not_final_while_a_flag_is_open(office: Office) -> None:
    result = compute(office)
    assert [(one.kind, one.subjects) for one in unsettled(office, result)] == [("flag", (NAME,))]
    assert refusal(lambda: finalise(office, result, reason="完成")) == "E-FINAL-OPEN"
    for number in range(5):
        assert take(office, "explained", number) == ""
        assert take(office, "closed", number) == ""
    assert unsettled(office, result) == ()
    finalise(office, result, reason="完成")


def test_every_flag_has_a_mark_of_its_own(office: Office) -> None:
    marks = [mark(case.flag) for case in flag_cases(office, compute(office))]
    assert len(set(marks)) == 5
