"""Progress and cancel for long work, in plain Python: every job longer than half a second takes both."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Progress = Callable[[int, int, str], None]
"""`progress(done, total, what)`: `what` is a name to show beside the bar (an applicant, a file), never a text key."""


def silent(_done: int, _total: int, _what: str) -> None:
    """A `Progress` that shows nothing."""


class Cancelled(Exception):  # noqa: N818  (not an error: the user asked for it)
    """The user cancelled; the job leaves everything as it was before it began."""


class CancelToken:
    """Set from any thread; a job calls `check()` between its steps."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def cancel(self) -> None:
        """Asks the job to stop at its next step."""
        self._event.set()

    @property
    def cancelled(self) -> bool:
        """Whether `cancel` was called."""
        return self._event.is_set()

    def check(self) -> None:
        """Raises `Cancelled` once `cancel` was called."""
        if self._event.is_set():
            raise Cancelled


@contextmanager
def without_collector() -> Iterator[None]:
    """Python does not look for garbage within: of many small objects that all stay, a third of the time went there.

    For work of some seconds; what is no longer referred to is freed as ever.
    """
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        # All that is there counts as old from now on: else the next look for garbage goes through every one of them,
        # a tenth of a second in the middle of what is painted first.
        gc.freeze()
        gc.unfreeze()
        if running:
            gc.enable()
