"""One application on the page of declarations, and the quick way for all that are left."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout

from ndb_desktop.domain.sheet import Declaration, Sheet
from ndb_desktop.services.review import ReviewItem
from ndb_desktop.services.review_drafts import Draft
from ndb_desktop.ui import i18n
from ndb_desktop.ui.expert import words
from ndb_desktop.ui.expert.declaration import Consequences, DeclarationForm
from ndb_desktop.ui.expert.grounds import GroundsToRead
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, PlainLabel
from ndb_desktop.ui.widgets.badge import Badge
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import Card, clear, column, row


class ApplicationLine(Card):
    """One application to declare for: its name, its state, two buttons, and the grounds when they are wanted.

    Signals: `declared(object)`; `drafted(object)` what stands in the form that is not submitted; `asked()` the grounds
    were unfolded.
    """

    asked = Signal()
    declared = Signal(object)
    drafted = Signal(object)

    def __init__(self, review: ReviewItem, place: str, about: str) -> None:
        super().__init__(gap=1, margins=2)
        self._review = review
        self._sheet = Sheet(review.application.id)
        self._signed = False
        self._draft: Draft = {}
        self.badge = Badge("", "circle", "quiet")
        name = PlainLabel(review.application.applicant, "heading")
        self.clear_button = Button(tr("declare.clear"), "normal", "check")
        self.clear_button.setObjectName(f"clear.{place}")
        self.clear_button.setAccessibleName(tr("declare.clear.for", name=review.application.applicant))
        self.clear_button.clicked.connect(lambda: self.declared.emit(Declaration("clear")))
        self.recuse_button = Button(tr("declare.recuse"), "quiet", "ban")
        self.recuse_button.setObjectName(f"recuse.{place}")
        self.recuse_button.setAccessibleName(tr("declare.recuse.for", name=review.application.applicant))
        self.recuse_button.clicked.connect(self._ask)
        self.return_button = Button(tr("declare.return"), "quiet", "undo-2")
        self.return_button.setObjectName(f"return.{place}")
        self.return_button.setAccessibleName(tr("declare.return.for", name=review.application.applicant))
        self.return_button.clicked.connect(lambda: self.declared.emit(Declaration()))
        self._note = PlainLabel("", "small")
        text = column(name, PlainLabel(about, "small"), self._note, gap=0.25)
        self._buttons = Flow(self.badge, self.clear_button, self.recuse_button, self.return_button, gap=1.5)
        self._line: QBoxLayout = row(text, self._buttons, gap=1.5)
        self._line.setStretch(0, 1)
        self.box.addLayout(self._line)
        self._form: DeclarationForm | None = None

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        """The buttons stand beside the name where half the width is enough for them, else below it."""
        beside = self.width() >= 2 * self._buttons.sizeHint().width()
        self._line.setDirection(QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom)

    def show_state(
        self, sheet: Sheet, state: words.State, *, locked: bool, allowed: bool, final: bool, draft: Draft
    ) -> None:
        """The declaration as stored; `allowed`: the statements are agreed to; `final`: a recusal was exported.

        `draft` is what was left in the form of a recusal.
        """
        self._sheet, self._signed, self._draft = sheet, locked, draft
        declaration = sheet.declaration
        names = {"none": tr("declare.state.none"), "clear": tr("declare.state.clear"), "recused": tr("state.recused")}
        icons = {"none": ("circle", "quiet"), "clear": ("circle-check", "accent"), "recused": ("ban", "neutral")}
        icon, kind = icons[declaration.status]
        self.badge.show_state(names[declaration.status], icon, kind)
        self.clear_button.setVisible(declaration.status == "none")
        self.clear_button.setEnabled(allowed and not locked)
        self.recuse_button.setVisible(declaration.status != "recused")
        # A conflict found after signing is declared all the same: it starts a revision.
        self.recuse_button.setEnabled(allowed)
        recused = declaration.status == "recused"
        self.return_button.setVisible(recused and not final and not locked)
        note = self._said(declaration, final=final)
        self._note.setText(note)
        self._note.setVisible(bool(note))
        self._arrange()
        self.setAccessibleDescription(f"{state.text} {note}".strip())
        if recused:
            self._close()
        elif self._form is None:
            if draft and allowed:
                self._open()
        elif draft != self._form.draft.stored and not self._form.draft.active:
            # It was gone on with, or given up, on the page where one scores.
            self._form.show_draft(draft)
            if not draft:
                self._close()

    def commit(self) -> None:
        """Stores what is typed but not yet reported."""
        if self._form is not None:
            self._form.draft.commit()

    @staticmethod
    def _said(declaration: Declaration, *, final: bool) -> str:
        if declaration.status == "none":
            return ""
        at = tr("declare.at", at=i18n.local_time(declaration.at))
        if declaration.status == "clear":
            return at
        codes = tr("list.separator").join(
            tr("grounds.line", code=code, name=tr(f"conflict.{code}")) for code in declaration.codes
        )
        grounds = tr("declare.said", codes=codes, words=declaration.words) if declaration.words else codes
        return "\n".join((at, grounds, tr("declare.return.final") if final else tr("declare.return.note")))

    def _ask(self) -> None:
        if self._form is not None:
            self._form.back.click()
            return
        self._open().open_grounds()
        self.asked.emit()

    def _open(self) -> DeclarationForm:
        self._form = DeclarationForm(
            self._review.application.applicant,
            Declaration(),
            recusing=True,
            cancellable=True,
            embedded=True,
            consequences=Consequences.of(self._sheet, signed=self._signed),
            draft=self._draft,
        )
        self._form.draft.kept.connect(self.drafted)
        self._form.declared.connect(self.declared)
        self._form.cancelled.connect(self._close)
        self.box.addWidget(self._form)
        return self._form

    def _close(self) -> None:
        if self._form is not None:
            form, self._form = self._form, None
            form.hide()
            form.deleteLater()
            if self.isVisible():
                self.recuse_button.setFocus()


class AllClearPanel(Card):
    """All grounds to read and all names, then one button for them. Signals: `confirmed()`, `cancelled()`."""

    confirmed = Signal()
    cancelled = Signal()

    def __init__(self) -> None:
        super().__init__(kind="soft", gap=1.5, margins=2.5)
        self.setObjectName("declare.all")
        self.setAccessibleName(tr("declare.all.read"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._parts = column(gap=1.5)
        self.box.addLayout(self._parts)
        self.confirm = Button(tr("declare.all.confirm"), "primary", "check")
        self.confirm.setObjectName("declare.all.confirm")
        self.confirm.clicked.connect(self.confirmed)
        self.cancel = Button(tr("action.cancel"))
        self.cancel.setObjectName("declare.all.cancel")
        self.cancel.clicked.connect(self.cancelled)
        self.box.addLayout(Flow(self.confirm, self.cancel, gap=2))

    def ask(self, names: list[str]) -> None:
        """Shows the list for the applicants left."""
        clear(self._parts)
        self._parts.addWidget(PlainLabel(tr("declare.all.read"), "heading"))
        self._parts.addWidget(GroundsToRead())
        self._parts.addWidget(PlainLabel(tr("declare.all.names", count=len(names)), "heading"))
        self._parts.addWidget(PlainLabel("\n".join(names)))
        self._parts.addWidget(PlainLabel(tr("declare.all.else"), "muted"))
        self.show()
