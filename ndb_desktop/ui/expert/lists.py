"""The left side: applications with their state, and the items of the one that is open."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QElapsedTimer,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFont, QPainter
from PySide6.QtWidgets import QFrame, QListView, QStyledItemDelegate, QStyleOptionViewItem

from ndb_desktop.domain import flow
from ndb_desktop.ui import icons, theme
from ndb_desktop.ui.expert import words
from ndb_desktop.ui.expert.view import ReviewView
from ndb_desktop.ui.expert.walk import OVERALL
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import tip
from ndb_desktop.ui.widgets.row_ground import paint_ground

Index = QModelIndex | QPersistentModelIndex
ROW = Qt.ItemDataRole.UserRole
TYPING_MS = 1000
"""After a longer pause typing begins another word to look for."""


class Line:
    """What one row shows: first and second line, what stands right, icon and its colour; `head` above the row.

    `group` names the part a row belongs to, `short` says it beside the row when the head is scrolled away;
    `done` and `flagged` are what the filters ask for.
    """

    __slots__ = (
        "colour",
        "done",
        "first",
        "flagged",
        "group",
        "head",
        "icon",
        "id",
        "right",
        "second",
        "short",
        "spoken",
    )

    def __init__(
        self,
        name: str,
        first: str,
        second: str,
        right: str,
        state: words.State,
        group: str = "",
        *,
        done: bool = False,
        flagged: bool = False,
        short: str = "",
    ) -> None:
        self.id, self.first, self.second, self.right = name, first, second, right
        self.icon, self.colour, self.group, self.flagged, self.done = state.icon, state.colour, group, flagged, done
        self.head, self.short = "", short
        parts = [first, short, second, state.text, right, tr("expert.flagged") if flagged else ""]
        self.spoken = ", ".join(part for part in parts if part)

    def looks_like(self, other: Line) -> bool:
        """Whether a row drawn for the other is right for this one."""
        return all(getattr(self, name) == getattr(other, name) for name in self.__slots__)


def headed(lines: list[Line]) -> list[Line]:
    """Writes the name of each part above the first row of it that is shown."""
    before = ""
    for line in lines:
        line.head = line.group if line.group != before else ""
        before = line.group
    return lines


class LinesModel(QAbstractListModel):
    """Rows as `Line`s."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[Line] = []

    def set_lines(self, lines: list[Line]) -> None:
        """Replaces the rows; the same rows are only redrawn, so the selection stays."""
        if [line.id for line in lines] == [line.id for line in self.lines]:
            before, self.lines = self.lines, lines
            pairs = enumerate(zip(before, lines, strict=True))
            others = [number for number, (old, new) in pairs if not new.looks_like(old)]
            if others:
                # The view lays all rows out again for this, so it is only told when there is something to see.
                self.dataChanged.emit(self.index(others[0]), self.index(others[-1]))
            return
        self.beginResetModel()
        self.lines = lines
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  (Qt's signature)
        return 0 if parent.isValid() else len(self.lines)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        line = self.lines[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return line.first
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return line.spoken
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip(line.spoken)
        return line if role == ROW else None


class LineDelegate(QStyledItemDelegate):
    """Draws a row: state icon, one or two lines of text, a number at the right."""

    def __init__(self, two_lines: bool) -> None:
        super().__init__()
        self._two = two_lines

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        line: Line = index.data(ROW)
        height = option.fontMetrics.lineSpacing() * (2 if self._two else 1) + (16 if self._two else 12)
        return QSize(120, height + (self._head_height(option) if line.head else 0))

    @staticmethod
    def _head_height(option: QStyleOptionViewItem) -> int:
        return option.fontMetrics.lineSpacing() + 12

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        line: Line = index.data(ROW)
        painter.save()
        rect = QRect(option.rect)
        if line.head:
            head = QRect(rect)
            head.setHeight(self._head_height(option))
            rect.setTop(head.bottom() + 1)
            self._paint_head(painter, head, line.head, option)
        selected = paint_ground(painter, rect, option)
        self._paint_line(painter, rect, line, option, selected)
        painter.restore()

    def _paint_line(
        self, painter: QPainter, rect: QRect, line: Line, option: QStyleOptionViewItem, selected: bool
    ) -> None:
        ratio = painter.device().devicePixelRatio()
        picture = icons.pixmap(line.icon, 16, line.colour, ratio)
        spacing = option.fontMetrics.lineSpacing()
        top = rect.top() + (8 if self._two else (rect.height() - spacing) // 2)
        painter.drawPixmap(rect.left() + 12, top + (spacing - 16) // 2, picture)
        text = QRect(rect.left() + 36, top, rect.width() - 48, spacing)
        ink = theme.color("on_accent_soft" if selected else "text")
        painter.setPen(ink)
        painter.setFont(option.font)
        if line.right:
            width = option.fontMetrics.horizontalAdvance(line.right)
            painter.drawText(text, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, line.right)
            text.setRight(text.right() - width - 8)
        if line.short:
            small = QFont(option.font)
            small.setPointSizeF(theme.points("small"))
            painter.setFont(small)
            painter.setPen(theme.color("muted"))
            painter.drawText(text, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, line.short)
            text.setRight(text.right() - painter.fontMetrics().horizontalAdvance(line.short) - 8)
            painter.setFont(option.font)
            painter.setPen(ink)
        if line.flagged:
            painter.drawPixmap(text.right() - 14, top + (spacing - 14) // 2, icons.pixmap("flag", 14, "warning", ratio))
            text.setRight(text.right() - 20)
        elided = option.fontMetrics.elidedText(line.first, Qt.TextElideMode.ElideRight, text.width())
        painter.drawText(text, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, elided)
        if self._two:
            below = QRect(rect.left() + 36, top + spacing, rect.width() - 48, spacing)
            painter.setPen(theme.color("muted"))
            small = QFont(option.font)
            small.setPointSizeF(theme.points("small"))
            painter.setFont(small)
            elided = painter.fontMetrics().elidedText(line.second, Qt.TextElideMode.ElideRight, below.width())
            painter.drawText(below, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, elided)

    @staticmethod
    def _paint_head(painter: QPainter, rect: QRect, text: str, option: QStyleOptionViewItem) -> None:
        bold = QFont(option.font)
        bold.setPointSizeF(theme.points("small"))
        bold.setBold(True)
        painter.setFont(bold)
        painter.setPen(theme.color("muted"))
        painter.drawText(rect.adjusted(12, 4, -12, 0), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)


class SideList(QListView):
    """A list of the left side. Signal `picked(str)`: the user went to a row."""

    picked = Signal(str)

    def __init__(self, name: str, two_lines: bool) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setProperty("side", True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setUniformItemSizes(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.lines = LinesModel()
        self.setModel(self.lines)
        self._delegate = LineDelegate(two_lines)
        self.setItemDelegate(self._delegate)
        self._quiet = False
        self._typed, self._typing = "", QElapsedTimer()
        self.selectionModel().currentChanged.connect(self._moved)

    def show_lines(self, lines: list[Line], current: str, *, same: bool = False) -> None:
        """Shows rows with `current` selected, without a signal; `same`: the rows are those shown already."""
        self._quiet = True
        if not same:
            self.lines.set_lines(lines)
        row = next((number for number, line in enumerate(lines) if line.id == current), -1)
        if row >= 0 and row != self.currentIndex().row():
            self.setCurrentIndex(self.lines.index(row))
            self.scrollTo(self.lines.index(row))
        self._quiet = False

    def keyboardSearch(self, search: str) -> None:
        """Typing goes to the next row that has these characters anywhere, not only at its beginning."""
        if not self._typing.isValid() or self._typing.elapsed() > TYPING_MS:
            self._typed = ""
        self._typing.start()
        self._typed += search.casefold()
        count, start = len(self.lines.lines), self.currentIndex().row()
        # One character more of the same word may still mean the row it stands on.
        first = start if len(self._typed) > 1 else start + 1
        for step in range(count):
            row = (first + step) % count
            if self._typed in self.lines.lines[row].first.casefold():
                self.setCurrentIndex(self.lines.index(row))
                return

    def select(self, current: str) -> None:
        """Selects a row, without a signal."""
        self.show_lines(self.lines.lines, current, same=True)

    def _moved(self, current: QModelIndex) -> None:
        if not self._quiet and current.isValid():
            self.picked.emit(self.lines.lines[current.row()].id)


def application_lines(view: ReviewView) -> list[Line]:
    """One row per application."""
    lines = []
    for review in view.applications:
        application = review.application
        done, total = view.progress(application.id)
        sheet = view.sheet(application.id)
        state = words.sheet_state(sheet, done, total)
        right = f"{done}/{total}" if sheet.status == "scored" and sheet.declaration.status != "none" else ""
        second = f"{state.text} · {words.about(view.batch, application)}"
        flagged = any(entry.flagged for entry in sheet.items.values())
        declared = sheet.declaration.status != "none"
        whole = done >= total and declared
        lines.append(Line(application.id, application.applicant, second, right, state, done=whole, flagged=flagged))
    return lines


def item_lines(view: ReviewView, application_id: str) -> list[Line]:
    """One row per item, each with its part, and the overall page."""
    review = view.item(application_id)
    sheet, form = view.sheet(application_id), review.form
    lines = []
    for item in form.items:
        entry = sheet.items.get(item.id)
        done = flow.done(form, sheet, item.id)
        value = view.score(application_id, item.id) if done else None
        nought = value == 0 and item.computed and review.stage is None
        computed = view.computed(application_id, item.id).status if nought else "ok"
        state = words.item_state(entry, done, value, sheet=sheet.status, computed=computed)
        right = view.shown(application_id, item.id) if done and sheet.status == "scored" else ""
        flagged = entry is not None and entry.flagged
        part = words.part_name(item.part)
        short = words.part_short(item.part)
        name = words.item_title(item)
        lines.append(Line(item.id, name, "", right, state, part, done=done, flagged=flagged, short=short))
    state = words.State("pen-line", tr("expert.overall"), "quiet", "muted")
    lines.append(Line(OVERALL, tr("expert.overall"), "", "", state, tr("expert.overall.head")))
    return lines
