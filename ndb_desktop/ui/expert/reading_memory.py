"""阅读位置 in memory: what the panes report while reading, written to the worksheet seldom and when they are left."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QObject, QTimer

from ndb_desktop.services.review import ReviewSession
from ndb_desktop.ui import tasks

PAUSE_MS = 2000
"""At most so often something is written while the reader goes on."""


class ReadingMemory(QObject):
    """Reading states by application and key; lives as long as the open review, longer than its pages."""

    def __init__(self, session: ReviewSession) -> None:
        super().__init__()
        self._session = session
        self._known: dict[str, dict[str, str]] = {}
        self._unsaved: dict[str, dict[str, str]] = {}
        self._closed = False
        self._timer = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._timer.timeout.connect(self.flush)

    def learn(self, application: str, stored: Mapping[str, str]) -> Mapping[str, str]:
        """Takes what the worksheet holds and gives what counts: what was reported here is newer."""
        known = self._known[application] = {**stored, **self._known.get(application, {})}
        return dict(known)

    def keep(self, application: str, key: str, text: str) -> None:
        """Remembers a state now and writes it soon."""
        known = self._known.setdefault(application, {})
        if self._closed or known.get(key) == text:
            return
        known[key] = text
        self._unsaved.setdefault(application, {})[key] = text
        # Never started again while it runs: somebody who scrolls for an hour is written down as well.
        if not self._timer.isActive():
            self._timer.start()

    def flush(self) -> None:
        """Writes what is not written yet."""
        self._timer.stop()
        unsaved, self._unsaved = self._unsaved, {}
        for application, values in unsaved.items():
            self._write(application, values)

    def _write(self, application: str, values: dict[str, str]) -> None:
        session = self._session

        def failed(_error: Exception) -> None:
            # Only a convenience: a full disk is reported by the marks that matter, not by a page number.
            return

        tasks.run(lambda _p, _c: session.set_readings(application, values), failed=failed, owner=self)

    def forget(self, application: str) -> None:
        """The documents of an application were closed (回避): what is not written will not be."""
        self._known.pop(application, None)
        self._unsaved.pop(application, None)

    def close(self) -> None:
        """Writes the rest; what comes later is not taken."""
        self.flush()
        self._closed = True
