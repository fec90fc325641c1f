"""异议登记: what people say against the list during 公示, real name, in writing, and how each matter ended.

Receiving and closing are two signed decisions on one number; an open objection blocks 认定.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

from ndb_desktop.domain.decision import Content, Decision

ObjectionResult = Literal["upheld", "rejected", "withdrawn"]
RESULTS: tuple[ObjectionResult, ...] = get_args(ObjectionResult)
"""成立, 不成立, 撤回."""


@dataclass(frozen=True, slots=True)
class Objection:
    """An entry of the register. `application` is "" when it is about the list as a whole.

    `result`, `handling` and `closed` are None and "" while it is open; `decisions` are the signed ones behind it.
    """

    id: str
    application: str
    received: date
    sender: str
    contact: str
    matter: str
    evidence: str
    result: ObjectionResult | None = None
    handling: str = ""
    closed: date | None = None
    decisions: tuple[Decision, ...] = ()

    @property
    def open(self) -> bool:
        """Whether it was not decided yet."""
        return self.result is None


def received_content(entry: Objection) -> Content:
    """The content of the decision that receives it."""
    return {
        "state": "received", "application": entry.application, "received": entry.received.isoformat(),
        "sender": entry.sender, "contact": entry.contact, "matter": entry.matter, "evidence": entry.evidence,
    }  # fmt: skip


def closed_content(result: ObjectionResult, handling: str, closed: date) -> Content:
    """The content of the decision that closes it."""
    return {"state": "closed", "result": result, "handling": handling, "closed": closed.isoformat()}


def objections(decisions: Iterable[Decision]) -> tuple[Objection, ...]:
    """The register, in the order of receipt."""
    found: dict[str, Objection] = {}
    for one in decisions:
        if one.kind != "objection":
            continue
        said, known = one.content, found.get(one.subject)
        if said["state"] == "received":
            found[one.subject] = Objection(
                one.subject, said["application"], date.fromisoformat(said["received"]), said["sender"],
                said["contact"], said["matter"], said["evidence"], decisions=(one,),
            )  # fmt: skip
        elif known is not None:
            result = next(row for row in RESULTS if row == said["result"])
            found[one.subject] = Objection(
                known.id, known.application, known.received, known.sender, known.contact, known.matter,
                known.evidence, result, said["handling"], date.fromisoformat(said["closed"]), (*known.decisions, one),
            )  # fmt: skip
    return tuple(found.values())
