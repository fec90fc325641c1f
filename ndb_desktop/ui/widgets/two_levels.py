"""The base of a tree of two levels: rows, and the lines of each."""

from __future__ import annotations

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QPersistentModelIndex

Index = QModelIndex | QPersistentModelIndex


class TwoLevels(QAbstractItemModel):
    """A line's index knows its row as `internalId() - 1`; a row's own is 0. A model says `top` and
    `below`; this one is empty.
    """

    def top(self) -> int:
        """How many rows there are."""
        return 0

    def below(self, _row: int) -> int:
        """How many lines a row has."""
        return 0

    @staticmethod
    def row_of(index: Index) -> int | None:
        """The number of the row an index belongs to, whether its own or that of a line."""
        if not index.isValid():
            return None
        return index.internalId() - 1 if index.internalId() else index.row()

    @staticmethod
    def line_of(index: Index) -> tuple[int, int] | None:
        """The numbers of row and line, None for a row's own index."""
        if not index.isValid() or not index.internalId():
            return None
        return index.internalId() - 1, index.row()

    def index_of_line(self, row: int, line: int) -> QModelIndex:
        """Where a line stands."""
        return self.createIndex(line, 0, row + 1)

    def index(self, row: int, column: int, parent: Index = QModelIndex()) -> QModelIndex:  # noqa: B008  (Qt's)
        if not self.hasIndex(row, column, parent):
            return QModelIndex()
        return self.createIndex(row, column, parent.row() + 1 if parent.isValid() else 0)

    def parent(self, index: Index = QModelIndex()) -> QModelIndex:  # type: ignore[override]  # noqa: B008
        line = self.line_of(index)
        return QModelIndex() if line is None else self.createIndex(line[0], 0, 0)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        if not parent.isValid():
            return self.top()
        return 0 if parent.internalId() or parent.column() else self.below(parent.row())
