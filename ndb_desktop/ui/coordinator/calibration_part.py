"""校准轮: up to three applications for everybody, scored before it counts; then how far scores lie apart by item."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QAbstractItemView

from ndb_desktop.domain.model import Application
from ndb_desktop.domain.numbers import exact
from ndb_desktop.services.calibration import MOST, ApplicationSpread, CalibrationStatus, ItemSpread
from ndb_desktop.ui import i18n, theme
from ndb_desktop.ui.coordinator.analytics_rows import shown
from ndb_desktop.ui.coordinator.page import search_box
from ndb_desktop.ui.coordinator.store import Snapshot
from ndb_desktop.ui.coordinator.tall_part import TallPart
from ndb_desktop.ui.coordinator.words import category_name
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, PlainLabel
from ndb_desktop.ui.widgets.empty import EmptyState
from ndb_desktop.ui.widgets.fields import Choice
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import Card, column, fill, row
from ndb_desktop.ui.widgets.table import Column, DataTable


@dataclass(frozen=True)
class _Line:
    application: str
    item: str
    experts: int
    lowest: Fraction
    middle: Fraction
    highest: Fraction


class CalibrationPart(TallPart):
    """Signals: `issue(object, str)` ids of the applications and what opens the bundles; `replace(str, str)` an expert
    and what opens the new bundle; `slips()`; `receipts()`; `look()`.
    """

    issue = Signal(object, str)
    replace = Signal(str, str)
    slips = Signal()
    receipts = Signal()
    look = Signal()

    def __init__(self, *, later: bool = False) -> None:
        """`later`: in a later stage bases are judged, not applications."""
        super().__init__()
        self._may = True
        self._later = later
        self._snapshot: Snapshot | None = None
        self.table = DataTable(tr("column.applications"), _columns())
        self.table.setObjectName("calibration.table")
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.MultiSelection)
        self.table.setMinimumHeight(theme.pixels(220))
        self.table.selectionModel().selectionChanged.connect(lambda *_: self._enable())
        self._picked = PlainLabel("", "small")
        self._picked.setObjectName("calibration.picked")
        search = search_box("calibration.search", self.table)
        self._state = PlainLabel("", "muted")
        self._state.setObjectName("calibration.state")
        page = column(
            PlainLabel(tr("calibration.text.stage" if later else "calibration.text"), "muted"),
            row(PlainLabel(tr("calibration.pick.stage" if later else "calibration.pick"), "heading"), None, search),
            self.table, self._picked, self._issue_card(), self._back_card(), self._spread_card(), gap=2, margins=2,
        )  # fmt: skip
        page.addStretch(1)
        self.setLayout(page)

    def _issue_card(self) -> Card:
        self.opening = Choice(tr("issue.opening"))
        self.opening.setObjectName("calibration.opening")
        self.opening.set_choices(
            [("auto", tr("issue.opening.auto")), ("key", tr("issue.opening.key")), ("slip", tr("issue.opening.slip"))]
        )
        self.button = Button(tr("calibration.issue"), "primary", "send")
        self.button.setObjectName("calibration.issue")
        self.button.clicked.connect(lambda: self.issue.emit(self.picked(), self.opening.value()))
        self.slips_button = Button(tr("issue.slips"), "normal", "printer")
        self.slips_button.setObjectName("calibration.slips")
        self.slips_button.clicked.connect(self.slips)
        card = Card(gap=1.5, margins=2)
        opening = row(PlainLabel(tr("issue.opening"), wrap=False), self.opening)
        opening.setStretch(1, 1)
        card.box.addLayout(opening)
        card.box.addLayout(Flow(self.button, self.slips_button))
        card.box.addWidget(self._state)
        return card

    def _back_card(self) -> Card:
        """A bundle anew for one that was lost, and receipts for what came back."""
        self.lost = Choice(tr("calibration.lost"))
        self.lost.setObjectName("calibration.lost")
        self.lost.currentIndexChanged.connect(lambda _index: self._enable())
        self.again = Button(tr("calibration.replace"), "normal", "send")
        self.again.setObjectName("calibration.replace")
        self.again.clicked.connect(lambda: self.replace.emit(self.lost.value(), self.opening.value()))
        self.receipts_button = Button(tr("merge.receipts"), "normal", "file-check")
        self.receipts_button.setObjectName("calibration.receipts")
        self.receipts_button.clicked.connect(self.receipts)
        line = row(PlainLabel(tr("calibration.lost"), wrap=False), self.lost, self.again, gap=1.5)
        line.setStretch(1, 1)
        self._back = Card(PlainLabel(tr("calibration.back"), "heading"), gap=1, margins=2)
        self._back.box.addWidget(PlainLabel(tr("calibration.back.text"), "muted"))
        self._back.box.addLayout(line)
        self._back.box.addLayout(row(self.receipts_button, None))
        return self._back

    def _spread_card(self) -> Card:
        self.door = EmptyState(
            "eye", tr("calibration.door"), tr("calibration.door.text"), tr("calibration.door.button")
        )
        self.door.button.setObjectName("calibration.door")
        self.door.button.clicked.connect(self.look)
        self._heading = PlainLabel("", "heading")
        self._heading.setObjectName("calibration.heading")
        self.spread = DataTable(tr("calibration.spread"), _spread_columns(), sortable=False)
        self.spread.setObjectName("calibration.spread")
        self.spread.setMinimumHeight(theme.pixels(260))
        self.close_button = Button(tr("results.close"), "quiet", "eye-off")
        self.close_button.setObjectName("calibration.close")
        self.close_button.clicked.connect(self.shut)
        head = row(self._heading, self.close_button)
        head.setStretch(0, 1)
        card = Card(gap=1, margins=2)
        fill(card.box, (self.door, head, self.spread))
        return card

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """What can be picked, and how far the newest round of calibration is; the scores are out of sight again."""
        self._snapshot = snapshot
        self._may = not snapshot.recovered
        chosen = self.picked() or (snapshot.calibration.row.applications if snapshot.calibration else ())
        if self.table.source.rows != snapshot.applications:
            self.table.set_rows(snapshot.applications)
            self._select(chosen)
        self.shut()
        self._show_back(snapshot)
        self._enable()

    def _show_back(self, snapshot: Snapshot) -> None:
        status = snapshot.calibration
        self._back.setVisible(status is not None)
        names = {expert.id: expert.name for expert in snapshot.experts}
        holders = sorted({bundle.expert for bundle in status.issued}) if status is not None else []
        self.lost.set_choices(
            [(None, tr("calibration.lost.choose")), *((one, f"{one} {names.get(one, '')}".strip()) for one in holders)]
        )
        self.receipts_button.setEnabled(bool(status and status.received) and self._may)

    def _select(self, names: Sequence[str]) -> None:
        self.table.clearSelection()
        numbers = {application.id: number for number, application in enumerate(self.table.source.rows)}
        for name in names:
            if name in numbers:
                self.table.selectRow(self.table.proxy.mapFromSource(self.table.source.index(numbers[name], 0)).row())

    def picked(self) -> tuple[str, ...]:
        """The applications picked, by id."""
        rows = self.table.selectionModel().selectedRows()
        return tuple(self.table.source.row_at(self.table.proxy.mapToSource(index).row()).id for index in rows)

    def show_spread(self, found: Sequence[ApplicationSpread]) -> None:
        """Scores item by item; gone when the page is left."""
        lines = []
        for one in found:
            lines += [
                _Line(
                    one.application.applicant, _item_name(item), item.experts, exact(item.lowest),
                    item.middle, exact(item.highest),
                )
                for item in one.items
            ]  # fmt: skip
        self.spread.set_rows(lines)
        words = [
            tr("calibration.sheets", applicant=one.application.applicant, sheets=one.sheets, avoided=one.avoided)
            for one in found
        ]
        self._heading.setText("\n".join(words))
        self._show_door(False)
        self.spread.setFocus()

    def shut(self) -> None:
        """Puts the scores out of sight."""
        self.spread.set_rows(())
        self._show_door(True)

    def _show_door(self, closed: bool) -> None:
        received = bool(self._snapshot and self._snapshot.calibration and self._snapshot.calibration.received)
        self.door.setVisible(closed)
        self.door.button.setEnabled(received)
        for part in (self._heading, self.close_button, self.spread):
            part.setVisible(not closed)

    def _enable(self) -> None:
        picked = self.picked()
        fine = 1 <= len(picked) <= MOST
        self.button.setEnabled(fine and self._may)
        self.again.setEnabled(self._may and self.lost.value() is not None)
        self._picked.setText(
            tr("calibration.picked.stage" if self._later else "calibration.picked", count=len(picked), most=MOST)
        )
        self._picked.set_role("small" if len(picked) <= MOST else "warning")
        status = self._snapshot.calibration if self._snapshot else None
        self.slips_button.setEnabled(bool(status and any(bundle.secret for bundle in status.issued)))
        self._state.setText(self._words(status))

    def _words(self, status: CalibrationStatus | None) -> str:
        if status is None:
            return tr("calibration.none.stage" if self._later else "calibration.none")
        issued, names = {bundle.expert for bundle in status.issued}, tr("list.separator").join(status.row.applications)
        return tr(
            "calibration.state", number=status.row.id, names=names, issued=len(issued), received=len(status.received)
        )


def _item_name(item: ItemSpread) -> str:
    return f"{tr(f'part.{item.part}')} · {i18n.local(item.title)}"


def slips_name(batch: str, status: CalibrationStatus | None) -> Path:
    """Where the slips of a round of calibration would go."""
    return Path.home() / f"{batch}-calibration{status.row.id if status else 1}-slips.pdf"


def _columns() -> tuple[Column[Application], ...]:
    return (
        Column(tr("column.id"), lambda a: a.id, width=150),
        Column(tr("column.category"), lambda a: category_name(a.category)),
        Column(tr("column.applicant"), lambda a: a.applicant, stretch=True),
        Column(tr("column.region"), lambda a: a.region, width=120),
    )


def _spread_columns() -> tuple[Column[_Line], ...]:
    return (
        Column(tr("column.applicant"), lambda r: r.application, width=220),
        Column(tr("calibration.item"), lambda r: r.item, stretch=True),
        Column(tr("calibration.experts"), lambda r: str(r.experts), number=True),
        Column(tr("calibration.lowest"), lambda r: shown(r.lowest), number=True),
        Column(tr("calibration.middle"), lambda r: shown(r.middle), number=True),
        Column(tr("calibration.highest"), lambda r: shown(r.highest), number=True),
        Column(tr("calibration.range"), lambda r: shown(r.highest - r.lowest), number=True),
    )
