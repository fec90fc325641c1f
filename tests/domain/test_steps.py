"""The numbers of a level: none lost, none invented, whatever band and step a pack has."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ndb_desktop.domain.steps import Steps

STEPS = st.sampled_from([Decimal(text) for text in ("0.01", "0.1", "0.25", "0.3", "0.5", "1", "5")])
CENTS = st.integers(0, 10_000).map(lambda cents: Decimal(cents) / 100)


@given(CENTS, CENTS, STEPS)
@settings(max_examples=200, deadline=None)
def test_every_multiple_of_the_step_in_the_band_and_nothing_else(one: Decimal, two: Decimal, step: Decimal) -> None:
    low, high = min(one, two), max(one, two)
    steps = Steps(low, high, step)
    wanted = [n * step for n in range(int(high / step) + 2) if low <= n * step <= high]
    assert [steps.value(place) for place in range(steps.count)] == wanted
    for place, value in enumerate(wanted):
        assert steps.place(value) == place
        assert steps.holds(value)


@given(CENTS, STEPS, CENTS)
@settings(max_examples=100, deadline=None)
def test_a_number_between_two_steps_goes_to_the_lower(low: Decimal, step: Decimal, value: Decimal) -> None:
    steps = Steps(low, low + 10 * step, step)
    nearest = steps.value(steps.place(value))
    if nearest <= value:
        assert value - nearest < step or nearest == steps.value(steps.count - 1)
    else:
        assert nearest == steps.value(0)
    assert steps.holds(value) == (value in {steps.value(place) for place in range(steps.count)})


def test_the_shipped_band_ends_below_its_border() -> None:
    steps = Steps(Decimal(80), Decimal("89.99"), Decimal("0.5"))
    assert (steps.count, steps.value(0), steps.value(99)) == (20, Decimal(80), Decimal("89.5"))


def test_a_band_without_any_number_says_so() -> None:
    steps = Steps(Decimal("80.1"), Decimal("80.4"), Decimal("0.5"))
    assert steps.count == 0
    assert steps.place(Decimal("80.2")) == 0
    with pytest.raises(ValueError, match="no multiple"):
        steps.value(0)
