"""What to think over before a visit is planned: nothing to verify, the same team twice, keys that do not count.

None of it refuses a plan; a bundle is refused where a key does not count (E-VISIT-KEY).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ndb_desktop.formats.siteparts import decode_visit
from ndb_desktop.services.inspectors import find_inspector
from ndb_desktop.services.visit_withdraw import visit_states
from ndb_desktop.storage.registry_visits import InspectorRow

if TYPE_CHECKING:
    from ndb_desktop.domain.siterecord import Visit
    from ndb_desktop.services.office import Office

NOTICES: Mapping[str, str] = {
    "empty": "visit.notice.empty",
    "repeated": "visit.notice.repeated",
    "unconfirmed": "visit.notice.unconfirmed",
    "revoked": "visit.notice.revoked",
}
"""The text of each kind; it takes `names`."""


@dataclass(frozen=True, slots=True)
class Notice:
    """`names` are visits or inspectors, none where nothing is to be verified."""

    kind: Literal["empty", "repeated", "unconfirmed", "revoked"]
    names: tuple[str, ...] = ()


def notices(team: Sequence[InspectorRow], *, something: bool, others: Mapping[str, frozenset[str]]) -> Iterator[Notice]:
    """What there is to say; `something` is to be verified, `others` are the open visits to the applicant."""
    if not something:
        yield Notice("empty")
    mine = frozenset(row.id for row in team)
    same = tuple(name for name, members in others.items() if members == mine)
    if same:
        yield Notice("repeated", same)
    waiting = tuple(row.id for row in team if row.status == "unconfirmed")
    if waiting:
        yield Notice("unconfirmed", waiting)
    gone = tuple(row.id for row in team if row.status == "revoked")
    if gone:
        yield Notice("revoked", gone)


def open_visits(office: Office, application: str) -> Mapping[str, frozenset[str]]:
    """Visits to an application that are planned or issued, each with its team."""
    states = visit_states(office)
    rows = [row for row in office.registry.visits() if row.application == application]
    return {
        row.id: frozenset(one.id for one in decode_visit(row.json).members)
        for row in rows
        if states[row.id] in ("planned", "issued")
    }


def notices_of(office: Office, visit: Visit) -> tuple[Notice, ...]:
    """What there is to say of a visit, on record or only drafted."""
    team = [find_inspector(office, one.id) for one in visit.members]
    others = {name: team for name, team in open_visits(office, visit.application).items() if name != visit.id}
    return tuple(notices(team, something=bool(visit.wanted), others=others))
