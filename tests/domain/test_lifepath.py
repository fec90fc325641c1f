"""The way of one base as it is drawn: what lies behind, where it stands, what comes, which decision belongs where."""

from __future__ import annotations

from datetime import date

import pytest

from ndb_desktop.domain.lifecycle import MOVES, STATES, Due, Life, Move, State, begun, lives, misfits, moves_from
from ndb_desktop.domain.lifepath import PHASES, Leg, days_past, path
from tests.domain.test_lifecycle import CREATE, START, WHOLE, act, log

D = date


def life(*acts: object) -> Life:
    found = lives(START, log(*acts))  # type: ignore[arg-type]
    assert found.refused == {}
    return found.bases["A-001"]


def told(legs: tuple[Leg, ...]) -> list[tuple[str, str, list[str]]]:
    return [(leg.phase, leg.standing, [step.act.move for step in leg.steps]) for leg in legs]


def test_a_new_application_has_the_whole_way_before_it() -> None:
    legs = path(begun("A-001"))
    assert [leg.phase for leg in legs] == list(PHASES)
    assert [leg.standing for leg in legs] == ["now", *["ahead"] * 7]


def test_each_decision_stands_in_the_phase_it_belongs_to() -> None:
    assert told(path(life(*WHOLE[:7])))[2:] == [
        ("creating", "done", ["create"]), ("acceptance", "done", ["acceptance", "rectify", "recheck", "accept"]),
        ("notice", "done", ["notice"]), ("recognised", "now", ["recognise"]), ("effect", "ahead", []),
        ("kept", "ahead", []),
    ]  # fmt: skip


def test_what_is_gone_through_twice_is_drawn_twice() -> None:
    assert told(path(life(*WHOLE)))[6:] == [
        ("effect", "done", ["effect", "rectify", "recheck"]), ("kept", "done", ["retain"]),
        ("effect", "done", ["effect"]), ("kept", "stopped", ["remove"]),
    ]  # fmt: skip
    back = path(life(*WHOLE[:6], act("reassess", D(2028, 12, 8))))
    assert [leg.phase for leg in back[3:6]] == ["acceptance", "notice", "acceptance"]
    assert (back[5].standing, [leg.phase for leg in back[6:]]) == ("now", ["notice", "recognised", "effect", "kept"])
    kept = path(life(*WHOLE[:11]))
    assert told(kept)[-3:] == [("kept", "now", ["retain"]), ("effect", "ahead", []), ("kept", "ahead", [])]


def test_a_way_that_ended_goes_no_further() -> None:
    ended = path(life(CREATE, act("end", D(2026, 10, 1), ground="withdrawn")))
    assert told(ended)[-1] == ("creating", "stopped", ["create", "end"])
    assert told(path(begun("A-001", "not_selected"))) == [("applied", "done", []), ("assessing", "stopped", [])]


@pytest.mark.parametrize("state", STATES)
def test_a_base_taken_over_in_any_state_has_a_way(state: State) -> None:
    legs = path(begun("A-001", state, D(2028, 9, 17)))
    assert sum(leg.standing in ("now", "stopped") for leg in legs) == 1
    assert not any(leg.steps for leg in legs)


def test_moves_from_a_state_are_those_that_are_not_refused_for_the_state() -> None:
    wanted: dict[int, set[Move]] = {
        0: set(), 1: {"acceptance", "end"}, 2: {"rectify", "accept", "end"}, 3: {"recheck", "end"},
        5: {"notice", "reassess", "end"}, 6: {"recognise", "reassess", "end"}, 7: {"effect", "remove"},
        9: {"recheck", "remove"}, 11: {"effect", "reassess", "remove"}, 13: set(),
    }  # fmt: skip
    for count, moves in wanted.items():
        known = life(*WHOLE[:count])
        decisions = log(*WHOLE[:count])
        given = set(moves_from(known)) - {"create"}
        assert given == moves, count
        for move in MOVES:
            faults = misfits({"A-001": known}, act(move, D(2040, 1, 1)), decisions)
            assert (move in moves_from(known)) == all(one.code != "E-LIFECYCLE-STATE" for one in faults)


def test_misfits_are_named_base_by_base_and_move_nothing() -> None:
    known = lives(START, log(CREATE)).bases
    wish = act("acceptance", D(2028, 9, 17), "A-001", "A-003", "A-009")
    assert [(one.place, one.code) for one in misfits(known, wish, log(CREATE))] == [
        ("A-003", "E-LIFECYCLE-STATE"), ("A-009", "E-LIFECYCLE-BASE"),
    ]  # fmt: skip
    assert known == lives(START, log(CREATE)).bases


def test_only_what_had_to_be_done_by_a_day_is_overdue() -> None:
    day = D(2028, 9, 17)
    assert [days_past(Due("acceptance", day), today) for today in (D(2028, 9, 1), day, D(2028, 9, 20))] == [0, 0, 3]
    assert days_past(Due("notice", day), D(2028, 12, 1)) == 0
    assert days_past(None, day) == 0
