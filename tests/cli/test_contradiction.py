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
    assert "differs: T1.2.basis score" in capsys.readouterr().out
    chosen = digest_of(raws[1])
    assert main(["resolve", "A-001", "E01", chosen, "--reason", "confirmed by telephone", "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert made["chosen"] == chosen
    assert {tuple(sorted(row["values"])) for row in made["differences"] if row["field"] == "value"} == {("81", "88")}
    assert main(["contradiction", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []
