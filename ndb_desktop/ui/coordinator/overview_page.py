"""概览: where the round stands, everything still to do in order, who has what and what came back."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from ndb_desktop.services.agenda import Todo
from ndb_desktop.services.office import ExpertProgress, Office
from ndb_desktop.services.outcome import Unsettled, unsettled
from ndb_desktop.services.results_compute import internal_results
from ndb_desktop.services.tasks import CancelToken, Progress
from ndb_desktop.ui import i18n
from ndb_desktop.ui.coordinator.overview_steps import Line, scored_line, step_columns, step_line
from ndb_desktop.ui.coordinator.page import Figures, OfficePage, search_box
from ndb_desktop.ui.coordinator.store import OfficeStore
from ndb_desktop.ui.coordinator.words import key_state
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, PlainLabel
from ndb_desktop.ui.widgets.badge import Badge
from ndb_desktop.ui.widgets.layout import Card, column, fill, holder, row
from ndb_desktop.ui.widgets.table import Column, DataTable

KEPT = "overview.scored"
SCORED = ("pending", "check", "flag")
"""What only the scores can tell; challenges and contradictions are known without them."""
MOST = 6
"""So many steps are in sight at once; there are seldom more."""


class OverviewPage(OfficePage):
    """The first page of an open registry."""

    def __init__(self, store: OfficeStore) -> None:
        snapshot = store.snapshot
        super().__init__("overview", i18n.local(snapshot.batch.title), snapshot.name, store)
        marks = row(gap=1)
        if snapshot.batch.trial:
            marks.addWidget(Badge(tr("trial.mark"), "flask-conical", "warning"))
        if any(pack.is_proposal for pack in snapshot.packs.values()):
            marks.addWidget(Badge(tr("pack.proposal"), "info", "warning"))
        if snapshot.recovered:
            marks.addWidget(Badge(tr("office.recovered"), "key-round", "warning"))
        marks.addStretch(1)
        self.figures = Figures()
        self._target = ""
        self._next = PlainLabel("", "heading")
        self._next_text = PlainLabel("", "muted")
        self.next_button = Button("", "primary")
        self.next_button.setObjectName("overview.next")
        self.next_button.clicked.connect(lambda: self.go.emit(self._target))
        card = Card(self._next, self._next_text, kind="soft", margins=2.5)
        card.box.addLayout(row(self.next_button, None))
        self.table = DataTable(tr("overview.experts"), _columns())
        self.table.setObjectName("overview.table")
        self.table.setMinimumHeight(280)
        search = search_box("overview.search", self.table)
        heading = row(PlainLabel(tr("overview.experts"), "heading"), None, search)
        fill(self.body, (marks, self.figures, card, self._steps(), heading, self.table))
        self.body.setStretch(5, 1)
        self.refresh()

    def _steps(self) -> QWidget:
        self.steps = DataTable(tr("overview.todo"), step_columns(), sortable=False)
        self.steps.setObjectName("overview.steps")
        self.steps.on_activated(lambda line: self.go.emit(line.page))
        self.steps.clicked.connect(lambda index: self.go.emit(self.steps.source.row_at(index.row()).page))
        self._steps_title = PlainLabel(tr("overview.todo"), "heading")
        self._scored = PlainLabel("", "muted")
        self._scored.setObjectName("overview.counted")
        self.count = Button(tr("overview.count"), "normal", "calculator")
        self.count.setObjectName("overview.count")
        self.count.clicked.connect(self._count)
        line = row(self._scored, self.count)
        line.setStretch(0, 1)
        self._counting = holder(line)
        return holder(column(self._steps_title, self.steps, self._counting, gap=1))

    def _count(self) -> None:
        """What scores leave open is counted only when asked for: it is a look at the scores, and on record as one."""

        def work(office: Office, progress: Progress, cancel: CancelToken) -> tuple[Unsettled, ...]:
            return unsettled(office, internal_results(office, progress=progress, cancel=cancel))

        self.job(tr("overview.counting"), work, self._counted)

    def _counted(self, found: tuple[Unsettled, ...]) -> None:
        self.store.kept[KEPT] = (self.snapshot.status.log_entries, found)
        self.refresh()
        self.steps.setFocus()

    def _lines(self) -> list[Line]:
        lines = [step_line(todo, self.snapshot.stage) for todo in self.snapshot.todos]
        entries, found = self.store.kept.get(KEPT, (-1, ()))
        if entries == self.snapshot.status.log_entries:
            at = next((n for n, todo in enumerate(self.snapshot.todos) if todo.kind == "not_final"), len(lines))
            lines[at:at] = [scored_line(one) for one in found if one.kind in SCORED]
        return lines

    def _show_steps(self) -> None:
        lines = self._lines()
        first = lines[0] if lines else step_line(Todo("done"), self.snapshot.stage)
        self._target = first.page
        self._next.setText(tr("overview.first", step=first.title) if lines else first.title)
        self._next_text.setText(first.text)
        self.next_button.set_text(first.button)
        self._steps_title.setVisible(bool(lines))
        self.steps.setVisible(bool(lines))
        self.steps.set_rows(lines)
        height = self.steps.verticalHeader().defaultSectionSize() * min(len(lines), MOST)
        self.steps.setFixedHeight(height + self.steps.horizontalHeader().sizeHint().height() + 4)
        opened = any(one.kind == "unblind" for one in self.snapshot.decisions)
        counted, found = self.store.kept.get(KEPT, (-1, ()))
        fresh = counted == self.snapshot.status.log_entries
        nothing = fresh and not any(one.kind in SCORED for one in found)
        # In a later stage nothing is scored: outcomes stand under the results.
        self._counting.setVisible(self.snapshot.stage == "selection" and opened and (nothing or not fresh))
        self.count.setVisible(not fresh)
        self._scored.setText(tr("overview.count.none") if nothing else tr("overview.count.text"))

    def refresh(self) -> None:
        status = self.snapshot.status
        selecting = self.snapshot.stage == "selection"
        handed_in = tr("overview.applications") if selecting else tr("overview.applications.stage")
        figures = [
            (handed_in, str(status.applications), "number"),
            (tr("overview.people"), str(status.experts), "number"),
            (tr("overview.pairs"), str(status.assignments), "number"),
            (tr("overview.issued"), str(status.issued), "number"),
            (tr("overview.complete"), f"{status.complete} / {status.assignments}", "number"),
            (
                tr("overview.contradictions"),
                str(status.contradictions),
                "warning" if status.contradictions else "number",
            ),
            (
                tr("overview.unconfirmed"),
                str(status.unconfirmed_keys),
                "warning" if status.unconfirmed_keys else "number",
            ),
            (tr("overview.refused"), str(status.refusals), "number"),
        ]
        self.figures.set_figures(figures)
        self._show_steps()
        self.table.set_rows(self.snapshot.people)


def _columns() -> tuple[Column[ExpertProgress], ...]:
    return (
        Column(tr("column.expert"), lambda r: r.expert.id, width=110),
        Column(tr("column.name"), lambda r: r.expert.name, stretch=True),
        Column(tr("column.assigned"), lambda r: str(r.assigned), number=True, sort=lambda r: r.assigned),
        Column(tr("column.issued"), lambda r: i18n.local_time(r.issued_at) if r.issued_at else "—"),
        Column(
            tr("column.received"), lambda r: f"{r.received} / {r.assigned}", number=True, sort=lambda r: r.received,
            icon=lambda r: ("circle-check", "accent") if r.assigned and r.received == r.assigned else None,
        ),
        Column(tr("column.last"), lambda r: i18n.local_time(r.last_received) if r.last_received else "—"),
        Column(
            tr("column.key"), lambda r: key_state(r.key_status)[0], icon=lambda r: key_state(r.key_status)[1:],
        ),
    )  # fmt: skip
