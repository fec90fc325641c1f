"""One side of the reading pane: a document viewer under a heading that names the side and says whether it is active."""

from __future__ import annotations

from PySide6.QtCore import QRect, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QWidget

from ndb_desktop.documents.worker import RenderWorker
from ndb_desktop.ui import theme
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import IconButton, IconLabel, PlainLabel
from ndb_desktop.ui.viewer.history import History, Place
from ndb_desktop.ui.viewer.marks import Thousandths
from ndb_desktop.ui.viewer.viewer import DocumentViewer
from ndb_desktop.ui.widgets.layout import column, row


class Side(QFrame):
    """Signals: `close_asked()`; `moved()` the history changed."""

    close_asked = Signal()
    moved = Signal()

    def __init__(self, worker: RenderWorker) -> None:
        super().__init__()
        self.setObjectName("reading.side")
        self.worker = worker
        self.viewer = DocumentViewer(worker)
        self.history = History()
        self._travelling = False
        self._marked: Place | None = None
        self._target: Place | None = None
        self.mark = IconLabel("circle-dot", 16, "accent")
        self.name = PlainLabel("", "small")
        self.name.setObjectName("reading.side.name")
        self.close_button = IconButton("x", "")
        self.close_button.setProperty("dense", True)
        self.close_button.setObjectName("reading.side.close")
        self.close_button.clicked.connect(self.close_asked)
        self.strip = _Strip()
        line = row(self.mark, self.name, self.close_button, margins=(1.5, 0.5, 0.5, 0))
        line.setStretch(1, 1)
        self.strip.setLayout(line)
        layout = column(self.strip, self.viewer, gap=0)
        layout.setStretch(1, 1)
        self.setLayout(layout)
        self.viewer.leaving.connect(self._left)
        self._settled = False
        self.viewer.stack.currentChanged.connect(self._stack_changed)

    def show_standing(self, *, right: bool, active: bool, alone: bool) -> None:
        """Says which side this is and whether it is the active one, by shape and word; alone it needs no heading."""
        self.strip.setVisible(not alone)
        name = tr("reading.right") if right else tr("reading.left")
        self.name.setText(tr("reading.side.active", side=name) if active else name)
        self.name.set_role("heading" if active else "muted")
        self.mark.set_icon("circle-dot" if active else "circle", 16, "accent" if active else "muted")
        self.close_button.set_name(tr("reading.side.close", side=name))
        self.viewer.setAccessibleName("" if alone else self.name.text())
        self.strip.show_active(active)

    def _stack_changed(self, _number: int) -> None:
        self._settled = self.viewer.stack.currentWidget() is self.viewer.view

    def holds(self, widget: QWidget) -> bool:
        """Whether a widget is part of this side."""
        return self.isAncestorOf(widget)

    def opening(self, widget: QWidget) -> bool:
        """Whether the focus came to `widget` by itself, because a document has opened, and by no deed of the reader."""
        return not self._settled and self.viewer.stack.isAncestorOf(widget)

    # ----- jumps -----

    def here(self) -> Place:
        """The place in sight."""
        return self._place(*self.viewer.current)

    def _place(self, document: str, page: int) -> Place:
        marked = self._marked
        if marked is not None and (marked.document, marked.page) == (document, page):
            return marked
        return Place(document, page)

    def go(self, document: str, page: int, rect: Thousandths | None = None) -> None:
        """Jumps to a place; the one left can be gone back to."""
        self._target = Place(document, max(page, 1), rect)
        self.viewer.show_document(document, page, rect)
        self._marked, self._target = self._target, None

    def go_words(self, document: str, page: int, words: str, number: int) -> None:
        """Jumps to words on a page."""
        self._target = Place(document, page)
        self.viewer.show_words(document, page, words, number)
        self._marked, self._target = None, None

    def travel(self, forward: bool) -> bool:
        """Back or forward over jumps; `False` when there is nothing further."""
        here = self.here()
        place = self.history.forward(here) if forward else self.history.back(here)
        if place is None:
            return False
        self._travelling = True
        self.viewer.show_document(place.document, place.page, place.rect)
        self._travelling = False
        self._marked = place
        self.moved.emit()
        return True

    def _left(self, document: str, state: object) -> None:
        if self._travelling:
            return
        left = self._place(document, getattr(state, "page", 1))
        # Where a page typed or a bookmark leads is not known yet; it is another place than this one.
        self.history.jump(left, self._target or Place("", 0))
        self.moved.emit()

    def forget(self) -> None:
        """Lets go of the places left."""
        self.history.clear()
        self._marked = None
        self.moved.emit()


class _Strip(QWidget):
    """The heading of a side; the active one has a bar along its upper edge."""

    def __init__(self) -> None:
        super().__init__()
        self._active = False

    def show_active(self, active: bool) -> None:
        """Draws the bar or not."""
        self._active = active
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.color("accent_soft" if self._active else "surface"))
        if self._active:
            painter.fillRect(QRect(0, 0, self.width(), 3), theme.color("accent"))
        painter.end()
