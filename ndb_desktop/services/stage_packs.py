"""Which packs a registry of a later stage works with: the shipped ones that follow its selection packs, or own ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ndb_desktop.domain.errors import FaultsError, NdbError
from ndb_desktop.domain.model import Category
from ndb_desktop.domain.rulepack import RulePack
from ndb_desktop.domain.stagelint import misfits
from ndb_desktop.domain.stagepack import AnyStagePack
from ndb_desktop.formats.succession import Stage
from ndb_desktop.services.rulepacks import builtin_stage_packs


def chosen_packs(
    stage: Stage, selection: Mapping[Category, RulePack], own: Iterable[AnyStagePack] = ()
) -> Mapping[Category, AnyStagePack]:
    """A pack per category, an own one before the shipped one; a category for which neither fits has none.

    Raises:
        NdbError: E-STAGE-PACK, an own pack of another stage or of a category that was not selected by.
        FaultsError: an own pack that does not fit the selection pack; every reason (`stagelint.misfits`).
    """
    found = {
        pack.category: pack
        for pack in builtin_stage_packs().values()
        if pack.stage == stage and pack.category in selection and not misfits(pack, selection[pack.category])
    }
    for pack in own:
        if pack.stage != stage or pack.category not in selection:
            raise NdbError("E-STAGE-PACK", place=pack.id, pack=pack.id, stage=pack.stage, category=pack.category)
        if faults := misfits(pack, selection[pack.category]):
            raise FaultsError(faults, place=pack.id)
        found[pack.category] = pack
    return found
