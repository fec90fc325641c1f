"""中途回避: an expert finds a conflict after the work began, perhaps after signing; possible at any time."""

from __future__ import annotations

from ndb_desktop.domain.sheet import Declaration
from ndb_desktop.services import review_checks as checks
from ndb_desktop.services.review import Change, ReviewSession


def recuse(session: ReviewSession, application: str, declaration: Declaration, *, reason: str) -> Change:
    """Recuses; signed sheets are opened for a new revision first, with `reason`, which travels with it.

    Marks, challenges, evidence and opinion of the application are withdrawn and its documents closed at once; the
    coordinator learns of it with the next export. Until then it can be taken back, and they come back with it.

    Raises:
        NdbError: E-DECLARATION* (no ground, no words for C12), E-REVIEW-APPLICATION, E-NOT-AGREED, E-REVIEW-REASON,
            E-SHEET-LONG, E-STORE-*.
    """
    session.item(application)
    checks.check_declaration(declaration, application)
    if session.locked:
        session.start_revision(reason)
    return session.declare(application, declaration)
