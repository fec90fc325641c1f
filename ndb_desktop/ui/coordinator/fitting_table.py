"""A table that is never scrolled sideways: columns that are told elsewhere give way where there is no room for all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent

from ndb_desktop.ui import theme
from ndb_desktop.ui.widgets.table import Column, DataTable


class FittingTable(DataTable):
    """`way` are columns that are hidden, the first first, while the stretching column has less than `least` pixels of
    normal type size. Every other column has a fixed width.
    """

    def __init__(self, name: str, columns: Sequence[Column[Any]], way: Sequence[int], least: int = 120) -> None:
        super().__init__(name, columns)
        self._fixed = {number: column.width for number, column in enumerate(columns) if not column.stretch}
        self._way, self._least = tuple(way), least
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.setUpdatesEnabled(False)
        hidden = to_hide(self._fixed, self._way, round(self.viewport().width() / theme.pixels(100) * 100) - self._least)
        for number in self._way:
            self.setColumnHidden(number, number in hidden)
        self._keep_heads()
        # On a very small screen even the others may not fit; they must be reached all the same.
        last = hidden >= frozenset(self._way)
        policy = Qt.ScrollBarPolicy.ScrollBarAsNeeded if last else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        self.setHorizontalScrollBarPolicy(policy)
        self.setUpdatesEnabled(True)


def to_hide(widths: dict[int, int], way: Sequence[int], room: int) -> frozenset[int]:
    """Which columns give way so that the others of fixed width take no more than `room`, as far as that can be."""
    hidden: set[int] = set()
    for number in way:
        if sum(width for column, width in widths.items() if column not in hidden) <= room:
            break
        hidden.add(number)
    return frozenset(hidden)
