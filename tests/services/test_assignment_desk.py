"""The proof kept with an assignment, why somebody sits where, reserves, and swaps checked before they count."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ndb_desktop.domain.batch import Assignment, Conflict
from ndb_desktop.domain.errors import FaultsError, NdbError
from ndb_desktop.formats.card import build_card
from ndb_desktop.services.assign import AssignOptions, assign, reassign, solve
from ndb_desktop.services.assignment_desk import check_swap, reserve_list, swap, why
from ndb_desktop.services.assignment_proof import total_cost
from ndb_desktop.services.assignment_record import read_record
from ndb_desktop.services.assignment_seats import Seating, explain, reserves
from ndb_desktop.services.assignment_verify import verify_assignment
from ndb_desktop.services.office import Office
from ndb_desktop.services.tasks import Cancelled, CancelToken
from tests.support.assigning import FREE, case, expert, instance, pairs_of, problem
from tests.support.office import make_expert, make_office, small_batch
from tests.support.travel import AT, person, refusal

OPTIONS = AssignOptions(seats=2, words="天地玄黄", avoid_province=False, composition={}, min_load=0, per_province=0)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """Two applications and six experts; E06 is of finance."""
    people = [make_expert(n, fields={"ai": 1000 - 100 * n, "nev": 500}) for n in range(1, 6)]
    people.append(make_expert(6, kind="finance", fields={}))
    made = make_office(tmp_path / "office", experts=people, assigned=False)
    yield made
    made.close()


def codes(report: object) -> set[str]:
    return {fault.code for fault in report.faults}  # type: ignore[attr-defined]


# the proof


@pytest.mark.parametrize("mode", ["pair", "panel", "panel_recuse"])
def test_what_was_drawn_is_proved_without_a_solver(office: Office, mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    report = assign(office, replace(OPTIONS, mode=mode))  # type: ignore[arg-type]
    monkeypatch.setitem(__import__("sys").modules, "highspy", None)
    found = verify_assignment(office)
    assert found.faults == ()
    assert (found.ok, found.seed, found.changed) == (True, report.seed, 0)
    assert found.optimal == (report.guarantee == "proved")
    assert any("天地玄黄" in line for line in found.lines("zh_CN"))
    assert len(found.lines("en")) == len(found.facts)


def test_a_floor_is_part_of_the_proof(office: Office) -> None:
    report = assign(office, replace(OPTIONS, fair_floor=True))
    assert report.floor is not None
    found = verify_assignment(office)
    assert found.faults == ()
    stage = read_record(office.registry.proof()).stages[0]  # type: ignore[arg-type]
    assert stage.problem.floor == (report.floor.reached if stage.problem.floor_cases else 0)


def test_the_record_gives_back_the_very_problem(office: Office) -> None:
    report = assign(office, OPTIONS)
    row = office.registry.proof()
    assert row is not None
    record = read_record(row)
    assert (record.problem.seed, record.problem.inputs_digest) == (report.seed, report.inputs_digest)
    assert solve(record.problem).digest == report.digest
    assert "专家" not in zlib.decompress(row.record).decode()


def test_changes_after_the_draw_are_told_and_still_add_up(office: Office) -> None:
    assign(office, OPTIONS)
    gone, stays = office.assignments()[0], office.assignments()[1:]
    office.replace_assignments(stays, {"reason": "病假"})
    found = verify_assignment(office)
    assert (found.ok, found.changed) == (True, 1)
    assert any("病假" in line and gone.expert in line for line in found.lines("zh_CN"))
    reassign(office, OPTIONS)
    again = verify_assignment(office)
    assert (again.ok, again.changed) == (True, 0)
    assert [row.kind for row in office.registry.proofs()] == ["assign", "refill"]


def test_nothing_drawn_nothing_proved(office: Office) -> None:
    assert codes(verify_assignment(office)) == {"E-PROOF-NONE"}
    assert refusal(lambda: why(office, "A-001", "E01")) == "E-PROOF-NONE"


def test_a_change_past_the_program_shows(office: Office) -> None:
    assign(office, OPTIONS)
    with office.registry.transaction():
        office.registry.replace_assignments(office.assignments()[1:])
    assert codes(verify_assignment(office)) == {"E-PROOF-FORCE"}


def test_a_conflict_learnt_later_shows(office: Office) -> None:
    assign(office, OPTIONS)
    pair = office.assignments()[0]
    office.add_conflicts([Conflict(pair.expert, pair.application, "C5", "recuse", "declared")])
    found = verify_assignment(office)
    assert codes(found) == {"E-PROOF-CONFLICT"}
    assert any(key == "assignment.proof.moved" for key, _ in found.facts)
    assert reassign(office, OPTIONS).removed == 1
    assert verify_assignment(office).ok


def _forge(office: Office, change: object, **columns: str) -> None:
    """Rewrites the stored proof, digest and all."""
    import hashlib

    row = office.registry.proof()
    assert row is not None
    content = json.loads(zlib.decompress(row.record))
    change(content)  # type: ignore[operator]
    data = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    forged = replace(row, record=zlib.compress(data), sha256=hashlib.sha256(data).hexdigest(), **columns)
    with office.registry.transaction():
        office.registry.add_proof(forged, row.at, row.actor)


def _drop_pair(content: dict) -> None:  # type: ignore[type-arg]
    content["pairs"] = content["pairs"][1:]


def _double_pair(content: dict) -> None:  # type: ignore[type-arg]
    content["stages"][0]["pairs"].append(content["stages"][0]["pairs"][0])


def _cheaper(content: dict) -> None:  # type: ignore[type-arg]
    content["stages"][0]["cost"] -= 1
    content["stages"][0]["bound"] -= 1


def _other_words(content: dict) -> None:  # type: ignore[type-arg]
    content["options"]["words"] = "别的词"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (_drop_pair, "E-PROOF-PAIRS"),
        (_double_pair, "E-PROOF-UNLAWFUL"),
        (_cheaper, "E-PROOF-COST"),
        (_other_words, "E-PROOF-INPUTS"),
        (lambda content: content.update(format="other"), "E-PROOF-RECORD"),
        (lambda content: content.pop("cases"), "E-PROOF-RECORD"),
    ],
)
def test_a_forged_proof_is_seen(office: Office, change: object, code: str) -> None:
    assign(office, OPTIONS)
    _forge(office, change)
    found = verify_assignment(office)
    assert code in codes(found)
    assert not found.ok
    assert not found.optimal


def test_a_proof_the_log_does_not_know_is_seen(office: Office) -> None:
    assign(office, OPTIONS)
    _forge(office, lambda content: content.update(guarantee="solver"))
    assert codes(verify_assignment(office)) == {"E-PROOF-LOG"}


def test_a_torn_record_is_said_plainly(office: Office) -> None:
    assign(office, OPTIONS)
    row = office.registry.proof()
    assert row is not None
    with office.registry.transaction():
        office.registry.add_proof(replace(row, record=row.record[:-9]), row.at, row.actor)
    assert codes(verify_assignment(office)) == {"E-PROOF-RECORD"}


def test_an_official_draw_takes_two_signatures(tmp_path: Path) -> None:
    made = make_office(tmp_path / "o", batch=small_batch(trial=False), assigned=False)
    try:
        assert refusal(lambda: assign(made, OPTIONS)) == "E-DECISION-SUPERVISOR"
        supervisor = person("监督甲")
        card = build_card(supervisor, name="监督甲", employer="", created_at=AT, trial=False)
        made.decided.appoint(card, "supervisor", reason="任命")
        assert refusal(lambda: assign(made, OPTIONS)) == "E-DECISION-SECOND"
        assert made.assignments() == ()
        report = assign(made, OPTIONS, second=supervisor)
        draw = made.decided.all()[-1]
        assert (draw.kind, draw.content["seed"], draw.content["words"]) == ("draw", report.seed, "天地玄黄")
        found = verify_assignment(made)
        assert found.ok
        assert any(supervisor.keyid in line for line in found.lines("en"))
        row = made.registry.proof()
        assert row is not None
        with made.registry.transaction():
            made.registry.add_proof(replace(row, seed="0" * 64), row.at, row.actor)
        assert "E-PROOF-UNSIGNED" in codes(verify_assignment(made))
    finally:
        made.close()


def test_a_check_can_be_cancelled(office: Office) -> None:
    assign(office, OPTIONS)
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        verify_assignment(office, cancel=token)


# why


def test_why_names_what_decided() -> None:
    people = [expert("E1", fields={"F1": 900}, max_load=1), expert("E2", fields={"F1": 500}), expert("E3")]
    small = problem([case("A"), case("B")], people, seats=1, **FREE)
    report = solve(small)
    first = next(a for a, e in pairs_of(report) if e == "E1")
    found = explain(Seating(small, frozenset(pairs_of(report))), report.certificate, first, "E1")
    assert (found.affinity, found.load, found.most, found.candidates) == (900, 1, 1, 2)
    assert "load" in found.caps
    assert found.alternative is not None
    assert found.alternative.difference == 400
    assert not found.drawn
    other = next(a for a, e in pairs_of(report) if e != "E1")
    person = next(e for a, e in pairs_of(report) if a == other)
    tie = explain(Seating(small, frozenset(pairs_of(report))), report.certificate, other, person)
    assert tie.drawn
    assert tie.alternative is not None
    assert tie.alternative.difference == 0
    assert len(tie.lines("zh_CN")) == len(tie.lines("en"))


@pytest.mark.parametrize("seed", range(8))
def test_differences_are_exact_and_prices_never_promise_too_much(seed: int) -> None:
    small = instance(seed)
    report = solve(small)
    pairs = frozenset(pairs_of(report))
    seating = Seating(small, pairs)
    for application, seated in sorted(pairs):
        for other in seating.candidates(application, seated):
            after = (pairs - {(application, seated)}) | {(application, other)}
            assert seating.difference(application, seated, other) == total_cost(small, after) - report.cost
        found = explain(seating, report.certificate, application, seated)
        if found.alternative and report.guarantee == "proved":
            forced = solve(replace(small, kept=frozenset({(application, found.alternative.expert)}),
                                   given_seed=small.seed))  # fmt: skip
            assert found.alternative.at_least * 65_536 <= forced.cost - report.cost + 65_536
            without = solve(replace(small, barred=small.barred | {(application, seated)}, given_seed=small.seed))
            assert found.needed * 65_536 <= without.cost - report.cost + 65_536


def test_why_of_a_panel_speaks_of_its_group(office: Office) -> None:
    assign(office, replace(OPTIONS, mode="panel"))
    pair = office.assignments()[0]
    found = why(office, pair.application, pair.expert)
    assert pair.application in found.group
    assert refusal(lambda: why(office, pair.application, "E99")) == "E-OFFICE-EXPERT"
    assert refusal(lambda: why(office, "A-9", pair.expert)) == "E-OFFICE-APPLICATION"
    absent = next(e.id for e in office.experts() if Assignment(e.id, pair.application) not in office.assignments())
    assert refusal(lambda: why(office, pair.application, absent)) == "E-SWAP-OUT"


# reserves


def test_reserves_keep_their_drawn_order_when_others_leave() -> None:
    small = problem([case("A")], [expert(f"E{n}") for n in range(7)], seats=2, **FREE)
    seating = Seating(small, frozenset(pairs_of(solve(small))))
    rows = reserves(seating, "A")
    assert [row.place for row in rows] == [1, 2, 3, 4, 5]
    assert not {row.expert for row in rows} & seating.panels["A"]
    barred = replace(small, barred=frozenset({("A", rows[1].expert)}), given_seed=small.seed)
    assert [row.expert for row in reserves(Seating(barred, seating.pairs), "A")] == [
        row.expert for row in rows if row.place != 2
    ]
    other = replace(small, given_seed="0" * 64)
    assert {row.expert for row in reserves(Seating(other, seating.pairs), "A")} == {row.expert for row in rows}


def test_a_reserve_is_named_for_the_seats_it_may_take() -> None:
    people = [expert("E1", employer="U"), expert("E2"), expert("E3", employer="U"), expert("E4", max_load=0)]
    small = problem([case("A")], people, seats=2, **(FREE | {"per_employer": 1}))
    (row,) = reserves(Seating(small, frozenset({("A", "E1"), ("A", "E2")})), "A")
    assert (row.expert, row.instead_of) == ("E3", ("E1",))


def test_the_office_tells_its_reserves(office: Office) -> None:
    assign(office, OPTIONS)
    rows = reserve_list(office, "A-001")
    assert {row.expert for row in rows} | {p.expert for p in office.assignments() if p.application == "A-001"} == {
        e.id for e in office.experts()
    }
    assert refusal(lambda: reserve_list(office, "A-9")) == "E-OFFICE-APPLICATION"


# swaps


def test_a_swap_is_checked_kept_and_explained(office: Office) -> None:
    assign(office, OPTIONS)
    out = next(p.expert for p in office.assignments() if p.application == "A-001")
    in_ = reserve_list(office, "A-001")[0].expert
    findings = check_swap(office, "A-001", out, in_)
    assert not any(finding.hard for finding in findings)
    assert all(finding.words("zh_CN") and finding.words("en") for finding in findings)
    before = set(office.assignments())
    assert swap(office, "A-001", out, in_, "本人请辞") == findings
    assert set(office.assignments()) == (before - {Assignment(out, "A-001")}) | {Assignment(in_, "A-001")}
    last = office.log_rows(newest=1)[0]
    assert (last.action, last.details["out"], last.details["in"], last.details["reason"]) == (
        "assign", out, in_, "本人请辞",
    )  # fmt: skip
    found = why(office, "A-001", in_)
    assert found.by_hand == "本人请辞"
    assert any("本人请辞" in line for line in found.lines("zh_CN"))
    assert verify_assignment(office).ok
    assert refusal(lambda: swap(office, "A-001", in_, out, " ")) == "E-REASON"


@pytest.mark.parametrize(
    ("change", "options", "code"),
    [
        ({"categories": ("enterprise",)}, {}, "E-SWAP-CATEGORY"),
        ({"fields": {"nev": 500}}, {}, "E-SWAP-FIELD"),
        ({"province": "110000"}, {"avoid_province": True}, "E-SWAP-PROVINCE"),
        ({"employer": "示例研究所02"}, {}, "E-SWAP-EMPLOYER"),
        ({}, {"per_province": 1}, "E-SWAP-PROVINCE-CAP"),
        ({"max_load": 0}, {}, "E-SWAP-LOAD"),
    ],
)
def test_hard_faults_refuse_a_swap(
    tmp_path: Path, change: dict[str, object], options: dict[str, object], code: str
) -> None:
    people = [make_expert(n, province=f"{30 + n}0000") for n in (1, 2)]
    people.append(make_expert(3, **({"province": "320000", "fields": {"ai": 1, "nev": 1}} | change)))
    made = make_office(tmp_path / "o", experts=people, assigned=False, applications=1)
    try:
        assign(made, replace(OPTIONS, **options))  # type: ignore[arg-type]
        name = made.applications()[0].id
        rows = [Assignment("E01", name), Assignment("E02", name)]
        made.replace_assignments(rows, {"reason": "x"})
        assert code in {finding.key for finding in check_swap(made, name, "E01", "E03") if finding.hard}
        assert refusal(lambda: swap(made, name, "E01", "E03", "试")) == code
        assert set(made.assignments()) == set(rows)
    finally:
        made.close()


def test_conflicts_wrong_seats_and_several_faults_refuse_too(office: Office) -> None:
    assign(office, OPTIONS)
    seated = [p.expert for p in office.assignments() if p.application == "A-001"]
    free = [e.id for e in office.experts() if e.id not in seated]
    office.add_conflicts([Conflict(free[0], "A-001", "C5", "check", "declared")])
    assert refusal(lambda: swap(office, "A-001", seated[0], free[0], "x")) == "E-SWAP-CONFLICT"
    assert refusal(lambda: swap(office, "A-001", seated[0], seated[1], "x")) == "E-SWAP-MEMBER"
    assert refusal(lambda: swap(office, "A-001", "", free[1], "x")) == "E-SWAP-SEATS"
    with pytest.raises(NdbError) as caught:
        swap(office, "A-001", free[2], free[1], "x")
    assert "E-SWAP-OUT" in {fault.code for fault in caught.value.faults}
    with pytest.raises(FaultsError):
        swap(office, "A-001", free[1], free[0], "x")
    assert refusal(lambda: check_swap(office, "A-001", "E77", free[0])) == "E-OFFICE-EXPERT"


def test_soft_findings_warn(office: Office) -> None:
    options = replace(OPTIONS, composition={"finance": 1}, min_load=1, mode="panel", fair_floor=True)
    assign(office, options)
    pairs = [p for p in office.assignments() if p.application == "A-001"]
    assert "E06" in {p.expert for p in pairs}
    free = next(row.expert for row in reserve_list(office, "A-001") if "E06" in row.instead_of)
    keys = {finding.key for finding in check_swap(office, "A-001", "E06", free)}
    assert {"assignment.swap.finance", "assignment.swap.dearer"} <= keys


def test_an_empty_seat_may_be_filled_by_hand(office: Office) -> None:
    assign(office, OPTIONS)
    gone = office.assignments()[0]
    office.replace_assignments(office.assignments()[1:], {"reason": "x"})
    keys = {finding.key for finding in swap(office, gone.application, "", gone.expert, "请回")}
    assert "assignment.swap.cheaper" in keys
    assert gone in office.assignments()
    assert verify_assignment(office).changed == 2
