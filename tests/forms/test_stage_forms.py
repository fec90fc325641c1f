"""The shipped packs of later stages: they follow selection in words and weights; schema and README follow the code."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

import pytest

from ndb_desktop.domain import stageload
from ndb_desktop.domain.model import Category
from ndb_desktop.domain.packload import LEVELS, STATUSES
from ndb_desktop.domain.sitepack import VETO_GROUNDS
from ndb_desktop.domain.stagepack import Deciding, HeldAgainst, PartKind, TaskRule
from ndb_desktop.domain.units import UNITS
from tests.support.packs import pack_for
from tests.support.stages import STAGE_IDS, acceptance_pack, effect_pack, stage_parts

ROOT = Path(__file__).resolve().parents[2]
CATEGORIES: tuple[Category, ...] = ("park", "enterprise")


def schema() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOT / "forms/stage-pack.schema.json").read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("category", CATEGORIES)
def test_acceptance_weighs_every_indicator_as_the_plan_was_weighed(category: Category) -> None:
    """定量和定性指标: wB of selection, in every field."""
    pack = acceptance_pack(category)
    for field in ("robotics", "software", "clean-hydrogen"):
        for indicator in pack_for(category).indicators:
            weights = [one.weight for one in pack.measured if one.indicator == indicator.id and one.applies(field)]
            weights += [one.weight for one in pack.by_tasks if one.indicator == indicator.id]
            assert sum(weights, Decimal(0)) == indicator.weights["plan"], (indicator.id, field)


@pytest.mark.parametrize("name", STAGE_IDS)
def test_words_are_those_of_selection_and_each_language_its_own(name: str) -> None:
    _, zh, en, _ = stage_parts(name)
    assert zh.keys() == en.keys()
    for key in zh:
        assert not any("一" <= c <= "鿿" for c in en[key]), key
        assert any("一" <= c <= "鿿" for c in zh[key]), key
    category = "park" if name.startswith("park") else "enterprise"
    pack = pack_for(category)
    for group in pack.groups:
        assert (zh[f"group.{group.id}"], en[f"group.{group.id}"]) == (group.title.zh_CN, group.title.en)
    stage = acceptance_pack(category) if name.endswith("acceptance") else effect_pack(category)
    for one in stage.measured:
        indicator = pack.indicator_by_id[one.indicator]
        assert (one.title, one.evidence) == (indicator.title, indicator.evidence)
        assert indicator.rule is not None
        assert one.label in [measure.label for measure in indicator.rule.measures]


@pytest.mark.parametrize("category", CATEGORIES)
def test_judged_items_have_five_descriptions(category: Category) -> None:
    pack = effect_pack(category)
    assert [item.id for item in pack.judged] == ["adopted", "shared", "training", "matching", "plan_upkeep", "conduct"]
    for item in pack.judged:
        assert set(item.levels) == set(LEVELS)
        assert len({text.zh_CN for text in item.levels.values()}) == len(LEVELS)
        assert len({text.en for text in item.levels.values()}) == len(LEVELS)


@pytest.mark.parametrize("name", STAGE_IDS)
def test_the_schema_asks_for_the_members_that_are_shipped(name: str) -> None:
    found, definition = schema(), stage_parts(name)[0]
    of_stage = found["then" if definition["stage"] == "acceptance" else "else"]["required"]
    assert {*found["required"], *of_stage} == set(definition)
    for member in ("targets", "documents", "by_tasks", "parts", "bands"):
        record = found["properties"][member]["items"]
        for entry in definition.get(member, []):
            assert set(record["required"]) <= set(entry) <= set(record["properties"])
    settings = found["properties"]["settings"]
    assert set(settings["required"]) <= set(definition["settings"]) <= set(settings["properties"])


def test_the_schema_names_what_the_code_knows() -> None:
    properties = schema()["properties"]
    assert properties["format"]["const"] == stageload.FORMAT
    assert tuple(properties["stage"]["enum"]) == stageload.STAGES
    assert tuple(properties["status"]["enum"]) == STATUSES
    assert tuple(properties["grounds"]["items"]["enum"]) == VETO_GROUNDS
    assert tuple(properties["targets"]["items"]["properties"]["unit"]["enum"]) == tuple(UNITS)
    assert tuple(properties["deciding"]["enum"]) == get_args(Deciding)
    assert tuple(properties["task_rule"]["enum"]) == get_args(TaskRule)
    assert tuple(properties["held_against"]["enum"]) == get_args(HeldAgainst)
    assert tuple(properties["parts"]["items"]["properties"]["kind"]["enum"]) == get_args(PartKind)
    shipped = {key for name in STAGE_IDS for key in stage_parts(name)[0]}
    assert set(properties) == shipped


def test_the_readme_names_every_member() -> None:
    readme = (ROOT / "forms/README.md").read_text(encoding="utf-8")
    chapter = readme.split("## Later stages")[1].split("\n## ")[0]
    for word in [*schema()["properties"], *stageload.DONE_WORDS, "only", "never", stageload.FORMAT]:
        assert word in chapter, word
