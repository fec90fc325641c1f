"""Moves of the life cycle that follow from an outcome: offered, never made, and signed with the outcome as evidence."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.lifecycle import Ground, Move
from ndb_desktop.domain.stageverdict import digest_of
from ndb_desktop.services.lifecycle import Order, all_lives, decide, preview
from ndb_desktop.services.merge import merge_files
from ndb_desktop.services.office import Office
from ndb_desktop.services.results import record_veto
from ndb_desktop.services.stage_moves import Offer, evidence, kept_record, offers, signed_records
from ndb_desktop.services.stage_results import RECORD, base_result, compute_stage, record_name
from ndb_desktop.storage.registry_rows import Veto
from tests.support.office import put_application
from tests.support.stage_office import (
    EXPERTS,
    STARTED,
    again,
    base_application,
    judged_office,
    raw_stage_sheet,
    reached,
    stage_file,
    stage_office,
    stage_sheet,
)
from tests.support.travel import person

DAY = STARTED.date()
UNTIL = date(2028, 12, 20)
BOTH = {"P001": "1", "P002": "0"}


def move(
    office: Office, what: Move, *bases: str, on: date = DAY, until: date | None = None, ground: Ground | None = None
) -> None:
    decide(office, Order(what, on, bases, "工信部函〔2028〕1号", (), until, ground), reason="按验收结论")


def code(call: Callable[[], object]) -> str:
    with pytest.raises(NdbError) as caught:
        call()
    return caught.value.code


def later(office: Office, year: int, month: int, day: int) -> Office:
    """The same registry on a later day."""
    office.clock.moment = datetime(year, month, day, 4, 0, 0, tzinfo=UTC)  # type: ignore[attr-defined]
    return office


def state(office: Office, base: str) -> str:
    return all_lives(office).bases[base].state


def test_an_outcome_offers_moves_and_makes_none(tmp_path: Path) -> None:
    office = judged_office(tmp_path, BOTH)
    result = compute_stage(office)
    assert offers(result, DAY) == (
        Offer("P001", "accept"), Offer("P002", "rectify"), Offer("P002", "end", "failed"),
    )  # fmt: skip
    assert {state(office, base) for base in BOTH} == {"acceptance"}


def test_a_decision_names_the_record_of_the_outcome(tmp_path: Path) -> None:
    office = judged_office(tmp_path, BOTH)
    before = base_result(office, "P001")
    move(office, "accept", "P001")
    (step,) = [step for step in all_lives(office).bases["P001"].steps if step.act.move == "accept"]
    (ref,) = step.act.documents
    assert (ref.sha256, ref.name) == (before.digest, record_name("P001"))
    kept = kept_record(again(office), ref.sha256)
    assert digest_of(kept) == ref.sha256
    said = json.loads(kept)
    assert (said["verdict"], said["application"], len(said["sheets"])) == ("passed", "P001", 5)


def test_a_move_that_the_outcome_does_not_bear_out_is_refused(tmp_path: Path) -> None:
    office = judged_office(tmp_path, BOTH)
    assert code(lambda: move(office, "accept", "P002")) == "E-STAGE-MOVE-FAILED"
    assert code(lambda: move(office, "rectify", "P001", until=UNTIL)) == "E-STAGE-MOVE-PASSED"
    assert code(lambda: move(office, "end", "P001", ground="failed")) == "E-STAGE-MOVE-PASSED"
    assert code(lambda: move(office, "end", "P002", ground="veto")) == "E-STAGE-MOVE-VETO"
    assert code(lambda: move(office, "accept", "P001", "P002")) == "E-STAGE-MOVE-FAILED"
    look = preview(office, Order("accept", DAY, ("P001", "P002")))
    assert (look.fits, set(look.refused)) == (("P001",), {"P002"})
    assert state(office, "P001") == "acceptance"


def test_nothing_is_decided_on_a_base_that_waits(tmp_path: Path) -> None:
    office = stage_office(tmp_path / "office")
    assert offers(compute_stage(office), DAY) == ()
    assert code(lambda: move(office, "accept", "P001")) == "E-STAGE-MOVE-WAITING"


def test_who_withdraws_needs_no_outcome(tmp_path: Path) -> None:
    office = stage_office(tmp_path / "office")
    paper = tmp_path / "退出申请.pdf"
    paper.write_bytes(b"paper")
    order = Order("end", DAY, ("P001",), "", (paper,), ground="withdrawn")
    decide(office, order, reason="自愿退出")
    assert state(office, "P001") == "ended"


def test_a_veto_ends_without_a_rectification(tmp_path: Path) -> None:
    office = judged_office(tmp_path, BOTH)
    record_veto(office, Veto("P001", "V1", "present", "查处文件 3 号", "2028-10-01", ""))
    assert Offer("P001", "end", "veto") in offers(compute_stage(office), DAY)
    assert Offer("P001", "rectify") not in offers(compute_stage(office), DAY)
    assert code(lambda: move(office, "rectify", "P001", until=UNTIL)) == "E-STAGE-RECTIFY-VETO"
    move(office, "end", "P001", ground="veto")
    assert state(office, "P001") == "ended"


def test_a_rectification_has_a_date_within_what_the_pack_allows(tmp_path: Path) -> None:
    office = judged_office(tmp_path, BOTH)
    assert code(lambda: move(office, "rectify", "P002", until=date(2039, 1, 1))) == "E-STAGE-RECTIFY-DATE"
    assert code(lambda: move(office, "rectify", "P002")) == "E-LIFECYCLE-UNTIL"


def rectifying(tmp_path: Path) -> Office:
    office = judged_office(tmp_path, BOTH)
    move(office, "rectify", "P002", until=UNTIL)
    return office


def judge_again(office: Office, folder: Path, value: str, experts: tuple[str, ...] = EXPERTS) -> None:
    """Every expert judges the base once more, in a new revision of the sheet that stood."""
    known = {one.expert: one for _, rows in office.registry.current_sheets("P002") for one in rows}
    for expert in experts:
        raw = raw_stage_sheet(office, stage_sheet(office, "P002", tasks=value), 2, known[expert].digest)
        path = stage_file(office, folder / f"{expert}-2.ndbscore", expert, [raw], revision=2, enrol=False)
        assert merge_files(office, [path]).counts() == {"accepted": 1}


def test_after_a_rectification_only_what_is_judged_anew_counts(tmp_path: Path) -> None:
    office = rectifying(tmp_path)
    first = base_result(office, "P002")
    assert (first.verdict, first.waiting) == ("waiting", ("rectify",))
    assert offers(compute_stage(office), DAY) == (Offer("P001", "accept"), Offer("P002", "recheck"))
    later(office, 2028, 12, 1)
    move(office, "recheck", "P002", on=date(2028, 12, 1))
    base = base_result(office, "P002")
    assert (base.verdict, base.waiting, base.first is not None) == ("waiting", ("reviewers",), True)
    judge_again(office, tmp_path, "1")
    base = base_result(office, "P002")
    assert (base.verdict, base.failed) == ("passed", ())
    assert json.loads(base.record)["first"] == base.first.digest if base.first else False
    move(office, "accept", "P002", on=date(2028, 12, 1))
    assert signed_records(base_result(office, "P002"), ("rectify", "accept")) == (base.first.digest, base.digest)  # type: ignore[union-attr]
    assert office.rebuild().equal


def test_there_is_one_rectification_and_the_second_failure_is_the_last(tmp_path: Path) -> None:
    office = rectifying(tmp_path)
    later(office, 2028, 12, 1)
    day = date(2028, 12, 1)
    move(office, "recheck", "P002", on=day)
    judge_again(office, tmp_path, "0.5")
    assert base_result(office, "P002").verdict == "not_passed"
    assert offers(compute_stage(office), day) == (Offer("P001", "accept"), Offer("P002", "end", "failed"))
    assert code(lambda: move(office, "rectify", "P002", on=day, until=date(2029, 1, 1))) == "E-LIFECYCLE-RECTIFIED"
    move(office, "end", "P002", on=day, ground="failed")
    assert state(office, "P002") == "ended"


def test_before_its_date_a_rectification_cannot_have_failed(tmp_path: Path) -> None:
    office = rectifying(tmp_path)
    later(office, 2028, 12, 1)
    early = code(lambda: move(office, "end", "P002", on=date(2028, 12, 1), ground="failed"))
    assert early == "E-STAGE-RECTIFY-RUNS"
    first = base_result(office, "P002").first
    later(office, 2028, 12, 21)
    assert Offer("P002", "end", "failed") in offers(compute_stage(office), date(2028, 12, 21))
    move(office, "end", "P002", on=date(2028, 12, 21), ground="failed")
    assert first is not None
    assert signed_records(base_result(office, "P002"), ("end",)) == (first.digest,)


def test_nothing_rests_on_a_passing_whose_outcome_has_changed_until_it_is_signed_anew(tmp_path: Path) -> None:
    office = judged_office(tmp_path, BOTH)
    move(office, "accept", "P001")
    signed = base_result(office, "P001").digest
    put_application(office, reached(base_application(1), "119"))
    assert base_result(office, "P001").digest != signed
    faults = evidence(office, Order("notice", DAY, ("P001",)))[1]
    assert {name: fault.code for name, fault in faults.items()} == {"P001": "E-STAGE-CHANGED"}
    assert Offer("P001", "reassess") in offers(compute_stage(office), DAY)
    move(office, "reassess", "P001")
    assert state(office, "P001") == "acceptance"
    assert Offer("P001", "accept") in offers(compute_stage(office), DAY)
    move(office, "accept", "P001")
    base = base_result(office, "P001")
    assert signed_records(base, ("accept",)) == (signed, base.digest)
    assert Offer("P001", "reassess") not in offers(compute_stage(office), DAY)
    assert office.rebuild().equal


def test_what_was_retained_is_taken_back_when_its_outcome_changes(tmp_path: Path) -> None:
    office = judged_office(tmp_path, {"P001": "85"}, "effect", handed=[reached(base_application(1))])
    move(office, "retain", "P001")
    assert Offer("P001", "reassess") not in offers(compute_stage(office), DAY)
    put_application(office, reached(base_application(1), "10"))
    assert Offer("P001", "reassess") in offers(compute_stage(office), DAY)
    move(office, "reassess", "P001")
    assert state(office, "P001") == "effect"
    assert code(lambda: move(office, "retain", "P001")) == "E-STAGE-MOVE-FAILED"
    move(office, "remove", "P001", ground="failed")
    assert state(office, "P001") == "removed"


def test_the_first_outcome_cannot_be_changed_or_lost_unnoticed(tmp_path: Path) -> None:
    office = rectifying(tmp_path)
    first = base_result(office, "P002").first
    assert first is not None
    office.registry.set_meta(RECORD + first.digest, first.record.decode().replace("tasks", "targets"))
    assert code(lambda: compute_stage(office)) == "E-STAGE-RECORD"
    found = office.rebuild()
    assert [(fault.code, fault.place) for fault in found.faults] == [("E-STAGE-RECORD", "P002")]
    assert not found.equal


def test_an_effect_evaluation_retains_or_removes(tmp_path: Path) -> None:
    handed = [reached(base_application(1)), reached(base_application(2), "10")]
    office = judged_office(tmp_path, {"P001": "85", "P002": "85"}, "effect", handed=handed)
    assert offers(compute_stage(office), DAY) == (
        Offer("P001", "retain"), Offer("P002", "rectify"), Offer("P002", "remove", "failed"),
    )  # fmt: skip
    move(office, "retain", "P001")
    move(office, "rectify", "P002", until=UNTIL)
    later(office, 2028, 12, 21)
    put_application(office, replace(handed[1], summary="整改后"))
    move(office, "remove", "P002", on=date(2028, 12, 21), ground="failed")
    assert (state(office, "P001"), state(office, "P002")) == ("retained", "removed")
    assert person("组织方").keyid == office.coordinator.keyid
