"""A child process made for SIGKILL: it tells what it does line by line, and dies at a moment of the test's choice."""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Callable

Say = Callable[..., None]
PATIENCE = 60.0
"""Seconds a child may keep silent."""


class Life:
    """One forked child running `work(say)`; when `work` returns, the child waits to be killed.

    Fork only where no thread runs and no database is open.
    """

    def __init__(self, work: Callable[[Say], None]) -> None:
        reading, writing = os.pipe()
        parent = os.getpid()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(reading)
            _live(work, writing, parent)
        os.close(writing)
        self._pipe = reading
        self._data = b""

    def line(self) -> list[str]:
        """The next line as words; a child that fails or ends is a finding."""
        end = time.monotonic() + PATIENCE
        while b"\n" not in self._data:
            ready = select.select([self._pipe], [], [], max(0.0, end - time.monotonic()))[0]
            piece = os.read(self._pipe, 65536) if ready else b""
            assert piece, f"the child ended or hangs: {self._data!r}"
            self._data += piece
        raw, _, self._data = self._data.partition(b"\n")
        return _words(raw)

    def until(self, word: str) -> list[list[str]]:
        """All lines up to the one that begins with `word`, that one last."""
        lines = [self.line()]
        while lines[-1][0] != word:
            lines.append(self.line())
        return lines

    def kill(self, after: float = 0.0) -> list[list[str]]:
        """Kills the child so many seconds from now; what it still said, line by line (a half line was not said)."""
        time.sleep(after)
        os.kill(self.pid, signal.SIGKILL)
        status = os.waitpid(self.pid, 0)[1]
        assert os.WIFSIGNALED(status), f"the child was gone before it was killed: {status}"
        while piece := os.read(self._pipe, 65536):
            self._data += piece
        os.close(self._pipe)
        return [_words(raw) for raw in self._data.split(b"\n")[:-1]]


def _words(raw: bytes) -> list[str]:
    words = raw.decode().split("\t")
    assert words[0] != "error", words
    return words


def _live(work: Callable[[Say], None], pipe: int, parent: int) -> None:
    def say(*words: object) -> None:
        os.write(pipe, ("\t".join(str(word) for word in words) + "\n").encode())

    try:
        work(say)
        # A test that failed kills nobody any more.
        while os.getppid() == parent:
            time.sleep(0.2)
    except BaseException as error:  # noqa: BLE001  (a finding, told to the parent)
        say("error", repr(error))
    finally:
        os._exit(1)
