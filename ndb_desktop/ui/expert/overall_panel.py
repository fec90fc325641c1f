"""The page behind the last item: overall opinion, private note, and the two ways not to score."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from ndb_desktop.services.review import ReviewSession
from ndb_desktop.ui import i18n
from ndb_desktop.ui.expert.opinion_cards import NoteCard
from ndb_desktop.ui.expert.store import ReviewStore
from ndb_desktop.ui.expert.unable_card import UnableCard
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, PlainLabel
from ndb_desktop.ui.widgets.fields import TextBox
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import Card, column, holder, scroll


class OverallPanel(QWidget):
    """Signal `recuse_asked()`: the expert wants to declare a conflict after all."""

    recuse_asked = Signal()

    def __init__(self, store: ReviewStore) -> None:
        super().__init__()
        self.setObjectName("overall")
        self._store = store
        self._application = ""
        self.summary = PlainLabel("")
        self.summary.setObjectName("overall.summary")
        self.opinion = TextBox(tr("overall.opinion"), placeholder=tr("overall.opinion.hint"), lines=6)
        self.opinion.setObjectName("overall.opinion")
        self.note = NoteCard(tr("overall.note"), "overall.note")
        self.unable_card = UnableCard(store)
        self.unable = self.unable_card.text
        self.recuse = Button(tr("overall.recuse"), "danger", "ban")
        self.recuse.setObjectName("overall.recuse")
        opinion = Card(PlainLabel(tr("overall.opinion"), "heading"), PlainLabel(tr("overall.opinion.text"), "small"))
        opinion.box.addWidget(self.opinion)
        recuse = Card(PlainLabel(tr("overall.recuse.title"), "heading"), PlainLabel(tr("overall.recuse.text"), "small"))
        recuse.box.addLayout(Flow(self.recuse))
        body = column(
            PlainLabel(tr("expert.overall"), "title"),
            self.summary,
            opinion,
            self.note,
            self.unable_card,
            recuse,
            gap=2,
            margins=2,
        )
        body.addStretch(1)
        self.area = scroll(holder(body), tr("expert.overall"))
        self.setLayout(column(self.area))
        self.opinion.edited.connect(lambda text: self._write("set_opinion", text))
        self.note.edited.connect(lambda text: self._write("set_note", text))
        self.recuse.clicked.connect(self.recuse_asked)
        store.changed.connect(self._stored)

    def show_application(self, application: str) -> None:
        """The overall page of an application."""
        self._application = application
        self.opinion.drop_pending()
        self.note.forget()
        self.unable_card.show_application(application)
        self.refresh()
        self.area.verticalScrollBar().setValue(0)

    def _stored(self, _change: object) -> None:
        if not self._store.waiting:
            self.refresh()

    def refresh(self) -> None:
        """Shows what is stored."""
        if not self._application:
            return
        view = self._store.view
        sheet = view.sheet(self._application)
        totals = view.totals(self._application)
        self.summary.setText(i18n.phrase(totals.explanation))
        self.opinion.set_stored(sheet.opinion)
        self.note.show_note(sheet.note)
        editable = not view.locked and sheet.declaration.status == "clear"
        for widget in (self.opinion, self.note):
            widget.setEnabled(editable)
        self.unable_card.refresh(editable)
        # A conflict found after signing is declared all the same: it starts a revision.
        self.recuse.setEnabled(sheet.declaration.status == "clear")

    def commit(self) -> None:
        """Stores what is typed but not yet reported."""
        self.opinion.commit()
        self.note.commit()
        self.unable_card.commit()

    def _write(self, setter: str, text: str) -> None:
        application = self._application

        def write(session: ReviewSession) -> object:
            return getattr(session, setter)(application, text)

        if application and not self._store.view.locked:
            self._store.apply(write)
