"""The facts of a batch in its registry: kept, changed with a reason, used at import; who is appointed at the start."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from ndb_desktop.domain.decision import Role
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.recommenders import Recommender, Recommenders
from ndb_desktop.formats.batchplan import BatchFacts, BatchPlan
from ndb_desktop.formats.card import build_card
from ndb_desktop.services.batch_plan import (
    builtin_recommenders,
    facts_of,
    plan_of,
    read_plan,
    read_recommender_table,
    set_recommenders,
    start_office,
)
from ndb_desktop.services.intake_checks import batch_warnings
from ndb_desktop.services.office import Office
from ndb_desktop.services.office_folder import open_office
from tests.support.office import Clock, make_office, small_batch, use_tiny
from tests.support.travel import AT, person, tiny_application, tiny_pack

LISTED = Recommenders((Recommender("440000", "广东省工业和信息化厅"), Recommender("440300", "深圳市工业和信息化局")))


def card(name: str, *, trial: bool = True) -> bytes:
    return build_card(person(name), name=name, employer="示例监督处", trial=trial, created_at=AT)


def start(folder: Path, facts: BatchFacts, *officers: tuple[Role, bytes]) -> Office:
    office = start_office(
        folder, plan=BatchPlan(small_batch(), facts), packs={"park": tiny_pack()}, identity=person("组织方"),
        name="评审办", recovery=person("恢复").public, officers=officers, reason="按分工", clock=Clock(),
    )  # fmt: skip
    return use_tiny(office)


def refusal(office: Office, listed: Recommenders, reason: str) -> set[str]:
    with pytest.raises(NdbError) as caught:
        set_recommenders(office, listed, reason=reason)
    return {fault.code for fault in caught.value.faults}


def test_a_registry_keeps_its_facts_and_gives_the_plan_back(tmp_path: Path) -> None:
    facts = BatchFacts(LISTED, 2, 0, avoid_province=False, notice_days=7, count_start_day=True)
    start(tmp_path / "o", facts).close()
    office = open_office(tmp_path / "o", person("组织方"), clock=Clock())
    assert facts_of(office) == facts
    assert plan_of(office) == BatchPlan(small_batch(), facts)
    office.close()


def test_a_registry_made_before_has_the_usual_facts_and_checks_no_list(tmp_path: Path) -> None:
    office = make_office(tmp_path / "o", applications=1, experts=0, assigned=False)
    assert facts_of(office) == BatchFacts()
    known = dataclasses.replace(office.applications()[0], recommender="谁也不是")
    assert not [f for f in batch_warnings(office, known, "a:1") if "RECOMMENDER" in f.code]
    office.close()


@pytest.mark.parametrize(
    ("region", "name", "cities", "code"),
    [
        ("440100", "广东省工业和信息化厅", False, None),
        ("440300", "深圳市工业和信息化局", True, None),
        ("440300", "深圳市工业和信息化局", False, "E-IMPORT-RECOMMENDER-OTHER"),
        ("440100", "谁也不是", False, "E-IMPORT-RECOMMENDER"),
        ("110000", "北京市经济和信息化局", False, "E-IMPORT-RECOMMENDER-REGION"),
    ],
)
def test_the_import_asks_the_list_of_this_batch(
    tmp_path: Path, region: str, name: str, cities: bool, code: str | None
) -> None:
    office = start(tmp_path / "o", BatchFacts(dataclasses.replace(LISTED, cities=cities)))
    asked = dataclasses.replace(tiny_application(1), region=region, recommender=name)
    found = [fault for fault in batch_warnings(office, asked, "applications.jsonl:1") if "RECOMMENDER" in fault.code]
    assert [(fault.code, fault.place) for fault in found] == ([(code, "applications.jsonl:1")] if code else [])
    office.close()


def test_a_changed_list_counts_from_now_on_and_stands_in_the_log(tmp_path: Path) -> None:
    office = start(tmp_path / "o", BatchFacts(LISTED, notice_days=9))
    changed = dataclasses.replace(builtin_recommenders(), cities=True)
    set_recommenders(office, changed, reason="按通知")
    assert facts_of(office) == BatchFacts(changed, notice_days=9)
    last = office.log_rows()[-1]
    assert (last.action, last.details) == ("recommenders", {"rows": 37, "cities": True, "reason": "按通知"})
    assert office.verify_log().ok
    office.close()


def test_a_list_that_is_wrong_or_has_no_reason_changes_nothing(tmp_path: Path) -> None:
    office = start(tmp_path / "o", BatchFacts(LISTED))
    before = len(office.log_rows())
    assert refusal(office, LISTED, " ") == {"E-REASON"}
    assert refusal(office, Recommenders(()), "按通知") == {"E-RECOMMENDERS-NONE"}
    assert facts_of(office).recommenders == LISTED
    assert len(office.log_rows()) == before
    office.close()
    recovered = open_office(tmp_path / "o", person("恢复"), clock=Clock())
    assert refusal(recovered, LISTED, "按通知") == {"E-OFFICE-RECOVERY"}
    recovered.close()


def test_supervisor_and_archivist_are_appointed_at_the_start_in_whatever_order(tmp_path: Path) -> None:
    office = start(tmp_path / "o", BatchFacts(), ("supervisor", card("监督甲")), ("archivist", card("档案乙")))
    assert {(one.role, one.name) for one in office.decided.officers()} == {
        ("supervisor", "监督甲"),
        ("archivist", "档案乙"),
    }
    assert {one.reason for one in office.decided.all()} == {"按分工"}
    assert office.decided.check() == ()
    office.close()


@pytest.mark.parametrize(
    ("code", "officers"),
    [
        ("E-OFFICER-KEY", [("supervisor", card("组织方"))]),
        ("E-OFFICER-KEY", [("supervisor", card("恢复"))]),
        ("E-OFFICER-KEY", [("supervisor", card("甲")), ("archivist", card("甲"))]),
        ("E-OFFICER-TRIAL", [("supervisor", card("甲", trial=False))]),
    ],
)
def test_nothing_is_made_when_a_card_would_not_be_taken(
    tmp_path: Path, code: str, officers: list[tuple[Role, bytes]]
) -> None:
    with pytest.raises(NdbError) as caught:
        start(tmp_path / "o", BatchFacts(), *officers)
    assert caught.value.code == code
    assert not (tmp_path / "o").exists()


def test_nothing_is_made_after_a_list_that_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(NdbError) as caught:
        start(tmp_path / "o", BatchFacts(Recommenders((Recommender("990000", "x"),))))
    assert {fault.code for fault in caught.value.faults} == {"E-RECOMMENDERS-REGION"}
    assert not (tmp_path / "o").exists()


def test_files_that_are_not_there_are_told(tmp_path: Path) -> None:
    for read in (read_plan, read_recommender_table):
        with pytest.raises(NdbError) as caught:
            read(tmp_path / "none.json")
        assert caught.value.code == "E-STORE-MISSING"
