"""The page behind the last item: overall opinion, private note, and the two ways not to score."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from ndb_desktop.services.review import ReviewSession
from ndb_desktop.ui import i18n
from ndb_desktop.ui.expert.opinion_cards import NoteCard
from ndb_desktop.ui.expert.store import ReviewStore
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import ElidingButton, PlainLabel
from ndb_desktop.ui.widgets.fields import TextBox
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import Card, column, holder, row, scroll


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
        self.unable = TextBox(tr("overall.unable"), placeholder=tr("overall.unable.hint"), lines=3)
        self.unable.setObjectName("overall.unable")
        self.unable_save = ElidingButton(tr("overall.unable.save"), "normal", "circle-slash")
        self.unable_save.setObjectName("overall.unable.save")
        self.unable_clear = ElidingButton(tr("overall.unable.clear"), "normal", "undo-2")
        self.unable_clear.setObjectName("overall.unable.clear")
        self.recuse = ElidingButton(tr("overall.recuse"), "danger", "ban")
        self.recuse.setObjectName("overall.recuse")
        opinion = Card(PlainLabel(tr("overall.opinion"), "heading"), PlainLabel(tr("overall.opinion.text"), "small"))
        opinion.box.addWidget(self.opinion)
        unable = Card(PlainLabel(tr("overall.unable"), "heading"), PlainLabel(tr("overall.unable.text"), "small"))
        unable.box.addWidget(self.unable)
        unable.box.addLayout(Flow(self.unable_save, self.unable_clear, gap=1.5))
        recuse = Card(PlainLabel(tr("overall.recuse.title"), "heading"), PlainLabel(tr("overall.recuse.text"), "small"))
        recuse.box.addLayout(row(self.recuse, None))
        body = column(
            PlainLabel(tr("expert.overall"), "title"),
            self.summary,
            opinion,
            self.note,
            unable,
            recuse,
            gap=2,
            margins=2,
        )
        body.addStretch(1)
        self.area = scroll(holder(body), tr("expert.overall"))
        self.setLayout(column(self.area))
        self.opinion.edited.connect(lambda text: self._write("set_opinion", text))
        self.note.edited.connect(lambda text: self._write("set_note", text))
        self.unable_save.clicked.connect(lambda: self._write("set_unable", self.unable.toPlainText().strip()))
        self.unable_clear.clicked.connect(lambda: self._write("set_unable", ""))
        self.unable.typed.connect(lambda _text: self._buttons())
        self.recuse.clicked.connect(self.recuse_asked)
        store.changed.connect(self._stored)

    def show_application(self, application: str) -> None:
        """The overall page of an application."""
        self._application = application
        for box in (self.opinion, self.note, self.unable):
            box.drop_pending() if isinstance(box, TextBox) else box.forget()
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
        self.unable.set_stored(sheet.unable)
        editable = not view.locked and sheet.declaration.status == "clear"
        for widget in (self.opinion, self.note, self.unable):
            widget.setEnabled(editable)
        # A conflict found after signing is declared all the same: it starts a revision.
        self.recuse.setEnabled(sheet.declaration.status == "clear")
        self._buttons()

    def _buttons(self) -> None:
        view = self._store.view
        if not self._application:
            return
        sheet = view.sheet(self._application)
        editable = not view.locked and sheet.declaration.status == "clear"
        text = self.unable.toPlainText().strip()
        enough = len(text) >= max(1, view.item(self._application).pack.settings.reason_min)
        self.unable_save.setEnabled(editable and enough and text != sheet.unable)
        self.unable_clear.setEnabled(editable and bool(sheet.unable))

    def commit(self) -> None:
        """Stores what is typed but not yet reported."""
        self.opinion.commit()
        self.note.commit()

    def _write(self, setter: str, text: str) -> None:
        application = self._application

        def write(session: ReviewSession) -> object:
            return getattr(session, setter)(application, text)

        if application and not self._store.view.locked:
            self._store.apply(write)
