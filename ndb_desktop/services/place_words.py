"""数据项和评分项的名称: what packs call a datum, an item and a veto ground, in window and command line.

Ids (`P1.1.basis`, `target:P1.1.revenue`) are for files and machines; a person reads the name that stands in the pack.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ndb_desktop.domain.batch import Batch
from ndb_desktop.domain.dispute import data_item
from ndb_desktop.domain.model import Category
from ndb_desktop.domain.rulepack import RulePack
from ndb_desktop.domain.stagepack import AnyStagePack, EffectPack
from ndb_desktop.services.rulepacks import builtin_site_packs
from ndb_desktop.texts import text

if TYPE_CHECKING:
    from ndb_desktop.services.office import Office


def datum_name(pack: RulePack, stage: AnyStagePack | None, datum: str, language: str) -> str:
    """The datum's name in the rule pack, or the target's in that of a later stage; its id where no pack knows it."""
    measured = None if stage is None else stage.measured_by_id.get(datum)
    if measured is not None:
        return f"{measured.indicator} {measured.label.get(language)}"
    try:
        return data_item(pack, datum).label.get(language)
    except KeyError:
        return datum


@dataclass(frozen=True)
class Names:
    """What the packs of a registry call things, in one language. An id that no pack knows stays as it is."""

    packs: Mapping[Category, RulePack]
    stage_packs: Mapping[Category, AnyStagePack]
    batch: Batch
    language: str

    def datum(self, category: Category, datum: str, year: str = "") -> str:
        """A datum or target of an application of the category, with its year: `研发强度（2025 年）`."""
        name = datum
        if category in self.packs:
            name = datum_name(self.packs[category], self.stage_packs.get(category), datum, self.language)
        return text("site.check.year", self.language, datum=name, year=year) if year else name

    def field(self, field: str) -> str:
        """A key field (重点领域) of the batch."""
        return next((one.name.get(self.language) for one in self.batch.fields if one.id == field), field)

    def item(self, item: str) -> str:
        """An item of a score sheet with its part: `E1.1 标志性产品市场占有率 · 基本情况`."""
        for pack in self.packs.values():
            if known := pack.item_by_id.get(item):
                part = text(f"part.{known.part}", self.language)
                return f"{known.indicator.id} {known.indicator.title.get(self.language)} · {part}"
        kind, _, about = item.partition(":")
        for stage in self.stage_packs.values():
            if kind == "target" and (measured := stage.measured_by_id.get(about)):
                return f"{measured.indicator} {measured.label.get(self.language)}"
            if kind == "judged" and isinstance(stage, EffectPack):
                title = next((one.title for one in stage.judged if one.id == about), None)
                if title is not None:
                    return title.get(self.language)
        # Its title stands in the application; the number is what the base itself calls it.
        return text("place.task", self.language, task=about) if kind == "task" else item


def ground_name(office: Office, category: Category, ground: str, language: str) -> str:
    """A veto ground (R09) with its name, from the pack of a later stage, else from the checklist that is shipped."""
    later = office.stage_packs.get(category)
    if later is not None:
        title = later.grounds.get(ground)
    else:
        title = next((one.text for one in builtin_site_packs()["site-check"].grounds if one.id == ground), None)
    return ground if title is None else f"{ground} {title.get(language)}"


def names_of(office: Office, language: str) -> Names:
    """What the packs of a registry call things."""
    return Names(office.packs, office.stage_packs, office.batch, language)
