"""`ndb visit withdraw`, and what `ndb visit plan` says before it plans."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from ndb_desktop.cli.main import main
from ndb_desktop.services.demo_round import PASSPHRASE
from tests.support.sample import small_sample
from tests.support.travel import person
from tests.support.visits import write_cards

Words = pytest.CaptureFixture[str]
APPLICANT = "P-AI-01"
MEMBERS = ("--member", "J01", "--member", "J02")


@pytest.fixture
def key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Words) -> list[str]:
    """A registry with two inspectors, of whom one is confirmed."""
    shutil.copytree(small_sample().registry, tmp_path / "registry")
    monkeypatch.setenv("NDB_REGISTRY", str(tmp_path / "registry"))
    monkeypatch.setenv("NDB_PASSPHRASE", PASSPHRASE)
    monkeypatch.setenv("NDB_LANG", "en")
    options = ["--key", str(small_sample().coordinator_key)]
    data(capsys, "import", "inspectors", str(write_cards(tmp_path / "cards")), *options)
    assert run(capsys, "visit", "confirm", "J01", person("J01").keyid, *options)[0] == 0
    return options


def run(capsys: Words, *arguments: str) -> tuple[int, str, str]:
    capsys.readouterr()
    code = main(list(arguments))
    found = capsys.readouterr()
    return code, found.out, found.err


def data(capsys: Words, *arguments: str) -> Any:
    code, out, err = run(capsys, *arguments, "--json")
    assert code == 0, err
    return json.loads(out)


def test_a_plan_says_before_what_is_odd_about_it(capsys: Words, key: list[str]) -> None:
    plan = ("visit", "plan", APPLICANT, *MEMBERS, "--no-challenges")
    code, out, err = run(capsys, *plan, "--dry-run", *key)
    assert code == 0
    assert "Visit S-001 as it would be; it was not planned." in out
    assert "Note: There is no datum to verify" in err
    assert "not confirmed yet for inspector J02" in err
    assert "already has an open visit" not in err
    assert data(capsys, "visit", "list", *key) == [], "a look plans nothing"

    made = data(capsys, *plan, *key)
    assert (made["visit"], made["dry_run"], len(made["notices"])) == ("S-001", False, 2)
    assert run(capsys, "visit", "confirm", "J02", person("J02").keyid, *key)[0] == 0
    code, _, err = run(capsys, *plan, "--lang", "zh_CN", *key)
    assert code == 0
    assert "请注意：同一检查组对该单位已有未完成的检查任务：S-001" in err
    assert "尚未核实" not in err


def test_a_visit_is_withdrawn_with_a_reason_and_shown_so(capsys: Words, tmp_path: Path, key: list[str]) -> None:
    assert run(capsys, "visit", "confirm", "J02", person("J02").keyid, *key)[0] == 0
    for _ in range(2):
        data(capsys, "visit", "plan", APPLICANT, *MEMBERS, "--no-challenges", *key)
    data(capsys, "visit", "issue", "S-002", str(tmp_path / "out"), *key)
    assert run(capsys, "visit", "withdraw", "S-001", *key)[0] == 2, "no withdrawal without a reason"
    assert "E-REASON" in run(capsys, "visit", "withdraw", "S-001", "--reason", " ", *key)[2]
    assert data(capsys, "visit", "withdraw", "S-001", "--reason", "建错了", *key)["bundles"] == []
    code, out, _ = run(capsys, "visit", "withdraw", "S-002", "--reason", "重复", "--lang", "zh_CN", *key)
    assert code == 0
    assert "请通知检查组停止检查" in out
    assert [one["state"] for one in data(capsys, "visit", "list", *key)] == ["withdrawn", "withdrawn"]
    assert "已撤销" in run(capsys, "visit", "list", "--lang", "zh_CN", *key)[1]
    shown = data(capsys, "visit", "show", "S-001", *key)
    assert shown["withdrawn"]["reason"] == "建错了"
    assert "Withdrawn on" in run(capsys, "visit", "show", "S-001", *key)[1]
    code, _, err = run(capsys, "visit", "withdraw", "S-001", "--reason", "再撤", *key)
    assert (code, "E-VISIT-WITHDRAWN" in err) == (1, True)
    assert "E-VISIT-WITHDRAWN" in run(capsys, "visit", "issue", "S-002", str(tmp_path / "out"), *key)[2]
    assert data(capsys, "visit", "plan", APPLICANT, *MEMBERS, "--no-challenges", *key)["visit"] == "S-003"
