"""All pages of a document below each other: scroll, zoom, highlights. It asks only for the pages in sight."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget

from ndb_desktop.documents.port import Rect
from ndb_desktop.documents.worker import OpenedDocument
from ndb_desktop.ui import messages, theme
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.viewer.marks import EvidenceMark, Thousandths, to_points
from ndb_desktop.ui.viewer.pages import Pages
from ndb_desktop.ui.viewer.reading_state import ReadingState

GAP = 12
MARGIN = 16
DPI = 96 / 72
ZOOM_STEPS = (0.25, 0.33, 0.5, 0.67, 0.75, 0.9, 1.0, 1.1, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0, 4.0)


class PageView(QAbstractScrollArea):
    """Signals: `page_changed(int)`, `zoom_changed(float)`, `evidence_clicked(str)`."""

    page_changed = Signal(int)
    zoom_changed = Signal(float)
    evidence_clicked = Signal(str)

    def __init__(self, pages: Pages, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("viewer.pages")
        self.setAccessibleName(tr("viewer.pages"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self._pages = pages
        self._sizes: tuple[tuple[float, float], ...] = ()
        self._tops: list[int] = []
        self._zoom = 1.0
        self._fit = "width"
        self._page = 1
        self._marks: dict[int, tuple[Rect, ...]] = {}
        self._current: tuple[int, int] | None = None
        self._evidence: tuple[EvidenceMark, ...] = ()
        self._shown_place: tuple[int, Rect] | None = None
        pages.drawn.connect(self._drawn)
        self.verticalScrollBar().valueChanged.connect(self._scrolled)

    # ----- document -----

    def show_document(self, document: OpenedDocument | None, state: ReadingState | None = None) -> None:
        """Shows a document as the state says; `None` empties the view."""
        state = state or ReadingState()
        self._sizes = document.sizes if document is not None else ()
        self._marks, self._current, self._shown_place = {}, None, None
        self._zoom, self._fit = state.zoom, state.fit
        self._layout()
        self._page = 0
        self.go_to(state.page)

    def state(self) -> ReadingState:
        """How the document is shown now."""
        return ReadingState(self.page, self._zoom, self._fit)

    def show_place(self, page: int, rect: Thousandths | None) -> None:
        """Goes to a page, or to a place on it, which stays outlined until the next jump."""
        if not self._sizes:
            return
        page = min(max(page, 1), self.count)
        spot = to_points(rect, self._sizes[page - 1]) if rect is not None else None
        self._shown_place = (page, spot) if spot is not None else None
        self.go_to(page, spot)
        self.viewport().update()

    def set_evidence(self, marks: Sequence[EvidenceMark]) -> None:
        """Places noted as evidence on pages of this document."""
        self._evidence = tuple(marks)
        self.viewport().update()

    @property
    def count(self) -> int:
        """Number of pages."""
        return len(self._sizes)

    @property
    def page(self) -> int:
        """The page at the top of the window, from 1."""
        return max(self._page, 1)

    def go_to(self, page: int, rect: Rect | None = None) -> None:
        """Scrolls to a page, or to a place on it."""
        if not self._sizes:
            return
        page = min(max(page, 1), self.count)
        top = self._tops[page - 1] - GAP // 2
        if rect is not None:
            spot = self._tops[page - 1] + rect.y0 * DPI * self._zoom
            seen = self.verticalScrollBar().value()
            height = self.viewport().height()
            if seen + height * 0.1 <= spot <= seen + height * 0.8:
                top = seen
            else:
                top = round(spot - height / 3)
            self._show_across(page, rect)
        self.verticalScrollBar().setValue(top)
        self._scrolled()

    def _show_across(self, page: int, rect: Rect) -> None:
        bar = self.horizontalScrollBar()
        if bar.maximum() > 0:
            bar.setValue(round(rect.x0 * DPI * self._zoom + self._left(page) - self.viewport().width() / 3))

    # ----- zoom -----

    @property
    def zoom(self) -> float:
        """1.0 = 96 dots per inch."""
        return self._zoom

    def fit(self, how: str) -> None:
        """`width` or `page`; stays so when the window changes."""
        self._fit = how
        self._relayout()

    def set_zoom(self, zoom: float) -> None:
        """A fixed zoom."""
        self._fit = ""
        self._apply_zoom(min(max(zoom, ZOOM_STEPS[0]), ZOOM_STEPS[-1]))

    def zoom_in(self) -> None:
        """The next larger step."""
        self.set_zoom(next((step for step in ZOOM_STEPS if step > self._zoom * 1.01), ZOOM_STEPS[-1]))

    def zoom_out(self) -> None:
        """The next smaller step."""
        self.set_zoom(next((step for step in reversed(ZOOM_STEPS) if step < self._zoom * 0.99), ZOOM_STEPS[0]))

    def _fitting(self) -> float:
        if not self._sizes or not self._fit:
            return self._zoom
        widest = max(width for width, _ in self._sizes)
        zoom = (self.viewport().width() - 2 * MARGIN) / (widest * DPI)
        if self._fit == "page":
            height = self._sizes[self.page - 1][1]
            zoom = min(zoom, (self.viewport().height() - GAP) / (height * DPI))
        return min(max(zoom, 0.1), ZOOM_STEPS[-1])

    def _apply_zoom(self, zoom: float) -> None:
        if not self._sizes:
            return
        bar = self.verticalScrollBar()
        page = self.page
        inside = (bar.value() - self._tops[page - 1]) / max(self._zoom, 0.01)
        self._zoom = zoom
        self._layout()
        bar.setValue(round(self._tops[page - 1] + inside * zoom))
        self.zoom_changed.emit(zoom)
        self._scrolled()

    def _relayout(self) -> None:
        self._apply_zoom(self._fitting())

    # ----- geometry -----

    def _layout(self) -> None:
        if self._sizes and self._fit:
            self._zoom = self._fitting()
        heights = [round(height * DPI * self._zoom) + GAP for _, height in self._sizes]
        self._tops = [GAP, *(GAP + total for total in accumulate(heights))][: len(heights)] if heights else []
        total = (self._tops[-1] + heights[-1]) if heights else 0
        widest = max((width for width, _ in self._sizes), default=0.0) * DPI * self._zoom + 2 * MARGIN
        view = self.viewport().size()
        vertical, across = self.verticalScrollBar(), self.horizontalScrollBar()
        vertical.setRange(0, max(0, total - view.height()))
        vertical.setPageStep(view.height())
        vertical.setSingleStep(48)
        across.setRange(0, max(0, round(widest) - view.width()))
        across.setPageStep(view.width())
        across.setSingleStep(48)
        self.viewport().update()

    def _left(self, page: int) -> int:
        width = self._sizes[page - 1][0] * DPI * self._zoom
        return max(MARGIN, round((self.viewport().width() - width) / 2))

    def page_rect(self, page: int) -> QRect:
        """Where a page stands in the viewport."""
        width, height = self._sizes[page - 1]
        left = self._left(page) - self.horizontalScrollBar().value()
        top = self._tops[page - 1] - self.verticalScrollBar().value()
        return QRect(left, top, round(width * DPI * self._zoom), round(height * DPI * self._zoom))

    def visible_pages(self) -> range:
        """Pages of which something is in sight."""
        if not self._sizes:
            return range(0)
        top = self.verticalScrollBar().value()
        first = max(bisect_right(self._tops, top), 1)
        last = max(bisect_right(self._tops, top + self.viewport().height()), first)
        return range(first, last + 1)

    def _scrolled(self) -> None:
        if not self._sizes:
            return
        seen = self.visible_pages()
        middle = self.verticalScrollBar().value() + self.viewport().height() // 3
        page = min(max(bisect_right(self._tops, middle), 1), self.count)
        if page != self._page:
            self._page = page
            self.page_changed.emit(page)
        ahead = [p for p in (seen[-1] + 1, seen[0] - 1) if 1 <= p <= self.count]
        self._pages.want([*seen, *ahead], self._scale())
        self.viewport().update()

    def _scale(self) -> float:
        return round(self._zoom * DPI * self.devicePixelRatioF(), 4)

    def _drawn(self, page: int) -> None:
        if self._sizes and page in self.visible_pages():
            self.viewport().update()

    # ----- highlights -----

    def set_marks(self, marks: dict[int, tuple[Rect, ...]], current: tuple[int, int] | None) -> None:
        """Search hits by page; `current` = page and number of the hit that stands out."""
        self._marks, self._current = marks, current
        self.viewport().update()

    # ----- events -----

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._relayout() if self._fit else self._layout()
        self._scrolled()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom_in() if event.angleDelta().y() > 0 else self.zoom_out()
            event.accept()
        else:
            super().wheelEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        for mark in self._evidence:
            if mark.rect is not None and mark.page in self.visible_pages():
                spot = to_points(mark.rect, self._sizes[mark.page - 1])
                if self._spot(self.page_rect(mark.page).topLeft(), spot).contains(event.position()):
                    self.evidence_clicked.emit(mark.label)
                    return
        super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        bar = self.verticalScrollBar()
        step = round(self.viewport().height() * 0.9)
        moves = {
            Qt.Key.Key_Down: 48,
            Qt.Key.Key_Up: -48,
            Qt.Key.Key_Space: -step if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else step,
            Qt.Key.Key_Home: -bar.maximum(),
            Qt.Key.Key_End: bar.maximum(),
        }
        move = moves.get(Qt.Key(event.key()))
        if move is None:
            super().keyPressEvent(event)
        else:
            bar.setValue(bar.value() + move)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.StyleChange, QEvent.Type.PaletteChange):
            self.viewport().update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.fillRect(self.viewport().rect(), theme.color("paper"))
        for page in self.visible_pages():
            self._paint_page(painter, page)
        painter.end()
        if self.hasFocus():
            frame = QPainter(self.viewport())
            frame.setPen(QPen(theme.color("accent"), 2))
            frame.drawRect(self.viewport().rect().adjusted(1, 1, -1, -1))
            frame.end()

    def _paint_page(self, painter: QPainter, page: int) -> None:
        rect = self.page_rect(page)
        painter.setPen(QPen(theme.color("line"), 1))
        painter.setBrush(QColor("white"))
        painter.drawRect(rect.adjusted(-1, -1, 0, 0))
        picture, _exact = self._pages.get(page, self._scale())
        if picture is not None:
            painter.drawPixmap(rect, picture)
        else:
            self._paint_waiting(painter, page, rect)
        for number, mark in enumerate(self._marks.get(page, ())):
            self._paint_mark(painter, rect.topLeft(), mark, (page, number) == self._current)

    def _paint_waiting(self, painter: QPainter, page: int, rect: QRect) -> None:
        error = self._pages.error(page)
        text = tr("viewer.page.waiting", page=page)
        if error is not None:
            text = tr("viewer.page.failed", page=page) + "\n" + messages.describe(error).text
        painter.setPen(QColor(theme.THEMES["light"].muted))
        inner = rect.adjusted(24, 24, -24, -24)
        painter.drawText(inner, int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap), text)

        self._paint_places(painter, page, rect.topLeft())

    def _paint_places(self, painter: QPainter, page: int, corner: QPoint) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for mark in self._evidence:
            if mark.page == page and mark.rect is not None:
                painter.setPen(QPen(QColor(theme.THEMES["light"].accent), 1))
                painter.drawRect(self._spot(corner, to_points(mark.rect, self._sizes[page - 1])))
        if self._shown_place is not None and self._shown_place[0] == page:
            painter.setPen(QPen(QColor(theme.THEMES["light"].danger), 2))
            painter.drawRect(self._spot(corner, self._shown_place[1]))

    def _spot(self, corner: QPoint, mark: Rect) -> QRectF:
        factor = DPI * self._zoom
        return QRectF(
            corner.x() + mark.x0 * factor,
            corner.y() + mark.y0 * factor,
            (mark.x1 - mark.x0) * factor,
            (mark.y1 - mark.y0) * factor,
        ).adjusted(-1, -1, 1, 1)

    def _paint_mark(self, painter: QPainter, corner: QPoint, mark: Rect, current: bool) -> None:
        spot = self._spot(corner, mark)
        painter.setPen(QPen(QColor("#A8201A"), 2) if current else Qt.PenStyle.NoPen)
        painter.setBrush(QColor(255, 200, 40, 110))
        painter.drawRect(spot)
