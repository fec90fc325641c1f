"""Exact numbers: strict parsing, one rounding."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.numbers import brief, exact, half_even, half_up, parse_number, plain, plain_ratio, rounded, show
from ndb_desktop.domain.units import UNITS, convert

BAD = ["NaN", "Infinity", "-inf", "1e5", "1E5", "1_000", "１２", "٣", "1,000", " 1", "1 ", "1\n", "", "-", ".5", "5.",
       "+1", "0x1", "1" * 16, "0.1234567", "--1", "1.2.3", "½"]  # fmt: skip


@pytest.mark.parametrize("text", BAD)
def test_other_spellings_are_refused(text: str) -> None:
    with pytest.raises(NdbError) as caught:
        parse_number(text)
    assert caught.value.code == "E-NUMBER"


@pytest.mark.parametrize("value", [1, 1.5, None, True, [], b"1", Decimal(1)])
def test_only_strings_are_numbers(value: object) -> None:
    with pytest.raises(NdbError):
        parse_number(value)


@given(st.text(max_size=20))
def test_what_is_accepted_is_ascii_and_finite(text: str) -> None:
    try:
        number = parse_number(text)
    except NdbError:
        return
    assert text.isascii()
    assert number.is_finite()
    assert parse_number(plain(number)) == number


@pytest.mark.parametrize(
    ("value", "digits", "up", "even"),
    [
        (Fraction(5, 1000), 2, "0.01", "0.00"),
        (Fraction(15, 1000), 2, "0.02", "0.02"),
        (Fraction(-5, 1000), 2, "-0.01", "0.00"),
        (Fraction(7499, 100), 2, "74.99", "74.99"),
        (Fraction(74995, 1000), 2, "75.00", "75.00"),
        (Fraction(74985, 1000), 2, "74.99", "74.98"),
        (Fraction(1, 3), 4, "0.3333", "0.3333"),
        (Fraction(5, 2), 0, "3", "2"),
    ],
)
def test_rounding_of_ties(value: Fraction, digits: int, up: str, even: str) -> None:
    assert half_up(value, digits) == Decimal(up)
    assert half_even(value, digits) == Decimal(even)
    assert rounded(value, digits, "half_up") == Decimal(up)
    assert rounded(value, digits, "half_even") == Decimal(even)


@given(st.fractions(min_value=-(10**12), max_value=10**12), st.integers(0, 6))
def test_rounding_is_never_further_than_half_a_unit(value: Fraction, digits: int) -> None:
    for round_ in (half_up, half_even):
        assert abs(Fraction(round_(value, digits)) - value) <= Fraction(1, 2 * 10**digits)


@given(st.fractions(min_value=-(10**9), max_value=10**9), st.integers(1, 8))
def test_the_short_way_to_a_plain_figure_is_the_long_one(value: Fraction, digits: int) -> None:
    assert plain_ratio(value.numerator, value.denominator, digits) == plain(half_up(value, digits))


def test_rounding_beyond_the_decimal_context() -> None:
    assert half_up(Fraction(10**40) + Fraction(1, 200), 2) == Decimal(f"{10**40}.01")


@pytest.mark.parametrize(
    ("divisor", "ties", "differ"), [(4, "0.5", "0.25"), (3, "0", "0"), (5, "0", "0"), (7, "0", "0")]
)
def test_how_often_the_mean_of_half_points_ends_in_a_five(divisor: int, ties: str, differ: str) -> None:
    """Why panels of six take the plain mean and odd panels are safe: only a divisor of 4 makes the mode matter."""
    means = [Fraction(n, 2 * divisor) for n in range(200 * divisor)]
    tied = [mean for mean in means if (mean * 1000) % 10 == 5]
    assert Fraction(len(tied), len(means)) == Fraction(ties)
    assert Fraction(sum(half_up(mean) != half_even(mean) for mean in means), len(means)) == Fraction(differ)


def test_shown_forms() -> None:
    assert show(Fraction(86)) == "86.00"
    assert show(Fraction(-1, 3)) == "-0.33"
    assert brief(Fraction(145, 2)) == "72.5"
    assert plain(Decimal("1E+3")) == "1000"
    assert plain(Decimal("-0.00")) == "0"
    assert plain(Decimal("12.500")) == "12.5"
    assert exact(Decimal("0.1")) * 3 == Fraction(3, 10)


def test_units_convert_exactly_or_not_at_all() -> None:
    assert convert(Fraction(3), "yi_yuan", "wan_yuan") == 30000
    assert convert(Fraction(5), "percent", "ratio") == Fraction(1, 20)
    assert convert(Fraction(20), "wan_yuan_per_person", "yuan_per_person") == 200000
    assert convert(Fraction(1), "yi_yuan", "person") is None
    assert convert(Fraction(1), "furlong", "ratio") is None
    assert all(convert(Fraction(7), unit, unit) == 7 for unit in UNITS)
