"""The pages of a document to scroll, enlarge and turn. It asks only for the pages in sight and those coming next."""

from __future__ import annotations

import time
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRect, Qt, QTimer, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget

from ndb_desktop.documents.answers import OpenedDocument
from ndb_desktop.documents.port import Rect
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.viewer import canvas, painting, steering
from ndb_desktop.ui.viewer.geometry import GAP, PageLayout
from ndb_desktop.ui.viewer.hand import Hand
from ndb_desktop.ui.viewer.marks import EvidenceMark, Thousandths, to_points
from ndb_desktop.ui.viewer.pace import MOVING_S, Pace
from ndb_desktop.ui.viewer.pages import Pages
from ndb_desktop.ui.viewer.reading_state import MOST_ZOOM, ReadingState

ZOOM_STEPS = (0.25, 0.33, 0.5, 0.67, 0.75, 0.9, 1.0, 1.1, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0, 4.0)
FLASH_MS = 900


class PageView(QAbstractScrollArea):
    """Signals: `page_changed(int)`; `zoom_changed(float)`; `shape_changed()` fit, turn or mode are others;
    `evidence_clicked(str)`; `link_followed(int)` to a page; `address_pressed(str)` a link that is not followed;
    `chosen()` text or a place is chosen, or no longer; `menu_asked(object)` at a point of the screen; `cite_asked()`;
    `copy_asked()`.
    """

    page_changed = Signal(int)
    zoom_changed = Signal(float)
    shape_changed = Signal()
    evidence_clicked = Signal(str)
    link_followed = Signal(int)
    address_pressed = Signal(str)
    chosen = Signal()
    menu_asked = Signal(object)
    cite_asked = Signal()
    copy_asked = Signal()

    def __init__(self, pages: Pages, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("viewer.pages")
        self.setAccessibleName(tr("viewer.pages"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        # A bar that came only with the pages would change their width after the first of them is drawn.
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.viewport().setMouseTracking(True)
        self.pages = pages
        self.sheet = PageLayout()
        self.overlay = painting.Overlay()
        self._fit = "width"
        self._page = 1
        self._settling = False
        self.pace = Pace()
        self._rest = QTimer(self, singleShot=True, interval=round(MOVING_S * 1000))
        self._rest.timeout.connect(self._rested)
        self._flash = QTimer(self, singleShot=True, interval=FLASH_MS)
        self._flash.timeout.connect(self._flashed)
        self.hand = Hand(self)
        self.selection, self.marker = self.hand.selection, self.hand.marker
        pages.drawn.connect(self._drawn)
        pages.read.connect(lambda _page: self.viewport().update())
        self.verticalScrollBar().valueChanged.connect(self._scrolled)

    # ----- document -----

    def show_document(self, document: OpenedDocument | None, state: ReadingState | None = None) -> None:
        """Shows a document as the state says; `None` empties the view."""
        state = state or ReadingState()
        self.overlay = painting.Overlay()
        self.hand.clear()
        sheet = self.sheet
        sheet.rotation, sheet.zoom, self._fit = state.rotation, state.zoom, state.fit
        sheet.single = min(state.page, len(document.sizes)) if document is not None and state.mode == "single" else 0
        sheet.arrange(document.sizes if document is not None else ())
        self._page = 0
        self._layout(min(max(state.page, 1), max(self.count, 1)))
        self.go_to(state.page)
        self.zoom_changed.emit(self.zoom)
        self.shape_changed.emit()

    def state(self) -> ReadingState:
        """How the document is shown now."""
        return ReadingState(self.page, round(self.zoom, 4), self._fit, self.sheet.rotation, self.mode)

    @property
    def count(self) -> int:
        """Number of pages."""
        return self.sheet.count

    @property
    def page(self) -> int:
        """The page at the top of the window, from 1."""
        return max(self._page, 1)

    def go_to(self, page: int, rect: Rect | None = None) -> None:
        """Scrolls to a page, or to a place on it."""
        if not self.count:
            return
        page = min(max(page, 1), self.count)
        self._turn_to(page)
        bar = self.verticalScrollBar()
        if rect is None:
            bar.setValue(0 if self.sheet.single else self.sheet.top(page) - GAP // 2)
        else:
            spot = self.sheet.spot(page, rect)
            seen, height = bar.value(), self.viewport().height()
            if not seen + height * 0.1 <= spot.top() <= seen + height * 0.8:
                bar.setValue(round(spot.top() - height / 3))
            across, width = self.horizontalScrollBar(), self.viewport().width()
            if across.maximum() > 0 and not across.value() <= spot.left() <= across.value() + width * 0.8:
                across.setValue(round(spot.left() - width / 3))
        self._scrolled()

    def _turn_to(self, page: int) -> None:
        """One page at a time: lays that page on the sheet."""
        if self.sheet.single and self.sheet.single != page:
            self.sheet.single = page
            self._layout(page)

    def show_place(self, page: int, rect: Thousandths | None) -> None:
        """Goes to a page, or to a place on it, which flashes and stays outlined until the next jump."""
        if not self.count:
            return
        page = min(max(page, 1), self.count)
        spot = to_points(rect, self.sheet.sizes[page - 1]) if rect is not None else None
        self.overlay.place = (page, spot) if spot is not None else None
        self.overlay.flashing = spot is not None
        if spot is not None:
            self._flash.start()
        self.go_to(page, spot)
        self.viewport().update()

    def _flashed(self) -> None:
        self.overlay.flashing = False
        self.viewport().update()

    def set_evidence(self, marks: Sequence[EvidenceMark]) -> None:
        """Places noted as evidence on pages of this document."""
        before = self._places_of(self.overlay.evidence)
        self.overlay.evidence = tuple(mark for mark in marks if 1 <= mark.page <= self.count)
        if self.overlay.place in before and self.overlay.place not in self._places_of(self.overlay.evidence):
            # One came here along a citation that is gone: a frame would look as if it were still there.
            self.overlay.place = None
        self.viewport().update()

    def _places_of(self, marks: Sequence[EvidenceMark]) -> list[tuple[int, Rect]]:
        return [
            (mark.page, to_points(mark.rect, self.sheet.sizes[mark.page - 1]))
            for mark in marks
            if mark.rect is not None and mark.page <= self.count
        ]

    def set_marks(self, marks: dict[int, tuple[Rect, ...]], current: tuple[int, int] | None) -> None:
        """Search hits by page; `current` = page and number of the hit that stands out."""
        self.overlay.hits, self.overlay.current_hit = marks, current
        self.viewport().update()

    # ----- zoom, turn, mode -----

    @property
    def zoom(self) -> float:
        """1.0 = 96 dots per inch."""
        return self.sheet.zoom

    @property
    def fitted(self) -> str:
        """`width`, `page` or "" for a fixed zoom."""
        return self._fit

    @property
    def mode(self) -> str:
        """`continuous` or `single`."""
        return "single" if self.sheet.single else "continuous"

    def fit(self, how: str) -> None:
        """`width` or `page`; stays so when the window changes."""
        self._fit = how
        self._apply_zoom(self.sheet.fitting(how, self.page))
        self.shape_changed.emit()

    def set_zoom(self, zoom: float, about: QPointF | None = None) -> None:
        """A fixed zoom; the point of the viewport `about` stays where it is, else the upper edge."""
        self._fit = ""
        self._apply_zoom(min(max(zoom, ZOOM_STEPS[0]), MOST_ZOOM), about)
        self.shape_changed.emit()

    def zoom_in(self, about: QPointF | None = None) -> None:
        """The next larger step."""
        self.set_zoom(next((step for step in ZOOM_STEPS if step > self.zoom * 1.01), ZOOM_STEPS[-1]), about)

    def zoom_out(self, about: QPointF | None = None) -> None:
        """The next smaller step."""
        self.set_zoom(next((step for step in reversed(ZOOM_STEPS) if step < self.zoom * 0.99), ZOOM_STEPS[0]), about)

    def rotate(self, by: int) -> None:
        """Turns all pages by degrees clockwise; only what is seen, never the document."""
        if not self.count:
            return
        page = self.page
        self.sheet.rotation = (self.sheet.rotation + by) % 360
        self._layout(page)
        self.go_to(page)
        self.zoom_changed.emit(self.zoom)
        self.shape_changed.emit()

    def set_mode(self, mode: str) -> None:
        """`continuous`: all pages below each other; `single`: one at a time."""
        if not self.count or mode == self.mode:
            return
        page = self.page
        self.sheet.single = page if mode == "single" else 0
        self._layout(page)
        self.go_to(page)
        self.shape_changed.emit()

    def _apply_zoom(self, zoom: float, about: QPointF | None = None) -> None:
        if not self.count:
            return
        across, down = self.horizontalScrollBar(), self.verticalScrollBar()
        about = about or QPointF(self.viewport().width() / 2, 0)
        spot = about + QPointF(across.value(), down.value())
        page = self.sheet.nearest(spot)
        x, y = self.sheet.point(page, spot)
        self.sheet.zoom = zoom
        self._layout(page, refit=False)
        kept = self.sheet.transform(page).map(QPointF(x, y)) - about
        across.setValue(round(kept.x()))
        down.setValue(round(kept.y()))
        self.zoom_changed.emit(zoom)
        self._scrolled()

    # ----- where things are -----

    def _layout(self, page: int, *, refit: bool = True) -> None:
        view = self.viewport().size()
        self.sheet.view = (view.width(), view.height())
        if refit and self._fit:
            self.sheet.zoom = self.sheet.fitting(self._fit, page)
        self.sheet.arrange()
        self._settling = True  # the bars move with their ranges; that is no scrolling of the reader's
        for bar, whole, seen in (
            (self.verticalScrollBar(), self.sheet.height, view.height()),
            (self.horizontalScrollBar(), self.sheet.width, view.width()),
        ):
            bar.setRange(0, max(0, whole - seen))
            bar.setPageStep(seen)
            bar.setSingleStep(48)
        self._settling = False
        self.viewport().update()

    def offset(self) -> QPointF:
        """What must be added to a point of the viewport to have the point of the sheet."""
        return QPointF(self.horizontalScrollBar().value(), self.verticalScrollBar().value())

    def page_rect(self, page: int) -> QRect:
        """Where a page stands in the viewport."""
        return self.sheet.rect(page).translated(-self.offset().toPoint())

    def visible_pages(self) -> range:
        """Pages of which something is in sight."""
        top = self.verticalScrollBar().value()
        return self.sheet.between(top, top + self.viewport().height())

    def _scrolled(self) -> None:
        if not self.count or self._settling:
            return
        top = self.verticalScrollBar().value()
        self.pace.went(top, time.monotonic(), self.sheet.rect(self.page).height())
        page = self.sheet.page_at(top + self.viewport().height() // 3)
        if page != self._page:
            self._page = page
            self.page_changed.emit(page)
        self._ask()
        if self.pace.moving:
            self._rest.start()
        self.viewport().update()

    def _rested(self) -> None:
        self.pace.rest()
        self._ask()
        self.viewport().update()

    def _ask(self) -> None:
        """Tells what should be drawn: what is in sight, then what comes next in the way the reader goes."""
        if not self.count:
            return
        seen, pace = self.visible_pages(), self.pace
        ahead, near = pace.ahead(seen, self.count), pace.near(seen, self.count)
        self.pages.want(list(seen), self._scale(), ahead, moving=pace.moving, racing=pace.racing)
        self.pages.want_previews(near, near=True)
        further = [page for page in self.selection.pages() if self.pages.words(page) is None]
        if further:
            self.pages.want_words(further)

    def _scale(self) -> float:
        return round(self.sheet.factor * self.devicePixelRatioF(), 4)

    def _drawn(self, page: int) -> None:
        if page in self.visible_pages():
            self.viewport().update()

    # ----- events -----

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if not self.count:
            self._layout(1)
            return
        page = self.page
        inside = (self.verticalScrollBar().value() - self.sheet.top(page)) / self.sheet.factor
        self._layout(page)
        self.verticalScrollBar().setValue(round(self.sheet.top(page) + inside * self.sheet.factor))
        self.zoom_changed.emit(self.zoom)
        self._scrolled()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if not steering.wheel(self, event):
            super().wheelEvent(event)

    def turn_page(self, by: int, *, at_end: bool = False) -> None:
        """Another page; `at_end` shows its lower end first, for a reader who goes backwards."""
        page = min(max(self.page + by, 1), self.count)
        if page != self.page:
            self.go_to(page)
            if at_end and self.sheet.single:
                self.verticalScrollBar().setValue(self.verticalScrollBar().maximum())

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QNativeGestureEvent) and event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
            self.set_zoom(self.zoom * (1 + event.value()), event.position())
            return True
        if event.type() == QEvent.Type.ToolTip and self.hand.tool_tip(event):
            return True
        return super().viewportEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if not self.hand.press(event):
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.hand.move(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.hand.release(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.hand.double_click(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        by_mouse = event.reason() == QContextMenuEvent.Reason.Mouse
        point = event.globalPos() if by_mouse else self.viewport().mapToGlobal(self.viewport().rect().center())
        self.menu_asked.emit(point)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.hand.key(event) or steering.key(self, event):
            return
        super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.StyleChange, QEvent.Type.PaletteChange):
            self.viewport().update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        canvas.paint(self)
