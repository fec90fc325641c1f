"""分值步长: the numbers a mark may take inside its level, counted exactly (multiples of the pack's step)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor


@dataclass(frozen=True, slots=True)
class Steps:
    """The multiples of `step` (> 0) from `low` to `high`, numbered from 0. A band may hold none at all."""

    low: Decimal
    high: Decimal
    step: Decimal

    @property
    def _first(self) -> int:
        return ceil(Fraction(self.low) / Fraction(self.step))

    @property
    def count(self) -> int:
        """How many numbers there are."""
        return max(0, floor(Fraction(self.high) / Fraction(self.step)) - self._first + 1)

    def value(self, place: int) -> Decimal:
        """The number at `place`; beyond either end the one at that end. Raises ValueError in an empty band."""
        if not self.count:
            raise ValueError("no multiple of the step lies in the band")
        return (self._first + min(max(place, 0), self.count - 1)) * self.step

    def place(self, value: Decimal) -> int:
        """The place of the number at or just below `value`, within the band."""
        return min(max(floor(Fraction(value) / Fraction(self.step)) - self._first, 0), max(self.count - 1, 0))

    def holds(self, value: Decimal) -> bool:
        """Whether `value` is one of the numbers."""
        return self.low <= value <= self.high and value % self.step == 0
