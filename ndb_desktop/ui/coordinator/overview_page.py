"""概览: where the round stands, what to do next, who has what and what came back."""

from __future__ import annotations

from ndb_desktop.services.issue_chain import in_force
from ndb_desktop.services.office import ExpertProgress
from ndb_desktop.ui import i18n
from ndb_desktop.ui.coordinator.page import Figures, OfficePage, search_box
from ndb_desktop.ui.coordinator.store import OfficeStore, Snapshot
from ndb_desktop.ui.coordinator.words import key_state
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, PlainLabel
from ndb_desktop.ui.widgets.badge import Badge
from ndb_desktop.ui.widgets.layout import Card, fill, row
from ndb_desktop.ui.widgets.table import Column, DataTable


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
        fill(self.body, (marks, self.figures, card, heading, self.table))
        self.body.setStretch(4, 1)
        self.refresh()

    def refresh(self) -> None:
        snapshot, status = self.snapshot, self.snapshot.status
        figures = [
            (tr("overview.applications"), str(status.applications), "number"),
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
        self._target, title, text, action = next_step(snapshot)
        self._next.setText(title)
        self._next_text.setText(text)
        self.next_button.set_text(action)
        self.table.set_rows(snapshot.people)


def next_step(snapshot: Snapshot) -> tuple[str, str, str, str]:
    """The page to go to next, with title, text and button: the first thing the round still lacks."""
    status = snapshot.status
    if not status.applications:
        return "applications", tr("next.applications"), tr("next.applications.text"), tr("next.applications.button")
    if not status.experts:
        return "people", tr("next.people"), tr("next.people.text"), tr("next.people.button")
    if not status.assignments:
        return "assign", tr("next.assign"), tr("next.assign.text"), tr("next.assign.button")
    waiting = {pair.expert for pair in snapshot.assignments} - set(in_force(snapshot.issued))
    if waiting:
        return "issue", tr("next.issue", count=len(waiting)), tr("next.issue.text"), tr("next.issue.button")
    if snapshot.outdated:
        count = len(snapshot.outdated)
        return "issue", tr("next.supplement", count=count), tr("next.supplement.text"), tr("next.issue.button")
    if status.contradictions:
        return (
            "merge",
            tr("next.conflict", count=status.contradictions),
            tr("next.conflict.text"),
            tr("next.conflict.button"),
        )
    if status.missing:
        return "merge", tr("next.merge", count=status.missing), tr("next.merge.text"), tr("next.merge.button")
    if status.stale:
        return "merge", tr("next.stale", count=status.stale), tr("next.stale.text"), tr("next.merge.button")
    return "results", tr("next.results"), tr("next.results.text"), tr("next.results.button")


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
