"""What the expert desk does for safety beside the review: copies, move files, a damaged worksheet, cloud folders."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.services.sync_folders import SyncService, sync_service
from ndb_desktop.services.worksheet_backup import backup_folder, list_backups, set_aside
from ndb_desktop.services.worksheet_move import Received, receive
from ndb_desktop.ui import i18n, tasks
from ndb_desktop.ui.expert.view import ReviewView
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.messages import Message
from ndb_desktop.ui.shell.desk import Shell


class DeskSafety(QObject):
    """Helper of the desk; `bundle` tells the id of the open bundle, `show_copies` opens their page."""

    def __init__(self, shell: Shell, bundle: Callable[[], str], show_copies: Callable[[], object]) -> None:
        super().__init__()
        self._shell, self._bundle, self._show_copies = shell, bundle, show_copies
        self._told: ReviewView | None = None

    def copies_of(self, bundle_id: str) -> Path:
        """Where the copies of a bundle's worksheet lie."""
        return backup_folder(self._shell.profile, bundle_id, self._shell.settings.backup_folder)

    def count(self, bundle_id: str) -> int:
        """How many copies there are."""
        return len(list_backups(self.copies_of(bundle_id)))

    def offer_copies(self, error: Exception, bundle_id: str, again: Callable[[], None]) -> None:
        """A bundle did not open because of its worksheet: keep that as it is, open with an empty one, choose a copy."""
        folder, profile = self.copies_of(bundle_id), self._shell.profile
        at = self._shell.now().strftime("%Y-%m-%dT%H:%M:%SZ")

        def start() -> None:
            tasks.run(
                lambda _p, _c: set_aside(profile, bundle_id, folder, at),
                done=lambda _path: again(),
                failed=self._shell.show_error,
                owner=self,
            )

        code = error.code if isinstance(error, NdbError) else ""
        words = Message("danger", tr("unlock.damaged.title"), tr("unlock.damaged.text"), (code,))
        self._shell.say(words, tr("unlock.damaged"), start)

    # ----- the clock -----

    def look_at_clock(self, view: ReviewView) -> None:
        """Says once that the clock was set back, also when that happens while one works; the header keeps a mark."""
        if view.clock_behind and self._told is not view:
            self._shell.say(Message("warning", tr("clock.behind"), tr("clock.behind.text")))
            self._told = view
        elif not view.clock_behind:
            self._told = None

    # ----- from another computer -----

    def receive(self, paths: tuple[Path, ...]) -> None:
        """Takes move files in and says what became of them."""
        profile, folder = self._shell.profile, self.copies_of
        for path in paths:
            tasks.run(
                lambda _p, _c, path=path: receive(path, profile, folder),  # type: ignore[misc]
                done=self._received,
                failed=self._shell.show_error,
                owner=self,
            )

    def _received(self, found: Received) -> None:
        said, placed = found.manifest, found.placed == "placed"
        facts = {"time": i18n.local_time(said.last_at or said.made_at), "done": said.done, "total": said.total}
        text = tr("move.placed.text", **facts) if placed else tr("move.kept.text", **facts)
        details = (tr("move.key", name=found.key),) if found.key else ()
        title = tr("move.placed") if placed else tr("move.kept")
        message = Message("info", title, text, details, open_details=True)
        if self._bundle() == said.bundle_id:
            self._shell.say(message, tr("safety.open"), self._show_copies)
        else:
            self._shell.say(message)

    # ----- cloud folders -----

    def warn_of_sync(self, bundle: Path) -> None:
        """A folder that is synchronised with a server is named once, with what to do."""
        profile, copies = self._shell.profile, self._shell.settings.backup_folder
        tasks.run(
            lambda _p, _c: (
                sync_service(profile),
                sync_service(bundle.parent),
                sync_service(copies) if copies is not None else None,
            ),
            done=lambda found: self._warn(bundle, *found),
            lane="pool",
            owner=self,
        )

    def _warn(
        self, bundle: Path, own: SyncService | None, found: SyncService | None, copied: SyncService | None
    ) -> None:
        language, settings, profile = i18n.language(), self._shell.settings, self._shell.profile
        copies = settings.backup_folder
        if own is not None and settings.warn_once(f"{own.id} {profile}"):
            title = tr("sync.profile", service=own.names[language])
            self._shell.say(Message("warning", title, tr("sync.profile.text", folder=profile)))
        elif found is not None and settings.warn_once(f"{found.id} {bundle.parent}"):
            title = tr("sync.bundle", service=found.names[language])
            self._shell.say(Message("warning", title, tr("sync.bundle.text")))
        elif copied is not None and settings.warn_once(f"{copied.id} {copies}"):
            title = tr("sync.copies", service=copied.names[language])
            self._shell.say(Message("warning", title, tr("sync.copies.text", folder=copies)))
