"""The expert desk's lasting part: which bundle is open, where the expert stands, and how it is opened and closed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

from ndb_desktop.crypto.identity import Identity
from ndb_desktop.documents.worker import RenderWorker
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.services import identity as identities
from ndb_desktop.services.identity import StoredIdentity
from ndb_desktop.services.review import BundleSummary, ReviewSession, inspect_bundle, open_review, take_recall
from ndb_desktop.services.tasks import CancelToken, Progress
from ndb_desktop.ui import i18n, pending, tasks
from ndb_desktop.ui.expert.beginning import first_step, usual_key
from ndb_desktop.ui.expert.desk_heading import review_heading
from ndb_desktop.ui.expert.desk_safety import DeskSafety
from ndb_desktop.ui.expert.leave_page import LeavePage
from ndb_desktop.ui.expert.mark_note import note_left_mark
from ndb_desktop.ui.expert.open_page import UnlockPage, choose_page
from ndb_desktop.ui.expert.place_memory import PlaceMemory
from ndb_desktop.ui.expert.receipt_note import show_receipt
from ndb_desktop.ui.expert.review_page import ReviewPage
from ndb_desktop.ui.expert.safekeeping import BackupKeeper, close_with_copy, is_damaged
from ndb_desktop.ui.expert.safety_page import SafetyPage
from ndb_desktop.ui.expert.store import ReviewStore
from ndb_desktop.ui.expert.view import ReviewView
from ndb_desktop.ui.expert.walk import Walk
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.messages import Message
from ndb_desktop.ui.shell.desk import Desk, Heading, Shell
from ndb_desktop.ui.shell.sample import SampleEntry
from ndb_desktop.ui.viewer import clipboard
from ndb_desktop.ui.widgets import files, fold, splits
from ndb_desktop.ui.widgets.opening import WaitPage

BUNDLE_PATTERN = "*.ndbbundle"


class ExpertDesk(Desk):
    """One bundle at a time: none, chosen, opening, or open."""

    kinds = frozenset({"bundle", "receipt", "move"})

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self.summary: BundleSummary | None = None
        self.store: ReviewStore | None = None
        self.walk: Walk | None = None
        self.worker = RenderWorker()
        self.page: QWidget = QWidget()
        self.step = "identity"
        self.key: StoredIdentity | None = None
        self._task: tasks.Task | None = None
        self._secret = ""
        self._known: tuple[StoredIdentity, ...] = ()
        self.safety = DeskSafety(shell, self._bundle_id, lambda: self._show_copies(True))
        self.keeper: BackupKeeper | None = None
        self.place: PlaceMemory | None = None
        self._copies = False
        self._leaving: Callable[[], None] | None = None
        self._typed = ""
        self._glance = QTimer(self, singleShot=True, interval=0)
        self._glance.timeout.connect(self._look_at_fields)
        pending.listen(self._glance)
        fold.remember_in(shell.settings)
        splits.remember_in(shell.settings)
        # Started now, so that the first document does not wait for it.
        tasks.run(lambda _p, _c: self.worker.start(), lane="render", failed=shell.show_error)

    # ----- pages -----

    def make_widget(self) -> QWidget:
        """The page of the present state."""
        if self.store is not None and self._leaving is not None:
            page: QWidget = self._leave_page(self.store, self._leaving)
        elif self.store is not None and self.keeper is not None and self._copies:
            page = self._safety_page(self.store, self.keeper)
        elif self.store is not None and self.walk is not None:
            page = self._review_page(self.store, self.walk)
        elif self._task is not None:
            page = WaitPage("expert.opening", tr("open.running"), self._task, lambda: None)
        elif self.summary is not None:
            page = self._unlock_page(self.summary)
        else:
            page = self._choose_page()
        self.page = page
        return page

    def _choose_page(self) -> QWidget:
        recent = [path for path in self.shell.settings.recent if path.suffix == ".ndbbundle"]
        page = choose_page(recent)
        page.choose.connect(self._browse)
        page.chosen.connect(lambda path: self.accept_files((path,), "bundle"))
        return page

    def _unlock_page(self, summary: BundleSummary) -> QWidget:
        count = self.safety.count(summary.bundle_id)
        page = UnlockPage(summary, self._known, self.shell.now(), self._secret, count)
        page.copies_asked.connect(self._want_copies)
        page.by_secret.connect(lambda secret: self.open_with(secret=secret))
        page.by_key.connect(self._open_with_key)
        page.other.connect(self._browse)
        return page

    def _review_page(self, store: ReviewStore, walk: Walk) -> QWidget:
        folder = files.writable(store.view.summary.path.parent)
        page = ReviewPage(store, walk, self.worker, self.shell.profile, self.key, self.step, folder)
        page.step_changed.connect(self._step)
        page.key_chosen.connect(self._key_chosen)
        page.subject_changed.connect(self.heading_changed)
        page.safety_asked.connect(lambda: self._show_copies(True))
        return page

    def heading(self) -> Heading:
        """Batch, applicant, marks, and when the last change was saved."""
        if self.store is None or self.walk is None:
            trial = self.summary is not None and self.summary.trial
            calibration = self.summary is not None and self.summary.kind == "calibration"
            name = self.summary.path.name if self.summary else ""
            return Heading(tr("desk.expert"), name, trial, calibration=calibration)
        application = self.walk.application if self.step == "score" else ""
        uncopied = self.keeper is not None and self.keeper.trouble is not None
        return review_heading(self.store, application, self._typed, self.shell.now(), uncopied=uncopied)

    def _look_at_fields(self) -> None:
        typed = pending.state(self.page) if self.store is not None else ""
        if typed != self._typed:
            self._typed = typed
            self.heading_changed.emit()

    def _step(self, step: str) -> None:
        self.step = step
        self.heading_changed.emit()
        self.page_changed.emit()

    def _key_chosen(self, stored: StoredIdentity) -> None:
        self.key = stored

    # ----- opening -----

    def _browse(self) -> None:
        pattern = f"{tr('files.bundles')} ({BUNDLE_PATTERN});;{tr('files.all')} (*)"
        path = files.pick_file(self.shell.window_widget, tr("open.choose.button"), pattern)
        if path is not None:
            self.shell.open_paths((path,))

    def accept_files(self, paths: tuple[Path, ...], kind: str) -> None:
        """Takes a bundle (an open review is saved and closed first), or shows what a receipt says."""
        if kind == "receipt":
            show_receipt(self.shell, paths[0], lambda: self.store, self)
            return
        if kind == "move":
            self.safety.receive(paths)
            return
        if len(paths) != 1:
            self.shell.show_error(NdbError("E-FILE-ONE-BUNDLE", count=len(paths)))
            return
        self._inspect(paths[0], "")

    def accept_sample(self, sample: SampleEntry) -> None:
        """Takes the sample's bundle with the secret that lies beside it."""
        self._inspect(sample.path, sample.secret)

    def _inspect(self, path: Path, secret: str) -> None:
        folder = identities.keys_folder(self.shell.profile)

        def look(_progress: Progress, _cancel: CancelToken) -> tuple[BundleSummary, tuple[StoredIdentity, ...]]:
            summary = inspect_bundle(path)
            if summary.kind == "recall":
                take_recall(path, self.shell.profile)
            return summary, identities.list_identities(folder)

        def done(found: tuple[BundleSummary, tuple[StoredIdentity, ...]]) -> None:
            if found[0].kind == "recall":
                self._recalled(found[0])
                return

            store = self.store
            if store is not None and store.away and found[0].digest == store.view.summary.digest:
                # The stick is in again, perhaps under another letter.
                store.find_bundle(path)
                return

            def show() -> None:
                self.summary, self._known = found
                self._secret = secret
                self.rebuild_asked.emit()
                self.safety.warn_of_sync(path)

            self._close_review(show)

        tasks.run(look, done=done, failed=self.shell.show_error, owner=self)

    def _recalled(self, notice: BundleSummary) -> None:
        """Closes what was recalled; marks stay in the worksheet."""
        at = i18n.local_time(notice.issued_at)
        told = Message("warning", tr("news.recalled"), tr("news.recalled.text", name=notice.issuer_name, at=at))
        mine = self.summary is not None and (self.summary.batch_id, self.summary.expert_id) == (
            notice.batch_id,
            notice.expert_id,
        )
        if not mine:
            self.shell.say(told)
            return

        def show() -> None:
            self.summary = None
            self.rebuild_asked.emit()
            self.shell.say(told)

        self._close_review(show)

    def _open_with_key(self, path: Path, passphrase: str) -> None:
        self.open_with(unlock=lambda: identities.unlock(path, passphrase))

    def open_with(self, *, secret: str | None = None, unlock: Callable[[], Identity] | None = None) -> None:
        """Opens the chosen bundle in the background."""
        summary = self.summary
        if summary is None:
            return
        profile, clock = self.shell.profile, self.shell.now

        def work(progress: Progress, cancel: CancelToken) -> tuple[ReviewSession, ReviewView]:
            identity = unlock() if unlock is not None else None
            session = open_review(
                summary.path,
                secret=secret,
                identity=identity,
                profile=profile,
                clock=clock,
                progress=progress,
                cancel=cancel,
            )
            return session, ReviewView(session)

        self._secret = secret or ""
        self._task = tasks.run(
            work,
            done=self._opened,
            failed=lambda error: self._open_failed(error, lambda: self.open_with(secret=secret, unlock=unlock)),
            cancelled=self._open_cancelled,
            owner=self,
        )
        self.rebuild_asked.emit()

    def _opened(self, opened: tuple[ReviewSession, ReviewView]) -> None:
        session, view = opened
        self._task, self._secret = None, ""
        store = ReviewStore(session, view)
        self.store, self.walk = store, Walk(view)
        self.place = PlaceMemory(session, self.walk)
        store.changed.connect(lambda _change: self.heading_changed.emit())
        store.standing_changed.connect(self.heading_changed)
        store.written.update(self.shell.settings.exports(view.summary.bundle_id))
        store.written_changed.connect(self._remember_exports)
        store.changed.connect(lambda _change: self.safety.look_at_clock(view))
        self.keeper = BackupKeeper(store, self.shell.settings, self.shell.profile)
        self.keeper.standing_changed.connect(self.heading_changed)
        store.failed.connect(self.shell.show_error)
        store.mark_left.connect(lambda mark: note_left_mark(mark, self.shell.say, lambda: self.page))
        self.shell.remember(view.summary.path)
        self.key = usual_key(self._known, view)
        self.step = first_step(view, self.key)
        self.rebuild_asked.emit()
        if self.shell.recovered(view.summary.path):
            at = i18n.saved_time(view.last_saved, self.shell.now()) if view.last_saved else ""
            words = tr("crash.recovered.text", time=at) if at else tr("crash.recovered.none")
            message = Message("info", tr("crash.recovered"), words)
            self.shell.say(message, tr("crash.show"), self.shell.show_report)
        self.safety.look_at_clock(view)

    def _remember_exports(self) -> None:
        if self.store is not None:
            self.shell.settings.remember_exports(self._bundle_id(), self.store.written)

    def _open_failed(self, error: Exception, again: Callable[[], None]) -> None:
        self._task, self._copies = None, False
        self.rebuild_asked.emit()
        if self.summary is None or not is_damaged(error):
            self.shell.show_error(error)
            return

        def with_copies() -> None:
            self._copies = True
            again()

        self.safety.offer_copies(error, self.summary.bundle_id, with_copies)

    def _open_cancelled(self) -> None:
        self._task, self._copies = None, False
        self.rebuild_asked.emit()

    # ----- leaving -----

    def save_now(self) -> None:
        """Stores what is typed."""
        if isinstance(self.page, ReviewPage):
            self.page.commit()

    def _close_review(self, then: Callable[[], None]) -> None:
        self.save_now()
        store = self.store
        if store is None:
            then()
            return

        # Behind what was typed last: only then is it known whether the disk took it.
        tasks.run(lambda _p, _c: None, done=lambda _none: self._leave(store, then), owner=self)

    def _leave(self, store: ReviewStore, then: Callable[[], None], *, anyway: bool = False) -> None:
        if store.unsaved and not anyway:
            self._leaving = then
            self.stayed.emit()
            self.rebuild_asked.emit()
            return

        store.reading.close()
        if self.place is not None:
            self.place.close()

        def closed(_result: object) -> None:
            self._let_go()
            self.store = self.walk = self.key = self.keeper = self.place = self._leaving = None
            self._copies = False
            then()

        session, keeper = store.session, self.keeper
        folder = keeper.folder if keeper is not None and not anyway else None
        store.stop()
        if keeper is not None:
            keeper.timer.stop()
        tasks.run(lambda _p, _c: close_with_copy(session, folder), done=closed, failed=self.shell.show_error)

    # ----- copies -----

    def _bundle_id(self) -> str:
        return self.store.view.summary.bundle_id if self.store is not None else ""

    def _want_copies(self) -> None:
        self._copies = True

    def _show_copies(self, on: bool) -> None:
        """The page of copies instead of the review, or the review again."""
        self.save_now()
        self._copies = on
        self.rebuild_asked.emit()

    def _safety_page(self, store: ReviewStore, keeper: BackupKeeper) -> QWidget:
        page = SafetyPage(store, keeper, self.shell.settings, self.key, self.shell.now)
        page.closed.connect(lambda: self._show_copies(False))
        return page

    def _leave_page(self, store: ReviewStore, then: Callable[[], None]) -> QWidget:
        page = LeavePage(store)
        page.retry.connect(lambda: store.retry(lambda: self._leave(store, then)))
        page.stay.connect(self._stay)
        page.discard.connect(lambda: self._leave(store, then, anyway=True))
        return page

    def _stay(self) -> None:
        self._leaving = None
        self.rebuild_asked.emit()

    def step_back(self) -> bool:
        """While scoring the key for going back belongs to the documents; leaving is never a slip of it."""
        return isinstance(self.page, ReviewPage) and self.page.step_back()

    def _let_go(self) -> None:
        if isinstance(self.page, ReviewPage):
            self.page.forget()
        clipboard.forget()

    def finish(self, then: Callable[[], None]) -> None:
        """Saves, closes the worksheet, wipes the cache, ends the renderer."""
        if self._task is not None:
            self._task.cancel()

        def ended(_result: object) -> None:
            then()

        def stop() -> None:
            tasks.run(lambda _p, _c: self.worker.close(), done=ended, lane="render")

        self._close_review(stop)
