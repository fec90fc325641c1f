"""决定 of a batch and who must sign them: the two-person rule (双人规则).

Freezing the rule packs, drawing experts, opening the scores, overriding, finalising, 认定 and 摘牌 take two signatures:
the coordinator's (组织方) and a supervisor's (监督). A trial batch without a supervisor gets by with the coordinator's
own; from the first appointment on, and in every official batch, both are needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from ndb_desktop.domain.errors import NdbError

DecisionKind = Literal[
    "appoint", "dismiss", "pack_freeze", "draw", "unblind", "override", "finalise", "challenge", "contradiction",
    "veto", "flag", "settlement", "conflict", "void", "objection", "round", "lifecycle", "recognition", "removal",
]  # fmt: skip
"""任命, 免除, 冻结规则包, 抽取, 启封分数, 更改, 定稿, 质疑处理, 矛盾处理, 一票否决, 提示处理, 合议, 待核处理, 作废,
异议处理, 复评, 生命周期变动, 认定, 取消并摘牌."""

Role = Literal["coordinator", "supervisor", "archivist"]
"""组织方, 监督, 档案."""

KINDS: tuple[DecisionKind, ...] = get_args(DecisionKind)
TWO_PERSON: frozenset[DecisionKind] = frozenset(
    {"pack_freeze", "draw", "unblind", "override", "finalise", "recognition", "removal"}
)
OFFICERS: frozenset[DecisionKind] = frozenset({"appoint", "dismiss"})

Content = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Officer:
    """A person with a role: `keyid` of the key, its OpenSSH line, `since` the moment of the appointment."""

    keyid: str
    key: str
    name: str
    role: Role
    since: str


@dataclass(frozen=True, slots=True)
class Decision:
    """A signed decision: `number` counts from 1, `previous` is the digest of the one before it, "" for the first.

    `subject` is what it is about (an application, an expert, the batch), `content` its substance as named texts.
    """

    number: int
    digest: str
    previous: str
    kind: DecisionKind
    subject: str
    content: Content
    reason: str
    at: str
    signers: tuple[tuple[Role, str], ...] = field(default=())

    @property
    def keyids(self) -> tuple[str, ...]:
        """The key ids of those who signed."""
        return tuple(keyid for _, keyid in self.signers)


@dataclass(frozen=True, slots=True)
class Wanted:
    """待签事项: what is about to be signed, so that whoever signs second sees it before."""

    kind: DecisionKind
    subject: str
    content: Content
    reason: str

    def fits(self, other: Wanted) -> bool:
        """Whether the other would sign the same; the reason may be worded anew."""
        mine, its = (self.kind, self.subject, dict(self.content)), (other.kind, other.subject, dict(other.content))
        return mine == its


class SecondKeyError(NdbError):
    """E-DECISION-SECOND: a supervisor's signature is missing on `wanted`; `names` are those who may give it."""

    def __init__(self, wanted: Wanted, names: Iterable[str]) -> None:
        super().__init__("E-DECISION-SECOND", kind=wanted.kind, names=" / ".join(names))
        self.wanted = wanted


def officers(decisions: Iterable[Decision]) -> tuple[Officer, ...]:
    """Those in office after `decisions`, in the order of their appointment."""
    found: dict[str, Officer] = {}
    for one in decisions:
        if one.kind == "appoint":
            role: Role = "archivist" if one.content["role"] == "archivist" else "supervisor"
            found[one.subject] = Officer(one.subject, one.content["key"], one.content["name"], role, one.at)
        elif one.kind == "dismiss":
            found.pop(one.subject, None)
    return tuple(found.values())


def two_person(decisions: Iterable[Decision], *, trial: bool) -> bool:
    """Whether the two-person rule holds: always in an official batch, in a trial from the first supervisor on."""
    appointed = any(one.kind == "appoint" and one.content["role"] == "supervisor" for one in decisions)
    return not trial or appointed


def needs_supervisor(kind: DecisionKind, decisions: Iterable[Decision], *, trial: bool) -> bool:
    """Whether a supervisor must sign too. Officers change only with a supervisor's signature once there is one."""
    known = tuple(decisions)
    if kind in OFFICERS:
        return any(one.role == "supervisor" for one in officers(known))
    return kind in TWO_PERSON and two_person(known, trial=trial)


def in_force(decisions: Iterable[Decision], kind: DecisionKind) -> Mapping[str, Decision]:
    """The latest decision of a kind on each subject."""
    return {one.subject: one for one in decisions if one.kind == kind}
