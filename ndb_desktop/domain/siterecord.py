"""现场检查记录 as values: what an inspection team found at one applicant, in parts that each stand alone (R17).

Inspectors record facts, experts score. A record is a set of parts keyed by kind and id: the unit of one stored change,
of undo, and of joining what two members wrote down apart. Moments are those of the device and so 未授时.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, TypeAlias

MeetingId = Literal["preparation", "opening", "verification", "communication", "closing", "handover"]
"""预备会议, 首次会议, 核查, 沟通会议, 末次会议, 材料移交."""
MEETINGS: tuple[MeetingId, ...] = (
    "preparation", "opening", "verification", "communication", "closing", "handover",
)  # fmt: skip

Why = Literal["challenge", "flag", "sample", "coordinator"]
"""核查缘由: an expert's challenge, a flag, the random sample, the coordinator's list."""
Method = Literal["original", "sampling", "interview", "system"]
"""看原件, 抽样, 访谈, 系统查询."""
Conclusion = Literal["consistent", "deviation", "major", "unverifiable", "not_applicable"]
"""一致, 偏差, 重大偏差, 无法核实, 不适用."""
Effect = Literal["replace", "keep", "refer"]
"""The verified value replaces the declared one, the declared one stays, or the matter goes to a veto decision (V6)."""
Grade = Literal["pass", "minor", "severe", "not_applicable"]
"""合格, 一般不合格, 严重不合格, 此项不适用."""
Severity = Literal["minor", "severe"]
"""一般不合格, 严重不合格."""
MeetingState = Literal["open", "held", "skipped"]
TakenSource = Literal["camera", "none"]
"""Whose clock says when a photo was taken: the camera's own, which nobody has set, or none."""
PositionSource = Literal["camera", "none"]
"""Who says where a photo was taken: the camera's receiver, or nobody (no fix)."""
MarkKind = Literal["pen", "arrow", "box", "ellipse", "text"]

PartKind = Literal[
    "head", "meeting", "check", "answer", "finding", "veto", "observation", "photo", "closing", "clock",
]  # fmt: skip
PartKey: TypeAlias = tuple[PartKind, str]
"""Kind and id of a part; the id of what there is only once is ""."""

SCALE = 10_000
"""Positions in a photo and in a drawn signature: ten-thousandths of width and height, so no float is ever signed."""


@dataclass(frozen=True, slots=True)
class Member:
    """检查员 of the team: id in the batch, name, employer, key as an OpenSSH line."""

    id: str
    name: str
    employer: str
    key: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """A datum the team is asked to verify, and why; `key` is the year, "" for a single figure, `declared` as declared.

    `value` says which of value, list or yes/no it is: only a `number` has a deviation.
    """

    datum: str
    key: str
    indicator: str
    unit: str
    kind: Literal["number", "objects", "flag"]
    declared: Decimal | None
    whys: tuple[Why, ...]
    note: str = ""

    @property
    def id(self) -> str:
        """The id of its check: datum, and the year after a slash."""
        return f"{self.datum}/{self.key}" if self.key else self.datum


@dataclass(frozen=True, slots=True)
class Head:
    """Where and when, and who was there for the applicant; `declared` are members who made the statements, and when."""

    place: str = ""
    started_at: str = ""
    ended_at: str = ""
    hosts: tuple[Host, ...] = ()
    declared: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Host:
    """陪同人员: somebody of the applicant's side."""

    name: str
    role: str


@dataclass(frozen=True, slots=True)
class Meeting:
    """One of the six steps; `reason` says why one was left out."""

    id: MeetingId
    state: MeetingState = "open"
    started_at: str = ""
    ended_at: str = ""
    note: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """核查结果 of one datum: the verified value, or why there is none; `proof` is the number of the evidence.

    `conclusion` is computed for numbers and chosen for the rest; None while nothing was concluded.
    """

    id: str
    verified: Decimal | None = None
    conclusion: Conclusion | None = None
    effect: Effect | None = None
    methods: tuple[Method, ...] = ()
    proof: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """检查项 of the checklist: its grade, None while open."""

    item: str
    grade: Grade | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Recheck:
    """复查 of a finding: when, by which member, whether it was put right."""

    at: str
    by: str
    passed: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """不合格项: what is wrong, what has to be put right until when (整改), and the chain of looks at it since.

    `about` names a check (`check:<id>`) or an item (`answer:<item>`), "" for neither.
    """

    id: str
    severity: Severity
    text: str
    about: str = ""
    measure: str = ""
    due: str = ""
    rechecks: tuple[Recheck, ...] = ()

    @property
    def settled(self) -> bool:
        """Whether the last look found it put right."""
        return bool(self.rechecks) and self.rechecks[-1].passed


@dataclass(frozen=True, slots=True)
class VetoFinding:
    """一票否决线索 (R09): ground V1 to V8, facts, evidence, what the applicant says. The decision is not the team's."""

    id: str
    ground: str
    text: str
    evidence: str
    reply: str = ""


@dataclass(frozen=True, slots=True)
class Observation:
    """其他观察: a free remark."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class PhotoMark:
    """标注 on a layer over the photo, never in it: points in ten-thousandths, a text where the kind is `text`."""

    kind: MarkKind
    points: tuple[tuple[int, int], ...]
    text: str = ""


@dataclass(frozen=True, slots=True)
class Photo:
    """照片: the original bytes by digest, and what the camera says of itself, with its source.

    `taken_at` is the camera's local time without a zone unless it gave one; `position` latitude and longitude in
    degrees as exact numbers. `about` is the part it belongs to, such as `check:<id>`, `finding:<id>`, or "".
    """

    id: str
    sha256: str
    size: int
    mime: str
    name: str
    width: int
    height: int
    orientation: int = 1
    taken_at: str = ""
    taken_source: TakenSource = "none"
    position: tuple[Decimal, Decimal] | None = None
    position_source: PositionSource = "none"
    about: str = ""
    caption: str = ""
    marks: tuple[PhotoMark, ...] = ()


@dataclass(frozen=True, slots=True)
class Closing:
    """末次会议 and the applicant's side: read out or not, its opinion, and its signature or why there is none.

    `strokes` is the drawn signature (手写签名), each stroke a row of points; or `refusal` and `witness` (拒签).
    """

    read_out: bool | None = None
    opinion: str = ""
    signer: str = ""
    signer_role: str = ""
    strokes: tuple[tuple[tuple[int, int], ...], ...] = ()
    refusal: str = ""
    witness: str = ""


ClockEvent = Literal["opened", "closed", "jump", "zone", "frozen"]


@dataclass(frozen=True, slots=True)
class ClockNote:
    """时钟说明: what the device's clock said, with its zone, beside seconds counted since the record was opened.

    `jump` is by how many seconds the clock moved against that count; a record never hides it.
    """

    id: str
    event: ClockEvent
    at: str
    elapsed: int
    jump: int = 0
    member: str = ""


Part: TypeAlias = Head | Meeting | Check | Answer | Finding | VetoFinding | Observation | Photo | Closing | ClockNote

_KINDS: Mapping[type[object], PartKind] = {
    Head: "head", Meeting: "meeting", Check: "check", Answer: "answer", Finding: "finding", VetoFinding: "veto",
    Observation: "observation", Photo: "photo", Closing: "closing", ClockNote: "clock",
}  # fmt: skip


def key_of(part: Part) -> PartKey:
    """Where a part stands in its record."""
    kind = _KINDS[type(part)]
    if isinstance(part, Head | Closing):
        return kind, ""
    return kind, part.item if isinstance(part, Answer) else part.id


@dataclass(frozen=True, slots=True)
class Visit:
    """检查任务: who goes to whom and verifies what; named in the bundle and in every record made from it.

    `members` may all open the bundle; `required` are the ids of those who must sign.
    """

    id: str
    batch: str
    trial: bool
    application: str
    applicant: str
    pack: str
    members: tuple[Member, ...]
    required: tuple[str, ...]
    wanted: tuple[Wanted, ...]
    planned_on: str = ""

    @property
    def member_by_id(self) -> Mapping[str, Member]:
        """Members by id."""
        return {member.id: member for member in self.members}

    @property
    def wanted_by_id(self) -> Mapping[str, Wanted]:
        """Data to verify, by the id of their check."""
        return {wanted.id: wanted for wanted in self.wanted}


@dataclass(frozen=True)
class SiteRecord:
    """A record: its visit, and its parts. What was never written down has no part; `get` gives the empty one."""

    visit: Visit
    parts: Mapping[PartKey, Part] = field(default_factory=dict)

    @property
    def head(self) -> Head:
        """The header."""
        found = self.parts.get(("head", ""))
        return found if isinstance(found, Head) else Head()

    @property
    def closing(self) -> Closing:
        """The end of the visit."""
        found = self.parts.get(("closing", ""))
        return found if isinstance(found, Closing) else Closing()

    def meeting(self, name: MeetingId) -> Meeting:
        """One of the six steps."""
        found = self.parts.get(("meeting", name))
        return found if isinstance(found, Meeting) else Meeting(name)

    def check(self, name: str) -> Check:
        """The check of a datum."""
        found = self.parts.get(("check", name))
        return found if isinstance(found, Check) else Check(name)

    def answer(self, item: str) -> Answer:
        """The grade of an item of the checklist."""
        found = self.parts.get(("answer", item))
        return found if isinstance(found, Answer) else Answer(item)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """不合格项, by id."""
        return tuple(part for _, part in sorted(self.parts.items()) if isinstance(part, Finding))

    @property
    def vetoes(self) -> tuple[VetoFinding, ...]:
        """一票否决线索, by id."""
        return tuple(part for _, part in sorted(self.parts.items()) if isinstance(part, VetoFinding))

    @property
    def observations(self) -> tuple[Observation, ...]:
        """其他观察, by id."""
        return tuple(part for _, part in sorted(self.parts.items()) if isinstance(part, Observation))

    @property
    def photos(self) -> tuple[Photo, ...]:
        """照片, by id."""
        return tuple(part for _, part in sorted(self.parts.items()) if isinstance(part, Photo))

    @property
    def clock(self) -> tuple[ClockNote, ...]:
        """时钟说明, by id."""
        return tuple(part for _, part in sorted(self.parts.items()) if isinstance(part, ClockNote))

    def photos_of(self, about: str) -> tuple[Photo, ...]:
        """The photos that belong to a part, such as `finding:F01`."""
        return tuple(photo for photo in self.photos if photo.about == about)

    def replaced(self, part: Part) -> SiteRecord:
        """The record with a part in place of the one before."""
        return SiteRecord(self.visit, {**self.parts, key_of(part): part})

    def without(self, key: PartKey) -> SiteRecord:
        """The record without a part."""
        return SiteRecord(self.visit, {known: part for known, part in self.parts.items() if known != key})
