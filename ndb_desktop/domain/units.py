"""Units (计量单位): a closed list with dimension and exact factor, so that 万元 and 亿元 are never confused.

Inside a rule every figure is in base units (元, 人, 件, 1); a measure is brought back to its own unit at the end. So a
datum declared in another unit of the same dimension gives the same score. Names are texts `unit.<id>`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

Dimension = tuple[int, int, int]
"""Exponents of money, persons and counted things."""

NONE: Dimension = (0, 0, 0)
_MONEY: Dimension = (1, 0, 0)
_PERSON: Dimension = (0, 1, 0)
_COUNT: Dimension = (0, 0, 1)


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit: `value * factor` is the value in base units."""

    dimension: Dimension
    factor: Fraction


def _unit(dimension: Dimension, factor: Fraction | int = 1) -> Unit:
    return Unit(dimension, Fraction(factor))


UNITS: Mapping[str, Unit] = {
    "yuan": _unit(_MONEY),
    "wan_yuan": _unit(_MONEY, 10**4),
    "yi_yuan": _unit(_MONEY, 10**8),
    "person": _unit(_PERSON),
    "fte": _unit(_PERSON),
    "item": _unit(_COUNT),
    "firm": _unit(_COUNT),
    "percent": _unit(NONE, Fraction(1, 100)),
    "ratio": _unit(NONE),
    "points": _unit(NONE),
    "yuan_per_person": _unit((1, -1, 0)),
    "wan_yuan_per_person": _unit((1, -1, 0), 10**4),
    "item_per_yi_yuan": _unit((-1, 0, 1), Fraction(1, 10**8)),
    "none": _unit(NONE),
}
"""元, 万元, 亿元, 人, 人年, 件(项), 家, %, 倍, 点(分值), 元/人, 万元/人, 件/亿元; `none` for lists and yes/no."""


def is_count(unit: str) -> bool:
    """Whether it counts people or things (人, 人年, 件, 家), of which there are never fewer than none."""
    return unit in UNITS and UNITS[unit].dimension in (_PERSON, _COUNT)


def convert(value: Fraction, source: str, target: str) -> Fraction | None:
    """`value` of unit `source` in unit `target`; None when a unit is unknown or the dimensions differ."""
    one, other = UNITS.get(source), UNITS.get(target)
    if one is None or other is None or one.dimension != other.dimension:
        return None
    return value * one.factor / other.factor


def times(a: Dimension, b: Dimension) -> Dimension:
    """Dimension of a product."""
    return (a[0] + b[0], a[1] + b[1], a[2] + b[2])


def power(a: Dimension, n: int) -> Dimension:
    """Dimension of an integer power; `power(b, -1)` is that of a reciprocal."""
    return (a[0] * n, a[1] * n, a[2] * n)
