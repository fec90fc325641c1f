"""The reading pane (阅读区): one or two documents side by side, back and forward, search in all documents."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import shiboken6
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QApplication, QFrame, QSplitter, QWidget

from ndb_desktop.documents.worker import RenderWorker
from ndb_desktop.services.review_places import PANE, document_key
from ndb_desktop.ui import theme
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import IconButton, ShrinkingButton, tip
from ndb_desktop.ui.shortcuts import bind, tip_with_keys
from ndb_desktop.ui.viewer import clipboard
from ndb_desktop.ui.viewer.ahead import Ahead
from ndb_desktop.ui.viewer.hit_list import HitRow
from ndb_desktop.ui.viewer.marks import EvidenceMark, checked
from ndb_desktop.ui.viewer.material import Material, PaneState
from ndb_desktop.ui.viewer.reading_state import ReadingState
from ndb_desktop.ui.viewer.renderers import Renderers
from ndb_desktop.ui.viewer.search_all import SearchPanel
from ndb_desktop.ui.viewer.side import Side
from ndb_desktop.ui.viewer.viewer import DocumentViewer
from ndb_desktop.ui.widgets.layout import column, row


class ReadingPane(QWidget):
    """Shows the documents of one application.

    Signals: `cite(document, page, rect, quote)` and `evidence_clicked(label)` as in `DocumentViewer`, from either side;
    `place(document, page)` what is in sight in the active side; `split_changed(bool)` two documents are open or one;
    `asked()` a key for the documents was pressed, wherever the focus is.
    """

    cite = Signal(str, int, object, str)
    place = Signal(str, int)
    evidence_clicked = Signal(str)
    split_changed = Signal(bool)
    asked = Signal()

    def __init__(self, worker: RenderWorker, make_worker: Callable[[], RenderWorker] = RenderWorker) -> None:
        """`worker` belongs to the caller; those of `make_worker` are ended here."""
        super().__init__()
        self.setObjectName("reading")
        self._renderers = Renderers(worker, make_worker)
        self._material: Material | None = None
        self._evidence: tuple[EvidenceMark, ...] = ()
        self._active = 0
        self._filling = False
        self.sides: list[Side] = []
        self._ahead = Ahead(self)
        self.search = SearchPanel()
        self.split = QSplitter(Qt.Orientation.Horizontal)
        self.split.setChildrenCollapsible(False)
        self._upper = QSplitter(Qt.Orientation.Vertical)
        self._upper.setChildrenCollapsible(False)
        self._upper.addWidget(self.split)
        self._upper.addWidget(self.search)
        self._upper.setStretchFactor(0, 1)
        self.bar = self._make_bar()
        layout = column(self.bar, self._upper, gap=0)
        layout.setStretch(1, 1)
        self.setLayout(layout)
        self._add_side(worker)
        self._connect()
        self._tell()

    def _make_bar(self) -> QFrame:
        self.back_button = IconButton("arrow-left", tip_with_keys(tr("reading.back"), "back"))
        self.back_button.setObjectName("reading.back")
        self.forward_button = IconButton("arrow-right", tip_with_keys(tr("reading.forward"), "forward"))
        self.forward_button.setObjectName("reading.forward")
        self.search_button = ShrinkingButton(tr("reading.search.short"), "quiet", "search")
        self.search_button.setObjectName("reading.search.open")
        self.search_button.setToolTip(tip(tip_with_keys(tr("reading.search"), "search.all")))
        self.split_button = ShrinkingButton(tr("reading.split"), "quiet", "columns-2")
        self.split_button.setObjectName("reading.split")
        self.split_button.setToolTip(tip(tip_with_keys(tr("reading.split.tip"), "view.split")))
        self.other_button = IconButton("external-link", tip_with_keys(tr("reading.other"), "view.other"))
        self.other_button.setObjectName("reading.other")
        for button in (self.back_button, self.forward_button, self.other_button):
            button.setProperty("dense", True)
        bar = QFrame()
        bar.setProperty("card", "topbar")
        layout = row(
            self.back_button, self.forward_button, None, self.search_button, self.split_button, self.other_button,
            gap=0.5, margins=(1, 0.25, 1, 0.25),
        )  # fmt: skip
        bar.setLayout(layout)
        return bar

    def _connect(self) -> None:
        self.back_button.clicked.connect(self.step_back)
        self.forward_button.clicked.connect(self.step_forward)
        self.search_button.clicked.connect(self.search.ask)
        self.split_button.clicked.connect(self.toggle_split)
        self.other_button.clicked.connect(self.open_in_other)
        self.search.jump.connect(self._to_hit)
        self.search.closed.connect(self._search_closed)
        self.search.opened.connect(self._make_room)
        QApplication.instance().focusChanged.connect(self._focus_moved)  # type: ignore[union-attr]
        # When the page is thrown away (another language, another theme) the second renderer must not stay behind.
        self.destroyed.connect(self._renderers.rest)

    def bind_keys(self, widget: QWidget) -> None:
        """Makes the document keys work while the focus is anywhere in `widget`; they act on the active side."""
        actions = self.viewer.keys()
        for action in actions:
            bind(widget, action, partial(self._viewer_key, action))
        others: dict[str, Callable[[], object]] = {
            "search.all": self.search.ask,
            "hit.next": lambda: self.search.step(1),
            "hit.previous": lambda: self.search.step(-1),
            "forward": self.step_forward,
            "view.split": self.toggle_split,
            "view.side": self.switch_side,
            "view.other": self.open_in_other,
        }
        for action, act in others.items():
            bind(widget, action, partial(self._other_key, act))

    def _viewer_key(self, action: str) -> None:
        self.asked.emit()
        self.viewer.keys()[action]()

    def _other_key(self, act: Callable[[], object]) -> None:
        self.asked.emit()
        act()

    # ----- what to show -----

    def show_application(self, material: Material) -> None:
        """The documents of an application, as they were last read."""
        self.keep()
        other = self._material is None or self._material.application != material.application
        self._material = material
        state = self._stored_state(material)
        self._set_sides(len(state.sides))
        self._filling = True
        states = material.states()
        for side, first in zip(self.sides, state.sides, strict=True):
            if other:
                side.forget()
                # Equal documents of two applications are read at two places.
                side.viewer.show_reason("file-text", tr("viewer.loading"))
            side.viewer.set_documents(material.documents, material.load, first, states=states, marked=material.marked)
        self._filling = False
        self._activate(state.active)
        self.search.set_material(material)
        self._ahead.follow(material.documents, material.load)
        self.keep()

    def _stored_state(self, material: Material) -> PaneState:
        """How the pane stood for this application; one never seen is shown as the one before was."""
        names = [document.id for document in material.documents]
        if PANE in material.kept:
            state = PaneState.from_text(material.kept[PANE])
            return state if len(names) > 0 else PaneState()
        if len(self.sides) == 2 and len(names) > 1:
            return PaneState((names[0], names[1]), self._active)
        return PaneState()

    def show_reason(self, icon: str, title: str, text: str = "") -> None:
        """No document may or can be shown: says why, calmly; nothing of the documents before stays."""
        self.keep()
        self._material = None
        self._ahead.follow((), None)
        self._set_sides(1)
        side = self.active
        side.forget()
        side.viewer.show_reason(icon, title, text)
        self.search.forget()
        self._tell()

    def show_document(self, document: str, page: int = 1, rect: object = None) -> None:
        """Jumps to a document, page and place in the active side."""
        self.active.go(document, page, checked(rect))
        self._tell()

    def jump(self, document: str, page: int = 1, rect: object = None) -> None:
        """What a link asks for: the active side, or the other one while Ctrl is held."""
        if QApplication.keyboardModifiers() & Qt.KeyboardModifier.ControlModifier:
            self.show_in_other(document, page, rect)
        else:
            self.show_document(document, page, rect)

    def show_in_other(self, document: str, page: int = 1, rect: object = None) -> None:
        """Jumps in the side that is not active, which opens if there is only one; the active one stays."""
        if self._material is not None:
            self._other_side(document).go(document, page, checked(rect))
            self._tell()

    def set_evidence(self, marks: Sequence[EvidenceMark]) -> None:
        """The places noted as evidence, drawn in both sides."""
        self._evidence = tuple(marks)
        for side in self.sides:
            side.viewer.set_evidence(self._evidence)

    @property
    def current(self) -> tuple[str, int]:
        """Document id and page in sight in the active side; ("", 1) when none is shown."""
        return self.active.viewer.current

    @property
    def active(self) -> Side:
        """The side that keys and links go to."""
        return self.sides[self._active]

    @property
    def viewer(self) -> DocumentViewer:
        """The viewer of the active side."""
        return self.active.viewer

    def keep(self) -> None:
        """Reports how the documents in sight are shown, so that they open the same way again."""
        material = self._material
        if material is None or self._filling:
            return
        for side in self.sides:
            document = side.viewer.current[0]
            if document and side.viewer.pages.document is not None:
                material.keep(document_key(document), side.viewer.reading_state().to_text())
        names = tuple(side.viewer.current[0] for side in self.sides)
        material.keep(PANE, PaneState(names, self._active).to_text())

    def forget(self) -> None:
        """The documents were closed (the bundle, or by a recusal): pictures, hits, history and clipboard are let go."""
        self.show_reason("lock", tr("reading.closed"))
        self._renderers.rest()
        clipboard.forget()

    # ----- two sides -----

    def _add_side(self, worker: RenderWorker) -> Side:
        side = Side(worker)
        side.close_asked.connect(partial(self._close_side, side))
        side.moved.connect(self._tell)
        viewer = side.viewer
        viewer.cite.connect(self.cite)
        viewer.evidence_clicked.connect(self.evidence_clicked)
        viewer.place.connect(partial(self._placed, side))
        viewer.state_changed.connect(self.keep)
        viewer.leaving.connect(self._leaving)
        viewer.stack.currentChanged.connect(self._ahead.give_way)
        viewer.set_evidence(self._evidence)
        self.sides.append(side)
        self.split.addWidget(side)
        return side

    def _set_sides(self, count: int) -> None:
        before = len(self.sides)
        while len(self.sides) > count:
            self._drop(self.sides[-1])
        if len(self.sides) < count:
            self._add_side(self._renderers.lend([side.worker for side in self.sides]))
            self.split.setSizes([1000, 1000])
        self._active = min(self._active, count - 1)
        if before != count:
            self.split_changed.emit(count == 2)
        self._tell()

    def _drop(self, side: Side) -> None:
        self.sides.remove(side)
        side.viewer.pages.release()
        self._renderers.take_back(side.worker)
        side.hide()
        side.deleteLater()

    def _close_side(self, side: Side) -> None:
        """One document again: that of the other side."""
        if len(self.sides) < 2:
            return
        self.keep()
        self._active = 0
        self._drop(side)
        self._set_sides(1)
        self.split_changed.emit(False)
        self.keep()
        self.viewer.view.setFocus()

    def toggle_split(self) -> None:
        """Two documents side by side (并排查看), or only that of the active side again."""
        if self._material is None:
            return
        if len(self.sides) == 2:
            self._close_side(self.sides[1 - self._active])
            return
        names = [document.id for document in self._material.documents]
        here = self.current[0]
        following = names[(names.index(here) + 1) % len(names)] if here in names else ""
        side = self._other_side(following)
        self._activate(self.sides.index(side))
        side.viewer.view.setFocus()
        self.keep()

    def _other_side(self, document: str) -> Side:
        """The side that is not active; a new one opens at `document`."""
        if len(self.sides) == 1 and self._material is not None:
            material = self._material
            self._set_sides(2)
            self.sides[1].viewer.set_documents(
                material.documents, material.load, document, states=material.states(), marked=material.marked
            )
        return self.sides[1 - self._active]

    def switch_side(self) -> None:
        """The other side becomes the active one."""
        if len(self.sides) == 2:
            self._activate(1 - self._active)
            self.viewer.view.setFocus()
            self.keep()

    def open_in_other(self) -> None:
        """Shows the page in sight in the other side as well."""
        document, page = self.current
        if document:
            self.show_in_other(document, page)
            self.keep()

    def _activate(self, number: int) -> None:
        self._active = number
        self._tell()
        self.place.emit(*self.current)

    def _focus_moved(self, _before: object, now: object) -> None:
        if not isinstance(now, QWidget) or not shiboken6.isValid(self) or len(self.sides) < 2:
            return
        for number, side in enumerate(self.sides):
            if number == self._active or not shiboken6.isValid(side) or not side.holds(now):
                continue
            if side.opening(now):
                QTimer.singleShot(0, self, self._focus_active)
            else:
                self._activate(number)
                self.keep()
            return

    def _focus_active(self) -> None:
        self.viewer.view.setFocus()

    # ----- back and forward, hits -----

    def step_back(self) -> bool:
        """To the place before the last jump; `False` when there is none."""
        return self.active.travel(forward=False)

    def step_forward(self) -> bool:
        """To the place that `step_back` left."""
        return self.active.travel(forward=True)

    def _to_hit(self, hit: HitRow, other: bool) -> None:
        place = hit.hit
        side = self._other_side(place.document) if other else self.active
        # The words as they stand there: a comma between them is no difference to the index but is one on the page.
        side.go_words(place.document, place.page, hit.parts[1] or self.search.query, hit.number)
        self._tell()

    def _make_room(self) -> None:
        """The search gets a good third of the height: its heading and some hits, but never more than the page."""
        height = self._upper.height()
        wanted = max(height * 36 // 100, min(theme.pixels(210), height * 45 // 100))
        self._upper.setSizes([max(height - wanted, 1), wanted])

    def _search_closed(self) -> None:
        focus = QApplication.focusWidget()
        if focus is None or self.search.isAncestorOf(focus):
            self.viewer.view.setFocus()

    def _placed(self, side: Side, document: str, page: int) -> None:
        if side is self.active:
            self.place.emit(document, page)

    def _leaving(self, document: str, state: object) -> None:
        if self._material is not None and not self._filling and isinstance(state, ReadingState):
            self._material.keep(document_key(document), state.to_text())

    # ----- words -----

    def _tell(self) -> None:
        two = len(self.sides) == 2
        for number, side in enumerate(self.sides):
            side.show_standing(right=number == 1, active=number == self._active, alone=not two)
        history = self.active.history
        self.back_button.setEnabled(history.can_back)
        self.forward_button.setEnabled(history.can_forward)
        there = self._material is not None and bool(self._material.documents)
        for button in (self.search_button, self.split_button, self.other_button):
            button.setEnabled(there)
        self.split_button.set_text(tr("reading.split.close") if two else tr("reading.split"))
