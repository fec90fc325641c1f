"""The page behind the last item: overall opinion, private note, and the two ways not to score."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from ndb_desktop.domain.sheet import Sheet
from ndb_desktop.services.review import ReviewSession
from ndb_desktop.services.review_drafts import UNABLE, Draft
from ndb_desktop.ui import i18n
from ndb_desktop.ui.expert.opinion_cards import NoteCard
from ndb_desktop.ui.expert.round_card import UpholdCard
from ndb_desktop.ui.expert.store import ReviewStore
from ndb_desktop.ui.expert.unable_card import UnableCard
from ndb_desktop.ui.expert.walk import OVERALL
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
        self.live = False
        """Whether this is the page in hand."""
        self.made_from: tuple[tuple[str, str], Sheet, bool, Draft] | None = None
        self.summary = PlainLabel("")
        self.summary.setObjectName("overall.summary")
        self.opinion = TextBox(tr("overall.opinion"), placeholder=tr("overall.opinion.hint"), lines=6)
        self.opinion.setObjectName("overall.opinion")
        self.note = NoteCard(tr("overall.note"), "overall.note")
        self.uphold_card = UpholdCard(store)
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
            self.uphold_card,
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

    def show_item(self, application: str, item: str = OVERALL) -> None:
        """The overall page of an application, from the top."""
        view = self._store.view
        self._application = application
        self.opinion.drop_pending()
        self.note.forget()
        self.uphold_card.show_application(application)
        self.unable_card.show_application(application)
        self.refresh()
        self.area.verticalScrollBar().setValue(0)
        kept = self._store.draft(application, UNABLE)
        self.made_from = ((application, item), view.sheet(application), view.locked, kept)

    def ready_for(self, place: tuple[str, str]) -> bool:
        """Whether the overall page of an application stands here as it is stored now; no longer once it was in hand."""
        if self.made_from is None or self.live:
            return False
        view = self._store.view
        return self.made_from == (place, view.sheet(place[0]), view.locked, self._store.draft(place[0], UNABLE))

    def take_focus(self, name: str) -> None:
        """The focus comes from an item: to the part of the same name, else to the opinion."""
        part = self.findChild(QWidget, name) if name else None
        (part if part is not None and part.isVisible() and part.isEnabled() else self.opinion).setFocus()

    def stays_at_top(self) -> bool:
        """Always: nothing here needs to be scrolled to."""
        return True

    def bring_draft(self) -> None:
        """Nothing here needs to be scrolled to."""

    def show_folds(self) -> None:
        """Nothing here is folded."""

    def folded(self) -> tuple[bool, ...]:
        """Nothing here is folded."""
        return ()

    def draw_curves(self) -> None:
        """There are none."""

    def _stored(self, _change: object) -> None:
        if not self._store.waiting:
            self.refresh()

    def refresh(self) -> None:
        """Shows what is stored."""
        if not self._application:
            return
        view = self._store.view
        sheet = view.sheet(self._application)
        if sheet.status == "unable":
            self.summary.setText(tr("overall.unable.total"))
        elif shares := view.own_shares(self._application):
            said = tr("list.separator").join(f"{name} {value}" for name, value in shares)
            self.summary.setText(f"{said}\n{tr('stagesheet.alone')}")
        else:
            self.summary.setText(i18n.phrase(view.totals(self._application).explanation))
        self.opinion.set_stored(sheet.opinion)
        self.note.show_note(sheet.note)
        clear = sheet.declaration.status == "clear"
        editable = clear and not view.locked
        self.opinion.setEnabled(editable)
        # It never leaves this computer, so it may be written after signing as well.
        self.note.setEnabled(clear)
        self.uphold_card.refresh(editable and sheet.status == "scored")
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

        if application and (setter == "set_note" or not self._store.view.locked):
            self._store.apply(write)
