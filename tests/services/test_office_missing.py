"""Who is missing: by expert, with working days of delay and keys nobody confirmed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from ndb_desktop.domain.batch import Assignment
from ndb_desktop.services.intake import confirm_key, revoke_key
from ndb_desktop.services.merge import merge_files
from ndb_desktop.services.office import Office
from ndb_desktop.services.office_missing import Outstanding, outstanding
from tests.support.office import Clock, make_office, make_score_file, scored_sheet
from tests.support.travel import person


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    office = make_office(tmp_path / "office", experts=6)
    yield office
    office.close()


def send(office: Office, folder: Path, expert: str, *marks: tuple[str, int]) -> None:
    sheets = [scored_sheet(name, mark) for name, mark in marks]
    path = make_score_file(office, folder / f"{expert}{marks}.ndbscore", expert, sheets)
    merge_files(office, [path], results=False)


def by_expert(rows: tuple[Outstanding, ...]) -> dict[str, Outstanding]:
    return {row.expert.id: row for row in rows}


def at(office: Office, day: str) -> None:
    assert isinstance(office.clock, Clock)
    office.clock.moment = datetime.fromisoformat(f"{day}T04:00:00").replace(tzinfo=UTC)


def test_each_state_is_told(office: Office, tmp_path: Path) -> None:
    send(office, tmp_path, "E01", ("A-001", 80), ("A-002", 80))
    send(office, tmp_path, "E02", ("A-001", 80))
    send(office, tmp_path, "E03", ("A-001", 80), ("A-002", 80))
    send(office, tmp_path, "E03", ("A-001", 81), ("A-002", 80))
    confirm_key(office, "E01", person("E01").keyid)
    office.replace_assignments([pair for pair in office.assignments() if pair.expert != "E06"])
    office.revoke_bundle(next(row for row in office.issued() if row.expert == "E05").bundle_id, "丢失")
    rows = by_expert(outstanding(office))
    assert {name: row.arrival for name, row in rows.items()} == {
        "E01": "complete", "E02": "part", "E03": "contradiction", "E04": "nothing", "E05": "not_issued",
    }  # fmt: skip
    assert rows["E02"].missing == ("A-002",)
    assert rows["E03"].contradictions == ("A-001",)
    assert rows["E04"].missing == ("A-001", "A-002")
    assert [name for name, row in rows.items() if row.key_unconfirmed] == ["E02", "E03"]
    assert [name for name, row in rows.items() if row.needs_call] == ["E02", "E03", "E05"]
    assert all(row.due is None and row.late == 0 for row in rows.values())


def test_a_sheet_whose_key_was_revoked_is_missing(office: Office, tmp_path: Path) -> None:
    send(office, tmp_path, "E01", ("A-001", 80), ("A-002", 80))
    revoke_key(office, "E01", person("E01").keyid, "本人否认")
    row = by_expert(outstanding(office))["E01"]
    assert (row.arrival, row.missing) == ("nothing", ("A-001", "A-002"))


def test_delay_counts_working_days_and_comes_first(office: Office, tmp_path: Path) -> None:
    send(office, tmp_path, "E01", ("A-001", 80), ("A-002", 80))
    # 2026-09-25 is a Friday; the first days of October are holidays, 2026-09-20 and -10-10 working days.
    at(office, "2026-10-12")
    due = date(2026, 9, 25)
    rows = outstanding(office, due=due)
    late = by_expert(rows)
    assert late["E01"].late == 0
    assert late["E02"].counted == "working_days"
    calendar_days = (date(2026, 10, 12) - due).days
    assert 0 < late["E02"].late < calendar_days - 4
    assert [row.expert.id for row in rows] == ["E02", "E03", "E04", "E05", "E06", "E01"]
    assert by_expert(outstanding(office, due=date(2026, 10, 12)))["E02"].late == 0


def test_without_a_calendar_of_the_year_days_are_counted(office: Office) -> None:
    at(office, "2031-01-06")
    row = outstanding(office, due=date(2031, 1, 1))[0]
    assert (row.late, row.counted) == (5, "days")


def test_who_has_nothing_to_do_is_not_asked(office: Office) -> None:
    office.replace_assignments([Assignment("E01", "A-001")])
    assert [row.expert.id for row in outstanding(office)] == ["E01"]
