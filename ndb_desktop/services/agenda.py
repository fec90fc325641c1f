"""待办事项: what a round still lacks, in the order in which it is best done, each with how many there are of it.

No score is looked at here; what scores leave open is told by `outcome.unsettled`, behind the logged door.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ndb_desktop.domain.batch import Assignment
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.model import Application
from ndb_desktop.services.batch_plan import facts_of
from ndb_desktop.services.disputes import count_open
from ndb_desktop.services.issue_chain import in_force
from ndb_desktop.services.lifecycle import all_lives
from ndb_desktop.services.office_missing import outstanding
from ndb_desktop.services.office_status import OfficeStatus
from ndb_desktop.services.outcome import standing
from ndb_desktop.services.pack_replace import unreadable
from ndb_desktop.services.succession_link import SOURCE
from ndb_desktop.services.visits import uncovered

if TYPE_CHECKING:
    from ndb_desktop.services.office import Office

TodoKind = Literal[
    "recommenders", "decisions", "applications", "unread", "documents", "experts", "unassigned", "unissued",
    "supplement", "contradiction", "overdue", "missing", "stale", "key", "held", "site", "challenge", "not_final",
    "undecided", "done",
]  # fmt: skip
"""没有沿用推荐单位, 决定有误, 无材料, 规则包读不了, 缺文件, 无专家, 未分派, 未发放, 待补发, 矛盾, 逾期, 未收回,
更正前所评, 密钥未确认, 检查记录待核, 须现场检查而无检查任务, 质疑, 未定稿, 基地未作决定, 无待办.

`done` stands in no agenda: it is what an empty one means."""
_JUDGED = frozenset({"acceptance", "effect", "rectifying"})


@dataclass(frozen=True, slots=True)
class Todo:
    """One thing to do. `count` says how many of it, 0 where there is nothing to count."""

    kind: TodoKind
    count: int = 0


def agenda(office: Office, status: OfficeStatus, applications: Sequence[Application]) -> tuple[Todo, ...]:
    """What is to be done next, first things first; empty when the results are final and nothing is open.

    `applications` are all of the registry, which the caller has read already.
    """
    first = (Todo("recommenders"),) if _left_behind(office) else ()
    if not applications:
        return (*first, Todo("applications"))
    return (*first, *_todos(office, status, applications))


def _left_behind(office: Office) -> bool:
    """Whether this batch follows an archive, which holds no recommending bodies, and has none of its own."""
    followed = office.stage == "selection" and office.registry.meta(SOURCE) == "archive"
    return followed and facts_of(office).recommenders is None


def _todos(office: Office, status: OfficeStatus, applications: Sequence[Application]) -> Iterator[Todo]:
    try:
        open_challenges, sent, final = count_open(office), len(uncovered(office)), standing(office).state == "final"
    except NdbError:
        # Signed decisions that do not hold come before everything else.
        yield Todo("decisions")
        open_challenges, sent, final = 0, 0, True
    counts: list[tuple[TodoKind, int]] = [
        ("unread", len(unreadable(office))), ("documents", sum(not one.documents for one in applications)),
    ]  # fmt: skip
    if status.experts:
        pairs = office.assignments()
        unissued = {pair.expert for pair in pairs} - set(in_force(office.issued()))
        counts += [
            ("unassigned", _unassigned(office, applications, pairs)), ("unissued", len(unissued)),
            ("supplement", status.outdated), ("contradiction", status.contradictions),
            ("overdue", sum(row.late > 0 for row in outstanding(office))),
            ("missing", 0 if unissued else status.missing), ("stale", status.stale), ("key", status.unconfirmed_keys),
            ("held", sum(one.state == "held" for one in office.registry.site_standings())), ("site", sent),
            ("challenge", open_challenges),
        ]  # fmt: skip
    yield from (Todo(kind, count) for kind, count in counts if count)
    if not status.experts:
        yield Todo("experts")
    elif office.stage != "selection":
        undecided = sum(life.state in _JUDGED for life in all_lives(office).bases.values())
        if undecided:
            yield Todo("undecided", undecided)
    elif not final:
        yield Todo("not_final")


def _unassigned(office: Office, applications: Sequence[Application], pairs: Sequence[Assignment]) -> int:
    """Applications with fewer experts than their rules ask for."""
    seats = Counter(pair.application for pair in pairs)
    return sum(seats[one.id] < office.pack_of(one).settings.min_panel for one in applications)
