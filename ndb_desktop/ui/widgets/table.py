"""The base of every table: rows breathe, numbers stand right, one tab stop, keyboard selection."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from PySide6.QtCore import (
    QAbstractTableModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QSortFilterProxyModel,
    Qt,
    QTimer,
)
from PySide6.QtGui import QColor, QFont, QIcon, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QStyle, QStyleOptionViewItem, QTableView

from ndb_desktop.ui import icons, theme
from ndb_desktop.ui.plain import tip
from ndb_desktop.ui.widgets.table_cells import Cell, CellPainter

Row = TypeVar("Row")
Index = QModelIndex | QPersistentModelIndex
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LOOKED_AT = 1_000
"""Rows whose cells decide how wide a column is; as many as Qt takes by itself."""
_LIKELY = 6
"""So many of the longest cells are measured, for letters differ in width."""
_ICON = 3
"""An icon, in letters."""
_REST = 400
"""Milliseconds after which nobody waits for the rows any more."""
_READABLE = 120
"""Pixels of normal type size that the column which takes what is left keeps, if its words are so long."""
_PIECE = 250
"""Rows whose words are put together at a time: some milliseconds."""
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
    brief: bool = False
    """Of a column that stretches: its words may be cut down to the heading before the table scrolls sideways."""


class TableModel(QAbstractTableModel, Generic[Row]):
    """Rows of any kind shown through columns. Sorting is the proxy's job (`DataTable`)."""

    def __init__(self, columns: Sequence[Column[Row]], rows: Sequence[Row] = ()) -> None:
        super().__init__()
        self._columns = tuple(columns)
        self._rows: list[Row] = list(rows)

    def set_rows(self, rows: Sequence[Row], before_shown: Callable[[], None] = lambda: None) -> None:
        """Replaces all rows; `before_shown` is called when they are there and nobody knows yet."""
        self.beginResetModel()
        self._rows = list(rows)
        before_shown()
        self.endResetModel()

    def words(self, first: int = 0, most: int | None = None) -> list[str]:
        """What each row says in all its cells, in small letters: from row `first`, at most so many."""
        rows = self._rows[first : None if most is None else first + most]
        return ["\n".join(column.text(row) for column in self._columns).casefold() for row in rows]

    def longest(self, column: int, most: int) -> list[int]:
        """The rows, of the first thousand, whose cell is likely to be the widest: at most `most`."""
        shown = self._columns[column]

        def likely(number: int) -> int:
            row = self._rows[number]
            icon = _ICON if shown.icon is not None and shown.icon(row) is not None else 0
            # A Chinese character is about as wide as two letters, and has two bytes there where a letter has one.
            return icon + len(shown.text(row).encode("gbk", "replace"))

        return heapq.nlargest(most, range(min(_LOOKED_AT, len(self._rows))), key=likely)

    def row_at(self, number: int) -> Row:
        """The row with this number."""
        return self._rows[number]

    @property
    def rows(self) -> tuple[Row, ...]:
        """All rows in the order given."""
        return tuple(self._rows)

    def cells(self, number: int, columns: Sequence[int]) -> list[Cell]:
        """What stands in these columns of a row, asked once for all that is drawn of it."""
        row = self._rows[number]
        return [
            Cell(
                column.text(row), column.number, column.icon(row) if column.icon is not None else None,
                column.colour(row) if column.colour is not None else "",
            )
            for column in map(self._columns.__getitem__, columns)
        ]  # fmt: skip

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


class RowFilter(QSortFilterProxyModel):
    """Sorts, and shows only rows that say what was searched for in some cell.

    Asking Qt to look through every cell anew costs seven calls a row and letter; here each row's words are put together
    once, and each letter is one look at them. They are put together piece by piece while nothing else is to be done,
    so that the first letter does not wait for all of them.
    """

    _words: list[str] | None = None
    _kept: frozenset[int] | None = None
    _wanted = ""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._ahead: list[str] = []
        self._idle = QTimer(self)
        self._idle.timeout.connect(self._prepare)

    def search(self, text: str) -> None:
        """Shows only rows with `text` in some cell."""
        self.beginFilterChange()
        self._wanted = text.casefold()
        self._look()
        self.endFilterChange(QSortFilterProxyModel.Direction.Rows)

    def forget(self) -> None:
        """The rows are others now; call before they are shown."""
        self._words = None
        self._ahead = []
        self._look()
        self._idle.start(_REST)

    def _prepare(self) -> None:
        """The words of some more rows."""
        source = self.sourceModel()
        self._idle.setInterval(0)
        if self._words is None and isinstance(source, TableModel):
            self._ahead += source.words(len(self._ahead), _PIECE)
            if len(self._ahead) < source.rowCount():
                return
            self._words = self._ahead
        self._idle.stop()

    def _look(self) -> None:
        source = self.sourceModel()
        if not self._wanted or not isinstance(source, TableModel):
            self._kept = None
            return
        if self._words is None:
            self._words = [*self._ahead, *source.words(len(self._ahead))]
        self._kept = frozenset(number for number, words in enumerate(self._words) if self._wanted in words)

    def filterAcceptsRow(self, row: int, _parent: Index) -> bool:
        return self._kept is None or row in self._kept


class DataTable(QTableView):
    """A sortable, searchable, read-only table. Use `set_rows` and `selected()`."""

    _widths: dict[int, int] | None = None
    _cells: CellPainter | None = None

    def __init__(self, name: str, columns: Sequence[Column[Any]], *, sortable: bool = True) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.source: TableModel[Any] = TableModel(columns)
        self.proxy = RowFilter(self)
        self.proxy.setSourceModel(self.source)
        self.proxy.setSortRole(Qt.ItemDataRole.UserRole)
        self.setModel(self.proxy)
        # `paintEvent` fills it: else each step of the wheel paints every row anew instead of moving them.
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
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
        self.verticalHeader().setDefaultSectionSize(max(theme.pixels(36), theme.target()))
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setMinimumSectionSize(48)
        header.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        for number, column in enumerate(columns):
            if column.stretch:
                header.setSectionResizeMode(number, QHeaderView.ResizeMode.Stretch)
            elif column.width:
                heading = header.fontMetrics().horizontalAdvance(column.title) + theme.pixels(6)
                self.setColumnWidth(number, max(theme.pixels(column.width), heading))
            else:
                header.setSectionResizeMode(number, QHeaderView.ResizeMode.ResizeToContents)
        header.setStretchLastSection(not any(column.stretch for column in columns))
        self._brief = {number for number, column in enumerate(columns) if column.brief}
        self._elastic = {
            number: header.fontMetrics().horizontalAdvance(column.title) + theme.pixels(6)
            for number, column in enumerate(columns)
            if column.stretch
        }
        if sortable:
            header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
            self.setSortingEnabled(True)

    def set_rows(self, rows: Sequence[Any]) -> None:
        """Replaces all rows and keeps the selected line number."""
        line = self.currentIndex().row()
        self._widths = None
        self.source.set_rows(rows, self.proxy.forget)
        self._keep_heads()
        if 0 <= line < self.proxy.rowCount():
            self.selectRow(line)

    def search(self, text: str) -> None:
        """Shows only rows in which some cell contains `text`."""
        self.proxy.search(text)

    def sizeHintForColumn(self, column: int) -> int:
        """As wide as the widest of the first rows, which does not change while one searches."""
        if self._widths is None:
            self._widths = {}
        if column not in self._widths:
            self._widths[column] = self._width_of(column)
        return self._widths[column]

    def _width_of(self, column: int) -> int:
        """Qt would lay out every cell of a thousand rows; only those with the longest words can be the widest."""
        likely = self.source.longest(column, _LIKELY)
        if not likely:
            return 0
        option = QStyleOptionViewItem()
        self.initViewItemOption(option)
        delegate = self.itemDelegate()
        indexes = [self.source.index(number, column) for number in likely]
        return max(delegate.sizeHint(option, index).width() for index in indexes)

    def paintEvent(self, event: QPaintEvent) -> None:
        area, painter = event.rect(), QPainter(self.viewport())
        try:
            painter.fillRect(area, theme.color("surface"))
            first, last = self.rowAt(area.top()), self.rowAt(area.bottom())
            columns = self._columns_in(area)
            if first >= 0 and columns:
                self._draw(painter, range(first, (last if last >= 0 else self.proxy.rowCount() - 1) + 1), columns)
        finally:
            # A painter left open takes the whole program with it.
            painter.end()

    def _columns_in(self, area: QRect) -> list[tuple[int, int, int]]:
        """The columns that can be seen there: number, left edge, width."""
        places = [
            (number, self.columnViewportPosition(number), self.columnWidth(number))
            for number in range(self.source.columnCount())
            if not self.isColumnHidden(number)
        ]
        return [
            (number, left, width)
            for number, left, width in places
            if left <= area.right() and left + width > area.left()
        ]

    def _draw(self, painter: QPainter, lines: range, columns: list[tuple[int, int, int]]) -> None:
        if self._cells is None:
            self._cells = self._painter_of_cells()
        cells, chosen = self._cells, self.selectionModel()
        cells.begin(painter, self.isEnabled())
        numbers, parent = [number for number, _, _ in columns], self.rootIndex()
        left, right = columns[0][1], max(at + width for _, at, width in columns)
        for line in lines:
            top, height = self.rowViewportPosition(line), self.rowHeight(line)
            selected = chosen.isRowSelected(line, parent)
            cells.ground(QRect(left, top, right - left, height), selected)
            row = self.proxy.mapToSource(self.proxy.index(line, 0)).row()
            for (_, at, width), cell in zip(columns, self.source.cells(row, numbers), strict=True):
                cells.cell(at, top, width, height, cell, selected)

    def _painter_of_cells(self) -> CellPainter:
        option = QStyleOptionViewItem()
        self.initViewItemOption(option)
        margin = self.style().pixelMetric(QStyle.PixelMetric.PM_FocusFrameHMargin, option, self) + 1
        return CellPainter(QFont(option.font), margin, option.decorationSize.width())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._keep_heads()

    def _keep_heads(self) -> None:
        """A column that takes what room is left keeps room for its heading and for how its words begin.

        The table then scrolls sideways instead.
        """
        header = self.horizontalHeader()
        others = sum(header.sectionSize(n) for n in range(header.count()) if n not in self._elastic)
        room = (self.viewport().width() - others) // max(len(self._elastic), 1)
        for number, heading in self._elastic.items():
            words = 0 if number in self._brief else min(self.sizeHintForColumn(number), theme.pixels(_READABLE))
            least = max(heading, words)
            mode = QHeaderView.ResizeMode.Stretch if room >= least else QHeaderView.ResizeMode.Interactive
            if header.sectionResizeMode(number) != mode:
                header.setSectionResizeMode(number, mode)
            if room < least:
                header.resizeSection(number, least)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._widths = self._cells = None
        super().changeEvent(event)

    def selected(self) -> Any | None:
        """The selected row, or `None`."""
        index = self.proxy.mapToSource(self.currentIndex())
        return self.source.row_at(index.row()) if index.isValid() else None

    def on_activated(self, act: Callable[[Any], object]) -> None:
        """Calls `act(row)` on double click or Enter."""
        self.activated.connect(lambda index: act(self.source.row_at(self.proxy.mapToSource(index).row())))
