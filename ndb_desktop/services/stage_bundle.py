"""后续阶段 in a bundle: what the core says beside applications and packs, and how the expert's side proves it.

Nothing is believed that can be computed: the case is made again from the frozen application and both packs, the work
from the actual values in the application on record, and its digest has to be the one that was sealed in.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.model import Actual, Application, Category
from ndb_desktop.domain.packstages import kind_of
from ndb_desktop.domain.rulepack import RulePack
from ndb_desktop.domain.stagecase import stage_case
from ndb_desktop.domain.stageload import FORMAT
from ndb_desktop.domain.stagepack import AnyStagePack
from ndb_desktop.domain.stagework import StageWork
from ndb_desktop.formats.applications import application_from_json
from ndb_desktop.formats.manifest import Manifest
from ndb_desktop.services.stage_work import read_pack, stage_application
from ndb_desktop.services.succession_link import ACCEPTED as KEPT_ACCEPTED
from ndb_desktop.services.succession_link import frozen_bytes
from ndb_desktop.storage.coredb import CoreContent

if TYPE_CHECKING:
    from ndb_desktop.services.office import Office

META_STAGE = "stage"
"""Text of the core that names the stage; absent in selection."""
FROZEN, ACCEPTED, DIGEST = "stage.frozen.", "stage.accepted.", "stage.digest."
"""Names of texts, followed by the id of a base: application as frozen, as accepted, digest of the `StageWork`."""


def stage_texts(office: Office, names: Iterable[str]) -> dict[str, str]:
    """What the core of a bundle with these applications says of the stage; nothing in selection.

    Raises:
        NdbError: as `Office.stage_work`.
    """
    if office.stage == "selection":
        return {}
    said: dict[str, str] = {META_STAGE: office.stage}
    for name in names:
        work = office.stage_work(name)
        if work is not None:
            said[FROZEN + name] = frozen_bytes(office, name).decode("utf-8")
            said[DIGEST + name] = work.digest
            if accepted := office.registry.meta(KEPT_ACCEPTED + name):
                said[ACCEPTED + name] = accepted
    return said


def split_packs(packs: Mapping[str, bytes]) -> tuple[dict[str, bytes], dict[Category, AnyStagePack]]:
    """The packs of selection by digest, those of the stage by category. Raises FaultsError."""
    staged = {digest: raw for digest, raw in packs.items() if kind_of(raw) == FORMAT}
    read = [read_pack(raw) for raw in staged.values()]
    return {name: raw for name, raw in packs.items() if name not in staged}, {pack.category: pack for pack in read}


def check_stage(place: str, manifest: Manifest, core: CoreContent, packs: Mapping[Category, AnyStagePack]) -> None:
    """Whether manifest, core and packs speak of the same stage. Raises NdbError E-STAGE-BUNDLE."""
    said = core.meta.get(META_STAGE)
    wanted = set() if said is None else {said}
    counted = sum(kind_of(raw) == FORMAT for raw in core.packs.values())
    if said != manifest.stage:
        raise NdbError("E-STAGE-BUNDLE", place=place, what="manifest")
    if {pack.stage for pack in packs.values()} != wanted or counted != len(packs):
        raise NdbError("E-STAGE-BUNDLE", place=place, what="pack")


def opened_work(
    place: str, core: CoreContent, application: Application, selection: RulePack, packs: Mapping[Category, AnyStagePack]
) -> StageWork | None:
    """What is examined of one application of an opened bundle, None in selection.

    Raises:
        NdbError: E-STAGE-BUNDLE (its pack or frozen application is missing, or nothing may be declared here),
            E-STAGE-FROZEN (it is not the base that was frozen), E-STAGE-DIGEST, `E-RECORD-…`.
        FaultsError: as `stage_case` and `actual_values`.
    """
    name = application.id
    if META_STAGE not in core.meta:
        if application.actuals:
            raise NdbError("E-STAGE-BUNDLE", place=place, what=name)
        return None
    pack = packs.get(application.category)
    text = core.meta.get(FROZEN + name, "")
    if pack is None or not text:
        raise NdbError("E-STAGE-BUNDLE", place=place, what=name)
    frozen = text.encode("utf-8")
    promised = application_from_json(frozen, f"{place}/{name}")
    if stage_application(promised, application.documents, application.actuals) != application:
        raise NdbError("E-STAGE-FROZEN", place=place, application=name)
    case = stage_case(pack, selection, promised, hashlib.sha256(frozen).hexdigest())
    work = StageWork(pack, case, application.actuals, _accepted(place, core, promised))
    # Asked once here: what is wrong with a declared value is found now and not on some page.
    work.values, work.accepted_values  # noqa: B018
    if core.meta.get(DIGEST + name) != work.digest:
        raise NdbError("E-STAGE-DIGEST", place=place, application=name)
    return work


def _accepted(place: str, core: CoreContent, promised: Application) -> tuple[Actual, ...]:
    """What 评估验收 accepted, in an application that has to be of the same base."""
    text = core.meta.get(ACCEPTED + promised.id, "")
    if not text:
        return ()
    accepted = application_from_json(text.encode("utf-8"), f"{place}/{promised.id}")
    if stage_application(promised, accepted.documents, accepted.actuals) != accepted:
        raise NdbError("E-STAGE-FROZEN", place=place, application=promised.id)
    return accepted.actuals
