"""The document viewer: which document, which page, how large, what to look for; and a calm word when nothing shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from ndb_desktop.documents.answers import OpenedDocument
from ndb_desktop.documents.source import Source
from ndb_desktop.documents.worker import RenderWorker
from ndb_desktop.domain.model import Document
from ndb_desktop.services.tasks import CancelToken, Progress
from ndb_desktop.ui import i18n, tasks
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import tip
from ndb_desktop.ui.shortcuts import bind
from ndb_desktop.ui.viewer.acting import Acting
from ndb_desktop.ui.viewer.controls import Controls
from ndb_desktop.ui.viewer.marks import EvidenceMark, Thousandths, checked
from ndb_desktop.ui.viewer.notice import DONE, Notice
from ndb_desktop.ui.viewer.page_view import PageView
from ndb_desktop.ui.viewer.pages import Pages
from ndb_desktop.ui.viewer.reading_state import ReadingState
from ndb_desktop.ui.viewer.refusal import why
from ndb_desktop.ui.viewer.search_bar import SearchBar
from ndb_desktop.ui.viewer.side_panel import SidePanel
from ndb_desktop.ui.widgets.empty import EmptyState
from ndb_desktop.ui.widgets.layout import column, holder, row

Load = Callable[[Document, Progress, CancelToken], bytes | Source]
"""Reads a document's bytes, or says where they come from; called in the database lane."""

NO_STATES: Mapping[str, ReadingState] = MappingProxyType({})
NO_MARKS: Mapping[str, str] = MappingProxyType({})
STATE_MS = 300
"""`state_changed` comes at most this often."""


class DocumentViewer(QWidget):
    """Shows the documents of one application.

    Signals: `cite(document, page, rect, quote)` the user wants a place noted as evidence, `rect` in page thousandths or
    None for the whole page; `place(document, page)` what is in sight; `state_changed()` page, zoom, fit, turn or mode
    of the document in sight are others now (thinned out); `evidence_clicked(label)` a drawn evidence mark was pressed;
    `leaving(document, state)` a jump follows (another document, a page typed), scrolling is none; `state` is a
    `ReadingState`.
    """

    cite = Signal(str, int, object, str)
    place = Signal(str, int)
    state_changed = Signal()
    evidence_clicked = Signal(str)
    leaving = Signal(str, object)

    def __init__(self, worker: RenderWorker) -> None:
        super().__init__()
        self.setObjectName("viewer")
        self._documents: tuple[Document, ...] = ()
        self._load: Load | None = None
        self._current = ""
        self._shown: Document | None = None
        self._target = ReadingState()
        self._target_rect: Thousandths | None = None
        self._states: dict[str, ReadingState] = {}
        self._evidence: tuple[EvidenceMark, ...] = ()
        self._words: tuple[int, str, int] | None = None
        self._retrying = False
        self._thin = QTimer(self, singleShot=True, interval=STATE_MS)
        self._thin.timeout.connect(self.state_changed)
        self.pages = Pages(worker, self)
        self.view = PageView(self.pages)
        self.search = SearchBar(self.pages, self.view)
        self.empty = EmptyState("file-text", tr("viewer.none"))
        self.empty.button.setObjectName("viewer.again")
        self.notice = Notice()
        self.side = SidePanel(self.pages)
        self.toolbar = Controls(self.view)
        self.acting = Acting(self.view, self.toolbar, self.notice)
        self.chooser, self.page_box, self.cite_button = self.toolbar.chooser, self.toolbar.page_box, self.toolbar.cite
        self.stack = QStackedWidget()
        self.stack.addWidget(self.empty)
        self.stack.addWidget(self.view)
        middle = row(self.side, self.stack, gap=0)
        middle.setStretch(1, 1)
        layout = column(self.toolbar, self.search, holder(middle), gap=0)
        layout.setStretch(2, 1)
        self.setLayout(layout)
        self.notice.lie_over(self.stack)
        self._connect()
        self._allow(False)

    def _connect(self) -> None:
        view, toolbar = self.view, self.toolbar
        toolbar.chooser.chosen.connect(self._choose)
        self.empty.button.clicked.connect(self._again)
        toolbar.page_box.returnPressed.connect(self._page_typed)
        toolbar.search.clicked.connect(self.search.ask)
        toolbar.side_button.toggled.connect(lambda _on: self._show_side())
        self.search.closed.connect(view.setFocus)
        self.search.leaving.connect(self.leave)
        view.page_changed.connect(self._page_shown)
        view.zoom_changed.connect(lambda _zoom: self._state_changed())
        view.shape_changed.connect(self._shaped)
        view.evidence_clicked.connect(self.evidence_clicked)
        view.link_followed.connect(self._jump)
        self.side.page_chosen.connect(self._jump)
        self.acting.cite.connect(lambda page, rect, quote: self.cite.emit(self._current, page, rect, quote))
        self.pages.opened.connect(self._opened)
        self.pages.failed.connect(self._failed)

    def keys(self) -> dict[str, Callable[[], object]]:
        """The document keys by action, and what each does here."""
        return {
            "search": lambda: self.search.ask() if self.view.count else None,
            "zoom.in": self.view.zoom_in,
            "zoom.out": self.view.zoom_out,
            "zoom.fit": lambda: self.view.fit("width"),
            "zoom.page": lambda: self.view.fit("page"),
            "page.next": lambda: self.view.turn_page(1),
            "page.previous": lambda: self.view.turn_page(-1),
            "turn.right": lambda: self.view.rotate(90),
            "turn.left": lambda: self.view.rotate(-90),
            "panel": self.toolbar.side_button.click,
            "mark": self.acting.mark_by_keys,
            "cite": self.acting.cite_place,
        }

    def bind_keys(self, widget: QWidget) -> None:
        """Makes the document keys work while the focus is anywhere in `widget`."""
        for action, act in self.keys().items():
            bind(widget, action, act)

    # ----- what to show -----

    def set_documents(
        self,
        documents: Sequence[Document],
        load: Load,
        first: str = "",
        page: int = 0,
        states: Mapping[str, ReadingState] = NO_STATES,
        marked: Mapping[str, str] = NO_MARKS,
    ) -> None:
        """The documents of an application; opens `first`, else the first in order.

        Each is shown as its state says; `page` 0 = also at that page. `marked` are words before some of their titles.
        """
        self._documents, self._load, self._states = tuple(documents), load, dict(states)
        self.chooser.set_choices([(d.id, _marked(d, marked)) for d in documents], first or None)
        if documents:
            known = any(d.id == first for d in documents)
            self._open(first if known else documents[0].id, page if known else 0)
        else:
            self.show_reason("file-text", tr("viewer.none"))

    def show_reason(self, icon: str, title: str, text: str = "") -> None:
        """No document may or can be shown: says why, calmly."""
        self._current, self._shown = "", None
        self.pages.release()
        self._clear()
        self.chooser.set_choices([])
        self._documents = ()
        self.empty.say(icon, title, text, "")
        self.stack.setCurrentWidget(self.empty)
        self.toolbar.page_count.setText("")
        self._allow(False)

    def show_document(self, document_id: str, page: int = 1, rect: object = None) -> None:
        """Opens a document at a page (0 = the whole document, so its first page) or at a place on that page."""
        self._words = None
        self._open(document_id, max(page, 1), checked(rect))

    def show_words(self, document_id: str, page: int, words: str, number: int = 0) -> None:
        """Jumps to a page and highlights words there; `number` counts their places on that page from 0."""
        self._words = (page, words, number)
        self._open(document_id, page)
        if self.pages.document is not None:
            self._show_words()

    def _show_words(self) -> None:
        if self._words is None:
            self.search.reset()
        else:
            page, words, number = self._words
            self.search.look_for(words, page, number)
        self._words = None

    def _open(self, document_id: str, page: int = 0, rect: Thousandths | None = None) -> None:
        document = next((d for d in self._documents if d.id == document_id), None)
        if document is None or self._load is None:
            return
        # Ids repeat between applications; only the whole document, digest included, says that it is the same one.
        if document == self._shown and self.pages.document is not None:
            if page:
                self.leave()
                self.view.show_place(page, rect)
            return
        self.leave()
        self._retrying = self._retrying and document == self._shown
        state = self._states.get(document_id, ReadingState())
        self._shown, self._current = document, document_id
        self._target, self._target_rect = replace(state, page=page or state.page), rect
        self.pages.close()
        self.chooser.set_value(document_id)
        self.chooser.setToolTip(tip(_title(document)))
        self._clear()
        self.empty.say("file-text", tr("viewer.loading"), _title(document), "")
        self.stack.setCurrentWidget(self.empty)
        self._allow(False)
        load = self._load

        def loaded(data: bytes | Source) -> None:
            if self._shown == document:
                self.pages.open(data, document.mime)

        def failed(error: Exception) -> None:
            if self._shown == document:
                self._failed(error)

        tasks.run(
            lambda progress, cancel: load(document, progress, cancel),
            done=loaded,
            failed=failed,
            lane="documents",
            owner=self,
        )

    @property
    def current(self) -> tuple[str, int]:
        """Document id and page in sight; ("", 1) when none is shown."""
        return self._current, self.view.page

    @property
    def citable(self) -> tuple[str, int, Thousandths | None, str]:
        """What a citation would mean now: document, page, marked or chosen place, chosen text; ("", 1, None, "")."""
        if not self._current or self.pages.document is None:
            return "", 1, None, ""
        return self._current, *self.view.hand.cited()

    def reading_state(self) -> ReadingState:
        """How the document in sight is shown now."""
        return self.view.state()

    def set_evidence(self, marks: Sequence[EvidenceMark]) -> None:
        """The places noted as evidence, of any document; those of the document in sight are drawn."""
        self._evidence = tuple(marks)
        self._draw_evidence()

    def leave(self) -> None:
        """Keeps how the document in sight is shown and reports it; called before every jump."""
        # Ids repeat between applications: what is shown may belong to the one before.
        if self._shown in self._documents and self.pages.document is not None:
            state = self._states[self._current] = self.view.state()
            self.leaving.emit(self._current, state)

    def _draw_evidence(self) -> None:
        marks = [mark for mark in self._evidence if mark.document == self._current]
        self.view.set_evidence(marks)
        self.side.thumbnails.set_marked(frozenset(mark.page for mark in marks))

    def _state_changed(self) -> None:
        if self.pages.document is not None and not self._thin.isActive():
            self._thin.start()

    def _choose(self, document: str) -> None:
        self._words = None
        self._open(document)

    # ----- answers -----

    def _opened(self, document: OpenedDocument) -> None:
        self.stack.setCurrentWidget(self.view)
        self.toolbar.page_count.setText(f"/ {document.pages}")
        self._allow(True)
        self.view.show_document(document, self._target)
        self.side.show_document(document.sizes)
        self.side.show_page(self.view.page)
        if document.active:
            self.notice.say("active", tr("viewer.active"), "paperclip")
        self._draw_evidence()
        if self._target_rect is not None:
            self.view.show_place(self._target.page, self._target_rect)
        self._show_words()
        self._focus_after_retry(self.view)

    def _focus_after_retry(self, widget: QWidget) -> None:
        """While the document was read again the button that had the focus was gone."""
        if self._retrying:
            self._retrying = False
            widget.setFocus()

    def _failed(self, error: Exception) -> None:
        self.empty.say("file-x", tr("viewer.failed"), why(error), tr("viewer.again"))
        self.stack.setCurrentWidget(self.empty)
        self._allow(False)
        self._focus_after_retry(self.empty.button)

    def _again(self) -> None:
        """Once more from the start, at the place that was asked for."""
        self._retrying = True
        self._open(self._current, self._target.page, self._target_rect)

    def _clear(self) -> None:
        """Nothing of a document stays in sight."""
        self.view.show_document(None)
        self.side.show_document(())
        for about in ("active", "mark", DONE, "address"):
            self.notice.drop(about)

    def _shaped(self) -> None:
        self.side.thumbnails.set_rotation(self.view.sheet.rotation)
        self._state_changed()

    def _show_side(self) -> None:
        # It stays while the next document opens, or the pages would change their width twice.
        self.side.setVisible(self.toolbar.side_button.isChecked() and bool(self._current))

    def _jump(self, page: int) -> None:
        """A jump inside the document, which can be taken back."""
        if page != self.view.page:
            self.leave()
            self.view.go_to(page)

    def _page_shown(self, page: int) -> None:
        self.page_box.set_stored(str(page))
        self.side.show_page(page)
        self.place.emit(self._current, page)
        self._state_changed()

    def _page_typed(self) -> None:
        text = self.page_box.text()
        if text.isdecimal():
            self._jump(min(max(int(text), 1), self.view.count))
            self.view.setFocus()
        self.page_box.setText(str(self.view.page))

    def _allow(self, shown: bool) -> None:
        self.toolbar.allow(shown)
        self._show_side()
        self.chooser.setEnabled(bool(self._documents))
        if not shown:
            self.search.hide()


def _marked(document: Document, marked: Mapping[str, str]) -> str:
    title, word = _title(document), marked.get(document.id, "")
    return tr("viewer.marked", word=word, title=title) if word else title


def _title(document: Document) -> str:
    pages = tr("viewer.pages.count", count=document.pages)
    return f"{document.title or document.name} · {pages} · {i18n.file_size(document.size)}"
