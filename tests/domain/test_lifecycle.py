"""基地生命周期: the closed list of moves, what each needs, and that signed decisions alone say where a base stands."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ndb_desktop.domain.decision import Decision, DecisionKind, needs_supervisor
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.lifecycle import (
    GROUNDS,
    MOVES,
    RULES,
    STATES,
    Act,
    DocumentRef,
    Due,
    Frozen,
    Lives,
    Move,
    State,
    act_content,
    begun,
    lives,
    moves_from,
    read_act,
    years_after,
)
from ndb_desktop.domain.objection import Objection, closed_content, received_content

BASES = ("A-001", "A-002")
RESULT = "ab" * 32
PAPER = (DocumentRef("cd" * 32, "验收记录.ndbsite"),)
START = Frozen(tuple(begun(name) for name in (*BASES, "A-003")), RESULT, frozenset(BASES))
D = date


def decision(number: int, kind: str, content: Mapping[str, str], subject: str = "2026-1") -> Decision:
    kinds: Mapping[str, DecisionKind] = {rule.kind: rule.kind for rule in RULES.values()} | {
        "pack_freeze": "pack_freeze", "finalise": "finalise", "override": "override", "objection": "objection",
    }  # fmt: skip
    return Decision(
        number, f"{number:064x}", f"{number - 1:064x}", kinds[kind], subject, content, "r", "2026-09-01T00:00:00Z"
    )


def act(move: Move, on: date, *bases: str, **said: object) -> Act:
    known: dict[str, object] = {"documents": PAPER} if RULES[move].document else {}
    if move == "create":
        known["result"] = RESULT
    if move == "notice":
        known |= {"start": on, "end": on + timedelta(days=7), "days": 5}
    if move in ("end", "remove"):
        known["ground"] = "failed"
    if move == "rectify":
        known["until"] = on + timedelta(days=90)
    return Act(move, on, bases or BASES[:1], **(known | said))  # type: ignore[arg-type]


def log(*acts: Act) -> list[Decision]:
    """Frozen rules, final results, then each act as a decision of the kind it takes."""
    first = [decision(1, "pack_freeze", {}), decision(2, "finalise", {"result": RESULT})]
    return first + [decision(n, RULES[one.move].kind, act_content(one)) for n, one in enumerate(acts, 3)]


def state(found: Lives, base: str = "A-001") -> State:
    return found.bases[base].state


CREATE = act("create", D(2026, 9, 17), *BASES)
WHOLE = (
    CREATE,
    act("acceptance", D(2028, 9, 17)),
    act("rectify", D(2028, 10, 1)),
    act("recheck", D(2028, 12, 1)),
    act("accept", D(2028, 12, 5)),
    act("notice", D(2028, 12, 6)),
    act("recognise", D(2028, 12, 14)),
    act("effect", D(2031, 12, 14)),
    act("rectify", D(2031, 12, 20)),
    act("recheck", D(2032, 1, 20)),
    act("retain", D(2032, 1, 25)),
    act("effect", D(2035, 1, 25)),
    act("remove", D(2035, 2, 1)),
)


def test_a_base_from_its_application_to_the_loss_of_its_name() -> None:
    found = lives(START, log(*WHOLE))
    assert found.refused == {}
    steps = found.bases["A-001"].steps
    assert [step.act for step in steps] == list(WHOLE)
    assert [step.after for step in steps] == [
        "creating", "acceptance", "rectifying", "acceptance", "accepted", "notice", "recognised", "effect",
        "rectifying", "effect", "retained", "effect", "removed",
    ]  # fmt: skip
    assert [step.due for step in steps if step.due] == [
        Due("acceptance", D(2028, 9, 17)), Due("rectification", D(2028, 12, 30)), Due("notice", D(2028, 12, 13)),
        Due("effect", D(2031, 12, 14)), Due("rectification", D(2032, 3, 19)), Due("effect", D(2035, 1, 25)),
    ]  # fmt: skip
    assert (state(found), state(found, "A-002"), state(found, "A-003")) == ("removed", "creating", "not_selected")
    assert found.bases["A-002"].due == Due("acceptance", D(2028, 9, 17))


def test_every_move_and_state_is_reached_by_some_path() -> None:
    more = lives(START, log(*WHOLE[:6], act("reassess", D(2028, 12, 8)), act("end", D(2028, 12, 9)))).bases["A-001"]
    used = {step.act.move for step in (*lives(START, log(*WHOLE)).bases["A-001"].steps, *more.steps)}
    assert used == set(MOVES)
    reached = {rule.after for rule in RULES.values()} | {"applied", "assessing", "not_selected"}
    assert reached == set(STATES)


def test_what_was_passed_goes_back_to_where_it_was_passed() -> None:
    back = {"accepted": (WHOLE[:5], D(2028, 12, 8)), "retained": (WHOLE[:11], D(2032, 2, 1))}
    for was, (acts, day) in back.items():
        before = lives(START, log(*acts)).bases["A-001"]
        after = lives(START, log(*acts, act("reassess", day))).bases["A-001"]
        assert before.state == was
        assert (after.state, after.due, after.rectified) == (before.stage, None, True)


def test_a_base_retained_before_is_not_taken_back() -> None:
    kept = begun("A-001", "retained", D(2032, 2, 1))
    assert "reassess" not in moves_from(kept)


def test_selection_itself_recognises_nobody() -> None:
    before = lives(START, [])
    assert {state(before, name) for name in ("A-001", "A-003")} == {"applied"}
    assert state(lives(START, log()[:1])) == "assessing"
    assert state(lives(START, log())) == "assessing", "selected, and not yet 创建对象: that is said by a decision"
    assert state(lives(START, log(CREATE))) == "creating"
    reopened = [*log(), decision(3, "override", {"ground": "sum"})]
    assert state(lives(START, reopened), "A-003") == "assessing"


@given(st.permutations(log(*WHOLE)), st.integers(0, 30))
@settings(max_examples=40, deadline=None)
def test_the_order_of_reading_does_not_matter(shuffled: list[Decision], cut: int) -> None:
    assert lives(START, shuffled) == lives(START, log(*WHOLE))
    some = [one for one in shuffled if one.number <= cut]
    assert lives(START, some) == lives(START, log(*WHOLE)[:cut])


@given(st.lists(st.sampled_from(MOVES), max_size=8), st.sampled_from(MOVES))
@settings(max_examples=60, deadline=None)
def test_a_move_out_of_place_changes_nothing(path: list[Move], last: Move) -> None:
    """Whatever was decided, one more decision either follows from the closed list or leaves everything as it was."""
    acts = [act(move, D(2026, 9, 17) + timedelta(days=1500 * n)) for n, move in enumerate([*path, last])]
    before, after = lives(START, log(*acts[:-1])), lives(START, log(*acts))
    number = len(acts) + 2
    if number in after.refused:
        assert after.bases == before.bases
    else:
        assert before.bases["A-001"].state in RULES[last].before
        assert len(after.bases["A-001"].steps) == len(before.bases["A-001"].steps) + 1


REFUSED = [
    ("E-LIFECYCLE-STATE", [CREATE, act("recognise", D(2026, 9, 20))]),
    ("E-LIFECYCLE-STATE", [CREATE, *WHOLE[1:3], act("remove", D(2028, 12, 2))]),
    ("E-LIFECYCLE-STATE", [*WHOLE[:9], act("end", D(2032, 1, 2))]),
    ("E-LIFECYCLE-EARLY", [CREATE, act("acceptance", D(2028, 9, 16))]),
    ("E-LIFECYCLE-EARLY", [*WHOLE[:7], act("effect", D(2031, 12, 13))]),
    ("E-LIFECYCLE-ORDER", [*WHOLE[:2], act("rectify", D(2028, 9, 16))]),
    ("E-LIFECYCLE-RECTIFIED", [*WHOLE[:4], act("rectify", D(2028, 12, 2))]),
    ("E-LIFECYCLE-UNTIL", [*WHOLE[:2], act("rectify", D(2028, 10, 1), until=D(2028, 10, 1))]),
    ("E-LIFECYCLE-UNTIL", [*WHOLE[:2], act("rectify", D(2028, 10, 1), until=None)]),
    ("E-LIFECYCLE-DOCUMENT", [*WHOLE[:4], act("accept", D(2028, 12, 5), documents=())]),
    ("E-LIFECYCLE-NOTICE", [*WHOLE[:5], act("notice", D(2028, 12, 6), days=4)]),
    ("E-LIFECYCLE-NOTICE", [*WHOLE[:5], act("notice", D(2028, 12, 6), end=None)]),
    ("E-LIFECYCLE-NOTICE-OPEN", [*WHOLE[:6], act("recognise", D(2028, 12, 13))]),
    ("E-LIFECYCLE-GROUND", [CREATE, act("end", D(2027, 1, 1))]),
    ("E-LIFECYCLE-GROUND", [CREATE, act("end", D(2027, 1, 1), ground=None)]),
    ("E-LIFECYCLE-FINAL", [act("create", D(2026, 9, 17), result="ef" * 32)]),
    ("E-LIFECYCLE-BASE", [act("create", D(2026, 9, 17), "A-009")]),
    ("E-LIFECYCLE-BASE", [act("create", D(2026, 9, 17), "A-001", "A-001")]),
    ("E-LIFECYCLE-STATE", [act("create", D(2026, 9, 17), "A-001", "A-003")]),
]


@pytest.mark.parametrize(("code", "acts"), REFUSED)
def test_what_does_not_fit_is_refused_whole_and_by_code(code: str, acts: list[Act]) -> None:
    found, before = lives(START, log(*acts)), lives(START, log(*acts[:-1]))
    assert (before.refused, {number: fault.code for number, fault in found.refused.items()}) == (
        {},
        {len(acts) + 2: code},
    )
    assert found.bases == before.bases


def test_a_list_rests_on_results_that_are_final_and_stay_so() -> None:
    made = decision(4, "lifecycle", act_content(CREATE))
    reopened = [*log(), decision(3, "override", {"ground": "sum"}), made]
    assert lives(START, reopened).refused[4].code == "E-LIFECYCLE-FINAL"
    assert lives(START, [log()[0], made]).refused[4].code == "E-LIFECYCLE-FINAL"


def test_a_veto_ends_it_at_any_time() -> None:
    for cut in range(1, 7):
        found = lives(START, log(*WHOLE[:cut], act("end", D(2030, 1, 1), ground="veto")))
        assert (found.refused, state(found)) == ({}, "ended")
    for cut in (7, 8, 9, 10, 11, 12):
        found = lives(START, log(*WHOLE[:cut], act("remove", D(2040, 1, 1), ground="veto")))
        assert (found.refused, state(found)) == ({}, "removed")


def test_nobody_is_recognised_while_an_objection_is_open() -> None:
    def entered(number: int, application: str) -> Decision:
        entry = Objection("O-0001", application, D(2028, 12, 7), "张三", "010", "数据不实", "附件")
        return decision(number, "objection", received_content(entry), "O-0001")

    acts = log(*WHOLE[:6])
    last = decision(11, "recognition", act_content(WHOLE[6]))
    closed = decision(10, "objection", closed_content("rejected", "核对", D(2028, 12, 9)), "O-0001")
    for application in ("A-001", ""):
        found = lives(START, [*acts, entered(9, application), last])
        assert (found.refused[11].code, state(found)) == ("E-OBJECTION-OPEN", "notice")
        assert state(lives(START, [*acts, entered(9, application), closed, last])) == "recognised"
    assert state(lives(START, [*acts, entered(9, "A-002"), last])) == "recognised"


def test_recognition_and_removal_take_their_own_kind_of_decision_and_two_signatures() -> None:
    for move, rule in RULES.items():
        assert needs_supervisor(rule.kind, (), trial=False) == (move in ("recognise", "remove"))
    forged = decision(9, "lifecycle", act_content(WHOLE[6]))
    found = lives(START, [*log(*WHOLE[:6]), forged])
    assert (found.refused[9].code, state(found)) == ("E-LIFECYCLE-KIND", "notice")


@pytest.mark.parametrize("change", [{"move": "promote"}, {"on": "soon"}, {"ground": "dislike"}, {"days": "five"}])
def test_what_is_none_of_the_closed_list_moves_nothing(change: dict[str, str]) -> None:
    content = {**act_content(CREATE), **change}
    found = lives(START, [*log(), decision(3, "lifecycle", content)])
    assert (found.refused[3].code, state(found)) == ("E-LIFECYCLE-MOVE", "assessing")
    with pytest.raises(NdbError, match="E-LIFECYCLE-MOVE"):
        read_act({name: value for name, value in content.items() if name != "on"})


@pytest.mark.parametrize("ground", GROUNDS)
def test_an_act_is_read_as_it_was_written(ground: str) -> None:
    for one in (*WHOLE, act("end", D(2030, 2, 28), ground=ground, paper="工信部函〔2030〕1号")):
        assert read_act(act_content(one)) == one


def test_years_end_on_the_same_day_or_the_last_of_february() -> None:
    assert years_after(D(2026, 9, 17), 2) == D(2028, 9, 17)
    assert years_after(D(2028, 2, 29), 2) == D(2030, 2, 28)
    assert years_after(D(2028, 2, 29), 4) == D(2032, 2, 29)


def test_a_base_a_predecessor_left_goes_on_from_there() -> None:
    frozen = Frozen((begun("A-001", "recognised", D(2028, 12, 14)), begun("A-002", "creating", D(2026, 9, 17))))
    assert frozen.bases[0].due == Due("effect", D(2031, 12, 14))
    going = [decision(1, "pack_freeze", {}), decision(2, "lifecycle", act_content(WHOLE[7]))]
    found = lives(frozen, going)
    assert (found.refused, state(found), state(found, "A-002")) == ({}, "effect", "creating")
