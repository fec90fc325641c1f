"""撤销检查任务: a visit nobody will go on is withdrawn by a signed decision; it stays on record and keeps its number.

The decision is of kind `void` (作废) with the visit as its subject, so nothing has to be kept beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from ndb_desktop.domain.decision import Decision
from ndb_desktop.domain.errors import NdbError

if TYPE_CHECKING:
    from ndb_desktop.services.office import Office

VisitState = Literal["planned", "issued", "withdrawn", "current", "conflict", "held"]
"""已建立, 已发放, 已撤销, and where its record stands (`site_standing`)."""
_VISIT = "visit"
"""Tells a withdrawal among decisions of kind `void`."""


def withdraw_visit(office: Office, name: str, reason: str) -> Decision:
    """Withdraws a visit as long as no record of it was merged; a bundle issued for it is out of force.

    Raises:
        NdbError: E-REASON, E-VISIT-UNKNOWN, E-VISIT-WITHDRAWN (it is already), E-VISIT-RECORDED (a record of it was
            merged), and as `DecisionBook.record`.
    """
    if not reason.strip():
        raise NdbError("E-REASON")
    row = office.registry.visit(name)
    if row is None:
        raise NdbError("E-VISIT-UNKNOWN", visit=name)
    check_not_withdrawn(office, name)
    if office.registry.site_files(name):
        raise NdbError("E-VISIT-RECORDED", visit=name)
    with office.registry.transaction():
        gone = office.registry.revoke_visit_bundles(name, office.now())
        content = {_VISIT: name, "application": row.application, "bundles": "\n".join(gone)}
        return office.decided.record("void", name, content, reason=reason.strip())


def withdrawn_visits(office: Office) -> Mapping[str, Decision]:
    """The decisions that withdrew visits, by visit. Raises NdbError E-DECISION-CHAIN."""
    return {name: one for name, one in office.decided.of("void").items() if one.content.get(_VISIT) == name}


def check_not_withdrawn(office: Office, name: str) -> None:
    """Raises NdbError E-VISIT-WITHDRAWN where a visit was withdrawn, with the moment it was."""
    gone = withdrawn_visits(office).get(name)
    if gone is not None:
        raise NdbError("E-VISIT-WITHDRAWN", visit=name, at=gone.at)


def visit_states(office: Office) -> Mapping[str, VisitState]:
    """Where every visit stands."""
    registry = office.registry
    states: dict[str, VisitState] = {row.id: "planned" for row in registry.visits()}
    states.update((bundle.visit, "issued") for bundle in registry.visit_bundles())
    states.update((name, "withdrawn") for name in withdrawn_visits(office))
    states.update((one.visit, one.state) for one in registry.site_standings())
    return states
