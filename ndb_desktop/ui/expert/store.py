"""The open review as the widgets see it: reads come from `view`, writes go through the database lane.

A change is built *inside* the lane from what is stored there, so two quick edits of one item never overwrite each
other; each is one durable commit, and `changed` tells the views what to look at again.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal

from ndb_desktop.domain.sheet import ItemEntry
from ndb_desktop.services.review import Change, ReviewSession
from ndb_desktop.ui import tasks
from ndb_desktop.ui.expert.view import ReviewView

Apply = Callable[[ReviewSession], Any]


class ReviewStore(QObject):
    """Signals: `changed(object)` a `Change`, or `None` for more than one sheet; `failed(object)` an error of a write;
    `stored()` something was saved.
    """

    changed = Signal(object)
    failed = Signal(object)
    stored = Signal()

    def __init__(self, session: ReviewSession, view: ReviewView) -> None:
        super().__init__()
        self.session = session
        self.view = view
        self.waiting = 0

    def apply(self, work: Apply, then: Callable[[Any], None] | None = None) -> None:
        """Runs one write in the lane; `then` gets its result after the views were told."""
        self.waiting += 1
        session, view = self.session, self.view

        def write() -> Any:
            try:
                result = work(session)
            except Exception:
                view.renew()
                raise
            view.renew(result.application if isinstance(result, Change) else "")
            return result

        def done(result: Any) -> None:
            self.waiting -= 1
            self.changed.emit(result if isinstance(result, Change) else None)
            self.stored.emit()
            if then is not None:
                then(result)

        def failed(error: Exception) -> None:
            self.waiting -= 1
            self.failed.emit(error)
            # The views still show what the user tried; bring back what is stored.
            self.changed.emit(None)

        tasks.run(lambda _progress, _cancel: write(), done=done, failed=failed, owner=self)

    def edit_item(self, application: str, item: str, **values: Any) -> None:
        """Changes some fields of an item's entry."""
        self.apply(lambda session: _edit(session, application, item, lambda old: dataclasses.replace(old, **values)))

    def change_item(self, application: str, item: str, change: Callable[[ItemEntry], ItemEntry]) -> None:
        """Changes an item's entry by a function of what is stored."""
        self.apply(lambda session: _edit(session, application, item, change))

    def undo(self, then: Callable[[Any], None] | None = None) -> None:
        """Takes back the last change; `then` gets the `Change`, so that the views can go to it."""
        if self.view.can_undo:
            self.apply(lambda session: session.undo(), then)

    def redo(self, then: Callable[[Any], None] | None = None) -> None:
        """Does the change taken back again; `then` as in `undo`."""
        if self.view.can_redo:
            self.apply(lambda session: session.redo(), then)


def _edit(
    session: ReviewSession, application: str, item: str, change: Callable[[ItemEntry], ItemEntry]
) -> Change | None:
    old = session.sheet(application).items.get(item, ItemEntry(item))
    new = change(old)
    return session.set_entry(application, new) if new != old else None
