"""A datum or an item in words, as `services.place_words` names it, for the pages that have a snapshot in hand."""

from __future__ import annotations

from ndb_desktop.domain.rulepack import RulePack
from ndb_desktop.domain.stagepack import AnyStagePack
from ndb_desktop.services.place_words import Names, datum_name
from ndb_desktop.ui import i18n
from ndb_desktop.ui.coordinator.store import Snapshot


def datum_label(pack: RulePack, stage: AnyStagePack | None, datum: str) -> str:
    """The datum's name in the rule pack, or the target's in that of a later stage, else its code."""
    return datum_name(pack, stage, datum, i18n.language())


def names(snapshot: Snapshot) -> Names:
    """What the packs of the registry call things."""
    stage_packs = {pack.category: pack for pack in snapshot.stage_packs}
    return Names(snapshot.packs, stage_packs, snapshot.batch, i18n.language())


def place_label(snapshot: Snapshot, application: str, datum: str, year: str) -> str:
    """The datum of an application, with its year; an application that is not there leaves the code."""
    found = next((one for one in snapshot.applications if one.id == application), None)
    if found is None:
        return f"{datum}/{year}" if year else datum
    return names(snapshot).datum(found.category, datum, year)


def item_label(snapshot: Snapshot | None, item: str) -> str:
    """An item of a score sheet with its part; before there is a snapshot its id."""
    return item if snapshot is None else names(snapshot).item(item)
