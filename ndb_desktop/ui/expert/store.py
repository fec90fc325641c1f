"""The open review as the widgets see it: reads come from `view`, writes go through the database lane.

A change is built *inside* the lane from what is stored there, so two quick edits of one item never overwrite each
other; each is one durable commit, and `changed` tells the views what to look at again. What the disk does not take
is held in memory by the session and shown all the same; the store says so and tries again until it is stored.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.numbers import plain
from ndb_desktop.domain.sheet import ItemEntry
from ndb_desktop.services.review import Change, ReviewSession
from ndb_desktop.services.review_drafts import Draft
from ndb_desktop.ui import pending, tasks
from ndb_desktop.ui.expert.reading_memory import ReadingMemory
from ndb_desktop.ui.expert.view import ReviewView

Apply = Callable[[ReviewSession], Any]


@dataclasses.dataclass(frozen=True)
class LeftMark:
    """What was typed as the number of an item and could not be taken or stored; `error` says why.

    `level` is the level it was typed for, "" where that is stored.
    """

    application: str
    item: str
    typed: str
    error: NdbError
    level: str = ""


RETRY_MS = 4000
"""How often what could not be stored is tried again by itself."""
_TYPED = frozenset({"reason", "note"})
"""Texts of an entry: the pieces in which one is typed are one step of undo."""


class ReviewStore(QObject):
    """Signals: `changed(object)` a `Change`, or `None` for more than one sheet; `failed(object)` an error of a write;
    `mark_left(object)` a `LeftMark`; `stored()` something was saved; `standing_changed()` look at `waiting`,
    `unsaved`, `trouble`, `away` again; `documents_back()` the bundle can be read again; `written_changed()` look at
    `written` again.
    """

    changed = Signal(object)
    failed = Signal(object)
    mark_left = Signal(object)
    stored = Signal()
    standing_changed = Signal()
    documents_back = Signal()
    written_changed = Signal()
    _gone = Signal()

    def __init__(self, session: ReviewSession, view: ReviewView) -> None:
        super().__init__()
        self.session = session
        self.view = view
        self.reading = ReadingMemory(session)
        self.waiting = 0
        self.unsaved = 0
        self.trouble: NdbError | None = None
        self.away = False
        self.written: dict[int, Path] = {}
        self._drafts: dict[tuple[str, str], Draft] = {}
        self._coming: dict[tuple[str, str], ItemEntry] = {}
        # Here and not on the page, which is made anew with every change of language or type.
        session.hold_unsaved()
        # The reader of a document finds out in a thread of its own.
        self._gone.connect(self._bundle_gone, Qt.ConnectionType.QueuedConnection)
        session.on_bundle_away(self._gone.emit)
        self._again = QTimer(self, singleShot=True, interval=RETRY_MS)
        self._again.timeout.connect(self.retry)

    # ----- writing -----

    def apply(self, work: Apply, then: Callable[[Any], None] | None = None) -> None:
        """Runs one write in the lane; `then` gets its result after the views were told."""
        # It may change any mark, as undoing does: what is known is what is stored.
        self._coming.clear()
        self._write(work, then)

    def _write(
        self, work: Apply, then: Callable[[Any], None] | None = None, lost: Callable[[Exception], bool] | None = None
    ) -> None:
        """`lost` is asked first when the write fails; it is `True` when it told the user."""
        self.waiting += 1
        self.standing_changed.emit()
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
            self._settled()
            self.changed.emit(result if isinstance(result, Change) else None)
            self.stored.emit()
            if then is not None:
                then(result)

        def failed(error: Exception) -> None:
            # What was built on it may fail as well.
            self._coming.clear()
            self._settled()
            if lost is None or not lost(error):
                self.failed.emit(error)
            # The views still show what the user tried; bring back what is stored, but never take away what was typed.
            pending.refuse()
            self.changed.emit(None)

        tasks.run(lambda _progress, _cancel: write(), done=done, failed=failed, owner=self)

    def _settled(self) -> None:
        self.waiting -= 1
        if not self.waiting:
            # Nothing is on its way any more: the view knows all that is stored.
            self._drafts.clear()
            self._coming.clear()
        self._look()

    def _look(self) -> None:
        """How the worksheet stands now, and another try later if something could not be stored."""
        self.unsaved, self.trouble = self.session.unsaved, self.session.trouble
        if self.unsaved:
            self._again.start()
        else:
            self._again.stop()
        self.standing_changed.emit()

    def retry(self, then: Callable[[], None] | None = None) -> None:
        """Tries to store what is held; `then` is called when nothing is held any more."""
        self._again.stop()
        session, view = self.session, self.view

        def work() -> None:
            session.store_unsaved()
            view.renew()

        def done(_result: object) -> None:
            self._look()
            self.changed.emit(None)
            self.stored.emit()
            if then is not None and not self.unsaved:
                then()

        tasks.run(lambda _p, _c: work(), done=done, failed=lambda _error: self._look(), owner=self)

    def stop(self) -> None:
        """The review is being closed: nothing is tried again by itself."""
        self._again.stop()

    def look_again(self) -> None:
        """The worksheet holds something else now: everybody looks again."""
        self._look()
        self.changed.emit(None)

    def keep_checked(self, on: bool) -> None:
        """Remembers whether all was looked over (核对); where the disk refuses, the user looks over it once more."""
        self.view.checked = on
        session = self.session
        tasks.run(lambda _p, _c: session.keep_checked(on), done=lambda _n: None, failed=lambda _e: None, owner=self)

    def note_written(self, revision: int, path: Path) -> None:
        """Remembers where a signed file was written."""
        self.written[revision] = path
        self.written_changed.emit()

    # ----- the bundle's medium -----

    def _bundle_gone(self) -> None:
        self.away = self.session.bundle_away
        self.standing_changed.emit()

    def find_bundle(self, path: Path | None = None) -> None:
        """Takes up the bundle again after its medium was put back (at `path`, if it is elsewhere now)."""
        session = self.session

        def done(_result: object) -> None:
            self.away = False
            self.standing_changed.emit()
            self.documents_back.emit()

        tasks.run(lambda _p, _c: session.find_bundle(path), done=done, failed=self.failed.emit, owner=self)

    # ----- edits -----

    def entry(self, application: str, item: str) -> ItemEntry:
        """An item's entry as it stands once what is on its way is stored: a quick hand goes on from there."""
        return self._coming.get((application, item)) or self.view.entry(application, item)

    def edit_item(self, application: str, item: str, **values: Any) -> None:
        """Changes some fields of an item's entry."""
        typing = ",".join(values) if values.keys() <= _TYPED else ""
        self.change_item(application, item, lambda old: dataclasses.replace(old, **values), typing)

    def change_item(
        self, application: str, item: str, change: Callable[[ItemEntry], ItemEntry], typing: str = ""
    ) -> None:
        """Changes an item's entry by a function of what is stored; a number that is not stored leads back to it."""
        coming = self._coming[application, item] = change(self.entry(application, item))
        self._write(
            lambda session: _edit(session, application, item, change, typing),
            lost=lambda error: self._lost(application, coming, error),
        )

    def _lost(self, application: str, wanted: ItemEntry, error: Exception) -> bool:
        """Gives back the number of an item that may have been left since; `False` when there is none to give."""
        stored = self.view.entry(application, wanted.item)
        if wanted.value is None or wanted.value == stored.value or not isinstance(error, NdbError):
            return False
        level = "" if wanted.level == stored.level else wanted.level or ""
        self.mark_left.emit(LeftMark(application, wanted.item, plain(wanted.value), error, level))
        return True

    # ----- forms that are not submitted (草稿) -----

    def draft(self, application: str, form: str) -> Draft:
        """What stands in such a form: what was given to `keep_draft` last, else what is stored; nothing if none."""
        known = self._drafts.get((application, form))
        return self.view.draft(application, form) if known is None else known

    def keep_draft(self, application: str, form: str, values: Draft) -> None:
        """Stores it; nothing in `values` takes it away."""
        self._drafts[application, form] = values

        def keep(session: ReviewSession) -> Change:
            session.keep_draft(application, form, values)
            return Change(application, "draft", form)

        self._write(keep)

    def submit(self, application: str, form: str, work: Apply, then: Callable[[Any], None] | None = None) -> None:
        """As `apply`; what `work` takes from the form is no draft any more. If it fails, the draft is there again."""
        self._drafts[application, form] = {}

        def both(session: ReviewSession) -> Any:
            result = work(session)
            session.keep_draft(application, form, {})
            return result

        self.apply(both, then)


def _edit(
    session: ReviewSession,
    application: str,
    item: str,
    change: Callable[[ItemEntry], ItemEntry],
    typing: str = "",
) -> Change | None:
    old = session.sheet(application).items.get(item, ItemEntry(item))
    new = change(old)
    return session.set_entry(application, new, typing=typing) if new != old else None
