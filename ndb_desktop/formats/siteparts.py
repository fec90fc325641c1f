"""Parts of an inspection record (现场检查记录) and its visit as JSON: one spelling in files and in the working file.

The structs here say what the values of `domain.siterecord` cannot: how long, how many, how spelled. Field names are the
same on both sides, so a part goes over by its names alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta

from ndb_desktop.crypto.identity import PublicKey
from ndb_desktop.domain import siterecord as site
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.numbers import plain
from ndb_desktop.domain.siterecord import SCALE, Part, PartKey, PartKind, Visit, key_of
from ndb_desktop.formats import strictjson
from ndb_desktop.formats.strictjson import Id, KeyLine, Line, Number, Sha256

MAX_PART = 1024 * 1024
MAX_VISIT = 4 * 1024 * 1024
MAX_WANTED, MAX_MEMBERS, MAX_PHOTOS = 500, 12, 5_000
MAX_PHOTO = 64 * 1024 * 1024
"""Most bytes of a photo; one at a time is held while it is sealed or opened."""

_DAY = r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_CLOCK = r"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
Words = Annotated[str, Meta(max_length=4_000)]
Day = Annotated[str, Meta(pattern=rf"\A({_DAY})?\Z")]
Moment = Annotated[str, Meta(pattern=rf"\A({_DAY}T{_CLOCK}(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9]))?\Z")]
"""A moment as the device's clock and zone gave it, `2026-11-22T11:05:00+08:00`; "" where there is none."""
Taken = Annotated[str, Meta(pattern=rf"\A({_DAY}T{_CLOCK}(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])?)?\Z")]
"""The same of a camera, which may know no zone."""
Place = Annotated[int, Meta(ge=0, le=SCALE)]
Pixels = Annotated[int, Meta(ge=1, le=100_000)]
Seconds = Annotated[int, Meta(ge=-(2**40), le=2**40)]
About = Annotated[str, Meta(max_length=300, pattern=r"\A[^\x00-\x1f\x7f]*\Z")]
Ground = Annotated[str, Meta(pattern=r"\AV[1-8]\Z")]
Point = tuple[Place, Place]
T = TypeVar("T")


class MemberRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A member of the team."""

    id: Id
    name: Line
    employer: Line
    key: KeyLine


class WantedRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A datum to verify."""

    datum: Id
    key: Line
    indicator: Id
    unit: Line
    kind: Literal["number", "objects", "flag"]
    declared: Number | None
    whys: Annotated[tuple[site.Why, ...], Meta(min_length=1, max_length=4)]
    note: Words


class VisitRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The visit, whole, in every record made from it."""

    id: Id
    batch: Id
    trial: bool
    application: Id
    applicant: Line
    pack: Sha256
    members: Annotated[tuple[MemberRecord, ...], Meta(min_length=2, max_length=MAX_MEMBERS)]
    required: Annotated[tuple[Id, ...], Meta(min_length=2, max_length=MAX_MEMBERS)]
    wanted: Annotated[tuple[WantedRecord, ...], Meta(max_length=MAX_WANTED)]
    planned_on: Day


class HostRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: Line
    role: Line


class HeadRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    place: Line
    started_at: Moment
    ended_at: Moment
    hosts: Annotated[tuple[HostRecord, ...], Meta(max_length=50)]
    declared: Annotated[tuple[tuple[Id, Moment], ...], Meta(max_length=MAX_MEMBERS)]


class MeetingRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: site.MeetingId
    state: site.MeetingState
    started_at: Moment
    ended_at: Moment
    note: Words
    reason: Words


class CheckRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: About
    verified: Number | None
    conclusion: site.Conclusion | None
    effect: site.Effect | None
    methods: Annotated[tuple[site.Method, ...], Meta(max_length=4)]
    proof: Line
    note: Words


class AnswerRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    item: Id
    grade: site.Grade | None
    note: Words


class RecheckRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    at: Moment
    by: Id
    passed: bool
    note: Words


class FindingRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: Id
    severity: site.Severity
    text: Words
    about: About
    measure: Words
    due: Day
    rechecks: Annotated[tuple[RecheckRecord, ...], Meta(max_length=50)]


class VetoRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: Id
    ground: Ground
    text: Words
    evidence: Words
    reply: Words


class ObservationRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: Id
    text: Words


class MarkRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    kind: site.MarkKind
    points: Annotated[tuple[Point, ...], Meta(min_length=1, max_length=2_000)]
    text: Line


class PhotoRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: Id
    sha256: Sha256
    size: Annotated[int, Meta(ge=1, le=MAX_PHOTO)]
    mime: Line
    name: Line
    width: Pixels
    height: Pixels
    orientation: Annotated[int, Meta(ge=1, le=8)]
    taken_at: Taken
    taken_source: site.TakenSource
    position: tuple[Number, Number] | None
    position_source: site.PositionSource
    about: About
    caption: Words
    marks: Annotated[tuple[MarkRecord, ...], Meta(max_length=100)]


class ClosingRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    read_out: bool | None
    opinion: Words
    signer: Line
    signer_role: Line
    strokes: Annotated[tuple[Annotated[tuple[Point, ...], Meta(max_length=5_000)], ...], Meta(max_length=500)]
    refusal: Words
    witness: Line


class ClockRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: Id
    event: site.ClockEvent
    at: Moment
    elapsed: Seconds
    jump: Seconds
    member: Line


class PartsRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All parts of a record, each kind in the order of its ids."""

    head: HeadRecord | None
    meetings: Annotated[tuple[MeetingRecord, ...], Meta(max_length=6)]
    checks: Annotated[tuple[CheckRecord, ...], Meta(max_length=MAX_WANTED)]
    answers: Annotated[tuple[AnswerRecord, ...], Meta(max_length=500)]
    findings: Annotated[tuple[FindingRecord, ...], Meta(max_length=500)]
    vetoes: Annotated[tuple[VetoRecord, ...], Meta(max_length=50)]
    observations: Annotated[tuple[ObservationRecord, ...], Meta(max_length=500)]
    photos: Annotated[tuple[PhotoRecord, ...], Meta(max_length=MAX_PHOTOS)]
    closing: ClosingRecord | None
    clock: Annotated[tuple[ClockRecord, ...], Meta(max_length=2_000)]


_SINGLE: Mapping[str, PartKind] = {"head": "head", "closing": "closing"}
_MANY: Mapping[str, PartKind] = {
    "meetings": "meeting", "checks": "check", "answers": "answer", "findings": "finding", "vetoes": "veto",
    "observations": "observation", "photos": "photo", "clock": "clock",
}  # fmt: skip
_RECORDS: Mapping[PartKind, tuple[type[msgspec.Struct], type[Part]]] = {
    "head": (HeadRecord, site.Head),
    "meeting": (MeetingRecord, site.Meeting),
    "check": (CheckRecord, site.Check),
    "answer": (AnswerRecord, site.Answer),
    "finding": (FindingRecord, site.Finding),
    "veto": (VetoRecord, site.VetoFinding),
    "observation": (ObservationRecord, site.Observation),
    "photo": (PhotoRecord, site.Photo),
    "closing": (ClosingRecord, site.Closing),
    "clock": (ClockRecord, site.ClockNote),
}


def encode_part(part: Part) -> bytes:
    """A part as JSON. Raises `E-JSON-FIELD` when a text is too long or a value is not spelled as it must be."""
    return strictjson.encode(_record_of(part))


def decode_part(kind: PartKind, data: bytes, *, place: str = "") -> Part:
    """The part. Raises `E-SIZE`, `E-JSON…`."""
    strictjson.check(data, max_size=MAX_PART, place=place)
    record, value = _RECORDS[kind]
    return _value(strictjson.convert(data, record, place=place), value)


def encode_visit(visit: Visit) -> bytes:
    """A visit as JSON, as it lies in the bundle. Raises `E-JSON-FIELD`, `E-SITE-TEAM`, `E-KEY-PUBLIC`."""
    return strictjson.encode(visit_record(visit))


def decode_visit(data: bytes, *, place: str = "") -> Visit:
    """The visit. Raises `E-SIZE`, `E-JSON…`, and as `visit_of`."""
    strictjson.check(data, max_size=MAX_VISIT, place=place)
    return visit_of(strictjson.convert(data, VisitRecord, place=place), place=place)


def visit_record(visit: Visit) -> VisitRecord:
    """The visit as it travels; raises as `encode_visit`."""
    record = strictjson.convert(_json(visit), VisitRecord, place=visit.id)
    visit_of(record, place=visit.id)
    return record


def visit_of(record: VisitRecord, *, place: str = "") -> Visit:
    """What a visit says, once its team makes sense.

    Raises:
        NdbError: `E-SITE-TEAM` (a member twice, two members with one key, or a required one who is no member),
            `E-SITE-TWICE` (a datum twice), `E-KEY-PUBLIC`.
    """
    visit = _value(record, Visit)
    ids = [member.id for member in visit.members]
    keys = {PublicKey(member.key).keyid for member in visit.members}
    if len({*ids}) != len(ids) or len(keys) != len(ids) or not set(visit.required) <= set(ids):
        raise NdbError("E-SITE-TEAM", place=place)
    if len({*visit.required}) != len(visit.required):
        raise NdbError("E-SITE-TEAM", place=place)
    _once((wanted.id for wanted in visit.wanted), place)
    return visit


def parts_record(parts: Iterable[Part]) -> PartsRecord:
    """All parts in the one order a record is signed in."""
    rows: dict[str, Any] = {**dict.fromkeys(_SINGLE), **{name: [] for name in _MANY}}
    names = {kind: name for name, kind in _MANY.items()}
    for part in sorted(parts, key=key_of):
        kind, _ = key_of(part)
        if kind in _SINGLE:
            rows[kind] = _record_of(part)
        else:
            rows[names[kind]].append(_record_of(part))
    return strictjson.convert(strictjson.encode(rows), PartsRecord)


def parts_of(record: PartsRecord, *, place: str = "") -> dict[PartKey, Part]:
    """The parts by key. Raises `E-SITE-TWICE` when two have the same, or two photos are the same bytes."""
    found: list[Part] = []
    for name, kind in _SINGLE.items():
        if (one := getattr(record, name)) is not None:
            found.append(_value(one, _RECORDS[kind][1]))
    for name, kind in _MANY.items():
        found += [_value(one, _RECORDS[kind][1]) for one in getattr(record, name)]
    _once(("/".join(key_of(part)) for part in found), place)
    _once((part.sha256 for part in found if isinstance(part, site.Photo)), place)
    return {key_of(part): part for part in found}


def _record_of(part: Part) -> msgspec.Struct:
    kind, name = key_of(part)
    return strictjson.convert(_json(part), _RECORDS[kind][0], place=f"{kind}/{name}")


def _json(value: object) -> bytes:
    return strictjson.encode(_plain(msgspec.to_builtins(value, builtin_types=(Decimal,))))


def _plain(value: Any) -> Any:
    """Exact numbers in the one spelling that is read back."""
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value


def _value(record: msgspec.Struct, kind: type[T]) -> T:
    return msgspec.convert(msgspec.to_builtins(record), strictjson.ready(kind))


def _once(names: Iterable[str], place: str) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise NdbError("E-SITE-TWICE", place=place, name=name)
        seen.add(name)
