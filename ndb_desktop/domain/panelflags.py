"""提示: where a panel's marks lie far apart (panel B.4). A flag asks for words; it never changes a score.

Flags look only at what experts judged: items with a level, and the weighted mean of those judgements per expert (the
judged total, 0..100), because computed items are the same for everyone and would hide a disagreement.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from ndb_desktop.domain.numbers import brief, exact, in_common, weighted_sum
from ndb_desktop.domain.phrase import Phrase
from ndb_desktop.domain.rulepack import RulePack
from ndb_desktop.domain.sheet import Sheet

FlagCode = Literal[
    "deviation", "from_median", "range", "cv", "all_same", "all_max",
    "narrow", "same_rows", "residual", "lenient", "severe", "key_mark",
]  # fmt: skip
"""The first line is found here, panel by panel; the second needs other panels or the result (`expertflags`)."""
FlagAction = Literal["explain", "settle", "list"]

DEVIATION, FROM_MEDIAN = "deviation_percent", "from_median"
RANGE, CV = "range", "cv_percent"
"""Names of the open thresholds in `PackSettings.flags`; a threshold that is not named switches its flag off."""

_TEXTS: Mapping[FlagCode, str] = {
    "deviation": "panel.flag.deviation",
    "from_median": "panel.flag.from_median",
    "range": "panel.flag.range",
    "cv": "panel.flag.cv",
    "all_same": "panel.flag.all_same",
    "all_max": "panel.flag.all_max",
    "narrow": "panel.flag.narrow",
    "same_rows": "panel.flag.same_rows",
    "residual": "panel.flag.residual",
    "lenient": "panel.flag.lenient",
    "severe": "panel.flag.severe",
    "key_mark": "panel.flag.key_mark",
}

_LEAST_FOR_PATTERN = 3
"""All equal marks mean something only from three judged items on."""

_LEAST_FOR_SPREAD = 3


@dataclass(frozen=True, slots=True)
class Flag:
    """提示: `code`, its subject (`expert` and `item` as far as they apply) and the numbers behind it.

    `action`: `explain` asks the expert for words, `settle` hands the application to 合议, `list` only tells the head.
    `applications` are those a flag about an expert as a whole rests on; `application` is then "".
    """

    code: FlagCode
    application: str
    action: FlagAction
    expert: str = ""
    item: str = ""
    numbers: Mapping[str, Fraction] = field(default_factory=dict)
    applications: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ItemJudgements:
    """What valid experts judged for one item."""

    item: str
    values: Mapping[str, Fraction]


@dataclass(frozen=True, slots=True)
class PanelJudgements:
    """What a panel judged: per item, and per expert as judged total; `best` is the highest mark there is."""

    items: tuple[ItemJudgements, ...]
    totals: Mapping[str, Fraction]
    best: Fraction


def judged_total(pack: RulePack, sheet: Sheet) -> Fraction | None:
    """The weighted mean of an expert's judged marks; weights as in the total, halved where a target counts half."""
    terms = []
    for item, weight in pack.judged_weights:
        entry = sheet.items.get(item)
        if entry is not None and entry.state == "scored" and entry.value is not None:
            terms.append((weight, exact(entry.value)))
    weights, common = in_common([weight for weight, _ in terms])
    below = Fraction(sum(weights), common)
    return weighted_sum(terms) / below if below else None


def panel_flags(application: str, panel: PanelJudgements, open_at: Mapping[str, Decimal]) -> tuple[Flag, ...]:
    """All flags of one application; every threshold is open: a value exactly on it raises nothing."""
    limits = {name: exact(value) for name, value in open_at.items()}
    found: list[Flag] = []
    if DEVIATION in limits:
        for judged in panel.items:
            found += _deviation(application, judged, limits[DEVIATION])
    found += _totals(application, panel.totals, limits)
    found += _patterns(application, panel)
    return tuple(found)


def _deviation(application: str, judged: ItemJudgements, percent: Fraction) -> Iterator[Flag]:
    values, n = judged.values, len(judged.values)
    if n < _LEAST_FOR_SPREAD:
        return
    numerators, common = in_common(values.values())
    total = sum(numerators)
    # |value - mean| x 100 > percent x mean, multiplied by all denominators.
    limit = percent.numerator * total
    far = {
        expert
        for expert, number in zip(values, numerators, strict=True)
        if abs(number * n - total) * 100 * percent.denominator > limit
    }
    for expert in sorted(far):
        numbers = {"value": values[expert], "mean": Fraction(total, n * common), "limit": percent}
        yield Flag("deviation", application, "explain", expert, judged.item, numbers)


def _totals(application: str, totals: Mapping[str, Fraction], limits: Mapping[str, Fraction]) -> Iterator[Flag]:
    n = len(totals)
    if n < _LEAST_FOR_SPREAD:
        return
    values = sorted(totals.values())
    median = (values[(n - 1) // 2] + values[n // 2]) / 2
    if FROM_MEDIAN in limits:
        limit = limits[FROM_MEDIAN]
        for expert in sorted(totals):
            if abs(totals[expert] - median) > limit:
                numbers = {"value": totals[expert], "median": median, "limit": limit}
                yield Flag("from_median", application, "explain", expert, numbers=numbers)
    spread = values[-1] - values[0]
    if RANGE in limits and spread > limits[RANGE]:
        numbers = {"low": values[0], "high": values[-1], "value": spread, "limit": limits[RANGE]}
        yield Flag("range", application, "settle", numbers=numbers)
    mean, variance = mean_and_variance(values)
    if CV in limits and variance * 10_000 > (limits[CV] * mean) ** 2:
        yield Flag("cv", application, "explain", numbers={"variance": variance, "mean": mean, "limit": limits[CV]})


def mean_and_variance(values: Collection[Fraction]) -> tuple[Fraction, Fraction]:
    """Mean and sample variance (division by n - 1) of at least two values, exactly."""
    n = len(values)
    numerators, common = in_common(values)
    total = sum(numerators)
    squares = n * sum(number * number for number in numerators) - total * total
    return Fraction(total, n * common), Fraction(squares, n * (n - 1) * common * common)


def _patterns(application: str, panel: PanelJudgements) -> Iterator[Flag]:
    for expert in sorted({name for judged in panel.items for name in judged.values}):
        marks = [judged.values[expert] for judged in panel.items if expert in judged.values]
        if len(marks) < _LEAST_FOR_PATTERN or any(mark != marks[0] for mark in marks):
            continue
        code: FlagCode = "all_max" if marks[0] == panel.best else "all_same"
        yield Flag(code, application, "explain", expert, numbers={"value": marks[0], "count": Fraction(len(marks))})


def flag_phrase(flag: Flag) -> Phrase:
    """The flag as a sentence; who and which item it is about is for the caller to say in words."""
    return Phrase(_TEXTS[flag.code], {name: brief(value) for name, value in flag.numbers.items()})
