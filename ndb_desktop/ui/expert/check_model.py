"""The matrix as a model: applications (rows) by items (columns), sorted and filtered inside the expert's own marks.

The order lives here and nowhere else: it is never stored and never exported (R06).
"""

from __future__ import annotations

from typing import Any, NamedTuple

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from ndb_desktop.domain.sheetform import FormItem
from ndb_desktop.ui.expert import words
from ndb_desktop.ui.expert.check_rows import (
    FILTERS,
    FIRST,
    NAME,
    TOTAL,
    Cell,
    Row,
    Rows,
    Span,
    Wanted,
    arranged,
    column_name,
    column_title,
    span_of,
    span_words,
)
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import tip
from ndb_desktop.ui.widgets.table import LEFT, RIGHT

Index = QModelIndex | QPersistentModelIndex
SHOWN = Qt.ItemDataRole.UserRole
"""What a delegate or header paints: a `Cell`, a `Row` or a `Head`."""


class Head(NamedTuple):
    """What a column's head shows; `hinted`: nearly all its marks are the same."""

    title: str
    name: str
    span: Span | None
    hinted: bool = False


class MatrixModel(QAbstractTableModel):
    """One category at a time, because every category has its own form."""

    def __init__(self, rows: Rows) -> None:
        super().__init__()
        self.rows = rows
        self.categories = rows.categories()
        self.category = self.categories[0] if self.categories else ""
        self.wanted: Wanted = "all"
        self.query = ""
        self.sorting: tuple[int, bool] | None = None
        self.shown: list[Row] = []
        self.items: tuple[FormItem, ...] = ()
        self.counts: dict[Wanted, int] = dict.fromkeys(FILTERS, 0)
        self.hinted_rows: frozenset[str] = frozenset()
        self._hinted_items: frozenset[str] = frozenset()
        self._hinted_cells: frozenset[tuple[str, str]] = frozenset()
        self._spans: list[Span | None] = [None]

    # ----- what is shown -----

    def show_category(self, category: str) -> None:
        """Another form: other columns, so nothing is sorted any more."""
        self.category, self.sorting = category, None
        self.arrange()

    def sort_by(self, column: int, descending: bool | None) -> None:
        """Sorts by a column; `None` goes back to the order of the bundle."""
        self.sorting = None if descending is None else (column, descending)
        self.arrange()

    def arrange(self, keep: str = "") -> None:
        """Takes everything anew: filter, search, order. The application `keep` stays, whatever the filter says."""
        rows = self.rows.of(self.category)
        self._take_hints()
        self.counts = {wanted: sum(row.has(wanted, row.id in self.hinted_rows) for row in rows) for wanted in FILTERS}
        shown = [row for row in rows if row.id == keep or self._fits(row)]
        if self.sorting is not None:
            shown = arranged(shown, *self.sorting)
        items = self.rows.columns(self.category)
        columns = [row.cells for row in rows]
        spans = [span_of([row.total for row in rows])]
        spans += [span_of([cells[place].value for cells in columns]) for place in range(len(items))]
        if [row.id for row in shown] == [row.id for row in self.shown] and items == self.items:
            self.shown, self._spans = shown, spans
            if shown:
                last = self.index(len(shown) - 1, self.columnCount() - 1)
                self.dataChanged.emit(self.index(0, 0), last)
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, self.columnCount() - 1)
            return
        self.beginResetModel()
        self.shown, self.items, self._spans = shown, items, spans
        self.endResetModel()

    def _fits(self, row: Row) -> bool:
        query = self.query.strip().casefold()
        return row.has(self.wanted, row.id in self.hinted_rows) and query in f"{row.applicant} {row.id}".casefold()

    def elsewhere(self) -> list[Row]:
        """The applications of the other categories which filter and search keep."""
        others = [name for name in self.categories if name != self.category]
        return [row for name in others for row in self.rows.of(name) if self._fits(row)]

    def _take_hints(self) -> None:
        found = self.rows.hints()
        columns = [hint for hint in found if hint.kind == "same_value"]
        single = [hint for hint in found if hint.kind == "same_reason"]
        whole = [hint for hint in found if hint.kind not in ("same_value", "same_reason")]
        self._hinted_items = frozenset(hint.item for hint in columns)
        self._hinted_cells = frozenset(cell for hint in single for cell in hint.cells)
        # A whole column alike is said once, above it: marking each row would say nothing.
        self.hinted_rows = frozenset(name for hint in (*whole, *single) for name, _ in hint.cells)

    def hinted(self, row: Row, cell: Cell) -> bool:
        """Whether a cell itself is worth a second look."""
        return (row.id, cell.item) in self._hinted_cells

    # ----- places -----

    def target(self, index: Index) -> tuple[str, str]:
        """Application and item a cell stands for; "" for the columns of the application."""
        cell = self.cell(index)
        return self.shown[index.row()].id, cell.item if cell is not None else ""

    def cell(self, index: Index) -> Cell | None:
        """The cell of an index, None in the columns of the application."""
        place = index.column() - FIRST
        return self.shown[index.row()].cells[place] if place >= 0 else None

    def place(self, application: str, item: str) -> QModelIndex:
        """Where an application's item stands; its name if there is no such item, no index if it is not shown."""
        row = next((number for number, row in enumerate(self.shown) if row.id == application), -1)
        if row < 0:
            return QModelIndex()
        column = next((number for number, known in enumerate(self.items) if known.id == item), NAME - FIRST)
        return self.index(row, column + FIRST)

    # ----- Qt -----

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  (Qt's signature)
        return 0 if parent.isValid() else len(self.shown)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.items) + FIRST

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(self.items) + FIRST:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return LEFT if section == NAME else RIGHT
        head = self.head(section)
        if role == Qt.ItemDataRole.DisplayRole:
            return head.title
        if role == SHOWN:
            return head
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            said = ". ".join(self._head_words(section, head))
            return tip(said) if role == Qt.ItemDataRole.ToolTipRole else said
        return None

    def head(self, section: int) -> Head:
        """What stands above a column."""
        if section == NAME:
            return Head(tr("check.applicant"), tr("check.count.shown", count=len(self.shown)), None)
        if section == TOTAL:
            return Head(self._total_name(), "", self._spans[0])
        item = self.items[section - FIRST]
        hinted = item.id in self._hinted_items
        return Head(column_title(item), column_name(item), self._spans[section - 1], hinted)

    @property
    def longest(self) -> str:
        """The longest text of a cell: a score, or in a later stage 部分完成."""
        staged = any(review.stage is not None for review in self.rows.view.applications)
        words = (tr("stagesheet.none"), tr("stagesheet.part"), tr("stagesheet.full"), "100.00 %")
        return max(words, key=lambda word: sum(2 if ord(sign) > 0x2E80 else 1 for sign in word)) if staged else "100.00"

    def _total_name(self) -> str:
        """总分, or what own marks come to in a later stage."""
        own = self.rows.view.own_total(self.shown[0].id) if self.shown else None
        return own[0] if own is not None else tr("check.total")

    @staticmethod
    def _item_name(item: FormItem) -> str:
        return f"{item.number} {column_name(item)}".strip()

    def _head_words(self, section: int, head: Head) -> list[str]:
        if section == NAME:
            return [head.title, head.name]
        whole = (
            head.title
            if section == TOTAL
            else f"{words.part_name(self.items[section - FIRST].part)} · {self._item_name(self.items[section - FIRST])}"
        )
        said = [whole, span_words(head.span)]
        if head.hinted:
            said.append(tr("check.head.alike"))
        if self.sorting is not None and self.sorting[0] == section:
            said.append(tr("check.sorted.down") if self.sorting[1] else tr("check.sorted.up"))
        return said

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row, column = self.shown[index.row()], index.column()
        cell = self.cell(index)
        if role == SHOWN:
            return cell if cell is not None else row
        if role == Qt.ItemDataRole.DisplayRole:
            return row.applicant if column == NAME else row.total_text if cell is None else cell.text
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return LEFT if column == NAME else RIGHT
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip(" · ".join(self.said(row, cell, column)))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join(self.said(row, cell, column))
        return None

    def said(self, row: Row, cell: Cell | None, column: int) -> list[str]:
        """Everything a cell says, in words: the applicant first, because a screen reader may come from anywhere."""
        if cell is None and column == NAME:
            found = [row.applicant, row.about, row.state.text]
            return [*found, tr("check.hint")] if row.id in self.hinted_rows else found
        if cell is None:
            points = tr("check.points", score=row.total_text) if row.total is not None else tr("check.total.open")
            shares = [f"{name} {value}" for name, value in self.rows.view.own_shares(row.id)] if row.asked else []
            return [row.applicant, *shares] if shares else [row.applicant, tr("check.total"), points]
        found = [row.applicant, cell.name, *cell.words]
        alike = self.rows.alike(row.id, cell.item)
        if alike:
            found.append(tr("check.alike", count=alike))
        return [*found, tr("check.reason.alike")] if self.hinted(row, cell) else found
