"""The score sheet of a later stage as it is printed: both figures of every target, every task in words, own shares."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from ndb_desktop.domain.sheet import Challenge, Declaration, EvidenceLink, ItemEntry
from ndb_desktop.reports.score_sheet import ScoreSheet
from ndb_desktop.services import challenging
from ndb_desktop.services.report import score_sheet_report
from ndb_desktop.services.report_sheet import Subject, sheet_view
from ndb_desktop.services.review import ReviewSession
from tests.support.review import MadeReview, make_bundle
from tests.support.stage_review import WHY, fill_stage, open_stage

APP = "A-001"
TARGET, TASK = "target:P1.1.revenue", "task:T1"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> MadeReview:
    return make_bundle(tmp_path_factory.mktemp("bundle"))


@pytest.fixture
def session(made: MadeReview, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ReviewSession]:
    with open_stage(tmp_path, monkeypatch, made=made) as opened:
        yield opened


def view(session: ReviewSession, language: str = "zh_CN") -> ScoreSheet:
    item = session.item(APP)
    subject = Subject(item.application, item.pack, item.k, session.batch, "E-07", "陈评审", item.stage)
    return sheet_view(subject, session.sheet(APP), 1, (), None, language)


def test_targets_and_tasks_stand_with_their_grounds(session: ReviewSession) -> None:
    fill_stage(session, APP, {TASK: "0.5"})
    session.set_entry(APP, ItemEntry("task:T3", "not_applicable", reason="创建方案调整已获批复，不再实施。"))
    session.put_evidence(APP, EvidenceLink("e1", TASK, "D1", 1, None, "投用"))
    made = view(session)
    assert [part.title for part in made.parts] == ["核对实际值", "重点任务"]
    target, task = made.parts[0].items[0], made.parts[1].items[0]
    assert (target.id, target.score, target.confirmation) == ("P1.1", "90.00 %", "专家已确认实际值。")
    assert "从基期到目标的进度（计入）：90.00 %" in target.declared
    assert "达到目标的比例：98.33 %" in target.declared
    assert target.declared[-1] == "证明材料：年度报告第 1 页"
    assert "缺报" in made.parts[0].items[4].explanation
    assert made.parts[0].items[4].score == "缺报", "missing, never nought"
    assert (task.id, task.score, task.reason) == ("T1", "部分完成", WHY)
    assert task.evidence[0].item == "T1 建设中试平台（重点任务）"
    assert made.parts[1].items[2].state == "不适用"
    assert dict(made.totals) == {"重点任务完成率": "68.75 %", "指标目标完成率": dict(made.totals)["指标目标完成率"]}
    assert "结论由专家组的评议得出" in made.totals_note
    stage = session.item(APP).stage
    assert stage is not None
    assert made.pack_digest == stage.pack.digest


def test_a_challenge_is_printed_in_the_declared_unit(session: ReviewSession) -> None:
    fill_stage(session, APP)
    challenging.add(session, APP, TARGET, Challenge("q1", "P1.1", "revenue", "", Decimal(110), "D1", 1, WHY))
    [line] = view(session).challenges
    assert (line.datum, line.declared, line.proposed) == ("P1.1 主导产业营业收入", "118 亿元", "110 亿元")
    assert view(session, "en").parts[0].items[0].confirmation


def test_a_recused_sheet_prints_no_findings(session: ReviewSession, tmp_path: Path) -> None:
    session.declare(APP, Declaration("recused", ("C1",), "配偶任职"))
    assert (view(session).parts, view(session).totals) == ((), ())
    made = score_sheet_report(session, tmp_path / "sheet.pdf", applications=(APP,))
    assert (tmp_path / "sheet.pdf").read_bytes().startswith(b"%PDF-")
    assert made.pages


def test_the_effect_evaluation_prints_levels_and_what_is_held(
    made: MadeReview, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_stage(tmp_path, monkeypatch, "effect", made) as session:
        fill_stage(session, APP)
        shown = view(session)
    assert [part.title for part in shown.parts] == ["核对实际值", "评议指标"]
    assert shown.parts[0].sum_name == "指标保持"
    assert shown.parts[1].items[0].level
    assert shown.parts[1].items[0].score == "85.00"
    assert shown.totals[-1] == ("合计", shown.parts[1].score)
