"""阶段材料更正 by commands alone: experts have judged, the base corrects its figures, each judges anew what changed."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.support.all_stages import EXPERTS
from tests.support.stage_round import FIRST, OTHER, StageRound

REVENUE, GROWTH, RATIO = "target:P1.1.revenue", "target:P1.2.growth", "target:P3.3.productivity_ratio"
REOPENED = [REVENUE, GROWTH, RATIO]
"""What the correction is about: a missing value is 0 now, 0 is missing now, 120 is 110."""


@pytest.fixture
def round_(
    tmp_path: Path, own_profile: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> StageRound:
    return StageRound(tmp_path, capsys, monkeypatch)


def lines_of(news: Mapping[str, Any], kind: str) -> list[Mapping[str, Any]]:
    return [line for line in news["news"] if line["kind"] == kind]


def test_a_base_corrects_what_experts_have_judged(round_: StageRound) -> None:
    issued = round_.start({"revenue": None, "growth": "0"})
    office, early, late, after = round_.office, *(round_.room(name) for name in ("early", "late", "after"))
    # Two have sent their sheets in, one has signed, one has judged, one has not begun.
    for expert, target in zip(EXPERTS[:4], (early, early, late, None), strict=True):
        round_.judge(expert, issued[expert], target)
    assert office.data("merge", early)["counts"] == {"accepted": 2}
    office.data("results", "--open", "--reason", "开始汇总")
    first = round_.base(FIRST)
    assert (first["waiting"], first["missing"]) == (["reviewers", "challenge"], [REVENUE.removeprefix("target:")])

    _correct(round_)
    newer = round_.issue("newer", "--supplement")
    assert set(newer) == set(EXPERTS)
    again = office.data("issue", round_.folder / "out-newer", "--supplement")
    assert (again["issued"], again["skipped"]) == ([], list(EXPERTS))
    (verdict,) = office.data("merge", late)["files"]
    assert verdict["verdict"] == "accepted"
    assert [fault["code"] for fault in verdict["faults"]] == ["E-SUPPLEMENT-STALE"]
    assert office.data("registry", "status")["stale"] == 3

    for expert in EXPERTS[:4]:
        _judge_anew(round_, expert, issued[expert], newer[expert], after, signed=expert != "E04")
    round_.judge("E05", newer["E05"], after)
    _merge_in_any_order(round_, sorted(after.iterdir()))
    _outcome(round_)


def _correct(round_: StageRound) -> None:
    """Nothing changes unsaid: a dry run shows what would, and that experts hold it."""
    office = round_.office
    corrected = round_.form("second", {"revenue": "0", "growth": None, "productivity_ratio": "110"}, {})
    (corrected / f"documents/{FIRST}/验收自评报告.txt").write_text("更正后的报告\n", encoding="utf-8")
    assert "E-IMPORT-ISSUED" in office.run(1, "import", "applications", corrected)
    look = office.data("import", "applications", corrected, "--update", "--dry-run")
    assert (look["replaced"], look["with_experts"]) == ([FIRST], [FIRST])
    changes = {(row["kind"], row["subject"], row["old"], row["new"]) for row in look["changes"][FIRST]}
    assert changes == {
        ("actual", "P1.1.revenue", "", "0 yi_yuan"),
        ("actual", "P1.2.growth", "0 percent", ""),
        ("actual", "P3.3.productivity_ratio", "120 ratio", "110 ratio"),
        ("document_changed", "D1", "验收自评报告", "验收自评报告"),
    }
    assert office.data("registry", "status")["outdated"] == 0, "a look writes nothing"
    office.data("import", "applications", corrected, "--update")
    assert office.data("registry", "status")["outdated"] == len(EXPERTS)


def _judge_anew(
    round_: StageRound, expert: str, before: tuple[str, str], found: tuple[str, str], target: Path, *, signed: bool
) -> None:
    """What was reopened and why is told; nothing else is asked again, and nothing is signed before."""
    bundle, secret = found
    desk = round_.desk(expert, secret)
    news = desk.data("review", "news", bundle, code=1)
    assert news["carried_from"]
    assert news["blocking"] >= len(REOPENED)
    assert [line["item"] for line in lines_of(news, "confirm")] == REOPENED
    assert {line["application"] for line in news["news"]} == {FIRST}
    said = {line["item"]: line["words"] for line in lines_of(news, "confirm")}
    assert "missing → 0" in said[REVENUE]
    assert "0 % → missing" in said[GROWTH]
    assert "120 times → 110 times" in said[RATIO]
    looks = {line["item"] for line in lines_of(news, "look")}
    assert looks, "the document that proves a value was exchanged"
    assert not looks & set(REOPENED)
    assert all(item.startswith("target:") for item in looks), "nothing was cited for a task"
    assert bool(lines_of(news, "challenge")) == (expert == "E01")
    round_.desk(expert, before[1])
    assert "E-SUPPLEMENT-OLDER" in desk.run(1, "review", "status", before[0])
    round_.desk(expert, secret)
    status = desk.data("review", "status", bundle, "--application", FIRST, code=1)["items"]
    assert [row["item"] for row in status if row["state"] == "open"] == REOPENED
    assert all(row["state"] != "open" for row in desk.data("review", "status", bundle, "--application", OTHER)["items"])
    if signed:
        assert "E-REVIEW-LOCKED" in desk.run(
            1, "review", "set", bundle, "--application", FIRST, "--item", REVENUE, "--confirm"
        )
        desk.run(0, "review", "revise", bundle, "--reason", "更正阶段材料")
    assert "E-" in desk.run(1, "review", "export", bundle, target)
    for item in REOPENED:
        desk.run(0, "review", "set", bundle, "--application", FIRST, "--item", item, "--confirm")
    done = desk.data("review", "news", bundle, "--tick-all")
    assert (done["open"], done["blocking"]) == (0, 0)
    assert desk.data("review", "export", bundle, target)["revision"] == (2 if signed else 1)


def _merge_in_any_order(round_: StageRound, files: list[Path]) -> None:
    """Forwards here, backwards and one by one in a copy: one digest; nothing comes of the same file twice."""
    office = round_.office
    assert len(files) == len(EXPERTS)
    shutil.copytree(round_.folder / "registry", round_.folder / "copy")
    one = office.data("merge", *files)
    assert one["counts"] == {"accepted": len(EXPERTS)}
    office.works_in("copy")
    digests = [office.data("merge", path)["result_digest"] for path in reversed(files)]
    assert len({*digests}) == len(files), "every sheet is one of its own, even with the answers of before"
    office.works_in("registry")
    assert one["result_digest"] == digests[-1]
    twice = office.data("merge", *files, *reversed(files))
    assert twice["counts"] == {"duplicate": 2 * len(files)}
    assert twice["result_digest"] == one["result_digest"]


def _outcome(round_: StageRound) -> None:
    """Only the second revisions count; what is 0 and what is missing are told apart and both count nothing."""
    office = round_.office
    status = office.data("registry", "status")
    assert (status["stale"], status["outdated"]) == (0, 0)
    found = round_.base(FIRST)
    assert (found["verdict"], found["missing"]) == ("not_passed", ["P1.2.growth"])
    rows = {row["id"]: row for row in found["outcome"]["targets"]}
    assert [rows[name]["state"] for name in ("P1.1.revenue", "P1.2.growth")] == ["ok", "missing"]
    assert [rows[name]["actual"] for name in ("P1.1.revenue", "P1.2.growth")] == ["0/1", None]
    assert (rows["P3.3.productivity_ratio"]["actual"], rows["P3.3.productivity_ratio"]["progress"]) == ("110/1", "1/2")
    assert round_.base(OTHER)["verdict"] == "passed"
    assert office.data("registry", "rebuild")["equal"]
