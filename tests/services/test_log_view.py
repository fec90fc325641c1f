"""The log is found by its parts, read on from where it was, and leaves as text that steers no spreadsheet."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ndb_desktop.services.log_view import chosen, export_log, log_bytes, read_log
from ndb_desktop.services.office import Office
from ndb_desktop.storage.journal import entry_digest
from tests.support.office import make_office


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    office = make_office(tmp_path / "office", applications=1, experts=2)
    office.log("note", "A-001", {"reason": '=HYPERLINK("http://x")', "file": "名单.csv"})
    yield office
    office.close()


def test_entries_are_found_by_action_actor_subject_and_words(office: Office) -> None:
    book = read_log(office)
    assert [one.row.seq for one in book.entries] == list(range(len(book.entries), 0, -1)), "newest first"
    (note,) = chosen(book.entries, action="note")
    assert chosen(book.entries, actor=office.coordinator.keyid) == book.entries
    assert book.actors[office.coordinator.keyid] == office.name
    assert chosen(book.entries, subject="a-001", words="HYPERlink 名单") == (note,)
    assert chosen(book.entries, words=note.row.sha256[:12]) == (note,)
    assert chosen(book.entries, action="note", words="nothing") == ()
    assert len(chosen(book.entries, action="issue")) == 2


def test_only_what_came_after_is_read_and_what_is_not_the_same_log_is_read_anew(office: Office) -> None:
    before = read_log(office)
    office.log("note", "A-002", {})
    after = read_log(office, before)
    assert after == read_log(office)
    assert after.entries[1] is before.entries[0]
    assert read_log(office, after) == after
    other = replace(before.entries[0], row=replace(before.entries[0].row, subject="another log"))
    assert read_log(office, replace(before, entries=(other, *before.entries[1:]))) == after
    longer = replace(after.entries[0], row=replace(after.entries[0].row, seq=10_000))
    assert read_log(office, replace(after, entries=(longer,))) == after


def test_whoever_gets_the_json_can_check_the_chain(office: Office) -> None:
    rows = [one.row for one in read_log(office).entries]
    read = json.loads(log_bytes(office, rows, "json"))
    assert read["complete"]
    before = "0" * 64
    for entry in read["entries"]:
        details = json.dumps(entry["details"], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        parts = (entry["seq"], entry["at"], entry["actor"], entry["action"], entry["subject"], details)
        assert entry["prev"] == before
        assert entry_digest(*parts, before) == entry["sha256"]
        before = entry["sha256"]
    assert not json.loads(log_bytes(office, rows[:2], "json"))["complete"]


def test_an_export_is_on_record_and_steers_no_spreadsheet(office: Office, tmp_path: Path) -> None:
    office.log("note", "=cmd()", {})
    rows = [one.row for one in read_log(office).entries]
    target = export_log(office, rows, tmp_path / "log.csv", "csv", "en")
    read = list(csv.reader(io.StringIO(target.read_text(encoding="utf-8-sig"))))
    assert len(read) == len(rows) + 1
    assert read[-1][4] == "'=cmd()"
    assert not any(cell.startswith(("=", "+", "-", "@")) for line in read for cell in line)
    newest = read_log(office).entries[0].row
    assert (newest.action, newest.details["entries"], newest.details["file"]) == ("export.log", len(rows), "log.csv")
