"""组长: who signs a panel's papers first, named by the coordinator and remembered until somebody else is.

Kept in the encrypted registry, one for each panel (评审组) and each second round (复评); naming one goes on record.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ndb_desktop.services.office import Office

_META = "panel.heads"


def panel_place(category: str, field: str) -> str:
    """What a panel is called here."""
    return f"{category}/{field}"


def heads(office: Office) -> Mapping[str, str]:
    """The heads that were named, by panel or id of a second round."""
    known = office.registry.meta(_META)
    return {str(place): str(expert) for place, expert in json.loads(known).items()} if known else {}


def head_for(office: Office, place: str, members: Collection[str], wanted: str | None) -> str:
    """Who signs first: `wanted`, "" for a blank line; None is the one remembered, if still one of the `members`."""
    if wanted is not None:
        return wanted
    known = heads(office).get(place, "")
    return known if known in members else ""


def remember_head(office: Office, place: str, head: str) -> None:
    """Remembers the head of a panel, or with "" that none is named; says so in the log when it changes."""
    known = dict(heads(office))
    # With the recovery key a record is still printed, but nothing is remembered for the next.
    if office.recovered or known.get(place, "") == head:
        return
    known.pop(place, None)
    if head:
        known[place] = head
    with office.registry.transaction():
        office.registry.set_meta(_META, json.dumps(known, sort_keys=True))
        office.log("panel.head", place, {"expert": head})
