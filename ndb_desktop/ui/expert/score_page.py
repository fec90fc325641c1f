"""评分: applications and items at the left, documents in the middle, the item at the right; keys join the three."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QSizePolicy, QWidget

from ndb_desktop.documents.worker import RenderWorker
from ndb_desktop.ui import tasks, theme
from ndb_desktop.ui.expert.evidence_links import EvidenceLinks
from ndb_desktop.ui.expert.indicator_panel import IndicatorPanel
from ndb_desktop.ui.expert.late_recusal import LateRecusal
from ndb_desktop.ui.expert.lists import application_lines, item_lines
from ndb_desktop.ui.expert.pace_line import PaceLine
from ndb_desktop.ui.expert.panes import Lists, Panes
from ndb_desktop.ui.expert.score_middle import ScoreMiddle
from ndb_desktop.ui.expert.score_side import ScoreSide
from ndb_desktop.ui.expert.side_lists import ApplicationsPart, ItemsPart
from ndb_desktop.ui.expert.store import LeftMark, ReviewStore
from ndb_desktop.ui.expert.totals_bar import TotalsBar
from ndb_desktop.ui.expert.undo_names import UndoNames
from ndb_desktop.ui.expert.walk import Walk
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, IconButton
from ndb_desktop.ui.shortcuts import bind, tip_with_keys
from ndb_desktop.ui.viewer.viewer import DocumentViewer
from ndb_desktop.ui.widgets import splits
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import column, holder, row

_UNDO = "undo"
"""What the line over the pages is about that says what was taken back."""


class ScorePage(QWidget):
    """Signals: `finished()` everything is done, on to the check page; `application_shown()`."""

    finished = Signal()
    application_shown = Signal()
    return_asked = Signal(str)

    def __init__(self, store: ReviewStore, walk: Walk, worker: RenderWorker) -> None:
        super().__init__()
        self.setObjectName("score")
        self._store, self._walk = store, walk
        self.applications_part = ApplicationsPart(len(store.view.applications), later=store.view.later)
        self.items_part = ItemsPart()
        self.recusal = LateRecusal(store, self.applications_part.list, self)
        self.applications_part.box.addLayout(row(self.recusal.button, None, margins=(1, 0.5, 1, 0.5)))
        self.applications, self.items = self.applications_part.list, self.items_part.list
        self.middle = ScoreMiddle(store, walk, worker)
        self.reading = self.middle.reading
        self.right = ScoreSide(store, walk)
        self.panels, self.overall, self.closed = self.right.panels, self.right.overall, self.right.closed
        self.working, self.totals = self.right.working, TotalsBar(store)
        for stack in (self.middle, self.right):
            # A page that is not in sight must not make the pane wider.
            stack.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._make_layout()
        splits.remember(self.split, "score")
        splits.remember(self.left, "lists")
        self._connect()
        self._bind_keys()
        self.show_application()

    # ----- layout -----

    def _make_layout(self) -> None:
        self.left = left = Lists()
        left.addWidget(self.applications_part)
        pace = PaceLine(self._store)
        left.short.connect(pace.setHidden)
        below = column(self.items_part, pace, gap=0)
        below.setStretch(0, 1)
        left.addWidget(holder(below))
        left.setStretchFactor(0, 0)
        left.setStretchFactor(1, 1)
        left.setChildrenCollapsible(False)
        # On a low screen neither list may take all from the other.
        for rows in (self.applications, self.items):
            rows.setMinimumHeight(theme.pixels(72))
        # Few applications leave the room to their items; many get two fifths of it. Title and button stand around them.
        wanted = theme.pixels(60) * len(self._store.view.applications) + theme.pixels(130)
        left.setSizes([min(wanted, theme.pixels(370)), theme.pixels(420)])
        right = QFrame()
        right.setProperty("card", "side")
        right.setObjectName("side.right")
        box = column(self.right, self.totals, self._make_footer(), gap=0)
        box.setStretch(0, 1)
        right.setLayout(box)
        self.panes = Panes(left, self.middle, right)
        self.split = self.panes.split
        self.setLayout(column(self.panes, gap=0))

    def _make_footer(self) -> QFrame:
        self.previous = IconButton("chevron-left", tip_with_keys(tr("expert.previous"), "item.previous"))
        self.following = IconButton("chevron-right", tip_with_keys(tr("expert.next"), "item.next"))
        self.undo = IconButton("undo-2", tip_with_keys(tr("expert.undo"), "undo"))
        self.redo = IconButton("redo-2", tip_with_keys(tr("expert.redo"), "redo"))
        self.next_open = Button(tr("expert.next_open"), "primary", "arrow-right")
        self.next_open.setObjectName("score.next_open")
        self.undo.setObjectName("score.undo")
        self.redo.setObjectName("score.redo")
        self.previous.setObjectName("score.previous")
        self.following.setObjectName("score.next")
        self.undo_names = UndoNames(self._store, self.undo, self.redo, lambda: self._walk.application)
        bar = QFrame()
        bar.setProperty("card", "bar")
        bar.setLayout(
            column(
                Flow(self.previous, self.following, self.undo, self.redo, None, self.next_open, gap=0.25),
                margins=(1, 0.5, 1.5, 0.5),
            )
        )
        return bar

    def _connect(self) -> None:
        store, walk = self._store, self._walk
        self.applications.picked.connect(walk.go)
        self.items.picked.connect(lambda item: walk.go(walk.application, item))
        for part in (self.applications_part, self.items_part):
            part.asked.connect(self._show_rows)
        self.totals.how_asked.connect(self.show_working)
        self.working.closed.connect(self._close_working)
        walk.leaving.connect(self.commit)
        # Store and walk outlive this page: only bound methods end with it.
        walk.application_changed.connect(self.show_application)
        walk.item_changed.connect(self.show_item)
        store.changed.connect(self.refresh)
        self.links = EvidenceLinks(store, walk, self.panels, self.reading, self)
        self._connect_panes()
        self.overall.recuse_asked.connect(lambda: self.middle.show_declaration(recusing=True))
        self.right.return_asked.connect(self.return_asked)
        self.recusal.asked.connect(self._recuse)
        self.previous.clicked.connect(lambda: walk.step_item(-1))
        self.following.clicked.connect(lambda: walk.step_item(1))
        self.undo.clicked.connect(self._undo)
        self.redo.clicked.connect(self._redo)
        for step in (store.changed, walk.item_changed, walk.application_changed):
            step.connect(self._hush_undo)
        self.undo_names.told.connect(self._tell_undo)
        self.next_open.clicked.connect(self.go_next_open)

    def _connect_panes(self) -> None:
        """Where only some of the panes have room, what is asked for comes into sight."""
        panes = self.panes
        self.reading.split_changed.connect(panes.two_documents)
        self.reading.asked.connect(lambda: panes.show_pane("documents"))
        self.middle.place_shown.connect(lambda: panes.show_pane("documents"))
        self.middle.declaring.connect(self._bring_declaration)
        self.panels.jump.connect(lambda *_place: panes.show_pane("documents"))
        self.panels.beside.connect(lambda *_place: panes.show_pane("documents"))
        # One may go through the lists by keys; a click on an item, or Enter, is the choice.
        self.items.clicked.connect(lambda _index: panes.leave_lists())
        self._walk.item_changed.connect(self._bring_item)
        self.reading.evidence_clicked.connect(self._bring_item)
        panes.moved.connect(self._focus_pane)
        panes.low.connect(self.totals.set_low)
        self.totals.set_low(panes.is_low)
        panes.tiny.connect(self.totals.setHidden)
        self.totals.setHidden(panes.is_tiny)

    def _bring_item(self, _item: str = "") -> None:
        if self.panes.pane != "lists":
            self.panes.show_pane("item")

    def _bring_declaration(self) -> None:
        if self.panes.pane != "lists":
            self.panes.show_pane("documents")

    def _focus_pane(self, pane: str) -> None:
        if pane == "documents":
            self.middle.take_focus()
        elif pane == "lists":
            self.items.setFocus()
        else:
            self.focus_item()

    def focus_start(self) -> None:
        """Puts the focus where work goes on: where the item is answered, if that is in sight."""
        if "item" in self.panes.in_front() and self.right.on_item:
            self.panel.focus_start()
        elif self.applications.isVisible():
            self.applications.setFocus()
        else:
            self._focus_pane(self.panes.pane)

    def focus_item(self) -> None:
        """Puts the focus where the item is answered."""
        if self.right.take_focus():
            return
        if self.applications.isVisible():
            self.applications.setFocus()
        else:
            self.next_open.setFocus()

    def take_up(self, mark: LeftMark) -> None:
        """Back to the item where a number was typed that could not be taken, and that number to be put right."""
        self._walk.go(mark.application, mark.item)
        if not self.right.on_item:
            self.show_item()
        self.panes.show_pane("item")
        if self.right.on_item:
            self.panels.take_up(mark)

    def _bind_keys(self) -> None:
        walk = self._walk
        bind(self, "pane", self.panes.switch)
        bind(self, "pane.lists", self.panes.switch_lists)
        for digit in "12345":
            bind(self, f"level.{digit}", partial(self._level, f"L{digit}"))
        # Enter belongs to the form alone: in the viewer it turns pages and steps through what was found.
        for part in (self.applications, self.items, self.right):
            bind(part, "item.done", self._item_done)
        bind(self, "item.next", lambda: walk.step_item(1))
        bind(self, "item.previous", lambda: walk.step_item(-1))
        bind(self, "item.open", self.go_next_open)
        bind(self, "application.next", lambda: walk.step_application(1))
        bind(self, "application.previous", lambda: walk.step_application(-1))
        bind(self, "flag", self._flag)
        bind(self, "undo", self._undo)
        bind(self, "redo", self._redo)
        self.reading.bind_keys(self)

    @property
    def panel(self) -> IndicatorPanel:
        """The item in hand."""
        return self.panels.panel

    @property
    def viewer(self) -> DocumentViewer:
        """The viewer that keys and links go to."""
        return self.reading.viewer

    def step_back(self) -> bool:
        """Back to the place in the documents before the last jump; `False` when no documents are shown."""
        return self.middle.step_back()

    # ----- showing -----

    def show_application(self, _application: str = "") -> None:
        """Shows the application the walk stands at: its documents or its declaration, and its item."""
        self.middle.show_application()
        self.show_item()
        self.totals.show_application(self._walk.application)
        self.undo_names.show_names()
        self.refresh()
        self.application_shown.emit()

    def _recuse(self, application: str) -> None:
        """回避本申报, of whichever row of the list it was asked."""
        self.commit()
        self.panes.leave_lists()
        self._walk.go(application)
        self.middle.show_declaration(recusing=True)

    def show_item(self, _item: str = "") -> None:
        """Shows the item the walk stands at."""
        walk = self._walk
        self.right.show_item()
        self.totals.show_item(walk.item)
        if self.items_part.filter.value() != "all":
            # What one stands on is shown whatever the filter says; what one left may not be.
            self._show_rows()
        self.items.select(walk.item)

    def refresh(self, _change: object = None) -> None:
        """Lists and buttons as stored now; a declaration made opens the documents."""
        view, walk = self._store.view, self._walk
        status = view.sheet(walk.application).declaration.status
        if self.middle.refresh():
            self.show_item()
        self._show_rows()
        self.items.setEnabled(status == "clear")
        self.recusal.show_application(walk.application)
        self.undo.setEnabled(view.can_undo)
        self.redo.setEnabled(view.can_redo)
        done, total = view.overall_progress()
        self.next_open.set_text(tr("expert.to_check") if done >= total else tr("expert.next_open"))

    def _show_rows(self) -> None:
        view, walk = self._store.view, self._walk
        self.applications_part.show_lines(application_lines(view), walk.application)
        self.items_part.show_lines(item_lines(view, walk.application), walk.item)

    def show_working(self) -> None:
        """How the totals of this application are computed, in place of the item."""
        self.commit()
        self.right.show_working()

    def _close_working(self) -> None:
        self.show_item()
        self.totals.how.setFocus()

    # ----- acting -----

    def commit(self) -> None:
        """Stores what is typed but not yet reported, and remembers how the documents were read."""
        self.middle.commit()
        self.right.commit()

    def _level(self, level: str) -> None:
        if self.right.on_item:
            self.panes.show_pane("item")
            self.panel.choose_level(level)

    def _flag(self) -> None:
        if self.right.on_item:
            self.panes.show_pane("item")
            self.panel.toggle_flag()

    def _undo(self) -> None:
        self.undo_names.undo(self._walk.go_to_change)

    def _redo(self) -> None:
        self.undo_names.redo(self._walk.go_to_change)

    def _tell_undo(self, text: str) -> None:
        self.viewer.notice.say(_UNDO, text, "undo-2", passing=True)

    def _hush_undo(self, _what: object = None) -> None:
        """Another change or another item: what was undone before is no news any more."""
        self.viewer.notice.drop(_UNDO)

    def _item_done(self) -> None:
        """Enter: the item is answered, on to the next; in lists that stand before it, it is the one to show."""
        if self.panes.leave_lists():
            self.focus_start()
            return
        if self.right.on_item and not self.panel.accept():
            return
        if self._walk.step_item(1) and self.right.on_item:
            self.panel.focus_start()

    def go_next_open(self) -> None:
        """The next unfinished item anywhere; when there is none, the check page."""
        self.commit()
        tasks.run(lambda _p, _c: None, done=lambda _none: self._go_on(), owner=self)

    def _go_on(self) -> None:
        if not self._walk.next_open():
            self.finished.emit()
