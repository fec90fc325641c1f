"""The inspection desk's controller: which visit is open, which page is shown, how it is opened and closed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

from ndb_desktop.services.identity import keys_folder, list_identities, unlock
from ndb_desktop.services.inspect import SiteSession, open_inspection
from ndb_desktop.services.tasks import CancelToken, Progress
from ndb_desktop.ui import tasks
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.inspection.open_page import ChooseVisitPage, unlock_page
from ndb_desktop.ui.inspection.store import SiteStore
from ndb_desktop.ui.inspection.view import SiteView
from ndb_desktop.ui.inspection.words import moment
from ndb_desktop.ui.messages import Message
from ndb_desktop.ui.shell.desk import Desk, Heading, Shell, let_go
from ndb_desktop.ui.shell.opening import SITE
from ndb_desktop.ui.shell.sample import SampleEntry
from ndb_desktop.ui.widgets import files
from ndb_desktop.ui.widgets.opening import WaitPage

_SUFFIXES = (".ndbbundle", ".ndbwork")


class InspectionDesk(Desk):
    """One visit at a time: none, chosen, opening, or open. The record itself lives in the database lane."""

    kinds = frozenset({"visit", "site"})
    guide = "inspection"
    by_hand = True

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self.store: SiteStore | None = None
        self.view: SiteView | None = None
        self._path: Path | None = None
        self._sample: SampleEntry | None = None
        self._task: tasks.Task | None = None
        self._error: Exception | None = None
        self._page = "overview"
        self._record: Path | None = None

    # ----- what the window asks -----

    def make_widget(self) -> QWidget:
        if self.store is not None:
            self.view = SiteView(self.store, self._page)
            self.view.moved.connect(self._moved)
            if self._record is not None:
                QTimer.singleShot(0, self.view, self._take_waiting)
            return self.view
        if self._task is not None:
            return WaitPage("site.opening", tr("site.opening"), self._task, self._task.cancel)
        if self._path is not None:
            return self._unlock_page(self._path)
        page = ChooseVisitPage([path for path in self.shell.settings.recent if path.suffix in _SUFFIXES])
        page.choose.connect(self._browse)
        page.card_asked.connect(self.shell.show_card)
        page.chosen.connect(self._ask_key)
        return page

    def heading(self) -> Heading:
        if self.store is None:
            return Heading(title=tr("desk.inspection"))
        record, pack = self.store.record, self.store.pack
        at = self.store.last_at
        return Heading(
            title=tr("site.heading", visit=record.visit.id),
            subject=record.visit.applicant,
            trial=record.visit.trial,
            proposal=pack.is_proposal,
            saved=tr("site.saved", at=moment(at)) if at else "",
        )

    def accept_files(self, paths: tuple[Path, ...], kind: str) -> None:
        if kind == SITE:
            self._take_record(paths[0])
        else:
            self._close_then(lambda: self._ask_key(paths[0]))

    def takes(self, kind: str) -> bool:
        return kind in self.kinds

    def _take_record(self, path: Path) -> None:
        """A signed record goes to the page for signing; without an open visit it waits until one is."""
        if self.store is None or self.view is None:
            self._record = path
            self.shell.say(Message("info", "", tr("site.pending", name=path.name)))
            return
        self._record = None
        self.view.show_page("sign").take(path)

    def accept_sample(self, sample: SampleEntry) -> None:
        self._sample = sample
        self._close_then(lambda: self._ask_key(sample.path))

    def finish(self, then: Callable[[], None]) -> None:
        self._close_then(then)

    # ----- stages -----

    def _again(self) -> None:
        self.heading_changed.emit()
        self.rebuild_asked.emit()

    def _browse(self) -> None:
        pattern = f"{tr('site.files')} (*.ndbbundle *.ndbwork);;{tr('files.all')} (*)"
        path = files.pick_file(self.shell.window_widget, tr("site.choose.button"), pattern)
        if path is not None:
            self._ask_key(path)

    def _ask_key(self, path: Path) -> None:
        self._path = path
        self._again()

    def _unlock_page(self, path: Path) -> QWidget:
        sample = self._sample if self._sample and self._sample.path == path else None
        page = unlock_page(
            path, list_identities(keys_folder(self.shell.profile)), sample.key if sample else None,
            sample.passphrase if sample else "",
        )  # fmt: skip
        page.unlock.connect(self._open)
        page.other.connect(self._browse)
        if self._error is not None:
            page.banner.show_error(self._error)
            self._error = None
        return page

    def _open(self, key: Path, passphrase: str) -> None:
        path, profile = self._path, self.shell.profile
        if path is None:
            return

        def work(progress: Progress, cancel: CancelToken) -> SiteSession:
            identity = unlock(key, passphrase)
            return open_inspection(path, identity, profile=profile, progress=progress, cancel=cancel)

        self._task = tasks.run(work, done=self._opened, failed=self._failed, cancelled=self._cancelled, owner=self)
        if self._task.running:
            self._again()
        else:
            self._task = None

    def _opened(self, session: SiteSession) -> None:
        self._task = None
        self.store = SiteStore(session, keys_folder(self.shell.profile))
        self.store.changed.connect(self.heading_changed)
        self.store.failed.connect(self.shell.show_error)
        self._page = "overview"
        if self._path is not None:
            self.shell.remember(self._path)
        self._again()

    def _failed(self, error: Exception) -> None:
        self._task, self._error = None, error
        self._again()

    def _cancelled(self) -> None:
        self._task = None
        self._again()

    def _take_waiting(self) -> None:
        if self._record is not None:
            self._take_record(self._record)

    def _moved(self, page: str) -> None:
        self._page = page
        self.page_changed.emit()

    def _close_then(self, then: Callable[[], None]) -> None:
        store, self.store, self.view, self._path = self.store, None, None, None
        let_go(store, self._task, then)
