"""分布: mean, spread, standard error and counts of a set of marks, exactly. For tables and plots of the inside view."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from fractions import Fraction

from ndb_desktop.domain.numbers import in_common

BINS = 20
BEST = 100
"""Marks run from 0 to `BEST`; each bin is 5 points wide and holds its lower end, the last one both ends."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Figures of `n` marks. `variance` is that of a sample (n - 1), `error_squared` variance / n; None for one mark."""

    n: int
    mean: Fraction
    median: Fraction
    low: Fraction
    high: Fraction
    variance: Fraction | None
    error_squared: Fraction | None
    bins: tuple[int, ...]


def spread(values: Collection[Fraction]) -> Spread | None:
    """The figures of some marks from 0 to 100; None for none at all."""
    n = len(values)
    if not n:
        return None
    numerators, common = in_common(values)
    numerators.sort()
    total = sum(numerators)
    bins = [0] * BINS
    for number in numerators:
        bins[min(max(number * BINS // (BEST * common), 0), BINS - 1)] += 1
    variance = None
    if n > 1:
        squares = n * sum(number * number for number in numerators) - total * total
        variance = Fraction(squares, n * (n - 1) * common * common)
    return Spread(
        n=n,
        mean=Fraction(total, n * common),
        median=Fraction(numerators[(n - 1) // 2] + numerators[n // 2], 2 * common),
        low=Fraction(numerators[0], common),
        high=Fraction(numerators[-1], common),
        variance=variance,
        error_squared=None if variance is None else variance / n,
        bins=tuple(bins),
    )
