"""The list beside the matrix: every gap, hint, flag, challenge and recusal, each one click away, by application."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QColor, QFont, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTreeView

from ndb_desktop.domain.errors import Fault
from ndb_desktop.domain.sheetform import Form, challenged_item
from ndb_desktop.ui import i18n, icons, theme
from ndb_desktop.ui.expert import words
from ndb_desktop.ui.expert.check_rows import Row, Rows, Wanted, column_title, hint_words
from ndb_desktop.ui.expert.view import ReviewView
from ndb_desktop.ui.expert.walk import OVERALL
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import tip
from ndb_desktop.ui.widgets.two_levels import Index, TwoLevels

DECLARE = "declaration"
ACROSS = ""
"""The group of what concerns several applications."""
ICONS = {
    "gap": ("circle-alert", "warning"),
    "hint": ("info", "muted"),
    "flagged": ("flag", "warning"),
    "challenged": ("message-square-warning", "warning"),
    "spared": ("circle-slash", "text"),
    "unable": ("circle-minus", "text"),
    "recused": ("ban", "text"),
}


@dataclass(frozen=True)
class Gap:
    """One line: where (application and item, or the declaration), what; `partner` is a second one to compare.

    `short` is the place with what tells it apart first, for where there is little room.
    """

    application: str
    applicant: str
    item: str
    place: str
    text: str
    kind: str = "gap"
    partner: str = ""
    group: str | None = None
    short: str = ""

    @property
    def warning(self) -> bool:
        """Whether it is only worth a second look."""
        return self.kind == "hint"


def gaps_of(view: ReviewView, rows: Rows | None = None) -> list[Gap]:
    """Every gap of every application, in order, then what is only worth a second look."""
    found = [gap for review in view.applications for gap in _gaps(view, review.application.id)]
    return [*found, *hints_of(rows if rows is not None else Rows(view))]


def lines_of(rows: Rows, wanted: Wanted, shown: Sequence[Row]) -> list[Gap]:
    """The lines of a filter, of the applications shown and in their order."""
    view, ids = rows.view, {row.id for row in shown}
    if wanted in ("all", "gaps"):
        gaps = [gap for row in shown for gap in _gaps(view, row.id)]
        if wanted == "gaps":
            return gaps
        flags = [gap for row in shown for gap in _flags(view, row)]
        return [*gaps, *flags, *(gap for gap in hints_of(rows) if gap.application in ids)]
    if wanted == "hints":
        return [gap for gap in hints_of(rows) if gap.application in ids or gap.partner in ids]
    if wanted == "recused":
        return [_recused(view, row) for row in shown if row.recused]
    if wanted == "unable":
        return [_unable(view, row) for row in shown if row.unable]
    if wanted == "spared":
        return [gap for row in shown for gap in _spared(view, row)]
    return [gap for row in shown for gap in (_flags(view, row) if wanted == "flagged" else _challenges(view, row))]


def _gaps(view: ReviewView, application: str) -> list[Gap]:
    review = view.item(application)
    found = []
    for fault in view.findings(application):
        item, place = _place(review.form, fault, view, application)
        short = _short(review.form, item)
        found.append(Gap(application, review.application.applicant, item, place, i18n.fault(fault), short=short))
    return found


def _short(form: Form, item: str) -> str:
    known = form.item_by_id.get(item)
    return f"{column_title(known)} · {i18n.local(known.title)}" if known is not None else ""


def _place(form: Form, fault: Fault, view: ReviewView, application: str) -> tuple[str, str]:
    kind, _, name = fault.place.partition(":")
    sheet = view.sheet(application)
    if kind == DECLARE:
        return DECLARE, tr("check.declaration")
    if kind in ("unable", "round"):
        return OVERALL, tr("expert.overall")
    if kind == "challenge":
        item = next((challenged_item(form, c) for c in sheet.challenges if c.id == name), OVERALL)
        return item, words.item_place(form, item)
    if kind == "evidence":
        item = next((link.item for link in sheet.evidence if link.id == name), OVERALL)
        return item, words.item_place(form, item)
    return fault.place, words.item_place(form, fault.place)


def hints_of(rows: Rows) -> list[Gap]:
    """Every hint, one line each; what concerns several applications stands in a group of its own."""
    view, found = rows.view, []
    for hint in rows.hints():
        review = view.item(hint.application)
        whole = hint.kind in ("same_all", "top_all", "top_band", "same_row")
        place = tr("check.all_items") if whole else words.item_place(review.form, hint.item)
        name = review.application.applicant
        if hint.kind == "same_row":
            place = name
        found.append(
            Gap(
                hint.application,
                name,
                hint.item,
                place,
                hint_words(hint, view),
                "hint",
                hint.others[0] if hint.kind == "same_row" else "",
                ACROSS if hint.others else None,
                "" if whole else _short(review.form, hint.item),
            )
        )
    return sorted(found, key=lambda gap: gap.group is not None)


def _flags(view: ReviewView, row: Row) -> list[Gap]:
    entries = view.sheet(row.id).items
    said = {cell.item: entries[cell.item].note for cell in row.cells if cell.flagged}
    return _lines(view, row, said, tr("check.flagged"), "flagged")


def _challenges(view: ReviewView, row: Row) -> list[Gap]:
    form = view.item(row.id).form
    found = []
    for challenge in view.sheet(row.id).challenges:
        item = challenged_item(form, challenge)
        place = words.item_place(form, item)
        reason = challenge.reason or tr("check.no_reason")
        found.append(Gap(row.id, row.applicant, item, place, reason, "challenged", short=_short(form, item)))
    return found


def _spared(view: ReviewView, row: Row) -> list[Gap]:
    entries = view.sheet(row.id).items
    said = {cell.item: entries[cell.item].reason for cell in row.cells if cell.spared}
    return _lines(view, row, said, tr("check.no_reason"), "spared")


def _lines(view: ReviewView, row: Row, said: Mapping[str, str], silent: str, kind: str) -> list[Gap]:
    """One line per item with what was said of it, `silent` where nothing was."""
    form = view.item(row.id).form
    return [
        Gap(row.id, row.applicant, cell.item, cell.name, said[cell.item] or silent, kind, short=_short(form, cell.item))
        for cell in row.cells
        if cell.item in said
    ]


def _unable(view: ReviewView, row: Row) -> Gap:
    return Gap(row.id, row.applicant, OVERALL, tr("expert.overall"), view.sheet(row.id).unable, "unable")


def _recused(view: ReviewView, row: Row) -> Gap:
    declared = view.sheet(row.id).declaration
    codes = [tr(f"conflict.{code}") for code in declared.codes]
    text = " · ".join([*codes, declared.words] if declared.words else codes)
    return Gap(row.id, row.applicant, DECLARE, tr("check.declaration"), text, "recused")


class GapsModel(TwoLevels):
    """Two levels: applications, and their lines."""

    def __init__(self) -> None:
        super().__init__()
        self.groups: list[tuple[str, list[Gap]]] = []

    def set_lines(self, lines: Sequence[Gap]) -> None:
        """Replaces everything; lines of one application stay together."""
        groups: dict[str, list[Gap]] = {}
        for gap in lines:
            groups.setdefault(gap.application if gap.group is None else gap.group, []).append(gap)
        self.beginResetModel()
        self.groups = list(groups.items())
        self.endResetModel()

    @property
    def rows(self) -> list[Gap]:
        """All lines in order."""
        return [gap for _, lines in self.groups for gap in lines]

    def gap(self, index: Index) -> Gap | None:
        """The line of an index; None for an application's own row."""
        at = self.line_of(index)
        return None if at is None else self.groups[at[0]][1][at[1]]

    def find(self, application: str, item: str) -> QModelIndex:
        """The first line of an item."""
        for number, (_, lines) in enumerate(self.groups):
            for place, gap in enumerate(lines):
                if (gap.application, gap.item) == (application, item):
                    return self.index_of_line(number, place)
        return QModelIndex()

    def top(self) -> int:
        return len(self.groups)

    def below(self, row: int) -> int:
        return len(self.groups[row][1])

    def columnCount(self, _parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 2

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole and section in (0, 1):
            return (tr("check.place"), tr("check.todo"))[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        gap = self.gap(index)
        if gap is None:
            return self._group(index, role) if index.isValid() else None
        if role == Qt.ItemDataRole.DisplayRole:
            return (gap.short or gap.place) if index.column() == 0 else " ".join(gap.text.split())
        if role == Qt.ItemDataRole.DecorationRole and index.column() == 0:
            return icons.icon(*ICONS[gap.kind])
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip(f"{gap.place}: {gap.text}")
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{gap.applicant}, {gap.place}: {gap.text}" if index.column() == 0 else gap.text
        return None

    def _group(self, index: Index, role: int) -> Any:
        application, lines = self.groups[index.row()]
        if role == Qt.ItemDataRole.FontRole:
            bold = QFont()
            bold.setBold(True)
            return bold
        if role == Qt.ItemDataRole.ForegroundRole and index.column() == 1:
            return QColor(theme.color("muted"))
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return None
        name = lines[0].applicant if application != ACROSS else tr("check.across")
        count = tr("check.lines", count=len(lines))
        if role == Qt.ItemDataRole.DisplayRole:
            return name if index.column() == 0 else count
        return tip(name) if role == Qt.ItemDataRole.ToolTipRole else f"{name}, {count}"


class GapsView(QTreeView):
    """The list. Signal `picked(object)`: a `Gap` was clicked, or Enter was pressed on it."""

    picked = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("check.gaps")
        self.setAccessibleName(tr("check.gaps"))
        self.source = GapsModel()
        self.setModel(self.source)
        self.setUniformRowHeights(True)
        self.setAllColumnsShowFocus(True)
        self.setExpandsOnDoubleClick(False)
        self.setItemsExpandable(True)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setIndentation(theme.pixels(20))
        header = self.header()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Interactive)
        header.setStretchLastSection(True)
        # Where and what: the lines say it themselves, and the room is needed.
        header.hide()
        self.clicked.connect(self._pick)

    def set_lines(self, lines: Sequence[Gap]) -> None:
        """Shows other lines; the one that was current stays so if it is still there."""
        current = self.source.gap(self.currentIndex())
        if lines == self.source.rows:
            return
        self.source.set_lines(lines)
        self.expandAll()
        if current is not None:
            self.show_line(current.application, current.item)

    def show_line(self, application: str, item: str) -> None:
        """Makes the line of an item current."""
        index = self.source.find(application, item)
        if index.isValid():
            self.setCurrentIndex(index)
            self.scrollTo(index)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.header().resizeSection(0, min(theme.pixels(360), self.viewport().width() // 2))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._pick(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def _pick(self, index: QModelIndex) -> None:
        gap = self.source.gap(index)
        if gap is not None:
            self.picked.emit(gap)
        elif index.isValid():
            self.setExpanded(index.siblingAtColumn(0), not self.isExpanded(index.siblingAtColumn(0)))
