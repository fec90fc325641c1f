"""Who follows a registry: what its own log says of it, and whether a link and its predecessor still fit each other.

A predecessor is only read when another follows it, so by itself it does not know. With the coordinator's consent its
log takes a note; from then on whoever would follow it a second time, from the folder or from an archive filed since, is
told.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ndb_desktop.crypto.identity import Identity
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.services.office import Clock
from ndb_desktop.services.office_folder import open_office
from ndb_desktop.services.succession_archive import read_log
from ndb_desktop.services.succession_link import link_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ndb_desktop.formats.succession import Stage, SuccessionPayload
    from ndb_desktop.services.office import Office

FOLLOWED = "succession.followed"
"""What the log of a predecessor calls the note."""
_SILENT = frozenset({"archive", FOLLOWED})
"""Entries that change nothing anybody takes over."""


class LogEntry(Protocol):
    """A line of a log, of a registry or of an archive."""

    @property
    def at(self) -> str: ...
    @property
    def action(self) -> str: ...
    @property
    def details(self) -> Mapping[str, object]: ...
    @property
    def sha256(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Follower:
    """A registry that follows: its stage, batch, the digest of the first entry of its log, and when it was noted."""

    stage: str
    batch: str
    registry: str
    at: str


@dataclass(frozen=True, slots=True)
class PredecessorCheck:
    """How a link and what is shown as its predecessor fit.

    `same` whether it is the registry the link names, `kept` whether its log still goes through the entry the link
    names, `since` how many entries came after it (of filing and of notes none), `noted` whether it knows of this
    registry; `others` are those it knows of that follow it for the same stage. `rival` whether what is shown is not the
    predecessor but another registry that follows it for the same stage.
    """

    same: bool
    kept: bool
    since: int
    noted: bool
    others: tuple[Follower, ...]
    rival: bool = False


def followers(rows: Iterable[LogEntry]) -> tuple[Follower, ...]:
    """Every registry that a log notes as following, oldest first."""
    return tuple(
        Follower(_said(row, "stage"), _said(row, "batch"), _said(row, "registry"), row.at)
        for row in rows
        if row.action == FOLLOWED
    )


def _said(row: LogEntry, name: str) -> str:
    return str(row.details.get(name, ""))


def check_free(known: Iterable[Follower], stage: Stage) -> None:
    """Raises NdbError E-SUCCESSION-FOLLOWED when another registry follows for this stage already."""
    for one in known:
        if one.stage == stage:
            raise NdbError("E-SUCCESSION-FOLLOWED", batch=one.batch, at=one.at)


def note_followed(folder: Path, identity: Identity, follower: Office, link: SuccessionPayload, *, clock: Clock) -> None:
    """Notes in the log of the predecessor in `folder` that `follower` follows it. Raises NdbError as `open_office`."""
    details = {"stage": link.stage, "batch": link.batch, "registry": follower.log_rows()[0].sha256, "at": link.at}
    office = open_office(folder, identity, clock=clock)
    try:
        office.log(FOLLOWED, link.batch, details)
    finally:
        office.close()


def compare_predecessor(office: Office, path: Path, identity: Identity, *, clock: Clock) -> PredecessorCheck:
    """Compares the link of `office` with a predecessor, its folder or an archive of it, which is only read.

    Another registry that follows the same one is recognised too: both links name the first entry of its log.

    Raises:
        NdbError: E-SUCCESSION-NONE (this registry follows none), as `open_office` and `read_log`.
    """
    link = link_of(office)
    if link is None:
        raise NdbError("E-SUCCESSION-NONE", batch=office.batch.id)
    rows: list[LogEntry]
    if path.is_dir():
        before = open_office(path, identity, clock=clock)
        try:
            rows, theirs = list(before.log_rows()), link_of(before)
        finally:
            before.close()
    else:
        filed, theirs = read_log(path)
        rows = list(filed)
    own = office.log_rows()[0].sha256
    end = link.predecessor.log.entries
    known = followers(rows)
    return PredecessorCheck(
        same=bool(rows) and rows[0].sha256 == link.predecessor.registry,
        kept=0 < end <= len(rows) and rows[end - 1].sha256 == link.predecessor.log.head,
        since=sum(row.action not in _SILENT for row in rows[end:]),
        noted=any(one.registry == own for one in known),
        others=tuple(one for one in known if one.registry != own and one.stage == link.stage),
        rival=theirs is not None and _same_way(theirs, link) and rows[0].sha256 != own,
    )


def _same_way(one: SuccessionPayload, other: SuccessionPayload) -> bool:
    """Whether two links are of one predecessor and one stage."""
    return (one.predecessor.registry, one.stage) == (other.predecessor.registry, other.stage)
