"""自助法: an interval for agreement by drawing applications again and again (Efron 1979; percentiles, exact figures).

Draws come from SHA-256 of the seed and a counter, so the same seed gives the same interval on every computer. An
interval says how much a figure depends on which applications happened to be there, no more.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

from ndb_desktop.domain.agreement import Ratings
from ndb_desktop.domain.numbers import in_common

DRAWS = 1_000
LEAST_APPLICATIONS = 10
"""Fewer say next to nothing about applications that were not there."""
_TAIL = 40
"""Each tail is draws / 40: 95 % lie between."""
_WORDS = 8
"""32-bit numbers in one SHA-256."""


@dataclass(frozen=True, slots=True)
class Interval:
    """The middle 95 % of `draws` figures; `undefined` draws gave none and are not among them."""

    low: Fraction
    high: Fraction
    draws: int
    undefined: int


@dataclass(frozen=True, slots=True)
class Intervals:
    """Intervals of ICC(1,1), ICC(1,k) and alpha; None where there are too few applications or figures."""

    single: Interval | None
    mean: Interval | None
    alpha: Interval | None


def picks(seed: str, draw: int, count: int) -> list[int]:
    """The `draw`-th sample of `count` places out of `count`, with repetition.

    32 bits are spread over `count` places; the unevenness is below `count` / 2^32.
    """
    blocks = -(-count // _WORDS)
    head = hashlib.sha256(f"{seed}\n{draw}\n".encode())
    data = bytearray()
    for block in range(blocks):
        own = head.copy()
        own.update(block.to_bytes(8, "big"))
        data += own.digest()
    return [(number * count) >> 32 for number in struct.unpack_from(f">{count}I", data)]


def intervals(ratings: Ratings, seed: str, draws: int = DRAWS) -> Intervals:
    """Percentile intervals over applications; those with a single mark count as in the figures themselves.

    Raises:
        ValueError: for fewer than two draws.
    """
    if draws < 2:
        raise ValueError("one draw is no interval")
    found = list(_samples(ratings, seed, draws))
    if not found:
        return Intervals(None, None, None)
    single, mean, alpha = zip(*found, strict=True)
    return Intervals(_interval(single), _interval(mean), _interval(alpha))


_Drawn = tuple[Fraction | None, Fraction | None, Fraction | None]


def _samples(ratings: Ratings, seed: str, draws: int) -> Iterator[_Drawn]:
    named = [ratings[target] for target in sorted(ratings) if ratings[target]]
    if sum(1 for marks in named if len(marks) > 1) < LEAST_APPLICATIONS:
        return
    flat, _ = in_common([value for marks in named for value in marks.values()])
    sizes = [len(marks) for marks in named]
    by_size, by_less = lcm(*sizes), lcm(*(size - 1 for size in sizes if size > 1))
    sums, squares, inside, within = [], [], [], []
    at = 0
    for size in sizes:
        unit = flat[at : at + size]
        at += size
        total, square = sum(unit), sum(mark * mark for mark in unit)
        sums.append(total)
        squares.append(square)
        inside.append(total * total * (by_size // size))
        within.append(2 * (size * square - total * total) * (by_less // (size - 1)) if size > 1 else 0)
    paired = [size if size > 1 else 0 for size in sizes]
    columns = (sizes, [size * size for size in sizes], sums, squares, inside, within, paired,
               [total if size > 1 else 0 for total, size in zip(sums, sizes, strict=True)],
               [square if size > 1 else 0 for square, size in zip(squares, sizes, strict=True)])  # fmt: skip
    for draw in range(draws):
        places = picks(seed, draw, len(sizes))
        drawn = [sum(map(column.__getitem__, places)) for column in columns]
        yield (*_icc(len(sizes), drawn, by_size), _alpha(drawn, by_less))


def _icc(n: int, drawn: list[int], by_size: int) -> tuple[Fraction | None, Fraction | None]:
    """As `agreement.one_way`, from sums over the drawn applications."""
    total, sizes_squared, grand, squares, inside_scaled = drawn[:5]
    if total == n:
        return None, None
    inside = Fraction(inside_scaled, by_size)
    between = (inside - Fraction(grand * grand, total)) / (n - 1)
    within = (squares - inside) / (total - n)
    size = (total - Fraction(sizes_squared, total)) / (n - 1)
    below = between + (size - 1) * within
    single = (between - within) / below if below > 0 else None
    return single, (between - within) / between if between > 0 else None


def _alpha(drawn: list[int], by_less: int) -> Fraction | None:
    """As `agreement.alpha_interval`."""
    within, total, grand, squares = drawn[5:]
    if total < 2:
        return None
    observed = Fraction(within, by_less * total)
    expected = Fraction(2 * total * squares - 2 * grand * grand, total * (total - 1))
    return 1 - observed / expected if expected else None


def _interval(values: tuple[Fraction | None, ...]) -> Interval | None:
    known = sorted(value for value in values if value is not None)
    # With many draws undefined the rest would be a choice of the convenient ones.
    if len(known) * 20 < len(values) * 19:
        return None
    tail = len(known) // _TAIL
    return Interval(known[tail], known[-1 - tail], len(values), len(values) - len(known))
