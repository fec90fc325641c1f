"""The coordinator desk's controller: which registry is open, which page is shown, what a dropped file means here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QWidget

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.formats.copyfile import NAME as COPY_MANIFEST
from ndb_desktop.services.batch_form import BatchForm, drop_draft, load_draft, new_form
from ndb_desktop.services.batch_plan import start_office
from ndb_desktop.services.dropped import sort_out
from ndb_desktop.services.identity import create_identity, keys_folder, list_identities, unlock
from ndb_desktop.services.office import Office
from ndb_desktop.services.office_folder import open_office
from ndb_desktop.services.registry_restore import look, restore
from ndb_desktop.services.rulepacks import builtin_packs, proposed_fields
from ndb_desktop.services.succession_form import Following, FollowOrder
from ndb_desktop.services.tasks import CancelToken, Progress
from ndb_desktop.ui import i18n, tasks
from ndb_desktop.ui.coordinator.applications_page import ApplicationsPage
from ndb_desktop.ui.coordinator.follow_flow import ARCHIVE, FollowFlow, filed
from ndb_desktop.ui.coordinator.merge_page import MergePage
from ndb_desktop.ui.coordinator.open_page import ChooseOfficePage, UnlockOfficePage
from ndb_desktop.ui.coordinator.people_page import PeoplePage
from ndb_desktop.ui.coordinator.publish_page import PublishPage
from ndb_desktop.ui.coordinator.restore_page import RestorePage
from ndb_desktop.ui.coordinator.store import OfficeStore, Snapshot, take_snapshot
from ndb_desktop.ui.coordinator.view import OfficeView
from ndb_desktop.ui.coordinator.visits_page import VisitsPage
from ndb_desktop.ui.coordinator.wizard.follow import FollowWizard
from ndb_desktop.ui.coordinator.wizard.frame import BatchWizard, NewOffice
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.messages import Message
from ndb_desktop.ui.shell.desk import Desk, Heading, Shell, Sorter, let_go
from ndb_desktop.ui.shell.sample import SampleEntry
from ndb_desktop.ui.widgets import files
from ndb_desktop.ui.widgets.banner import Banner
from ndb_desktop.ui.widgets.opening import WaitPage

REGISTRY_FILE = "registry.db"
_KINDS = frozenset({"registry", "handover", "score", "sealed"})
SITE = "site"
CALENDAR = "calendar"
"""Signed records of visits; only here, and only while a registry is open."""
CARD = "card"
"""Somebody to appoint; only here, and only while a registry is open."""


class CoordinatorDesk(Desk):
    """Stages: choose, unlock, create, wait, open. The registry itself lives in the database lane."""

    kinds = _KINDS
    guide = "coordinator"

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._stage = "choose"
        self._folder: Path | None = None
        self._sample: SampleEntry | None = None
        self._task: tasks.Task | None = None
        self._wait_title = ""
        self._page = "overview"
        self._error: Exception | None = None
        self._pending: tuple[tuple[Path, ...], str] | None = None
        self.store: OfficeStore | None = None
        self._wizard: BatchWizard | None = None
        self._follow = FollowFlow(shell, self._new_form)
        self.view: OfficeView | None = None

    # ----- what the window asks -----

    def make_widget(self) -> QWidget:
        if self._stage == "open" and self.store is not None:
            self.view = OfficeView(self.store, self._page)
            self.view.moved.connect(self._moved)
            return self.view
        if self._stage == "wait":
            return WaitPage("office.wait", self._wait_title, self._task, self._back_to_choice)
        if self._stage == "unlock" and self._folder is not None:
            return self._unlock_page(self._folder)
        if self._stage == "create":
            return self._create_page()
        if self._stage == "follow":
            return self._follow_page()
        if self._stage == "continue":
            return self._continue_page()
        recent = [path for path in self.shell.settings.recent if (path / REGISTRY_FILE).is_file()]
        page = ChooseOfficePage(recent)
        page.choose.connect(self._choose)
        page.create_asked.connect(lambda: self._go("create"))
        page.card_asked.connect(self.shell.show_card)
        page.follow_asked.connect(lambda: self._go("follow"))
        page.chosen.connect(self._ask_key)
        return page

    def heading(self) -> Heading:
        if self.store is None:
            return Heading(title=tr("desk.coordinator"))
        snapshot = self.store.snapshot
        return Heading(
            title=i18n.local(snapshot.batch.title),
            subject=snapshot.name,
            trial=snapshot.batch.trial,
            proposal=any(pack.is_proposal for pack in snapshot.packs.values()),
        )

    def takes(self, kind: str) -> bool:
        if self.store is not None:
            return kind in _KINDS | {CARD, SITE, CALENDAR}
        if kind == CARD:
            return self._stage in ("create", "continue")
        return kind == "registry" or (kind == ARCHIVE and self._stage == "follow")

    def sorter(self) -> Sorter | None:
        if self._stage == "follow":
            return filed
        return sort_out if self.store is not None else None

    def accept_files(self, paths: tuple[Path, ...], kind: str) -> None:
        if self._stage == "follow" and kind in ("registry", ARCHIVE) and self._follow.page is not None:
            path = paths[0]
            self._follow.page.take(path.parent if path.name == REGISTRY_FILE else path)
        elif kind == "registry":
            self._close_then(lambda: self._ask_key(paths[0]))
        elif kind == CARD and self.store is None and self._wizard is not None:
            self._wizard.take_card(paths[0])
        elif self.store is None or self.view is None:
            # Files for a registry that is not open yet: they wait until one is.
            self._pending = (paths, kind)
            self.shell.say(Message("info", "", tr("office.pending")))
        else:
            self._take(paths, kind)

    def accept_sample(self, sample: SampleEntry) -> None:
        self._sample = sample
        self._ask_key(sample.path)

    def finish(self, then: Callable[[], None]) -> None:
        self._close_then(then)

    # ----- stages -----

    def _go(self, stage: str) -> None:
        self._stage = stage
        self.heading_changed.emit()
        self.rebuild_asked.emit()

    def _back_to_choice(self) -> None:
        if self._task is not None:
            self._task.cancel()
        self._go("unlock" if self._folder is not None else "choose")

    def _choose(self) -> None:
        folder = files.pick_folder(self.shell.window_widget, tr("office.choose.button"))
        if folder is not None:
            self._ask_key(folder)

    def _ask_key(self, path: Path) -> None:
        self._folder = path.parent if path.name == REGISTRY_FILE else path
        self._go("unlock")

    def _unlock_page(self, folder: Path) -> UnlockOfficePage:
        if (folder / COPY_MANIFEST).is_file():
            return self._restore_page(folder)
        sample = self._sample if self._sample and self._sample.path in (folder, folder / REGISTRY_FILE) else None
        page = UnlockOfficePage(
            folder,
            list_identities(keys_folder(self.shell.profile)),
            sample.key if sample else None,
            sample.passphrase if sample else "",
        )
        page.unlock.connect(self._open)
        page.other.connect(self._choose)
        self._show_fault(page.banner)
        return page

    def _restorable(self, folder: Path, identities: Sequence[Any]) -> RestorePage:
        page = RestorePage(look(folder), identities, files.writable(folder.parent))
        page.restore.connect(self._restore)
        return page

    def _restore_page(self, folder: Path) -> UnlockOfficePage:
        """A safety copy is not worked in: it is restored to a new folder, and that one is opened."""
        identities = list_identities(keys_folder(self.shell.profile))
        try:
            page: UnlockOfficePage = self._restorable(folder, identities)
        except NdbError as error:
            # What it says of itself cannot be read: the page says so, and opening says it again.
            page, self._error = UnlockOfficePage(folder, identities), error
            page.unlock.connect(self._open)
        page.other.connect(self._choose)
        self._show_fault(page.banner)
        return page

    def _restore(self, target: Path, key: Path, passphrase: str) -> None:
        copy, clock = self._folder, self.shell.now
        if copy is None:
            return

        def work(progress: Progress, cancel: CancelToken) -> tuple[Office, Snapshot]:
            office = restore(copy, target, unlock(key, passphrase), clock=clock, progress=progress, cancel=cancel)
            return office, take_snapshot(office)

        self._start(tr("copies.restoring"), work, back="unlock")

    def _create_page(self) -> BatchWizard:
        profile, now = self.shell.profile, self.shell.now()
        shipped = {pack.category: pack for pack in builtin_packs().values() if pack.stage == "selection"}
        form = load_draft(profile) or self._new_form(now.year)
        page = BatchWizard(profile, form, shipped, list_identities(keys_folder(profile)), now.date())
        page.submitted.connect(self._create)
        page.back.connect(lambda: self._go("choose"))
        page.afresh.connect(self._afresh)
        self._wizard = page
        self._show_fault(page.banner)
        return page

    @staticmethod
    def _new_form(year: int) -> BatchForm:
        return new_form(
            proposed_fields(),
            year,
            Path.home() / f"NDB-{year}",
            zh=tr("create.zh.default", year=year),
            en=tr("create.en.default", year=year),
        )

    def _follow_page(self) -> QWidget:
        page = self._follow.make_page()
        page.unlock.connect(self._read_before)
        page.other.connect(lambda: self._go("choose"))
        self._show_fault(page.banner)
        return page

    def _read_before(self, key: Path, passphrase: str) -> None:
        self._folder = None
        work = self._follow.read(key, passphrase)
        if work is not None:
            self._run(tr("follow.reading"), work, self._read_done, back="follow")

    def _read_done(self, following: Following) -> None:
        self._task = None
        self._follow.read_done(following)
        self._go("continue")

    def _continue_page(self) -> QWidget:
        page = self._wizard = self._follow.make_wizard()
        page.submitted.connect(self._follow_up)
        page.back.connect(lambda: self._go("follow"))
        self._show_fault(page.banner)
        return page

    def _follow_up(self, order: FollowOrder) -> None:
        self._start(tr("create.running"), self._follow.make(order), back="continue", created=order.folder)

    def _show_fault(self, banner: Banner) -> None:
        if self._error is not None:
            banner.show_error(self._error)
            self._error = None

    def _afresh(self) -> None:
        drop_draft(self.shell.profile)
        self._go("create")

    def _open(self, key: Path, passphrase: str) -> None:
        folder, clock = self._folder, self.shell.now
        if folder is None:
            return

        def work(_progress: object, _cancel: object) -> tuple[Office, Snapshot]:
            office = open_office(folder, unlock(key, passphrase), clock=clock)
            return office, take_snapshot(office)

        self._start(tr("office.opening"), work, back="unlock")

    def _create(self, wish: NewOffice) -> None:
        profile, clock, reason = self.shell.profile, self.shell.now, tr("plan.appointed")
        self._folder = None

        def work(_progress: object, _cancel: object) -> tuple[Office, Snapshot]:
            trial = wish.plan.batch.trial
            key = wish.identity
            if key is None:
                made = create_identity(keys_folder(profile), name=wish.name, passphrase=wish.passphrase, trial=trial)
                key = made.path
            identity = unlock(key, wish.passphrase)
            wish.folder.mkdir(parents=True, exist_ok=True)
            recovery = create_identity(
                wish.folder, name=f"{wish.name}-recovery", passphrase=wish.recovery_passphrase, trial=trial
            )
            office = start_office(
                wish.folder,
                plan=wish.plan,
                packs=wish.packs,
                identity=identity,
                name=wish.name,
                recovery=unlock(recovery.path, wish.recovery_passphrase).public,
                officers=wish.officers,
                reason=reason,
                clock=clock,
            )
            return office, take_snapshot(office)

        self._start(tr("create.running"), work, back="create", created=wish.folder)

    def _start(self, title: str, work: Callable[[Any, Any], Any], *, back: str, created: Path | None = None) -> None:
        self._run(title, work, lambda both: self._opened(*both, created=created), back=back)

    def _run(self, title: str, work: Callable[[Any, Any], Any], done: Callable[[Any], None], *, back: str) -> None:
        self._wait_title = title
        self._task = tasks.run(
            work,
            done=done,
            failed=lambda error: self._failed(error, back),
            cancelled=lambda: self._go(back),
            owner=self,
        )
        if self._task.running:
            self._go("wait")

    def _failed(self, error: Exception, back: str) -> None:
        self._task, self._error = None, error
        self._go(back)

    def _opened(self, office: Office, snapshot: Snapshot, *, created: Path | None) -> None:
        self._task = None
        self.store = OfficeStore(office, snapshot, keys_folder(self.shell.profile))
        self.store.changed.connect(self.heading_changed)
        self._page = "overview"
        self.shell.remember(office.folder)
        self._go("open")
        if created is not None:
            self._say_made(created)

    def _say_made(self, folder: Path) -> None:
        words = tr("create.done.text", folder=str(folder))
        if not isinstance(self._wizard, FollowWizard):
            drop_draft(self.shell.profile)
        elif self._follow.not_noted is not None:
            words = f"{tr('follow.not_noted', reason=i18n.fault(self._follow.not_noted))} {words}"
        self.shell.say(Message("warning", tr("create.done"), words))
        self._wizard, self._follow = None, FollowFlow(self.shell, self._new_form)

    def _moved(self, page: str) -> None:
        self._page = page
        self._take_pending()

    def _take_pending(self) -> None:
        if self._pending is not None and self.view is not None:
            (paths, kind), self._pending = self._pending, None
            self._take(paths, kind)

    def _take(self, paths: tuple[Path, ...], kind: str) -> None:
        view = self.view
        if view is None:
            return
        if kind == "handover":
            page = view.show_page("applications")
            if isinstance(page, ApplicationsPage):
                page.take(paths[0])
        elif kind == CARD:
            page = view.show_page("people")
            if isinstance(page, PeoplePage):
                page.take_card(paths[0])
        elif kind == CALENDAR:
            page = view.show_page("publish")
            if isinstance(page, PublishPage):
                page.take_calendar(paths[0])
        elif kind == SITE:
            page = view.show_page("visits")
            if isinstance(page, VisitsPage):
                page.take(paths)
        else:
            page = view.show_page("merge")
            if isinstance(page, MergePage):
                page.take(paths)

    def _close_then(self, then: Callable[[], None]) -> None:
        store, self.store, self.view = self.store, None, None
        self._stage = "choose"
        let_go(store, self._task, then)
