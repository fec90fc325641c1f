"""The other documents of the application are proven right while the reader reads one, so that each opens at once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QObject, QTimer

from ndb_desktop.documents.sniff import PDF
from ndb_desktop.documents.source import Source
from ndb_desktop.documents.worker import PULLED_FROM
from ndb_desktop.domain.model import Document
from ndb_desktop.ui import tasks
from ndb_desktop.ui.viewer.viewer import Load

PAUSE_MS = 800
"""How long nothing has been opened before this begins, and goes on after something was."""


class Ahead(QObject):
    """One large document after the other, on one thread; gives way whenever a document is opened.

    What is found wrong is not told here: it is told when that document is opened.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._waiting: list[Document] = []
        self._load: Load | None = None
        self._task: tasks.Task | None = None
        self._round = 0
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause.timeout.connect(self._next)

    def follow(self, documents: Sequence[Document], load: Load | None) -> None:
        """These are the documents now; none ends what is under way."""
        self._waiting = [item for item in documents if item.mime == PDF and item.size >= PULLED_FROM]
        self._load = load
        self.give_way()

    def give_way(self) -> None:
        """Something more urgent is to do."""
        self._round += 1
        if self._task is not None:
            self._task.cancel()
            self._task = None
        self._pause.stop()
        if self._waiting:
            self._pause.start()

    def _next(self) -> None:
        load = self._load
        if not self._waiting or load is None:
            return
        document = self._waiting[0]
        self._task = tasks.run(
            lambda progress, cancel: load(document, progress, cancel),
            done=partial(self._loaded, self._round),
            failed=partial(self._over, self._round),
            lane="documents",
            owner=self,
        )

    def _loaded(self, number: int, data: bytes | Source) -> None:
        if number != self._round:
            return
        if not isinstance(data, Source):
            self._over(number, None)
            return
        self._task = tasks.run(
            lambda _progress, cancel: data.prove(cancel.check),
            done=partial(self._over, number),
            failed=partial(self._over, number),
            lane="pool",
            owner=self,
        )

    def _over(self, number: int, _outcome: object) -> None:
        if number == self._round:
            self._waiting.pop(0)
            self._next()
