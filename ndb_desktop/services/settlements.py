"""合议记录: records a panel's vote on a case that scores leave open, as a signed decision."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ndb_desktop.crypto.identity import Identity
from ndb_desktop.domain.decision import Decision
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.settlement import Outcome, Vote, carried, content, seats

if TYPE_CHECKING:
    from ndb_desktop.services.office import Office
    from ndb_desktop.services.results_compute import BatchResult


def settle(
    office: Office,
    result: BatchResult,
    application: str,
    outcome: Outcome,
    *,
    issue: str,
    votes: Sequence[Vote],
    reason: str,
    second: Identity | None = None,
) -> Decision:
    """Records what the panel decided about a pending application; `result` is what was before the panel.

    Raises:
        NdbError: E-SETTLE-STATE (it is not pending), E-SETTLE-VOTES (no vote, one member twice, somebody who does not
            belong to its panel, or an outcome the votes do not carry), E-SETTLE-SEATS (no seat is left), E-REASON, and
            as `DecisionBook.record`.
    """
    if result.selection.states.get(application) != "pending":
        raise NdbError("E-SETTLE-STATE", application=application)
    members = [vote.member for vote in votes]
    panel = result.results[application].experts
    strangers = [name for name in members if panel.get(name, "recused") in ("recused", "void")]
    if not votes or len(set(members)) != len(members) or strangers or carried(votes) != (outcome == "selected"):
        raise NdbError("E-SETTLE-VOTES", application=application, names=", ".join(strangers) or "-")
    if outcome == "selected":
        one = result.applications[application]
        for cap in seats(result.selection, result.applications, office.batch.quotas):
            if cap.category == one.category and cap.field in ("", one.field) and cap.left <= 0:
                raise NdbError("E-SETTLE-SEATS", application=application, limit=cap.limit)
    if not issue.strip():
        raise NdbError("E-REASON")
    texts = content(outcome, issue.strip(), votes, result.digests[application])
    return office.decided.record("settlement", application, texts, reason=reason, second=second)
