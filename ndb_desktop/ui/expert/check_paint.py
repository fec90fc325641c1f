"""How the matrix is painted: one look at the model per cell, nothing that depends on how many rows there are."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPen, QPolygon, QTextLayout
from PySide6.QtWidgets import QHeaderView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView

from ndb_desktop.ui import icons, theme
from ndb_desktop.ui.expert.check_model import SHOWN, Head, Index, MatrixModel
from ndb_desktop.ui.expert.check_rows import FIRST, NAME, TOTAL, Cell, Row, Span, challenged_state
from ndb_desktop.ui.expert.words import State

ROW_HEIGHT = 32
BAR = 3
_PAD = 8
_ICON = 14
_SMALL = 12
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_FULL = 100


def small_font(font: QFont, *, bold: bool = False) -> QFont:
    """The small size of a font."""
    made = QFont(font)
    made.setPointSizeF(theme.points("small"))
    made.setBold(bold)
    return made


def cell_width(metrics: QFontMetrics, longest: str = "100.00") -> int:
    """Wide enough for the longest number, or word of a later stage, beside its signs."""
    return metrics.horizontalAdvance(longest) + _PAD + _SMALL + _ICON + 10


def heading_width(font: QFont, title: str) -> int:
    """Wide enough for the first line of a heading, which is not broken, with the sign of its order."""
    return QFontMetrics(small_font(font, bold=True)).horizontalAdvance(title) + _PAD + _ICON + 6


def paint_bar(painter: QPainter, rect: QRect, value: Fraction) -> None:
    """A score as a thin bar from 0 to 100; nought is an empty frame, which no other state has."""
    if value == 0:
        painter.setPen(QPen(theme.color("edge"), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(rect.adjusted(0, 0, -1, -1))
        return
    painter.fillRect(rect, theme.color("accent_soft"))
    # Pixels only; a score is never computed with these.
    length = max(2, round(float(min(value, Fraction(_FULL))) / _FULL * rect.width()))
    painter.fillRect(QRect(rect.left(), rect.top(), length, rect.height()), theme.color("accent"))


def paint_cell(painter: QPainter, rect: QRect, cell: Cell, hinted: bool) -> None:
    """Signs at the left, the number at the right, its bar below."""
    ratio = painter.device().devicePixelRatio()
    half = (rect.height() - 2 * _SMALL) // 3
    if cell.flagged:
        painter.drawPixmap(rect.left() + 3, rect.top() + half, icons.pixmap("flag", _SMALL, "warning", ratio))
    if cell.challenged:
        sign = challenged_state()
        below = rect.bottom() - half - _SMALL
        painter.drawPixmap(rect.left() + 3, below, icons.pixmap(sign.icon, _SMALL, sign.colour, ratio))
    if not cell.quiet:
        paint_state(painter, rect, cell.state, beside=bool(cell.text))
    if cell.text:
        painter.setPen(theme.color("warning" if cell.gap else "text"))
        painter.drawText(rect.adjusted(_SMALL, 0, -_PAD, -BAR), _RIGHT, cell.text)
    if cell.value is not None:
        paint_bar(painter, bar_rect(rect), cell.value)
    if hinted:
        paint_corner(painter, rect)


def bar_rect(rect: QRect) -> QRect:
    """Where the bar of a cell lies."""
    return QRect(rect.left() + _SMALL + 6, rect.bottom() - BAR - 3, rect.width() - _SMALL - 6 - _PAD, BAR)


def paint_state(painter: QPainter, rect: QRect, state: State, *, beside: bool) -> None:
    """A state's sign: before the number, or in the middle of a cell that has none."""
    left = rect.left() + _SMALL + 5 if beside else rect.left() + _SMALL + (rect.width() - _SMALL - _ICON) // 2
    top = rect.top() + (rect.height() - _ICON) // 2 - (BAR // 2 + 1 if beside else 0)
    painter.drawPixmap(left, top, icons.pixmap(state.icon, _ICON, state.colour, painter.device().devicePixelRatio()))


def paint_corner(painter: QPainter, rect: QRect) -> None:
    """The sign of a hint: a small triangle in the upper right corner."""
    corner, size = rect.topRight() + QPoint(-1, 1), 8
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color("accent"))
    painter.drawPolygon(QPolygon([corner, corner - QPoint(size, 0), corner + QPoint(0, size)]))
    painter.setBrush(Qt.BrushStyle.NoBrush)


class MatrixDelegate(QStyledItemDelegate):
    """Paints cells, totals and applicants; `table` is the view that has the focus and the current cell."""

    def __init__(self, table: QTableView, model: MatrixModel) -> None:
        super().__init__(table)
        self._table, self._model = table, model
        self.pinned = ""
        """The application chosen for a comparison."""

    def sizeHint(self, option: QStyleOptionViewItem, _index: Index) -> QSize:
        return QSize(cell_width(option.fontMetrics, self._model.longest), theme.pixels(ROW_HEIGHT))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        if index.column() < FIRST and option.widget is self._table:
            # The half that stays in place lies above.
            return
        shown = index.data(SHOWN)
        painter.save()
        rect = QRect(option.rect)
        self._ground(painter, rect, option, index, shown)
        painter.setFont(option.font)
        if isinstance(shown, Cell):
            paint_cell(painter, rect, shown, self._model.hinted(self._model.shown[index.row()], shown))
        elif index.column() == NAME:
            self._name(painter, rect, option, shown)
        else:
            self._total(painter, rect, shown)
        painter.restore()

    def _ground(
        self, painter: QPainter, rect: QRect, option: QStyleOptionViewItem, index: Index, shown: object
    ) -> None:
        current = self._table.currentIndex()
        here = current == index
        if here:
            painter.fillRect(rect, theme.color("accent_soft"))
        elif isinstance(shown, Cell) and shown.gap:
            painter.fillRect(rect.adjusted(1, 1, -1, -1), theme.color("warning_soft"))
        elif option.state & QStyle.StateFlag.State_MouseOver or current.row() == index.row():
            painter.fillRect(rect, theme.color("raised"))
        painter.setPen(theme.color("line"))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        if index.column() == TOTAL:
            painter.setPen(theme.color("edge"))
            painter.drawLine(rect.topRight(), rect.bottomRight())
        if here:
            focused = self._table.hasFocus()
            painter.setPen(QPen(theme.color("accent"), 2 if focused else 1))
            painter.drawRect(rect.adjusted(1, 1, -2, -2))

    def _name(self, painter: QPainter, rect: QRect, option: QStyleOptionViewItem, row: Row) -> None:
        ratio = painter.device().devicePixelRatio()
        icon, colour = ("square-check", "accent") if row.id == self.pinned else (row.state.icon, row.state.colour)
        size = 16
        painter.drawPixmap(
            rect.left() + _PAD, rect.top() + (rect.height() - size) // 2, icons.pixmap(icon, size, colour, ratio)
        )
        text = rect.adjusted(_PAD + size + 8, 0, -_PAD - 4, 0)
        painter.setPen(theme.color("text"))
        name = option.fontMetrics.elidedText(row.applicant, Qt.TextElideMode.ElideRight, text.width())
        painter.drawText(text, _LEFT, name)
        if row.id in self._model.hinted_rows:
            paint_corner(painter, rect)

    @staticmethod
    def _total(painter: QPainter, rect: QRect, row: Row) -> None:
        if row.total is None:
            painter.setPen(theme.color("muted"))
            painter.drawText(rect.adjusted(0, 0, -_PAD, -BAR), _RIGHT, "—" if row.asked else "")
            return
        font = painter.font()
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(theme.color("text"))
        painter.drawText(rect.adjusted(0, 0, -_PAD, -BAR), _RIGHT, row.total_text)
        paint_bar(painter, bar_rect(rect), row.total)


@lru_cache(maxsize=512)
def two_lines(text: str, width: int, font: QFont, ratio: float) -> tuple[str, str]:  # noqa: ARG001  (part of the key)
    """A text broken into two lines, the second elided: between words, or between any two Chinese characters."""
    metrics = QFontMetrics(font)
    layout = QTextLayout(text, font)
    layout.beginLayout()
    line = layout.createLine()
    line.setLineWidth(width)
    length = line.textLength() if line.isValid() else len(text)
    layout.endLayout()
    first, rest = text[:length].rstrip(), text[length:].strip()
    return first if metrics.horizontalAdvance(first) <= width else metrics.elidedText(
        first, Qt.TextElideMode.ElideRight, width
    ), metrics.elidedText(rest, Qt.TextElideMode.ElideRight, width)


class MatrixHeader(QHeaderView):
    """Id and part, a short name, and a strip from the lowest to the highest of the expert's own marks."""

    def __init__(self, model: MatrixModel, table: QTableView) -> None:
        super().__init__(Qt.Orientation.Horizontal, table)
        self._matrix = model
        self.setSectionsClickable(True)
        self.setHighlightSections(False)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.setFixedHeight(self.height_needed())

    def height_needed(self) -> int:
        """Three lines of small text and the strip."""
        return 3 * QFontMetrics(small_font(self.font())).lineSpacing() + 24

    def paintSection(self, painter: QPainter, rect: QRect, section: int) -> None:
        if not 0 <= section < self._matrix.columnCount():
            return
        head = self._matrix.head(section)
        painter.save()
        painter.fillRect(rect, theme.color("raised"))
        painter.setPen(theme.color("line"))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        if section > NAME:
            painter.drawLine(rect.topLeft(), rect.bottomLeft())
        if section == TOTAL:
            painter.setPen(theme.color("edge"))
            painter.drawLine(rect.topRight(), rect.bottomRight())
        self._words(painter, rect.adjusted(_PAD - 2, 5, -6, 0), head, section)
        if head.span is not None:
            self._strip(painter, QRect(rect.left() + 6, rect.bottom() - 11, rect.width() - 13, 6), head.span)
        if head.hinted:
            paint_corner(painter, rect)
        painter.restore()

    def _words(self, painter: QPainter, rect: QRect, head: Head, section: int) -> None:
        bold, small = small_font(self.font(), bold=True), small_font(self.font())
        spacing = QFontMetrics(small).lineSpacing()
        top = QRect(rect.left(), rect.top(), rect.width(), spacing)
        sorting = self._matrix.sorting
        if sorting is not None and sorting[0] == section:
            name = "chevron-down" if sorting[1] else "chevron-up"
            ratio = painter.device().devicePixelRatio()
            painter.drawPixmap(top.right() - _ICON, top.top(), icons.pixmap(name, _ICON, "accent", ratio))
            top.setRight(top.right() - _ICON)
        painter.setFont(bold)
        painter.setPen(theme.color("text"))
        title = QFontMetrics(bold).elidedText(head.title, Qt.TextElideMode.ElideRight, top.width())
        painter.drawText(top, _LEFT, title)
        painter.setFont(small)
        painter.setPen(theme.color("muted"))
        for number, line in enumerate(
            two_lines(head.name, rect.width(), small, painter.device().devicePixelRatio()), 1
        ):
            painter.drawText(QRect(rect.left(), rect.top() + number * spacing, rect.width(), spacing), _LEFT, line)

    @staticmethod
    def _strip(painter: QPainter, rect: QRect, span: Span) -> None:
        def at(value: Fraction) -> int:
            return rect.left() + round(float(min(max(value, Fraction(0)), Fraction(_FULL))) / _FULL * rect.width())

        middle = rect.center().y()
        painter.setPen(QPen(theme.color("edge"), 1))
        painter.drawLine(rect.left(), middle, rect.right(), middle)
        low, high = at(span.low), at(span.high)
        painter.fillRect(QRect(low, rect.top(), max(3, high - low), rect.height()), theme.color("accent"))
