"""`ndb review` on a bundle of a later stage: what a base promised and reached is shown, answered and signed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ndb_desktop.cli.main import main
from ndb_desktop.formats.scorefile import open_score
from tests.support.review import SECRET, MadeReview, make_bundle
from tests.support.stage_review import WHY, as_stage
from tests.support.travel import PASSPHRASE, key_file, person

APP = "A-001"


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MadeReview:
    monkeypatch.setenv("NDB_LANG", "en")
    monkeypatch.setenv("NDB_SECRET", SECRET)
    monkeypatch.setenv("NDB_PASSPHRASE", PASSPHRASE)
    as_stage(monkeypatch, "acceptance")
    return make_bundle(tmp_path / "bundle")


def run(capsys: pytest.CaptureFixture[str], *words: object, code: int = 0) -> tuple[str, str]:
    capsys.readouterr()
    found = main([str(word) for word in words])
    shown = capsys.readouterr()
    assert found == code, shown.err
    return shown.out, shown.err


def status(capsys: pytest.CaptureFixture[str], made: MadeReview, code: int = 1) -> Any:
    out, _ = run(capsys, "review", "status", made.path, "--application", APP, "--json", code=code)
    return json.loads(out)


def test_a_base_is_reviewed_by_commands(capsys: pytest.CaptureFixture[str], made: MadeReview, tmp_path: Path) -> None:
    run(capsys, "review", "agree", made.path)
    run(capsys, "review", "declare", made.path)
    shown = status(capsys, made)
    rows = {row["item"]: row for row in shown["items"]}
    first = rows["target:P1.1.revenue"]
    facts = {fact["name"]: fact["value"] for fact in first["facts"]}
    assert facts["Progress from base to target (counts)"] == "90.00 %"
    assert facts["Share of the target reached"] == "98.33 %"
    assert (first["computed"], first["explanation"]) == ("90.00 %", "target not met")
    missing = next(row for row in shown["items"] if row["computed"] == "missing")
    assert missing["explanation"].startswith("Missing: the base declared no actual value")
    assert shown["alone"][0]["value"] == "—", "a task is open"

    run(
        capsys, "review", "challenge", made.path, "--application", APP, "--indicator", "P1.1", "--datum", "revenue",
        "--proposed", "110", "--document", "D1", "--page", "1", "--reason", WHY,
    )  # fmt: skip
    _, err = run(
        capsys, "review", "set", made.path, "--application", APP, "--item", "task:T1", "--value", "0.7", code=1
    )
    assert "E-STAGE-DONE" in err
    _, err = run(capsys, "review", "set", made.path, "--application", APP, "--item", "P1.1.basis", "--confirm", code=1)
    assert "E-ITEM-UNKNOWN" in err
    lines = tmp_path / "lines.jsonl"
    lines.write_text("\n".join(map(json.dumps, _answers(capsys, made))), encoding="utf-8")
    run(capsys, "review", "set", made.path, "--lines", lines)
    shown = status(capsys, made, code=0)
    found = {row["item"]: row.get("found", "") for row in shown["items"]}
    assert (found["task:T1"], found["task:T2"], found["task:T3"]) == ("Partly done", "Done", "")
    assert {row["name"]: row["value"] for row in shown["alone"]}["Completion of tasks"] == "68.75 %"
    text, _ = run(capsys, "review", "status", made.path, "--application", APP)
    assert "Completion of tasks: 68.75 %" in text

    key = tmp_path / "me.key"
    key.write_bytes(key_file("expert"))
    (tmp_path / "out").mkdir()
    out, _ = run(capsys, "review", "export", made.path, tmp_path / "out", "--key", key, "--json")
    opened = open_score(Path(json.loads(out)["path"]).read_bytes(), person("recovery"))
    signed = {
        item.item: item for sheet in opened.sheets for item in sheet.record.items if sheet.record.application == APP
    }
    assert (signed["task:T1"].value, signed["task:T3"].state) == ("0.5", "not_applicable")
    assert signed["target:P1.1.revenue"].confirm == "challenged"


def _answers(capsys: pytest.CaptureFixture[str], made: MadeReview) -> list[dict[str, str]]:
    answers = []
    for application in made.ids:
        out, _ = run(capsys, "review", "status", made.path, "--application", application, "--json", code=1)
        for row in json.loads(out)["items"]:
            answer = {"application": application, "item": row["item"], "state": "scored"}
            if (application, row["item"]) == (APP, "target:P1.1.revenue"):
                continue
            if row["item"] == "task:T3":
                answer |= {"state": "not_applicable", "reason": "创建方案调整已获批复，不再实施。"}
            elif row["item"] == "task:T1":
                answer |= {"value": "0.5", "reason": WHY}
            elif row["part"] == "task":
                answer |= {"value": "1"}
            else:
                answer |= {"confirm": "confirmed"}
            answers.append(answer)
    return answers
