"""What a verb needs to talk to the person or script that called it: language, streams, progress, cancel, clock."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import time
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any, TextIO

from ndb_desktop.domain.errors import Fault, NdbError
from ndb_desktop.services.tasks import CancelToken, Progress, silent
from ndb_desktop.texts import fault_line, text

FINE, FINDINGS, MISUSE = 0, 1, 2
"""Exit codes: all well; something was found or refused; the command itself was wrong."""


def utc_now() -> datetime:
    """The machine's clock, in UTC."""
    return datetime.now(UTC)


def printable(line: str) -> str:
    """`line` with control and invisible direction characters made visible, so hostile names cannot steer a terminal."""
    return "".join(
        ch if ch == "\t" or unicodedata.category(ch) not in ("Cc", "Cf", "Cs") else f"\\u{ord(ch):04x}" for ch in line
    )


def width(cell: str) -> int:
    """How many columns a cell takes in a terminal; Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(ch) in "WF" else 1 for ch in cell)


def table(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """Rows as aligned lines under their headers."""
    cells = [[printable(str(cell)) for cell in row] for row in (headers, *rows)]
    widths = [max(width(row[n]) for row in cells) for n in range(len(headers))]
    return [
        "  ".join(cell + " " * (size - width(cell)) for cell, size in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]


@dataclass
class Context:
    """One call of `ndb`: its options, where it writes, and how it is cancelled."""

    options: argparse.Namespace
    language: str
    as_json: bool
    profile: Path
    out: TextIO = field(default_factory=lambda: sys.stdout)
    err: TextIO = field(default_factory=lambda: sys.stderr)
    cancel: CancelToken = field(default_factory=CancelToken)

    def now(self) -> datetime:
        """The clock handed to services."""
        return utc_now()

    def words(self, key: str, /, **params: object) -> str:
        """The text `key` in the caller's language."""
        return text(key, self.language, **params)

    def emit(self, data: Any, lines: Iterable[str]) -> None:
        """Writes the result to stdout: `data` as JSON with `--json`, else `lines`."""
        if self.as_json:
            print(json.dumps(data, ensure_ascii=False, indent=2, sort_keys=True), file=self.out)
            return
        for line in lines:
            print(printable(line), file=self.out)

    def say(self, sentence: str) -> None:
        """A message to stderr."""
        self._clear_progress()
        print(printable(sentence), file=self.err)

    def report(self, faults: Iterable[Fault | NdbError]) -> None:
        """Every fault to stderr as `place: CODE: sentence`."""
        for fault in faults:
            self.say(fault_line(fault, self.language))

    def fault_data(self, fault: Fault | NdbError | None) -> dict[str, str] | None:
        """A fault as JSON: place, code and the sentence."""
        if fault is None:
            return None
        fault = fault.fault if isinstance(fault, NdbError) else fault
        return {"place": fault.place, "code": fault.code, "sentence": text(fault.code, self.language, **fault.params)}

    # Progress is for people: on a terminal one line that is written over, nothing when stderr is a file or a pipe.

    _shown: float = 0.0
    _line: int = 0

    @property
    def progress(self) -> Progress:
        """Shows long work on a terminal; silent in scripts."""
        return self._progress if self.err.isatty() else silent

    def _progress(self, done: int, total: int, what: str) -> None:
        now = time.monotonic()
        if now - self._shown < 0.1 and done < total:
            return
        self._shown = now
        line = printable(f"{done}/{total}  {what}")[:100]
        self.err.write("\r" + line + " " * max(0, self._line - width(line)))
        self.err.flush()
        self._line = width(line)

    def _clear_progress(self) -> None:
        if self._line:
            self.err.write("\r" + " " * self._line + "\r")
            self._line = 0

    @contextmanager
    def interruptible(self) -> Iterator[CancelToken]:
        """Ctrl-C asks the job to stop at its next safe step; a second Ctrl-C stops the program at once."""

        def ask(_signal: int, _frame: FrameType | None) -> None:
            if self.cancel.cancelled:
                raise KeyboardInterrupt
            self.cancel.cancel()

        try:
            before = signal.signal(signal.SIGINT, ask)
        except ValueError:  # not in the main thread (tests, an embedding program): nothing to hook
            yield self.cancel
            return
        try:
            yield self.cancel
        finally:
            signal.signal(signal.SIGINT, before)
            self._clear_progress()
