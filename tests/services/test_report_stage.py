"""汇总表 of a later stage: outcome and reasons of each base, both figures of a target, and the sheets behind them."""

from __future__ import annotations

from pathlib import Path

import pypdfium2
import pytest

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.services.office import Office
from ndb_desktop.services.report import panel_report
from ndb_desktop.services.stage_results import compute_stage
from tests.support.stage_office import TARGET, WORSE, base_application, judged_office, reached


def text_of(pdf: bytes) -> str:
    """Every character of the pages without blanks and line ends, which depend on widths alone."""
    document = pypdfium2.PdfDocument(pdf)
    return "".join("".join(page.get_textpage().get_text_range().split()) for page in document)


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """One base passed with 118 of 120, one missed a value and was worse than its base in another, one waits."""
    frozen = [base_application(1), base_application(2), base_application(3)]
    handed = [
        reached(frozen[0], "118"),
        reached(frozen[1], others={TARGET: None, WORSE: "90"}),
    ]
    return judged_office(tmp_path, {"P001": "1", "P002": "0.5"}, bases=frozen, handed=handed)


def test_the_summary_says_what_each_base_came_to_in_both_languages(office: Office, tmp_path: Path) -> None:
    made = panel_report(office, tmp_path / "a.pdf", "park", "robotics", names=True)
    said = text_of(made.data)
    for words in (
        "示例园区1", "示例园区2", "示例园区3", "通过", "不通过", "待定", "重点任务完成率50.00%，低于80.00%", "缺报",
        "劣于基期", "90.00%", "98.33%", "部分完成", "尚未报送本阶段材料", "专家01",
    ):  # fmt: skip
        assert words in said, words
    english = text_of(panel_report(office, tmp_path / "b.pdf", "park", "robotics", "en").data)
    for words in ("Notpassed", "Keytasks50.00%done,lessthan80.00%", "worsethanthebase", "Partlydone"):
        assert words in english, words
    assert made.missing == ()
    row = office.log_rows()[-1]
    assert (row.action, row.details["result"]) == ("report.panel", compute_stage(office).digest)


def test_the_summary_names_the_signed_sheets_and_says_nothing_of_selection(office: Office, tmp_path: Path) -> None:
    said = text_of(panel_report(office, tmp_path / "a.pdf", "park", "robotics").data)
    base = compute_stage(office).bases["P001"]
    assert base.sheets["E01"].digest in said
    assert base.digest in said
    assert not [word for word in ("入选", "名额", "去高去低", "总分", "遴选") if word in said]


def test_an_effect_evaluation_has_its_own_summary(tmp_path: Path) -> None:
    office = judged_office(tmp_path, {"P001": "85", "P002": "85"}, "effect")
    said = text_of(panel_report(office, tmp_path / "a.pdf", "park", "robotics").data)
    assert "成效评估汇总表" in said
    assert "合格" in said


def test_a_head_must_be_of_the_panel(office: Office, tmp_path: Path) -> None:
    with pytest.raises(NdbError) as caught:
        panel_report(office, tmp_path / "a.pdf", "park", "robotics", head="E99")
    assert caught.value.code == "E-REPORT-HEAD"
