"""Where the expert stands, in memory: every step is written to the worksheet soon, off the window's thread."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer

from ndb_desktop.services.review import ReviewSession
from ndb_desktop.ui import tasks
from ndb_desktop.ui.expert.walk import OVERALL, Walk

PAUSE_MS = 500
"""A power cut costs at most the steps of so long; who holds a key down causes no more than one write in it."""


class PlaceMemory(QObject):
    """Follows a walk as long as the review is open, longer than its pages; a step itself only starts a timer."""

    def __init__(self, session: ReviewSession, walk: Walk) -> None:
        super().__init__(walk)
        self._session, self._walk = session, walk
        self._moved_on = False
        self._timer = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._timer.timeout.connect(self.flush)
        walk.item_changed.connect(self._moved)
        walk.application_changed.connect(self._moved)

    def _moved(self, _where: str) -> None:
        self._moved_on = True
        # Never started again while it runs: somebody who steps on and on is written down as well.
        if not self._timer.isActive():
            self._timer.start()

    def flush(self) -> None:
        """Writes where one stands, if one went there since it was written last."""
        self._timer.stop()
        if not self._moved_on:
            return
        self._moved_on = False
        session, application, item = self._session, self._walk.application, self._walk.item
        item = "" if item == OVERALL else item

        def failed(_error: Exception) -> None:
            # Only a convenience: a full disk is reported by the marks that matter. The next step tries again.
            self._moved_on = True

        tasks.run(lambda _p, _c: session.keep_place(application, item), failed=failed, owner=self)

    def close(self) -> None:
        """Writes the last step; what comes later is not taken."""
        self.flush()
        self._walk.item_changed.disconnect(self._moved)
        self._walk.application_changed.disconnect(self._moved)
