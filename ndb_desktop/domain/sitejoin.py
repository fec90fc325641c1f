"""Two members' records of one visit become one, part by part; what both changed differently is for people to settle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.siterecord import Head, Part, PartKey, SiteRecord

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Split:
    """冲突: a part that both sides have changed, each in its own way; None stands for a part that is not there.

    Of the header `mine` and `theirs` hold as well what only the other side changed.
    """

    key: PartKey
    base: Part | None
    mine: Part | None
    theirs: Part | None


@dataclass(frozen=True, slots=True)
class Joined:
    """The joined record and what is to be settled. A part in conflict stands in it as it was in the base."""

    record: SiteRecord
    conflicts: tuple[Split, ...]

    def settled(self, chosen: Mapping[PartKey, Part | None]) -> SiteRecord:
        """The record with the part that was chosen for each conflict, None to leave it out.

        Raises:
            ValueError: while a conflict has nothing chosen for it, or something was chosen where there is none.
        """
        if chosen.keys() != {conflict.key for conflict in self.conflicts}:
            raise ValueError("choose once for each conflict")
        record = self.record
        for key, part in chosen.items():
            record = record.without(key) if part is None else record.replaced(part)
        return record


def join(base: SiteRecord | None, mine: SiteRecord, theirs: SiteRecord) -> Joined:
    """What both sides made of `base`, the last record they had in common (None: there was none).

    A part that is equal on both sides stays, one that only one side changed, added or took away is taken from there,
    and everything else is a conflict. Parts with different ids are never in each other's way. Which side is called
    mine makes no difference to the record. The header alone is looked at field by field: every member makes the
    statements (声明) on the own machine, and they add up.

    Raises:
        NdbError: `E-SITE-JOIN` for records of two visits.
    """
    if mine.visit != theirs.visit or (base is not None and base.visit != mine.visit):
        raise NdbError("E-SITE-JOIN", mine=mine.visit.id, theirs=theirs.visit.id)
    before = base.parts if base is not None else {}
    parts: dict[PartKey, Part] = {}
    conflicts: list[Split] = []
    for key in sorted({*before, *mine.parts, *theirs.parts}):
        sides = before.get(key), mine.parts.get(key), theirs.parts.get(key)
        part, conflict = _joined(key, *sides)
        if conflict is not None:
            conflicts.append(conflict)
        if part is not None:
            parts[key] = part
    return Joined(SiteRecord(mine.visit, parts), tuple(conflicts))


def _joined(
    key: PartKey, base: Part | None, mine: Part | None, theirs: Part | None
) -> tuple[Part | None, Split | None]:
    """The part that results, and the conflict when the sides do not agree on it."""
    part, agreed = _one(base, mine, theirs)
    if agreed:
        return part, None
    if isinstance(mine, Head) and isinstance(theirs, Head):
        was, here, there = _heads(base if isinstance(base, Head) else Head(), mine, theirs)
        return was, None if here == there else Split(key, base, here, there)
    return part, Split(key, base, mine, theirs)


def _one(base: Value, mine: Value, theirs: Value) -> tuple[Value, bool]:
    """Three-way: equal, or changed by one side only."""
    if mine == theirs or theirs == base:
        return mine, True
    return (theirs, True) if mine == base else (base, False)


def _heads(base: Head, mine: Head, theirs: Head) -> tuple[Head, Head, Head]:
    """The header joined field by field, and statements by member; what both changed as base, as mine, as theirs.

    So whichever side is chosen, nothing the other did alone is lost.
    """
    sides = (base, mine, theirs)
    place = _three(*(head.place for head in sides))
    started = _three(*(head.started_at for head in sides))
    ended = _three(*(head.ended_at for head in sides))
    hosts = _three(*(head.hosts for head in sides))
    made = [dict(head.declared) for head in sides]
    at = {member: _three(*(one.get(member, "") for one in made)) for member in sorted({*made[0], *made[1], *made[2]})}
    was, here, there = (
        Head(place[n], started[n], ended[n], hosts[n], tuple((name, when[n]) for name, when in at.items() if when[n]))
        for n in range(3)
    )
    return was, here, there


def _three(base: Value, mine: Value, theirs: Value) -> tuple[Value, Value, Value]:
    """What is agreed, thrice, or else the three as they are."""
    value, agreed = _one(base, mine, theirs)
    return (value, value, value) if agreed else (base, mine, theirs)
