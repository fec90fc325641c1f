"""Actual values verified on site: a target stands where a datum does, and a signed record settles it for everybody."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.stageresult import AcceptanceOutcome
from ndb_desktop.services.agenda import agenda
from ndb_desktop.services.disputes import decide, list_disputes
from ndb_desktop.services.merge import merge_files
from ndb_desktop.services.office import Office
from ndb_desktop.services.site_merge import merge_sites
from ndb_desktop.services.stage_results import base_result, compute_stage
from ndb_desktop.services.visit_issue import issue_visit
from ndb_desktop.services.visits import VisitPlan, draw_sample, plan_visit, uncovered
from tests.support.office import documented, store_documents
from tests.support.stage_office import (
    EXPERTS,
    TARGET,
    WORSE,
    base_application,
    reached,
    stage_file,
    stage_office,
    stage_sheet,
)
from tests.support.visits import TEAM, frozen, site_pack, verified, with_inspectors


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """Revenue is challenged by one of five experts, and the coordinator sends somebody to look."""
    base = base_application(1)
    made = stage_office(tmp_path / "office", bases=[base], handed=[documented(reached(base))])
    store_documents(made)
    for expert in EXPERTS:
        sheet = stage_sheet(made, "P001", challenged={TARGET: "101"} if expert == "E02" else None)
        merge_files(made, [stage_file(made, tmp_path / f"{expert}.ndbscore", expert, [sheet])])
    decide(made, ("P001", TARGET, ""), "site", reason="需现场核验")
    with_inspectors(made, tmp_path / "cards")
    return made


def plan(office: Office, **changes: object) -> tuple[str, ...]:
    visit = plan_visit(office, VisitPlan("P001", TEAM, **changes), site_pack())  # type: ignore[arg-type]
    return tuple(one.id for one in visit.wanted)


def test_a_visit_verifies_what_was_sent_to_site(office: Office) -> None:
    assert uncovered(office) == (("P001", TARGET, ""),)
    visit = plan_visit(office, VisitPlan("P001", TEAM), site_pack())
    (one,) = visit.wanted
    assert (one.datum, one.key, one.indicator, one.unit, one.declared, one.whys) == (
        TARGET, "", "P1.1", "yi_yuan", Decimal(120), ("challenge",),
    )  # fmt: skip
    assert uncovered(office) == ()


def test_only_targets_of_the_base_can_be_listed_or_drawn(office: Office) -> None:
    for place in ((TARGET, "2028"), ("rd", "2025"), ("P9.9.none", "")):
        with pytest.raises(NdbError) as caught:
            plan(office, listed={place: ""})
        assert caught.value.code == "E-VISIT-DATUM"
    work = office.stage_work("P001")
    assert work is not None
    drawn = plan(office, challenges=False, flags=True, sample=3, seed="9231")
    assert len(drawn) == 3
    assert set(drawn) <= set(work.values)
    again = draw_sample(office.application("P001"), "9231", 3, [(name, "") for name in work.values])
    assert tuple(name for name, _ in again) == drawn


def test_the_figure_of_a_signed_record_counts_for_every_expert(office: Office, tmp_path: Path) -> None:
    before = compute_stage(office).digest
    visit = plan_visit(office, VisitPlan("P001", TEAM, listed={(WORSE, ""): "抽查"}), site_pack())
    issue_visit(office, visit.id, tmp_path / "out")
    (bundle,) = office.registry.visit_bundles()
    path = frozen(
        office, visit, bundle, tmp_path / "in" / "a.ndbsite", verified("101", datum=TARGET),
        verified("120", datum=WORSE, effect="keep"),
    ).path  # fmt: skip
    report = merge_sites(office, [path])
    assert [(one.verdict, one.fault) for one in report.verdicts] == [("accepted", None)]
    assert report.result_digest == compute_stage(office).digest != before
    base = base_result(office, "P001")
    assert base.waiting == ()
    assert base.work is not None
    assert base.work.actual_by_id[TARGET].verified == Decimal(101)
    outcome = base.outcome
    assert isinstance(outcome, AcceptanceOutcome)
    assert {row.id: row.actual for row in outcome.targets}[TARGET] == 101
    rulings = {one.datum: one.ruling for one in list_disputes(office)}
    assert [(name, one.visit, one.action) for name, one in sorted(rulings.items()) if one] == [
        (TARGET, visit.id, "replace"), (WORSE, visit.id, "keep"),
    ]  # fmt: skip
    assert office.rebuild().equal


def test_the_agenda_asks_for_decisions_on_bases_not_for_final_results(office: Office) -> None:
    found = {todo.kind: todo.count for todo in agenda(office, office.status(), office.covers())}
    assert found["undecided"] == 1
    assert "not_final" not in found
