"""The renderers of a reading pane: one that belongs to the window, and one more while two documents are open."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from ndb_desktop.documents.worker import RenderWorker
from ndb_desktop.services.tasks import CancelToken, Progress
from ndb_desktop.ui import tasks


class Renderers:
    """`own` belongs to the caller; those that `make` gives are ended here."""

    def __init__(self, own: RenderWorker, make: Callable[[], RenderWorker]) -> None:
        self._own, self._make = own, make
        self._more: list[RenderWorker] = []

    def lend(self, lent: Iterable[RenderWorker]) -> RenderWorker:
        """One that is none of those `lent`."""
        if all(worker is not self._own for worker in lent):
            return self._own
        worker = self._make()
        self._more.append(worker)
        return worker

    def take_back(self, worker: RenderWorker) -> None:
        """Its side is closed."""
        if worker in self._more:
            self._more.remove(worker)
            _end(worker)

    def rest(self) -> None:
        """Ends those made here; one that is used again starts again."""
        for worker in self._more:
            _end(worker)


def _end(worker: RenderWorker) -> None:
    """Ends a renderer where it works, after what it is doing."""
    # Those of a closed bundle have ended; at the end of the program there is no lane any more to do it in.
    if worker.pid is not None:
        tasks.run(partial(_close, worker), failed=lambda _error: None, lane="render")


def _close(worker: RenderWorker, _progress: Progress, _cancel: CancelToken) -> None:
    worker.close()
