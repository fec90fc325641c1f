"""A visit is withdrawn by a signed decision and keeps its number; what is odd about a plan is said before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.formats.batchfile import expert_to_json
from ndb_desktop.formats.decisionfile import open_decision
from ndb_desktop.services.archive import archive
from ndb_desktop.services.disputes import decide
from ndb_desktop.services.inspectors import import_inspectors, revoke_inspector
from ndb_desktop.services.office import Office
from ndb_desktop.services.site_merge import merge_sites
from ndb_desktop.services.verify import verify_file
from ndb_desktop.services.visit_issue import issue_visit
from ndb_desktop.services.visit_notices import Notice, notices_of
from ndb_desktop.services.visit_withdraw import visit_states, withdraw_visit, withdrawn_visits
from ndb_desktop.services.visits import VisitPlan, draft_visit, uncovered
from ndb_desktop.storage.registry_rows import ExpertRow
from tests.support.archives import DAY, members_of
from tests.support.office import make_expert, reopen
from tests.support.travel import refusal
from tests.support.visits import (
    TEAM,
    frozen,
    opened_copy,
    planned,
    site_pack,
    verified,
    visited_office,
    with_inspectors,
    write_cards,
)

WHY = "建错了单位"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("withdrawn")
    made = visited_office(home / "registry")
    with_inspectors(made, home / "cards")
    made.close()
    return made.folder


@pytest.fixture
def office(template: Path, tmp_path: Path) -> Iterator[Office]:
    made = opened_copy(template, tmp_path / "registry")
    yield made
    made.close()


def test_a_withdrawn_visit_stays_in_sight_and_its_number_is_never_used_again(office: Office, tmp_path: Path) -> None:
    planned(office)
    assert refusal(lambda: withdraw_visit(office, "S-001", "  ")) == "E-REASON"
    assert refusal(lambda: withdraw_visit(office, "S-404", WHY)) == "E-VISIT-UNKNOWN"
    assert withdrawn_visits(office) == {}
    made = withdraw_visit(office, "S-001", f" {WHY} ")
    assert (made.kind, made.subject, made.reason) == ("void", "S-001", WHY)
    assert made.keyids == (office.coordinator.keyid,)
    assert [one.action for one in office.log_rows(newest=1)] == ["decision"]
    assert planned(office).id == "S-002"
    assert visit_states(office) == {"S-001": "withdrawn", "S-002": "planned"}
    with pytest.raises(NdbError) as found:
        withdraw_visit(office, "S-001", WHY)
    assert (found.value.code, found.value.params["at"]) == ("E-VISIT-WITHDRAWN", made.at)
    assert refusal(lambda: issue_visit(office, "S-001", tmp_path / "out")) == "E-VISIT-WITHDRAWN"
    assert office.registry.visit_bundles() == ()
    assert office.rebuild().equal
    again = reopen(office)
    assert visit_states(again) == {"S-001": "withdrawn", "S-002": "planned"}
    again.close()


def test_an_issued_one_is_withdrawn_as_well_and_its_record_refused_by_name(office: Office, tmp_path: Path) -> None:
    visit = planned(office)
    bundle = issue_visit(office, visit.id, tmp_path / "out")
    path = frozen(office, visit, bundle, tmp_path / "in/a.ndbsite", verified("1.5")).path
    made = withdraw_visit(office, visit.id, WHY)
    assert made.content["bundles"] == bundle.bundle_id
    assert [bool(one.revoked_at) for one in office.registry.visit_bundles()] == [True]
    for dry_run in (True, False):
        (verdict,) = merge_sites(office, [path], dry_run=dry_run, results=False).verdicts
        assert verdict.fault is not None
        assert (verdict.verdict, verdict.fault.code) == ("refused", "E-VISIT-WITHDRAWN")
    assert office.registry.site_files() == ()
    assert office.rebuild().equal


def test_one_with_a_record_is_not_withdrawn(office: Office, tmp_path: Path) -> None:
    visit = planned(office)
    bundle = issue_visit(office, visit.id, tmp_path / "out")
    path = frozen(office, visit, bundle, tmp_path / "in/a.ndbsite", verified("1.5")).path
    assert merge_sites(office, [path], results=False).verdicts[0].verdict == "accepted"
    count = office.registry.decision_count()
    assert refusal(lambda: withdraw_visit(office, visit.id, WHY)) == "E-VISIT-RECORDED"
    assert office.registry.decision_count() == count
    assert not any(one.revoked_at for one in office.registry.visit_bundles())
    assert visit_states(office) == {"S-001": "current"}


def test_what_it_was_to_verify_waits_for_another_visit(office: Office) -> None:
    decide(office, ("A-001", "rd", "2025"), "site", reason="须到现场核实")
    planned(office)
    assert uncovered(office) == ()
    withdraw_visit(office, "S-001", WHY)
    assert uncovered(office) == (("A-001", "rd", "2025"),)


def test_who_never_got_its_bundle_may_score_and_who_got_it_may_not(office: Office, tmp_path: Path) -> None:
    late = make_expert(9, name="检查员J01", employer="示例检验院")
    office.registry.put_experts([ExpertRow(late.id, expert_to_json(late), office.now())])

    def barred() -> list[str]:
        return [one.words for one in office.conflicts() if one.source == "visit"]

    planned(office)
    planned(office)
    issue_visit(office, "S-002", tmp_path / "out")
    assert barred() == ["J01 S-001", "J01 S-002"]
    for name in ("S-001", "S-002"):
        withdraw_visit(office, name, WHY)
    assert barred() == ["J01 S-002"]


def test_the_archive_holds_it_with_the_decision(office: Office, tmp_path: Path) -> None:
    planned(office)
    withdraw_visit(office, "S-001", WHY)
    filed = archive(office, tmp_path, filed_on=DAY)
    assert not verify_file(filed.path).faults
    members = members_of(filed.path)
    decisions = [open_decision(data)[1] for name, data in members.items() if name.startswith("decision/")]
    assert [(one.kind, one.subject, one.reason) for one in decisions if one.kind == "void"] == [("void", "S-001", WHY)]
    assert sum(name.startswith("visit/") for name in members) == 1


def test_what_is_odd_about_a_plan_is_said_before_and_refuses_nothing(office: Office, tmp_path: Path) -> None:
    def said(team: tuple[str, ...] = TEAM, **listed: str) -> tuple[Notice, ...]:
        plan = VisitPlan("A-001", team, listed={("rd", key.lstrip("y")): "" for key in listed})
        return notices_of(office, draft_visit(office, plan, site_pack()))

    assert said(y2025="") == ()
    assert said() == (Notice("empty"),)
    assert office.registry.visits() == (), "a draft is not on record"
    import_inspectors(office, write_cards(tmp_path / "more", ["J03", "J04"]))
    revoke_inspector(office, "J04", "遗失")
    assert said(("J03", "J04"), y2025="") == (Notice("unconfirmed", ("J03",)), Notice("revoked", ("J04",)))
    first = planned(office)
    assert notices_of(office, first) == (), "it is no repetition of itself"
    assert said(("J02", "J01"), y2023="") == (Notice("repeated", ("S-001",)),)
    assert said(("J01", "J03"), y2023="") == (Notice("unconfirmed", ("J03",)),)
    withdraw_visit(office, "S-001", WHY)
    assert said(y2025="") == ()
