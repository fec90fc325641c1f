"""From scores to a result that may leave the house: opened, voted on, finalised, and only so reopened."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from ndb_desktop.domain.batch import Quota
from ndb_desktop.domain.decision import Decision
from ndb_desktop.domain.finality import GROUNDS
from ndb_desktop.domain.settlement import Outcome, Vote, carried, content, settlements
from ndb_desktop.domain.sheet import Sheet
from ndb_desktop.formats.card import build_card
from ndb_desktop.services import outcome, panel_heads
from ndb_desktop.services.digest_words import spoken
from ndb_desktop.services.merge import merge_files
from ndb_desktop.services.office import Office
from ndb_desktop.services.report import panel_report
from ndb_desktop.services.results import compute, export_results, internal_results, public_results, record_veto
from ndb_desktop.services.settlements import settle
from ndb_desktop.storage.registry_rows import Veto
from tests.support.office import make_office, make_score_file, reopen, scored_sheet, small_batch
from tests.support.reports import read, spaceless
from tests.support.travel import AT, person, refusal, tiny_application

EXPERTS = ("E01", "E02", "E03", "E04", "E05")
FOR = tuple(Vote(name, "for") for name in EXPERTS)
AGAINST = (Vote("E01", "against", "数据来源存疑"), *(Vote(name, "against") for name in EXPERTS[1:]))


def sheet(application: str) -> Sheet:
    """A sheet with marks that differ, so that it raises no flag."""
    one = scored_sheet(application, 88)
    return replace(one, items={**one.items, "T1.2.plan": replace(one.items["T1.2.plan"], value=Decimal(87))})


def make(tmp_path: Path, *, trial: bool) -> Office:
    """Three equal applications that reach the standard, two seats: all three are pending."""
    listed = [tiny_application(n, "2.9") for n in (1, 2, 3)]
    batch = small_batch(trial=trial, quotas={"park": Quota(total=2)})
    office = make_office(tmp_path / "office", applications=listed, batch=batch)
    for name in EXPERTS:
        make_score_file(office, tmp_path / f"in/{name}.ndbscore", name, [sheet(a.id) for a in listed])
    assert {row.verdict for row in merge_files(office, [tmp_path / "in"]).verdicts} == {"accepted"}
    return office


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    office = make(tmp_path, trial=True)
    yield office
    office.close()


def vote(office: Office, name: str, way: Outcome, votes: tuple[Vote, ...] = FOR) -> str:
    return refusal(
        lambda: settle(office, compute(office), name, way, issue="同分，名额不足", votes=votes, reason="按多数意见")
    )


def settle_all(office: Office) -> None:
    assert vote(office, "A-001", "selected") == ""
    assert vote(office, "A-003", "selected") == ""
    assert vote(office, "A-002", "not_selected", AGAINST) == ""


def final(office: Office, supervisor: str = "") -> str:
    second = person(supervisor) if supervisor else None
    return refusal(lambda: outcome.finalise(office, compute(office), reason="评审完成", second=second))


# ----- votes -----


def test_a_vote_decides_what_scores_leave_open_and_nothing_else(office: Office) -> None:
    before = compute(office)
    assert set(before.selection.of("pending")) == {"A-001", "A-002", "A-003"}
    settle_all(office)
    after = compute(office)
    assert after.selection.of("selected") == ("A-001", "A-003")
    assert after.selection.of("not_selected") == ("A-002",)
    assert after.results == before.results, "no score moves"
    kept = settlements(office.decided.all())["A-002"]
    assert (kept.count("against"), kept.votes[0]) == (5, AGAINST[0])
    again = reopen(office)
    assert compute(again).digest == after.digest
    again.close()


def test_no_more_are_selected_than_there_are_seats(office: Office) -> None:
    assert vote(office, "A-001", "selected") == ""
    assert vote(office, "A-002", "selected") == ""
    assert vote(office, "A-003", "selected") == "E-SETTLE-SEATS"
    assert vote(office, "A-002", "not_selected", AGAINST) == "E-SETTLE-STATE", "settled already"


@pytest.mark.parametrize(
    ("way", "votes"),
    [
        ("selected", ()),
        ("selected", (*FOR, FOR[0])),
        ("selected", (Vote("E99", "for"),)),
        ("selected", AGAINST),
        ("not_selected", FOR),
        ("selected", (Vote("E01", "for"), Vote("E02", "against"))),
    ],
)
def test_votes_that_do_not_hold_are_refused(office: Office, way: Outcome, votes: tuple[Vote, ...]) -> None:
    assert vote(office, "A-001", way, votes) == "E-SETTLE-VOTES"
    assert office.decided.all() == ()


def test_a_vote_on_a_result_that_changed_since_counts_no_longer(office: Office, tmp_path: Path) -> None:
    assert vote(office, "A-001", "selected") == ""
    assert compute(office).selection.states["A-001"] == "selected"
    with office.registry.transaction():
        office.registry._db.conn.execute("UPDATE standing SET state = 'void' WHERE expert = 'E05'")
    assert compute(office).selection.states["A-001"] != "selected"


def test_the_words_of_a_vote_come_back_exactly() -> None:
    votes = (Vote("专家 一", "abstain"), Vote("E-02", "against", "两行\n意见"), Vote("E03", "for"))
    made = Decision(1, "d", "", "settlement", "A-1", content("selected", "议题", votes, "r"), "理由", AT)
    assert settlements([made])["A-1"].votes == votes
    assert not carried(votes)
    assert carried(votes[2:])


# ----- opening -----


def test_scores_are_opened_by_two_and_each_look_is_logged(tmp_path: Path) -> None:
    office = make(tmp_path, trial=False)
    assert refusal(lambda: internal_results(office)) == "E-DECISION-SUPERVISOR"
    card = build_card(person("监督甲"), name="监督甲", employer="示例监督处", trial=False, created_at=AT)
    office.decided.appoint(card, "supervisor", reason="按分工")
    assert refusal(lambda: internal_results(office)) == "E-DECISION-SECOND"
    sealed, summary = tmp_path / "internal.age", tmp_path / "panel.pdf"
    assert refusal(lambda: export_results(office, sealed, "json", internal=True)) == "E-DECISION-SECOND"
    assert refusal(lambda: panel_report(office, summary, "park", "ai")) == "E-DECISION-SECOND"
    assert not sealed.exists()
    assert not summary.exists()
    assert "results.viewed" not in [row.action for row in office.log_rows()]
    first = outcome.unblind(office, reason="评审期满", second=person("监督甲"))
    assert internal_results(office).results
    assert outcome.unblind(office) == first, "once is enough"
    assert first.content["files"] == "5"
    office.close()


# ----- final -----


def test_results_are_final_only_when_nothing_is_left_to_settle(office: Office, tmp_path: Path) -> None:
    assert final(office) == "E-FINAL-OPEN"
    (left,) = outcome.unsettled(office, compute(office))
    assert (left.kind, left.subjects) == ("pending", ("A-001", "A-002", "A-003"))
    settle_all(office)
    assert public_results(office).rows, "a trial may look at its list before"
    assert final(office) == ""
    assert final(office) == "E-FINAL-DONE"
    assert [row.applicant for row in public_results(office).rows] == ["示例园区1", "示例园区3"]


def test_nothing_leaves_the_house_of_an_official_batch_before_it_is_final(tmp_path: Path) -> None:
    office = make(tmp_path, trial=False)
    card = build_card(person("监督甲"), name="监督甲", employer="示例监督处", trial=False, created_at=AT)
    office.decided.appoint(card, "supervisor", reason="按分工")
    settle_all(office)
    target = tmp_path / "public.json"
    assert refusal(lambda: export_results(office, target, "json")) == "E-FINAL-FIRST"
    assert not target.exists()
    assert final(office) == "E-DECISION-SECOND"
    assert final(office, "监督甲") == ""
    export_results(office, target, "json")
    assert target.exists()
    office.close()


def test_what_changed_after_it_was_final_stays_inside_until_it_was_reopened_for_a_reason(office: Office) -> None:
    settle_all(office)
    assert final(office) == ""
    record_veto(office, Veto("A-001", "V1", "present", "调查报告", "2026-11-20", ""))
    assert refusal(lambda: public_results(office)) == "E-FINAL-CHANGED"
    assert final(office) == "E-FINAL-DONE"
    assert refusal(lambda: outcome.reopen(office, "other", reason="x")) == "E-FINAL-GROUND"  # type: ignore[arg-type]
    outcome.reopen(office, "objective", reason="核实后确有重大事故")
    assert refusal(lambda: public_results(office)) == "E-FINAL-FIRST"
    assert refusal(lambda: outcome.reopen(office, "sum", reason="x")) == "E-FINAL-NOT"
    assert final(office) == ""
    assert [row.applicant for row in public_results(office).rows] == ["示例园区2", "示例园区3"], "no longer a tie"
    assert [one.kind for one in outcome.standing(office).decisions] == ["finalise", "override", "finalise"]


# ----- the summary its panel signs (统稿) -----


def test_the_summary_for_signature_tells_votes_dissent_and_who_made_it_final(office: Office, tmp_path: Path) -> None:
    before = spaceless(read(panel_report(office, tmp_path / "before.pdf", "park", "ai").data))
    assert "表决" not in before
    assert "组长：签字：" in before, "a line for a head who is named by hand"
    settle_all(office)
    assert final(office) == ""
    outcome.reopen(office, "sum", reason="合计有误")
    assert final(office) == ""
    text = spaceless(read(panel_report(office, tmp_path / "p.pdf", "park", "ai", head="E03").data))
    assert text.count("赞成5，反对0，弃权0；结论：入选") == 2
    assert text.count("赞成0，反对5，弃权0；结论：不入选") == 1
    assert "保留意见E01：数据来源存疑" in text
    assert text.index("组长：E03签字：") < text.index("E01签字：")
    assert panel_heads.heads(office) == {"park/ai": "E03"}
    assert "组长：E03" in spaceless(read(panel_report(office, tmp_path / "again.pdf", "park", "ai").data)), "remembered"
    assert "组长：签字：" in spaceless(read(panel_report(office, tmp_path / "no.pdf", "park", "ai", head="").data))
    assert panel_heads.heads(office) == {}
    named = [row.details["expert"] for row in office.registry.journal.rows(action="panel.head")]
    assert named == ["E03", ""], "each change goes on record once"
    path = outcome.standing(office).decisions
    assert [one.kind for one in path] == ["finalise", "override", "finalise"]
    for one, said in zip(path, ("定稿", "重新打开（合计错误）", "定稿"), strict=True):
        words = spaceless(spoken(one.digest, "zh_CN"))
        assert f"{spaceless(one.at)}{said}，签名：{office.name}。理由：{one.reason}。校验词：{words}" in text


def test_a_vote_on_another_result_is_not_told_and_a_stranger_is_no_head(office: Office, tmp_path: Path) -> None:
    assert vote(office, "A-001", "selected") == ""
    with office.registry.transaction():
        office.registry._db.conn.execute("UPDATE standing SET state = 'void' WHERE expert = 'E05'")
    target = tmp_path / "p.pdf"
    assert "表决" not in spaceless(read(panel_report(office, target, "park", "ai").data))
    target.unlink()
    assert refusal(lambda: panel_report(office, target, "park", "ai", head="E99")) == "E-REPORT-HEAD"
    assert not target.exists()


def test_there_are_four_reasons_and_no_fifth() -> None:
    assert GROUNDS == ("sum", "range", "objective", "extreme")
