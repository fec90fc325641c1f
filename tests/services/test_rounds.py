"""Second rounds: opened by a signed decision, answered by new signed revisions, taken for their cases only."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path

import pytest

from ndb_desktop.domain.errors import FaultsError, NdbError
from ndb_desktop.domain.sheet import Declaration
from ndb_desktop.formats.bundle import BundleReader
from ndb_desktop.formats.roundrecord import META_ROUND, write_round
from ndb_desktop.formats.scorefile import OpenedScore, open_score
from ndb_desktop.services.flags import flag_cases, step
from ndb_desktop.services.issue_chain import in_force
from ndb_desktop.services.merge_undo import undo_merge
from ndb_desktop.services.outcome import finalise, reopen, unsettled
from ndb_desktop.services.results import compute
from ndb_desktop.services.review_open import read_core_of
from ndb_desktop.services.round_views import case_views, seat_letters
from ndb_desktop.services.rounds import (
    all_rounds,
    close_round,
    current_round,
    issue_round,
    open_round,
    round_of,
    round_records,
)
from tests.support.rounds import (
    EXPERTS,
    FIRM,
    ITEM,
    OTHER,
    PARK,
    REASON,
    WHY,
    Stage,
    bundles,
    lower,
    open_now,
    resigned,
    staged,
)


def answer(stage: Stage, expert: str, path: Path, *, change: bool = True) -> Path:
    """Opens, answers and signs; the score file."""
    with stage.open(path, expert) as session:
        if change:
            lower(session)
        else:
            session.uphold(PARK)
        session.uphold(FIRM)
        return stage.sign(session, expert)


def refused(stage: Stage, path: Path) -> set[str]:
    """Why a file was refused."""
    (verdict,) = stage.merge(path).verdicts
    assert verdict.verdict == "refused"
    return {fault.code for fault in verdict.faults}


def code(error: pytest.ExceptionInfo[NdbError]) -> str:
    return error.value.code


def test_a_round_from_its_opening_to_the_view_before_and_after(tmp_path: Path) -> None:
    stage = staged(tmp_path)
    before = compute(stage.office)
    current = open_now(stage)
    assert (current.id, current.applications, current.experts) == ("R1", (PARK, FIRM), EXPERTS)
    assert current_round(stage.office) == current == round_of(stage.office, "")
    first = in_force(stage.office.issued())
    paths = bundles(stage)
    assert tuple(paths) == EXPERTS
    # The bundles of the first round stay what is in force.
    assert in_force(stage.office.issued()) == first
    assert compute(stage.office).digest == before.digest

    with stage.open(paths["E-02"], "E-02") as session:
        assert not session.locked
        assert all(at for _, at in session.statements())
        assert [fault.code for fault in session.findings(PARK)] == ["E-ROUND-ANSWER"]
        lower(session)
        session.uphold(FIRM)
        path = stage.sign(session, "E-02")
    (verdict,) = stage.merge(path).verdicts
    assert [(s.application, s.revision, s.verdict) for s in verdict.sheets] == [
        (PARK, 2, "accepted"), (FIRM, 2, "accepted"),
    ]  # fmt: skip
    stage.merge(answer(stage, "E-01", paths["E-01"], change=False))

    old, new = stage.office.registry.sheet_versions(PARK, "E-02")
    assert (old.sheet.items[ITEM].value, new.supersedes) == (new.sheet.items[ITEM].value + 2, old.digest)
    park, firm = case_views(stage.office, current)
    assert [seat.letter for seat in park.seats] == ["A", "B", "C", "D", "E"]
    seats = {seat.expert: seat for seat in park.seats}
    assert {name: seat.standing for name, seat in seats.items()} == {
        "E-01": "upheld", "E-02": "changed", "E-03": "waiting", "E-04": "waiting", "E-05": "waiting",
    }  # fmt: skip
    (change,) = seats["E-02"].changes
    assert (change.item, change.reason) == (ITEM, WHY)
    assert seats["E-02"].after < seats["E-02"].before
    assert seats["E-01"].after == seats["E-01"].before
    assert (park.answered, firm.answered) == (2, 2)
    assert park.now.total < park.first.total
    assert firm.now.total == firm.first.total
    assert park.after.n == park.before.n == 5
    # What the view says of now is what counts, and nothing else moved.
    after = compute(stage.office)
    assert (after.results[PARK].total, after.results[FIRM].total) == (park.now.total, before.results[FIRM].total)
    assert not stage.office.rebuild().differences


def test_every_change_needs_its_reason_and_no_change_a_confirmation(tmp_path: Path) -> None:
    stage = staged(tmp_path)
    open_now(stage, [PARK])
    with stage.open(bundles(stage)["E-03"], "E-03") as session:
        assert [item.application.id for item in session.applications] == [PARK]
        entry = session.sheet(PARK).items[ITEM]
        session.set_entry(PARK, replace(entry, value=entry.value - 1))
        assert [(f.code, f.place) for f in session.findings(PARK)] == [("E-ROUND-REASON", ITEM)]
        with pytest.raises(NdbError) as both:
            session.uphold(PARK)
        assert code(both) == "E-ROUND-CHANGED"
        with pytest.raises(FaultsError) as gaps:
            stage.sign(session, "E-03")
        assert {fault.code for fault in gaps.value.faults} == {"E-ROUND-REASON"}
        session.set_change_reason(PARK, ITEM, f"  {WHY} ")
        assert not session.findings(PARK)
        # Changed back: the reason stays behind and a confirmation is asked for instead.
        session.set_entry(PARK, entry)
        assert [f.code for f in session.findings(PARK)] == ["E-ROUND-ANSWER"]
        session.uphold(PARK)
        session.uphold(PARK, False)
        assert [f.code for f in session.findings(PARK)] == ["E-ROUND-ANSWER"]
        session.uphold(PARK)
        path = stage.sign(session, "E-03")
        for wrong, found in ((ITEM[:-1], "E-ITEM-UNKNOWN"), (ITEM, "E-REVIEW-LOCKED")):
            with pytest.raises(NdbError) as error:
                session.set_change_reason(PARK, wrong, WHY)
            assert code(error) == found
    (sheet,) = opened(stage, path).sheets
    assert (sheet.record.answer.upheld, sheet.record.answer.changes, sheet.record.revision) == (True, (), 2)


def opened(stage: Stage, path: Path) -> OpenedScore:
    return open_score(path.read_bytes(), stage.office.identity)


def test_a_first_bundle_knows_no_second_round(tmp_path: Path) -> None:
    stage = staged(tmp_path)
    with stage.open(next((tmp_path / "first").glob("*E-01*")), "E-01") as session:
        session.start_revision("更正")
        for act in (lambda: session.uphold(PARK), lambda: session.set_change_reason(PARK, ITEM, WHY)):
            with pytest.raises(NdbError) as error:
                act()
            assert code(error) == "E-ROUND-NOT"


def test_files_are_taken_for_the_open_round_and_its_cases_only(tmp_path: Path) -> None:
    stage = staged(tmp_path)
    open_now(stage, [PARK])
    paths = bundles(stage)
    files = {}
    for name in EXPERTS[:3]:
        with stage.open(paths[name], name) as session:
            lower(session)
            files[name] = stage.sign(session, name)
    (taken,) = stage.merge(files["E-01"]).verdicts
    assert taken.verdict == "accepted"
    digest = compute(stage.office).digest
    (again,) = stage.merge(files["E-01"]).verdicts
    assert (again.verdict, compute(stage.office).digest) == ("duplicate", digest)
    undo_merge(stage.office, "重复试验")
    assert compute(stage.office).digest != digest
    assert stage.merge(files["E-01"]).result_digest == digest

    # A bundle issued anew: what was made with the one before is refused.
    issue_round(stage.office, tmp_path / "anew", experts=["E-02"])
    assert refused(stage, files["E-02"]) == {"E-BUNDLE-REVOKED"}
    close_round(stage.office, reason="各专家均已答复")
    assert refused(stage, files["E-03"]) == {"E-ROUND-CLOSED"}
    assert compute(stage.office).digest == digest
    # The next round takes nothing of the one before.
    following = open_now(stage, [PARK])
    assert (following.id, [one.open for one in all_rounds(stage.office)]) == ("R2", [False, True])
    assert refused(stage, files["E-03"]) == {"E-ROUND-CLOSED"}


def test_a_sheet_that_answers_another_round_or_hides_a_change_is_refused(tmp_path: Path) -> None:
    stage = staged(tmp_path)
    open_now(stage)
    path = answer(stage, "E-04", bundles(stage)["E-04"])

    def with_answer(**values: object) -> Path:
        return resigned(stage, path, "E-04", lambda sheet: sheet["answer"].update(values))

    assert refused(stage, with_answer(round="R9")) == {"E-ROUND-OTHER"}
    assert refused(stage, with_answer(first="0" * 64)) == {"E-ROUND-OTHER"}
    assert refused(stage, resigned(stage, path, "E-04", lambda sheet: sheet.pop("answer"))) == {"E-ROUND-OTHER"}
    assert refused(stage, with_answer(changes=[], upheld=False)) == {"E-ROUND-REASON"}
    assert refused(stage, with_answer(changes=[], upheld=True)) == {"E-ROUND-REASON"}
    firm = resigned(stage, path, "E-04", lambda sheet: sheet["answer"].update(upheld=False), sheet=1)
    assert refused(stage, firm) == {"E-ROUND-ANSWER"}
    first = next((tmp_path / "out/E-04").glob("*rev1*"))
    sheet = {"answer": {"round": "R1", "first": "0" * 64, "changes": [], "upheld": True}}
    forged = resigned(stage, first, "E-04", lambda row: row.update(sheet, revision=2, supersedes="0" * 64), version=3)
    assert refused(stage, forged) == {"E-ROUND-OTHER"}
    (verdict,) = stage.merge(path).verdicts
    assert verdict.verdict == "accepted"


def test_opening_and_issuing_refuse_what_makes_no_round(tmp_path: Path) -> None:
    stage = staged(tmp_path)
    office, result = stage.office, compute(stage.office)
    for call, found in (
        (lambda: open_round(office, result, [], reason=REASON), "E-ROUND-CASES"),
        (lambda: open_round(office, result, ["X-1"], reason=REASON), "E-ROUND-CASES"),
        (lambda: open_round(office, result, [PARK], reason=" "), "E-REASON"),
        (lambda: issue_round(office, tmp_path / "none"), "E-ROUND-NONE"),
        (lambda: close_round(office, reason=REASON), "E-ROUND-NONE"),
        (lambda: round_of(office, "R1"), "E-ROUND-UNKNOWN"),
    ):
        with pytest.raises(NdbError) as error:
            call()
        assert code(error) == found
    open_now(stage, [PARK])
    with pytest.raises(NdbError) as busy:
        open_now(stage, [FIRM])
    assert code(busy) == "E-ROUND-BUSY"
    with pytest.raises(NdbError) as stranger:
        issue_round(office, tmp_path / "none", experts=["E-99"])
    assert code(stranger) == "E-ROUND-EXPERT"
    made = issue_round(office, tmp_path / "some", experts=["E-01"])
    assert ([row.expert for row in made.issued], made.issued[0].kind) == (["E-01"], "second_round")
    rest = issue_round(office, tmp_path / "rest")
    assert ([row.expert for row in rest.issued], rest.skipped) == (list(EXPERTS[1:]), ("E-01",))


def test_who_left_the_first_round_out_gets_no_bundle_and_a_late_conflict_can_still_be_declared(tmp_path: Path) -> None:
    stage = staged(tmp_path)
    with stage.open(next((tmp_path / "first").glob("*E-05*")), "E-05") as session:
        session.start_revision("发现利害关系")
        session.declare(FIRM, Declaration("recused", ("C6",), "曾为其提供检测服务"))
        stage.merge(stage.sign(session, "E-05"))
    current = open_now(stage)
    assert set(current.case(FIRM).first) == set(EXPERTS[:4])
    paths = bundles(stage)
    with stage.open(paths["E-05"], "E-05") as session:
        assert [item.application.id for item in session.applications] == [PARK]
        session.declare(PARK, Declaration("recused", ("C6",), "曾为其提供检测服务"))
        stage.merge(stage.sign(session, "E-05"))
    (park, _firm) = case_views(stage.office, current)
    assert next(seat for seat in park.seats if seat.expert == "E-05").standing == "withdrawn"
    assert park.after.n == 4


def test_a_first_sheet_that_is_not_there_any_more_makes_no_bundle(tmp_path: Path) -> None:
    stage = staged(tmp_path)
    current = open_now(stage, [PARK])
    case = replace(current.cases[0], first={**current.cases[0].first, "E-01": "0" * 64})
    with pytest.raises(NdbError) as error:
        round_records(stage.office, replace(current, cases=(case,)), ["E-01"])
    assert code(error) == "E-ROUND-SHEET"


# ----- what a bundle tells of the others -----


def test_a_bundle_tells_no_name_and_only_figures_of_enough_others(tmp_path: Path) -> None:
    stage = staged(tmp_path)
    current = open_now(stage)
    path = bundles(stage)["E-02"]
    with BundleReader(path) as reader:
        core = read_core_of(reader, next(r.opens for r in stage.office.issued() if r.expert == "E-02"), tmp_path)
    said = json.dumps(dict(core.meta), ensure_ascii=False) + core.batch_json.decode()
    others = [expert for expert in stage.office.experts() if expert.id != "E-02"]
    assert not [one for one in others if one.id in said or one.name in said]
    case = json.loads(core.meta[META_ROUND])["cases"][0]
    assert {row["n"] for row in case["spread"]} == {4}
    assert {"", ITEM} <= {row["item"] for row in case["spread"]}
    figures = next(row for row in case["spread"] if row["item"] == OTHER)
    values = sorted(
        stage.office.registry.sheet_versions(PARK, name)[0].sheet.items[OTHER].value
        for name in EXPERTS
        if name != "E-02"
    )
    assert (figures["low"], figures["high"]) == (f"{values[0]:f}".rstrip("0").rstrip("."), f"{values[-1]:f}")
    assert current.opened.digest not in said


@pytest.mark.parametrize("others", [0, 5])
def test_without_leave_of_the_pack_or_with_too_few_others_nothing_is_told(tmp_path: Path, others: int) -> None:
    stage = staged(tmp_path)
    packs = stage.office.packs
    stage.office.__dict__["packs"] = {
        name: replace(pack, settings=replace(pack.settings, second_round_others=others)) for name, pack in packs.items()
    }
    records = round_records(stage.office, open_now(stage), EXPERTS)
    assert all(case.spread == () for record in records.values() for case in record.cases)


def test_who_of_the_others_marked_what_changes_nothing_in_a_bundle(tmp_path: Path) -> None:
    """Non-interference: the sheets of the others change hands in every way, and the bundle stays the same."""
    stage = staged(tmp_path)
    current = open_now(stage)
    written = write_round(round_records(stage.office, current, ["E-02"])["E-02"])
    draw = random.Random(7)
    versions = stage.office.registry.sheet_versions
    for _ in range(6):
        others = [name for name in EXPERTS if name != "E-02"]
        dealt = dict(zip(others, draw.sample(others, len(others)), strict=True), **{"E-02": "E-02"})

        def swapped(application: str, expert: str, dealt: dict[str, str] = dealt) -> object:
            return versions(application, dealt[expert])

        cases = tuple(
            replace(case, first={name: case.first[dealt[name]] for name in case.first}) for case in current.cases
        )
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(stage.office.registry, "sheet_versions", swapped)
            again = round_records(stage.office, replace(current, cases=cases), ["E-02"])["E-02"]
        assert write_round(again) == written


def test_letters_follow_neither_id_nor_order_and_differ_from_case_to_case() -> None:
    many = [f"E-{number:02d}" for number in range(1, 31)]
    dealt = seat_letters("R1", PARK, many)
    assert sorted(dealt.values(), key=lambda one: (len(one), one)) == [chr(65 + n) for n in range(26)] + [
        "A2", "B2", "C2", "D2",
    ]  # fmt: skip
    assert dealt == seat_letters("R1", PARK, reversed(many)) != seat_letters("R1", FIRM, many)
    assert [dealt[name] for name in many] != sorted(dealt.values(), key=lambda one: (len(one), one))


# ----- R14 -----


def test_final_results_open_no_round_and_only_the_four_reasons_open_them_again(tmp_path: Path) -> None:
    stage = staged(tmp_path)
    office = stage.office
    current = open_now(stage)
    stage.merge(answer(stage, "E-01", bundles(stage)["E-01"]))
    result = compute(office)
    with pytest.raises(NdbError) as early:
        finalise(office, result, reason="完成")
    assert code(early) == "E-FINAL-OPEN"
    assert ("round", (current.id,)) in [(one.kind, one.subjects) for one in unsettled(office, result)]
    close_round(office, reason="答复已齐")
    for to in ("explained", "closed"):
        for case in flag_cases(office, result):
            step(office, case, to, reason="已说明")
    finalise(office, result, reason="完成")
    with pytest.raises(NdbError) as final:
        open_now(stage)
    assert code(final) == "E-ROUND-FINAL"
    with pytest.raises(NdbError) as ground:
        reopen(office, "mood", reason="想再看看")  # type: ignore[arg-type]
    assert code(ground) == "E-FINAL-GROUND"
    reopen(office, "extreme", reason="一份评分畸高")
    assert open_now(stage).id == "R2"
