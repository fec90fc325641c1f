"""The middle of the scoring page: documents of the application in hand, its declaration, or why there is neither."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from ndb_desktop.documents.source import Source
from ndb_desktop.documents.worker import RenderWorker
from ndb_desktop.domain.model import Document
from ndb_desktop.domain.sheet import Declaration
from ndb_desktop.services.review_drafts import DECLARATION
from ndb_desktop.services.tasks import CancelToken, Progress
from ndb_desktop.ui import tasks
from ndb_desktop.ui.expert import words
from ndb_desktop.ui.expert.declaration import Consequences, DeclarationForm
from ndb_desktop.ui.expert.late_recusal import keep_declaration, make_declaration
from ndb_desktop.ui.expert.store import ReviewStore
from ndb_desktop.ui.expert.walk import Walk
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.viewer.material import Material
from ndb_desktop.ui.viewer.reading_pane import ReadingPane
from ndb_desktop.ui.widgets.layout import centred, column, holder, scroll


class ScoreMiddle(QStackedWidget):
    """Signals: `place_shown()` a document was asked for and is shown; `declaring()` a declaration is."""

    place_shown = Signal()
    declaring = Signal()

    def __init__(self, store: ReviewStore, walk: Walk, worker: RenderWorker) -> None:
        super().__init__()
        self._store, self._walk = store, walk
        self._shown = ("", "")
        self._declaring = False
        self._wanted: tuple[str, str, int, object] | None = None
        self._loaded = ""
        self.reading = ReadingPane(worker)
        self.addWidget(self.reading)
        self._page: QWidget = QWidget()
        self._form: DeclarationForm | None = None
        self.addWidget(self._page)

    @property
    def on_documents(self) -> bool:
        """Whether documents are shown, no declaration."""
        return self.currentWidget() is self.reading

    def take_focus(self) -> None:
        """Puts the focus into the document or the declaration."""
        self.reading.viewer.view.setFocus() if self.on_documents else self._page.setFocus()

    def step_back(self) -> bool:
        """Back to the place in the documents before the last jump; `False` when no documents are shown."""
        if not self.on_documents or not self.reading.current[0]:
            return False
        self.reading.step_back()
        return True

    # ----- documents -----

    def show_application(self) -> None:
        """Shows the application the walk stands at: its documents or its declaration."""
        self._declaring = False
        self._show()

    def refresh(self) -> bool:
        """Shows what goes with another status of its declaration; `False` if that is what it was."""
        walk = self._walk
        if self._shown == (walk.application, self._store.view.sheet(walk.application).declaration.status):
            return False
        self._show()
        return True

    def reload(self) -> None:
        """Shows the documents again: the medium of the bundle is back."""
        if not self._declaring:
            self._show()

    def _show(self) -> None:
        view, walk = self._store.view, self._walk
        sheet = view.sheet(walk.application)
        status = sheet.declaration.status
        self._shown = (walk.application, status)
        self._loaded = ""
        if status == "clear":
            self.setCurrentWidget(self.reading)
            # After the first frame, whose painting would share the interpreter with the reading.
            QTimer.singleShot(0, self, partial(self._read, walk.application))
        elif status == "recused":
            self.setCurrentWidget(self.reading)
            self.reading.forget()
            self._store.reading.forget(walk.application)
            again = view.exports and not view.locked and walk.application not in view.final_recusals
            text = tr("recuse.sign_again") if again else tr("expert.recused.text")
            self.reading.show_reason("ban", tr("expert.recused"), text)
        else:
            self.reading.show_reason("lock", tr("expert.closed"), tr("expert.closed.text"))
            self.show_declaration()

    def _read(self, application: str) -> None:
        if self._shown != (application, "clear"):
            return
        session = self._store.session
        tasks.run(
            lambda _p, _c: (session.documents(application), session.reading(application)),
            done=lambda read: self._documents(application, *read),
            failed=self._store.failed.emit,
            owner=self,
        )

    def _documents(self, application: str, documents: tuple[Document, ...], stored: Mapping[str, str]) -> None:
        if application != self._walk.application or self._shown != (application, "clear"):
            return
        session, memory = self._store.session, self._store.reading

        def load(wanted: Document, _progress: Progress, _cancel: CancelToken) -> Source:
            return session.document_source(application, wanted.id)

        self.reading.show_application(
            Material(
                application,
                documents,
                load,
                lambda query, limit, cancel: session.search(application, query, limit=limit, cancel=cancel),
                lambda: session.pages_without_text(application),
                memory.learn(application, stored),
                partial(memory.keep, application),
                words.paper_marks(self._store.view.news, application),
            )
        )
        self._loaded = application
        self._show_wanted()

    def show_place(self, application: str, document: str, page: int, rect: object = None) -> None:
        """Shows a document of the application in sight, as soon as its documents are there."""
        self._wanted = (application, document, page, rect)
        if self._loaded == application:
            self._show_wanted()

    def _show_wanted(self) -> None:
        wanted, self._wanted = self._wanted, None
        if wanted is not None and wanted[0] == self._walk.application:
            self.place_shown.emit()
            self.reading.show_document(*wanted[1:])

    # ----- declaration -----

    def show_declaration(self, *, recusing: bool = False) -> None:
        """The declaration of the application in hand."""
        view, application = self._store.view, self._walk.application
        review = view.item(application)
        form = DeclarationForm(
            review.application.applicant,
            view.sheet(application).declaration,
            recusing=recusing,
            cancellable=recusing,
            consequences=Consequences.of(view.sheet(application), signed=view.locked),
            draft=self._store.draft(application, DECLARATION),
        )
        form.draft.kept.connect(partial(keep_declaration, self._store, application))
        form.declared.connect(lambda made: self.declare(application, made))
        form.cancelled.connect(self._show)
        page = holder(column(centred(form, 760), None, margins=3))
        self._commit_form()
        self._form = form
        old, self._page = self._page, scroll(page, tr("declare.title"))
        self.addWidget(self._page)
        self.setCurrentWidget(self._page)
        self.removeWidget(old)
        old.deleteLater()
        self._declaring = True
        self.declaring.emit()
        if recusing:
            form.open_grounds()

    def declare(self, application: str, declaration: Declaration) -> None:
        """Makes a declaration, as the form does."""
        make_declaration(self._store, application, declaration)

    def commit(self) -> None:
        """Stores what is typed in the form but not yet reported, and remembers how the documents were read."""
        self.reading.keep()
        self._commit_form()

    def _commit_form(self) -> None:
        if self._form is not None:
            self._form.draft.commit()
