"""`ndb round` and `ndb review second`: a second round from its choice to its close by commands alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ndb_desktop.cli.main import main
from tests.support.rounds import EXPERTS, FIRM, ITEM, PARK, WHY, staged
from tests.support.travel import PASSPHRASE, key_file


def test_a_round_by_commands_alone(
    tmp_path: Path, own_profile: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = staged(tmp_path)
    secret = next(row.opens for row in stage.office.issued() if row.expert == "E-01")
    stage.office.close()
    monkeypatch.setenv("NDB_PASSPHRASE", PASSPHRASE)
    monkeypatch.setenv("NDB_REGISTRY", str(tmp_path / "registry"))
    (tmp_path / "secret.txt").write_text(secret, encoding="utf-8")
    (tmp_path / "expert.ndbkey").write_bytes(key_file("E-01"))
    key = ["--key", tmp_path / "组织方.ndbkey"]

    def ndb(*words: object, code: int = 0) -> Any:
        capsys.readouterr()
        assert main([*map(str, words), "--json"]) == code, (words, capsys.readouterr().err)
        shown = capsys.readouterr().out
        return json.loads(shown) if shown else None

    assert ndb("round", "list", *key) == []
    every = ndb("round", "candidates", "--all", *key)
    assert {row["application"] for row in every} == {PARK, FIRM}
    assert all(row["why"] == ["flagged"] and row["reasons"] for row in ndb("round", "candidates", *key))
    opened = ndb("round", "open", PARK, "--reason", "请复看", *key)
    assert (opened["round"], opened["open"], opened["experts"]) == ("R1", True, list(EXPERTS))
    issued = ndb("round", "issue", tmp_path / "second", *key)
    assert [row["applications"] for row in issued["issued"]] == [[PARK]] * 5
    bundle = next(row["path"] for row in issued["issued"] if row["expert"] == "E-01")
    assert ndb("bundle", "inspect", bundle)["kind"] == "second_round"

    secret_file = ["--secret-file", tmp_path / "secret.txt"]
    second = ["review", "second", bundle, "--application", PARK, *secret_file]
    assert ndb(*second, "--uphold")["findings"] == 0
    ndb("review", "set", bundle, "--application", PARK, "--item", ITEM, "--value", "76", *secret_file)
    assert ndb(*second, "--item", ITEM, "--reason", WHY)["findings"] == 0
    assert main([*map(str, second)]) == 2
    out = tmp_path / "answers"
    out.mkdir()
    made = ndb("review", "export", bundle, out, *secret_file, "--key", tmp_path / "expert.ndbkey")
    assert ndb("merge", made["path"], *key)["files"][0]["verdict"] == "accepted"

    shown = ndb("round", "show", *key)
    (case,) = shown["cases"]
    assert sorted(seat["standing"] for seat in case["seats"]) == ["changed", *["waiting"] * 4]
    changed = next(seat for seat in case["seats"] if seat["standing"] == "changed")
    assert [(row["item"], row["reason"]) for row in changed["changes"]] == [(ITEM, WHY)]
    assert "E-01" not in json.dumps(case)
    for language in ("zh_CN", "en"):
        monkeypatch.setenv("NDB_LANG", language)
        assert main(["round", "show", *map(str, key)]) == 0
        assert WHY in capsys.readouterr().out
    ndb("round", "close", "--reason", "已答复", *key)
    assert [row["open"] for row in ndb("round", "list", *key)] == [False]
