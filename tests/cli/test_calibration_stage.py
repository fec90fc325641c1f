"""`ndb calibration` in a registry of a later stage: a base is judged for practice, and nothing of it counts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from ndb_desktop.cli.main import main
from ndb_desktop.domain.stagepack import StageId
from ndb_desktop.services.review import open_review
from tests.support.review import declare_all
from tests.support.stage import EXPERTS, stage_clock, stage_round
from tests.support.stage_review import fill_stage, stage_entry
from tests.support.travel import PASSPHRASE, key_file, person

BASE = "P001"


def practise(rows: list[dict[str, Any]], stage: StageId, target: Path, found: Mapping[str, str]) -> None:
    """Every expert judges the base in a calibration bundle; `found` is what each finds of its first task."""
    for row in rows:
        profile = target.parent / f"at-{row['expert']}"
        session = open_review(Path(row["path"]), secret=row["secret"], profile=profile, clock=stage_clock(stage))
        with session:
            assert session.summary.kind == "calibration"
            declare_all(session)
            fill_stage(session, BASE)
            task = next((one for one in session.item(BASE).form.items if one.part == "task"), None)
            if task is not None:
                session.set_entry(BASE, stage_entry(task, found[row["expert"]]))
            session.export(person(row["expert"]), target)


@pytest.mark.parametrize("stage", ["acceptance", "effect"])
def test_experts_practise_on_a_base(
    stage: StageId, tmp_path: Path, own_profile: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    made = stage_round(tmp_path, stage)
    (tmp_path / "组织方.ndbkey").write_bytes(key_file("组织方"))
    monkeypatch.setenv("NDB_PASSPHRASE", PASSPHRASE)
    monkeypatch.setenv("NDB_REGISTRY", str(made.folder / "office"))
    key = ["--key", tmp_path / "组织方.ndbkey"]

    def ndb(*words: object) -> Any:
        capsys.readouterr()
        assert main([*map(str, words), *map(str, key), "--json"]) == 0, (words, capsys.readouterr().err)
        return json.loads(capsys.readouterr().out)

    before = ndb("results"), ndb("results", "--internal")
    out, back = tmp_path / "calibration", tmp_path / "back"
    back.mkdir()
    rows = ndb("calibration", "issue", out, BASE, "--opens", "slip")["issued"]
    assert [row["expert"] for row in rows] == list(EXPERTS)
    for row in rows:
        row["secret"] = ndb("bundle", "secret", row["path"])["secret"]
    practise(rows, stage, back, {"E01": "0", "E02": "0.5", "E03": "1"})
    merged = ndb("merge", back)
    assert merged["counts"] == {"accepted": len(EXPERTS)}
    assert {fault["code"] for row in merged["files"] for fault in row["faults"]} == {"E-CALIBRATION-APART"}
    (spread,) = ndb("calibration", "spread")
    assert (spread["application"], spread["sheets"]) == (BASE, len(EXPERTS))
    items = {row["item"]: (row["lowest"], row["middle"], row["highest"], row["distance"]) for row in spread["items"]}
    assert {name.partition(":")[0] for name in items} == {"task" if stage == "acceptance" else "judged"}
    if stage == "acceptance":
        assert items.pop("task:T1") == ("0", "0.5", "1", "1")
        assert set(items.values()) == {("1", "1", "1", "0")}
    else:
        assert set(items.values()) == {("85", "85", "85", "0")}
    assert (ndb("results"), ndb("results", "--internal")) == before, "nothing of it counts"
    assert ndb("registry", "rebuild")["equal"]
