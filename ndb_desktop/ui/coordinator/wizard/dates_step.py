"""第五步: which official calendar counts the working days, and what that makes of a date (R18)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from PySide6.QtCore import QDate
from PySide6.QtWidgets import QButtonGroup, QGridLayout

from ndb_desktop.domain.calendar import Calendar, joined, last_day
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.services.batch_form import BatchForm
from ndb_desktop.services.calendars import builtin_calendars
from ndb_desktop.ui import i18n
from ndb_desktop.ui.coordinator.wizard.step import WizardStep
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import PlainLabel
from ndb_desktop.ui.plain_checks import PlainRadio
from ndb_desktop.ui.widgets.counter import Counter, DateField
from ndb_desktop.ui.widgets.fields import Choice
from ndb_desktop.ui.widgets.layout import Card, column, holder

EARLIEST = QDate(2020, 1, 1)


class DatesStep(WizardStep):
    """The calendar, the rule of counting, and an example that is computed at once."""

    name = "dates"

    def __init__(self, form: BatchForm, today: date) -> None:
        super().__init__(tr("wizard.dates"), tr("wizard.dates.text"), form)
        self._today = today
        self.body.addWidget(self._calendar_card())
        self.body.addWidget(self._counting_card())
        self._show()

    def _calendar_card(self) -> Card:
        self.calendar = Choice(tr("wizard.calendar"))
        self.calendar.setObjectName("wizard.calendar")
        known = builtin_calendars()
        self.calendar.set_choices(
            [
                (name, tr("wizard.calendar.choice", years=_years(one), documents=_joined(one.documents)))
                for name, one in sorted(known.items())
            ],
            self.form.calendar,
        )
        self.calendar.chosen.connect(self._chosen)
        self._off = PlainLabel("", "muted")
        self._off.setObjectName("wizard.calendar.off")
        self._work = PlainLabel("", "muted")
        card = Card(PlainLabel(tr("wizard.calendar"), "heading"), gap=1.5)
        card.box.addLayout(self.field("dates.calendar", self.calendar, tr("wizard.calendar"), label=False))
        card.box.addWidget(self._off)
        card.box.addWidget(self._work)
        card.box.addWidget(PlainLabel(tr("wizard.calendar.text"), "small"))
        return card

    def _counting_card(self) -> Card:
        form = self.form
        self.days = Counter(tr("wizard.days"), 1, 60, form.notice_days)
        self.days.number.setObjectName("wizard.days")
        self.days.number.valueChanged.connect(self._days)
        today = self._today
        self.start = DateField(tr("wizard.start"), QDate(today.year, today.month, today.day), EARLIEST)
        self.start.setObjectName("wizard.start")
        self.start.dateChanged.connect(lambda _day: self._show())
        self.after = PlainRadio(tr("wizard.count.after"))
        self.after.setObjectName("wizard.count.after")
        self.with_start = PlainRadio(tr("wizard.count.with"))
        self.with_start.setObjectName("wizard.count.with")
        self._group = QButtonGroup(self)
        for button in (self.after, self.with_start):
            self._group.addButton(button)
        (self.with_start if form.count_start_day else self.after).setChecked(True)
        self.with_start.toggled.connect(self._counts)
        self.result = PlainLabel("", "heading")
        self.result.setObjectName("wizard.dates.result")
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.addWidget(holder(self.field("dates.days", self.days, tr("wizard.days"))), 0, 0)
        grid.addWidget(holder(column(PlainLabel(tr("wizard.start")), self.start, gap=0.5)), 0, 1)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        card = Card(PlainLabel(tr("wizard.counting"), "heading"), self.after, self.with_start, gap=1)
        card.box.addLayout(grid)
        card.box.addWidget(self.result)
        return card

    def _chosen(self, name: object) -> None:
        self.form.calendar = str(name)
        self._edited()

    def _days(self, days: int) -> None:
        self.form.notice_days = days
        self._edited()

    def _counts(self, on: bool) -> None:
        self.form.count_start_day = on
        self._edited()

    def _edited(self) -> None:
        self._show()
        self.changed.emit()

    def _show(self) -> None:
        known = builtin_calendars()
        one = known.get(self.form.calendar)
        self._off.setText("" if one is None else tr("wizard.calendar.off", days=spans(one.off)))
        self._work.setText("" if one is None else tr("wizard.calendar.work", days=spans(one.work)))
        self.result.setText("" if one is None else self._computed(one))

    def _computed(self, one: Calendar) -> str:
        """The last day from the chosen one, or why it cannot be said."""
        kind = one.id.rpartition("-")[0]
        whole = joined(known for name, known in builtin_calendars().items() if name.rpartition("-")[0] == kind)
        chosen = self.start.date()
        start = date(chosen.year(), chosen.month(), chosen.day())
        try:
            end = last_day(whole, start, self.form.notice_days, count_start_day=self.form.count_start_day)
        except NdbError as error:
            return i18n.fault(error)
        return tr("wizard.dates.result", start=start.isoformat(), days=self.form.notice_days, end=end.isoformat())


def spans(days: Iterable[date]) -> str:
    """Days as closed spans, in order."""
    runs: list[list[date]] = []
    for day in sorted(days):
        if runs and day - runs[-1][-1] == timedelta(days=1):
            runs[-1].append(day)
        else:
            runs.append([day])
    return _joined(
        f"{run[0]:%m-%d}" if len(run) == 1 else tr("wizard.span", first=f"{run[0]:%m-%d}", last=f"{run[-1]:%m-%d}")
        for run in runs
    )


def _years(one: Calendar) -> str:
    return _joined(str(year) for year in sorted(one.years))


def _joined(words: Iterable[str]) -> str:
    return tr("list.separator").join(words)
