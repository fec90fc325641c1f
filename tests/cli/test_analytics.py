"""`ndb analytics`: a table for people, exact figures for programs, and a look on record."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from ndb_desktop.cli.main import main
from ndb_desktop.services.demo_round import PASSPHRASE
from tests.support.sample import small_sample


@pytest.fixture
def key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    folder = tmp_path / "registry"
    shutil.copytree(small_sample().registry, folder)
    monkeypatch.setenv("NDB_REGISTRY", str(folder))
    monkeypatch.setenv("NDB_PASSPHRASE", PASSPHRASE)
    return ["--key", str(small_sample().coordinator_key)]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("ICC(1,1)", "whole batch", "severity (points)", "they changed no score", "coefficient", "No W for")),
        ("zh_CN", ("ICC(1,1)", "全批次", "宽严（分）", "任何分数都没有因此改变", "加权系数", "W 无法给出")),
    ],
)
def test_a_table_for_people(
    capsys: pytest.CaptureFixture[str], key: list[str], language: str, words: tuple[str, ...]
) -> None:
    assert main(["analytics", "--panel-ratio", "--interval", "seed", "--lang", language, *key]) == 0
    shown = capsys.readouterr().out
    assert all(word in shown for word in words)
    assert small_sample().result_digest in shown
    assert "{" not in shown


def test_exact_figures_for_programs_and_a_look_on_record(capsys: pytest.CaptureFixture[str], key: list[str]) -> None:
    assert main(["results", "--internal", "--json", *key]) == 0
    results = json.loads(capsys.readouterr().out)
    assert main(["analytics", "--json", *key]) == 0
    read = json.loads(capsys.readouterr().out)
    assert read["digest"] == results["digest"] == small_sample().result_digest
    totals = {row["application"]: row["total"] for row in results["results"]}
    assert {row["application"]: row["total"] for row in read["applications"]} == totals
    assert read["panel_ratios"] == {}
    assert all(row["files"] for row in read["sheets"])
    assert main(["registry", "log", "--json", *key]) == 0
    actions = [row["action"] for row in json.loads(capsys.readouterr().out)["rows"]]
    assert actions.count("results.viewed") == 2
