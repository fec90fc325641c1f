"""An expert's session in 评估验收 and 成效评估: the form of each base, its marks, undo, signing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ndb_desktop.domain import flow
from ndb_desktop.domain.effect import EffectOutcome
from ndb_desktop.domain.errors import FaultsError, NdbError
from ndb_desktop.domain.sheet import Challenge, Declaration, EvidenceLink, ItemEntry, Sheet
from ndb_desktop.domain.sheetform import StageForm
from ndb_desktop.domain.stageform import stage_findings
from ndb_desktop.domain.stageresult import AcceptanceOutcome
from ndb_desktop.domain.stagework import StageWork
from ndb_desktop.formats.scorefile import OpenedScore, form_record, open_score
from ndb_desktop.formats.sheetrecord import MAX_ITEMS, parse_sheet
from ndb_desktop.services import challenging
from ndb_desktop.services.review import ReviewSession
from ndb_desktop.services.review_steps import Step, next_steps
from tests.support.review import MadeReview, make_bundle
from tests.support.stage_review import WHY, complete_stage, fill_stage, open_stage, stage_entry
from tests.support.stages import acceptance_pack, case_of, promising
from tests.support.travel import person

APP = "A-001"
TARGET, TASK, JUDGED = "target:P1.1.revenue", "task:T1", "judged:adopted"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> MadeReview:
    return make_bundle(tmp_path_factory.mktemp("bundle"))


@pytest.fixture
def session(made: MadeReview, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ReviewSession]:
    with open_stage(tmp_path, monkeypatch, made=made) as opened:
        yield opened


@pytest.fixture
def effect(made: MadeReview, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ReviewSession]:
    with open_stage(tmp_path / "effect", monkeypatch, "effect", made=made) as opened:
        yield opened


def form(session: ReviewSession, application: str = APP) -> StageForm:
    found = session.item(application).form
    assert isinstance(found, StageForm)
    return found


def challenge(**changes: object) -> Challenge:
    one = Challenge("q1", "P1.1", "revenue", "", Decimal(110), "D1", 1, "年度报告上的数值与申报的不一致。")
    return replace(one, **changes)  # type: ignore[arg-type]


def refused(session: ReviewSession, entry: ItemEntry) -> str:
    before = session.sheet(APP)
    with pytest.raises(NdbError) as error:
        session.set_entry(APP, entry)
    assert session.sheet(APP) == before, "nothing is stored of what is refused"
    return error.value.code


def test_the_walk_goes_through_targets_and_tasks_of_the_base(session: ReviewSession) -> None:
    found = form(session)
    assert [item.part for item in found.items] == ["target"] * 11 + ["task"] * 3
    assert flow.next_item(found, session.sheet(APP), "target:P3.3.productivity_ratio") == TASK
    assert session.progress(APP) == (0, 14)
    session.set_entry(APP, stage_entry(found.items[0]))
    assert session.progress(APP) == (1, 14)
    assert flow.next_open(found, session.sheet(APP), TARGET) == found.items[1].id
    assert {fault.code for fault in session.findings(APP)} == {"E-ITEM-OPEN"}
    # The third base is an enterprise, which promised other things.
    assert [len(form(session, name).items) for name in ("A-001", "A-002", "A-003")] == [14, 14, 17]


def test_the_effect_evaluation_asks_targets_and_judged_items(effect: ReviewSession) -> None:
    found = form(effect)
    assert [item.part for item in found.items] == ["target"] * 11 + ["judged"] * 6
    assert [item.levelled for item in found.items[-2:]] == [True, True]
    effect.set_entry(APP, ItemEntry(JUDGED, "scored", "L4", Decimal(85)))
    assert refused(effect, ItemEntry(JUDGED, "scored", "L4", Decimal(10))) == "E-ITEM-RANGE"
    assert refused(effect, ItemEntry(JUDGED, "not_applicable", reason=WHY)) == "E-ITEM-NA"


def test_a_target_shows_both_figures_and_every_note(session: ReviewSession, effect: ReviewSession) -> None:
    rows = list(form(session).rows.values())
    assert (rows[0].progress, rows[0].level, rows[0].met) == (Fraction(9, 10), Fraction(59, 60), False)
    assert [row.notes for row in rows[1:4]] == [("keep",), ("worse_than_base",), ("over",)]
    assert [rows[2].progress, rows[2].level] == [0, Fraction(3, 4)]
    assert [rows[4].state, rows[4].actual, rows[4].counted] == ["missing", None, 0], "missing, never nought"
    held = list(form(effect).rows.values())
    # What stands is measured against the lesser of target and accepted value.
    assert [held[0].target, held[0].actual, held[0].met] == [118, 118, True]


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        (ItemEntry(TASK, "scored", value=Decimal("0.7"), reason=WHY), "E-STAGE-DONE"),
        (ItemEntry(TASK, "scored", "L3", Decimal(1)), "E-ITEM-STATE"),
        (ItemEntry(TASK, "scored", confirm="confirmed"), "E-ITEM-STATE"),
        (ItemEntry(TARGET, "not_applicable", reason=WHY), "E-ITEM-NA"),
        (ItemEntry(TARGET, "scored", value=Decimal(1), confirm="confirmed"), "E-ITEM-COMPUTED"),
        (ItemEntry("task:T9", "scored", value=Decimal(1)), "E-ITEM-UNKNOWN"),
        (ItemEntry("P1.1.basis", "scored", confirm="confirmed"), "E-ITEM-UNKNOWN"),
    ],
)
def test_what_the_form_does_not_allow_is_refused(session: ReviewSession, entry: ItemEntry, code: str) -> None:
    assert refused(session, entry) == code


def test_a_task_without_its_reason_is_stored_but_not_done(session: ReviewSession) -> None:
    session.set_entry(APP, ItemEntry(TASK, "scored", value=Decimal("0.5")))
    assert [f.code for f in session.findings(APP) if f.place == TASK] == ["E-ITEM-REASON"]
    session.set_entry(APP, ItemEntry(TASK, "scored", value=Decimal("0.5"), reason=WHY))
    assert flow.next_open(form(session), session.sheet(APP), "target:P3.3.productivity_ratio") != TASK
    session.set_entry(APP, ItemEntry(TASK, "not_applicable", reason="创建方案调整已获批复，不再实施。"))
    assert not [f for f in session.findings(APP) if f.place == TASK]
    # Scored without a value is only unfinished: the value is what comes next.
    session.set_entry(APP, ItemEntry(TASK, "scored"))
    assert [f.code for f in session.findings(APP) if f.place == TASK] == ["E-STAGE-DONE"]


def test_challenge_and_mark_are_one_step_that_undo_names(session: ReviewSession) -> None:
    challenging.add(session, APP, TARGET, challenge())
    assert session.sheet(APP).items[TARGET].confirm == "challenged"
    assert session.sheet(APP).challenges[0].sha256, "what the expert has before the eyes is meant"
    assert next_steps(session)[0] == Step(APP, "entry", TARGET, "challenge")
    session.undo()
    assert session.sheet(APP).challenges == ()
    assert TARGET not in session.sheet(APP).items
    session.redo()
    # Another measure of the same indicator stays as it is.
    challenging.add(session, APP, "target:P2.3.results", challenge(id="q2", indicator="P2.3", datum="results"))
    challenging.confirm(session, APP, TARGET)
    assert [one.id for one in session.sheet(APP).challenges] == ["q2"]
    challenging.withdraw(session, APP, "target:P2.3.results", "q2")
    assert session.sheet(APP).items["target:P2.3.results"].state == "open"


def test_a_later_challenge_of_a_target_is_a_step_of_its_own(session: ReviewSession) -> None:
    challenging.add(session, APP, TARGET, challenge())
    session.put_challenge(APP, challenge(reason="另有一处与统计报表不一致。"))
    assert next_steps(session)[0] == Step(APP, "challenge", TARGET)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"datum": "profit"}, "E-CHALLENGE-DATUM"),
        ({"indicator": "P4.1"}, "E-CHALLENGE-DATUM"),
        ({"key": "2028"}, "E-CHALLENGE-KEY"),
        ({"page": 9}, "E-EVIDENCE-PAGE"),
        ({"document": "D9"}, "E-EVIDENCE-DOCUMENT"),
    ],
)
def test_a_challenge_of_what_was_not_promised_is_refused(
    session: ReviewSession, changes: dict[str, object], code: str
) -> None:
    with pytest.raises(NdbError, match=code):
        session.put_challenge(APP, challenge(**changes))
    assert session.sheet(APP).challenges == ()


def test_places_and_drafts_belong_to_the_items_of_the_base(session: ReviewSession) -> None:
    session.put_evidence(APP, EvidenceLink("e1", TASK, "D1", 1, None, "投用"))
    assert next_steps(session)[0] == Step(APP, "evidence", TASK)
    session.keep_draft(APP, f"challenge:{TARGET}", {"reason": "半句话"})
    assert session.drafts(APP) == {f"challenge:{TARGET}": {"reason": "半句话"}}
    session.keep_place(APP, TASK)
    assert session.last_place == (APP, TASK)
    with pytest.raises(NdbError, match="E-ITEM-UNKNOWN"):
        session.put_evidence(APP, EvidenceLink("e2", "P1.1.plan", "D1", 1))


def test_own_marks_alone_come_to_shares(session: ReviewSession, effect: ReviewSession) -> None:
    assert _alone(session).task_share is None, "while a task is open there is no share"
    fill_stage(session, APP, {"task:T1": "0.5", "task:T3": "0"})
    alone = _alone(session)
    assert alone.task_share == Fraction(55, 100)
    assert alone.missing == ("P2.2.innovation_points",)
    fill_stage(effect, APP)
    outcome = form(effect).alone(effect.sheet(APP))
    assert isinstance(outcome, EffectOutcome)
    assert outcome.parts["outreach"] == 85


def _alone(session: ReviewSession) -> AcceptanceOutcome:
    found = form(session).alone(session.sheet(APP))
    assert isinstance(found, AcceptanceOutcome)
    return found


@given(st.integers(0, 200), st.integers(1, 16))
@example(200, 16)
def test_a_sheet_holds_whatever_an_application_may_promise(tasks: int, targets: int) -> None:
    """An application has at most 200 tasks, and a stage at most as many targets as its pack measures."""
    application = promising("enterprise")
    many = tuple(replace(application.tasks[0], id=f"T{n:03d}") for n in range(tasks))
    application = replace(application, targets=application.targets[:targets], tasks=many)
    pack = acceptance_pack("enterprise")
    work = StageWork(pack, case_of(application, pack))
    found = StageForm(work)
    entries = {item.id: stage_entry(item) for item in found.items}
    sheet = Sheet(application.id, Declaration("clear", at="2028-12-01T00:00:00Z"), entries)
    if not entries:
        return
    record = parse_sheet(form_record(sheet, found, 1, None))
    assert tuple(item.item for item in record.items) == tuple(item.id for item in found.items)


def test_one_item_more_than_any_form_is_refused() -> None:
    head = b'{"application":"A-001","pack":"' + b"0" * 64 + b'","revision":1,"supersedes":null,"declaration":'
    head += b'{"status":"clear","codes":[],"words":"","at":"2028-12-01T00:00:00Z"},"items":['
    item = b'{"item":"task:T%d","state":"scored","value":"1","level":null,"confirm":"","computed":null,"reason":""}'
    tail = b'],"challenges":[],"evidence":[],"opinion":"","unable":""}'
    assert len(parse_sheet(head + b",".join(item % n for n in range(MAX_ITEMS)) + tail).items) == MAX_ITEMS
    with pytest.raises(NdbError, match="E-JSON-FIELD"):
        parse_sheet(head + b",".join(item % n for n in range(MAX_ITEMS + 1)) + tail)


def test_signed_sheets_name_the_pack_of_the_stage_and_pass_its_check(session: ReviewSession, tmp_path: Path) -> None:
    me = person("expert")
    with pytest.raises(FaultsError):
        session.export(me, tmp_path / "out")
    complete_stage(session)
    challenging.add(session, APP, TARGET, challenge())
    (tmp_path / "out").mkdir()
    assert session.export_summary().counts.items == 14 + 14 + 17
    result = session.export(me, tmp_path / "out")
    signed = _opened(result.path)
    for sheet in signed.sheets:
        item = session.item(sheet.record.application)
        assert item.stage is not None
        assert sheet.record.pack == item.stage.pack.digest != item.pack.digest
        assert [record.item for record in sheet.record.items] == [one.id for one in item.form.items]
        assert all(record.computed is None for record in sheet.record.items)
        again = sheet.record.to_sheet()
        assert stage_findings(item.stage.pack, item.stage.case, item.application.documents, again) == ()
    assert session.locked
    # One base changed: the others are repeated byte for byte.
    session.start_revision("补看了一份佐证材料。")
    session.set_entry(APP, ItemEntry(TASK, "scored", value=Decimal(0), reason=WHY))
    second = _opened(session.export(me, tmp_path / "out").path)
    revisions = {sheet.record.application: sheet.record.revision for sheet in second.sheets}
    assert revisions == {"A-001": 2, "A-002": 1, "A-003": 1}


def _opened(path: Path) -> OpenedScore:
    return open_score(path.read_bytes(), person("recovery"))
