"""A datum in words: what the rule pack calls it, or the pack of a later stage its target, and the year."""

from __future__ import annotations

from ndb_desktop.domain.dispute import data_item
from ndb_desktop.domain.rulepack import RulePack
from ndb_desktop.domain.stagepack import AnyStagePack
from ndb_desktop.ui import i18n
from ndb_desktop.ui.coordinator.store import Snapshot
from ndb_desktop.ui.i18n import tr


def datum_label(pack: RulePack, stage: AnyStagePack | None, datum: str) -> str:
    """The datum's name in the rule pack, or the target's in that of a later stage, else its code."""
    measured = None if stage is None else stage.measured_by_id.get(datum)
    if measured is not None:
        return f"{measured.indicator} {i18n.local(measured.label)}"
    try:
        return i18n.local(data_item(pack, datum).label)
    except KeyError:
        return datum


def place_label(snapshot: Snapshot, application: str, datum: str, year: str) -> str:
    """The same of a place in an application, with its year; an application that is not there leaves the code."""
    found = next((one for one in snapshot.applications if one.id == application), None)
    name = datum
    if found is not None:
        later = next((pack for pack in snapshot.stage_packs if pack.category == found.category), None)
        name = datum_label(snapshot.packs[found.category], later, datum)
    return tr("site.check.year", datum=name, year=year) if year else name
