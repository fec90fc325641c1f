"""异议登记簿: objections to the public list, received and closed, each step a signed decision."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from ndb_desktop.crypto.identity import Identity
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.objection import (
    RESULTS,
    Objection,
    ObjectionResult,
    closed_content,
    objections,
    received_content,
)
from ndb_desktop.texts import text

if TYPE_CHECKING:
    from ndb_desktop.services.office import Office


def register(office: Office) -> tuple[Objection, ...]:
    """Every objection in the order of receipt."""
    return objections(office.decided.all())


def open_objections(office: Office) -> tuple[Objection, ...]:
    """Those not decided yet (未办结)."""
    return tuple(one for one in register(office) if one.open)


def receive(
    office: Office,
    *,
    sender: str,
    contact: str,
    matter: str,
    evidence: str,
    received: date,
    application: str = "",
    second: Identity | None = None,
) -> Objection:
    """登记: enters an objection: real name, way to reach the sender, the matter, and what it rests on.

    Raises:
        NdbError: E-OBJECTION-FIELD (sender, contact, matter or evidence empty), E-OBJECTION-DATE (a day to come),
            E-OFFICE-APPLICATION, and as `DecisionBook.record`.
    """
    entry = Objection(
        f"O-{len(register(office)) + 1:04d}", application, received, sender.strip(), contact.strip(), matter.strip(),
        evidence.strip(),
    )  # fmt: skip
    fields = {"sender": entry.sender, "contact": entry.contact, "matter": entry.matter, "evidence": entry.evidence}
    if empty := [name for name, value in fields.items() if not value]:
        raise NdbError("E-OBJECTION-FIELD", field=empty[0])
    if received > _today(office):
        raise NdbError("E-OBJECTION-DATE", date=received.isoformat())
    if application and application not in office.registry.application_digests():
        raise NdbError("E-OFFICE-APPLICATION", application=application)
    reason = text("objection.reason", office.language)
    office.decided.record("objection", entry.id, received_content(entry), reason=reason, second=second)
    return _entry(office, entry.id)


def close(
    office: Office, number: str, result: ObjectionResult, *, handling: str, second: Identity | None = None
) -> Objection:
    """办结: how it was looked into (`handling`) and what came of it; nothing else changes by it.

    If it was upheld and the results must change, they are reopened on their own (R14).

    Raises:
        NdbError: E-OBJECTION-UNKNOWN, E-OBJECTION-CLOSED, E-OBJECTION-RESULT, E-REASON (no handling), and as
            `DecisionBook.record`.
    """
    if not _entry(office, number).open:
        raise NdbError("E-OBJECTION-CLOSED", number=number)
    if result not in RESULTS:
        raise NdbError("E-OBJECTION-RESULT", result=result)
    content = closed_content(result, handling.strip(), _today(office))
    office.decided.record("objection", number, content, reason=handling, second=second)
    return _entry(office, number)


def check_none_open(office: Office) -> None:
    """What must come before 认定 and before the batch is filed. Raises NdbError E-OBJECTION-OPEN."""
    if left := open_objections(office):
        raise NdbError("E-OBJECTION-OPEN", count=len(left), numbers=", ".join(one.id for one in left[:5]))


def _entry(office: Office, number: str) -> Objection:
    for one in register(office):
        if one.id == number:
            return one
    raise NdbError("E-OBJECTION-UNKNOWN", number=number)


def _today(office: Office) -> date:
    return office.clock().astimezone().date()
