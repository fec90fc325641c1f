"""无法评分: why an application cannot be scored at all; it counts once its button is pressed, and is a draft before."""

from __future__ import annotations

from ndb_desktop.services import review_drafts as drafts
from ndb_desktop.ui.expert.draft import DraftKeeper
from ndb_desktop.ui.expert.store import ReviewStore
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, PlainLabel
from ndb_desktop.ui.widgets.fields import TextBox
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import Card


class UnableCard(Card):
    """Part of the overall page."""

    def __init__(self, store: ReviewStore) -> None:
        super().__init__(PlainLabel(tr("overall.unable"), "heading"), PlainLabel(tr("overall.unable.text"), "small"))
        self._store = store
        self._application = ""
        self._editable = False
        self.text = TextBox(tr("overall.unable"), placeholder=tr("overall.unable.hint"), lines=3)
        self.text.setObjectName("overall.unable")
        self.save = Button(tr("overall.unable.save"), "normal", "circle-slash")
        self.save.setObjectName("overall.unable.save")
        self.clear = Button(tr("overall.unable.clear"), "normal", "undo-2")
        self.clear.setObjectName("overall.unable.clear")
        self.box.addWidget(self.text)
        self.box.addLayout(Flow(self.save, self.clear, gap=1.5))
        self.draft = DraftKeeper(self, self._values)
        self.draft.kept.connect(self._keep)
        self.text.typed.connect(self._typed)
        self.save.clicked.connect(self._save)
        self.clear.clicked.connect(self._clear)

    def show_application(self, application: str) -> None:
        """The reason given for an application, or what was left of one that is not saved yet."""
        self._application = application
        stored = self._store.view.sheet(application).unable
        kept = self._store.draft(application, drafts.UNABLE)
        self.text.drop_pending()

        def fill() -> None:
            self.text.set_stored(stored)
            if kept:
                self.text.setPlainText(kept.get("reason", ""))

        self.draft.fill(fill, kept)

    def refresh(self, editable: bool) -> None:
        """Shows what is stored; what is typed and not saved stays."""
        self._editable = editable
        self.text.set_stored(self._store.view.sheet(self._application).unable)
        self.text.setEnabled(editable)
        self._buttons()

    def commit(self) -> None:
        """Stores what is typed but not yet reported."""
        self.draft.commit()

    def standing(self) -> str:
        """Whether what stands here is stored (see `ui.pending`)."""
        return self.draft.standing()

    def _values(self) -> drafts.Draft:
        text = self.text.toPlainText()
        return {} if text == self._store.view.sheet(self._application).unable else {"reason": text}

    def _keep(self, values: drafts.Draft) -> None:
        self._store.keep_draft(self._application, drafts.UNABLE, values)

    def _typed(self, _text: str) -> None:
        if self._application:
            self.draft.touched()
            self._buttons()

    def _buttons(self) -> None:
        view = self._store.view
        stored = view.sheet(self._application).unable
        text = self.text.toPlainText().strip()
        enough = len(text) >= max(1, view.item(self._application).form.settings.reason_min)
        self.save.setEnabled(self._editable and enough and text != stored)
        self.clear.setEnabled(self._editable and bool(stored))

    def _save(self) -> None:
        application, text = self._application, self.text.toPlainText().strip()
        if self._editable:
            self.commit()
            self.draft.fill(lambda: self.text.setPlainText(text), {})
            self._store.submit(application, drafts.UNABLE, lambda session: session.set_unable(application, text))

    def _clear(self) -> None:
        """What is typed beyond what was saved stays a draft."""
        application = self._application
        if self._editable:
            self._store.apply(lambda session: session.set_unable(application, ""))
