"""The sheet record (评分表记录): one application's marks as they are signed; its exact bytes are its identity.

The digest of a sheet is the SHA-256 of the bytes that travel. They are kept and repeated as they are, so a later
export that changes one sheet leaves the digests of all others alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from typing import Annotated, Literal, TypeVar

import msgspec
from msgspec import UNSET, Meta, UnsetType

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.numbers import parse_number
from ndb_desktop.domain.sheet import (
    Challenge,
    Confirmation,
    Declaration,
    EvidenceLink,
    ItemEntry,
    LevelId,
    Sheet,
    SheetStatus,
)
from ndb_desktop.formats import strictjson
from ndb_desktop.formats.strictjson import Id, IdText, Line, Number, NumberText, Sha256, Stamp, Text

MAX_SHEET = 1024 * 1024
_PACKS = 64
MAX_ITEMS, MAX_CHALLENGES, MAX_EVIDENCE = 400, 200, 1000
"""As many items as a base may have promised: 200 targets and 200 tasks (the limits of an application). A selection pack
has about twenty."""
MAX_REASON, MAX_OPINION, MAX_QUOTE = 4000, 20_000, 2000

Reason = Annotated[str, Meta(max_length=MAX_REASON)]
Page = Annotated[int, Meta(ge=0, le=100_000)]
Thousandth = Annotated[int, Meta(ge=0, le=1000)]
Place = tuple[Thousandth, Thousandth, Thousandth, Thousandth]
T = TypeVar("T")

SignedState = Literal["scored", "not_applicable", "absent", "recused", "void"]


class ItemRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """An item: state, value, level; `computed` repeats what the program computed, so that a merge can compare.

    `item` is an `Id`, `value` and `computed` are a `Number`: `parse_sheet` looks at each spelling once, for a round has
    hundreds of thousands of items and few different ones.
    """

    item: IdText
    state: SignedState
    value: NumberText | None
    level: LevelId | None
    confirm: Confirmation
    computed: NumberText | None
    reason: Reason


class DeclarationRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The declaration (回避声明) the expert made before the documents opened."""

    status: Literal["clear", "recused"]
    codes: Annotated[tuple[Annotated[str, Meta(pattern=r"\AC([1-9]|1[0-2])\Z")], ...], Meta(max_length=12)]
    words: Reason
    at: Stamp


class ChallengeRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A challenge (质疑) of a datum; `rect` and `sha256` since version 2, left out where there is none."""

    id: Id
    indicator: Id
    datum: Id
    key: Line
    proposed: Number | None
    document: Line
    page: Page
    reason: Reason
    rect: Place | UnsetType = UNSET
    sha256: Sha256 | UnsetType = UNSET


class EvidenceRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A marked place (佐证) in a document; the rectangle in thousandths of the page.

    `sha256`, the digest of the document, since version 2; left out of links made before.
    """

    id: Id
    item: Id
    document: Id
    page: Page
    rect: Place | None
    quote: Annotated[str, Meta(max_length=MAX_QUOTE)]
    sha256: Sha256 | UnsetType = UNSET


class ChangeRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why the mark of an item is another than in the first round."""

    item: Id
    reason: Annotated[str, Meta(min_length=1, max_length=MAX_REASON)]


class RoundAnswer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a sheet of a second round (复评) answers: which round, the digest of the first sheet, what changed.

    `upheld` confirms that nothing did.
    """

    round: Id
    first: Sha256
    changes: Annotated[tuple[ChangeRecord, ...], Meta(max_length=MAX_ITEMS)]
    upheld: bool


class SheetRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One sheet as signed. `pack` is the digest of the rule pack, `supersedes` the digest of the revision before.

    `answer` since version 3, only in a sheet of a second round.
    """

    application: Id
    pack: Sha256
    revision: Annotated[int, Meta(ge=1, le=1_000_000)]
    supersedes: Sha256 | None
    declaration: DeclarationRecord
    items: Annotated[tuple[ItemRecord, ...], Meta(max_length=MAX_ITEMS)]
    challenges: Annotated[tuple[ChallengeRecord, ...], Meta(max_length=MAX_CHALLENGES)]
    evidence: Annotated[tuple[EvidenceRecord, ...], Meta(max_length=MAX_EVIDENCE)]
    opinion: Text
    unable: Reason
    answer: RoundAnswer | UnsetType = UNSET

    @property
    def status(self) -> SheetStatus:
        """`recused`, `unable` or `scored`, as `domain.sheet.Sheet.status` has it."""
        if self.declaration.status == "recused":
            return "recused"
        return "unable" if self.unable else "scored"

    def to_sheet(self) -> Sheet:
        """The sheet as the domain knows it."""
        return Sheet(
            application=self.application,
            declaration=Declaration(
                self.declaration.status, self.declaration.codes, self.declaration.words, self.declaration.at
            ),
            items={item.item: item_entry(item) for item in self.items},
            challenges=tuple(_challenge(challenge) for challenge in self.challenges),
            evidence=tuple(map(evidence_link, self.evidence)),
            opinion=self.opinion,
            unable=self.unable,
            changes={} if self.answer is UNSET else {one.item: one.reason for one in self.answer.changes},
            upheld=self.answer is not UNSET and self.answer.upheld,
        )


def item_entry(item: ItemRecord) -> ItemEntry:
    """An item as the domain knows it."""
    value = None if item.value is None else parse_number(item.value)
    return ItemEntry(item.item, item.state, item.level, value, item.confirm, item.reason)


def evidence_link(link: EvidenceRecord) -> EvidenceLink:
    """A marked place as the domain knows it."""
    return EvidenceLink(link.id, link.item, link.document, link.page, link.rect, link.quote, value_of(link.sha256, ""))


def _challenge(record: ChallengeRecord) -> Challenge:
    proposed = None if record.proposed is None else parse_number(record.proposed)
    return Challenge(
        record.id,
        record.indicator,
        record.datum,
        record.key,
        proposed,
        record.document,
        record.page,
        record.reason,
        value_of(record.rect, None),
        value_of(record.sha256, ""),
    )


def value_of(field: T | UnsetType, default: T) -> T:
    """A field of a later version, or `default` where an earlier one lacks it."""
    return default if isinstance(field, UnsetType) else field


def version_of(record: SheetRecord) -> int:
    """The earliest version of the score file that may hold this record.

    2 once a document's digest is in it, 3 once it answers a second round.
    """
    if record.answer is not UNSET:
        return 3
    later: list[object] = [link.sha256 for link in record.evidence]
    for challenge in record.challenges:
        later += [challenge.rect, challenge.sha256]
    return 1 if all(value is UNSET for value in later) else 2


def sheet_digest(raw: bytes) -> str:
    """The digest of a sheet: SHA-256 (hex) of exactly these bytes."""
    return hashlib.sha256(raw).hexdigest()


def parse_sheet(raw: bytes, *, place: str = "") -> SheetRecord:
    """The record from its bytes; whether its marks obey the pack is for `domain.scoring.sheet_findings` to say.

    Raises:
        NdbError: `E-SIZE`, `E-JSON…`, `E-SHEET-TWICE` (an item, challenge or link twice), `E-SHEET-RECUSED` (a recused
            or unable sheet that carries marks), `E-SHEET-EMPTY` (a scored one without), `E-SHEET-CHAIN` (revision 1
            names a predecessor, or a later one does not), `E-SHEET-CODES` (a recusal without a ground, or the reverse).
    """
    if len(raw) > MAX_SHEET:
        raise NdbError("E-SIZE", place=place, size=len(raw), most=MAX_SHEET)
    record = strictjson.as_we_write(raw, SheetRecord)
    if record is None:
        strictjson.check(raw, max_size=MAX_SHEET, place=place)
        record = strictjson.convert(raw, SheetRecord, place=place)
    _check(record, place or record.application)
    return record


def _check(record: SheetRecord, place: str) -> None:
    """What the types cannot say."""
    _check_items(record.items, place)
    if record.challenges:
        _once([challenge.id for challenge in record.challenges], place)
    if record.evidence:
        _once([link.id for link in record.evidence], place)
    if record.answer is not UNSET:
        _once([one.item for one in record.answer.changes], place)
        if record.revision == 1 or (record.answer.upheld and record.answer.changes):
            # A second look has a first sheet before it, and marks either stand or do not.
            raise NdbError("E-SHEET-CHAIN", place=place, revision=record.revision)
    if record.status == "scored":
        if not record.items:
            raise NdbError("E-SHEET-EMPTY", place=place)
    elif record.items or record.challenges or record.evidence or record.opinion:
        raise NdbError("E-SHEET-RECUSED", place=place)
    if (record.revision == 1) != (record.supersedes is None):
        raise NdbError("E-SHEET-CHAIN", place=place, revision=record.revision)
    declared = record.declaration
    if (declared.status == "recused") != bool(declared.codes):
        raise NdbError("E-SHEET-CODES", place=place)
    if declared.status == "recused" and record.unable:
        raise NdbError("E-SHEET-RECUSED", place=place)


def _check_items(items: Sequence[ItemRecord], place: str) -> None:
    ids = tuple([item.item for item in items])
    numbers = [item.value for item in items if item.value is not None]
    numbers += [item.computed for item in items if item.computed is not None]
    fine = _sound(ids)
    if fine is None or not all(map(strictjson.is_number, numbers)):
        raise NdbError("E-JSON-FIELD", place=place, reason="items: item, value, computed")
    if not fine:
        _once(ids, place)


@lru_cache(maxsize=_PACKS)
def _sound(ids: tuple[str, ...]) -> bool | None:
    """Whether the items of a sheet are all different ids, None when one is no id.

    Looked at once for each pack: its sheets have the same items in the same order.
    """
    if not all(map(strictjson.is_id, ids)):
        return None
    return len(set(ids)) == len(ids)


def _once(ids: Sequence[str], place: str) -> None:
    if len(set(ids)) != len(ids):
        twice = next(name for at, name in enumerate(ids) if name in ids[:at])
        raise NdbError("E-SHEET-TWICE", place=place, name=twice)
