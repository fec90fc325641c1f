"""结论表: a line per file, opened into its sheets; verdict by shape and word, and what it means in a sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import QModelIndex, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QTreeView

from ndb_desktop.formats.receipt import Verdict
from ndb_desktop.services.merge import FileVerdict
from ndb_desktop.services.merge_verdicts import SheetVerdict
from ndb_desktop.services.merge_words import file_words, sheet_words
from ndb_desktop.ui import i18n, icons, theme
from ndb_desktop.ui.coordinator.fitting_table import to_hide
from ndb_desktop.ui.coordinator.words import key_state, verdict_state
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import tip
from ndb_desktop.ui.widgets.two_levels import Index, TwoLevels

GROUPS: Mapping[str, frozenset[Verdict]] = {
    "merge": frozenset({"accepted"}),
    "there": frozenset({"duplicate", "superseded"}),
    "refused": frozenset({"refused"}),
    "conflict": frozenset({"conflict"}),
}
"""What the filter offers; an older revision is kept as history, so it counts with what is there."""
_FIRST: tuple[Verdict, ...] = ("refused", "conflict", "accepted", "superseded", "duplicate")
_VERDICT, _WHO, _REVISION, _SHEETS, _KEY, _MEANS, _FILE = range(7)
_HEIGHT, _LEAST_LINES, _MOST_LINES = 34, 3, 9
"""Height of a line in pixels of normal type size, and so many lines are in sight."""
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_WIDTHS = {_VERDICT: 152, _WHO: 156, _REVISION: 76, _SHEETS: 76, _KEY: 110, _FILE: 210}
_WAY = (_REVISION, _SHEETS, _KEY, _FILE)
"""Columns that give way where there is no room: the words under the table say the same."""


def file_sentence(row: FileVerdict) -> str:
    """What the verdict on a file means."""
    return i18n.fault(row.fault) if row.verdict == "refused" and row.fault else i18n.phrase(file_words(row))


class VerdictModel(TwoLevels):
    """Two levels: files, and their sheets."""

    def __init__(self, applicants: Callable[[str], str]) -> None:
        super().__init__()
        self._applicants = applicants
        self._all: list[FileVerdict] = []
        self.shown: list[FileVerdict] = []
        self._texts: list[str] = []
        self._group = self._words = ""

    def set_rows(self, rows: Sequence[FileVerdict]) -> None:
        """Replaces all files, those that need a look first."""
        self._all = sorted(rows, key=lambda row: _FIRST.index(row.verdict))
        self._texts = []
        self._choose()

    def choose(self, group: str, words: str) -> None:
        """Shows files of a group ("" for all) in whose line or sheets `words` occurs."""
        self._group, self._words = group, words.strip().casefold()
        self._choose()

    def count(self, group: str) -> int:
        """How many files there are of a group, "" for all."""
        return sum(not group or row.verdict in GROUPS[group] for row in self._all)

    def _choose(self) -> None:
        if self._words and not self._texts:
            # Once for all keys that follow: to put them together takes longer than to look through them.
            self._texts = [self._searched(row) for row in self._all]
        kept = [
            row
            for number, row in enumerate(self._all)
            if (not self._group or row.verdict in GROUPS[self._group])
            and (not self._words or self._words in self._texts[number])
        ]
        self.beginResetModel()
        self.shown = kept
        self.endResetModel()

    def _searched(self, row: FileVerdict) -> str:
        sheets = (f"{sheet.application} {self._applicants(sheet.application)}" for sheet in row.sheets)
        return " ".join((*(self._file(row, n) for n in range(self.columnCount())), *sheets)).casefold()

    def file_at(self, index: Index) -> FileVerdict | None:
        """The file of a line, of a sheet's line too."""
        number = self.row_of(index)
        return None if number is None else self.shown[number]

    def sheet_at(self, index: Index) -> SheetVerdict | None:
        """The sheet of a line, None for a file's own."""
        at = self.line_of(index)
        return None if at is None else self.shown[at[0]].sheets[at[1]]

    def lines(self) -> list[list[str]]:
        """What is shown, with heading and all sheets, as it is copied."""
        columns = range(self.columnCount())
        found = [[str(self.headerData(n, Qt.Orientation.Horizontal)) for n in columns]]
        for row in self.shown:
            found.append([self._file(row, n) for n in columns])
            found += [[self._sheet(sheet, n) for n in columns] for sheet in row.sheets]
        return found

    def top(self) -> int:
        return len(self.shown)

    def below(self, row: int) -> int:
        return len(self.shown[row].sheets)

    def columnCount(self, _parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 7

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < self.columnCount():
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if section in (_REVISION, _SHEETS) else _LEFT
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        return (
            tr("column.verdict"), tr("inbox.column.who"), tr("column.revision"), tr("column.sheets"), tr("column.key"),
            tr("inbox.column.means"), tr("column.file"),
        )[section]  # fmt: skip

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row, sheet = self.file_at(index), self.sheet_at(index)
        if row is None:
            return None
        column = index.column()
        text = self._file(row, column) if sheet is None else self._sheet(sheet, column)
        if role == Qt.ItemDataRole.DisplayRole:
            return text
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip(text)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if column in (_REVISION, _SHEETS) else _LEFT
        if role == Qt.ItemDataRole.SizeHintRole:
            return QSize(0, theme.pixels(_HEIGHT))
        if role == Qt.ItemDataRole.DecorationRole and column == _VERDICT:
            return icons.icon(*verdict_state((sheet or row).verdict)[1:])
        if role == Qt.ItemDataRole.AccessibleTextRole and column == _VERDICT:
            means = self._file(row, _MEANS) if sheet is None else self._sheet(sheet, _MEANS)
            who = self._file(row, _WHO) if sheet is None else self._sheet(sheet, _WHO)
            return f"{text}, {who}: {means}"
        return None

    def _file(self, row: FileVerdict, column: int) -> str:
        if column == _VERDICT:
            return verdict_state(row.verdict)[0]
        if column == _WHO:
            return f"{row.expert} {row.expert_name}".strip()
        if column == _REVISION:
            return str(row.revision or "")
        if column == _SHEETS:
            return str(len(row.sheets) or "")
        if column == _KEY:
            return key_state(row.key_status)[0] if row.key_status != "none" else ""
        return file_sentence(row) if column == _MEANS else row.path

    def _sheet(self, sheet: SheetVerdict, column: int) -> str:
        if column == _VERDICT:
            return verdict_state(sheet.verdict)[0]
        if column == _WHO:
            return sheet.application
        if column == _REVISION:
            return str(sheet.revision)
        if column == _MEANS:
            return i18n.phrase(sheet_words(sheet))
        return self._applicants(sheet.application) if column == _FILE else ""


class VerdictTable(QTreeView):
    """The table; only what is in sight is asked for."""

    def __init__(self, applicants: Callable[[str], str]) -> None:
        super().__init__()
        self.setObjectName("merge.table")
        self.setAccessibleName(tr("merge.plan"))
        self.source = VerdictModel(applicants)
        self.setModel(self.source)
        self.setUniformRowHeights(True)
        self.setAllColumnsShowFocus(True)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setIndentation(theme.pixels(22))
        header = self.header()
        header.setHighlightSections(False)
        header.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        header.setStretchLastSection(False)
        header.setMinimumSectionSize(40)
        for changed in (self.source.modelReset, self.expanded, self.collapsed):
            changed.connect(self._fit)
        self._fit()

    def _fit(self) -> None:
        """As high as its lines, within bounds: what stands below should be in sight."""
        model = self.source
        lines = sum(
            1 + model.rowCount(i) * self.isExpanded(i) for i in map(self._line, range(min(model.rowCount(), 9)))
        )
        shown = min(max(lines, _LEAST_LINES), _MOST_LINES)
        self.setFixedHeight(theme.pixels(_HEIGHT) * shown + self.header().sizeHint().height() + 6)

    def _line(self, number: int) -> QModelIndex:
        return self.source.index(number, 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share()

    def _share(self) -> None:
        """Fixed widths for what is short, the rest for the sentence."""
        header, width, least = self.header(), self.viewport().width(), 330
        hidden = to_hide(_WIDTHS, _WAY, round(width / theme.pixels(100) * 100) - least)
        left = width
        for number, size in _WIDTHS.items():
            header.setSectionHidden(number, number in hidden)
            if number not in hidden:
                header.resizeSection(number, theme.pixels(size))
                left -= theme.pixels(size)
        header.resizeSection(_MEANS, max(left, theme.pixels(120)))

    def current_file(self) -> FileVerdict | None:
        """The file in hand."""
        return self.source.file_at(self.currentIndex())

    def current_sheet(self) -> SheetVerdict | None:
        """The sheet in hand, None when it is a whole file."""
        return self.source.sheet_at(self.currentIndex())
