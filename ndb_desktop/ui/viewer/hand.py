"""The reader's hand on the pages: choosing text, marking a place, pressing links and evidence, by mouse or keys."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, QTimer
from PySide6.QtGui import QHelpEvent, QKeyEvent, QKeySequence, QMouseEvent
from PySide6.QtWidgets import QApplication, QToolTip

from ndb_desktop.documents.port import PageLink, Rect
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import tip
from ndb_desktop.ui.viewer import painting
from ndb_desktop.ui.viewer.marker import Marker
from ndb_desktop.ui.viewer.marks import EvidenceMark, Thousandths, to_thousandths
from ndb_desktop.ui.viewer.selection import Caret, TextSelection

if TYPE_CHECKING:
    from ndb_desktop.ui.viewer.page_view import PageView

QUOTE = 500
"""Most characters of chosen text that go with a citation."""
_EDGE_MS = 30
_EDGE = 24


class Hand:
    """Knows what is under the pointer and what a press means there; the view asks it and draws."""

    def __init__(self, view: PageView) -> None:
        self._view = view
        self.selection = TextSelection(view.pages.words)
        self.marker = Marker(view.sheet)
        self._pressed: QPointF | None = None
        self._choosing = False
        self._pointer = QPointF()
        self._edge = QTimer(view, interval=_EDGE_MS)
        self._edge.timeout.connect(self._scroll_on)

    def clear(self) -> None:
        """Another document: nothing is chosen or marked."""
        self.selection.clear()
        self.marker.clear()
        self._pressed, self._choosing = None, False
        self._edge.stop()
        self._view.chosen.emit()

    # ----- the tool that marks a place -----

    def set_marking(self, on: bool) -> None:
        """Takes the tool in hand, or lays it down with what it marked."""
        if on and not self._view.count:
            return
        self.marker.clear()
        self.marker.active = on
        if on:
            self.selection.clear()
        self._changed()

    def propose(self) -> None:
        """A place in the middle of what is seen, for a reader without a mouse; of a selection, the selection."""
        view = self._view
        page = view.page
        bounds = self.selection.bounds(page)
        self.set_marking(True)
        if bounds is not None:
            self.marker.place = (page, to_thousandths(bounds, view.sheet.sizes[page - 1]))
        else:
            top, bottom = view.offset().y(), view.offset().y() + view.viewport().height()
            left, right = view.offset().x(), view.offset().x() + view.viewport().width()
            way, _possible = view.sheet.transform(page).inverted()
            seen = way.mapRect(QRectF(left, top, right - left, bottom - top))
            self.marker.propose(page, Rect(seen.left(), seen.top(), seen.right(), seen.bottom()))
        self._changed()

    def cited(self) -> tuple[int, Thousandths | None, str]:
        """What a citation means now: the marked place, the chosen text, or the page in sight."""
        if self.marker.place is not None:
            return (*self.marker.place, "")
        if self.selection:
            page = self.selection.pages()[0]
            bounds = self.selection.bounds(page)
            rect = to_thousandths(bounds, self._view.sheet.sizes[page - 1]) if bounds is not None else None
            return page, rect, self.selection.text()[:QUOTE]
        return self._view.page, None, ""

    # ----- what is under the pointer -----

    def _spot(self, position: QPointF) -> QPointF:
        return position + self._view.offset()

    def evidence_spots(self, page: int) -> Iterator[tuple[EvidenceMark, QRectF | None, QRectF]]:
        """The evidence on a page with the place of frame and label on the sheet."""
        whole = 0
        for mark in self._view.overlay.evidence_on(page):
            yield (mark, *painting.evidence_spot(self._view.sheet, mark, whole))
            whole += mark.rect is None

    def evidence_at(self, position: QPointF) -> EvidenceMark | None:
        """The evidence mark whose label, or whose frame's edge, is under the pointer; text inside can be chosen."""
        spot = self._spot(position)
        for page in self._view.visible_pages():
            for mark, frame, label in self.evidence_spots(page):
                near = frame is not None and frame.adjusted(-4, -4, 4, 4).contains(spot)
                inside = frame is not None and frame.adjusted(4, 4, -4, -4).contains(spot)
                if label.contains(spot) or (near and not inside):
                    return mark
        return None

    def link_at(self, position: QPointF) -> PageLink | None:
        """The link under the pointer."""
        spot = self._spot(position)
        page = self._view.sheet.nearest(spot)
        x, y = self._view.sheet.point(page, spot)
        for link in self._view.pages.links(page):
            x0, y0, x1, y1 = link.rect
            if x0 <= x <= x1 and y0 <= y <= y1:
                return link
        return None

    def caret_at(self, position: QPointF) -> Caret | None:
        """The caret nearest to the pointer; None while the page's characters are not known, or it has none."""
        spot = self._spot(position)
        page = self._view.sheet.nearest(spot)
        words = self._view.pages.words(page)
        return (page, words.caret(*self._view.sheet.point(page, spot))) if words else None

    def _over_text(self, position: QPointF) -> bool:
        spot = self._spot(position)
        page = self._view.sheet.nearest(spot)
        words = self._view.pages.words(page)
        return words is not None and words.over(*self._view.sheet.point(page, spot))

    # ----- mouse -----

    def press(self, event: QMouseEvent) -> bool:
        """The left button goes down."""
        if event.button() != Qt.MouseButton.LeftButton or not self._view.count:
            return False
        position = event.position()
        self._pressed, self._pointer = position, position
        if self.marker.active:
            spot = self._spot(position)
            self.marker.press(self._view.sheet.nearest(spot), spot)
            self._changed()
            return True
        caret = self.caret_at(position)
        if caret is not None and event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.selection.extend(caret)
        elif caret is not None:
            self.selection.start(caret)
        else:
            self.selection.clear()
        self._choosing = caret is not None
        self._changed()
        return True

    def move(self, event: QMouseEvent) -> None:
        """The pointer moves, with the button down or not."""
        position = event.position()
        self._pointer = position
        if not event.buttons() & Qt.MouseButton.LeftButton:
            self._show_cursor(position)
            return
        self._follow()
        height = self._view.viewport().height()
        outside = not _EDGE <= position.y() <= height - _EDGE
        if outside and (self._choosing or self.marker.dragging):
            self._edge.start()
        else:
            self._edge.stop()

    def _follow(self) -> None:
        if self.marker.dragging:
            self.marker.drag(self._spot(self._pointer))
            self._changed()
        elif self._choosing:
            caret = self.caret_at(self._pointer)
            if caret is not None:
                self.selection.extend(caret)
                self._changed()

    def _scroll_on(self) -> None:
        """A drag to the edge scrolls the pages."""
        bar, height = self._view.verticalScrollBar(), self._view.viewport().height()
        past = min(self._pointer.y() - _EDGE, 0) or max(self._pointer.y() - (height - _EDGE), 0)
        bar.setValue(bar.value() + round(min(max(past, -40), 40)))
        self._follow()

    def release(self, event: QMouseEvent) -> None:
        """The button comes up: a drag ends, or it was a click."""
        pressed, self._pressed = self._pressed, None
        self._edge.stop()
        if event.button() != Qt.MouseButton.LeftButton or pressed is None:
            return
        if self.marker.dragging:
            self.marker.drag(self._spot(event.position()))
            self.marker.release()
            self._changed()
            return
        self._choosing = False
        far = (event.position() - pressed).manhattanLength() >= QApplication.startDragDistance()
        if not far and not self.selection:
            self._click(event.position())
        self._changed()

    def _click(self, position: QPointF) -> None:
        mark = self.evidence_at(position)
        link = self.link_at(position)
        if mark is not None:
            self._view.evidence_clicked.emit(mark.label)
        elif link is not None and link.page:
            self._view.link_followed.emit(link.page)
        elif link is not None:
            self._view.address_pressed.emit(link.address)

    def double_click(self, event: QMouseEvent) -> None:
        """Chooses the word or run under the pointer."""
        caret = self.caret_at(event.position())
        if event.button() != Qt.MouseButton.LeftButton or caret is None or self.marker.active:
            return
        page, index = caret
        words = self._view.pages.words(page)
        if words is not None and self._over_text(event.position()):
            x, _y = self._view.sheet.point(page, self._spot(event.position()))
            self.selection.take(page, words.word(index, x))
            self._changed()

    def _show_cursor(self, position: QPointF) -> None:
        shape = Qt.CursorShape.ArrowCursor
        if self.marker.active:
            shape = Qt.CursorShape.CrossCursor
        elif self.evidence_at(position) is not None or self.link_at(position) is not None:
            shape = Qt.CursorShape.PointingHandCursor
        elif self._over_text(position):
            shape = Qt.CursorShape.IBeamCursor
        if self._view.viewport().cursor().shape() != shape:
            self._view.viewport().setCursor(shape)

    def tool_tip(self, event: QEvent) -> bool:
        """Says where a link leads and what a mark stands for."""
        if not isinstance(event, QHelpEvent):
            return False
        position = QPointF(event.pos())
        link, mark = self.link_at(position), self.evidence_at(position)
        text = ""
        if mark is not None:
            text = tr("viewer.evidence.tip", label=mark.words or mark.label)
        elif link is not None:
            text = (
                tr("viewer.link.page", page=link.page) if link.page else tr("viewer.link.address", address=link.address)
            )
        QToolTip.showText(event.globalPos(), tip(text), self._view.viewport())
        return True

    # ----- keys -----

    def key(self, event: QKeyEvent) -> bool:
        """Keys of selection and marker; whether it was one."""
        key, modifiers = Qt.Key(event.key()), event.modifiers()
        if event.matches(QKeySequence.StandardKey.Copy):
            self._view.copy_asked.emit()
        elif event.matches(QKeySequence.StandardKey.SelectAll):
            self.choose_page()
        elif key == Qt.Key.Key_Escape and (self.selection or self.marker.active):
            self.selection.clear()
            self.marker.clear()
            self._changed()
        elif self.marker.place is not None and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._view.cite_asked.emit()
        elif self.marker.key(key, modifiers):
            self._keep_in_sight()
            self._changed()
        elif (
            self.selection
            and modifiers & Qt.KeyboardModifier.ShiftModifier
            and key
            in (
                Qt.Key.Key_Left,
                Qt.Key.Key_Right,
            )
        ):
            self.selection.step(1 if key == Qt.Key.Key_Right else -1)
            self._changed()
        else:
            return False
        return True

    def choose_page(self) -> None:
        """Chooses all text of the page in sight."""
        self.marker.clear()
        self.selection.take_page(self._view.page)
        self._changed()

    def _keep_in_sight(self) -> None:
        rect = self.marker.rect()
        if rect is not None and self.marker.place is not None:
            self._view.go_to(self.marker.place[0], rect)

    def _changed(self) -> None:
        self._view.viewport().update()
        self._view.chosen.emit()
