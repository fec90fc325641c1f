"""Where work on an opened review begins: with which key, and at which step."""

from __future__ import annotations

from collections.abc import Iterable

from ndb_desktop.services.identity import StoredIdentity
from ndb_desktop.ui.expert.view import ReviewView


def usual_key(known: Iterable[StoredIdentity], view: ReviewView) -> StoredIdentity | None:
    """The only key that fits the bundle, if there is exactly one."""
    summary = view.summary
    fitting = [
        stored
        for stored in known
        if stored.fault is None and stored.trial == summary.trial and summary.expert_key in ("", stored.fingerprint)
    ]
    return fitting[0] if len(fitting) == 1 else None


def first_step(view: ReviewView, key: StoredIdentity | None) -> str:
    """Where work goes on: the key at the first opening, then the declarations, then the scores."""
    if key is None:
        return "identity"
    if any(not line.done for line in view.news):
        return "news"
    if view.locked:
        return "sign"
    declared = any(view.sheet(review.application.id).declaration.status != "none" for review in view.applications)
    return "score" if view.agreed and declared else "declare"
