"""时钟说明: what the device's clock says of itself, beside seconds that nobody can set (未授时).

A record never hides that the clock moved: each move of more than a minute against the counted seconds, and each start
before the last stored moment, becomes a note in the record that is signed.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from ndb_desktop.domain.siterecord import ClockEvent, ClockNote
from ndb_desktop.services.review_reading import Clock

Monotonic = Callable[[], float]
"""Seconds since any moment, which only ever grow."""
TOLERANCE = 60
"""Seconds the clock may move against the counted ones before it is noted."""


def steady_seconds() -> float:
    """Seconds that go on while the computer sleeps: a closed lid is no moved clock."""
    # What Python calls monotonic stands still in sleep on Linux and macOS, and goes on elsewhere.
    name = {"linux": "CLOCK_BOOTTIME", "darwin": "CLOCK_MONOTONIC"}.get(sys.platform, "")
    number = getattr(time, name, None) if name else None
    return time.monotonic() if number is None else time.clock_gettime(number)


def device_now() -> datetime:
    """The device's clock in the device's own zone."""
    return datetime.now().astimezone()


def moment(now: datetime) -> str:
    """A moment as a record writes it, with its zone: `2026-11-22T11:05:00+08:00`."""
    return now.isoformat(timespec="seconds")


@dataclass(frozen=True, slots=True)
class Reading:
    """What the clock said at a change: the moment, seconds since the record was opened, and what is to be noted."""

    at: str
    elapsed: int
    noted: tuple[tuple[ClockEvent, int], ...]


class DeviceClock:
    """Compares the clock with counted seconds at every look; `last` is the last stored moment, "" for none."""

    def __init__(self, clock: Clock, monotonic: Monotonic, last: str) -> None:
        self._clock, self._monotonic = clock, monotonic
        self._then = clock()
        self._opened = self._since = monotonic()
        self._noted: list[tuple[ClockEvent, int]] = []
        if last:
            before = datetime.fromisoformat(last)
            # Of how much later it is than the last moment nothing can be said; earlier it cannot be.
            back = round((self._then - before).total_seconds())
            if back < 0:
                self._noted.append(("jump", back))
            if before.utcoffset() != self._then.utcoffset():
                self._noted.append(("zone", 0))
        self._zone = self._then.utcoffset()

    def look(self) -> Reading:
        """The moment now, and what has to be noted since the last look; told once."""
        now, seconds = self._clock(), self._monotonic()
        # Against the last note and not against the last look, so that many small moves add up to one.
        jump = round((now - self._then).total_seconds() - (seconds - self._since))
        if abs(jump) > TOLERANCE:
            self._noted.append(("jump", jump))
            self._then, self._since = now, seconds
        if now.utcoffset() != self._zone:
            self._noted.append(("zone", 0))
            self._zone = now.utcoffset()
        noted, self._noted = tuple(self._noted), []
        return Reading(moment(now), int(seconds - self._opened), noted)

    def again(self, reading: Reading) -> None:
        """What a reading had to note could not be stored; the next look tells it again."""
        self._noted = [*reading.noted, *self._noted]


def notes(
    reading: Reading, events: Iterable[tuple[ClockEvent, int]], prefix: str, first: int, member: str
) -> list[ClockNote]:
    """The notes of a reading as parts, numbered on from `first`."""
    return [
        ClockNote(f"{prefix}{number:04d}", event, reading.at, reading.elapsed, jump, member)
        for number, (event, jump) in enumerate(events, first)
    ]
