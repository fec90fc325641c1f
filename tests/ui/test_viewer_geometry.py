"""Where pages lie: no page overlaps another, and points come back through every turn, zoom and mode."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPointF

from ndb_desktop.documents.answers import PageCharacters
from ndb_desktop.documents.port import Rect
from ndb_desktop.ui.viewer.geometry import GAP, MARGIN, PageLayout
from ndb_desktop.ui.viewer.reading_state import LEAST_ZOOM, MOST_ZOOM
from ndb_desktop.ui.viewer.selection import MOST_CHARACTERS, MOST_PAGES, PageWords, TextSelection
from ndb_desktop.ui.viewer.wishes import Wish, Wishes

SIDE = st.floats(1, 14_400, allow_nan=False)


def _made(
    sizes: list[tuple[float, float]], rotation: int, zoom: float, single: int, view: tuple[int, int]
) -> PageLayout:
    layout = PageLayout()
    layout.rotation, layout.zoom, layout.single, layout.view = rotation, zoom, single, view
    layout.arrange(sizes)
    return layout


LAYOUTS = st.builds(
    _made,
    st.lists(st.tuples(SIDE, SIDE), min_size=1, max_size=6),
    st.sampled_from((0, 90, 180, 270)),
    st.floats(LEAST_ZOOM, MOST_ZOOM),
    st.integers(0, 6),
    st.tuples(st.integers(50, 3000), st.integers(50, 3000)),
)


def shown(layout: PageLayout) -> list[int]:
    return [layout.single] if layout.single else list(range(1, layout.count + 1))


@given(LAYOUTS)
@settings(max_examples=80, deadline=None)
def test_pages_lie_on_the_sheet_and_not_on_each_other(layout: PageLayout) -> None:
    bottom = 0
    for page in shown(layout):
        rect = layout.rect(page)
        assert rect.top() >= bottom
        assert rect.left() >= MARGIN
        assert rect.right() < max(layout.width, layout.view[0])
        assert rect.bottom() <= layout.height
        bottom = rect.bottom() + GAP
        assert layout.page_at(rect.top()) == page
        assert layout.nearest(QPointF(rect.center())) == page


@given(LAYOUTS, st.floats(0, 1), st.floats(0, 1))
@settings(max_examples=80, deadline=None)
def test_a_point_of_a_page_comes_back_and_lies_inside_it(layout: PageLayout, across: float, down: float) -> None:
    page = shown(layout)[-1]
    width, height = layout.sizes[page - 1]
    spot = layout.transform(page).map(QPointF(across * width, down * height))
    x, y = layout.point(page, spot)
    assert (x, y) == (pytest.approx(across * width, abs=0.01), pytest.approx(down * height, abs=0.01))
    assert layout.rect(page).adjusted(-1, -1, 2, 2).contains(spot.toPoint())


@given(LAYOUTS, st.sampled_from(["width", "page"]))
@settings(max_examples=80, deadline=None)
def test_what_fits_is_not_wider_than_the_window(layout: PageLayout, how: str) -> None:
    page = shown(layout)[0]
    layout.zoom = layout.fitting(how, page)
    layout.arrange()
    if layout.zoom in (LEAST_ZOOM, MOST_ZOOM):
        return
    assert layout.rect(page).width() <= layout.view[0] - 2 * MARGIN + 1
    if how == "page":
        assert layout.rect(page).height() <= layout.view[1]


def test_no_document_has_no_pages() -> None:
    layout = PageLayout()
    layout.arrange(())
    assert (layout.count, layout.width, layout.height, list(layout.between(0, 100))) == (0, 0, 0, [])
    assert layout.fitting("width", 1) == 1.0


# --- words of a page -------------------------------------------------------------------------------------------------


def words(text: str, left: float = 0.0, top: float = 0.0) -> PageWords:
    """Characters of 10 points in lines of 20; spaces and line ends have no box, as in a PDF."""
    boxes, x, y = [], left, top
    for character in text:
        if character == "\n":
            boxes.append(Rect(0, 0, 0, 0))
            x, y = left, y + 20
            continue
        boxes.append(Rect(0, 0, 0, 0) if character == " " else Rect(x, y, x + 10, y + 12))
        x += 10
    return PageWords(PageCharacters(text, tuple(boxes)))


def test_the_caret_is_the_nearest_one() -> None:
    page = words("abc def\nghi")
    assert page.caret(-50, 6) == 0
    assert page.caret(14, 6) == 1
    assert page.caret(16, 6) == 2
    assert page.caret(500, 6) == 7
    assert page.caret(500, 26) == 11
    assert page.caret(500, 900) == 11
    assert not words("")
    assert words("").caret(1, 1) == 0


@pytest.mark.parametrize(
    ("text", "caret", "x", "expected"),
    [
        ("abc def", 5, 51.0, "def"),
        ("强度3.15%提高", 3, 31.0, "3.15%"),
        ("甲乙，丙丁", 1, 11.0, "甲乙"),
        ("甲乙，丙丁", 4, 41.0, "丙丁"),
        ("甲乙，丙丁", 2, 21.0, "，"),
        ("abc\nabd", 4, 1.0, "abd"),
        ("abc", 3, 29.0, "abc"),
    ],
)
def test_a_word_ends_where_it_should(text: str, caret: int, x: float, expected: str) -> None:
    start, end = words(text).word(caret, x)
    assert text[start:end] == expected


PAGES = {1: words("first page"), 2: words("second"), 3: words("third page"), 30: words("far away")}


def test_a_selection_over_pages_reads_in_order_whichever_way_it_was_made() -> None:
    for start, end in (((1, 6), (3, 5)), ((3, 5), (1, 6))):
        chosen = TextSelection(PAGES.get)
        chosen.start(start)
        chosen.extend(end)
        assert chosen.text() == "page\nsecond\nthird"
        assert [bool(chosen.rects(page)) for page in (1, 2, 3, 4)] == [True, True, True, False]
        assert chosen.bounds(2) == Rect(0, 0, 60, 12)


def test_a_selection_has_bounds() -> None:
    chosen = TextSelection(PAGES.get)
    assert chosen.text() == ""
    assert chosen.rects(1) == []
    chosen.step(1)
    assert not chosen
    chosen.extend((1, 3))
    assert not chosen
    chosen.start((1, 0))
    chosen.extend((30, 8))
    assert len(chosen.pages()) == MOST_PAGES
    chosen.start((1, 0))
    chosen.step(99)
    assert chosen.text() == "first page"
    endless = TextSelection({1: words("x" * (MOST_CHARACTERS + 9))}.get)
    endless.take_page(1)
    assert len(endless.text()) == MOST_CHARACTERS
    unknown = TextSelection(PAGES.get)
    unknown.take_page(9)
    assert not unknown


def test_what_is_in_sight_is_drawn_before_what_is_ahead_and_what_is_searched() -> None:
    wishes = Wishes(
        urgent=[Wish("draw", 1)], texts=[Wish("read", 1)], ahead=[Wish("draw", 2)], thumbnails=[Wish("preview", 3)],
        search=[Wish("find", 4)], near=[Wish("preview", 5)], outline=True,
    )  # fmt: skip
    order = []
    while (wish := wishes.next()) is not None:
        order.append((wish.kind, wish.page))
    assert order == [
        ("draw", 1), ("read", 1), ("outline", 0), ("draw", 2), ("preview", 3), ("find", 4), ("preview", 5),
    ]  # fmt: skip
