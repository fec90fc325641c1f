"""Places in thousandths and points, and the remembered way of reading: strict, rounded outwards, never outside."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ndb_desktop.documents.port import Rect
from ndb_desktop.ui.viewer.marks import checked, to_points, to_thousandths
from ndb_desktop.ui.viewer.reading_state import FITS, LEAST_ZOOM, MODES, MOST_ZOOM, ReadingState

EDGES = st.integers(0, 1000)
SIDES = st.floats(1, 14_400, allow_nan=False)


@given(EDGES, EDGES, EDGES, EDGES, SIDES, SIDES)
@settings(max_examples=200, deadline=None)
def test_points_and_thousandths_are_the_same_place(
    x0: int, y0: int, x1: int, y1: int, width: float, height: float
) -> None:
    place = (min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))
    if checked(place) is None:
        assert x0 == x1 or y0 == y1
        return
    assert to_thousandths(to_points(place, (width, height)), (width, height)) == place


COORDINATES = st.floats(-20_000, 20_000, allow_nan=False)


@given(COORDINATES, COORDINATES, COORDINATES, COORDINATES)
@settings(max_examples=200, deadline=None)
def test_any_rectangle_gives_a_place_inside_the_page(x0: float, y0: float, x1: float, y1: float) -> None:
    rect = Rect(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))
    assert checked(to_thousandths(rect, (595.0, 842.0))) is not None


@pytest.mark.parametrize(
    "rect",
    [
        None,
        "1234",
        (1, 2, 3),
        (1, 2, 3, 4.0),
        (0, 0, 0, 10),
        (0, 0, 10, 0),
        (-1, 0, 5, 5),
        (0, 0, 5, 1001),
        [9, 9, 1, 1],
    ],
)
def test_what_is_no_place_is_none(rect: object) -> None:
    assert checked(rect) is None


def test_a_place_from_a_file_is_a_list() -> None:
    assert checked([1, 2, 3, 4]) == (1, 2, 3, 4)


STATES = st.builds(
    ReadingState,
    page=st.integers(1, 99_999),
    zoom=st.integers(round(LEAST_ZOOM * 10_000), round(MOST_ZOOM * 10_000)).map(lambda n: n / 10_000),
    fit=st.sampled_from(FITS),
    rotation=st.sampled_from((0, 90, 180, 270)),
    mode=st.sampled_from(MODES),
)


@given(STATES)
@settings(max_examples=100, deadline=None)
def test_a_state_survives_as_text(state: ReadingState) -> None:
    assert ReadingState.from_text(state.to_text()) == state


@pytest.mark.parametrize(
    "text",
    [
        "", "x", "1 0 1.0000 width 0 single", "1 3 9.0000 width 0 single", "1 3 0.0000 width 0 single",
        "1 3 1.0000 width 45 single", "1 3 1.0000 height 0 single", "1 3 1.0000 width 0 double",
        "2 3 1.0000 width 0 single", "1 3 1.0000 width 0 single ", "1 3 nan width 0 single",
        "1 999999 1.0000 width 0 single",
    ],
)  # fmt: skip
def test_nonsense_is_the_default(text: str) -> None:
    assert ReadingState.from_text(text) == ReadingState()
