"""确认或质疑: what the expert says to a score the program computed; the data are right, or one of them is disputed."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from ndb_desktop.domain.rulepack import Indicator, ItemDef
from ndb_desktop.domain.sheet import Challenge, ItemEntry, Sheet
from ndb_desktop.domain.sheetform import TARGET, FormItem, StageQuestion
from ndb_desktop.services import challenging
from ndb_desktop.services import review_drafts as drafts
from ndb_desktop.services.review import ReviewItem
from ndb_desktop.ui import spoken
from ndb_desktop.ui.expert.challenge_form import ChallengeForm
from ndb_desktop.ui.expert.challenge_list import ChallengeList
from ndb_desktop.ui.expert.store import ReviewStore
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, PlainLabel
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import Card, column


class ConfirmPart(QWidget):
    """Signals: `jump(str, int, object)`; `place_asked()` the form wants the place in sight; `opened()` it is there;
    `held_up()` nothing was confirmed because of a challenge half written, which `waits` says.
    """

    jump = Signal(str, int, object)
    place_asked = Signal()
    opened = Signal()
    held_up = Signal()

    def __init__(self, store: ReviewStore) -> None:
        super().__init__()
        self._store = store
        self._review: ReviewItem = store.view.applications[0]
        self._item: FormItem = store.view.first_item
        self._editable = False
        self.confirm_button = Button(tr("expert.confirm"), "normal", "circle-check")
        self.confirm_button.setObjectName("item.confirm")
        self.confirm_button.setCheckable(True)
        self.challenge_button = Button(tr("expert.challenge"), "normal", "message-square-warning")
        self.challenge_button.setObjectName("item.challenge")
        self._ask = PlainLabel(tr("expert.confirm.ask"))
        self.card = Card(self._ask, gap=1, margins=1.5)
        self.card.box.addLayout(Flow(self.confirm_button, self.challenge_button, gap=1.5))
        self.challenges = ChallengeList()
        self.waits = PlainLabel(tr("expert.confirm.waits"), "warning")
        self.waits.setObjectName("item.confirm.waits")
        self.waits.hide()
        self.form = ChallengeForm()
        self.setLayout(column(self.card, self.challenges, self.waits, self.form, gap=1))
        self.confirm_button.clicked.connect(self._confirm)
        self.challenge_button.clicked.connect(self.start)
        self.form.made.connect(self._challenged)
        self.form.cancelled.connect(self._cancelled)
        self.form.place_asked.connect(self.place_asked)
        self.form.draft.kept.connect(lambda values: self._store.keep_draft(*self._key, values))
        self.challenges.remove.connect(self._withdraw)
        self.challenges.jump.connect(self.jump)

    # ----- showing -----

    def show_item(self, review: ReviewItem, item: FormItem) -> None:
        """Another item; a challenge half written for the one before is kept for when one comes back."""
        self._close()
        self._review, self._item = review, item
        self._ask.setText(tr("stage.confirm.ask") if item.part == TARGET else tr("expert.confirm.ask"))

    @property
    def _what(self) -> Indicator | StageQuestion:
        """What is confirmed or disputed: the data of an indicator, or a target."""
        if isinstance(self._item, ItemDef):
            return self._item.indicator
        if isinstance(self._item, StageQuestion):
            return self._item
        raise TypeError(self._item.id)

    def refresh(self, entry: ItemEntry, sheet: Sheet, editable: bool) -> None:
        """What is stored for the item now."""
        self._editable = editable
        self.card.setVisible(self._item.computed)
        confirmed = entry.confirm == "confirmed"
        self.confirm_button.setChecked(confirmed)
        self.confirm_button.setEnabled(editable)
        self.confirm_button.set_text(tr("expert.confirmed") if confirmed else tr("expert.confirm"))
        self._resume() if editable else self._close()
        self.challenge_button.setEnabled(editable and self.form.isHidden())
        self.challenges.show_challenges(self._review.application, self._what, sheet, editable)

    def commit(self) -> None:
        """Stores what is typed in the form but not yet reported."""
        self.form.draft.commit()

    @property
    def _key(self) -> tuple[str, str]:
        """Whose draft the form holds."""
        return self._review.application.id, drafts.challenge(self._item.id)

    @property
    def kept(self) -> drafts.Draft:
        """What was left in the form for the item shown."""
        return self._store.draft(*self._key)

    def _resume(self) -> None:
        """Opens the form with what was left in it, if it is not open."""
        kept = self.kept
        if kept and self.form.isHidden() and self._item.computed:
            self.form.resume(self._review, self._what, self._number(), kept)

    def _close(self) -> None:
        self.commit()
        self._hide_form()

    def _hide_form(self) -> None:
        self.form.hide()
        self.waits.hide()
        self.form.draft.drop()

    # ----- editing -----

    def _edit(self, **values: object) -> None:
        if self._editable:
            self._store.edit_item(self._review.application.id, self._item.id, **values)

    def holds_up(self) -> bool:
        """Whether a challenge half written keeps the data from being confirmed; then it says so.

        The two say the opposite of each other, and nobody knows which was meant: neither is decided in passing.
        """
        self.commit()
        if self.form.isHidden() or not self.form.draft.standing():
            return False
        self.waits.show()
        spoken.say(self.waits, self.waits.text(), urgent=True)
        self.held_up.emit()
        return True

    def accept(self) -> None:
        """Confirms the data; a form in which nothing was written goes."""
        self._close()
        self._edit(state="scored", confirm="confirmed")

    def _confirm(self) -> None:
        application, item = self._review.application.id, self._item.id
        entry = self._store.view.entry(application, item)
        if entry.confirm == "confirmed":
            self._edit(state="open", confirm="")
            return
        if self._editable and self.holds_up():
            self.confirm_button.setChecked(False)
        elif self._editable:
            self._close()
            self._store.apply(lambda session: challenging.confirm(session, application, item))

    def start(self) -> None:
        """Opens the form below; the document in sight is suggested as the place."""
        if not self._editable or not self._item.computed:
            return
        self.waits.hide()
        self.form.start(self._review, self._what, self._number())
        self.place_asked.emit()
        self.form.draft.rest()
        self.challenge_button.setEnabled(False)
        self.opened.emit()

    def _number(self) -> str:
        """An id no challenge of this application has."""
        taken = {challenge.id for challenge in self._store.view.sheet(self._review.application.id).challenges}
        return next(f"c{n}" for n in range(1, 10_000) if f"c{n}" not in taken)

    def _challenged(self, challenge: Challenge) -> None:
        application, form = self._key
        self._close()
        item = self._item.id
        if self._editable:
            self._store.submit(
                application, form, lambda session: challenging.add(session, application, item, challenge)
            )

    def _cancelled(self) -> None:
        self._hide_form()
        if self.kept:
            self._store.keep_draft(*self._key, {})
        self.challenge_button.setEnabled(self._editable)
        self.challenge_button.setFocus()

    def _withdraw(self, challenge: str) -> None:
        application, item = self._review.application.id, self._item.id
        self._store.apply(lambda session: challenging.withdraw(session, application, item, challenge))
