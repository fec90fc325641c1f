"""A figure of a datum as it is typed: any number a file can carry, exactly."""

from __future__ import annotations

from decimal import Decimal

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.numbers import parse_number, plain
from ndb_desktop.ui.widgets.fields import NumberBox, narrow

LIMIT = Decimal(10) ** 15
"""Below it a figure has at most the 15 digits a file can carry."""
FINEST = Decimal("0.000001")


class FigureBox(NumberBox):
    """A figure in the unit of its datum, with any of the six decimals a file can carry; arrow keys step by one."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.set_bounds(FINEST - LIMIT, LIMIT - FINEST, FINEST)

    def number(self) -> Decimal | None:
        """What stands in the field, exactly; `None` when it is empty or no number."""
        try:
            return parse_number(narrow(self.text()))
        except NdbError:
            return None

    def step_by(self, steps: int) -> None:
        """One up or down; from an empty field to zero."""
        value = self.number()
        moved = Decimal(0) if value is None else value + steps
        if abs(moved) < LIMIT:
            self.setText(plain(moved))
            self.commit()
