"""评估验收与成效评估: sheets merged by the form of each base, outcomes without a rank, and what waits for whom."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.sheet import Declaration, ItemEntry, Sheet
from ndb_desktop.domain.stageresult import AcceptanceOutcome
from ndb_desktop.domain.stageverdict import digest_of
from ndb_desktop.services.disputes import count_open, decide, list_disputes, preview
from ndb_desktop.services.merge import merge_files
from ndb_desktop.services.merge_undo import undo_merge
from ndb_desktop.services.office import Office
from ndb_desktop.services.results import compute, record_veto
from ndb_desktop.services.stage_results import StageResult, base_result, compute_stage, internal_stage_results
from ndb_desktop.storage.registry_rows import Veto
from tests.support.scored import scored_office
from tests.support.stage_office import (
    BASES,
    EXPERTS,
    TARGET,
    again,
    base_application,
    judged_office,
    raw_stage_sheet,
    reached,
    stage_file,
    stage_office,
    stage_sheet,
)
from tests.support.travel import AT

WHY = "证明材料不足，未见验收报告。"
BOTH = {"P001": "1", "P002": "0"}


def code(call: Callable[[], object]) -> str:
    with pytest.raises(NdbError) as caught:
        call()
    return caught.value.code


def veto(ground: str, status: str) -> Veto:
    return Veto("P001", ground, status, "查处文件 3 号", "2028-10-01", "")  # type: ignore[arg-type]


def verdicts(result: StageResult) -> Mapping[str, tuple[object, ...]]:
    return {name: (base.verdict, base.failed, base.waiting) for name, base in result.bases.items()}


# ----- outcomes -----


def test_each_base_passes_or_not_with_the_conditions_it_failed(tmp_path: Path) -> None:
    office = judged_office(tmp_path, BOTH)
    result = compute_stage(office)
    assert verdicts(result) == {"P001": ("passed", (), ()), "P002": ("not_passed", ("tasks", "P4"), ())}
    assert (result.of("passed"), result.of("not_passed"), result.of("waiting")) == (("P001",), ("P002",), ())
    first = result.bases["P001"]
    assert first.digest == digest_of(first.record)
    assert len(first.sheets) == 5
    office.close()


def test_neither_the_order_of_the_files_nor_merging_twice_changes_the_digest(tmp_path: Path) -> None:
    office = judged_office(tmp_path / "a", BOTH)
    before = compute_stage(office).digest
    other = stage_office(tmp_path / "b" / "office")
    paths = [tmp_path / "a" / f"{expert}.ndbscore" for expert in reversed(EXPERTS)]
    report = merge_files(other, [*paths, *paths])
    assert report.counts() == {"accepted": 5, "duplicate": 5}
    assert report.result_digest == before == compute_stage(again(other)).digest
    assert merge_files(office, paths).result_digest == before
    assert office.rebuild().equal
    assert office.verify_log().ok


def test_below_five_experts_there_is_no_outcome_and_nothing_stands_in_for_it(tmp_path: Path) -> None:
    office = stage_office(tmp_path / "office")
    for expert in EXPERTS[:4]:
        path = stage_file(office, tmp_path / f"{expert}.ndbscore", expert, [stage_sheet(office, "P001")])
        merge_files(office, [path])
    base = base_result(office, "P001")
    outcome = base.outcome
    assert isinstance(outcome, AcceptanceOutcome)
    assert (base.verdict, base.waiting, base.failed) == ("waiting", ("reviewers",), ())
    assert (outcome.passed, outcome.task_share, outcome.target_share) == (None, None, None)
    assert base.experts["E05"] == "absent"


def test_a_missing_actual_value_is_named_and_what_was_not_handed_in_waits(tmp_path: Path) -> None:
    frozen = [base_application(1), base_application(2)]
    office = judged_office(
        tmp_path, {"P001": "1"}, bases=frozen, handed=[reached(frozen[0], others={TARGET: None})]
    )  # fmt: skip
    result = compute_stage(office)
    assert result.bases["P001"].missing == (TARGET,)
    absent = result.bases["P002"]
    assert (absent.verdict, absent.waiting, absent.digest) == ("waiting", ("material",), "")


def test_a_recused_expert_is_no_nought(tmp_path: Path) -> None:
    office = stage_office(tmp_path / "office", experts=6)
    for number in range(1, 7):
        expert = f"E{number:02}"
        sheet = stage_sheet(office, "P001")
        if number == 6:
            sheet = Sheet("P001", Declaration("recused", ("C1",), "曾任职", AT))
        merge_files(office, [stage_file(office, tmp_path / f"{expert}.ndbscore", expert, [sheet])])
    base = base_result(office, "P001")
    assert (base.verdict, base.experts["E06"], len(base.sheets)) == ("passed", "recused", 5)


def test_an_effect_evaluation_passes_at_the_mark_of_its_pack(tmp_path: Path) -> None:
    office = judged_office(tmp_path, {"P001": "85", "P002": "85"}, "effect", handed=[
        reached(base_application(1)), reached(base_application(2), "10"),
    ])  # fmt: skip
    result = compute_stage(office)
    assert result.stage == "effect"
    assert result.bases["P001"].verdict == "passed"
    assert verdicts(result)["P002"] == ("not_passed", ("score",), ())


def test_a_registry_of_selection_has_no_outcomes_and_one_of_a_stage_no_scores(tmp_path: Path) -> None:
    office = scored_office(tmp_path / "selection", {"A-001": 85})
    assert code(lambda: compute_stage(office)) == "E-STAGE-NONE"
    assert code(lambda: base_result(office, "A-001")) == "E-STAGE-NONE"
    later = judged_office(tmp_path / "stage", BOTH)
    assert code(lambda: compute(later)) == "E-STAGE-SELECTION"
    assert code(lambda: base_result(later, "P009")) == "E-OFFICE-APPLICATION"


def test_each_look_inside_is_on_record(tmp_path: Path) -> None:
    office = judged_office(tmp_path, {"P001": "1"})
    result = internal_stage_results(office)
    (row,) = [row for row in office.log_rows() if row.action == "results.viewed"]
    assert row.details["digest"] == result.digest
    assert "unblind" in {one.kind for one in office.decided.all()}


# ----- merging -----


def _bad(sheet: Sheet, item: str, entry: ItemEntry | None) -> Sheet:
    items = {name: known for name, known in sheet.items.items() if name != item or entry is not None}
    return replace(sheet, items=items | ({} if entry is None else {item: entry}))


BAD: Mapping[str, Callable[[Sheet], Sheet]] = {
    "E-STAGE-DONE": lambda s: _bad(s, "task:T1", ItemEntry("task:T1", "scored", value=Decimal("0.7"), reason=WHY)),
    "E-ITEM-REASON": lambda s: _bad(s, "task:T1", ItemEntry("task:T1", "scored", value=Decimal(0), reason="")),
    "E-STAGE-CONFIRM": lambda s: _bad(s, f"target:{TARGET}", ItemEntry(f"target:{TARGET}", "scored")),
    "E-CHALLENGE-MISSING": lambda s: _bad(
        s, f"target:{TARGET}", ItemEntry(f"target:{TARGET}", "scored", confirm="challenged")
    ),
    "E-ITEM-NA": lambda s: _bad(s, f"target:{TARGET}", ItemEntry(f"target:{TARGET}", "not_applicable", reason=WHY)),
}


@pytest.mark.parametrize("wanted", sorted(BAD))
def test_a_sheet_that_is_not_of_its_base_is_refused_by_code(tmp_path: Path, wanted: str) -> None:
    office = stage_office(tmp_path / "office")
    before = dict(office.registry.derived_digests())
    path = stage_file(office, tmp_path / "x.ndbscore", "E01", [BAD[wanted](stage_sheet(office, "P001"))])
    (found,) = merge_files(office, [path]).verdicts
    assert found.verdict == "refused"
    assert wanted in {fault.code for fault in found.faults}
    assert dict(office.registry.derived_digests()) == before
    assert office.rebuild().equal


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        ('"computed":null', '"computed":"100"', "E-COMPUTED"),
        ('"item":"task:T1"', '"item":"task:T99"', "E-ITEM-UNKNOWN"),
        ("PACK", "f" * 64, "E-PACK"),
    ],
)
def test_a_sheet_altered_before_it_was_signed_is_refused_by_code(
    tmp_path: Path, old: str, new: str, wanted: str
) -> None:
    office = stage_office(tmp_path / "office")
    raw = raw_stage_sheet(office, stage_sheet(office, "P001")).decode()
    old = office.stage_packs["park"].digest if old == "PACK" else old
    assert old in raw
    path = stage_file(office, tmp_path / "x.ndbscore", "E01", [raw.replace(old, new, 1).encode()])
    (found,) = merge_files(office, [path]).verdicts
    assert found.verdict == "refused"
    assert wanted in {fault.code for fault in found.faults}


def test_an_undone_merge_takes_its_outcome_with_it(tmp_path: Path) -> None:
    office = stage_office(tmp_path / "office")
    empty = compute_stage(office).digest
    paths = [
        stage_file(office, tmp_path / f"{expert}.ndbscore", expert, [stage_sheet(office, base) for base in BASES])
        for expert in EXPERTS
    ]
    merge_files(office, paths)
    assert compute_stage(office).of("passed") == BASES
    undo_merge(office, "误收")
    assert compute_stage(office).digest == empty
    assert office.rebuild().equal


def test_two_sheets_of_one_revision_leave_the_base_waiting(tmp_path: Path) -> None:
    office = judged_office(tmp_path, {"P001": "1"})
    other = stage_file(office, tmp_path / "x.ndbscore", "E01", [stage_sheet(office, "P001", tasks="0.5")])
    merge_files(office, [other])
    base = base_result(office, "P001")
    assert (base.verdict, base.waiting) == ("waiting", ("reviewers", "contradiction"))


# ----- challenges, visits, vetoes -----


@pytest.fixture
def challenged(tmp_path: Path) -> Office:
    """Revenue was declared as 120 and one of five experts says that it was 101."""
    office = stage_office(tmp_path / "office")
    for expert in EXPERTS:
        disputed = {TARGET: "101"} if expert == "E03" else None
        sheet = stage_sheet(office, "P001", challenged=disputed)
        merge_files(office, [stage_file(office, tmp_path / f"{expert}.ndbscore", expert, [sheet])])
    return office


def actual(office: Office) -> tuple[object, object]:
    outcome = base_result(office, "P001").outcome
    assert isinstance(outcome, AcceptanceOutcome)
    row = next(row for row in outcome.targets if row.id == TARGET)
    return row.actual, row.met


def test_a_challenged_actual_value_waits_for_one_ruling(challenged: Office) -> None:
    base = base_result(challenged, "P001")
    assert (base.verdict, base.waiting, base.challenged) == ("waiting", ("challenge",), (TARGET,))
    (one,) = list_disputes(challenged)
    assert (one.application, one.datum, one.key, one.indicator) == ("P001", TARGET, "", "P1.1")
    assert (one.declared, one.raised[0].challenge.proposed, one.open) == (Decimal(120), Decimal(101), True)
    assert count_open(challenged) == 1
    decide(challenged, ("P001", TARGET, ""), "keep", reason="核对审计报告无误")
    assert base_result(challenged, "P001").verdict == "passed"
    assert (count_open(challenged), actual(challenged)) == (0, (120, True))


def test_a_figure_that_replaces_it_counts_for_every_expert(challenged: Office) -> None:
    before = compute_stage(challenged).digest
    (one,) = list_disputes(challenged)
    assert preview(challenged, one, Decimal(101)) == {f"target:{TARGET}": (100, 5)}
    decide(challenged, one.place, "replace", value=Decimal(101), reason="以审计报告为准")
    assert actual(challenged) == (101, False)
    used = base_result(challenged, "P001").work
    assert used is not None
    assert used.actual_by_id[TARGET].verified == Decimal(101)
    assert compute_stage(challenged).digest != before
    assert challenged.rebuild().equal


def test_what_only_a_visit_can_tell_keeps_the_base_waiting(challenged: Office) -> None:
    decide(challenged, ("P001", TARGET, ""), "site", reason="需现场核验")
    assert base_result(challenged, "P001").waiting == ("challenge",)


def test_a_missing_value_can_be_put_right_by_a_ruling(tmp_path: Path) -> None:
    frozen = [base_application(1)]
    office = judged_office(tmp_path, {"P001": "1"}, bases=frozen, handed=[reached(frozen[0], others={TARGET: None})])
    decide(office, ("P001", TARGET, ""), "replace", value=Decimal(130), reason="现场见到年度报表")
    assert actual(office) == (130, True)
    assert base_result(office, "P001").missing == ()


def test_a_ruling_is_about_a_target_that_was_promised(challenged: Office) -> None:
    for datum in ("P9.9.none", "revenue"):
        assert code(lambda datum=datum: decide(challenged, ("P001", datum, ""), "keep", reason="x" * 12)) == (  # type: ignore[misc]
            "E-DISPUTE-DATUM"
        )
    assert code(lambda: decide(challenged, ("P001", TARGET, "2027"), "keep", reason="x" * 12)) == "E-DISPUTE-DATUM"


def test_a_veto_is_a_decision_and_no_share_outweighs_it(tmp_path: Path) -> None:
    office = judged_office(tmp_path, BOTH)
    record_veto(office, veto("V1", "check"))
    assert base_result(office, "P001").waiting == ("check",)
    record_veto(office, veto("V1", "present"))
    assert verdicts(compute_stage(office))["P001"] == ("not_passed", ("veto",), ())
    assert verdicts(compute_stage(office))["P002"] == ("not_passed", ("tasks", "P4"), ())
    record_veto(office, veto("V1", "cleared"))
    assert base_result(office, "P001").verdict == "passed"
