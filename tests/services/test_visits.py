"""Visits: who may inspect whom, what is verified and why, and the bundle that every member opens."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from ndb_desktop.crypto.sealing import new_secret
from ndb_desktop.domain.batch import Assignment
from ndb_desktop.formats.batchfile import expert_to_json
from ndb_desktop.formats.bundle import CORE_MEMBER, BundleReader
from ndb_desktop.formats.siteparts import decode_visit
from ndb_desktop.services import visit_issue
from ndb_desktop.services.disputes import decide
from ndb_desktop.services.inspectors import confirm_inspector, import_inspectors, revoke_inspector
from ndb_desktop.services.merge import merge_files
from ndb_desktop.services.office import Office
from ndb_desktop.services.tasks import Cancelled, CancelToken
from ndb_desktop.services.visit_issue import issue_visit
from ndb_desktop.services.visits import VisitPlan, draw_sample, list_visits, plan_visit, visit_of
from ndb_desktop.storage.coredb import read_core, write_core
from ndb_desktop.storage.registry_rows import ExpertRow
from tests.support.office import make_expert, make_score_file, put_application, recused_sheet, reopen
from tests.support.travel import person, refusal
from tests.support.visits import (
    TEAM,
    card_of,
    opened_copy,
    planned,
    site_pack,
    visited_office,
    wide_application,
    with_inspectors,
    write_cards,
)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("visits")
    made = visited_office(home / "registry")
    with_inspectors(made, home / "cards")
    made.close()
    return made.folder


@pytest.fixture
def office(template: Path, tmp_path: Path) -> Iterator[Office]:
    made = opened_copy(template, tmp_path / "registry")
    yield made
    made.close()


# ----- inspectors -----


def test_cards_become_inspectors_whose_keys_wait_for_a_look(office: Office, tmp_path: Path) -> None:
    folder = tmp_path / "more"
    folder.mkdir()
    (folder / "某某.ndbcard").write_bytes(card_of("甲", shown="张三"))
    (folder / "J07_李四.ndbcard").write_bytes(card_of("乙", shown="李四"))
    report = import_inspectors(office, folder)
    assert (report.rows, report.keys) == (2, 2)
    rows = {row.id: row for row in office.registry.inspectors()}
    assert rows["J03"].name == "张三"
    assert rows["J07"].employer == "示例检验院"
    assert rows["J07"].status == "unconfirmed"
    assert rows["J07"].keyid == person("乙").keyid
    again = import_inspectors(office, folder)
    assert (again.ok, again.keys) == (True, 0)


def codes(office: Office, path: Path) -> set[str]:
    before = office.registry.inspectors()
    report = import_inspectors(office, path)
    assert office.registry.inspectors() == before
    return {fault.code for fault in report.faults}


def test_cards_that_cannot_be_are_refused_together(office: Office, tmp_path: Path) -> None:
    bad = tmp_path / "bad"
    bad.mkdir()
    assert codes(office, bad) == {"E-INSPECTOR-NONE"}
    (bad / "J08.ndbcard").write_bytes(card_of("J08", trial=False))
    (bad / "J09.ndbcard").write_bytes(card_of("J01", shown="别人"))
    (bad / "J10.ndbcard").write_bytes(card_of("组织方"))
    (bad / "J11.ndbcard").write_bytes(card_of("J11"))
    (bad / "J02.ndbcard").write_bytes(card_of("另一人"))
    found = codes(office, bad)
    assert found == {"E-INSPECTOR-TRIAL", "E-INSPECTOR-TAKEN", "E-INSPECTOR-KEY", "E-INSPECTOR-OTHER"}


def test_a_lost_key_is_revoked_and_a_new_card_takes_its_place(office: Office, tmp_path: Path) -> None:
    assert refusal(lambda: revoke_inspector(office, "J01", " ")) == "E-REASON"
    revoke_inspector(office, "J01", "遗失")
    wrong = refusal(lambda: confirm_inspector(office, "J01", person("J01").keyid))
    assert wrong == "E-INSPECTOR-FINGERPRINT"
    card = tmp_path / "J01.ndbcard"
    card.write_bytes(card_of("新", shown="检查员J01"))
    assert import_inspectors(office, card).keys == 1
    confirm_inspector(office, "J01", person("新").keyid)
    assert refusal(lambda: confirm_inspector(office, "J77", "x")) == "E-INSPECTOR-UNKNOWN"
    visit = planned(office)
    assert visit.member_by_id["J01"].key == person("新").public.age_recipient


# ----- who may not -----


def member_refused(office: Office, tmp_path: Path, name: str, data: bytes, application: str = "A-001") -> str:
    card = tmp_path / f"{name}.ndbcard"
    card.write_bytes(data)
    report = import_inspectors(office, card)
    assert report.ok, report.faults
    return refusal(lambda: planned(office, application, team=("J01", name)))


def test_an_expert_of_the_applicant_is_no_inspector_by_id_key_or_name(office: Office, tmp_path: Path) -> None:
    assert member_refused(office, tmp_path, "E02", card_of("别人1")) == "E-VISIT-EXPERT"
    name = "专家03"
    data = card_of("别人2", shown=name, employer="示例研究所03")
    assert member_refused(office, tmp_path, "J30", data) == "E-VISIT-EXPERT"
    namesake = card_of("别人3", shown=name, employer="另一单位")
    assert member_refused(office, tmp_path, "J31", namesake) == ""


def test_the_key_of_an_expert_gives_an_inspector_away(office: Office, tmp_path: Path) -> None:
    path = make_score_file(office, tmp_path / "E04.ndbscore", "E04", [recused_sheet("A-001")])
    assert merge_files(office, [path]).counts() == {"accepted": 1}
    assert member_refused(office, tmp_path, "J40", card_of("E04", shown="化名")) == "E-VISIT-EXPERT"


def test_a_former_assignment_and_a_recalled_bundle_count_as_well(office: Office, tmp_path: Path) -> None:
    kept = [pair for pair in office.assignments() if pair.expert != "E05"]
    office.replace_assignments(kept, {"reason": "换人"})
    assert member_refused(office, tmp_path, "E05", card_of("别人5")) == "E-VISIT-EXPERT"


def test_another_applicant_is_free_and_every_application_of_the_same_one_is_not(tmp_path: Path) -> None:
    office = visited_office(tmp_path / "r", applications=2)
    with_inspectors(office, tmp_path / "cards")
    apart = [pair for pair in office.assignments() if (pair.application, pair.expert) != ("A-002", "E01")]
    office.replace_assignments(apart)
    third = wide_application(3, credit_code="911100000000000001")
    put_application(office, third)
    # E01 was given A-001, whose applicant stands behind A-003 too.
    assert member_refused(office, tmp_path, "E01", card_of("别人6"), "A-003") == "E-VISIT-EXPERT"
    office.close()


def test_the_grounds_of_conflict_hold_for_inspectors_too(office: Office, tmp_path: Path) -> None:
    card = tmp_path / "J50.ndbcard"
    card.write_bytes(card_of("J50", employer="示例园区1"))
    assert import_inspectors(office, card).ok
    team = ("J01", "J50")
    assert refusal(lambda: planned(office, team=team)) == "E-VISIT-CONFLICT"
    assert planned(office, team=team, excused={"J50": "同名不同单位，已核实"}).id == "S-001"


def test_whoever_inspects_does_not_score_that_applicant_afterwards(office: Office) -> None:
    rows = list(office.assignments())
    planned(office)
    late = make_expert(9, name="检查员J01", employer="示例检验院")
    office.registry.put_experts([ExpertRow(late.id, expert_to_json(late), office.now())])
    grounds = [(one.application, one.source, one.words) for one in office.conflicts() if one.expert == "E09"]
    assert grounds == [("A-001", "visit", "J01 S-001")]
    wanted = [*rows, Assignment("E09", "A-001")]
    assert refusal(lambda: office.replace_assignments(wanted)) == "E-OFFICE-CONFLICT"
    office.replace_assignments([*rows, Assignment("E09", "A-002")])


# ----- what is verified -----


def test_every_reason_for_a_datum_is_kept(office: Office) -> None:
    decide(office, ("A-001", "rd", "2025"), "site", reason="须到现场核实")
    visit = planned(office, listed={("rd", "2025"): "看台账", ("rd", "2023"): ""}, sample=2, seed="第 7 期")
    wanted = visit.wanted_by_id
    assert wanted["rd/2025"].whys == ("challenge", "sample", "coordinator")
    assert wanted["rd/2023"].whys == ("sample", "coordinator")
    assert (wanted["rd/2025"].declared, wanted["rd/2025"].unit) == (Decimal("2.37"), "percent")
    assert (wanted["rd/2025"].indicator, wanted["rd/2025"].note) == ("T1.1", "看台账")
    assert visit.required == TEAM
    assert visit_of(office, "S-001")[0] == visit
    assert list_visits(office) == (visit,)


def test_flags_of_the_data_ask_for_a_look(tmp_path: Path) -> None:
    office = visited_office(tmp_path / "r")
    with_inspectors(office, tmp_path / "cards")
    put_application(office, wide_application(1, data={
        "rd": replace(wide_application(1).data["rd"], values={"2024": Decimal("0.01"), "2025": Decimal(70)}),
    }))  # fmt: skip
    pack = office.packs["park"]
    (first, second) = pack.indicators
    years = replace(first, data=(replace(first.data[0], years=2),))
    office.__dict__["packs"] = {"park": replace(pack, indicators=(years, second))}
    visit = planned(office, listed={}, flags=True)
    assert {one.id: one.whys for one in visit.wanted} == {"rd/2024": ("flag",), "rd/2025": ("flag",)}
    office.close()


def test_a_sample_is_the_same_for_the_same_seed_and_asks_for_one() -> None:
    values = {str(year): Decimal(year) for year in range(1950, 2025)}
    application = wide_application(1, data={"rd": replace(wide_application(1).data["rd"], values=values)})
    drawn = draw_sample(application, "种子", 5)
    assert drawn == draw_sample(application, " 种子 ", 5)
    assert len(drawn) == 5
    assert drawn != draw_sample(application, "别的", 5)
    assert set(draw_sample(application, "种子", 3)) < set(drawn)
    assert refusal(lambda: draw_sample(application, " ", 1)) == "E-VISIT-SEED"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"team": ("J01",)}, "E-VISIT-TEAM"),
        ({"team": ("J01", "J01")}, "E-VISIT-TEAM"),
        ({"team": ("J01", "J09")}, "E-INSPECTOR-UNKNOWN"),
        ({"required": ("J01",)}, "E-VISIT-SIGNERS"),
        ({"required": ("J01", "J03")}, "E-VISIT-SIGNERS"),
        ({"listed": {("rd", "1999"): ""}}, "E-VISIT-DATUM"),
        ({"listed": {("nothing", ""): ""}}, "E-VISIT-DATUM"),
        ({"sample": 1}, "E-VISIT-SEED"),
        ({"application": "A-404"}, "E-OFFICE-APPLICATION"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(office: Office, changes: dict[str, object], code: str) -> None:
    assert refusal(lambda: planned(office, **changes)) == code  # type: ignore[arg-type]
    assert office.registry.visits() == ()


def test_a_checklist_for_others_is_refused(office: Office) -> None:
    pack = replace(site_pack(), categories=("enterprise",))
    assert refusal(lambda: plan_visit(office, VisitPlan("A-001", TEAM), pack)) == "E-VISIT-PACK"


# ----- the bundle -----


def test_the_bundle_opens_for_every_member_and_holds_one_applicant(office: Office, tmp_path: Path) -> None:
    visit = planned(office)
    bundle = issue_visit(office, visit.id, tmp_path / "out")
    assert bundle.secret is None
    with BundleReader(Path(bundle.path)) as reader:
        assert reader.digest == bundle.digest
        assert (reader.manifest.kind, reader.manifest.expert.id) == ("site", "S-001")
        assert [one.name for one in reader.manifest.team] == ["检查员J01", "检查员J02"]
        copy = tmp_path / "core.db"
        reader.copy_member(CORE_MEMBER, copy)
        for name in (*TEAM, "组织方", "恢复"):
            assert reader.unlock(person(name)) == bundle.opens
        assert refusal(lambda: reader.unlock(person("E01"))) == "E-BUNDLE-KEY"
        core = read_core(copy, bundle.opens)
        stored = office.attachments("A-001")
        assert b"".join(reader.chunks("att/0000.db")) == stored.path.read_bytes()
    assert [row.id for row in core.applications] == ["A-001"]
    assert decode_visit(core.meta["visit"].encode()) == visit
    assert core.meta["site_pack"].encode() == site_pack().raw
    assert set(core.packs) == {office.packs["park"].digest}
    assert "expert" not in core.meta
    (row,) = office.registry.visit_bundles("S-001")
    assert row.digest == bundle.digest
    assert [one.action for one in office.log_rows(newest=1)] == ["visit.issued"]
    assert bundle.opens not in str(office.log_rows())


def test_a_bundle_issued_anew_puts_the_earlier_out_of_force_and_can_have_a_slip(office: Office, tmp_path: Path) -> None:
    planned(office)
    first = issue_visit(office, "S-001", tmp_path)
    second = issue_visit(office, "S-001", tmp_path, slip=True)
    assert second.secret == second.opens
    rows = {row.bundle_id: row for row in office.registry.visit_bundles()}
    assert rows[first.bundle_id].revoked_at
    assert rows[second.bundle_id].revoked_at == ""
    assert "_rev2_" in second.path


def test_nothing_is_issued_with_a_key_that_does_not_count_or_data_that_changed(office: Office, tmp_path: Path) -> None:
    import_inspectors(office, write_cards(tmp_path / "more", ["J03"]))
    planned(office, team=("J01", "J03"))
    assert refusal(lambda: issue_visit(office, "S-001", tmp_path / "out")) == "E-VISIT-KEY"
    planned(office)
    revoke_inspector(office, "J02", "遗失")
    assert refusal(lambda: issue_visit(office, "S-002", tmp_path / "out")) == "E-VISIT-KEY"
    assert refusal(lambda: issue_visit(office, "S-404", tmp_path / "out")) == "E-VISIT-UNKNOWN"
    confirm_inspector(office, "J03", person("J03").keyid)
    values = {"2023": Decimal("1.9"), "2025": Decimal("2.5")}
    put_application(office, wide_application(1, data={"rd": replace(wide_application(1).data["rd"], values=values)}))
    assert refusal(lambda: issue_visit(office, "S-001", tmp_path / "out")) == "E-VISIT-CHANGED"
    assert office.registry.visit_bundles() == ()
    assert not (tmp_path / "out").exists()


def test_cancelled_damaged_or_untested_leaves_nothing(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned(office)
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        issue_visit(office, "S-001", tmp_path / "out", cancel=token)
    with monkeypatch.context() as patch:
        # Written under another secret than the slots give.
        other = lambda path, _secret, content, durable: write_core(path, new_secret(), content, durable=durable)  # noqa: E731
        patch.setattr(visit_issue, "write_core", other)
        assert refusal(lambda: issue_visit(office, "S-001", tmp_path / "out")) == "E-ISSUE-TEST"
    path = office.attachments("A-001").path
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    assert refusal(lambda: issue_visit(office, "S-001", tmp_path / "out")) == "E-ISSUE-DOCUMENTS"
    assert list((tmp_path / "out").iterdir()) == []
    assert office.registry.visit_bundles() == ()


def test_a_registry_of_an_older_program_opens_and_learns_of_visits(tmp_path: Path) -> None:
    office = visited_office(tmp_path / "r")
    db = office.registry._db.conn  # type: ignore[attr-defined]
    for table in ("inspector", "visit", "visit_bundle", "site_file", "site_check", "site_veto", "site_standing"):
        db.execute(f"DROP TABLE {table}")
    for column in ("first_site", "sites"):
        db.execute(f"ALTER TABLE merge_run DROP COLUMN {column}")
    db.execute("DELETE FROM _sqlite_migrations WHERE name = '0011_visits'")
    office = reopen(office)
    with_inspectors(office, tmp_path / "cards")
    assert planned(office).id == "S-001"
    office.close()
