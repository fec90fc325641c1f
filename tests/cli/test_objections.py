"""`ndb objection`: the register from the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ndb_desktop.cli.main import main
from ndb_desktop.services.demo_round import PASSPHRASE
from tests.support.sample import office_copy, small_sample


def test_the_register_from_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    office = office_copy(tmp_path)
    folder = office.folder
    office.close()
    monkeypatch.setenv("NDB_REGISTRY", str(folder))
    monkeypatch.setenv("NDB_LANG", "en")
    monkeypatch.setenv("NDB_PASSPHRASE", PASSPHRASE)
    key = ["--key", str(small_sample().coordinator_key)]

    def run(code: int, *words: str) -> str:
        capsys.readouterr()
        assert main(["objection", *words, *key]) == code
        shown = capsys.readouterr()
        return shown.out + shown.err

    def data(*words: str) -> Any:
        return json.loads(run(0, *words, "--json"))

    said = ["--sender", "Zhang", "--contact", "010-0000", "--matter", "wrong figure", "--evidence", "annex 1"]
    made = data("receive", *said, "--received", "2020-05-30")
    assert (made["number"], made["open"], made["received"]) == ("O-0001", True, "2020-05-30")
    assert "E-CLI-VALUE" in run(2, "receive", *said, "--received", "30 May")
    assert "wrong figure" in run(0, "list", "--open")
    done = data("close", "O-0001", "rejected", "--handling", "checked on site")
    assert (done["open"], done["result"], len(done["decisions"])) == (False, "rejected", 2)
    assert data("list", "--open") == []
    assert [row["number"] for row in data("list")] == ["O-0001"]
    assert "不成立" in run(0, "list", "--lang", "zh_CN")
    assert "E-OBJECTION-CLOSED" in run(1, "close", "O-0001", "upheld", "--handling", "x")
