"""Exact numbers (数值): strings in, `Decimal` and `Fraction` inside, one rounding at display.

Numbers travel as strings. `Decimal()` itself takes NaN, `1_000`, `1e5` and full-width digits, so nothing is given to
it that the strict pattern did not accept. Rounding is half-up (四舍五入) once; half-even (GB/T 8170) is a pack option.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from math import lcm
from typing import Literal

from ndb_desktop.domain.errors import NdbError

RoundingMode = Literal["half_up", "half_even"]

_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,6})?", re.ASCII)


def parse_number(text: object) -> Decimal:
    """The exact value of a number string, at most 15 digits before and 6 after the point.

    Raises:
        NdbError: `E-NUMBER` for anything else: exponents, signs other than `-`, separators, other digits, NaN.
    """
    if not isinstance(text, str):
        raise NdbError("E-NUMBER", value=str(text)[:40])
    return _parsed(text)


@lru_cache(maxsize=16_384)
def _parsed(text: str) -> Decimal:
    """A round has few different marks, so most are remembered; what is refused never is."""
    if not _NUMBER.fullmatch(text):
        raise NdbError("E-NUMBER", value=text[:40])
    return Decimal(text)


@lru_cache(maxsize=16_384)
def exact(number: Decimal | int) -> Fraction:
    """The same value as a `Fraction`; a round has few different marks, so most are remembered."""
    return Fraction(number)


def in_common(values: Collection[Fraction]) -> tuple[list[int], int]:
    """The numerators of `values` over one common denominator, and that: sums and comparisons in plain integers.

    A `Fraction` per step would be reduced each time, which is nearly all the time a panel takes.
    """
    common = lcm(*(value.denominator for value in values))
    return [value.numerator * (common // value.denominator) for value in values], common


def ratio(value: Fraction | None) -> str | None:
    """An exact number as `n/d`, so that nothing is lost to rounding."""
    return None if value is None else f"{value.numerator}/{value.denominator}"


def weighted_sum(pairs: Sequence[tuple[Fraction, Fraction]]) -> Fraction:
    """The sum of weight x value, over one common denominator."""
    terms = [(weight.numerator * value.numerator, weight.denominator * value.denominator) for weight, value in pairs]
    common = lcm(*(below for _, below in terms))
    return Fraction(sum(above * (common // below) for above, below in terms), common)


def half_up(q: Fraction | Decimal, digits: int = 2) -> Decimal:
    """Rounds to `digits` decimals, halves away from zero (四舍五入)."""
    value = Fraction(q)
    scaled = abs(value) * 10**digits
    units = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return _decimal(-units if value < 0 else units, digits)


def half_even(q: Fraction | Decimal, digits: int = 2) -> Decimal:
    """Rounds to `digits` decimals, halves to the even neighbour (GB/T 8170)."""
    return _decimal(round(Fraction(q) * 10**digits), digits)


def rounded(q: Fraction | Decimal, digits: int, mode: RoundingMode) -> Decimal:
    """Rounds as the pack's settings say."""
    return half_up(q, digits) if mode == "half_up" else half_even(q, digits)


def _decimal(units: int, digits: int) -> Decimal:
    # Built from the digits: `Decimal` arithmetic would round to the context's 28 places.
    return Decimal((1 if units < 0 else 0, tuple(map(int, str(abs(units)))), -digits))


def show(q: Fraction | Decimal, digits: int = 2) -> str:
    """The published form with a fixed number of decimals: `show(Fraction(86)) == "86.00"`."""
    return f"{half_up(q, digits):f}"


def plain_ratio(above: int, below: int, digits: int) -> str:
    """`plain(half_up(Fraction(above, below), digits))` in plain integers; `below` is positive.

    A merge writes tens of thousands of these, and a `Fraction` would be reduced and a `Decimal` built for each.
    """
    units = (2 * abs(above) * 10**digits + below) // (2 * below)
    whole, part = divmod(units, 10**digits)
    text = f"{whole}.{part:0{digits}d}".rstrip("0").rstrip(".") if part else str(whole)
    return f"-{text}" if above < 0 and units else text


def plain(d: Decimal) -> str:
    """The canonical string of a number: no exponent, no trailing zeros, never `-0`."""
    text = f"{d:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def brief(q: Fraction | Decimal, digits: int = 2) -> str:
    """At most `digits` decimals, without trailing zeros: how explanations print numbers (`72.5`)."""
    return plain(half_up(q, digits))
