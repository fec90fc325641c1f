"""Rebuild: the derived tables follow from the files; any change in them shows and is put right."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from ndb_desktop.domain.sheet import Sheet
from ndb_desktop.services.merge import merge_files
from ndb_desktop.services.office import Office
from ndb_desktop.services.results import compute
from tests.support.office import digest_of, make_office, make_score_file, raw_sheet, recused_sheet, scored_sheet
from tests.support.travel import full_sheet


def rich_sheet(number: int) -> Sheet:
    """A sheet with a challenge and a marked place in a document."""
    sheet = full_sheet(number)
    whole = replace(sheet.items["T1.1.plan"], value=Decimal(72))
    return replace(sheet, items={**sheet.items, "T1.1.plan": whole})


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    office = make_office(tmp_path / "office")
    one = raw_sheet(office, rich_sheet(1))
    two = raw_sheet(office, scored_sheet("A-001", 88), 2, digest_of(one))
    make_score_file(office, tmp_path / "in/1.ndbscore", "E01", [one, recused_sheet("A-002")])
    make_score_file(office, tmp_path / "in/2.ndbscore", "E01", [two, recused_sheet("A-002")], revision=2)
    make_score_file(office, tmp_path / "in/3.ndbscore", "E02", [rich_sheet(1), rich_sheet(2)])
    report = merge_files(office, [tmp_path / "in"])
    assert [row.verdict for row in report.verdicts] == ["accepted"] * 3
    yield office
    assert office.verify_log().ok
    office.close()


def test_a_sound_registry_rebuilds_equal(office: Office) -> None:
    before = (dict(office.registry.derived_digests()), compute(office).digest)
    report = office.rebuild()
    assert report.equal
    assert report.files == 3
    assert {table.table for table in report.tables} >= {"sheet", "item", "challenge", "evidence", "agreement"}
    # Nobody inspected anything here (`test_site_merge`).
    assert all(table.kept_rows for table in report.tables if not table.table.startswith("site_"))
    assert report.tables[-1].table == "computed"
    assert (dict(office.registry.derived_digests()), compute(office).digest) == before


@pytest.mark.parametrize(
    ("statement", "table"),
    [
        ("UPDATE item SET value = '89' WHERE item = 'T1.2.basis' AND sheet = 1", "item"),
        ("UPDATE item SET reason = 'x' WHERE sheet = 3", "item"),
        ("DELETE FROM item WHERE sheet = 1 AND item = 'T1.1.plan'", "item"),
        ("UPDATE sheet SET opinion = 'x' WHERE id = 1", "sheet"),
        ("DELETE FROM sheet WHERE id = 1", "sheet"),
        ("INSERT INTO item VALUES (999, 'T1.1.plan', 'scored', '85', 'L4', '', '70', '')", "item"),
        ("DELETE FROM challenge", "challenge"),
        ("UPDATE evidence SET page = 2", "evidence"),
        ("UPDATE standing SET state = 'current', revision = 1 WHERE expert = 'E01'", "standing"),
        ("DELETE FROM standing WHERE expert = 'E02'", "standing"),
        ("UPDATE agreement SET agreed_at = 'x' WHERE file = 1", "agreement"),
        ("DELETE FROM file_sheet WHERE file = 2", "file_sheet"),
        ("UPDATE computed SET scores = '{}' WHERE application = 'A-001'", "computed"),
    ],
)
def test_any_change_shows_and_is_put_right(office: Office, statement: str, table: str) -> None:
    digest, tables = compute(office).digest, dict(office.registry.derived_digests())
    office.registry._db.conn.execute(statement)
    report = office.rebuild()
    assert table in report.differences
    assert not report.equal
    assert dict(office.registry.derived_digests()) == tables
    assert compute(office).digest == digest
    assert office.rebuild().equal
    assert office.log_rows(newest=2)[0].details["differences"]


def test_a_stored_file_that_was_changed_is_named_and_nothing_is_replaced(office: Office) -> None:
    conn = office.registry._db.conn
    envelope = bytearray(conn.execute("SELECT envelope FROM signed_file WHERE id = 3").fetchone()[0])
    envelope[60] = ord("A") if envelope[60] != ord("A") else ord("B")
    conn.execute("UPDATE signed_file SET envelope = ? WHERE id = 3", (bytes(envelope),))
    before = dict(office.registry.derived_digests())
    report = office.rebuild()
    assert len(report.faults) == 1
    assert report.faults[0].place == "3.ndbscore#3"
    assert not report.equal
    assert dict(office.registry.derived_digests()) == before


def test_a_stored_file_exchanged_for_another_sound_one_is_named(office: Office) -> None:
    conn = office.registry._db.conn
    conn.execute("UPDATE signed_file SET envelope = (SELECT envelope FROM signed_file WHERE id = 1) WHERE id = 3")
    report = office.rebuild()
    assert [fault.code for fault in report.faults] == ["E-REGISTRY-FILE"]
