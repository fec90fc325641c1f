"""What keeps an expert's work safe while a bundle is open: changes held in memory, a medium that comes and goes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.formats.bundle import BundleReader
from ndb_desktop.services.review_documents import CacheFolder
from ndb_desktop.services.review_open import BundleContent
from ndb_desktop.services.review_reading import Clock, ReviewReading
from ndb_desktop.storage.worksheet import Worksheet


class ReviewSafety(ReviewReading):
    """The part of a session that the window's safety net talks to."""

    def __init__(
        self, reader: BundleReader, content: BundleContent, worksheet: Worksheet, cache: CacheFolder, clock: Clock
    ) -> None:
        super().__init__(reader, content, worksheet, cache, clock)
        self._bundle_away = False
        self._tell_away: Callable[[], object] = lambda: None
        self._documents.on_gone = self._gone

    # the worksheet

    def hold_unsaved(self) -> None:
        """From now on a change that cannot be written is held in memory instead of refused: for a window, not a script.

        It is shown like any other, `unsaved` counts it, and the next write that succeeds stores it.
        """
        with self._lock:
            self._worksheet.hold = True

    @property
    def unsaved(self) -> int:
        """How many changes are in memory only."""
        return self._worksheet.unsaved

    @property
    def trouble(self) -> NdbError | None:
        """Why they are."""
        return self._worksheet.trouble

    def store_unsaved(self) -> None:
        """Tries again to store what is held. Raises NdbError E-STORE-*, E-WORKSHEET-CHANGED."""
        with self._lock:
            if self._worksheet.unsaved:
                self._worksheet.flush(at=self._now())
                self._known.clear()

    # the bundle's medium

    def on_bundle_away(self, tell: Callable[[], object]) -> None:
        """Has `tell` called, in whichever thread reads, when the medium of the bundle was taken out."""
        self._tell_away = tell

    @property
    def bundle_away(self) -> bool:
        """Whether the bundle could not be read when it was last tried; marks are saved all the same."""
        return self._bundle_away

    def _gone(self) -> None:
        self._bundle_away = True
        self._tell_away()

    def find_bundle(self, path: Path | None = None) -> None:
        """Takes up the bundle again where it was, or at `path`; it must be the same file to the last byte signed.

        Raises:
            NdbError: E-BUNDLE-GONE, E-BUNDLE-OTHER, E-BUNDLE-*.
        """
        with self._lock:
            self._reader.reopen(path)
            self._bundle_away = False
