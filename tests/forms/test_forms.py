"""The shipped packs: complete, marked as a proposal, sound in every text; schema and README follow the code."""

from __future__ import annotations

import json
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from ndb_desktop.domain.model import Category
from ndb_desktop.domain.packload import FLAGS, LEVELS, STAGES, STATUSES, TRIM_LEVELS
from ndb_desktop.domain.packrules import ADJUSTMENTS, SCORE_TYPES
from ndb_desktop.domain.packtree import CONDITIONS, OPS
from ndb_desktop.domain.packvectors import LEAST
from ndb_desktop.domain.rulepack import PART_SHARE, PARTS
from ndb_desktop.domain.scoring import TARGET_SHARE
from ndb_desktop.domain.units import UNITS
from ndb_desktop.texts import catalogue
from tests.support.packs import pack_for, pack_parts

ROOT = Path(__file__).resolve().parents[2]
CATEGORIES: tuple[Category, ...] = ("park", "enterprise")
WEIGHTS = {
    "park": ("12 8 10 10 10 8 8 7 7 10 10", "10 8 10 8 10 12 10 8 6 9 9"),
    "enterprise": ("10 7 11 10 8 10 8 8 10 9 9", "10 7 9 8 8 12 10 10 8 9 9"),
}


@pytest.mark.parametrize("category", CATEGORIES)
def test_indicators_and_weights_are_the_proposed_ones(category: Category) -> None:
    pack = pack_for(category)
    assert pack.category == category
    assert pack.is_proposal
    assert [len([i for i in pack.indicators if i.group == g.id]) for g in pack.groups] == (
        [3, 3, 3, 2] if category == "park" else [3, 3, 2, 3]
    )
    for part, text in zip(("basis", "plan"), WEIGHTS[category], strict=True):
        assert [i.weights[part] for i in pack.indicators] == [Decimal(w) for w in text.split()]
    computed = sum(i.weights["basis"] for i in pack.indicators if i.kind == "quantitative")
    assert computed == (80 if category == "park" else 83)
    assert [len(pack.items), len(pack.statements)] == [22, 7]


@pytest.mark.parametrize(
    ("category", "planned", "share", "basis_only"),
    [("park", 82, "64.4", "48"), ("enterprise", 81, "66", "49.8")],
)
def test_most_of_the_total_is_computed(category: Category, planned: int, share: str, basis_only: str) -> None:
    """定量为主: because targets count half of the plan items; without that it would stay below one half."""
    pack = pack_for(category)
    weights = {
        part: sum(Fraction(i.weights[part]) for i in pack.indicators if i.kind == "quantitative") for part in PARTS
    }
    assert weights["plan"] == planned
    assert PART_SHARE["basis"] * weights["basis"] == Fraction(basis_only)
    computed = PART_SHARE["basis"] * weights["basis"] + PART_SHARE["plan"] * weights["plan"] * TARGET_SHARE
    assert computed == Fraction(share)


@pytest.mark.parametrize("category", CATEGORIES)
def test_settings_are_the_decided_ones(category: Category) -> None:
    settings = pack_for(category).settings
    assert (settings.trim_from, settings.min_panel, settings.digits, settings.rounding) == (7, 5, 2, "half_up")
    assert settings.trim_level == "item"
    assert (settings.compare_on, settings.margin, settings.threshold) == ("published", 0, 75)
    assert (settings.step, settings.reason_levels, settings.reason_min) == (Decimal("0.5"), ("L5", "L2", "L1"), 10)
    assert settings.target_bonus == 25
    assert settings.flags == {"deviation_percent": 30, "from_median": 20, "range": 30, "cv_percent": 15}


@pytest.mark.parametrize("category", CATEGORIES)
def test_judged_items_have_five_descriptions_in_two_languages(category: Category) -> None:
    for item in pack_for(category).items:
        levels = item.indicator.levels.get(item.part, {})
        assert set(levels) == (set() if item.computed else set(LEVELS)), item.id
        assert len({text.zh_CN for text in levels.values()}) == len(levels)
        assert all(any("一" <= c <= "鿿" for c in text.zh_CN) and text.en.isprintable() for text in levels.values())


@pytest.mark.parametrize("category", CATEGORIES)
def test_english_texts_are_english_and_chinese_ones_chinese(category: Category) -> None:
    _, zh, en, _ = pack_parts(category)
    assert zh.keys() == en.keys()
    for key in zh:
        assert not any("一" <= c <= "鿿" for c in en[key]), key
        assert any("一" <= c <= "鿿" for c in zh[key]), key


@pytest.mark.parametrize("category", CATEGORIES)
def test_every_indicator_has_vectors_for_both_parts(category: Category) -> None:
    vectors = pack_parts(category)[3]
    for indicator in pack_for(category).indicators:
        mine = [v for v in vectors if v["indicator"] == indicator.id]
        if indicator.rule is None:
            assert len(mine) >= LEAST
        else:
            for part in ("basis", "plan"):
                assert sum(v.get("part", "basis") == part for v in mine) >= LEAST, (indicator.id, part)


def test_published_breakpoints_of_size_scale_with_the_field() -> None:
    rule = pack_for("park").indicator_by_id["P1.1"].rule
    assert rule is not None
    assert rule.score["scale"] == "k"
    assert rule.score["points"][3] == (Fraction(300), Fraction(80))


def test_schema_for_authors_names_what_the_code_knows() -> None:
    schema = json.loads((ROOT / "forms/pack.schema.json").read_text(encoding="utf-8"))
    definitions = schema["$defs"]

    def constants(name: str, member: str) -> set[str]:
        kinds = [kind for kind in definitions[name]["anyOf"] if "properties" in kind]
        return {kind["properties"][member]["const"] for kind in kinds}

    assert constants("value", "op") == set(OPS)
    assert constants("condition", "op") == set(CONDITIONS)
    assert constants("score", "type") | {"level"} == set(SCORE_TYPES)
    rule = definitions["rule"]["anyOf"][0]["properties"]["adjustments"]["items"]["anyOf"]
    assert {kind["properties"]["type"]["const"] for kind in rule} == set(ADJUSTMENTS)
    assert set(definitions["unit"]["enum"]) == set(UNITS)
    properties = schema["properties"]
    assert set(properties["stage"]["enum"]) == set(STAGES)
    assert set(properties["status"]["enum"]) == set(STATUSES)
    assert set(properties["settings"]["properties"]["flags"]["properties"]) == set(FLAGS)
    assert tuple(properties["settings"]["properties"]["trim_level"]["enum"]) == TRIM_LEVELS
    for category in CATEGORIES:
        definition = pack_parts(category)[0]
        assert set(properties) == set(definition)
        assert set(properties["settings"]["required"]) == set(definition["settings"])


def test_readme_names_every_code_type_and_unit() -> None:
    readme = (ROOT / "forms/README.md").read_text(encoding="utf-8")
    codes = json.loads((ROOT / "resources/texts/errors_rules.json").read_text(encoding="utf-8"))
    for word in [*codes, *OPS, *CONDITIONS, *SCORE_TYPES, *ADJUSTMENTS, *UNITS]:
        assert word in readme, word


def test_every_unit_has_a_name() -> None:
    assert {f"unit.{unit}" for unit in UNITS} == {key for key in catalogue() if key.startswith("unit.")}
