"""一致性: how far experts agree, as exact rationals (panel B.2). For the coordinator alone, never a ground for a score.

Shrout & Fleiss, "Intraclass correlations", Psychological Bulletin 86 (1979): ICC(1,·) when every application has its
own experts, ICC(2,·) and ICC(3,·) for a complete panel. Kendall & Babington Smith (1939): W with the tie correction.
Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011): alpha with missing marks. Spearman (1910) and
Brown (1910): what more experts would buy. No p-values: they invite misreading, and low agreement is no misconduct.

A figure that cannot be had is `None` with a reason, never a guess.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Literal

from ndb_desktop.domain.numbers import in_common
from ndb_desktop.domain.phrase import Phrase

Ratings = Mapping[str, Mapping[str, Fraction]]
"""评分表: target (application) -> rater (expert) -> mark. A mark that is not there is missing, 0 is a mark."""

Undefined = Literal["few_targets", "few_raters", "incomplete", "no_spread", "many_values"]

MAX_VALUES = 25
"""The coincidence matrix grows with the square of the number of different values; levels have 5."""

_TEXTS: Mapping[Undefined, str] = {
    "few_targets": "agreement.undefined.few_targets",
    "few_raters": "agreement.undefined.few_raters",
    "incomplete": "agreement.undefined.incomplete",
    "no_spread": "agreement.undefined.no_spread",
    "many_values": "agreement.undefined.many_values",
}


@dataclass(frozen=True, slots=True)
class Figure:
    """统计量: an exact value, or None and why there is none."""

    value: Fraction | None
    undefined: Undefined | None = None

    def __post_init__(self) -> None:
        if (self.value is None) == (self.undefined is None):
            raise ValueError(f"a figure with value {self.value} and reason {self.undefined}")

    @property
    def why(self) -> Phrase | None:
        """Why there is no value, as a sentence; None if there is one."""
        return None if self.undefined is None else Phrase(_TEXTS[self.undefined])


@dataclass(frozen=True, slots=True)
class OneWay:
    """单向随机模型: `single` = ICC(1,1), `mean` = ICC(1,k); `between` and `within` are the mean squares B and W.

    `size` is k0, the mean panel size that unequal panels amount to; None while there is nothing to compare.
    """

    single: Figure
    mean: Figure
    targets: int
    size: Fraction | None = None
    between: Fraction | None = None
    within: Fraction | None = None


@dataclass(frozen=True, slots=True)
class TwoWay:
    """双向模型 of a complete panel: ICC(2,·) with raters as a sample, ICC(3,·) with these raters only."""

    icc2_single: Figure
    icc2_mean: Figure
    icc3_single: Figure
    icc3_mean: Figure


@dataclass(frozen=True, slots=True)
class Concordance:
    """肯德尔和谐系数: W from 0 to 1, and chi-square = m (n - 1) W, both exact."""

    w: Figure
    chi_square: Figure


@dataclass(frozen=True, slots=True)
class Agreement:
    """All figures over one set of ratings; the complete-panel ones say `incomplete` where experts differ by target."""

    one_way: OneWay
    two_way: TwoWay
    concordance: Concordance
    alpha: Figure


def agreement(ratings: Ratings) -> Agreement:
    """Every figure of this module for interval marks (评分一致性)."""
    return Agreement(one_way(ratings), two_way(ratings), kendall_w(ratings), alpha_interval(ratings))


def _ratio(above: Fraction, below: Fraction) -> Figure:
    # A sum of squares that is not positive leaves nothing to compare with; a negative one (possible in the ICC(2,·)
    # of tiny panels) would even turn disagreement into agreement.
    return Figure(above / below) if below > 0 else Figure(None, "no_spread")


def one_way(ratings: Ratings) -> OneWay:
    """ICC(1,1) and ICC(1,k) by one-way analysis of variance; panels may differ in size and in people.

    Targets with one mark count between targets only. Undefined: `few_targets` below 2, `few_raters` without any
    target that has two marks, `no_spread` where all marks (for ICC(1,k): all means) are the same.
    """
    units = _units(ratings)
    n, total = len(units), sum(map(len, units))
    if n < 2 or total == n:
        missing = Figure(None, "few_targets" if n < 2 else "few_raters")
        return OneWay(missing, missing, n)
    # Per panel size, so that whole numbers are summed and only a handful of fractions are made.
    squared_sums: dict[int, int] = {}
    for unit in units:
        squared_sums[len(unit)] = squared_sums.get(len(unit), 0) + sum(unit) ** 2
    inside = sum((Fraction(value, size) for size, value in squared_sums.items()), Fraction(0))
    grand = sum(map(sum, units))
    squares = sum(value * value for unit in units for value in unit)
    scale = _scale(ratings) ** 2
    between = (inside - Fraction(grand * grand, total)) / (n - 1) / scale
    within = (squares - inside) / (total - n) / scale
    size = (total - Fraction(sum(len(unit) ** 2 for unit in units), total)) / (n - 1)
    return OneWay(
        single=_ratio(between - within, between + (size - 1) * within),
        mean=_ratio(between - within, between),
        targets=n,
        size=size,
        between=between,
        within=within,
    )


def two_way(ratings: Ratings) -> TwoWay:
    """ICC(2,1), ICC(2,k), ICC(3,1) and ICC(3,k) of a complete panel: all raters marked all targets.

    Undefined: `few_targets`, `few_raters` below 2, `incomplete`, `no_spread` where the variance to divide by is not
    positive.
    """
    table = _complete(ratings)
    if isinstance(table, str):
        missing = Figure(None, table)
        return TwoWay(missing, missing, missing, missing)
    n, k = len(table), len(table[0])
    grand = sum(map(sum, table))
    correction = Fraction(grand * grand, n * k)
    of_targets = Fraction(sum(sum(row) ** 2 for row in table), k) - correction
    of_raters = Fraction(sum(sum(column) ** 2 for column in zip(*table, strict=True)), n) - correction
    whole = sum(value * value for row in table for value in row) - correction
    b, j = of_targets / (n - 1), of_raters / (k - 1)
    e = (whole - of_targets - of_raters) / ((n - 1) * (k - 1))
    return TwoWay(
        icc2_single=_ratio(b - e, b + (k - 1) * e + k * (j - e) / n),
        icc2_mean=_ratio(b - e, b + (j - e) / n),
        icc3_single=_ratio(b - e, b + (k - 1) * e),
        icc3_mean=_ratio(b - e, b),
    )


def kendall_w(ratings: Ratings) -> Concordance:
    """Kendall's W (肯德尔和谐系数) of a complete panel, equal marks sharing their average rank.

    W = 12 s / (m^2 (n^3 - n) - m T). Undefined: `few_targets`, `few_raters` below 2, `incomplete`, `no_spread` where
    every rater gave one mark to all.
    """
    table = _complete(ratings)
    if isinstance(table, str):
        missing = Figure(None, table)
        return Concordance(missing, missing)
    n, m = len(table), len(table[0])
    columns = list(zip(*table, strict=True))
    ties = sum(count**3 - count for column in columns for count in Counter(column).values())
    doubled = [sum(ranks) for ranks in zip(*map(_double_ranks, columns), strict=True)]
    # Doubled rank sums have the mean m (n + 1), and their squares are four times as large.
    spread = Fraction(sum((rank - m * (n + 1)) ** 2 for rank in doubled), 4)
    w = _ratio(12 * spread, Fraction(m * m * (n**3 - n) - m * ties))
    return Concordance(w, w if w.value is None else Figure(m * (n - 1) * w.value))


def alpha_interval(ratings: Ratings) -> Figure:
    """Krippendorff's alpha (克里彭多夫 α), interval metric, by the closed form; missing marks are allowed.

    Only targets with two marks or more count. Undefined: `few_raters` without such a target, `no_spread` where all
    marks are the same.
    """
    units = [unit for unit in _units(ratings) if len(unit) > 1]
    if not units:
        return Figure(None, "few_raters")
    total = sum(map(len, units))
    within: dict[int, int] = {}
    squares = grand = 0
    for unit in units:
        own, own_squares = sum(unit), sum(value * value for value in unit)
        size = len(unit)
        within[size] = within.get(size, 0) + 2 * size * own_squares - 2 * own * own
        grand, squares = grand + own, squares + own_squares
    observed = sum((Fraction(value, size - 1) for size, value in within.items()), Fraction(0)) / total
    expected = Fraction(2 * total * squares - 2 * grand * grand, total * (total - 1))
    return _alpha(observed, expected)


def alpha_ordinal(ratings: Ratings) -> Figure:
    """Krippendorff's alpha, ordinal metric, by the coincidence matrix: for levels (评分档 L1 to L5 as 1 to 5).

    Only the order of the values matters. Undefined as in `alpha_interval`, and `many_values` above `MAX_VALUES`.
    """
    units = [Counter(unit) for unit in _units(ratings) if len(unit) > 1]
    values = sorted({value for unit in units for value in unit})
    if len(values) > MAX_VALUES:
        return Figure(None, "many_values")
    return alpha_of_patterns(Counter(tuple(unit[value] for value in values) for unit in units))


def alpha_of_patterns(patterns: Mapping[tuple[int, ...], int]) -> Figure:
    """`alpha_ordinal` from how often each pattern occurs: how many raters gave the lowest value, the next, and so on.

    Seven experts and five levels make 330 patterns at most, however many items there are. All patterns are equally
    long; those with fewer than two marks do not count.
    """
    units = {pattern: times for pattern, times in patterns.items() if times and sum(pattern) > 1}
    if not units:
        return Figure(None, "few_raters")
    width = len(next(iter(units)))
    counts = [sum(pattern[place] * times for pattern, times in units.items()) for place in range(width)]
    total = sum(counts)
    weighted = [(pattern, Fraction(times, sum(pattern) - 1)) for pattern, times in units.items()]
    observed = expected = Fraction(0)
    for low in range(width):
        for high in range(low + 1, width):
            far = Fraction(2 * sum(counts[low : high + 1]) - counts[low] - counts[high], 2) ** 2
            pairs = sum((weight * pattern[low] * pattern[high] for pattern, weight in weighted), Fraction(0))
            observed += pairs * far
            expected += Fraction(counts[low] * counts[high], total - 1) * far
    return _alpha(observed, expected)


def _alpha(observed: Fraction, expected: Fraction) -> Figure:
    return Figure(1 - observed / expected) if expected else Figure(None, "no_spread")


def spearman_brown(single: Fraction, raters: int) -> Figure:
    """Reliability of the mean of `raters` experts whose single reliability is `single` (斯皮尔曼-布朗公式).

    Undefined (`no_spread`) where so negative a value cannot hold for that many raters.

    Raises:
        ValueError: for fewer than one rater.
    """
    if raters < 1:
        raise ValueError("at least one rater")
    return _ratio(raters * single, 1 + (raters - 1) * single)


def raters_needed(single: Fraction, goal: Fraction) -> int | None:
    """The least number of experts whose mean reaches the reliability `goal`; None if no number does.

    Raises:
        ValueError: for a goal that is not above 0 and below 1.
    """
    if not 0 < goal < 1:
        raise ValueError("the goal must lie between 0 and 1")
    if single <= 0:
        return None
    return max(1, ceil(goal * (1 - single) / (single * (1 - goal))))


def _scale(ratings: Ratings) -> int:
    return in_common([value for marks in ratings.values() for value in marks.values()])[1]


def _units(ratings: Ratings) -> list[list[int]]:
    """The marks of every target that has some, over one common denominator; by name, so that order cannot matter."""
    scale = _scale(ratings)
    return [
        [value.numerator * (scale // value.denominator) for _, value in sorted(ratings[target].items())]
        for target in sorted(ratings)
        if ratings[target]
    ]


def _complete(ratings: Ratings) -> list[list[int]] | Undefined:
    """Targets x raters over one common denominator, or why there is no such table."""
    rated = [frozenset(marks) for marks in ratings.values() if marks]
    if len(rated) < 2:
        return "few_targets"
    if any(raters != rated[0] for raters in rated):
        return "incomplete"
    return _units(ratings) if len(rated[0]) > 1 else "few_raters"


def _double_ranks(values: Sequence[int]) -> list[int]:
    """Twice the average rank of each value, a whole number."""
    counts, below = Counter(values), 0
    ranks = {}
    for value in sorted(counts):
        ranks[value] = 2 * below + counts[value] + 1
        below += counts[value]
    return [ranks[value] for value in values]
