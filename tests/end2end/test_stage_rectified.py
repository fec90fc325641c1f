"""限期整改 by commands alone: failed for its figures, put right in time, judged once more, passed and accepted."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.all_stages import EXPERTS
from tests.support.stage_round import FIRST, OTHER, SAID, Issued, StageRound

BEHIND = {"revenue": "100", "growth": "100", "firm_points": "100"}
"""Nothing reached of what was promised for the first group: 100 was the base, 120 the target."""
REOPENED = ("target:P1.1.revenue", "target:P1.2.growth", "target:P1.3.firm_points")


def test_a_base_is_put_right_once_and_the_same_answers_count_on_the_new_figures(
    tmp_path: Path, own_profile: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    round_ = StageRound(tmp_path, capsys, monkeypatch)
    office, returned, again = round_.office, round_.room("returned"), round_.room("again")
    issued = round_.start(BEHIND)
    for expert in EXPERTS:
        round_.judge(expert, issued[expert], returned, disputing=False)
    assert office.data("merge", returned)["counts"] == {"accepted": len(EXPERTS)}
    office.data("results", "--open", "--reason", "开始汇总")
    first = round_.base(FIRST)
    assert (first["verdict"], round_.base(OTHER)["verdict"]) == ("not_passed", "passed")

    move = ("lifecycle", "move")
    assert "E-STAGE-MOVE-FAILED" in office.run(1, *move, "accept", FIRST, "--on", "2026-09-03", *SAID)
    office.data(*move, "rectify", FIRST, "--on", "2026-09-03", "--until", "2026-12-20", *SAID)
    assert (round_.base(FIRST)["verdict"], round_.base(FIRST)["waiting"]) == ("waiting", ["rectify"])

    office.day(2026, 11, 2)
    office.data("import", "applications", round_.form("second", {}, {}), "--update")
    office.data(*move, "recheck", FIRST, "--on", "2026-11-02", *SAID)
    assert round_.base(FIRST)["waiting"] == ["reviewers"]
    newer = round_.issue("newer", "--supplement")
    assert set(newer) == set(EXPERTS)
    for expert in EXPERTS:
        _judge_again(round_, expert, newer, again)
    assert office.data("merge", again)["counts"] == {"accepted": len(EXPERTS)}
    found = round_.base(FIRST)
    assert (found["verdict"], found["waiting"]) == ("passed", [])
    assert found["digest"] != first["digest"]
    office.data(*move, "accept", FIRST, "--on", "2026-11-02", *SAID)
    shown = office.data("lifecycle", "show", FIRST)
    assert [step["move"] for step in shown["steps"]][-3:] == ["rectify", "recheck", "accept"]
    assert office.data("registry", "rebuild")["equal"]


def _judge_again(round_: StageRound, expert: str, newer: Issued, target: Path) -> None:
    """Confirms what was opened again; every task is found as before."""
    bundle, secret = newer[expert]
    desk = round_.desk(expert, secret)
    desk.run(0, "review", "revise", bundle, "--reason", "整改后复查")
    for item in REOPENED:
        desk.run(0, "review", "set", bundle, "--application", FIRST, "--item", item, "--confirm")
    assert desk.data("review", "news", bundle, "--tick-all")["blocking"] == 0
    assert desk.data("review", "export", bundle, target)["revision"] == 2
