"""检查任务: every visit with its state, the bundle issued for it, and the form for another one."""

from __future__ import annotations

from PySide6.QtCore import Signal

from ndb_desktop.domain.numbers import plain
from ndb_desktop.domain.siterecord import Wanted
from ndb_desktop.services.visit_withdraw import VisitState
from ndb_desktop.ui import i18n
from ndb_desktop.ui.coordinator.datum_words import place_label
from ndb_desktop.ui.coordinator.page import search_box
from ndb_desktop.ui.coordinator.store import Snapshot
from ndb_desktop.ui.coordinator.tall_part import TallPart, fit_height
from ndb_desktop.ui.coordinator.visit_look import VisitLine
from ndb_desktop.ui.coordinator.visit_plan_card import VisitPlanCard
from ndb_desktop.ui.coordinator.visit_withdraw_part import VisitWithdrawPart
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.inspection.words import joined, unit_words, why_words
from ndb_desktop.ui.plain import Button, PlainLabel
from ndb_desktop.ui.plain_checks import PlainCheckBox
from ndb_desktop.ui.widgets.empty import EmptyState
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import column, holder, row
from ndb_desktop.ui.widgets.table import Column, DataTable

_NAMED = 8
"""So many data are named; the overview counts them all."""


class VisitTasksPart(TallPart):
    """Signal `issue(object, bool)`: a visit, and whether its secret is to be printed."""

    issue = Signal(object, bool)

    def __init__(self) -> None:
        super().__init__()
        self._signing = True
        self._wanted = ""
        self._snapshot: Snapshot | None = None
        self.empty = EmptyState("clipboard-check", tr("visits.tasks.empty"), tr("visits.tasks.empty.text"))
        self.table = DataTable(tr("visits.tasks"), _columns())
        self.table.setObjectName("visits.table")
        self.table.selectionModel().currentChanged.connect(lambda *_: self._chosen())
        self._facts = PlainLabel("", "muted", selectable=True)
        self._facts.setObjectName("visits.facts")
        self.wanted = DataTable(tr("visits.data"), _wanted_columns())
        self.wanted.setObjectName("visits.wanted")
        self.slip = PlainCheckBox(tr("visits.slip"))
        self.slip.setObjectName("visits.slip")
        self.issue_button = Button(tr("visits.issue"), "primary", "send")
        self.issue_button.setObjectName("visits.issue")
        self.issue_button.clicked.connect(self._issue)
        self._again = PlainLabel(tr("visits.issue.again.text"), "warning")
        self._again.setObjectName("visits.again")
        self.withdrawing = VisitWithdrawPart()
        self.card = VisitPlanCard()
        self._issuing = holder(column(self.slip, self._again, holder(Flow(self.issue_button)), gap=1))
        self._one = holder(column(self._facts, self.wanted, self._issuing, self.withdrawing, gap=1))
        search = row(None, search_box("visits.search", self.table))
        self._some = holder(column(search, self.table, self._one, gap=1.5))
        self._uncovered = PlainLabel("", "warning", selectable=True)
        self._uncovered.setObjectName("visits.uncovered")
        page = column(self._uncovered, self.empty, self._some, self.card, gap=2, margins=2)
        page.addStretch(1)
        self.setLayout(page)

    def show_visits(
        self, lines: tuple[VisitLine, ...], uncovered: tuple[tuple[str, str, str], ...], snapshot: Snapshot
    ) -> None:
        """The visits on record, who can be visited, and what is to be checked on site and nobody will."""
        self._snapshot = snapshot
        names = [f"{place[0]} {place_label(snapshot, *place)}" for place in uncovered[:_NAMED]]
        self._uncovered.setVisible(bool(uncovered))
        self._uncovered.setText(tr("visits.uncovered", count=len(uncovered), names=joined(names)))
        self._signing = not snapshot.recovered
        self.empty.setVisible(not lines)
        self._some.setVisible(bool(lines))
        if lines != self.table.source.rows:
            self.table.set_rows(lines)
            fit_height(self.table, 3, 8)
        if self._wanted:
            self.choose(self._wanted)
        self.card.show_applicants(snapshot.applications)
        self._chosen()

    def choose(self, visit: str) -> None:
        """Goes to a visit, as soon as it is among those shown."""
        self._wanted = visit
        for line in range(self.table.proxy.rowCount()):
            one = self.table.source.row_at(self.table.proxy.mapToSource(self.table.proxy.index(line, 0)).row())
            if one.visit.id == visit:
                self._wanted = ""
                self.table.selectRow(line)
                return

    def _chosen(self) -> None:
        line: VisitLine | None = self.table.selected()
        self._one.setVisible(line is not None)
        if line is None or self._snapshot is None:
            return
        visit, bundle = line.visit, line.bundle
        team = joined([f"{one.id} {one.name}" for one in visit.members])
        words = [
            f"{visit.id} · {visit.application} {visit.applicant} · {visit_state(line.state)[0]}",
            tr("visits.facts.team", team=team),
        ]
        if visit.planned_on:
            words.append(tr("visits.facts.date", date=visit.planned_on))
        if bundle is not None:
            words.append(tr("visits.facts.issued", at=i18n.local_time(bundle.issued_at)))
        if line.withdrawn is not None:
            gone = line.withdrawn
            words.append(tr("visits.facts.withdrawn", at=i18n.local_time(gone.at), reason=gone.reason))
        self._facts.setText("\n".join(words))
        wanted = tuple(
            (place_label(self._snapshot, visit.application, one.datum, one.key), one) for one in visit.wanted
        )
        if wanted != self.wanted.source.rows:
            self.wanted.set_rows(wanted)
            fit_height(self.wanted, 2, 6)
        self._issuing.setVisible(line.state != "withdrawn")
        self.withdrawing.show_line(line, signing=self._signing)
        issued = line.state != "planned"
        self._again.setVisible(issued)
        self.issue_button.set_text(tr("visits.issue.again") if issued else tr("visits.issue"))
        self.issue_button.setEnabled(self._signing)

    def _issue(self) -> None:
        line: VisitLine | None = self.table.selected()
        if line is not None:
            self.issue.emit(line.visit, self.slip.isChecked())


def visit_state(state: VisitState) -> tuple[str, str, str]:
    """Where a visit stands: word, icon, colour token."""
    return {
        "planned": (tr("cli.visit.state.planned"), "circle", "muted"),
        "issued": (tr("cli.visit.state.issued"), "send", "accent"),
        "withdrawn": (tr("cli.visit.state.withdrawn"), "ban", "muted"),
        "current": (tr("cli.visit.state.current"), "circle-check", "accent"),
        "conflict": (tr("cli.visit.state.conflict"), "triangle-alert", "warning"),
        "held": (tr("cli.visit.state.held"), "triangle-alert", "warning"),
    }[state]


def _columns() -> tuple[Column[VisitLine], ...]:
    return (
        Column(tr("visits.column.visit"), lambda one: one.visit.id, width=80),
        Column(tr("column.applicant"), lambda one: f"{one.visit.application} {one.visit.applicant}", stretch=True),
        Column(tr("visits.column.team"), lambda one: joined([member.name for member in one.visit.members]), width=160),
        Column(
            tr("visits.column.data"), lambda one: str(len(one.visit.wanted)), number=True,
            sort=lambda one: len(one.visit.wanted),
        ),
        Column(tr("column.state"), lambda one: visit_state(one.state)[0], icon=lambda one: visit_state(one.state)[1:]),
    )  # fmt: skip


def _wanted_columns() -> tuple[Column[tuple[str, Wanted]], ...]:
    """Of rows of a datum in words, and what is wanted of it."""
    return (
        Column(tr("visits.column.datum"), lambda row: row[0], stretch=True),
        Column(tr("visits.column.declared"), lambda row: _declared(row[1]), number=True),
        Column(tr("visits.column.whys"), lambda row: joined([why_words(row[1].whys), row[1].note]), width=220),
    )


def _declared(one: Wanted) -> str:
    return "—" if one.declared is None else f"{plain(one.declared)} {unit_words(one.unit)}".strip()
