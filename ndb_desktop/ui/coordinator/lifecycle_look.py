"""What the page of the life cycle (生命周期) shows, read from the registry in its own lane."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from ndb_desktop.domain.errors import Fault, NdbError
from ndb_desktop.domain.lifepath import days_past
from ndb_desktop.formats.succession import SuccessionPayload
from ndb_desktop.services.lifecycle import Base, looked_over
from ndb_desktop.services.office import Office
from ndb_desktop.services.succession_link import check_link, link_of
from ndb_desktop.services.tasks import CancelToken, Progress, silent


@dataclass(frozen=True, slots=True)
class LivesLook:
    """Every base, overdue ones first, and up to which entry of the log that holds.

    `link` is the registry before, None without one or where it does not verify; `faults` are wrong with it.
    `stopped`: why the bases cannot be told at all.
    """

    entries: int
    today: date
    bases: tuple[Base, ...] = ()
    refused: Mapping[int, Fault] | None = None
    link: SuccessionPayload | None = None
    faults: tuple[Fault, ...] = ()
    stopped: Fault | None = None


def read_lives(office: Office, progress: Progress = silent, cancel: CancelToken | None = None) -> LivesLook:
    """Reads the page; whom final results select is computed anew."""
    with office.registry.one_look():
        entries, today = office.registry.journal.head()[0], office.clock().astimezone().date()
        faults = check_link(office)
        try:
            link = link_of(office)
            found, refused = looked_over(office, progress=progress, cancel=cancel)
        except NdbError as error:
            return LivesLook(entries, today, faults=faults, stopped=error.fault)
        return LivesLook(entries, today, urgent_first(found, today), refused, link, faults)


def urgent_first(bases: tuple[Base, ...], today: date) -> tuple[Base, ...]:
    """What is overdue, then the next deadlines, then what waits for no day, in neutral order (R06) otherwise."""

    def urgency(one: Base) -> tuple[bool, date]:
        due = one.life.due
        return not days_past(due, today), due.day if due is not None else date.max

    return tuple(sorted(bases, key=urgency))
