"""Back and forward over jumps, and how the pane stood, as text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ndb_desktop.ui.viewer.history import MAX_PLACES, History, Place
from ndb_desktop.ui.viewer.material import PaneState

PLACES = st.builds(Place, st.sampled_from(("D1", "D2", "D3")), st.integers(1, 5))


@given(st.lists(PLACES, min_size=1, max_size=30))
@settings(max_examples=100, deadline=None)
def test_back_undoes_every_jump_and_forward_does_it_again(places: list[Place]) -> None:
    history = History()
    here = places[0]
    path = [here]
    for target in places[1:]:
        history.jump(here, target)
        here = target
        if path[-1] != target:
            path.append(target)
    seen = [here]
    while (place := history.back(here)) is not None:
        here = place
        seen.append(here)
    assert seen == path[::-1]
    again = [here]
    while (place := history.forward(here)) is not None:
        here = place
        again.append(here)
    assert again == path


def test_a_new_jump_cuts_off_what_lies_ahead() -> None:
    history = History()
    one, two, three = Place("D1", 1), Place("D1", 9), Place("D2", 3)
    history.jump(one, two)
    assert history.back(two) == one
    assert history.can_forward
    history.jump(one, three)
    assert not history.can_forward
    assert history.back(three) == one
    assert not history.can_back


def test_back_returns_to_where_scrolling_ended() -> None:
    history = History()
    history.jump(Place("D1", 1), Place("D1", 9))
    assert history.back(Place("D1", 12)) == Place("D1", 1)
    assert history.forward(Place("D1", 2)) == Place("D1", 12)


def test_the_history_is_bounded_and_forgets() -> None:
    history = History()
    for page in range(1, 3 * MAX_PLACES):
        history.jump(Place("D1", page), Place("D1", page + 1))
    here, steps = Place("D1", 3 * MAX_PLACES), 0
    while (place := history.back(here)) is not None:
        here, steps = place, steps + 1
    assert steps == MAX_PLACES
    history.clear()
    assert not history.can_back
    assert not history.can_forward
    assert history.back(here) is None


@given(st.lists(st.text(max_size=8), min_size=1, max_size=2), st.integers(0, 1))
@settings(max_examples=60, deadline=None)
def test_a_pane_survives_as_text(sides: list[str], active: int) -> None:
    state = PaneState(tuple(sides), min(active, len(sides) - 1))
    assert PaneState.from_text(state.to_text()) == state


@pytest.mark.parametrize(
    "text",
    [
        "", "x", "[]", "{}", '{"sides": [], "active": 0}', '{"sides": ["a", "b", "c"], "active": 0}',
        '{"sides": ["a"], "active": 1}', '{"sides": ["a"], "active": true}', '{"sides": [1], "active": 0}',
        '{"sides": ["a"], "active": -1}', '{"sides": "a", "active": 0}', '{"sides": ["a"], "active": 0, "x": 1}',
        "[" * 5000,
    ],
)  # fmt: skip
def test_nonsense_is_one_side(text: str) -> None:
    assert PaneState.from_text(text) == PaneState()
