"""A base's whole life by commands alone: selected, visited, created, accepted, recognised by two, retained."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from ndb_desktop.domain.batch import Quota
from tests.support.all_stages import (
    EXPERTS,
    WHY,
    Coordinator,
    base,
    batch_plan,
    declared,
    handed_over,
    inspect,
    review,
    selection_answer,
    stage_answer,
)
from tests.support.stage import actuals_of, form_folder, form_line
from tests.support.travel import person
from tests.support.visits import card_of

SAID = ("--reason", "按工作方案", "--paper", "示例函〔2024〕9号")
CHALLENGE = ("--document", "D1", "--page", "1", "--reason", WHY)
DISPUTED = "leading_revenue/2023"


@pytest.fixture
def office(
    tmp_path: Path, own_profile: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Coordinator:
    return Coordinator(tmp_path, capsys, monkeypatch)


def test_from_an_application_to_a_base_that_is_retained(
    office: Coordinator, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _select(office, capsys, monkeypatch)
    _accept(office, capsys, monkeypatch)
    _evaluate(office, capsys, monkeypatch)


# ----- 申报与考评 -----


def _select(office: Coordinator, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    office.day(2024, 6, 3)
    office.init("selection", batch_plan("B-2024", 2024, Quota(total=2)))
    source = handed_over(office.folder / "handed", [base(1), base(2), base(3)])
    assert office.data("import", "applications", source)["accepted"] == ["P001", "P002", "P003"]
    assert office.data("import", "experts", office.people)["rows"] == len(EXPERTS)
    drawn = office.data("assign", "--panel-size", 5, "--time", 5, "--words", "公开抽签", *office.two)
    assert (len(drawn["pairs"]), drawn["missing_seats"]) == (15, 0)
    issued = office.issue("selection")
    assert set(issued) == set(EXPERTS)
    first = {
        "E02": ("--application", "P001", "--indicator", "P1.2", "--datum", "leading_revenue", "--year", "2023",
                "--proposed", "400", *CHALLENGE),
    }  # fmt: skip
    returned = review(office, capsys, monkeypatch, "selection", issued, selection_answer(["P003"]), first)
    assert office.data("merge", returned)["counts"] == {"accepted": 5}
    office.data("results", "--open", "--reason", "开始汇总", *office.two)
    before = office.data("results", "--internal")["digest"]
    _visit(office, capsys, before)
    _finish(office)
    office.day(2024, 9, 2)
    made = office.data("lifecycle", "move", "create", "P001", "P002", "--on", "2024-09-02", *SAID)
    assert [row["due"] for row in made["bases"]] == [{"kind": "acceptance", "day": "2026-09-02"}] * 2
    assert "E-LIFECYCLE-STATE" in office.run(1, "lifecycle", "move", "create", "P003", "--on", "2024-09-02", *SAID)
    assert office.data("registry", "rebuild")["equal"]


def _visit(office: Coordinator, capsys: pytest.CaptureFixture[str], before: str) -> None:
    """What an expert challenged is verified on site, and the record changes what is computed."""
    office.run(0, "settle", "datum", "P001", "leading_revenue", "site", "--year", "2023", "--reason", "须到现场核实")
    assert "P001" in [one["application"] for one in office.data("visit", "uncovered")]
    cards = office.folder / "cards"
    cards.mkdir()
    for name in ("J01", "J02"):
        (cards / f"{name}.ndbcard").write_bytes(card_of(name, trial=False))
    assert office.data("import", "inspectors", cards)["keys"] == 2
    for name in ("J01", "J02"):
        office.run(0, "visit", "confirm", name, person(name).keyid)
    plan = office.data("visit", "plan", "P001", "--member", "J01", "--member", "J02")
    assert [(f"{one['datum']}/{one['year']}", one["whys"]) for one in plan["wanted"]] == [(DISPUTED, ["challenge"])]
    assert office.data("visit", "uncovered") == []
    bundle = office.data("visit", "issue", plan["visit"], office.folder / "visits")["path"]
    check = {
        "id": DISPUTED, "verified": "400", "effect": "replace", "methods": ["original"],
        "proof": "证 1", "note": "见审计报告",
    }  # fmt: skip
    path = inspect(office, capsys, bundle, [check], "2024-06-03")
    merged = office.data("visit", "merge", path, "--receipts", office.folder / "receipts")
    assert [row["verdict"] for row in merged["files"]] == ["accepted"]
    assert merged["files"][0]["signed"] == ["J01", "J02"]
    facts = office.data("visit", "show", plan["visit"])
    assert [(one["declared"], one["verified"], one["counts"]) for one in facts["effects"]["data"]] == [
        ("420.67", "400", True)
    ]
    assert facts["effects"]["computed"], "a smaller last year is less growth"
    assert merged["result_digest"] == office.data("results", "--internal")["digest"] != before


def _finish(office: Coordinator) -> None:
    """定稿 takes two signatures and then says whom it selects."""
    assert office.data("final")["unsettled"] == []
    assert "E-DECISION-SECOND" in office.run(1, "final", "--reason", "评审完成")
    made = office.data("final", "--reason", "评审完成", *office.two)
    assert [one["role"] for one in made["signers"]] == ["coordinator", "supervisor"]
    states = {row["application"]: row["state"] for row in office.data("results", "--internal")["results"]}
    assert states == {"P001": "selected", "P002": "selected", "P003": "below"}
    public = office.data("results")["selected"]
    assert {row["applicant"] for row in public} == {base(1).applicant, base(2).applicant}


# ----- 评估验收 -----


def _accept(office: Coordinator, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    office.day(2026, 9, 3)
    made = office.init(
        "acceptance", batch_plan("B-2024-A", 2026, Quota()), "--from", office.folder / "selection", "--stage",
        "acceptance", "--note",
    )  # fmt: skip
    assert made["predecessor"]["bases"] == ["P001", "P002"]
    assert (made["predecessor"]["final"], made["noted"]) == (True, True)
    assert [row["name"] for row in made["officers_before"]] == ["监督甲"]
    assert "E-SUCCESSION-STRANGER" in office.run(1, "import", "applications", _form(office, "stranger", 3))
    lines = _form(office, "acceptance", 1, 2)
    assert office.data("import", "applications", lines)["accepted"] == ["P001", "P002"]
    start = ("lifecycle", "move", "acceptance", "P001", "P002", *SAID, "--on")
    assert "E-LIFECYCLE-EARLY" in office.run(1, *start, "2026-09-01"), "two years of creation are not over"
    moved = office.data(*start, "2026-09-03")
    assert {row["state"] for row in moved["bases"]} == {"acceptance"}
    office.data("import", "experts", office.people)
    office.data("assign", "--panel-size", 5, "--time", 5, "--words", "公开抽签", *office.two)
    issued = office.issue("acceptance")
    first = {
        "E03": ("--application", "P001", "--indicator", "P1.1", "--datum", "revenue", "--proposed", "119", *CHALLENGE),
    }  # fmt: skip
    returned = review(office, capsys, monkeypatch, "acceptance", issued, stage_answer({"P002": "0"}), first)
    assert office.data("merge", returned)["counts"] == {"accepted": 5}
    _rule(office)
    _recognise(office)


def _form(office: Coordinator, name: str, *numbers: int, **changes: str) -> Path:
    """阶段材料: 120 reached everywhere, with a document for each base."""
    bases = [base(number) for number in numbers]
    lines = declared([form_line(one, actuals_of(one, "120", **changes)) for one in bases])
    return form_folder(office.folder / f"form-{name}", lines, documents=[one.id for one in bases])


def _target(row: Mapping[str, Any], name: str = "P1.1.revenue") -> Mapping[str, Any]:
    """A target of a base as the outcome has it."""
    found: Mapping[str, Any] = next(one for one in row["outcome"]["targets"] if one["id"] == name)
    return found


def _rule(office: Coordinator) -> None:
    """The challenged actual value is ruled on; until then nobody can sign that the base passed."""
    office.data("results", "--open", "--reason", "开始汇总", *office.two)
    found = office.data("results", "--internal")
    assert [(row["base"], row["challenged"]) for row in found["bases"]] == [("P001", ["P1.1.revenue"]), ("P002", [])]
    accept = ("lifecycle", "move", "accept", "P001", "--on", "2026-09-04", *SAID)
    office.day(2026, 9, 4)
    assert "E-STAGE-MOVE-WAITING" in office.run(1, *accept)
    (row,) = office.data("settle", "list")
    assert (row["datum"], row["declared"], row["raised"][0]["proposed"]) == ("P1.1.revenue", "120", "119")
    office.run(0, "settle", "datum", "P001", "P1.1.revenue", "replace", "--value", "119", "--reason", "以审计报告为准")
    after = office.data("results", "--internal")
    assert after["digest"] != found["digest"]
    assert [(row["base"], row["verdict"], row["failed"]) for row in after["bases"]] == [
        ("P001", "passed", []), ("P002", "not_passed", ["tasks", "P4"]),
    ]  # fmt: skip
    # From 100 to 120 were promised: 119 is 19 of 20.
    row = _target(after["bases"][0])
    assert (row["actual"], row["progress"], row["met"]) == ("119/1", "19/20", False)
    assert "E-STAGE-MOVE-FAILED" in office.run(1, *(word if word != "P001" else "P002" for word in accept))
    made = office.data(*accept)
    steps = office.data("lifecycle", "show", "P001")["steps"]
    assert after["bases"][0]["digest"] in [row["sha256"] for row in steps[-1]["documents"]]
    assert made["bases"][0]["state"] == "accepted"
    _publish(office)
    _rectify(office)


def _publish(office: Coordinator) -> None:
    """What is published names who passed, and no figure."""
    assert [row["applicant"] for row in office.data("results")["passed"]] == [base(1).applicant]
    path = office.folder / "public.csv"
    office.run(0, "export", "results", path, "--format", "csv")
    text = path.read_text(encoding="utf-8-sig")
    assert base(1).applicant in text
    assert not any(word in text for word in (base(2).applicant, "119", "19/20", "95.00", "%"))


def _rectify(office: Coordinator) -> None:
    """The base that failed gets one rectification with a date; before that date nobody can end it for failing."""
    move = ("lifecycle", "move")
    made = office.data(*move, "rectify", "P002", "--on", "2026-09-04", "--until", "2026-09-18", *SAID)
    assert made["bases"][0]["due"] == {"kind": "rectification", "day": "2026-09-18"}
    end = (*move, "end", "P002", "--ground", "failed", *SAID)
    assert "E-STAGE-RECTIFY-RUNS" in office.run(1, *end, "--on", "2026-09-04")
    office.day(2026, 9, 21)
    assert office.data(*end, "--on", "2026-09-21")["bases"][0]["state"] == "ended"


def _recognise(office: Coordinator) -> None:
    """公示: five working days by the official calendar, with National Day and its make-up day; then 认定 by two."""
    office.day(2026, 9, 28)
    made = office.data("lifecycle", "move", "notice", "P001", "--on", "2026-09-28", *SAID)
    # 29 and 30 September, 8, 9 and, made up for, Saturday 10 October.
    assert made["bases"][0]["due"] == {"kind": "notice", "day": "2026-10-10"}
    office.day(2026, 10, 12)
    recognise = ("lifecycle", "move", "recognise", "P001", *SAID)
    assert "E-LIFECYCLE-NOTICE-OPEN" in office.run(1, *recognise, "--on", "2026-10-10", *office.two)
    assert "E-DECISION-SECOND" in office.run(1, *recognise, "--on", "2026-10-12")
    done = office.data(*recognise, "--on", "2026-10-12", *office.two)
    assert [row["role"] for row in done["decision"]["signers"]] == ["coordinator", "supervisor"]
    assert done["bases"][0]["due"] == {"kind": "effect", "day": "2029-10-12"}
    assert office.data("registry", "rebuild")["equal"]


# ----- 成效评估 -----


def _evaluate(office: Coordinator, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    office.day(2029, 10, 12)
    made = office.init(
        "effect", batch_plan("B-2024-E", 2029, Quota()), "--from", office.folder / "acceptance", "--stage", "effect",
        "--note",
    )  # fmt: skip
    assert made["predecessor"]["bases"] == ["P001"], "P002 did not pass"
    assert [pack["id"] for pack in made["stage_packs"]] == ["park-effect"]
    assert office.data("import", "applications", _form(office, "effect", 1, revenue="118"))["accepted"] == ["P001"]
    office.data("lifecycle", "move", "effect", "P001", "--on", "2029-10-12", *SAID)
    office.data("import", "experts", office.people)
    office.data("assign", "--panel-size", 5, "--time", 5, "--words", "公开抽签", *office.two)
    issued = office.issue("effect")
    returned = review(office, capsys, monkeypatch, "effect", issued, stage_answer({}))
    assert office.data("merge", returned)["counts"] == {"accepted": 5}
    office.data("results", "--open", "--reason", "开始汇总", *office.two)
    (found,) = office.data("results", "--internal")["bases"]
    assert (found["verdict"], found["failed"], found["missing"]) == ("passed", [], [])
    assert [one["move"] for one in found["offers"]] == ["retain"]
    # 119 was accepted, by a ruling: that is what has to stand, and 118 of it do.
    row = _target(found)
    assert (row["base"], row["target"], row["actual"], row["level"]) == ("119/1", "119/1", "118/1", "118/119")
    made = office.data("lifecycle", "move", "retain", "P001", "--on", "2029-10-12", *SAID)
    assert made["bases"][0]["state"] == "retained"
    steps = office.data("lifecycle", "show", "P001")["steps"]
    assert found["digest"] in [row["sha256"] for row in steps[-1]["documents"]]
    assert [row["applicant"] for row in office.data("results")["passed"]] == [base(1).applicant]
    assert office.data("registry", "rebuild")["equal"]
    assert office.data("registry", "log")["ok"]
    compared = office.data("registry", "predecessor", office.folder / "acceptance")
    wanted = {"same": True, "kept": True, "since": 0, "noted": True, "others": []}
    assert {name: compared[name] for name in wanted} == wanted
