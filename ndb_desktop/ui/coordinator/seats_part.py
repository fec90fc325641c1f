"""席位 and 工作量: all panels with the chosen one's seats beside them, and the load of everybody."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter

from ndb_desktop.services.assignment_desk import Look, check_swap, reserve_list, why
from ndb_desktop.services.assignment_seats import Reserve
from ndb_desktop.services.assignment_standing import Load, Standing
from ndb_desktop.ui import i18n, messages, tasks, theme
from ndb_desktop.ui.coordinator.page import search_box
from ndb_desktop.ui.coordinator.seat_card import SeatCard, kind_name
from ndb_desktop.ui.coordinator.store import OfficeStore
from ndb_desktop.ui.coordinator.tall_part import TallPart
from ndb_desktop.ui.coordinator.words import category_name
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import PlainLabel
from ndb_desktop.ui.widgets import splits
from ndb_desktop.ui.widgets.layout import column, row
from ndb_desktop.ui.widgets.table import Column, DataTable

_BESIDE = 900
_SEARCHED = (3, 4, 5)
"""Columns of the table that only the search sees: field, category, experts."""


@dataclass(frozen=True)
class _Panel:
    application: str
    applicant: str
    category: str
    field: str
    experts: tuple[str, ...]
    seats: int


class SeatsPart(TallPart):
    """Signal `swap(str, str, str, str)`: application, who goes ("" for an empty seat), who comes, reason."""

    swap = Signal(str, str, str, str)

    def __init__(self, store: OfficeStore) -> None:
        super().__init__()
        self._store = store
        self._look: Look | None = None
        self._in = ""
        self._offers: tuple[Reserve, ...] = ()
        self._asking: dict[str, tasks.Task] = {}
        self._count = PlainLabel("", "heading")
        self._count.setObjectName("assign.count")
        self.table = DataTable(tr("assign.panels"), _columns())
        self.table.setObjectName("assign.table")
        for number in _SEARCHED:
            self.table.setColumnHidden(number, True)
        self.table.setMinimumSize(theme.pixels(340), theme.pixels(320))
        self.table.selectionModel().currentChanged.connect(lambda *_: self._chosen())
        self.card = SeatCard()
        self.card.seat_chosen.connect(self._seat_chosen)
        self.card.asked.connect(self._ask)
        self.card.swapped.connect(self._swap)
        self.table.on_activated(lambda _row: self.card.members.setFocus(Qt.FocusReason.TabFocusReason))
        self.split = QSplitter(Qt.Orientation.Horizontal)
        self.split.setObjectName("assign.split")
        self.split.setChildrenCollapsible(False)
        self.split.addWidget(self.table)
        self.split.addWidget(self.card)
        self.split.setStretchFactor(0, 1)
        self.split.setStretchFactor(1, 1)
        self.split.setSizes([420, 580])
        splits.remember(self.split, "assign")
        box = column(row(self._count, None, search_box("assign.search", self.table)), self.split, gap=2, margins=2)
        box.setStretch(1, 1)
        self.setLayout(box)

    def show_standing(self, standing: Standing | None) -> None:
        """What is in force now; the application that was chosen stays chosen."""
        self._look = None if standing is None else standing.look
        snapshot = self._store.snapshot
        names = {expert.id: expert.name for expert in snapshot.experts}
        fields = {field.id: i18n.local(field.name) for field in snapshot.batch.fields}
        panels: dict[str, list[str]] = {}
        for pair in snapshot.assignments:
            panels.setdefault(pair.application, []).append(pair.expert)
        seats = snapshot.batch.panel_size if standing is None else standing.look.seating.problem.options.seats
        chosen = self._application()
        rows = [
            _Panel(
                a.id, a.applicant, category_name(a.category), fields.get(a.field, a.field),
                tuple(f"{e} {names.get(e, '')}".strip() for e in panels.get(a.id, [])), seats,
            )
            for a in snapshot.applications
        ]  # fmt: skip
        self.table.set_rows(rows)
        self._count.setText(tr("assign.count", pairs=len(snapshot.assignments), applications=len(panels)))
        number = next((n for n, one in enumerate(rows) if one.application == chosen), 0 if rows else -1)
        index = self.table.proxy.mapFromSource(self.table.source.index(number, 0))
        if index.isValid():
            self.table.selectRow(index.row())
        self._chosen()

    def _application(self) -> str:
        panel: _Panel | None = self.table.selected()
        return "" if panel is None else panel.application

    # ----- one application -----

    def _chosen(self) -> None:
        panel: _Panel | None = self.table.selected()
        known = self._look
        self.card.setVisible(known is not None and panel is not None and bool(self._store.snapshot.assignments))
        if panel is None or known is None or panel.application not in known.seating.problem.case_by_id:
            return
        self._offers = ()
        application, office = panel.application, self._store.office
        names = {expert.id: expert.name for expert in self._store.snapshot.experts}
        self.card.show_panel(known.seating, application, panel.applicant, names)
        self._read("reserves", lambda: reserve_list(office, application, known), self._take_reserves)

    def _take_reserves(self, rows: tuple[Reserve, ...]) -> None:
        self._offers = rows
        self._offer(self.card.seat())

    def _offer(self, out: str) -> None:
        """Those who could take this seat, whoever else could take another."""
        full = (
            self._look is not None
            and len(self._look.seating.panels.get(self._application(), ())) >= self._look.seating.problem.options.seats
        )
        self.card.show_reserves([one for one in self._offers if (out in one.instead_of if out else not full)])

    def _seat_chosen(self, expert: str) -> None:
        self._in = ""
        self._offer(expert)
        known, application, office = self._look, self._application(), self._store.office
        if not expert or known is None:
            self.card.show_why([tr("seat.why.empty")])
            return
        fields = {field.id: i18n.local(field.name) for field in self._store.snapshot.batch.fields}
        language = i18n.language()
        self._read(
            "why",
            lambda: why(office, application, expert, known).lines(language, fields),
            self.card.show_why,
            lambda words: self.card.show_why([words]),
        )

    def _ask(self, in_: str) -> None:
        known, application, office, out = self._look, self._application(), self._store.office, self.card.seat()
        if known is None or not application:
            return
        self._in = in_
        self.card.forget()
        self._read(
            "check",
            lambda: check_swap(office, application, out, in_, known),
            lambda findings: self.card.show_findings(in_, findings),
            self.card.show_refusal,
        )

    def _read(
        self,
        what: str,
        work: Callable[[], Any],
        done: Callable[[Any], None],
        failed: Callable[[str], None] | None = None,
    ) -> None:
        """Asks in the database lane; a later question of the same kind makes an earlier one void."""
        before = self._asking.pop(what, None)
        if before is not None:
            before.cancel()

        def said(error: Exception) -> None:
            (failed or self.card.show_refusal)(messages.describe(error).text)

        task = tasks.run(lambda _progress, _cancel: work(), done=done, failed=said, owner=self.card)
        if task.running:
            self._asking[what] = task

    def _swap(self, reason: str) -> None:
        self.swap.emit(self._application(), self.card.seat(), self._in, reason)

    def resizeEvent(self, event: QResizeEvent) -> None:
        beside = self.width() >= theme.pixels(_BESIDE)
        self.split.setOrientation(Qt.Orientation.Horizontal if beside else Qt.Orientation.Vertical)
        super().resizeEvent(event)


class LoadsPart(TallPart):
    """Everybody's load beside the least and the most."""

    def __init__(self) -> None:
        super().__init__()
        self._names: dict[str, str] = {}
        self.table = DataTable(tr("assign.loads.table"), self._load_columns())
        self.table.setObjectName("assign.loads")
        self.table.setMinimumHeight(theme.pixels(320))
        box = column(row(None, search_box("assign.loads.search", self.table)), self.table, gap=2, margins=2)
        box.setStretch(1, 1)
        self.setLayout(box)

    def show_standing(self, standing: Standing | None, names: dict[str, str]) -> None:
        """The loads of what is in force."""
        self._names = names
        self.table.set_rows(() if standing is None else standing.loads)

    def _load_columns(self) -> tuple[Column[Load], ...]:
        return (
            Column(
                tr("column.expert"), lambda r: f"{r.expert} {self._names.get(r.expert, '')}".strip(), stretch=True
            ),
            Column(tr("column.kind"), lambda r: kind_name(r.kind), width=120),
            Column(tr("seat.load"), lambda r: str(r.load), number=True, sort=lambda r: r.load, width=72),
            Column(tr("assign.loads.least"), lambda r: str(r.least), number=True, sort=lambda r: r.least, width=92),
            Column(tr("assign.loads.most"), lambda r: str(r.most), number=True, sort=lambda r: r.most, width=76),
            Column(
                tr("column.state"), lambda r: _load_state(r)[0], width=116, icon=lambda r: _load_state(r)[1:],
                sort=lambda r: ("over", "low", "full", "").index(r.state),
            ),
        )  # fmt: skip


def _load_state(load: Load) -> tuple[str, str, str]:
    return {
        "over": (tr("assign.loads.over"), "triangle-alert", "warning"),
        "low": (tr("assign.loads.low"), "circle-minus", "warning"),
        "full": (tr("assign.loads.full"), "circle-dot", "muted"),
        "": (tr("assign.loads.fine"), "circle-check", "accent"),
    }[load.state]


def _columns() -> tuple[Column[_Panel], ...]:
    gap = tr("list.separator")
    return (
        Column(tr("column.id"), lambda r: r.application, width=110),
        Column(
            tr("column.seats"), lambda r: f"{len(r.experts)}/{r.seats}", number=True, width=84,
            sort=lambda r: len(r.experts),
            icon=lambda r: ("circle-alert", "warning") if len(r.experts) < r.seats else None,
        ),
        Column(tr("column.applicant"), lambda r: r.applicant, stretch=True),
        # The rest is looked for, not looked at: the card beside says more.
        Column(tr("column.field"), lambda r: r.field),
        Column(tr("column.category"), lambda r: r.category),
        Column(tr("column.experts"), lambda r: gap.join(r.experts)),
    )  # fmt: skip
