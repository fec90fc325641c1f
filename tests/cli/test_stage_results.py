"""`ndb results`, `ndb settle` and `ndb lifecycle move` in a registry of a later stage."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from ndb_desktop.cli.context import Context
from ndb_desktop.cli.main import main
from tests.support.office import Clock
from tests.support.stage_office import (
    EXPERTS,
    STARTED,
    TARGET,
    base_application,
    judged_office,
    reached,
    stage_file,
    stage_office,
    stage_sheet,
)
from tests.support.travel import PASSPHRASE, key_file


class Desk:
    """Commands of the coordinator on one registry."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self._capsys = folder, capsys
        self.key = folder / "组织方.ndbkey"
        self.key.write_bytes(key_file("组织方"))
        clock = Clock(STARTED)
        monkeypatch.setattr(Context, "now", lambda _self: clock())
        for name, value in {
            "NDB_PASSPHRASE": PASSPHRASE, "NDB_LANG": "zh_CN", "NDB_REGISTRY": str(folder / "office"),
        }.items():  # fmt: skip
            monkeypatch.setenv(name, value)

    def run(self, code: int, *words: object) -> str:
        self._capsys.readouterr()
        assert main([*map(str, words), "--key", str(self.key)]) == code, self._capsys.readouterr()
        shown = self._capsys.readouterr()
        return shown.out + shown.err

    def data(self, *words: object) -> Any:
        return json.loads(self.run(0, *words, "--json"))


@pytest.fixture
def desk(
    tmp_path: Path, own_profile: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Desk:
    return Desk(tmp_path, capsys, monkeypatch)


def test_the_inside_says_of_each_base_what_and_why(desk: Desk) -> None:
    frozen = [base_application(1), base_application(2), base_application(3)]
    handed = [reached(frozen[0], others={TARGET: None}), reached(frozen[1])]
    judged_office(desk.folder, {"P001": "1", "P002": "0"}, bases=frozen, handed=handed).close()
    found = desk.data("results", "--internal")
    assert [(row["base"], row["verdict"], row["failed"], row["waiting"]) for row in found["bases"]] == [
        ("P001", "passed", [], []), ("P002", "not_passed", ["tasks", "P4"], []), ("P003", "waiting", [], ["material"]),
    ]  # fmt: skip
    assert found["bases"][0]["missing"] == [TARGET]
    assert found["bases"][0]["offers"] == [{"move": "accept", "ground": None}]
    shown = desk.run(0, "results", "--internal")
    assert "重点任务完成率 0.00 %，低于 80.00 %" in shown
    assert "治理提升完成率 0.00 %，低于 60.00 %" in shown
    assert "缺报实际值" in shown
    assert "尚未报送本阶段材料" in shown
    assert "可签署：验收通过" in shown


def test_one_base_is_shown_with_targets_tasks_and_experts(desk: Desk) -> None:
    judged_office(desk.folder, {"P001": "0.5"}, handed=[reached(base_application(1), "118")]).close()
    shown = desk.run(0, "results", "--internal", "--base", "P001")
    assert "90.00 %" in shown  # progress from 100 to 120
    assert "98.33 %" in shown  # level of the target
    assert "部分完成" in shown
    assert "E03 0.5" in shown
    assert "P002" not in shown
    assert "E-OFFICE-APPLICATION" in desk.run(1, "results", "--internal", "--base", "P009")


def test_a_record_can_be_written_and_is_what_a_decision_names(desk: Desk) -> None:
    judged_office(desk.folder, {"P001": "1"}).close()
    folder = desk.folder / "records"
    folder.mkdir()
    found = desk.data("results", "--internal", "--base", "P001", "--record", folder)
    (path,) = folder.iterdir()
    moved = desk.data("lifecycle", "move", "accept", "P001", "--on", "2028-09-20", "--reason", "按验收结论")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert found["bases"][0]["digest"] == digest
    assert moved["bases"][0]["state"] == "accepted"
    shown = desk.data("lifecycle", "show", "P001")
    assert {"name": path.name, "sha256": digest} in shown["steps"][-1]["documents"]
    assert desk.data("results")["passed"][0]["applicant"] == "示例园区1"
    assert "通过评估验收的基地名单" in desk.run(0, "results")


def test_a_move_against_the_outcome_is_refused(desk: Desk) -> None:
    judged_office(desk.folder, {"P001": "0"}).close()
    refused = desk.run(1, "lifecycle", "move", "accept", "P001", "--on", "2028-09-20", "--reason", "按验收结论")
    assert "E-STAGE-MOVE-FAILED" in refused


def test_challenged_values_are_listed_and_ruled_on(desk: Desk) -> None:
    office = stage_office(desk.folder / "office")
    paths = []
    for expert in EXPERTS:
        sheet = stage_sheet(office, "P001", challenged={TARGET: "101"} if expert == "E02" else None)
        paths.append(stage_file(office, desk.folder / f"{expert}.ndbscore", expert, [sheet]))
    office.close()
    merged = desk.data("merge", *paths)
    assert merged["counts"] == {"accepted": 5}
    assert merged["result_digest"] == desk.data("results", "--internal")["digest"]
    (row,) = desk.data("settle", "list")
    assert (row["datum"], row["declared"], row["open"], row["raised"][0]["proposed"]) == (TARGET, "120", True, "101")
    assert TARGET in desk.run(0, "settle", "list")
    desk.run(0, "settle", "datum", "P001", TARGET, "replace", "--value", "101", "--reason", "以审计报告为准")
    shown = desk.run(0, "results", "--internal", "--base", "P001")
    assert "申报 120，经核实改为 101" in shown
    assert desk.data("registry", "rebuild")["equal"]


def test_a_veto_is_decided_with_its_evidence(desk: Desk) -> None:
    judged_office(desk.folder, {"P001": "1"}).close()
    desk.run(0, "settle", "veto", "P001", "V2", "present", "--evidence", "环罚〔2028〕5号", "--on", "2028-09-19")
    found = desk.data("results", "--internal", "--base", "P001")
    assert (found["bases"][0]["verdict"], found["bases"][0]["failed"]) == ("not_passed", ["veto"])
    assert "E-OFFICE-VETO" in desk.run(
        1, "settle", "veto", "P001", "V8", "present", "--evidence", "x", "--on", "2028-09-19"
    )


@pytest.mark.parametrize(
    "words",
    [
        ("settle", "vote", "P001", "--issue", "x", "--for", "E01", "--reason", "y"),
        ("settle", "flags"),
        ("analytics",),
    ],
)
def test_what_only_selection_knows_is_refused_in_plain_words(desk: Desk, words: tuple[str, ...]) -> None:
    judged_office(desk.folder, {"P001": "1"}).close()
    shown = desk.run(1, *words)
    assert "E-STAGE-SELECTION" in shown
    assert "只有通过与不通过" in shown
