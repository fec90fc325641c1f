"""催办: who has sent nothing, who only part, whose key nobody confirmed, and how many working days they are late."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Literal

from ndb_desktop.domain.batch import Expert
from ndb_desktop.domain.calendar import Calendar, joined, working_days_between
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.services.calendar_import import own_calendars
from ndb_desktop.services.calendars import builtin_calendars
from ndb_desktop.services.issue_chain import in_force

if TYPE_CHECKING:
    from ndb_desktop.services.office import Office

Arrival = Literal["not_issued", "nothing", "part", "contradiction", "complete"]
"""未发放, 未返回, 部分返回, 有矛盾, 已齐."""

_BEIJING = timezone(timedelta(hours=8))


@dataclass(frozen=True, slots=True)
class Outstanding:
    """What is missing of one expert. `due` is the last day for it, None when there is none.

    `late` counts working days after `due` (calendar days where `counted` is "days", for want of a calendar of that
    year); 0 when it is not over or nothing is missing. `left` counts the same up to `due`, None when it is over or
    there is none. `missing` are applications without a sheet that counts. `key` is the fingerprint of an unconfirmed
    key, `payload` the digest of the last file it signed, whose words (校验词) the expert sees too.
    """

    expert: Expert
    arrival: Arrival
    assigned: int
    missing: tuple[str, ...]
    contradictions: tuple[str, ...]
    issued_at: str
    last_received: str
    due: date | None
    late: int
    counted: Literal["working_days", "days"]
    key_unconfirmed: bool
    left: int | None = None
    key: str = ""
    payload: str = ""

    @property
    def needs_call(self) -> bool:
        """Whether somebody should get in touch: late, contradictory, never sent a bundle, or a key to confirm."""
        return bool(self.late or self.contradictions or self.key_unconfirmed or self.arrival == "not_issued")


def outstanding(
    office: Office, *, due: date | None = None, calendar: Calendar | None = None
) -> tuple[Outstanding, ...]:
    """Every expert who has something to review, latest first, then by id.

    `due` holds for everybody; without it the end of each expert's bundle in force does. Days are those of Beijing.
    """
    calendar = calendar or joined((*builtin_calendars().values(), *own_calendars(office)))
    today = office.clock().astimezone(_BEIJING).date()
    standing = office.registry.states()
    assigned: dict[str, list[str]] = {}
    for expert_id, application in office.assignments():
        assigned.setdefault(expert_id, []).append(application)
    bundles = in_force(office.issued())
    received = office.registry.last_received()
    unconfirmed = {key.expert: key.keyid for key in office.expert_keys() if key.status == "unconfirmed"}
    signed = office.registry.last_payloads()
    rows = []
    for expert in office.experts():
        names = sorted(assigned.get(expert.id, ()))
        if not names:
            continue
        mine = standing.get(expert.id, {})
        states = {name: mine.get(name) for name in names}
        bundle = bundles.get(expert.id)
        arrival = _arrival(bundle is not None, states)
        last = due or (_day(bundle.expires_at) if bundle and bundle.expires_at else None)
        over = last is not None and arrival in ("not_issued", "nothing", "part")
        late, counted = _late(calendar, last, today) if last is not None and over else (0, "working_days")
        left: int | None = None
        if last is not None and today <= last:
            left, counted = _days(calendar, today, last)
        key = unconfirmed.get(expert.id, "")
        rows.append(
            Outstanding(
                expert=expert,
                arrival=arrival,
                assigned=len(names),
                missing=tuple(name for name, state in states.items() if state in (None, "void")),
                contradictions=tuple(name for name, state in states.items() if state == "conflict"),
                issued_at=bundle.issued_at if bundle else "",
                last_received=received.get(expert.id, ""),
                due=last,
                late=late,
                counted=counted,
                key_unconfirmed=bool(key),
                left=left,
                key=key,
                payload=signed.get((expert.id, key), ""),
            )
        )
    return tuple(sorted(rows, key=lambda row: (-row.late, row.expert.id)))


def _arrival(issued: bool, states: Mapping[str, str | None]) -> Arrival:
    there = [state for state in states.values() if state not in (None, "void")]
    if not there:
        return "nothing" if issued else "not_issued"
    if len(there) < len(states):
        return "part"
    return "contradiction" if "conflict" in there else "complete"


def _day(moment: str) -> date:
    return datetime.strptime(moment, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).astimezone(_BEIJING).date()


def _late(calendar: Calendar, due: date, today: date) -> tuple[int, Literal["working_days", "days"]]:
    return (0, "working_days") if today <= due else _days(calendar, due, today)


def _days(calendar: Calendar, start: date, end: date) -> tuple[int, Literal["working_days", "days"]]:
    try:
        return working_days_between(calendar, start, end), "working_days"
    except NdbError:
        # The next year's holidays are announced in November; until then days must do.
        return (end - start).days, "days"
