"""检查规则包: what an inspection team goes through on site, as immutable values, and the loader that makes them.

Meetings, methods, bands of deviation, checklist (检查项), veto grounds, verdict, statements, photos: all are data of
the pack (R11). A pack with a fault is refused as a whole, like a pack of indicators (`packload`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, Literal, cast, get_args

from ndb_desktop.domain.model import Category
from ndb_desktop.domain.packlint import lint_status
from ndb_desktop.domain.packload import STATUSES
from ndb_desktop.domain.packparts import read_groups, read_statements
from ndb_desktop.domain.packread import Reader, Texts
from ndb_desktop.domain.packstages import load_in_stages
from ndb_desktop.domain.phrase import LocalText
from ndb_desktop.domain.rulepack import Group, Statement
from ndb_desktop.domain.sitemath import FALSE_DATA
from ndb_desktop.domain.siterecord import MEETINGS, Conclusion, Grade, MeetingId, Method
from ndb_desktop.domain.sitevectors import run_site_vectors

FORMAT = "ndb-sitepack/1"
STAGE = "site"
VETO_GROUNDS = tuple(f"V{n}" for n in range(1, 9))
"""一票否决情形 V1 to V8 (R09); what each one is called stands in the packs."""
METHODS: tuple[Method, ...] = get_args(Method)
CONCLUSIONS: tuple[Conclusion, ...] = get_args(Conclusion)
GRADES: tuple[Grade, ...] = get_args(Grade)
CATEGORIES: tuple[Category, ...] = get_args(Category)
NEEDED_STATEMENTS = ("recusal", "confidentiality", "integrity")
"""回避, 保密, 廉洁: without them nobody may inspect (R16)."""
PhotoWish = Literal["none", "wanted", "needed"]
"""No photo is asked for; one is welcome; a record without one cannot be signed."""
PHOTO_WISHES: tuple[PhotoWish, ...] = get_args(PhotoWish)
MOST_PHOTOS = 5_000
MOST_PHOTO_BYTES = 64 * 1024 * 1024
LEAST_MEMBERS = 2
"""R17: two inspectors or more; a pack may ask for more, never for fewer."""


@dataclass(frozen=True, slots=True)
class SiteMeeting:
    """One of the six steps of a visit: what it is called, what to do there, whether it may be left out."""

    id: MeetingId
    title: LocalText
    task: LocalText
    optional: bool


@dataclass(frozen=True, slots=True)
class SiteMethod:
    """核查方法 that may be named for a datum."""

    id: Method
    title: LocalText


@dataclass(frozen=True, slots=True)
class DeviationBands:
    """Percent of what was declared: 一致 while |away| <= `consistent`, 偏差 while <= `deviation`, else 重大偏差."""

    consistent: Fraction
    deviation: Fraction


@dataclass(frozen=True, slots=True)
class SiteItem:
    """检查项: what is looked at and which phrase it rests on; `ground` is its veto ground (starred), "" for none."""

    id: str
    group: str
    title: LocalText
    checks: LocalText
    basis: LocalText
    ground: str
    not_applicable: bool
    photo: PhotoWish

    @property
    def starred(self) -> bool:
        """Whether failing it is a 一票否决线索."""
        return bool(self.ground)


@dataclass(frozen=True, slots=True)
class Ground:
    """一票否决情形 (R09) with its words."""

    id: str
    text: LocalText


@dataclass(frozen=True, slots=True)
class VerdictRow:
    """A way to pass: at most so many severe and at most so many minor items."""

    severe: int
    minor: int


@dataclass(frozen=True, slots=True)
class PhotoPolicy:
    """照片: how many at most, bytes of each at most, whether a position may be printed in an exported PDF."""

    gps_in_pdf: bool
    most: int
    most_bytes: int


@dataclass(frozen=True)
class SitePack:
    """A loaded pack. `raw` is what travels and is hashed; `digest` is its SHA-256 (hex).

    `sample` is how many data are drawn at random for a visit; `note_conclusions` and `note_grades` are those that a
    note has to explain; `verdict` are the ways to pass once no starred item failed.
    """

    id: str
    version: str
    status: str
    document_number: str
    categories: tuple[Category, ...]
    title: LocalText
    least_members: int
    sample: int
    meetings: tuple[SiteMeeting, ...]
    methods: tuple[SiteMethod, ...]
    bands: DeviationBands
    note_conclusions: tuple[Conclusion, ...]
    note_grades: tuple[Grade, ...]
    groups: tuple[Group, ...]
    items: tuple[SiteItem, ...]
    grounds: tuple[Ground, ...]
    verdict: tuple[VerdictRow, ...]
    statements: tuple[Statement, ...]
    photos: PhotoPolicy
    raw: bytes
    digest: str
    stage: str = STAGE

    @cached_property
    def item_by_id(self) -> Mapping[str, SiteItem]:
        """检查项 by id."""
        return {item.id: item for item in self.items}

    @cached_property
    def ground_by_id(self) -> Mapping[str, Ground]:
        """一票否决情形 by id."""
        return {ground.id: ground for ground in self.grounds}

    @cached_property
    def meeting_by_id(self) -> Mapping[MeetingId, SiteMeeting]:
        """The six steps by id."""
        return {meeting.id: meeting for meeting in self.meetings}

    @property
    def is_proposal(self) -> bool:
        """建议稿, not official."""
        return self.status == STATUSES[0]


def load_site_pack(raw: bytes) -> SitePack:
    """The pack in `raw`, made by `packload.compose_pack`.

    Raises:
        FaultsError: every fault found, each with a path such as `pack.items[3].veto`.
    """
    return load_in_stages(
        raw,
        read=lambda value, reader, texts: _Loading(reader, texts, raw).pack(value),
        lint=_lint,
        run=run_site_vectors,
        most_vectors=500,
    )


_TOP = (
    "format", "id", "version", "stage", "categories", "status", "document_number", "least_members", "sample",
    "meetings", "methods", "bands", "notes", "groups", "items", "grounds", "verdict", "statements", "photos",
)  # fmt: skip


class _Loading:
    """Reads the definition part of a pack."""

    def __init__(self, reader: Reader, texts: Texts, raw: bytes) -> None:
        self._reader = reader
        self._texts = texts
        self._raw = raw

    def pack(self, value: Any) -> SitePack:
        reader = self._reader
        top = reader.record(value, "pack", _TOP)
        reader.choice(top["format"], "pack.format", (FORMAT,))
        reader.choice(top["stage"], "pack.stage", (STAGE,))
        notes = reader.record(top["notes"], "pack.notes", ("conclusions", "grades"))
        grounds = self._chosen(top["grounds"], "pack.grounds", VETO_GROUNDS)
        groups = tuple(read_groups(top["groups"], reader, self._texts))
        return SitePack(
            id=reader.ident(top["id"], "pack.id"),
            version=reader.text(top["version"], "pack.version"),
            status=reader.choice(top["status"], "pack.status", STATUSES),
            document_number=reader.text(top["document_number"], "pack.document_number"),
            categories=cast(Any, self._chosen(top["categories"], "pack.categories", CATEGORIES)),
            title=self._texts.get("title"),
            least_members=reader.whole(top["least_members"], "pack.least_members", LEAST_MEMBERS, 20),
            sample=reader.whole(top["sample"], "pack.sample", 0, 100),
            meetings=self._meetings(top["meetings"]),
            methods=tuple(
                SiteMethod(cast(Method, name), self._texts.get(f"method.{name}"))
                for name in self._chosen(top["methods"], "pack.methods", METHODS)
            ),
            bands=self._bands(top["bands"]),
            note_conclusions=cast(Any, self._chosen(notes["conclusions"], "pack.notes.conclusions", CONCLUSIONS, 0)),
            note_grades=cast(Any, self._chosen(notes["grades"], "pack.notes.grades", GRADES, 0)),
            groups=groups,
            items=self._items(top["items"], [group.id for group in groups], grounds),
            grounds=tuple(Ground(name, self._texts.get(f"ground.{name}")) for name in grounds),
            verdict=self._verdict(top["verdict"]),
            statements=tuple(read_statements(top["statements"], reader, self._texts)),
            photos=self._photos(top["photos"]),
            raw=self._raw,
            digest=hashlib.sha256(self._raw).hexdigest(),
        )

    def _chosen(self, value: Any, path: str, allowed: Sequence[str], least: int = 1) -> tuple[str, ...]:
        """Members of a closed list, each once."""
        reader = self._reader
        entries = reader.array(value, path, least, len(allowed))
        names = [reader.choice(entry, f"{path}[{n}]", allowed) for n, entry in enumerate(entries)]
        reader.unique(names, path)
        return tuple(names)

    def _meetings(self, value: Any) -> tuple[SiteMeeting, ...]:
        reader = self._reader
        found = []
        for n, entry in enumerate(reader.array(value, "pack.meetings", len(MEETINGS), len(MEETINGS))):
            path = f"pack.meetings[{n}]"
            record = reader.record(entry, path, ("id", "optional"))
            # The order of the steps is no opinion of a pack.
            name = cast(MeetingId, reader.choice(record["id"], f"{path}.id", (MEETINGS[n],)))
            title, task = self._texts.get(f"meeting.{name}.title"), self._texts.get(f"meeting.{name}.task")
            found.append(SiteMeeting(name, title, task, reader.boolean(record["optional"], f"{path}.optional")))
        return tuple(found)

    def _bands(self, value: Any) -> DeviationBands:
        record = self._reader.record(value, "pack.bands", ("consistent", "deviation"))
        return DeviationBands(
            self._reader.number(record["consistent"], "pack.bands.consistent", 0, 1000),
            self._reader.number(record["deviation"], "pack.bands.deviation", 0, 1000),
        )

    def _items(self, value: Any, groups: Sequence[str], grounds: Sequence[str]) -> tuple[SiteItem, ...]:
        reader, texts = self._reader, self._texts
        found = []
        for n, entry in enumerate(reader.array(value, "pack.items", 1, 100)):
            path = f"pack.items[{n}]"
            record = reader.record(entry, path, ("id", "group", "veto", "not_applicable", "photo"))
            name = reader.ident(record["id"], f"{path}.id")
            found.append(
                SiteItem(
                    id=name,
                    group=reader.choice(record["group"], f"{path}.group", groups or ("",)),
                    title=texts.get(f"{name}.title"),
                    checks=texts.get(f"{name}.checks"),
                    basis=texts.get(f"{name}.basis"),
                    ground=reader.choice(record["veto"], f"{path}.veto", ("", *grounds)),
                    not_applicable=reader.boolean(record["not_applicable"], f"{path}.not_applicable"),
                    photo=cast(PhotoWish, reader.choice(record["photo"], f"{path}.photo", PHOTO_WISHES)),
                )
            )
        reader.unique([item.id for item in found], "pack.items")
        return tuple(found)

    def _verdict(self, value: Any) -> tuple[VerdictRow, ...]:
        reader = self._reader
        found = []
        for n, entry in enumerate(reader.array(value, "pack.verdict", 1, 20)):
            path = f"pack.verdict[{n}]"
            record = reader.record(entry, path, ("severe", "minor"))
            severe = reader.whole(record["severe"], f"{path}.severe", 0, 100)
            found.append(VerdictRow(severe, reader.whole(record["minor"], f"{path}.minor", 0, 100)))
        return tuple(found)

    def _photos(self, value: Any) -> PhotoPolicy:
        reader = self._reader
        record = reader.record(value, "pack.photos", ("most", "most_bytes"), ("gps_in_pdf",))
        return PhotoPolicy(
            reader.boolean(record.get("gps_in_pdf", False), "pack.photos.gps_in_pdf"),
            reader.whole(record["most"], "pack.photos.most", 1, MOST_PHOTOS),
            reader.whole(record["most_bytes"], "pack.photos.most_bytes", 100_000, MOST_PHOTO_BYTES),
        )


def _lint(pack: SitePack, reader: Reader) -> None:
    """What a well-formed pack may still get wrong."""
    lint_status(pack.status, pack.document_number, pack.version, reader)
    if pack.bands.consistent >= pack.bands.deviation:
        reader.fault("E-PACK-SITE-BANDS", "pack.bands")
    for n, row in enumerate(pack.verdict[1:], 1):
        before = pack.verdict[n - 1]
        if row.severe <= before.severe or row.minor > before.minor:
            reader.fault("E-PACK-SITE-VERDICT", f"pack.verdict[{n}]")
    if FALSE_DATA not in pack.ground_by_id:
        reader.fault("E-PACK-SITE-GROUND", "pack.grounds", ground=FALSE_DATA)
    for n, item in enumerate(pack.items):
        if item.starred and item.not_applicable:
            reader.fault("E-PACK-SITE-STAR", f"pack.items[{n}].not_applicable", item=item.id)
    for n, group in enumerate(pack.groups):
        if not any(item.group == group.id for item in pack.items):
            reader.fault("E-PACK-SITE-GROUP", f"pack.groups[{n}]", group=group.id)
    known = {statement.id for statement in pack.statements}
    for name in NEEDED_STATEMENTS:
        if name not in known:
            reader.fault("E-PACK-SITE-STATEMENT", "pack.statements", statement=name)
