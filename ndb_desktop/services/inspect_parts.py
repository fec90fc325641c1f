"""What may be written into an inspection record: parts that fit the visit and the checklist."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.numbers import plain
from ndb_desktop.domain.sitemath import COMPUTED, conclude
from ndb_desktop.domain.sitepack import SitePack
from ndb_desktop.domain.siterecord import (
    Answer,
    Check,
    ClockNote,
    Finding,
    Head,
    Part,
    PartKey,
    PartKind,
    Photo,
    SiteRecord,
    VetoFinding,
    key_of,
)
from ndb_desktop.domain.units import is_count

PREFIXES: Mapping[PartKind, str] = {"finding": "F", "veto": "X", "observation": "O", "photo": "P", "clock": "C"}
"""What ids begin with; the number of the member follows, so that two members never mean two things by one id."""
_ABOUT = frozenset({"finding", "veto", "observation"})


def new_id(record: SiteRecord, kind: PartKind, member: str, taken: Iterable[str] = ()) -> str:
    """The next free id of a kind for a member, such as `F1-03`; `taken` are ids that once were."""
    prefix = f"{PREFIXES[kind]}{1 + [one.id for one in record.visit.members].index(member)}-"
    names = [*(name for known, name in record.parts if known == kind), *taken]
    numbers = [int(name.removeprefix(prefix)) for name in names if name.removeprefix(prefix).isdecimal()]
    return f"{prefix}{1 + max(numbers, default=0):0{4 if kind in {'photo', 'clock'} else 2}d}"


def fitting(part: Part, record: SiteRecord, pack: SitePack) -> Part:
    """The part as it is stored: conclusions of numbers computed, statements and photo facts left as they are.

    Raises:
        NdbError: E-INSPECT-CLOCK (notes of the clock are not written by hand), E-INSPECT-DATUM (not to be verified),
            E-INSPECT-NEGATIVE (fewer than no people or things),
            E-INSPECT-ITEM (not of the checklist), E-INSPECT-GROUND, E-INSPECT-ABOUT (belongs to nothing there),
            E-INSPECT-PERSON (no member), E-INSPECT-PHOTO (not added before, or other facts).
    """
    kind, name = key_of(part)
    place = f"{kind}/{name}" if name else kind
    if isinstance(part, ClockNote):
        raise NdbError("E-INSPECT-CLOCK", place=place)
    if isinstance(part, Head):
        return replace(part, declared=record.head.declared)
    if isinstance(part, Check):
        return _check(part, record, pack, place)
    if isinstance(part, Answer) and part.item not in pack.item_by_id:
        raise NdbError("E-INSPECT-ITEM", place=place, item=part.item)
    if isinstance(part, VetoFinding) and part.ground not in pack.ground_by_id:
        raise NdbError("E-INSPECT-GROUND", place=place, ground=part.ground)
    if isinstance(part, Finding):
        check_about(part.about, record, pack, place)
        for look in part.rechecks:
            if look.by not in record.visit.member_by_id:
                raise NdbError("E-INSPECT-PERSON", place=place, member=look.by)
    if isinstance(part, Photo):
        _photo(part, record, place)
        check_about(part.about, record, pack, place)
    return part


def _check(part: Check, record: SiteRecord, pack: SitePack, place: str) -> Check:
    wanted = record.visit.wanted_by_id.get(part.id)
    if wanted is None:
        raise NdbError("E-INSPECT-DATUM", place=place, datum=part.id)
    if part.verified is not None and part.verified < 0 and is_count(wanted.unit):
        raise NdbError("E-INSPECT-NEGATIVE", place=place, value=plain(part.verified))
    computed = conclude(pack, wanted, part.verified)
    if computed is not None:
        return replace(part, conclusion=computed)
    gone = wanted.kind == "number" and part.verified is None and part.conclusion in COMPUTED
    # What was computed from a figure goes with the figure.
    return replace(part, conclusion=None) if gone else part


def _photo(part: Photo, record: SiteRecord, place: str) -> None:
    known = record.parts.get(key_of(part))
    # Only what people say of a photo can be changed; what the camera said, and its bytes, never.
    if not isinstance(known, Photo) or replace(part, about="", caption="", marks=()) != replace(
        known, about="", caption="", marks=()
    ):
        raise NdbError("E-INSPECT-PHOTO", place=place)


def check_about(about: str, record: SiteRecord, pack: SitePack, place: str) -> None:
    """Whether what something belongs to is there, such as `check:<id>`. Raises NdbError E-INSPECT-ABOUT."""
    kind, _, name = about.partition(":")
    known = (
        not about
        or (kind == "check" and name in record.visit.wanted_by_id)
        or (kind == "answer" and name in pack.item_by_id)
        or (kind == "meeting" and name in pack.meeting_by_id)
        or (kind in {"head", "closing"} and not name)
        or (kind in _ABOUT and (kind, name) in record.parts)
    )
    if not known:
        raise NdbError("E-INSPECT-ABOUT", place=place, about=about)


def removal(key: PartKey, record: SiteRecord) -> tuple[Photo, ...]:
    """The photos that belong to a part about to go, as they are without it.

    Raises:
        NdbError: E-INSPECT-CLOCK, E-INSPECT-NONE (there is no such part).
    """
    kind, name = key
    place = f"{kind}/{name}" if name else kind
    if kind == "clock":
        raise NdbError("E-INSPECT-CLOCK", place=place)
    if key not in record.parts:
        raise NdbError("E-INSPECT-NONE", place=place)
    return tuple(replace(photo, about="") for photo in record.photos_of(f"{kind}:{name}")) if kind in _ABOUT else ()
