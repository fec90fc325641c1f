"""宽严: how lenient or severe each expert is beside those who marked the same applications (panel B.3). A flag only.

Platt & Burges, "Regularized least squares" (2012) and Ge, Welling & Ghahramani (2013), as used beside raw scores at
NeurIPS: y = application + expert + error, the expert's part b shrunk towards 0 by `shrink` = sigma_e^2 / sigma_b^2.
f_a = mean of (y - b_e); b_e = sum of (y - f_a) / (n_e + shrink), in turns until nothing moves. In each connected
component the b add up to 0, so b is the distance from the average expert *of that component*: nothing compares two
components. No score is ever adjusted by it: where fields really differ that makes wrong decisions more frequent.

Everything is counted in whole millionths of a point: the same digits on every computer and in every order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from ndb_desktop.domain.agreement import Ratings
from ndb_desktop.domain.overlap import Component, components

UNIT = 1_000_000
"""Fixed point: so many units are one point."""
SHRINK = Fraction(4)
LEAST_SHEETS = 8
LEAST_POINTS = Fraction(5)
ERRORS = 3
"""The flag: at least so many sheets, and b above so many points and so many standard errors."""
MOST_SWEEPS = 2_000


@dataclass(frozen=True, slots=True)
class ExpertSeverity:
    """One expert: `points` b above (lenient) or below (severe) the average of `component`, from `sheets` sheets.

    Only sheets beside somebody else's count. `error_squared` is the square of the standard error
    sigma_e / sqrt(n_e (1 - 1/k)), k being the panel size; None where the error cannot be told.
    """

    expert: str
    sheets: int
    points: Fraction
    error_squared: Fraction | None
    component: int
    flagged: bool


@dataclass(frozen=True, slots=True)
class Severity:
    """The fit. `variance` is sigma_e^2 with `freedom` degrees of freedom; `residuals` y - f_a - b_e are in `UNIT`s.

    `settled` says whether the iteration came to rest within `MOST_SWEEPS`; `sweeps` how many it took.
    """

    experts: Mapping[str, ExpertSeverity]
    components: tuple[Component, ...]
    variance: Fraction | None
    freedom: int
    residuals: Mapping[str, Mapping[str, int]]
    sweeps: int
    settled: bool

    @property
    def comparable(self) -> bool:
        """Whether all experts hang together; if not, those of different components are 不可比."""
        return len(self.components) < 2


def severity(ratings: Ratings, shrink: Fraction = SHRINK) -> Severity:
    """Fits applications and experts to the marks, scale 0..100.

    Raises:
        ValueError: for a negative `shrink`.
    """
    if shrink < 0:
        raise ValueError("shrinking by less than nothing")
    parts = components(ratings)
    home = {expert: number for number, part in enumerate(parts) for expert in part.experts}
    fit = _Fit(ratings, sorted(home))
    sweeps, settled = fit.settle(shrink)
    residuals = fit.residuals()
    used = {home[expert] for expert, count in zip(fit.experts, fit.counts, strict=True) if count}
    taking_part = sum(1 for count in fit.counts if count)
    freedom = sum(fit.counts) - len(fit.targets) - taking_part + len(used)
    squares = sum(number * number for row in residuals.values() for number in row.values())
    variance = Fraction(squares, UNIT * UNIT * freedom) if freedom > 0 else None
    found = {
        expert: _expert(expert, count, Fraction(b, UNIT), sizes, variance, home[expert])
        for expert, count, b, sizes in zip(fit.experts, fit.counts, fit.b, fit.sizes(), strict=True)
    }
    return Severity(found, parts, variance, freedom, residuals, sweeps, settled)


def _expert(
    name: str, sheets: int, points: Fraction, sizes: Mapping[int, int], variance: Fraction | None, component: int
) -> ExpertSeverity:
    # n_e (1 - 1/k), summed over the panel sizes there are.
    informed = sum((Fraction(times * (size - 1), size) for size, times in sizes.items()), Fraction(0))
    squared = variance / informed if variance is not None and informed else None
    flagged = (
        squared is not None
        and sheets >= LEAST_SHEETS
        and abs(points) > LEAST_POINTS
        and points * points > ERRORS * ERRORS * squared
    )
    return ExpertSeverity(name, sheets, points, squared, component, flagged)


class _Fit:
    """Marks in units by number of application and expert; applications with one mark say nothing about experts."""

    def __init__(self, ratings: Ratings, experts: Sequence[str]) -> None:
        self.experts = experts
        self.targets = [target for target in sorted(ratings) if len(ratings[target]) > 1]
        number = {expert: place for place, expert in enumerate(experts)}
        self.marks = [
            {number[expert]: _units(mark) for expert, mark in sorted(ratings[target].items())}
            for target in self.targets
        ]
        self.raters = [tuple(row) for row in self.marks]
        self.held: list[list[int]] = [[] for _ in experts]
        own = [0] * len(experts)
        for place, row in enumerate(self.marks):
            for rater, mark in row.items():
                self.held[rater].append(place)
                own[rater] += mark
        self._own = own
        self._sums = [sum(row.values()) for row in self.marks]
        self.counts = [len(held) for held in self.held]
        self.b = [0] * len(experts)
        self.f: list[int] = []

    def settle(self, shrink: Fraction) -> tuple[int, bool]:
        """Applications from experts, experts from applications, all of one kind at once, so that order is nothing."""
        above, below = shrink.numerator, shrink.denominator
        weights = [count * below + above for count in self.counts]
        active = [number for number, count in enumerate(self.counts) if count]
        for sweep in range(1, MOST_SWEEPS + 1):
            self._level()
            moved, take = 0, self.f.__getitem__
            for number in active:
                rest = (self._own[number] - sum(map(take, self.held[number]))) * below
                new = _nearest(rest, weights[number])
                moved = max(moved, abs(new - self.b[number]))
                self.b[number] = new
            # The last unit may swing for ever, because each step is rounded.
            if moved <= 1:
                self._level()
                return sweep, True
        self._level()
        return MOST_SWEEPS, False

    def _level(self) -> None:
        take = self.b.__getitem__
        self.f = [
            _nearest(total - sum(map(take, raters)), len(raters))
            for total, raters in zip(self._sums, self.raters, strict=True)
        ]

    def residuals(self) -> Mapping[str, Mapping[str, int]]:
        experts, b = self.experts, self.b
        return {
            target: {experts[rater]: mark - level - b[rater] for rater, mark in row.items()}
            for target, row, level in zip(self.targets, self.marks, self.f, strict=True)
        }

    def sizes(self) -> list[Mapping[int, int]]:
        """Per expert: how many of the sheets lie in a panel of which size."""
        size = [len(raters) for raters in self.raters]
        return [Counter(map(size.__getitem__, held)) for held in self.held]


def _units(mark: Fraction) -> int:
    return _nearest(mark.numerator * UNIT, mark.denominator)


def _nearest(above: int, below: int) -> int:
    return (2 * above + below) // (2 * below)
