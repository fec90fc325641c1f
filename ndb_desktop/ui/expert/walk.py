"""Where the expert stands: application and item; and the guided walk from one to the next."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from ndb_desktop.domain import flow
from ndb_desktop.domain.sheetform import Form, challenged_item
from ndb_desktop.services.review import Change
from ndb_desktop.ui.expert.view import ReviewView

OVERALL = "overall"
"""Stands behind the last item: overall opinion, note, and what happens when no scoring is possible."""


def _start(form: Form) -> str:
    """The first item; a base that promised nothing at all has only the overall page."""
    return form.items[0].id if form.items else OVERALL


class Walk(QObject):
    """Signals: `application_changed(str)` (also a new item), `item_changed(str)`, `leaving()` before either."""

    application_changed = Signal(str)
    item_changed = Signal(str)
    leaving = Signal()

    def __init__(self, view: ReviewView) -> None:
        super().__init__()
        self._view = view
        first = view.applications[0]
        self.application = first.application.id
        self.item = _start(first.form)
        # Of each application one went away from, the item one stood at.
        self._left: dict[str, str] = {}
        application, item = view.opened_at
        if application:
            # Work goes on where it stopped.
            self.application = application
            known = {definition.id for definition in view.item(application).form.items}
            self.item = item if item in known else OVERALL

    def go(self, application: str, item: str = "") -> None:
        """Goes to an application, at `item`, else where one left it, else at its first unfinished one."""
        self.leaving.emit()
        if item not in ("", OVERALL) and item not in self._view.item(application).form.item_by_id:
            # In the matrix there are columns of items that only other bases have.
            item = ""
        if application != self.application:
            self._left[self.application] = self.item
            self.application = application
            self.item = item or self._place_in(application)
            self.application_changed.emit(application)
        elif item and item != self.item:
            self.item = item
            self.item_changed.emit(item)

    def go_to_change(self, change: Change | None) -> None:
        """Goes to what was undone or done again: a change the user cannot see looks like no change at all."""
        if change is None:
            return
        item = self._item_of(change)
        if item or change.application != self.application:
            self.go(change.application, item)

    def _item_of(self, change: Change) -> str:
        """Where a change can be seen: its item, the overall page, or "" when only the application is known."""
        sheet, form = self._view.sheet(change.application), self._view.item(change.application).form
        if change.kind in ("opinion", "unable", "note", "upheld"):
            return OVERALL
        links = {link.id: link.item for link in sheet.evidence} if change.kind == "evidence" else {}
        disputes = sheet.challenges if change.kind == "challenge" else ()
        challenges = {one.id: challenged_item(form, one) for one in disputes}
        item = links.get(change.key) or challenges.get(change.key) or change.key
        return item if item in form.item_by_id else ""

    def _place_in(self, application: str) -> str:
        """Where one comes to in an application without asking for an item; who compares two goes to and fro."""
        return self._left.get(application) or self._first(application)

    def _first(self, application: str) -> str:
        form = self._view.item(application).form
        return flow.next_open(form, self._view.sheet(application), None) or _start(form)

    def step_item(self, by: int) -> bool:
        """The next or previous item; the overall page stands after the last. `False` at either end."""
        form = self._view.item(self.application).form
        order = [*(item.id for item in form.items), OVERALL]
        place = order.index(self.item) + by
        if not 0 <= place < len(order):
            return False
        self.go(self.application, order[place])
        return True

    def ahead(self) -> list[tuple[str, str]]:
        """Where one is likely to go by one key: next item, next application, the item and the application before."""
        items = [*(item.id for item in self._view.item(self.application).form.items), OVERALL]
        place = items.index(self.item)
        order = [review.application.id for review in self._view.applications]
        here = order.index(self.application)
        places = [(self.application, item) for item in items[place + 1 : place + 2]]
        places += [(name, self._place_in(name)) for name in order[here + 1 : here + 2]]
        places += [(self.application, item) for item in items[max(place - 1, 0) : place]]
        places += [(name, self._place_in(name)) for name in order[max(here - 1, 0) : here]]
        # Of an application that was not declared nothing is shown.
        return [one for one in places if self._view.sheet(one[0]).declaration.status == "clear"]

    def next_open(self) -> bool:
        """The next unfinished item here, else in the next unfinished application; `False` when all is done."""
        form = self._view.item(self.application).form
        current = None if self.item == OVERALL else self.item
        item = flow.next_open(form, self._view.sheet(self.application), current)
        if item is not None and item != self.item:
            self.go(self.application, item)
            return True
        order = [review.application.id for review in self._view.applications]
        found = flow.next_unfinished_application(order, self._finished, self.application)
        if found is None or found == self.application:
            return item is not None
        self.go(found, self._first(found))
        return True

    def _finished(self, application: str) -> bool:
        done, total = self._view.progress(application)
        return done >= total and self._view.sheet(application).declaration.status != "none"

    def step_application(self, by: int) -> bool:
        """The next or previous application in the list."""
        order = [review.application.id for review in self._view.applications]
        place = order.index(self.application) + by
        if not 0 <= place < len(order):
            return False
        self.go(order[place])
        return True
