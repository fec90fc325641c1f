"""建立检查任务: the applicant, the team with who may not go and why, the data to verify and why."""

from __future__ import annotations

from PySide6.QtCore import QDate, Signal
from PySide6.QtWidgets import QAbstractItemView

from ndb_desktop.domain.model import Application
from ndb_desktop.services.visit_notices import NOTICES, notices
from ndb_desktop.services.visits import LEAST, VisitPlan
from ndb_desktop.ui import i18n
from ndb_desktop.ui.coordinator.tall_part import fit_height
from ndb_desktop.ui.coordinator.visit_look import DatumLine, Fit, PlanLook
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.inspection.words import joined, why_words
from ndb_desktop.ui.plain import Button, PlainLabel
from ndb_desktop.ui.plain_checks import PlainCheckBox
from ndb_desktop.ui.widgets.counter import Counter, DateField
from ndb_desktop.ui.widgets.fields import Choice, LineEdit
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import Card, column, holder, row
from ndb_desktop.ui.widgets.table import Column, DataTable

_MOST = 50
"""Figures drawn at random, at most."""


class VisitPlanCard(Card):
    """Signals: `asked(str, bool)` look at an applicant, with flags; `planned(object)` a `VisitPlan`."""

    asked = Signal(str, bool)
    planned = Signal(object)

    def __init__(self) -> None:
        super().__init__(gap=1.5, margins=2)
        self.setObjectName("visits.plan")
        self._known: tuple[tuple[str, str], ...] = ()
        self._look: PlanLook | None = None
        self.applicant = Choice(tr("column.applicant"))
        self.applicant.setObjectName("visits.applicant")
        self.applicant.chosen.connect(lambda _name: self._ask())
        self.team = _table("visits.team", tr("visits.team"), _team_columns())
        self.team.selectionModel().selectionChanged.connect(lambda *_: self._enable())
        self.data = _table("visits.data", tr("visits.data"), _data_columns())
        self.data.selectionModel().selectionChanged.connect(lambda *_: self._enable())
        self._refused = PlainLabel("", "warning")
        self._refused.setObjectName("visits.refused")
        self.excuse = LineEdit(tr("visits.excuse"), "", tr("visits.excuse"))
        self.excuse.setObjectName("visits.excuse")
        self.excuse.textChanged.connect(self._enable)
        self._make_data()
        self._notices = PlainLabel("", "warning")
        self._notices.setObjectName("visits.notices")
        self._lacks = PlainLabel("", "small")
        self._lacks.setObjectName("visits.lacks")
        self.make = Button(tr("visits.plan.make"), "primary", "plus")
        self.make.setObjectName("visits.make")
        self.make.clicked.connect(self._plan)
        applicant = row(PlainLabel(tr("column.applicant"), wrap=False), self.applicant)
        applicant.setStretch(1, 1)
        self._choose = PlainLabel(tr("visits.team.choose"), "muted")
        self._rest = holder(
            column(
                self._choose, self.team, self._refused, self.excuse, *self._asking, self.data, self.note,
                self._sampling, holder(Flow(self.dated, self.date)), self._notices, self._lacks,
                holder(Flow(self.make)), gap=1.5,
            )
        )  # fmt: skip
        for part in (PlainLabel(tr("visits.plan"), "heading"), holder(applicant), self._rest):
            self.box.addWidget(part)
        self._enable()

    def _make_data(self) -> None:
        self.challenges = PlainCheckBox(tr("visits.challenges"))
        self.challenges.setObjectName("visits.challenges")
        self.challenges.setChecked(True)
        self.challenges.toggled.connect(self._enable)
        self.flags = PlainCheckBox(tr("visits.flags"))
        self.flags.setObjectName("visits.flags")
        self.flags.toggled.connect(lambda _on: self._ask())
        self._asking = (self.challenges, self.flags, PlainLabel(tr("visits.data.choose"), "muted"))
        self.note = LineEdit(tr("visits.note"), "", tr("visits.note"))
        self.note.setObjectName("visits.note")
        self.sample = Counter(tr("visits.sample"), 0, _MOST, 0)
        self.sample.setObjectName("visits.sample")
        self.sample.number.valueChanged.connect(self._enable)
        self.seed = LineEdit(tr("visits.seed"), "", tr("visits.seed"))
        self.seed.setObjectName("visits.seed")
        self.seed.textChanged.connect(self._enable)
        sampling = row(PlainLabel(tr("visits.sample"), wrap=False), self.sample, None)
        self._sampling = holder(column(sampling, self.seed, gap=1))
        today = QDate.currentDate()
        self.dated = PlainCheckBox(tr("visits.date"))
        self.dated.setObjectName("visits.dated")
        self.date = DateField(tr("visits.date"), today.addDays(7), today)
        self.date.setObjectName("visits.date")
        self.date.setEnabled(False)
        self.dated.toggled.connect(self.date.setEnabled)

    # ----- showing -----

    def show_applicants(self, applications: tuple[Application, ...]) -> None:
        """Who can be visited; the one chosen stays."""
        known = tuple((one.id, f"{one.id}  {one.applicant}") for one in applications)
        if known != self._known:
            self._known = known
            self.applicant.set_choices([("", tr("visits.applicant.choose")), *known], self.applicant.value())
        self._ask()

    def clear(self) -> None:
        """The visit is on record."""
        for box in (self.excuse, self.note, self.seed):
            box.clear()
        self.sample.number.setValue(0)
        self.applicant.set_value("")
        self._ask()

    def show_look(self, look: PlanLook) -> None:
        """Who may go and what there is, unless another applicant was chosen meanwhile."""
        if look.application != (self.applicant.value() or ""):
            return
        same = self._look is not None and self._look.application == look.application
        kept = (self._team(), self._listed()) if same else ((), ())
        self._look = look
        for table, rows, names in ((self.team, look.fits, kept[0]), (self.data, look.data, kept[1])):
            table.clearSelection()
            table.set_rows(rows)
            table.clearSelection()
            _mark(table, names)
            fit_height(table, 3, 8)
        self._enable()

    def _ask(self) -> None:
        name = self.applicant.value() or ""
        if self._look is not None and self._look.application != name:
            self._look = None
        self._enable()
        if name:
            self.asked.emit(name, self.flags.isChecked())

    def _team(self) -> tuple[str, ...]:
        return tuple(fit.inspector.id for fit in self._fits())

    def _fits(self) -> tuple[Fit, ...]:
        return tuple(one for one in _marked(self.team) if isinstance(one, Fit))

    def _listed(self) -> tuple[tuple[str, str], ...]:
        return tuple(one.place for one in _marked(self.data) if isinstance(one, DatumLine))

    def _enable(self) -> None:
        look = self._look
        self._rest.setVisible(look is not None)
        if look is None:
            return
        self.team.setVisible(bool(look.fits))
        self._choose.setText(tr("visits.team.choose") if look.fits else tr("visits.team.none"))
        self.seed.setVisible(bool(self.sample.value()))
        fits = self._fits()
        refused = [f"{fit.inspector.id} {fit.inspector.name}：{i18n.fault(fit.fault)}" for fit in fits if fit.fault]
        self._refused.setText("\n".join(refused))
        self._refused.setVisible(bool(refused))
        self.excuse.setVisible(any(fit.excusable for fit in fits))
        said = self._said(look, fits)
        self._notices.setText("\n".join(said))
        self._notices.setVisible(bool(said))
        lacks = self._missing(fits)
        self._lacks.setText(lacks)
        self._lacks.setVisible(bool(lacks))
        self.make.setEnabled(not lacks)

    def _said(self, look: PlanLook, fits: tuple[Fit, ...]) -> list[str]:
        """What to think over before the visit is planned, in words; of the plan itself once there is a team."""
        said = [tr("visits.unconfirmed", names=joined([*look.unconfirmed]))] if look.unconfirmed else []
        if len(fits) >= LEAST:
            asked = {why for line in look.data for why in line.whys}
            wanted = {"challenge": self.challenges.isChecked(), "flag": self.flags.isChecked()}
            something = bool(self._listed() or self.sample.value() or any(wanted.get(why) for why in asked))
            found = notices([fit.inspector for fit in fits], something=something, others=look.others)
            said += [tr(NOTICES[one.kind], names=joined([*one.names])) for one in found]
        return said

    def _missing(self, fits: tuple[Fit, ...]) -> str:
        """What still stands in the way, in words."""
        if len(fits) < LEAST:
            return tr("visits.lacks.team", least=LEAST)
        if any(fit.fault and not fit.excusable for fit in fits):
            return tr("visits.lacks.refused")
        if any(fit.excusable for fit in fits) and not self.excuse.text().strip():
            return tr("visits.lacks.excuse")
        if self.sample.value() and not self.seed.text().strip():
            return tr("visits.lacks.seed")
        return ""

    def _plan(self) -> None:
        if self._look is None:
            return
        reason, note = self.excuse.text().strip(), self.note.text().strip()
        self.planned.emit(
            VisitPlan(
                application=self._look.application,
                team=self._team(),
                challenges=self.challenges.isChecked(),
                flags=self.flags.isChecked(),
                sample=self.sample.value(),
                seed=self.seed.text().strip(),
                listed=dict.fromkeys(self._listed(), note),
                excused={fit.inspector.id: reason for fit in self._fits() if fit.excusable},
                planned_on=self.date.date().toString("yyyy-MM-dd") if self.dated.isChecked() else "",
            )
        )


def _table(name: str, title: str, columns: tuple[Column[Fit], ...] | tuple[Column[DatumLine], ...]) -> DataTable:
    table = DataTable(title, columns)
    table.setObjectName(name)
    table.setSelectionMode(QAbstractItemView.SelectionMode.MultiSelection)
    fit_height(table, 3, 8)
    return table


def _marked(table: DataTable) -> list[Fit | DatumLine]:
    numbers = sorted(table.proxy.mapToSource(index).row() for index in table.selectionModel().selectedRows())
    return [table.source.row_at(number) for number in numbers]


def _mark(table: DataTable, names: tuple[object, ...]) -> None:
    """Marks the rows of these inspectors or data again, wherever they stand now."""
    for line in range(table.proxy.rowCount()):
        one = table.source.row_at(table.proxy.mapToSource(table.proxy.index(line, 0)).row())
        if (one.inspector.id if isinstance(one, Fit) else one.place) in names:
            table.selectRow(line)


def _fit_state(fit: Fit) -> tuple[str, str, str]:
    if fit.fault is None:
        return tr("visits.fit.yes"), "circle-check", "accent"
    if fit.excusable:
        return tr("visits.fit.reason"), "circle-question-mark", "warning"
    return tr("visits.fit.no"), "user-x", "danger"


def _team_columns() -> tuple[Column[Fit], ...]:
    return (
        Column(tr("visits.column.inspector"), lambda fit: fit.inspector.id, width=90),
        Column(tr("column.name"), lambda fit: fit.inspector.name, width=120),
        Column(tr("column.employer"), lambda fit: fit.inspector.employer, stretch=True),
        Column(tr("visits.column.fit"), lambda fit: _fit_state(fit)[0], icon=lambda fit: _fit_state(fit)[1:]),
    )


def _data_columns() -> tuple[Column[DatumLine], ...]:
    return (
        Column(tr("visits.column.datum"), lambda line: line.label, stretch=True),
        Column(tr("visits.column.year"), lambda line: line.place[1] or "—", width=70),
        Column(tr("visits.column.declared"), lambda line: line.figure, number=True),
        Column(tr("visits.column.whys"), lambda line: why_words(line.whys), width=200),
    )
