"""Copies of the open worksheet by the clock and at the end; a copy that fails never disturbs the work."""

from __future__ import annotations

import logging
from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.services.review import ReviewSession
from ndb_desktop.services.worksheet_backup import EVERY_MINUTES, EXTENSION, Backup, back_up, backup_folder
from ndb_desktop.ui import tasks
from ndb_desktop.ui.expert.store import ReviewStore
from ndb_desktop.ui.settings import Settings

log = logging.getLogger(__name__)


class BackupKeeper(QObject):
    """Makes a copy every 15 minutes while the worksheet is open and has changed.

    Signals: `standing_changed()` look at `trouble` again; `made(object)` a `Backup`, or None when nothing had changed.
    """

    standing_changed = Signal()
    made = Signal(object)

    def __init__(self, store: ReviewStore, settings: Settings, profile: Path) -> None:
        super().__init__()
        self._store, self._settings, self._profile = store, settings, profile
        self.trouble: Exception | None = None
        self.timer = QTimer(self, interval=EVERY_MINUTES * 60_000)
        self.timer.timeout.connect(self.back_up)
        self.timer.start()

    @property
    def folder(self) -> Path:
        """Where the copies of this bundle's worksheet lie."""
        return backup_folder(self._profile, self._store.view.summary.bundle_id, self._settings.backup_folder)

    def back_up(self) -> None:
        """Makes a copy now, if anything has changed since the newest."""
        session, folder = self._store.session, self.folder
        tasks.run(lambda _p, _c: back_up(session, folder), done=self._done, failed=self._failed, owner=self)

    def _done(self, backup: Backup | None) -> None:
        changed, self.trouble = self.trouble is not None, None
        self.made.emit(backup)
        if changed:
            self.standing_changed.emit()

    def _failed(self, error: Exception) -> None:
        # The worksheet itself is as safe as before; the header says it quietly, and the next quarter tries again.
        self.trouble = error
        log.info("no copy of the worksheet: %s", error.code if isinstance(error, NdbError) else type(error).__name__)
        self.standing_changed.emit()


def is_damaged(error: Exception) -> bool:
    """Whether a bundle did not open because of its worksheet, which a copy could replace."""
    codes = ("E-STORE-CORRUPT", "E-STORE-KEY", "E-WORKSHEET-OTHER", "E-WORKSHEET-VERSION", "E-REVIEW-RECORD")
    return isinstance(error, NdbError) and error.code in codes and (error.fault.place or "").endswith(EXTENSION)


def close_with_copy(session: ReviewSession, folder: Path | None) -> None:
    """The last copy (None: no copy) and the end; whatever becomes of the copy, the worksheet is closed."""
    with suppress(NdbError):
        if folder is not None:
            back_up(session, folder)
    session.close()
