"""草稿: keeps what is typed into a form until it is submitted or given up; see `services.review_drafts`."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from ndb_desktop.services.review_drafts import Draft, fits
from ndb_desktop.ui import pending
from ndb_desktop.ui.widgets.fields import PAUSE_MS
from ndb_desktop.ui.widgets.layout import Card


class DraftKeeper(QObject):
    """Belongs to a form whose fields `read` gives as texts. The form calls `touched` whenever one of them changes.

    Signal `kept(object)`: typing rested, this is to be stored; nothing in it when the form stands as nobody touched it.
    """

    kept = Signal(object)

    def __init__(self, form: QWidget, read: Callable[[], Draft]) -> None:
        super().__init__(form)
        self._form, self._read = form, read
        self._untouched: list[Draft] = []
        self._filling = self._refused = False
        self.active = False
        """Whether something was typed that was not given away yet."""
        self.stored: Draft = {}
        """What was given away last, or filled in from what is stored."""
        self._timer = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._timer.timeout.connect(self.commit)

    def fill(self, fill: Callable[[], object], stored: Draft) -> None:
        """Lets `fill` set the fields without taking that for typing; `stored` is what they show, nothing if fresh."""
        self._filling = True
        try:
            fill()
        finally:
            self._filling = False
        self.drop()
        self.stored = dict(stored)

    def rest(self, *, fresh: bool = False) -> None:
        """The form as it stands now holds nothing anybody typed; with `fresh`, it is another form than before."""
        self._timer.stop()
        self.active = False
        self._untouched = [*([] if fresh else self._untouched), dict(self._read())]

    def touched(self, _value: object = None) -> None:
        """A field changed."""
        if not self._filling:
            self.active, self._refused = True, False
            self._timer.start()
            pending.note(self._form)

    def commit(self) -> None:
        """Gives away what was typed."""
        self._timer.stop()
        if not self.active:
            return
        self.active = False
        values = dict(self._read())
        if values in self._untouched:
            values = {}
        self._refused = not fits(values)
        if values != self.stored and not self._refused:
            self.stored = values
            self.kept.emit(values)
        pending.note(self._form)

    def drop(self) -> None:
        """The form was submitted, given up or put away: what stands in it is nobody's any more."""
        self._timer.stop()
        self.active, self._refused, self.stored = False, False, {}
        pending.note(self._form)

    def standing(self) -> str:
        """Whether what stands in the form is stored (see `ui.pending`)."""
        if self._refused:
            return pending.REFUSED
        if self.active:
            return pending.WAITING
        return pending.DRAFT if self.stored else ""


class FormCard(Card):
    """A card with one form; what stands in it is not called saved before the form is submitted."""

    def __init__(self) -> None:
        super().__init__(gap=1.5, margins=2.5)
        self.draft: DraftKeeper | None = None

    def keep(self, read: Callable[[], Draft]) -> DraftKeeper:
        """The keeper of the form."""
        self.draft = DraftKeeper(self, read)
        return self.draft

    def standing(self) -> str:
        """Whether what stands here is stored (see `ui.pending`)."""
        return self.draft.standing() if self.draft is not None else ""
