"""用时: how long an expert took per item, from the moments of stored changes, and what is left at that pace.

Nothing is measured but the gaps between changes that are stored anyway. A gap of more than five minutes was no work
on an item (a meal, a call, a night), a gap backwards or from a doubtful clock says nothing; both are left out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

IDLE_SECONDS = 300
LEAST_ITEMS = 8
"""Before so many items were finished, nothing is said about the time left."""
LEAST_ALIKE = 5
"""Before so many items of a sort were finished, its pace is unknown, and so is the time left while any are to do."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One stored change: seconds since some fixed moment (None: the clock was doubtful), and the item ("" = none).

    A change that belongs to no item (a citation, a challenge) counts for the item changed next.
    """

    at: int | None
    item: str


def spent(moments: Iterable[Moment]) -> dict[str, int]:
    """Seconds of work per item, in the order of the changes; items never timed are not in it."""
    seconds: dict[str, int] = {}
    before: int | None = None
    carried = 0
    for moment in moments:
        gap = moment.at - before if moment.at is not None and before is not None else 0
        before = moment.at
        carried += gap if 0 < gap <= IDLE_SECONDS else 0
        if moment.item and carried:
            seconds[moment.item] = seconds.get(moment.item, 0) + carried
            carried = 0
    return seconds


def median(values: Collection[int]) -> Fraction:
    """The middle value, or the mean of the two in the middle. Raises ValueError for none."""
    if not values:
        raise ValueError("no values")
    ordered = sorted(values)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return Fraction(ordered[middle])
    return Fraction(ordered[middle - 1] + ordered[middle], 2)


def seconds_left(finished: Mapping[str, Sequence[int]], left: Mapping[str, int]) -> int | None:
    """Seconds for the items `left`, by sort (computed, judged …), at the median pace of those `finished`.

    None while too few are finished to say anything, altogether or of a sort still to do: a quick confirmation
    tells nothing about how long a judgement takes. Rounded up once, at the end.
    """
    if sum(len(sort) for sort in finished.values()) < LEAST_ITEMS:
        return None
    total = Fraction(0)
    for sort, count in left.items():
        if not count:
            continue
        alike = finished.get(sort, ())
        if len(alike) < LEAST_ALIKE:
            return None
        total += count * median(alike)
    return ceil(total)
