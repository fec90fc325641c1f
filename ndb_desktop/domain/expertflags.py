"""提示 that need more than one panel, or the result (panel B.4): spread, equal rows, residuals, severity, key marks.

Like `panelflags` they ask for words and change no score. What they compare are judged totals, 0..100. All comparisons
are exact; square roots are taken only of what is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from ndb_desktop.domain.agreement import Ratings
from ndb_desktop.domain.numbers import exact, in_common, rounded
from ndb_desktop.domain.panel import PanelResult, reached, standard_error
from ndb_desktop.domain.panelflags import Flag, mean_and_variance
from ndb_desktop.domain.rulepack import PackSettings, RulePack
from ndb_desktop.domain.severity import LEAST_SHEETS, UNIT, Severity
from ndb_desktop.domain.sheet import Sheet

Row = tuple[str, tuple[Decimal | None, ...]]
"""一行评分: pack digest, and the marks of its judged items in the pack's order; None where one does not apply."""

LEAST_ITEMS = 3
"""So many judged marks make a pattern; fewer are alike by chance."""
NARROW = 3
"""An expert's own spread is too small below the median expert's divided by this."""
ROBUST_ERRORS = 3
_ROBUST = Fraction(14826, 10000)
"""Median absolute deviation to standard deviation, for a normal distribution (Hampel 1974)."""
LEAST_RESIDUAL = Fraction(1)
"""Where everybody agrees the robust deviation is next to nothing; less than a point is never worth words."""
_LEAST_PANEL = 3
"""Of two who differ nobody can say which is off; and no result is looked at that rests on fewer."""


def narrow_flags(totals: Mapping[str, Mapping[str, Fraction]]) -> tuple[Flag, ...]:
    """Experts with `LEAST_SHEETS` sheets or more whose own totals spread less than a third of the median expert's.

    `totals`: expert -> application -> judged total. The median of standard deviations can be the mean of two square
    roots; whether s < (u + v) / 6 is decided without taking one.
    """
    own = {
        expert: mean_and_variance(list(marks.values()))[1]
        for expert, marks in sorted(totals.items())
        if len(marks) >= LEAST_SHEETS
    }
    if not own:
        return ()
    ranked = sorted(own.values())
    low, high = ranked[(len(ranked) - 1) // 2], ranked[len(ranked) // 2]
    median = exact((standard_error(low, 6) + standard_error(high, 6)) / 2)
    return tuple(
        Flag(
            "narrow",
            "",
            "explain",
            expert,
            numbers={
                "spread": exact(standard_error(variance, 6)),
                "median": median,
                "count": Fraction(len(totals[expert])),
            },
            applications=tuple(sorted(totals[expert])),
        )
        for expert, variance in own.items()
        if _narrower(variance, low, high)
    )


def _narrower(variance: Fraction, low: Fraction, high: Fraction) -> bool:
    """Whether NARROW * sqrt(variance) < (sqrt(low) + sqrt(high)) / 2, by squaring twice."""
    left = (2 * NARROW) ** 2 * variance - low - high
    return left < 0 or left * left < 4 * low * high


@dataclass(frozen=True, slots=True)
class Judged:
    """What one sheet says in its judged items: the `row`, None while a mark is missing or there are fewer than
    `LEAST_ITEMS`; and the `levels`, item by item, each as 2^(LEVEL_BITS x (level - 1)), 0 where there is none."""

    row: Row | None
    levels: tuple[int, ...]


LEVEL_BITS = 16
"""Levels of one item add up to the counts of all five in one number: 65,535 experts are room enough."""
LEVELS = 5
_LEVEL_UNIT: Mapping[str | None, int] = {None: 0} | {
    f"L{place + 1}": 1 << LEVEL_BITS * place for place in range(LEVELS)
}


def judged(pack: RulePack, sheet: Sheet) -> Judged:
    """Row and levels of a sheet, in the pack's order of items."""
    cells: list[Decimal | None] = []
    levels = []
    whole, entries = True, sheet.items
    for item, _ in pack.judged_weights:
        entry = entries.get(item)
        if entry is not None and entry.state == "scored":
            whole = whole and entry.value is not None
            cells.append(entry.value)
            levels.append(_LEVEL_UNIT[entry.level])
        else:
            whole = whole and entry is not None and entry.state == "not_applicable"
            cells.append(None)
            levels.append(0)
    enough = whole and len(cells) - cells.count(None) >= LEAST_ITEMS
    return Judged((pack.digest, tuple(cells)) if enough else None, tuple(levels))


def level_counts(packed: int) -> tuple[int, ...]:
    """How many experts gave L1, L2, … from a sum of `Judged.levels` of one item."""
    return tuple(packed >> LEVEL_BITS * place & (1 << LEVEL_BITS) - 1 for place in range(LEVELS))


def row_flags(rows: Mapping[str, Mapping[str, Row]]) -> tuple[Flag, ...]:
    """Experts who gave different applications the same marks in every judged item. `rows`: expert -> application."""
    found = []
    for expert in sorted(rows):
        groups: dict[Row, list[str]] = {}
        for application in sorted(rows[expert]):
            groups.setdefault(rows[expert][application], []).append(application)
        for (_, cells), alike in groups.items():
            if len(alike) > 1:
                marked = len(cells) - cells.count(None)
                numbers = {"count": Fraction(len(alike)), "items": Fraction(marked)}
                found.append(Flag("same_rows", "", "explain", expert, numbers=numbers, applications=tuple(alike)))
    return tuple(found)


def severity_flags(fit: Severity, ratings: Ratings) -> tuple[Flag, ...]:
    """The severity flag (宽严) of every expert the fit marks out, with the applications it rests on."""
    flagged = [row for row in fit.experts.values() if row.flagged]
    names = {row.expert for row in flagged}
    held: dict[str, list[str]] = {name: [] for name in names}
    for application in sorted(ratings):
        if len(ratings[application]) > 1:
            for expert in names & ratings[application].keys():
                held[expert].append(application)
    return tuple(
        Flag(
            "lenient" if row.points > 0 else "severe",
            "",
            "explain",
            row.expert,
            numbers={
                "value": abs(row.points),
                "error": exact(standard_error(row.error_squared or Fraction(0), 6)),
                "count": Fraction(row.sheets),
            },
            applications=tuple(held[row.expert]),
        )
        for row in flagged
    )


@dataclass(frozen=True, slots=True)
class Robust:
    """Pooled residuals: `deviation` is the robust standard deviation 1.4826 x median |residual|, of `count`."""

    deviation: Fraction
    count: int

    @property
    def limit(self) -> Fraction:
        """From here on a residual is remarkable."""
        return max(ROBUST_ERRORS * self.deviation, LEAST_RESIDUAL)


def pooled(fit: Severity) -> Robust | None:
    """The robust spread of all residuals; None without any."""
    sizes = sorted(abs(number) for row in fit.residuals.values() for number in row.values())
    if not sizes:
        return None
    twice = sizes[(len(sizes) - 1) // 2] + sizes[len(sizes) // 2]
    return Robust(_ROBUST * Fraction(twice, 2 * UNIT), len(sizes))


def residual_flags(fit: Severity, ratings: Ratings) -> tuple[Flag, ...]:
    """Sheets far from what their application and their expert suggest, against the spread of the whole batch."""
    robust = pooled(fit)
    if robust is None:
        return ()
    limit = robust.limit
    units = limit * UNIT
    found = []
    for application, row in fit.residuals.items():
        if len(row) < _LEAST_PANEL:
            continue
        for expert, number in row.items():
            if abs(number) * units.denominator > units.numerator:
                value, residual = ratings[application][expert], Fraction(number, UNIT)
                numbers = {
                    "value": value,
                    "expected": value - residual,
                    "residual": abs(residual),
                    "limit": limit,
                }
                found.append(Flag("residual", application, "explain", expert, numbers=numbers))
    return tuple(found)


def without_each(
    result: PanelResult, settings: PackSettings, again: Callable[[str], Fraction | None]
) -> Mapping[str, Fraction]:
    """The total without each expert in turn, by the pack's rule for the panel that is left (关键分).

    The least panel size does not hold here, but no total is made from fewer than three. Where every expert answered
    every item, a mean of items is the mean of the experts' totals; else `again(expert)` computes it anew.
    """
    n = result.n_valid
    if result.total is None or n - 1 < _LEAST_PANEL:
        return {}
    totals = result.expert_totals
    if _plain_without_one(result, settings):
        numerators, common = in_common(totals.values())
        whole = sum(numerators)
        return {expert: Fraction(whole - own, common * (n - 1)) for expert, own in zip(totals, numerators, strict=True)}
    valid = sorted(expert for expert, state in result.experts.items() if state == "scored")
    return {expert: total for expert in valid if (total := again(expert)) is not None}


def _plain_without_one(result: PanelResult, settings: PackSettings) -> bool:
    """Whether the total without one expert is the plain mean of the other experts' totals."""
    n = result.n_valid
    if n - 1 >= max(settings.trim_from, _LEAST_PANEL) or len(result.expert_totals) != n:
        return False
    return all(item.n_valid == n for item in result.items.values())


def key_flags(result: PanelResult, settings: PackSettings, again: Callable[[str], Fraction | None]) -> tuple[Flag, ...]:
    """关键分: experts without whom the application would be on the other side of the threshold. No accusation."""
    if result.total is None:
        return ()
    passes, threshold = reached(result, settings), exact(settings.threshold)
    if _all_on_one_side(result, settings, threshold):
        return ()
    found = []
    for expert, total in sorted(without_each(result, settings, again).items()):
        published = settings.compare_on == "published"
        deciding = exact(rounded(total, settings.digits, settings.rounding)) if published else total
        if (deciding >= threshold) != passes:
            numbers = {"total": result.total, "without": total, "threshold": threshold}
            found.append(Flag("key_mark", result.application, "list", expert, numbers=numbers))
    return tuple(found)


def _all_on_one_side(result: PanelResult, settings: PackSettings, threshold: Fraction) -> bool:
    """Whether no sheet can turn the result, seen at a glance: most applications are far from the threshold.

    True only where every mean of all sheets but one, and the result itself, lies on one side, further off than
    rounding reaches.
    """
    if not _plain_without_one(result, settings) or result.total is None:
        return False
    numerators, common = in_common(result.expert_totals.values())
    total, rest = sum(numerators), len(numerators) - 1
    reach = Fraction(1, 10**settings.digits)
    above, below = threshold + reach, threshold - reach
    if (total - max(numerators)) * above.denominator > above.numerator * common * rest:
        return result.total > above
    if (total - min(numerators)) * below.denominator < below.numerator * common * rest:
        return result.total < below
    return False


@dataclass(frozen=True, slots=True)
class PanelRatio:
    """二次平均法: the coefficient overall mean / panel mean. A report only: it enters no total."""

    panel: str
    applications: int
    mean: Fraction
    overall: Fraction
    ratio: Fraction | None


def panel_ratios(totals: Mapping[str, Mapping[str, Fraction]]) -> tuple[PanelRatio, ...]:
    """`totals`: panel -> application -> total. None where a panel's mean is 0; panels without totals are left out."""
    known = {panel: list(values.values()) for panel, values in sorted(totals.items()) if values}
    every = [value for values in known.values() for value in values]
    if not every:
        return ()
    overall = _plain_mean(every)
    means = {panel: _plain_mean(values) for panel, values in known.items()}
    return tuple(
        PanelRatio(panel, len(known[panel]), mean, overall, overall / mean if mean else None)
        for panel, mean in means.items()
    )


def _plain_mean(values: Collection[Fraction]) -> Fraction:
    numerators, common = in_common(values)
    return Fraction(sum(numerators), common * len(values))
