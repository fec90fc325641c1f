"""The bootstrap: the same on every computer, around the figure itself, and silent where it would say nothing."""

from __future__ import annotations

import hashlib
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ndb_desktop.domain.agreement import Ratings, alpha_interval, one_way
from ndb_desktop.domain.resample import LEAST_APPLICATIONS, intervals, picks

F = Fraction


def table(applications: int, noise: int = 5) -> Ratings:
    return {
        f"A{n:02}": {f"E{e}": F(60 + (7 * n) % 31 + (n * n * (e + 3)) % noise, 1 + e % 2) for e in range(4 + n % 2)}
        for n in range(applications)
    }


def test_draws_come_from_sha256_of_seed_and_number() -> None:
    block = hashlib.sha256(b"seed\n3\n" + (0).to_bytes(8, "big")).digest()
    expected = [int.from_bytes(block[4 * n : 4 * n + 4], "big") * 5 >> 32 for n in range(5)]
    assert picks("seed", 3, 5) == expected
    assert len(picks("seed", 3, 21)) == 21
    assert picks("seed", 3, 21) != picks("seed", 4, 21)
    assert picks("seed", 3, 21) != picks("other", 3, 21)


def test_every_place_is_drawn_about_equally_often() -> None:
    counts = [0] * 10
    for draw in range(1_000):
        for place in picks("even", draw, 10):
            counts[place] += 1
    assert sum(counts) == 10_000
    assert all(850 < count < 1_150 for count in counts)


def test_the_interval_lies_around_the_figure_and_repeats() -> None:
    marks = table(40)
    found = intervals(marks, "a", draws=200)
    figures = one_way(marks)
    for interval, figure in (
        (found.single, figures.single),
        (found.mean, figures.mean),
        (found.alpha, alpha_interval(marks)),
    ):
        assert interval is not None
        assert figure.value is not None
        assert interval.low < figure.value < interval.high <= 1
        assert (interval.draws, interval.undefined) == (200, 0)
    assert intervals(dict(reversed(marks.items())), "a", draws=200) == found
    assert intervals(marks, "b", draws=200) != found


@settings(deadline=None, max_examples=15)
@given(st.integers(LEAST_APPLICATIONS, 16), st.integers(2, 9), st.text(max_size=3))
def test_each_draw_is_the_figure_over_the_drawn_applications(count: int, noise: int, seed: str) -> None:
    """Two draws: the interval's ends are the two figures, computed the long way over named copies."""
    marks = table(count, noise)
    names = sorted(marks)
    found = intervals(marks, seed, draws=2)
    single, mean, alpha = [], [], []
    for draw in range(2):
        drawn = {f"{n:03}": marks[names[place]] for n, place in enumerate(picks(seed, draw, count))}
        figures = one_way(drawn)
        single.append(figures.single.value)
        mean.append(figures.mean.value)
        alpha.append(alpha_interval(drawn).value)
    for interval, values in ((found.single, single), (found.mean, mean), (found.alpha, alpha)):
        assert interval is not None
        known = [value for value in values if value is not None]
        assert (interval.low, interval.high) == (min(known), max(known))


def test_a_mark_alone_counts_as_in_the_figures() -> None:
    marks = {**table(12), "Z1": {"E9": F(3)}, "Z2": {}}
    names = [name for name in sorted(marks) if marks[name]]
    found = intervals(marks, "s", draws=2)
    drawn = [{f"{n:03}": marks[names[p]] for n, p in enumerate(picks("s", draw, len(names)))} for draw in range(2)]
    assert found.alpha is not None
    assert found.single is not None
    values = [alpha_interval(one).value for one in drawn]
    assert {found.alpha.low, found.alpha.high} == set(values)
    assert {found.single.low, found.single.high} == {one_way(one).single.value for one in drawn}


def test_nothing_is_said_of_too_few_or_of_sameness() -> None:
    few = intervals(table(LEAST_APPLICATIONS - 1), "s")
    assert (few.single, few.mean, few.alpha) == (None, None, None)
    same = {f"A{n:02}": {f"E{e}": F(80) for e in range(3)} for n in range(12)}
    assert intervals(same, "s", draws=20).alpha is None
    # One application that differs: many draws miss it.
    rare = {**same, "A00": {"E0": F(70), "E1": F(80)}}
    assert intervals(rare, "s", draws=100).alpha is None
    assert intervals({}, "s").alpha is None
    with pytest.raises(ValueError):
        intervals(table(12), "s", draws=1)
