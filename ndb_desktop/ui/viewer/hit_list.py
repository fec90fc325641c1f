"""The hits of a search as a list: one line each, headed by the document, the words found drawn bold and underlined."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QFrame, QListView, QStyledItemDelegate, QStyleOptionViewItem

from ndb_desktop.services.review import SearchHit
from ndb_desktop.ui import theme
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import tip
from ndb_desktop.ui.widgets.row_ground import paint_ground

Index = QModelIndex | QPersistentModelIndex
ROW = Qt.ItemDataRole.UserRole
_PAD = 12


@dataclass(frozen=True, slots=True)
class HitRow:
    """A hit, the heading above it (the first of each document has one), and its place among those of its page."""

    hit: SearchHit
    head: str
    number: int

    @property
    def parts(self) -> tuple[str, str, str]:
        """What stands before the words found, the words, and what stands behind."""
        first, last = self.hit.mark
        text = self.hit.snippet
        return text[:first], text[first:last], text[last:]

    @property
    def page(self) -> str:
        """The page in words."""
        return tr("reading.hit.page", page=self.hit.page)


def rows_of(hits: tuple[SearchHit, ...], titles: dict[str, str]) -> list[HitRow]:
    """One row per hit, in order; hits of a document stand together."""
    counts: dict[str, int] = {}
    for hit in hits:
        counts[hit.document] = counts.get(hit.document, 0) + 1
    rows: list[HitRow] = []
    before: SearchHit | None = None
    number = 0
    for hit in hits:
        head = ""
        if before is None or hit.document != before.document:
            title = titles.get(hit.document, hit.document)
            head = tr("reading.hit.head", title=title, count=counts[hit.document])
        same = before is not None and (hit.document, hit.page) == (before.document, before.page)
        number = number + 1 if same else 0
        rows.append(HitRow(hit, head, number))
        before = hit
    return rows


class _Hits(QAbstractListModel):
    def __init__(self) -> None:
        super().__init__()
        self.rows: list[HitRow] = []

    def set_rows(self, rows: list[HitRow]) -> None:
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  (Qt's signature)
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return row.hit.snippet
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join(part for part in (row.head, row.page, row.hit.snippet) if part)
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip(row.hit.snippet)
        return row if role == ROW else None


class _Delegate(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        height = option.fontMetrics.lineSpacing() + 8
        row: HitRow = index.data(ROW)
        return QSize(120, height + (option.fontMetrics.lineSpacing() + 10 if row.head else 0))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row: HitRow = index.data(ROW)
        painter.save()
        rect = QRect(option.rect)
        if row.head:
            head = QRect(rect)
            head.setHeight(option.fontMetrics.lineSpacing() + 10)
            rect.setTop(head.bottom() + 1)
            self._paint_head(painter, head, row.head, option)
        selected = paint_ground(painter, rect, option)
        self._paint_hit(painter, rect.adjusted(_PAD, 0, -_PAD, 0), row, option, selected)
        painter.restore()

    @staticmethod
    def _paint_head(painter: QPainter, rect: QRect, text: str, option: QStyleOptionViewItem) -> None:
        bold = QFont(option.font)
        bold.setBold(True)
        painter.setFont(bold)
        painter.setPen(theme.color("muted"))
        room = rect.adjusted(_PAD, 2, -_PAD, 0)
        line = QFontMetrics(bold).elidedText(text, Qt.TextElideMode.ElideMiddle, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, line)

    @staticmethod
    def _paint_hit(painter: QPainter, rect: QRect, row: HitRow, option: QStyleOptionViewItem, selected: bool) -> None:
        plain, bold = QFont(option.font), QFont(option.font)
        bold.setBold(True)
        painter.setFont(plain)
        metrics, strong = QFontMetrics(plain), QFontMetrics(bold)
        middle = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        painter.setPen(theme.color("on_accent_soft" if selected else "muted"))
        painter.drawText(rect, middle, row.page)
        spot = QRect(rect)
        spot.setLeft(
            rect.left()
            + max(metrics.horizontalAdvance(row.page), metrics.horizontalAdvance(tr("reading.hit.page", page=888)))
            + _PAD
        )
        before, words, after = row.parts
        words = strong.elidedText(words, Qt.TextElideMode.ElideRight, max(spot.width(), 0))
        # The words found stay in sight however narrow the list is; what stands around them gives way.
        room = max(spot.width() - strong.horizontalAdvance(words), 0)
        before = metrics.elidedText(before, Qt.TextElideMode.ElideLeft, room * 2 // 5)
        after = metrics.elidedText(after, Qt.TextElideMode.ElideRight, max(room - metrics.horizontalAdvance(before), 0))
        ink = theme.color("on_accent_soft" if selected else "text")
        for text, font, mark in ((before, plain, False), (words, bold, True), (after, plain, False)):
            painter.setFont(font)
            painter.setPen(ink)
            painter.drawText(spot, middle, text)
            width = (strong if mark else metrics).horizontalAdvance(text)
            if mark:
                low = spot.center().y() + strong.height() // 2
                painter.fillRect(QRect(spot.left(), low, width, 2), theme.color("warning"))
            spot.setLeft(spot.left() + width)


class HitList(QListView):
    """The hits. Signal `chosen(row, other)`: a `HitRow` to go to, in the other side when `other` (Ctrl was held)."""

    chosen = Signal(object, bool)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("reading.hits")
        self.setAccessibleName(tr("reading.hits"))
        self.setProperty("side", True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.source = _Hits()
        self.setModel(self.source)
        self._delegate = _Delegate()
        self.setItemDelegate(self._delegate)

    def show_rows(self, rows: list[HitRow]) -> None:
        """Replaces the hits; none is chosen."""
        self.source.set_rows(rows)
        self.scrollToTop()

    def choose(self, number: int, other: bool = False) -> None:
        """Selects a hit and goes there."""
        if 0 <= number < len(self.source.rows):
            self.setCurrentIndex(self.source.index(number))
            self.chosen.emit(self.source.rows[number], other)

    def step(self, by: int) -> None:
        """The next or previous hit, around the end."""
        count = len(self.source.rows)
        row = self.currentIndex().row()
        if count:
            self.choose((row + by) % count if row >= 0 else (0 if by > 0 else count - 1))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and event.button() == Qt.MouseButton.LeftButton:
            self.choose(index.row(), bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.choose(
                max(self.currentIndex().row(), 0), bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
            )
        else:
            super().keyPressEvent(event)
