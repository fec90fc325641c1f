"""Undo and redo: their tooltips say what exactly would be taken back or done again; then it is done and told."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from PySide6.QtCore import QObject, Signal

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.sheetform import TASK, FormItem
from ndb_desktop.services.review import Change, ReviewSession
from ndb_desktop.services.review_steps import Step, next_steps
from ndb_desktop.ui import tasks
from ndb_desktop.ui.expert import words
from ndb_desktop.ui.expert.store import ReviewStore
from ndb_desktop.ui.expert.view import ReviewView
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import IconButton, tip
from ndb_desktop.ui.shortcuts import tip_with_keys

Steps = tuple[Step | None, Step | None]


def field_name(step: Step) -> str:
    """What of an item or application a step changes."""
    fields: dict[str, Callable[[], str]] = {
        "level": lambda: tr("undo.level"),
        "value": lambda: tr("undo.value"),
        "confirm": lambda: tr("undo.confirm"),
        "state": lambda: tr("undo.state"),
        "reason": lambda: tr("undo.reason"),
        "note": lambda: tr("undo.note"),
        "flagged": lambda: tr("undo.flagged"),
        "challenge": lambda: tr("undo.challenge"),
        "evidence": lambda: tr("undo.evidence"),
        "opinion": lambda: tr("undo.opinion"),
        "unable": lambda: tr("undo.unable"),
        "change": lambda: tr("undo.change"),
        "upheld": lambda: tr("undo.upheld"),
    }
    found = fields.get(step.field) or fields.get(step.kind)
    return found() if found is not None else tr("undo.entry")


def _finding(item: FormItem, step: Step) -> bool:
    """Whether a step changes what was found of a task, which is no score."""
    return item.part == TASK and step.field == "value"


def step_words(view: ReviewView, step: Step, here: str) -> str:
    """`P2.1 研发投入强度（基本情况）的评分理由`; a step in another application than `here` names the applicant."""
    review = view.item(step.application)
    item = review.form.item_by_id.get(step.key)
    what = tr("undo.finding") if item is not None and _finding(item, step) else field_name(step)
    if item is not None:
        what = tr("undo.of", item=words.item_title(item), part=words.part_name(item.part), what=what)
    return what if step.application == here else tr("undo.elsewhere", applicant=review.application.applicant, what=what)


class UndoNames(QObject):
    """Keeps the names of both buttons true and does what they say; `here` tells the application in sight.

    Signal `told(str)`: what was taken back or done again, in words.
    """

    told = Signal(str)

    def __init__(self, store: ReviewStore, undo: IconButton, redo: IconButton, here: Callable[[], str]) -> None:
        super().__init__(undo)
        self._store, self._undo, self._redo, self._here = store, undo, redo, here
        self._steps: Steps = (None, None)
        store.changed.connect(self.refresh)
        store.standing_changed.connect(self.show_names)
        self.refresh()

    def refresh(self, _change: object = None) -> None:
        """Asks the worksheet; where its medium is away, the buttons keep their plain names."""
        session = self._store.session
        tasks.run(
            lambda _p, _c: next_steps(session), done=self._show, failed=lambda _e: self._show((None, None)), owner=self
        )

    def _show(self, steps: Steps) -> None:
        self._steps = steps
        self.show_names()

    def undo(self, then: Callable[[Change | None], None]) -> None:
        """Takes back the last change, lets `then` show it, and says what it was."""
        if self._store.view.can_undo:
            self._take(then, undone=False)
        else:
            self.told.emit(self._held() or tr("undo.none"))

    def redo(self, then: Callable[[Change | None], None]) -> None:
        """Does the change taken back last again; otherwise as `undo`."""
        if self._store.view.can_redo:
            self._take(then, undone=True)
        else:
            self.told.emit(self._held() or tr("undo.redo.none"))

    def _held(self) -> str:
        """Why nothing can be taken back now although there is something, else ""."""
        return tr("undo.held") if self._store.unsaved else ""

    def _take(self, then: Callable[[Change | None], None], *, undone: bool) -> None:
        here, known = self._here(), []

        def work(session: ReviewSession) -> Change | None:
            # Asked here, in the lane: the names may be one step behind a quick hand.
            with suppress(NdbError):
                known.append(next_steps(session)[undone])
            return session.redo() if undone else session.undo()

        def done(change: Change | None) -> None:
            then(change)
            if change is None:
                return
            step = next((step for step in known if step is not None), None)
            what = step_words(self._store.view, step or Step(change.application, change.kind, change.key), here)
            self.told.emit(tr("undo.redone", what=what) if undone else tr("undo.undone", what=what))

        self._store.apply(work, done)

    def show_names(self) -> None:
        """Writes the names, as seen from the application in sight now."""
        undo, redo = self._steps
        view, here = self._store.view, self._here()
        name = tr("undo.undo", what=step_words(view, undo, here)) if undo is not None else tr("expert.undo")
        _name(self._undo, tip_with_keys(name, "undo"), self._held())
        name = tr("undo.redo", what=step_words(view, redo, here)) if redo is not None else tr("expert.redo")
        _name(self._redo, tip_with_keys(name, "redo"), self._held())


def _name(button: IconButton, name: str, why_not: str) -> None:
    """Names a button, and where it is grey although there is something to do, says why."""
    button.set_name(name)
    button.setAccessibleDescription(why_not)
    if why_not:
        button.setToolTip(tip(f"{name}\n{why_not}"))
