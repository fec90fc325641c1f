"""The form of a later stage: its items, what keeps a sheet from being signed, what the experts' sheets come to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from ndb_desktop.domain.acceptance import DONE_VALUES
from ndb_desktop.domain.effect import effect_outcome
from ndb_desktop.domain.model import Category, Document
from ndb_desktop.domain.numbers import plain
from ndb_desktop.domain.panel import ExpertState
from ndb_desktop.domain.sheet import Challenge, Declaration, EvidenceLink, ItemEntry, Sheet
from ndb_desktop.domain.stagecase import StageCase
from ndb_desktop.domain.stageform import (
    stage_challenges,
    stage_findings,
    stage_items,
    stage_marks,
)
from ndb_desktop.domain.stagepack import AnyStagePack, EffectPack
from ndb_desktop.domain.stageresult import acceptance_outcome
from ndb_desktop.domain.strictload import canonical
from ndb_desktop.formats.sheetrecord import parse_sheet
from ndb_desktop.formats.strictjson import is_id
from tests.support.stages import acceptance_pack, all_actuals, case_of, effect_pack, promising

DOCUMENTS = (Document("R1", "report.pdf", "Report", "application/pdf", 10, "a" * 64, 3),)
TARGET, TASK, JUDGED = "target:P1.1.revenue", "task:T1", "judged:adopted"


def filled(pack: AnyStagePack, case: StageCase, done: str = "1", score: str = "85") -> Sheet:
    """A sheet that can be signed."""
    entries: dict[str, ItemEntry] = {}
    for item in stage_items(pack, case):
        if item.kind == "target":
            entries[item.id] = ItemEntry(item.id, "scored", confirm="confirmed")
        elif item.kind == "task":
            reason = "" if done == "1" else "佐证材料不足以证明全部完成。"
            entries[item.id] = ItemEntry(item.id, "scored", value=Decimal(done), reason=reason)
        else:
            entries[item.id] = ItemEntry(item.id, "scored", "L4", Decimal(score))
    return Sheet(case.application, Declaration("clear"), entries)


def with_entry(sheet: Sheet, name: str, **changes: Any) -> Sheet:
    entry = replace(sheet.items[name], **changes)
    return replace(sheet, items={**sheet.items, name: entry})


def challenge(**changes: Any) -> Challenge:
    one = Challenge("Q1", "P1.1", "revenue", "", Decimal(110), "R1", 2, "统计报表上的数值与申报不符。")
    return replace(one, **changes)


def codes(sheet: Sheet, pack: AnyStagePack | None = None) -> list[tuple[str, str]]:
    wanted = pack or acceptance_pack()
    found = stage_findings(wanted, case_of(promising(), wanted), DOCUMENTS, sheet)
    return [(fault.code, fault.place) for fault in found]


def acceptance() -> Sheet:
    return filled(acceptance_pack(), case_of(promising()))


def test_the_items_follow_from_pack_and_case() -> None:
    application = promising()
    items = stage_items(acceptance_pack(), case_of(application))
    assert [item.kind for item in items] == ["target"] * 11 + ["task"] * 11
    assert (items[0].id, items[0].indicator, items[0].weight) == (TARGET, "P1.1", 10)
    assert (items[11].id, items[11].indicator) == (TASK, application.tasks[0].indicator)
    less = replace(application, targets=application.targets[1:], tasks=application.tasks[:2])
    assert len(stage_items(acceptance_pack(), case_of(less))) == 12
    effect = stage_items(effect_pack(), case_of(application, effect_pack()))
    assert [item.kind for item in effect] == ["target"] * 11 + ["judged"] * 6
    assert effect[11].id == JUDGED


def test_every_item_id_fits_a_score_file() -> None:
    long = promising()
    tasks = (replace(long.tasks[0], id="t" * 64),)
    categories: tuple[Category, ...] = ("park", "enterprise")
    for category in categories:
        case = case_of(promising(category, tasks=tasks))
        ids = [item.id for item in stage_items(acceptance_pack(case.category), case)]
        assert all(is_id(name) and len(name) <= 100 for name in ids)


def test_a_sheet_travels_in_the_score_file_of_today() -> None:
    sheet = with_entry(acceptance(), TASK, value=Decimal("0.5"), reason="只有阶段成果，没有验收材料。")
    at = "2028-03-01T02:00:00Z"
    items = [
        {
            "item": entry.item, "state": entry.state, "value": None if entry.value is None else plain(entry.value),
            "level": entry.level, "confirm": entry.confirm, "computed": None, "reason": entry.reason,
        }
        for entry in sheet.items.values()
    ]  # fmt: skip
    record = {
        "application": sheet.application, "pack": acceptance_pack().digest, "revision": 1, "supersedes": None,
        "declaration": {"status": "clear", "codes": [], "words": "", "at": at}, "items": items, "challenges": [],
        "evidence": [], "opinion": "", "unable": "",
    }  # fmt: skip
    assert parse_sheet(canonical(record)).to_sheet() == replace(sheet, declaration=Declaration("clear", (), "", at))


def test_a_complete_sheet_has_no_findings() -> None:
    assert codes(acceptance()) == []
    assert codes(filled(effect_pack(), case_of(promising(), effect_pack())), effect_pack()) == []


def test_open_recused_and_unable_sheets() -> None:
    empty = Sheet("P001")
    found = codes(empty)
    assert found[0] == ("E-DECLARATION", "declaration")
    assert [code for code, _ in found[1:]] == ["E-ITEM-OPEN"] * 22
    assert codes(replace(empty, declaration=Declaration("recused", ("C1",)))) == []
    assert codes(replace(empty, declaration=Declaration("clear"), unable="病")) == [("E-UNABLE-REASON", "unable")]


TASKS: list[tuple[dict[str, Any], list[str]]] = [
    ({"value": Decimal("0.5"), "reason": "只有阶段成果，没有验收材料。"}, []),
    ({"value": Decimal("0.5")}, ["E-ITEM-REASON"]),
    ({"value": Decimal(0), "reason": "短"}, ["E-ITEM-REASON"]),
    ({"value": Decimal("0.3")}, ["E-STAGE-DONE"]),
    ({"value": Decimal(100)}, ["E-STAGE-DONE"]),
    ({"value": None}, ["E-STAGE-DONE"]),
    ({"level": "L4"}, ["E-ITEM-STATE"]),
    ({"confirm": "confirmed"}, ["E-ITEM-STATE"]),
    ({"state": "absent", "value": None}, ["E-ITEM-STATE"]),
    ({"state": "open"}, ["E-ITEM-OPEN"]),
    ({"state": "not_applicable", "value": None}, ["E-ITEM-REASON"]),
    ({"state": "not_applicable", "value": None, "reason": "方案调整已批复，任务取消。"}, []),
    ({"state": "not_applicable", "reason": "方案调整已批复，任务取消。"}, ["E-ITEM-STATE"]),
]


@pytest.mark.parametrize(("changes", "wanted"), TASKS)
def test_a_task_is_done_in_part_or_not(changes: dict[str, Any], wanted: list[str]) -> None:
    assert codes(with_entry(acceptance(), TASK, **changes)) == [(code, TASK) for code in wanted]


def test_an_actual_value_is_confirmed_or_challenged() -> None:
    sheet = acceptance()
    assert codes(with_entry(sheet, TARGET, confirm="")) == [("E-STAGE-CONFIRM", TARGET)]
    assert codes(with_entry(sheet, TARGET, value=Decimal(1))) == [("E-ITEM-COMPUTED", TARGET)]
    assert codes(with_entry(sheet, TARGET, state="not_applicable")) == [("E-ITEM-NA", TARGET)]
    doubting = with_entry(sheet, TARGET, confirm="challenged")
    assert codes(doubting) == [("E-CHALLENGE-MISSING", TARGET)]
    assert codes(replace(doubting, challenges=(challenge(),))) == []
    assert codes(replace(sheet, challenges=(challenge(),))) == [("E-CHALLENGE-CONFIRMED", TARGET)]
    # A challenge of another measure of the same indicator is none of this one.
    other = replace(doubting, challenges=(challenge(datum="growth", indicator="P1.2"),))
    assert ("E-CHALLENGE-MISSING", TARGET) in codes(other)


def test_challenges_and_evidence_point_at_what_there_is() -> None:
    doubting = with_entry(acceptance(), TARGET, confirm="challenged")
    for changes, code in [
        ({"datum": "profit"}, "E-CHALLENGE-DATUM"),
        ({"key": "2027"}, "E-CHALLENGE-KEY"),
        ({"reason": "短"}, "E-CHALLENGE-REASON"),
        ({"document": "R9"}, "E-EVIDENCE-DOCUMENT"),
        ({"page": 4}, "E-EVIDENCE-PAGE"),
        ({"sha256": "b" * 64}, "E-EVIDENCE-DIGEST"),
    ]:
        assert (code, "challenge:Q1") in codes(replace(doubting, challenges=(challenge(**changes),)))
    link = EvidenceLink("L1", "task:T99", "R1", 9)
    found = codes(replace(acceptance(), evidence=(link, EvidenceLink("L2", TASK, "R1", 1))))
    assert found == [("E-ITEM-UNKNOWN", "evidence:L1"), ("E-EVIDENCE-PAGE", "evidence:L1")]
    sheet = acceptance()
    strange = replace(sheet, items={**sheet.items, "P1.1.basis": ItemEntry("P1.1.basis", "scored")})
    assert codes(strange) == [("E-ITEM-UNKNOWN", "P1.1.basis")]


def test_judged_items_have_levels_as_in_selection() -> None:
    pack = effect_pack()
    sheet = filled(pack, case_of(promising(), pack))
    assert codes(with_entry(sheet, JUDGED, value=Decimal(95)), pack) == [("E-ITEM-RANGE", JUDGED)]
    assert codes(with_entry(sheet, JUDGED, level="L5", value=Decimal(95)), pack) == [("E-ITEM-REASON", JUDGED)]
    assert codes(with_entry(sheet, JUDGED, level=None), pack) == [("E-ITEM-LEVEL", JUDGED)]
    assert codes(with_entry(sheet, JUDGED, value=Decimal("85.25")), pack) == [("E-ITEM-STEP", JUDGED)]
    assert codes(with_entry(sheet, JUDGED, state="not_applicable"), pack) == [("E-ITEM-NA", JUDGED)]


def test_sheets_become_a_result_and_no_state_becomes_a_nought() -> None:
    pack, case = acceptance_pack(), case_of(promising())
    sheets: dict[str, Sheet] = {f"E{n}": filled(pack, case, done) for n, done in enumerate(("1", "1", "1", "0.5", "0"))}
    sheets["R"] = Sheet(case.application, Declaration("recused", ("C1",)))
    sheets["U"] = Sheet(case.application, Declaration("clear"), unable="材料无法打开，未能评议。")
    states: Mapping[str, ExpertState] = {"A": "absent", "V": "void"}
    sheets["V"] = filled(pack, case, "0")
    marks = stage_marks(pack, case, sheets, states)
    assert set(marks) == {task.id for task in case.tasks}
    assert sorted(mark.state for mark in marks["T1"]) == ["absent", "absent", "recused", *["scored"] * 5, "void"]
    found = acceptance_outcome(pack, case, all_actuals(case), marks)
    assert (found.passed, found.tasks[0].item.value, found.tasks[0].item.n_valid) == (True, 1, 5)
    assert all(mark.value is None or mark.value in DONE_VALUES for row in marks.values() for mark in row)


def test_sheets_of_an_effect_evaluation_become_a_result() -> None:
    pack = effect_pack()
    assert isinstance(pack, EffectPack)
    case = case_of(promising(), pack)
    sheets = {f"E{n}": filled(pack, case, score=str(80 + n)) for n in range(5)}
    marks = stage_marks(pack, case, sheets)
    found = effect_outcome(pack, case, all_actuals(case), all_actuals(case), marks)
    assert (found.parts, found.passed) == ({"outreach": 82, "held": 100, "upkeep": 82}, True)


def test_challenges_are_collected_by_target() -> None:
    pack, case = acceptance_pack(), case_of(promising())
    doubting = replace(
        with_entry(filled(pack, case), TARGET, confirm="challenged"), challenges=(challenge(), challenge(id="Q2"))
    )
    sheets = {"B": doubting, "A": doubting, "C": filled(pack, case), "V": doubting}
    found = stage_challenges(sheets, {"V": "void"})
    assert found == {"P1.1.revenue": ("A", "B")}
    assert stage_challenges(sheets, {"V": "void"}, settled=["P1.1.revenue"]) == {}
