"""The only place that starts threads: lanes of width one for databases and the renderer, one pool for the rest.

A service function takes `(progress, cancel)`; `run` carries it to a thread and brings result, error, progress and
cancellation back to the window's thread. `inline()` is the test double that runs everything at once.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import Any, Literal

import shiboken6
from PySide6.QtCore import QObject, QRunnable, Qt, QThreadPool, Signal, Slot

from ndb_desktop.services.tasks import Cancelled, CancelToken, Progress

Work = Callable[[Progress, CancelToken], Any]
Lane = Literal["database", "documents", "render", "pool"]
"""One thread each for the worksheet or registry (`database`), for the documents of a review (they may lie on a slow
stick, and no edit waits for them) and for the renderer's child; `pool` is for what is free."""

_PROGRESS_GAP = 0.05
_MOST_STEPS = 2**31 - 1


class Task(QObject):
    """One job under way. Signals: `progressed(done, total, what)`, `finished()` (after whichever callback)."""

    progressed = Signal(int, int, str)
    finished = Signal()
    _over = Signal(str, object)

    def __init__(
        self,
        done: Callable[[Any], None] | None,
        failed: Callable[[Exception], None] | None,
        cancelled: Callable[[], None] | None,
        owner: QObject | None,
    ) -> None:
        super().__init__()
        self.token = CancelToken()
        self.running = True
        self._callbacks = {"done": done, "failed": failed, "cancelled": cancelled}
        self._owner = owner
        self._last = 0.0
        self._over.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def cancel(self) -> None:
        """Asks the job to stop at its next step."""
        self.token.cancel()

    def report(self, done: int, total: int, what: str) -> None:
        """The `Progress` handed to the job; thread-safe and thinned out."""
        now = time.monotonic()
        if done >= total or now - self._last >= _PROGRESS_GAP:
            self._last = now
            # A signal's int has 32 bits, and bytes of many documents do not fit.
            scale = total // _MOST_STEPS + 1
            self.progressed.emit(done // scale, total // scale, what)

    def execute(self, work: Work) -> tuple[str, object]:
        """Runs the job in the calling thread; returns which callback is due, and its argument."""
        try:
            self.token.check()
            return "done", work(self.report, self.token)
        except Cancelled:
            return "cancelled", None
        except Exception as error:  # noqa: BLE001  (whatever happens there is shown here, never lost in a thread)
            return "failed", error

    @Slot(str, object)
    def _deliver(self, outcome: str, value: object) -> None:
        self.running = False
        try:
            if self._owner is not None and not shiboken6.isValid(self._owner):
                return
            callback = self._callbacks[outcome]
            if callback is not None:
                callback() if outcome == "cancelled" else callback(value)  # type: ignore[call-arg, arg-type]
            elif outcome == "failed":
                _unhandled[0](value)  # type: ignore[arg-type]
        finally:
            _alive.discard(self)
            self._callbacks.clear()
            self.finished.emit()


class _Job(QRunnable):
    def __init__(self, task: Task, work: Work) -> None:
        super().__init__()
        self._task, self._work = task, work

    def run(self) -> None:
        outcome, value = self._task.execute(self._work)
        task, self._task, self._work = self._task, None, None  # type: ignore[assignment]
        task._over.emit(outcome, value)  # noqa: SLF001  (same module)


def _raise(error: Exception) -> None:
    raise error


_alive: set[Task] = set()
_pools: dict[str, QThreadPool] = {}
_unhandled: list[Callable[[Exception], None]] = [_raise]
_inline = [0]


def on_unhandled(show: Callable[[Exception], None]) -> None:
    """Sets what happens to the error of a task that brought no `failed` of its own."""
    _unhandled[0] = show


def _pool(lane: Lane) -> QThreadPool:
    if lane not in _pools:
        pool = QThreadPool()
        # SQLite connections belong to the thread that opened them: the lane's one thread must never expire.
        pool.setExpiryTimeout(-1)
        pool.setMaxThreadCount(max(2, QThreadPool.globalInstance().maxThreadCount() - 1) if lane == "pool" else 1)
        _pools[lane] = pool
    return _pools[lane]


def run(
    work: Work,
    *,
    done: Callable[[Any], None] | None = None,
    failed: Callable[[Exception], None] | None = None,
    cancelled: Callable[[], None] | None = None,
    progress: Callable[[int, int, str], None] | None = None,
    lane: Lane = "database",
    owner: QObject | None = None,
) -> Task:
    """Starts `work(progress, cancel)` in a lane; callbacks come in the window's thread, not after `owner` is gone."""
    task = Task(done, failed, cancelled, owner)
    if progress is not None:
        task.progressed.connect(progress)
    _alive.add(task)
    if _inline[0]:
        outcome, value = task.execute(work)
        task._deliver(outcome, value)  # noqa: SLF001  (same module)
    else:
        _pool(lane).start(_Job(task, work))
    return task


def busy() -> bool:
    """Whether any job is under way or its callback is still due."""
    return bool(_alive)


def shutdown(limit_ms: int = 10_000) -> bool:
    """Cancels what runs and waits for the threads to end; `False` if one did not in time."""
    for task in tuple(_alive):
        task.cancel()
    ended = all(pool.waitForDone(limit_ms) for pool in _pools.values())
    _pools.clear()
    _alive.clear()
    return ended


@contextlib.contextmanager
def inline() -> Iterator[None]:
    """Test double: inside this block every task runs at once in the calling thread."""
    _inline[0] += 1
    try:
        yield
    finally:
        _inline[0] -= 1
