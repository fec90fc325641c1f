"""Agreement between experts: the published tables of each paper, and the algebra the formulas promise."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import astuple
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ndb_desktop import texts
from ndb_desktop.domain.agreement import (
    MAX_VALUES,
    Figure,
    Ratings,
    agreement,
    alpha_interval,
    alpha_ordinal,
    kendall_w,
    one_way,
    raters_needed,
    spearman_brown,
    two_way,
)
from ndb_desktop.domain.numbers import show

F = Fraction
Table = Sequence[Sequence[Fraction | int | None]]

# Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability": four observers, twelve units.
KRIPPENDORFF = (
    "1 2 3 3 2 1 4 1 2 . . .",
    "1 2 3 3 2 2 4 1 2 5 . 3",
    ". 3 3 3 2 3 4 2 2 5 1 .",
    "1 2 3 3 2 4 4 1 2 5 1 .",
)
# Shrout & Fleiss (1979), table 2: six targets, four judges.
SHROUT_FLEISS = ((9, 2, 5, 8), (6, 1, 3, 2), (8, 4, 6, 8), (7, 1, 2, 6), (10, 5, 6, 9), (6, 2, 4, 7))


def ratings(table: Table) -> Ratings:
    """Rows are targets, columns raters, None is missing."""
    return {
        f"A{n:02}": {f"E{m:02}": F(value) for m, value in enumerate(row) if value is not None}
        for n, row in enumerate(table)
    }


def classic() -> Ratings:
    rows = [[None if mark == "." else int(mark) for mark in row.split()] for row in KRIPPENDORFF]
    return ratings(list(zip(*rows, strict=True)))


def value(figure: Figure) -> Fraction:
    assert figure.value is not None, figure.undefined
    return figure.value


def test_krippendorffs_own_table() -> None:
    assert show(value(alpha_ordinal(classic())), 4) == "0.8154"
    assert show(value(alpha_interval(classic())), 4) == "0.8491"
    assert value(alpha_interval(classic())) == F(951, 1120)


def test_the_table_of_shrout_and_fleiss() -> None:
    single, both = one_way(ratings(SHROUT_FLEISS)), two_way(ratings(SHROUT_FLEISS))
    figures = (single.single, both.icc2_single, both.icc3_single, single.mean, both.icc2_mean, both.icc3_mean)
    assert [show(value(figure)) for figure in figures] == ["0.17", "0.29", "0.71", "0.44", "0.62", "0.91"]
    # Their analysis of variance: BMS 11.24, WMS 6.26.
    assert single.between is not None
    assert single.within is not None
    assert (show(single.between), show(single.within), single.size, single.targets) == ("11.24", "6.26", 4, 6)


def test_kendalls_w_with_and_without_ties() -> None:
    assert value(kendall_w(ratings([(1, 1, 1), (2, 2, 2), (3, 3, 3)])).w) == 1
    assert value(kendall_w(ratings([(1, 3), (2, 2), (3, 1)])).w) == 0
    # Ranks of the Shrout-Fleiss judges with their ties; scipy's Friedman statistic is 17.7407.
    found = kendall_w(ratings(SHROUT_FLEISS))
    assert value(found.w) == F(479, 540)
    assert value(found.chi_square) == 4 * 5 * F(479, 540)
    assert show(value(found.chi_square), 4) == "17.7407"
    # A rater who ties everybody has no say, and the other two agree.
    assert value(kendall_w(ratings([(1, 1, 5), (2, 2, 5), (3, 3, 5)])).w) == F(12 * 8, 9 * 24 - 3 * 24)


def test_what_seven_experts_buy() -> None:
    single = F(3, 10)
    assert [show(value(spearman_brown(single, k))) for k in (1, 5, 7)] == ["0.30", "0.68", "0.75"]
    assert raters_needed(single, F(7, 10)) == 6
    assert value(spearman_brown(single, 5)) < F(7, 10) <= value(spearman_brown(single, 6))


def test_unequal_panels_use_the_mean_panel_size() -> None:
    table = ratings([(80, 82, None), (70, 72, 74), (90, None, None)])
    found = one_way(table)
    # k0 = (6 - (4 + 9 + 1) / 6) / 2; sums of squares by hand from the means 81, 72, 90 and 78.
    assert found.size == F(11, 6)
    assert found.between == F(2 * 9 + 3 * 36 + 144, 2)
    assert found.within == F(2 + 8, 3)
    b, w = F(135), F(10, 3)
    assert value(found.single) == (b - w) / (b + F(5, 6) * w)
    assert value(found.mean) == (b - w) / b


def test_a_mark_alone_cannot_be_paired() -> None:
    pairs = ratings([(1, 2), (3, 4)])
    alone = {**pairs, "A99": {"E00": F(40)}}
    assert alpha_interval(alone) == alpha_interval(pairs)
    assert alpha_ordinal(alone) == alpha_ordinal(pairs)


SAME = ratings([(5, 5), (5, 5), (5, 5)])
UNDEFINED = [
    ("few_targets", ratings([]), "one_way two_way w"),
    ("few_targets", ratings([(1, 2, 3)]), "one_way two_way w"),
    ("few_raters", ratings([(1,), (2,)]), "one_way two_way w alpha"),
    ("few_raters", ratings([]), "alpha"),
    ("incomplete", ratings([(1, 2), (1, None)]), "two_way w"),
    ("incomplete", ratings([(1, 2, None), (1, None, 3)]), "two_way w"),
    ("no_spread", SAME, "one_way two_way w alpha"),
]


@pytest.mark.parametrize(("reason", "table", "which"), UNDEFINED)
def test_what_has_no_value_says_why_in_both_languages(reason: str, table: Ratings, which: str) -> None:
    found = agreement(table)
    figures = {
        "one_way": [found.one_way.single, found.one_way.mean],
        "two_way": [getattr(found.two_way, name) for name in found.two_way.__slots__],
        "w": [found.concordance.w, found.concordance.chi_square],
        "alpha": [found.alpha, alpha_ordinal(table)],
    }
    for figure in (figure for name in which.split() for figure in figures[name]):
        assert (figure.value, figure.undefined) == (None, reason)
        assert figure.why is not None
        for language in texts.LANGUAGES:
            assert texts.phrase_text(figure.why, language).strip()


def test_a_figure_has_a_value_or_a_reason_and_nothing_else() -> None:
    assert Figure(F(0)).why is None
    for wrong in ((None, None), (F(1), "no_spread")):
        with pytest.raises(ValueError):
            Figure(*wrong)  # type: ignore[arg-type]


def test_all_raters_constant_but_different_is_undefined_for_ranks() -> None:
    table = ratings([(60, 90), (60, 90), (60, 90)])
    assert kendall_w(table).w.undefined == "no_spread"
    assert value(one_way(table).single) == -1
    assert one_way(table).mean.undefined == "no_spread"
    assert two_way(table).icc3_single.undefined == "no_spread"


def test_disagreement_never_turns_into_agreement() -> None:
    # Two raters who swap: B = J = 0, E > 0. The bare quotient of ICC(2,k) would be 2.
    found = two_way(ratings([(1, 2), (2, 1)]))
    assert found.icc2_mean.undefined == "no_spread"
    assert found.icc2_single.undefined == "no_spread"
    assert value(found.icc3_single) == -1


def test_too_many_different_values_for_levels() -> None:
    many = ratings([(n, n + 1) for n in range(MAX_VALUES)])
    assert alpha_ordinal(many).undefined == "many_values"
    assert value(alpha_ordinal(ratings([(n, n) for n in range(MAX_VALUES)]))) == 1


def test_spearman_brown_at_its_ends() -> None:
    assert value(spearman_brown(F(0), 7)) == 0
    assert value(spearman_brown(F(1), 7)) == 1
    assert spearman_brown(F(-1, 2), 3).undefined == "no_spread"
    assert spearman_brown(F(-1), 3).undefined == "no_spread"
    with pytest.raises(ValueError):
        spearman_brown(F(1, 2), 0)
    assert raters_needed(F(0), F(7, 10)) is None
    assert raters_needed(F(9, 10), F(7, 10)) == 1
    for goal in (F(0), F(1), F(-1)):
        with pytest.raises(ValueError):
            raters_needed(F(1, 2), goal)


marks = st.integers(0, 200).map(lambda n: F(n, 2))
sizes = st.tuples(st.integers(2, 6), st.integers(2, 5))


@st.composite
def full_tables(draw: st.DrawFn) -> list[list[Fraction]]:
    n, k = draw(sizes)
    return [draw(st.lists(marks, min_size=k, max_size=k)) for _ in range(n)]


@st.composite
def holed_tables(draw: st.DrawFn) -> list[list[Fraction | None]]:
    n, k = draw(sizes)
    return [draw(st.lists(st.none() | marks, min_size=k, max_size=k)) for _ in range(n)]


def moved(table: Table, factor: Fraction, plus: Fraction) -> Ratings:
    return ratings([[None if x is None else factor * x + plus for x in row] for row in table])


factors = st.fractions(-3, 3, max_denominator=7).filter(bool)
shifts = st.fractions(-50, 50, max_denominator=7)
quick = settings(deadline=None, max_examples=40)


@quick
@given(holed_tables(), factors, shifts)
def test_alpha_and_icc1_do_not_know_the_scale(table: list[list[Fraction | None]], a: Fraction, b: Fraction) -> None:
    before, after = ratings(table), moved(table, a, b)
    assert alpha_interval(after) == alpha_interval(before)
    first, second = one_way(before), one_way(after)
    assert (second.single, second.mean, second.size) == (first.single, first.mean, first.size)
    if first.between is not None and first.within is not None:
        assert (second.between, second.within) == (a * a * first.between, a * a * first.within)


@quick
@given(full_tables(), st.lists(shifts, min_size=5, max_size=5))
def test_w_and_icc3_do_not_know_how_severe_a_rater_is(table: list[list[Fraction]], plus: list[Fraction]) -> None:
    before = ratings(table)
    after = ratings([[x + p for x, p in zip(row, plus, strict=False)] for row in table])
    assert kendall_w(after) == kendall_w(before)
    assert two_way(after).icc3_single == two_way(before).icc3_single
    assert two_way(after).icc3_mean == two_way(before).icc3_mean


@quick
@given(full_tables())
def test_w_and_ordinal_alpha_only_know_the_order(table: list[list[Fraction]]) -> None:
    curved = ratings([[x**3 + x for x in row] for row in table])
    assert kendall_w(curved) == kendall_w(ratings(table))
    assert alpha_ordinal(curved) == alpha_ordinal(ratings(table))
    falling = ratings([[-x for x in row] for row in table])
    assert alpha_ordinal(falling) == alpha_ordinal(ratings(table))


@quick
@given(full_tables())
def test_balanced_alpha_is_one_minus_within_over_total_mean_square(table: list[list[Fraction]]) -> None:
    values = [x for row in table for x in row]
    assume(len(set(values)) > 1)
    mean = sum(values) / F(len(values))
    total = sum((x - mean) ** 2 for x in values) / (len(values) - 1)
    within = one_way(ratings(table)).within
    assert within is not None
    assert value(alpha_interval(ratings(table))) == 1 - within / total


def rho(first: Sequence[Fraction], second: Sequence[Fraction]) -> Fraction:
    """Spearman's rank correlation where both have the same ties (then it is rational), straight from its definition."""
    ranks = [[F(2 * sum(y < x for y in own) + sum(y == x for y in own) + 1, 2) for x in own] for own in (first, second)]
    mean = F(len(first) + 1, 2)
    spread = [sum((r - mean) ** 2 for r in own) for own in ranks]
    assert spread[0] == spread[1]
    return sum(((a - mean) * (b - mean) for a, b in zip(*ranks, strict=True)), F(0)) / spread[0]


@quick
@given(st.lists(st.integers(0, 8).map(F), min_size=2, max_size=7), st.randoms(use_true_random=False))
def test_w_of_two_is_the_rank_correlation_in_disguise(first: list[Fraction], rng: random.Random) -> None:
    assume(len(set(first)) > 1)
    second = first[:]
    rng.shuffle(second)
    w = value(kendall_w(ratings(list(zip(first, second, strict=True)))).w)
    assert w == (1 + rho(first, second)) / 2


@quick
@given(full_tables())
def test_spearman_brown_leads_from_one_rater_to_the_panel(table: list[list[Fraction]]) -> None:
    k = len(table[0])
    single, both = one_way(ratings(table)), two_way(ratings(table))
    for one, panel in (
        (single.single, single.mean),
        (both.icc3_single, both.icc3_mean),
        (both.icc2_single, both.icc2_mean),
    ):
        if one.value is not None and panel.value is not None:
            assert spearman_brown(one.value, k) == panel


@quick
@given(st.fractions(F(1, 20), F(19, 20), max_denominator=40), st.fractions(F(1, 20), F(19, 20), max_denominator=40))
def test_raters_needed_is_the_least_number(single: Fraction, goal: Fraction) -> None:
    needed = raters_needed(single, goal)
    assert needed is not None
    assert value(spearman_brown(single, needed)) >= goal
    assert needed == 1 or value(spearman_brown(single, needed - 1)) < goal


@quick
@given(holed_tables(), st.randoms(use_true_random=False))
def test_order_and_names_do_not_matter_and_nothing_is_above_one(
    table: list[list[Fraction | None]], rng: random.Random
) -> None:
    found = agreement(ratings(table))
    columns = list(zip(*table, strict=True))
    rng.shuffle(columns)
    rows = list(zip(*columns, strict=True))
    rng.shuffle(rows)
    assert agreement(ratings(rows)) == found
    assert alpha_ordinal(ratings(rows)) == alpha_ordinal(ratings(table))
    figures = [*astuple(found.two_way), *astuple(found.concordance)[:1], *astuple(found.one_way)[:2]]
    assert all(shown is None or shown <= 1 for shown, _ in figures)
    assert found.alpha.value is None or found.alpha.value <= 1
    w = found.concordance.w.value
    assert w is None or 0 <= w <= 1


def test_results_are_exact_not_nearly() -> None:
    found = agreement(ratings([(F(1, 3), F(1, 7)), (F(2, 3), F(1, 2)), (F(5, 9), F(0))]))
    for figure in (found.alpha, found.one_way.single, found.two_way.icc2_mean, found.concordance.w):
        assert isinstance(figure.value, Fraction)
