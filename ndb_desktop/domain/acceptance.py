"""评估验收: whether targets and tasks of a plan were met (panel E.3). Exact; over-achievement never offsets a miss."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from ndb_desktop.domain.numbers import exact

Direction = Literal["up", "down"]

TASK_LEAST = Fraction(80, 100)
TARGET_LEAST = Fraction(80, 100)
GROUP_LEAST = Fraction(60, 100)
DONE_VALUES = (Fraction(0), Fraction(1, 2), Fraction(1))
"""未完成, 部分完成, 完成, by evidence."""


@dataclass(frozen=True, slots=True)
class TargetResult:
    """One target: met or not; `progress` from base to target and `level` of the target, both 0..1.

    `level` is None when a zero makes the quotient meaningless; then met or not met decides.
    """

    met: bool
    progress: Fraction
    level: Fraction | None


@dataclass(frozen=True, slots=True)
class AcceptanceLimits:
    """Shares that must be reached; a pack may set others."""

    tasks: Fraction = TASK_LEAST
    targets: Fraction = TARGET_LEAST
    group: Fraction = GROUP_LEAST


@dataclass(frozen=True, slots=True)
class AcceptanceResult:
    """通过 or 不通过; `failed` names the conditions missed: `veto`, `tasks`, `targets`, or a group."""

    passed: bool
    tasks: Fraction
    targets: Fraction
    groups: Mapping[str, Fraction]
    failed: tuple[str, ...]


def _clip(value: Fraction) -> Fraction:
    return min(Fraction(1), max(Fraction(0), value))


def target_result(
    base: Decimal | Fraction, target: Decimal | Fraction, actual: Decimal | Fraction, direction: Direction = "up"
) -> TargetResult:
    """Met (up: actual >= target; down: actual <= target), progress clip((a-b)/(t-b), 0, 1), level a/t or t/a.

    A target equal to its base (保持) takes the level as its progress. Base 100, target 120, actual 118: level 98.33 %,
    progress 90.00 %.

    Raises:
        ValueError: for a target easier than its base; the pack's lint refuses it at application time.
    """
    b, t, a = Fraction(base), Fraction(target), Fraction(actual)
    if (t < b) if direction == "up" else (t > b):
        raise ValueError("a target easier than its base")
    met = a >= t if direction == "up" else a <= t
    above, below = (a, t) if direction == "up" else (t, a)
    level: Fraction | None = None
    if above > 0 and below > 0:
        level = _clip(above / below)
    elif above == 0 and below > 0:
        level = Fraction(0)
    decided = Fraction(int(met))
    if t != b:
        progress = _clip((a - b) / (t - b))
    else:
        progress = decided if level is None or met else level
    return TargetResult(met, progress, level)


def task_completion(tasks: Sequence[tuple[Decimal, Fraction]]) -> Fraction:
    """重点任务完成率: sum of weight x done over the sum of weights; done is 0, 1/2 or 1.

    Raises:
        ValueError: for another `done`, a negative weight, or no weight at all.
    """
    total = sum((exact(weight) for weight, _ in tasks), Fraction(0))
    if total <= 0 or any(weight < 0 or done not in DONE_VALUES for weight, done in tasks):
        raise ValueError("weights must be positive and done must be 0, 1/2 or 1")
    return sum((exact(weight) * done for weight, done in tasks), Fraction(0)) / total


def weighted_targets(progress: Sequence[tuple[str, Decimal, Fraction]]) -> tuple[Fraction, Mapping[str, Fraction]]:
    """指标目标完成率 over all, and per 一级指标, from rows of (group, weight, progress 0..1).

    Raises:
        ValueError: for a group without weight.
    """
    sums: dict[str, tuple[Fraction, Fraction]] = {}
    for group, weight, done in progress:
        above, below = sums.get(group, (Fraction(0), Fraction(0)))
        sums[group] = above + exact(weight) * _clip(done), below + exact(weight)
    if not sums or any(below <= 0 for _, below in sums.values()):
        raise ValueError("every group needs weight")
    overall = sum(above for above, _ in sums.values()) / sum(below for _, below in sums.values())
    return Fraction(overall), {group: above / below for group, (above, below) in sums.items()}


def accept(
    tasks: Fraction,
    targets: Fraction,
    groups: Mapping[str, Fraction],
    *,
    veto: bool = False,
    limits: AcceptanceLimits | None = None,
) -> AcceptanceResult:
    """通过: no veto, tasks and weighted targets at least 80 %, every group at least 60 %."""
    least = limits or AcceptanceLimits()
    failed = ["veto"] if veto else []
    failed += ["tasks"] if tasks < least.tasks else []
    failed += ["targets"] if targets < least.targets else []
    failed += [group for group, share in groups.items() if share < least.group]
    return AcceptanceResult(not failed, tasks, targets, groups, tuple(failed))
