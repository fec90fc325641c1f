"""The base of every table: rows breathe, numbers stand right, one tab stop, keyboard selection."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QSortFilterProxyModel, Qt
from PySide6.QtGui import QColor, QIcon
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from ndb_desktop.ui import icons, theme
from ndb_desktop.ui.plain import tip

Row = TypeVar("Row")
Index = QModelIndex | QPersistentModelIndex
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True)
class Column(Generic[Row]):
    """One column: heading, the cell's text, and optionally icon (name, colour), sort value, colour token."""

    title: str
    text: Callable[[Row], str]
    number: bool = False
    icon: Callable[[Row], tuple[str, str] | None] | None = None
    sort: Callable[[Row], Any] | None = None
    colour: Callable[[Row], str] | None = None
    stretch: bool = False
    width: int = 0


class TableModel(QAbstractTableModel, Generic[Row]):
    """Rows of any kind shown through columns. Sorting is the proxy's job (`DataTable`)."""

    def __init__(self, columns: Sequence[Column[Row]], rows: Sequence[Row] = ()) -> None:
        super().__init__()
        self._columns = tuple(columns)
        self._rows: list[Row] = list(rows)

    def set_rows(self, rows: Sequence[Row]) -> None:
        """Replaces all rows."""
        self.beginResetModel()
        self._rows = list(rows)
        self.endResetModel()

    def row_at(self, number: int) -> Row:
        """The row with this number."""
        return self._rows[number]

    @property
    def rows(self) -> tuple[Row, ...]:
        """All rows in the order given."""
        return tuple(self._rows)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  (Qt's signature)
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(self._columns):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._columns[section].title
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return RIGHT if self._columns[section].number else LEFT
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        column, row = self._columns[index.column()], self._rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.text(row)
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip(column.text(row))
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return RIGHT if column.number else LEFT
        if role == Qt.ItemDataRole.DecorationRole:
            return self._icon(column, row)
        if role == Qt.ItemDataRole.ForegroundRole and column.colour is not None:
            name = column.colour(row)
            return QColor(theme.color(name)) if name else None
        if role == Qt.ItemDataRole.UserRole:
            return column.sort(row) if column.sort is not None else column.text(row)
        return None

    @staticmethod
    def _icon(column: Column[Row], row: Row) -> QIcon | None:
        named = column.icon(row) if column.icon is not None else None
        return icons.icon(*named) if named else None


class DataTable(QTableView):
    """A sortable, searchable, read-only table. Use `set_rows` and `selected()`."""

    def __init__(self, name: str, columns: Sequence[Column[Any]], *, sortable: bool = True) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.source: TableModel[Any] = TableModel(columns)
        self.proxy = QSortFilterProxyModel(self)
        self.proxy.setSourceModel(self.source)
        self.proxy.setSortRole(Qt.ItemDataRole.UserRole)
        self.proxy.setFilterKeyColumn(-1)
        self.proxy.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.setModel(self.proxy)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setAlternatingRowColors(False)
        self.setWordWrap(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(theme.pixels(36))
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setMinimumSectionSize(48)
        header.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        for number, column in enumerate(columns):
            if column.stretch:
                header.setSectionResizeMode(number, QHeaderView.ResizeMode.Stretch)
            elif column.width:
                self.setColumnWidth(number, theme.pixels(column.width))
            else:
                header.setSectionResizeMode(number, QHeaderView.ResizeMode.ResizeToContents)
        header.setStretchLastSection(not any(column.stretch for column in columns))
        if sortable:
            header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
            self.setSortingEnabled(True)

    def set_rows(self, rows: Sequence[Any]) -> None:
        """Replaces all rows and keeps the selected line number."""
        line = self.currentIndex().row()
        self.source.set_rows(rows)
        if 0 <= line < self.proxy.rowCount():
            self.selectRow(line)

    def search(self, text: str) -> None:
        """Shows only rows in which some cell contains `text`."""
        self.proxy.setFilterFixedString(text)

    def selected(self) -> Any | None:
        """The selected row, or `None`."""
        index = self.proxy.mapToSource(self.currentIndex())
        return self.source.row_at(index.row()) if index.isValid() else None

    def on_activated(self, act: Callable[[Any], object]) -> None:
        """Calls `act(row)` on double click or Enter."""
        self.activated.connect(lambda index: act(self.source.row_at(self.proxy.mapToSource(index).row())))
