"""分派: options, the supervisor's words, the best assignment, shortages in words, who reads what."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtWidgets import QGridLayout

from ndb_desktop.services.assign import AssignReport, Shortage, assign, reassign
from ndb_desktop.services.assignment_model import AssignOptions
from ndb_desktop.ui import i18n
from ndb_desktop.ui.coordinator.page import OfficePage, search_box
from ndb_desktop.ui.coordinator.store import OfficeJob, OfficeStore
from ndb_desktop.ui.coordinator.words import category_name
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, PlainLabel
from ndb_desktop.ui.plain_checks import PlainCheckBox
from ndb_desktop.ui.widgets.counter import Counter
from ndb_desktop.ui.widgets.fields import LineEdit
from ndb_desktop.ui.widgets.layout import Card, fill, row
from ndb_desktop.ui.widgets.table import Column, DataTable

KEPT = "assign.report"


@dataclass(frozen=True)
class _Panel:
    application: str
    applicant: str
    category: str
    field: str
    experts: tuple[str, ...]


class AssignPage(OfficePage):
    """Assign anew, or fill only empty seats."""

    def __init__(self, store: OfficeStore) -> None:
        super().__init__("assign", tr("assign.title"), tr("assign.text"), store)
        self.report_card = Card(gap=1, margins=2.5)
        self._report = PlainLabel("", selectable=True)
        self._shortages = PlainLabel("", "warning")
        self.report_card.box.addWidget(PlainLabel(tr("assign.report"), "heading"))
        self.report_card.box.addWidget(self._report)
        self.report_card.box.addWidget(self._shortages)
        self._count = PlainLabel("", "heading")
        self.table = DataTable(tr("assign.panels"), _columns())
        self.table.setObjectName("assign.table")
        self.table.setMinimumHeight(320)
        search = search_box("assign.search", self.table)
        fill(self.body, (self._options(), self.report_card, row(self._count, None, search), self.table))
        self.body.setStretch(3, 1)
        self._show_report(store.kept.get(KEPT))
        self.refresh()

    def _options(self) -> Card:
        batch = self.store.snapshot.batch
        self.seats = Counter(tr("assign.seats"), 5, 15, batch.panel_size)
        self.per_employer = Counter(tr("assign.per_employer"), 0, 9, 1)
        self.per_province = Counter(tr("assign.per_province"), 0, 9, 2)
        self.avoid = PlainCheckBox(tr("assign.avoid"))
        self.avoid.setChecked(True)
        self.words = LineEdit(tr("assign.words"), "", tr("assign.words.hint"))
        for name in ("seats", "per_employer", "per_province", "avoid", "words"):
            getattr(self, name).setObjectName(f"assign.{name}")
        self.start = Button(tr("assign.start"), "primary", "users")
        self.start.setObjectName("assign.start")
        self.start.clicked.connect(self._assign)
        self.refill = Button(tr("assign.refill"), "normal", "user-round-check")
        self.refill.setObjectName("assign.refill")
        self.refill.clicked.connect(self._reassign)
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        for number, widget in enumerate((self.seats, self.per_employer, self.per_province)):
            grid.addWidget(PlainLabel(widget.name()), 0, number)
            grid.addWidget(widget, 1, number)
        card = Card(PlainLabel(tr("assign.options"), "heading"), gap=1.5, margins=2.5)
        card.box.addLayout(grid)
        card.box.addWidget(self.avoid)
        card.box.addWidget(PlainLabel(tr("assign.words")))
        card.box.addWidget(self.words)
        card.box.addLayout(row(self.start, self.refill, None))
        self._note = PlainLabel("", "small")
        card.box.addWidget(self._note)
        return card

    def refresh(self) -> None:
        snapshot = self.snapshot
        names = {expert.id: expert.name for expert in snapshot.experts}
        fields = {field.id: i18n.local(field.name) for field in snapshot.batch.fields}
        panels: dict[str, list[str]] = {}
        for pair in snapshot.assignments:
            panels.setdefault(pair.application, []).append(pair.expert)
        self.table.set_rows(
            [
                _Panel(
                    a.id,
                    a.applicant,
                    category_name(a.category),
                    fields.get(a.field, a.field),
                    tuple(f"{e} {names.get(e, '')}".strip() for e in panels.get(a.id, [])),
                )
                for a in snapshot.applications
            ]
        )
        self._count.setText(tr("assign.count", pairs=len(snapshot.assignments), applications=len(panels)))
        ready = bool(snapshot.applications and snapshot.experts)
        issued = any(not bundle.revoked_at for bundle in snapshot.issued)
        self.start.setEnabled(ready and not issued)
        self.refill.setEnabled(ready and bool(snapshot.assignments))
        self._note.setText(tr("assign.issued") if issued else "" if ready else tr("assign.not_ready"))

    def options(self) -> AssignOptions:
        """What the page asks for."""
        return AssignOptions(
            seats=self.seats.value(),
            per_employer=self.per_employer.value(),
            per_province=self.per_province.value(),
            avoid_province=self.avoid.isChecked(),
            words=self.words.text().strip(),
        )

    def _assign(self) -> None:
        options = self.options()
        self._solve(lambda office, progress, cancel: assign(office, options, progress, cancel))

    def _reassign(self) -> None:
        options = self.options()
        self._solve(lambda office, progress, cancel: reassign(office, options, progress, cancel))

    def _solve(self, work: OfficeJob) -> None:
        self.job(tr("assign.solving"), work, self._solved)

    def _solved(self, report: AssignReport) -> None:
        self.store.kept[KEPT] = report
        self._show_report(report)
        self.banner.info(
            tr("assign.done", pairs=len(report.pairs)),
            action=tr("next.issue.button"),
            act=lambda: self.go.emit("issue"),
        )

    def _show_report(self, report: AssignReport | None) -> None:
        self.report_card.setVisible(report is not None)
        if report is None:
            return
        guarantee = {
            "proved": tr("assign.guarantee.proved"),
            "proved_candidates": tr("assign.guarantee.candidates"),
            "solver": tr("assign.guarantee.solver"),
            "hurried": tr("assign.guarantee.hurried"),
        }[report.guarantee]
        loads = report.loads.values()
        lines = [
            tr("assign.pairs", pairs=len(report.pairs), added=report.added, removed=report.removed),
            tr("assign.loads", least=min(loads, default=0), most=max(loads, default=0)),
            guarantee,
            tr("assign.seed", seed=report.seed),
        ]
        self._report.setText("\n".join(lines))
        self._shortages.setText("\n".join(self._shortage(s) for s in report.shortages))
        self._shortages.setVisible(bool(report.shortages))

    def _shortage(self, shortage: Shortage) -> str:
        fields = {field.id: i18n.local(field.name) for field in self.snapshot.batch.fields}
        what = {
            "": tr("assign.short.seats"),
            "field": tr("kind.field"),
            "finance": tr("kind.finance"),
            "policy": tr("kind.policy"),
        }
        return tr(
            "assign.shortage",
            category=category_name(shortage.category),
            field=fields.get(shortage.field, shortage.field),
            kind=what.get(shortage.kind, shortage.kind),
            missing=shortage.missing,
            needed=shortage.needed,
            eligible=shortage.eligible,
        )


def _columns() -> tuple[Column[_Panel], ...]:
    gap = tr("list.separator")
    return (
        Column(tr("column.id"), lambda r: r.application, width=150),
        Column(tr("column.category"), lambda r: r.category),
        Column(tr("column.field"), lambda r: r.field),
        Column(tr("column.applicant"), lambda r: r.applicant, width=240),
        Column(tr("column.seats"), lambda r: str(len(r.experts)), number=True, sort=lambda r: len(r.experts)),
        Column(tr("column.experts"), lambda r: gap.join(r.experts), stretch=True),
    )
