"""Reminders and the list of who is missing: plain words, cells that are text, no score and no reason anywhere."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from openpyxl import load_workbook

from ndb_desktop.services.digest_words import spoken
from ndb_desktop.services.merge import merge_files
from ndb_desktop.services.office import Office
from ndb_desktop.services.office_missing import Outstanding, outstanding
from ndb_desktop.services.reminders import MOST_NAMED, days_words, missing_table, named, reminder, write_missing
from tests.support.office import Clock, make_expert, make_office, make_score_file, scored_sheet
from tests.support.travel import refusal

DUE = date(2026, 11, 25)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    experts = [make_expert(1), make_expert(2), make_expert(3, name="=cmd|' /C calc'!A1"), make_expert(4)]
    office = make_office(tmp_path / "office", experts=experts)
    both = [scored_sheet("A-001", 83), scored_sheet("A-002", 83)]
    make_score_file(office, tmp_path / "in/1.ndbscore", "E01", both)
    make_score_file(office, tmp_path / "in/2.ndbscore", "E02", [scored_sheet("A-001", 84)])
    make_score_file(office, tmp_path / "in/4a.ndbscore", "E04", [scored_sheet("A-001", 81)])
    make_score_file(office, tmp_path / "in/4b.ndbscore", "E04", [scored_sheet("A-001", 88), scored_sheet("A-002", 88)])
    merge_files(office, [tmp_path / "in"], results=False)
    yield office
    office.close()


def rows_at(office: Office, day: str) -> dict[str, Outstanding]:
    assert isinstance(office.clock, Clock)
    office.clock.moment = datetime.fromisoformat(f"{day}T04:00:00").replace(tzinfo=UTC)
    return {row.expert.id: row for row in outstanding(office, due=DUE)}


def test_days_are_working_days_left_or_over(office: Office) -> None:
    # The 20th of November 2026 is a Friday, the 25th a Wednesday.
    before, on_the_day, after = (rows_at(office, f"2026-11-{day}") for day in (20, 25, 30))
    assert (before["E02"].left, before["E02"].late) == (3, 0)
    assert days_words(before["E02"], "zh_CN") == "还有 3 个工作日"
    assert (on_the_day["E02"].left, on_the_day["E02"].late) == (0, 0)
    assert (after["E02"].left, after["E02"].late) == (None, 3)
    assert days_words(after["E02"], "en") == "3 working days late"
    assert days_words(before["E01"], "en") == "", "everything is there"
    assert rows_at(office, "2032-12-01")["E02"].counted == "days"
    assert days_words(rows_at(office, "2032-12-01")["E02"], "zh_CN").startswith("逾期 2")


def test_a_reminder_says_what_is_missing_and_nothing_of_what_came(office: Office) -> None:
    rows = rows_at(office, "2026-11-30")
    for language in ("zh_CN", "en"):
        told = reminder(rows["E02"], "示例批次", "示例评审办", language)
        assert "A-002" in told
        assert "A-001" not in told
        assert "2026-11-25" in told
        assert "84" not in told
        assert spoken(rows["E02"].payload, language) not in told, "the expert reads the words out, not we"
    assert "不同的评分表" in reminder(rows["E04"], "示例批次", "示例评审办", "zh_CN")
    assert "全部收到" in reminder(rows["E01"], "示例批次", "示例评审办", "zh_CN")
    assert "全部收到" not in reminder(rows["E02"], "示例批次", "示例评审办", "zh_CN")
    assert "A-001" in reminder(rows["E03"], "示例批次", "示例评审办", "zh_CN")
    for name in [pair.bundle_id for pair in office.issued() if pair.expert == "E03"]:
        office.revoke_bundle(name, "丢失")
    assert "尚未发给您" in reminder(rows_at(office, "2026-11-30")["E03"], "示例批次", "示例评审办", "zh_CN")


def test_the_words_are_those_of_the_newest_file_of_the_unconfirmed_key(office: Office) -> None:
    row = rows_at(office, "2026-11-30")["E04"]
    newest = [file.payload_sha256 for file in office.registry.files("E04")][-1]
    assert row.key_unconfirmed
    assert row.payload == newest
    assert rows_at(office, "2026-11-30")["E03"].payload == ""


def test_many_names_are_counted() -> None:
    ids = [f"A-{n:03d}" for n in range(MOST_NAMED + 3)]
    assert named(ids, "zh_CN").endswith(f"等 {len(ids)} 份")
    assert ids[-1] not in named(ids, "en")
    assert named(ids[:2], "en") == "A-000; A-001"


def test_the_list_is_text_without_scores(office: Office, tmp_path: Path) -> None:
    rows = tuple(rows_at(office, "2026-11-30").values())
    table = missing_table(rows, "zh_CN")
    write_missing(rows, tmp_path / "list.csv", "示例批次", "zh_CN")
    text = (tmp_path / "list.csv").read_bytes().decode("utf-8-sig")
    read = [tuple(line) for line in csv.reader(io.StringIO(text))]
    assert [line[0] for line in read] == [line[0] for line in table]
    assert "'=cmd" in text
    write_missing(rows, tmp_path / "list.xlsx", "示例批次", "en")
    sheet = load_workbook(tmp_path / "list.xlsx").worksheets[1]
    cells = [cell for line in sheet.iter_rows() for cell in line if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s"}
    english = {cell for line in missing_table(rows, "en") for cell in line}
    assert {cell.value for cell in cells} <= english
    for secret in ("83", "84", "81", "88", "意见"):
        assert not any(secret in cell for line in table for cell in line[:12] if not cell.startswith("2026"))
    assert refusal(lambda: write_missing(rows, tmp_path / "list.pdf", "示例批次", "zh_CN")) == "E-MISSING-FORMAT"
    assert not (tmp_path / "list.pdf").exists()
