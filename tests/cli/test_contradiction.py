"""`ndb contradiction` and `ndb resolve`: no mark before the decision is signed, all of them with it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ndb_desktop.cli import inbox, merge
from ndb_desktop.cli.main import main
from ndb_desktop.services.merge import merge_files
from ndb_desktop.services.office import Office
from tests.support.office import digest_of, make_office, make_score_file, raw_sheet, scored_sheet


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    made = make_office(tmp_path / "office")

    @contextmanager
    def opened(_context: object) -> Iterator[Office]:
        yield made

    monkeypatch.setattr(inbox, "open_registry", opened)
    monkeypatch.setattr(merge, "open_registry", opened)
    yield made
    made.close()


def test_marks_are_shown_with_the_decision_only(
    office: Office, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    raws = [raw_sheet(office, scored_sheet("A-001", mark)) for mark in (81, 88)]
    for number, raw in enumerate(raws):
        merge_files(office, [make_score_file(office, tmp_path / f"{number}.ndbscore", "E01", [raw])], results=False)
    assert main(["contradiction", "--json"]) == 1
    [shown] = json.loads(capsys.readouterr().out)
    assert {row["field"] for row in shown["differences"]} == {"value", "opinion"}
    assert all(set(row) == {"item", "field", "groups"} for row in shown["differences"])
    assert main(["contradiction", "--lang", "en"]) == 1
    assert "differs: T1.2 机制 · Present situation score" in capsys.readouterr().out, "by name, not by id"
    chosen = digest_of(raws[1])
    assert main(["resolve", "A-001", "E01", chosen, "--reason", "confirmed by telephone", "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert made["chosen"] == chosen
    assert {tuple(sorted(row["values"])) for row in made["differences"] if row["field"] == "value"} == {("81", "88")}
    assert main(["contradiction", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []


def test_who_is_missing_is_listed_and_written(
    office: Office, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    raws = [raw_sheet(office, scored_sheet(name, 81)) for name in ("A-001", "A-002")]
    merge_files(office, [make_score_file(office, tmp_path / "1.ndbscore", "E01", raws)], results=False)
    target = tmp_path / "list.csv"
    assert main(["missing", "--due", "2026-11-18", "--out", str(target), "--json"]) == 1
    rows = {row["expert"]: row for row in json.loads(capsys.readouterr().out)}
    assert (rows["E02"]["late"], rows["E02"]["left"]) == (2, None)
    assert rows["E02"]["words"] == "逾期 2 个工作日"
    assert "E02" in target.read_text(encoding="utf-8-sig")
    assert main(["missing", "--out", str(tmp_path / "list.pdf")]) == 1
    assert "E-MISSING-FORMAT" in capsys.readouterr().err
