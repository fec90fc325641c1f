"""后续阶段 in a registry: which stage it is of, the packs of the stage, and what is examined of each base.

Packs and what was accepted before lie beside the frozen applications as named texts (`meta`); what a base declares now
is part of its application, so that a bundle, an earlier version and the archive hold it as well.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from ndb_desktop.domain.model import Actual, Application, Category, Document
from ndb_desktop.domain.rulepack import RulePack
from ndb_desktop.domain.stagecase import StageCase, stage_case
from ndb_desktop.domain.stageload import load_stage_pack
from ndb_desktop.domain.stagepack import AnyStagePack
from ndb_desktop.domain.stagework import StageWork
from ndb_desktop.formats.applications import application_from_own
from ndb_desktop.formats.succession import Stage
from ndb_desktop.services.succession_link import ACCEPTED, frozen_bytes, link_of

if TYPE_CHECKING:
    from ndb_desktop.services.office import Office

PACK = "stage.pack."
"""Name of the text with a pack of the stage, followed by its category."""
_CATEGORIES: tuple[Category, ...] = ("park", "enterprise")


def stage_of(office: Office) -> Stage:
    """The stage of a registry, as its signed link says. Raises NdbError E-SUCCESSION-LINK."""
    link = link_of(office)
    return "selection" if link is None else link.stage


def stage_packs(office: Office) -> Mapping[Category, AnyStagePack]:
    """The pack of the stage for each category; none in selection."""
    kept = {category: office.registry.meta(PACK + category) for category in _CATEGORIES}
    return {category: read_pack(raw.encode("utf-8")) for category, raw in kept.items() if raw}


@lru_cache(maxsize=8)
def read_pack(raw: bytes) -> AnyStagePack:
    """A pack of a later stage, checked with its own vectors once per run of the program. Raises FaultsError."""
    return load_stage_pack(raw)


def stage_work(office: Office, application: str) -> StageWork | None:
    """What is examined of a base, as it was declared; None in selection.

    Raises:
        NdbError: E-OFFICE-APPLICATION (no base of this registry, or nothing of it was imported yet), E-SUCCESSION-*.
        FaultsError: as `stage_case`.
    """
    if office.stage == "selection":
        return None
    present = office.application(application)
    pack, selection = office.stage_packs[present.category], office.packs[present.category]
    case = case_of(pack, selection, frozen_bytes(office, application))
    accepted = office.registry.meta(ACCEPTED + application)
    before = application_from_own(accepted.encode("utf-8")).actuals if accepted else ()
    return StageWork(pack, case, present.actuals, before)


def stage_application(frozen: Application, documents: Sequence[Document], actuals: Sequence[Actual]) -> Application:
    """A base as a later stage has it: as it was frozen, with what was handed in and declared now.

    Data point to no evidence any more, for those documents are not here.
    """
    data = {code: replace(datum, evidence=()) for code, datum in frozen.data.items()}
    return replace(frozen, data=data, documents=tuple(documents), actuals=tuple(actuals))


def case_of(pack: AnyStagePack, selection: RulePack, frozen: bytes) -> StageCase:
    """The case of a base from its application byte for byte as it was frozen. Raises as `stage_case`."""
    return stage_case(pack, selection, application_from_own(frozen), hashlib.sha256(frozen).hexdigest())
