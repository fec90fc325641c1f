"""整改期限: no day at first, one of three at one touch, then any day from a calendar."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial

from PySide6.QtCore import QDate, Signal
from PySide6.QtWidgets import QWidget

from ndb_desktop.services.inspect_clock import device_now
from ndb_desktop.ui import theme
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.inspection.findings_part import TOUCH, large
from ndb_desktop.ui.plain import Button, PlainLabel
from ndb_desktop.ui.widgets.counter import DateField
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import column

_DAYS = (7, 15, 30)
_EARLIEST = QDate(2000, 1, 1)


class DueField(QWidget):
    """Signal `edited(str)`: another day such as `2026-12-22`, "" for none."""

    edited = Signal(str)

    def __init__(self, name: str, title: str) -> None:
        super().__init__()
        self._stored = ""
        today = device_now().date()
        self.date = DateField(title, QDate(today.year, today.month, today.day), _EARLIEST)
        self.date.setObjectName(name)
        self.date.setKeyboardTracking(False)
        self.date.setMinimumHeight(theme.pixels(TOUCH))
        self.date.dateChanged.connect(lambda day: self.edited.emit(day.toPython().isoformat()))
        self.clear = large(Button(tr("site.finding.due.clear"), "normal", "x"))
        self.clear.setObjectName(f"{name}.clear")
        self.clear.clicked.connect(lambda: self.edited.emit(""))
        self.days = []
        for days in _DAYS:
            button = large(Button(tr("site.finding.due.days", days=days), "normal"))
            button.setObjectName(f"{name}.{days}")
            button.clicked.connect(partial(self._in_days, days))
            self.days.append(button)
        self._past = PlainLabel(tr("site.finding.due.past"), "danger")
        self._past.setObjectName(f"{name}.past")
        self.setLayout(column(Flow(self.date, self.clear, *self.days), self._past, gap=0.5))
        self.show_day("", settled=False)

    def _in_days(self, days: int, _checked: bool = False) -> None:
        self.edited.emit((device_now().date() + timedelta(days=days)).isoformat())

    def commit(self) -> None:
        """Reports a day that is being typed."""
        self.date.interpretText()

    def show_day(self, due: str, *, settled: bool) -> None:
        """Shows what is stored; a day gone by is marked while the finding is not `settled`."""
        held = any(part.hasFocus() for part in (self.date, self.clear, *self.days))
        if due != self._stored and due:
            self.date.blockSignals(True)
            self.date.setDate(QDate.fromString(due, "yyyy-MM-dd"))
            self.date.blockSignals(False)
        turned = bool(due) != bool(self._stored)
        self._stored = due
        for part in (self.date, self.clear):
            part.setVisible(bool(due))
        for button in self.days:
            button.setVisible(not due)
        self.setFocusProxy(self.date if due else self.days[0])
        if turned and held:
            # What was pressed has gone; the cursor stays with the day.
            self.setFocus()
        past = bool(due) and not settled and date.fromisoformat(due) < device_now().date()
        self._past.setVisible(past)
