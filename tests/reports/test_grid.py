"""Tables of our own against reportlab's: the same heights, the same rows on each page, and when one is left to it."""

from __future__ import annotations

from itertools import accumulate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reportlab.platypus import Flowable, Table

from ndb_desktop.reports import page, styles
from ndb_desktop.reports.grid import Grid
from ndb_desktop.reports.text import Words

WIDTHS = [90.0, 140.0, 60.0]


def rows(lengths: list[int]) -> list[list[Flowable]]:
    words, cell = Words("zh_CN"), styles.style("cell")
    return [[words.paragraph("示范园区" * n, cell) for n in (length, 1, 2)] for length in lengths]


@settings(max_examples=30, deadline=None)
@given(lengths=st.lists(st.integers(1, 40), min_size=2, max_size=9), room=st.integers(10, 700), head=st.integers(0, 1))
def test_rows_are_as_high_and_break_where_reportlab_breaks_them(lengths: list[int], room: int, head: int) -> None:
    ours = page.table(rows(lengths), WIDTHS, head=head)
    theirs = Table(rows(lengths), colWidths=WIDTHS, repeatRows=head, style=list(page.GRID))
    assert isinstance(ours, Grid)
    assert ours.wrap(500, 700) == pytest.approx(theirs.wrap(500, 700))
    parts, expected = ours.split(500, room), theirs.split(500, room)
    assert [part.wrap(500, 700) for part in parts] == [pytest.approx(part.wrap(500, 700)) for part in expected]


def test_the_head_stands_over_the_rest_and_never_alone() -> None:
    table = page.table(rows([1] * 6), WIDTHS)
    one = table.wrap(500, 700)[1] / 6
    assert table.split(500, 6 * one + 0.1) == [table]
    assert table.split(500, 1.5 * one) == []
    heights = [part.wrap(500, 700)[1] for part in table.split(500, 3.5 * one)]
    assert heights == pytest.approx([3 * one, 4 * one])
    assert list(accumulate(heights))[-1] == pytest.approx(7 * one)


@pytest.mark.parametrize("length", [10, 2000])
def test_only_a_very_long_row_is_broken_inside(length: int) -> None:
    table = page.table(rows([1, length]), WIDTHS)
    assert isinstance(table, Grid if length == 10 else Table)
    table.wrap(500, 600)
    assert len(table.split(500, 400)) == (1 if length == 10 else 2)
