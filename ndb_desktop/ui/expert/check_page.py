"""核对: everything at a glance, applications by items; every gap is listed and one click away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from ndb_desktop.domain.errors import Fault
from ndb_desktop.domain.rulepack import RulePack
from ndb_desktop.ui import i18n, icons, theme
from ndb_desktop.ui.expert import words
from ndb_desktop.ui.expert.store import ReviewStore
from ndb_desktop.ui.expert.view import ReviewView
from ndb_desktop.ui.expert.walk import OVERALL
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, PlainLabel, tip
from ndb_desktop.ui.widgets.badge import Badge
from ndb_desktop.ui.widgets.layout import column, row
from ndb_desktop.ui.widgets.table import LEFT, RIGHT, Column, DataTable

Index = QModelIndex | QPersistentModelIndex
DECLARE = "declaration"
OPEN_MARK = "○"


@dataclass(frozen=True)
class Gap:
    """One thing to do: where (application and item, or the declaration) and what."""

    application: str
    applicant: str
    item: str
    place: str
    text: str
    warning: bool = False


def gaps_of(view: ReviewView) -> list[Gap]:
    """Every gap of every application, in order, then what is only worth a second look."""
    gaps = []
    for review in view.applications:
        application = review.application
        for fault in view.findings(application.id):
            item, place = _place(review.pack, fault, view, application.id)
            gaps.append(Gap(application.id, application.applicant, item, place, i18n.fault(fault)))
    return [*gaps, *_warnings(view)]


def _place(pack: RulePack, fault: Fault, view: ReviewView, application: str) -> tuple[str, str]:
    kind, _, name = fault.place.partition(":")
    sheet = view.sheet(application)
    if kind == DECLARE:
        return DECLARE, tr("check.declaration")
    if kind == "unable":
        return OVERALL, tr("expert.overall")
    if kind == "challenge":
        indicator = next((c.indicator for c in sheet.challenges if c.id == name), "")
        item = f"{indicator}.basis"
        return item, words.item_place(pack, item)
    if kind == "evidence":
        item = next((link.item for link in sheet.evidence if link.id == name), OVERALL)
        return item, words.item_place(pack, item)
    return fault.place, words.item_place(pack, fault.place)


def _warnings(view: ReviewView) -> list[Gap]:
    """All judged items alike: perhaps meant, perhaps not; never a reason to refuse (domain: flags only)."""
    found = []
    for review in view.applications:
        sheet = view.sheet(review.application.id)
        entries = [sheet.items.get(item.id) for item in review.pack.items if not item.computed]
        values = {entry.value for entry in entries if entry is not None and entry.value is not None}
        complete = all(entry is not None and entry.value is not None for entry in entries)
        if sheet.status == "scored" and complete and len(values) == 1 and len(entries) > 2:
            text = tr("check.all_same", score=f"{next(iter(values)):f}")
            name = review.application.applicant
            first = next(item.id for item in review.pack.items if not item.computed)
            found.append(Gap(review.application.id, name, first, tr("check.all_items"), text, warning=True))
    return found


class MatrixModel(QAbstractTableModel):
    """Applications (rows) by items (columns): the score, or a sign for what is missing."""

    def __init__(self, view: ReviewView) -> None:
        super().__init__()
        self._view = view
        pack = max((review.pack for review in view.applications), key=lambda pack: len(pack.items))
        self._width = len(pack.items)

    def renew(self) -> None:
        """Everything may have changed."""
        if self._view.applications:
            last = self.index(len(self._view.applications) - 1, self._width + 1)
            self.dataChanged.emit(self.index(0, 0), last)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  (Qt's signature)
        return 0 if parent.isValid() else len(self._view.applications)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else self._width + 2

    def target(self, index: Index) -> tuple[str, str]:
        """Application and item a cell stands for."""
        review = self._view.applications[index.row()]
        items = review.pack.items
        place = index.column() - 2
        return review.application.id, items[place].id if 0 <= place < len(items) else ""

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return LEFT if section == 0 else RIGHT
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        if section < 2:
            return (tr("check.applicant"), tr("check.total"))[section]
        # Park and enterprise packs have the same shape; the letter stands in the row's tooltip.
        items = self._view.applications[0].pack.items
        item = items[section - 2] if section - 2 < len(items) else None
        if item is None:
            return ""
        same = {review.pack.items[section - 2].indicator.id for review in self._view.applications}
        name = item.indicator.id if len(same) == 1 else item.indicator.id.lstrip("PE")
        return f"{name}\n{tr('check.basis') if item.part == 'basis' else tr('check.plan')}"

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        review = self._view.applications[index.row()]
        application, item = self.target(index)
        if index.column() == 0:
            return self._name(application, role)
        if index.column() == 1:
            if role == Qt.ItemDataRole.DisplayRole:
                return words.score(self._view.totals(application).total, review.pack.settings)
            return RIGHT if role == Qt.ItemDataRole.TextAlignmentRole else None
        return self._cell(review.pack, application, item, role)

    def _name(self, application: str, role: int) -> Any:
        review = self._view.item(application)
        done, total = self._view.progress(application)
        state = words.sheet_state(self._view.sheet(application), done, total)
        if role == Qt.ItemDataRole.DisplayRole:
            return review.application.applicant
        if role == Qt.ItemDataRole.DecorationRole:
            return icons.icon(state.icon, state.colour)
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip(f"{review.application.applicant} · {state.text}")
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{review.application.applicant}, {state.text}"
        return None

    def _cell(self, pack: RulePack, application: str, item: str, role: int) -> Any:
        sheet = self._view.sheet(application)
        asked = sheet.status == "scored" and sheet.declaration.status == "clear"
        gap = asked and any(fault.place == item for fault in self._view.findings(application))
        entry = self._view.entry(application, item)
        if role == Qt.ItemDataRole.DisplayRole:
            if not asked:
                return ""
            if entry.state == "not_applicable":
                return "—" if not gap else "! —"
            value = self._view.score(application, item)
            text = words.score(value, pack.settings) if value is not None else ""
            if gap:
                return f"! {text}".rstrip() if entry.state != "open" else OPEN_MARK
            return text
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return RIGHT
        if role == Qt.ItemDataRole.BackgroundRole and gap:
            return QColor(theme.color("warning_soft"))
        if role == Qt.ItemDataRole.ForegroundRole and gap:
            return QColor(theme.color("warning"))
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            name = words.item_place(pack, item)
            faults = [i18n.fault(fault) for fault in self._view.findings(application) if fault.place == item]
            text = " · ".join([name, *faults]) if asked else name
            return tip(text) if role == Qt.ItemDataRole.ToolTipRole else text
        return None


class CellDelegate(QStyledItemDelegate):
    """Paints the ground of a gap, which a style sheet would otherwise leave out."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        ground = index.data(Qt.ItemDataRole.BackgroundRole)
        if ground is not None:
            painter.fillRect(option.rect.adjusted(1, 1, -1, -2), ground)
        super().paint(painter, option, index)


class CheckPage(QWidget):
    """Signals: `go(str, str)` application and item (or `declaration`, `overall`); `go_on()` to signing."""

    go = Signal(str, str)
    go_on = Signal()

    def __init__(self, store: ReviewStore) -> None:
        super().__init__()
        self.setObjectName("expert.check")
        self._store = store
        self.model = MatrixModel(store.view)
        self.matrix = QTableView()
        self.matrix.setObjectName("check.matrix")
        self.matrix.setAccessibleName(tr("check.matrix"))
        self._make_matrix()
        self.gaps = DataTable(
            tr("check.gaps"),
            [
                Column(tr("check.applicant"), lambda gap: gap.applicant, width=220),
                Column(tr("check.place"), lambda gap: gap.place, width=300),
                Column(
                    tr("check.todo"),
                    lambda gap: gap.text,
                    icon=lambda gap: ("info", "muted") if gap.warning else ("circle-alert", "warning"),
                    stretch=True,
                ),
            ],
        )
        self.gaps.setObjectName("check.gaps")
        self.gaps.clicked.connect(lambda _index: self._open_gap())
        self.gaps.on_activated(lambda _gap: self._open_gap())
        self.badge = Badge("", "circle", "neutral")
        self.badge.setObjectName("check.badge")
        self.next = Button(tr("check.next"), "primary", "arrow-right")
        self.next.setObjectName("check.next")
        self.next.clicked.connect(self.go_on)
        head = row(PlainLabel(tr("check.title"), "title", wrap=False), self.badge, None, self.next, gap=2)
        page = column(head, 1, PlainLabel(tr("check.matrix"), "heading"), gap=1, margins=3)
        page.addWidget(PlainLabel(tr("check.matrix.text"), "small"))
        page.addWidget(self.matrix, 1)
        page.addSpacing(16)
        page.addWidget(PlainLabel(tr("check.gaps"), "heading"))
        page.addWidget(self.gaps, 1)
        self.setLayout(page)
        store.changed.connect(self.refresh)
        self.refresh()

    def _make_matrix(self) -> None:
        table = self.matrix
        table.setModel(self.model)
        self._delegate = CellDelegate(table)
        table.setItemDelegate(self._delegate)
        table.setTabKeyNavigation(False)
        table.setProperty("dense", True)
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(theme.pixels(36))
        header = table.horizontalHeader()
        header.setHighlightSections(False)
        header.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        table.setColumnWidth(0, theme.pixels(220))
        table.setColumnWidth(1, theme.pixels(80))
        for place in range(2, self.model.columnCount()):
            table.setColumnWidth(place, theme.pixels(64))
        rows = self.model.rowCount() * theme.pixels(36)
        table.setMaximumHeight(rows + theme.pixels(64) + 24)
        table.clicked.connect(self._open_cell)
        table.activated.connect(self._open_cell)

    def refresh(self, _change: object = None) -> None:
        """Shows gaps and scores as stored now."""
        view = self._store.view
        self.model.renew()
        found = gaps_of(view)
        self.gaps.set_rows(found)
        count = sum(not gap.warning for gap in found)
        if not view.agreed:
            self.badge.show_state(tr("check.statements"), "circle-alert", "warning")
        elif count:
            self.badge.show_state(tr("check.count", count=count), "circle-alert", "warning")
        else:
            self.badge.show_state(tr("check.complete"), "circle-check", "accent")
        self.next.setEnabled(not count and view.agreed)

    def _open_cell(self, index: QModelIndex) -> None:
        application, item = self.model.target(index)
        self.go.emit(application, item)

    def _open_gap(self) -> None:
        gap = self.gaps.selected()
        if gap is not None:
            self.go.emit(gap.application, gap.item)
