"""`ndb settle`: the list of disputed data, and one signed decision on each."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from ndb_desktop.cli.main import main
from ndb_desktop.services.demo_round import PASSPHRASE
from ndb_desktop.services.place_words import names_of
from tests.support.sample import office_copy, small_sample

Words = pytest.CaptureFixture[str]


@pytest.fixture
def key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    folder = tmp_path / "registry"
    shutil.copytree(small_sample().registry, folder)
    monkeypatch.setenv("NDB_REGISTRY", str(folder))
    monkeypatch.setenv("NDB_PASSPHRASE", PASSPHRASE)
    monkeypatch.setenv("NDB_LANG", "en")
    return ["--key", str(small_sample().coordinator_key)]


def listed(capsys: Words, key: list[str], *options: str) -> list[dict[str, Any]]:
    capsys.readouterr()
    assert main(["settle", "list", "--json", *options, *key]) == 0
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    return found


def place(row: dict[str, Any]) -> list[str]:
    return [row["application"], row["datum"], *(["--year", row["year"]] if row["year"] else [])]


@pytest.mark.parametrize(
    ("language", "words"), [("en", ("declared", "1 challenged data, 1 open.")), ("zh_CN", ("申报值", "1 项未处理"))]
)
def test_disputed_data_for_people(
    capsys: Words, key: list[str], tmp_path: Path, language: str, words: tuple[str, ...]
) -> None:
    assert main(["settle", "list", "--lang", language, *key]) == 0
    shown = capsys.readouterr().out
    assert all(word in shown for word in words)
    assert "{" not in shown
    (row,) = listed(capsys, key)
    office = office_copy(tmp_path / "looked-at")
    name = names_of(office, language).datum(office.cover(row["application"]).category, row["datum"])
    office.close()
    assert name != row["datum"]
    assert f"{row['datum']}  {name}" in shown, "what is typed, and what it is called"


def test_a_decision_is_kept_and_the_list_says_so(capsys: Words, key: list[str]) -> None:
    (row,) = listed(capsys, key)
    assert row["open"]
    assert row["raised"][0]["reason"]
    figure = row["raised"][0]["proposed"]
    assert main(["settle", "datum", *place(row), "replace", "--value", figure, "--reason", "见审计报告", *key]) == 0
    assert "is signed and kept" in capsys.readouterr().out
    (after,) = listed(capsys, key)
    assert (after["open"], after["ruling"]["action"], after["ruling"]["value"]) == (False, "replace", figure)
    assert after["declared"] == row["declared"], "what was declared stays on record"
    assert listed(capsys, key, "--open") == []
    assert main(["settle", "list", *key]) == 0
    assert f"replaced {figure}" in capsys.readouterr().out


def test_what_is_typed_wrongly_changes_nothing(capsys: Words, key: list[str]) -> None:
    (row,) = listed(capsys, key)
    assert main(["settle", "datum", *place(row), "replace", "--value", "1e", "--reason", "x", *key]) == 2
    assert main(["settle", "datum", *place(row), "replace", "--reason", "x", *key]) == 1
    assert "E-DISPUTE-VALUE" in capsys.readouterr().err
    assert main(["settle", "datum", row["application"], "nothing", "keep", "--reason", "x", *key]) == 1
    assert "E-DISPUTE-DATUM" in capsys.readouterr().err
    assert listed(capsys, key) == [row]
