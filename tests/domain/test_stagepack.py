"""Packs of later stages: structure, lint, vectors, and whether they fit the selection pack."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from ndb_desktop.domain.errors import FaultsError
from ndb_desktop.domain.packload import compose_pack
from ndb_desktop.domain.stagelint import misfits
from ndb_desktop.domain.stageload import load_stage_pack
from ndb_desktop.domain.stagepack import AcceptancePack
from tests.support.packs import pack_for
from tests.support.stages import STAGE_IDS, acceptance_pack, changed_acceptance, effect_pack, stage_faults, stage_parts


@pytest.mark.parametrize("name", STAGE_IDS)
def test_shipped_packs_are_sound(name: str) -> None:
    assert stage_faults(stage_parts(name)) == []


def change(path: str, value: Any) -> Callable[[list[Any]], None]:
    """Sets what stands at a path such as `pack.targets.0.weight`; `None` removes it."""
    names = path.split(".")

    def apply(parts: list[Any]) -> None:
        place: Any = {"pack": parts[0], "zh": parts[1], "en": parts[2], "vectors": parts[3]}
        for name in names[:-1]:
            place = place[int(name)] if isinstance(place, list) else place[name]
        last: Any = int(names[-1]) if isinstance(place, list) else names[-1]
        if value is None:
            del place[last]
        else:
            place[last] = value

    return apply


ACCEPTANCE = [
    (change("pack.format", "ndb-rulepack/1"), "E-PACK-CHOICE", "pack.format"),
    (change("pack.deciding", "average"), "E-PACK-CHOICE", "pack.deciding"),
    (change("pack.limits.group", "101"), "E-PACK-RANGE", "pack.limits.group"),
    (change("pack.rectify_days", 0), "E-PACK-RANGE", "pack.rectify_days"),
    (change("pack.grounds.0", "V9"), "E-PACK-CHOICE", "pack.grounds[0]"),
    (change("pack.follows", None), "E-PACK-KEY-MISSING", "pack"),
    (change("pack.surprise", "1"), "E-PACK-KEY-UNKNOWN", "pack"),
    (change("pack.targets.0.weight", "11"), "E-STAGE-WEIGHTS", "pack.targets"),
    (change("pack.targets.0.weight", "0"), "E-PACK-WEIGHT", "pack.targets[0].weight"),
    (change("pack.by_tasks.0.weight", "0"), "E-PACK-WEIGHT", "pack.by_tasks[0].weight"),
    (change("pack.targets.0.only", ["software"]), "E-STAGE-WEIGHTS", "pack.targets"),
    (change("pack.targets.0.group", "P9"), "E-PACK-CHOICE", "pack.targets[0].group"),
    (change("pack.by_tasks", []), "E-PACK-TEXT-UNUSED", "texts.zh_CN[P4.1.title]"),
    (change("pack.status", "正式"), "E-PACK-STATUS", "pack.document_number"),
    (change("zh.title", None), "E-PACK-TEXT-MISSING", "texts.zh_CN[title]"),
    (change("vectors.0.progress", "90.1"), "E-STAGE-VECTOR", "vectors[0].progress"),
    (change("vectors.0.level", "null"), "E-PACK-NUMBER", "vectors[0].level"),
    (change("vectors.4.level", "100"), "E-STAGE-VECTOR", "vectors[4].level"),
    (change("vectors.0.met", True), "E-STAGE-VECTOR", "vectors[0].met"),
    (change("vectors.0.target", ["120", "100", "110"]), "E-STAGE-VECTOR-EASIER", "vectors[0].target"),
    (change("vectors.7.expect.failed", ["veto"]), "E-STAGE-VECTOR", "vectors[7].expect.failed"),
    (change("vectors.8.expect.targets", "92.9"), "E-STAGE-VECTOR", "vectors[8].expect.targets"),
    (change("vectors.8.expect.groups.P1", "90"), "E-STAGE-VECTOR", "vectors[8].expect.groups.P1"),
    (change("vectors.8.expect.tasks", "90"), "E-STAGE-VECTOR", "vectors[8].expect.tasks"),
    (change("vectors.8.targets", {"P1.1.profit": None}), "E-PACK-MEASURE-UNKNOWN", "vectors[8].targets"),
    (change("vectors.7.tasks.0", ["P4.1", "10", ["0.3"]]), "E-PACK-CHOICE", "vectors[7].tasks[0][2][0]"),
    (change("vectors.12", None), "E-STAGE-VECTOR-FEW", "vectors"),
]
EFFECT = [
    (change("pack.parts.0.weight", "39"), "E-STAGE-PARTS", "pack.parts"),
    (change("pack.parts.0.items.0.weight", "9"), "E-STAGE-PART-ITEMS", "pack.parts[0].items"),
    (change("pack.parts.1.kind", "judged"), "E-PACK-LENGTH", "pack.parts[1].items"),
    (change("pack.held_against", "best"), "E-PACK-CHOICE", "pack.held_against"),
    (change("pack.pass_mark", "101"), "E-PACK-RANGE", "pack.pass_mark"),
    (change("pack.bands.0.low", "80"), "E-PACK-BANDS-OVERLAP", "pack.bands"),
    (change("pack.settings.trim_from", 4), "E-PACK-PANEL", "pack.settings.trim_from"),
    (change("pack.by_tasks", []), "E-PACK-KEY-UNKNOWN", "pack"),
    (change("vectors.7.expect.parts.held", "99"), "E-STAGE-VECTOR", "vectors[7].expect.parts.held"),
    (change("vectors.7.expect.total", "99"), "E-STAGE-VECTOR", "vectors[7].expect.total"),
    (change("vectors.9.expect.failed", []), "E-STAGE-VECTOR", "vectors[9].expect.failed"),
    (change("vectors.11", None), "E-STAGE-VECTOR-FEW", "vectors"),
]


@pytest.mark.parametrize(
    ("apply", "code", "place"), ACCEPTANCE, ids=[f"{row[1]}-{n}" for n, row in enumerate(ACCEPTANCE)]
)
def test_a_wrong_acceptance_pack_is_refused(apply: Callable[[list[Any]], None], code: str, place: str) -> None:
    parts = stage_parts("park-acceptance")
    apply(parts)
    assert (code, place) in stage_faults(parts)


@pytest.mark.parametrize(("apply", "code", "place"), EFFECT, ids=[f"{row[1]}-{n}" for n, row in enumerate(EFFECT)])
def test_a_wrong_effect_pack_is_refused(apply: Callable[[list[Any]], None], code: str, place: str) -> None:
    parts = stage_parts("park-effect")
    apply(parts)
    assert (code, place) in stage_faults(parts)


def test_an_effect_pack_computes_exactly_one_part() -> None:
    parts = stage_parts("park-effect")
    parts[0]["parts"][1]["weight"] = "20"
    parts[0]["parts"].append({"id": "held2", "kind": "held", "weight": "20"})
    for texts in parts[1:3]:
        texts["part.held2"] = "一" if texts is parts[1] else "x"
    assert ("E-STAGE-HELD", "pack.parts") in stage_faults(parts)


def test_forbidden_wording_is_refused_in_both_languages() -> None:
    parts = stage_parts("enterprise-acceptance")
    parts[1]["task.full"] = "完成：已拍摄视 频。"
    parts[2]["task.none"] = "No slides were made."
    places = [place for code, place in stage_faults(parts) if code == "E-PACK-WORDING"]
    assert places == ["texts.zh_CN[task.full]", "texts.en[task.none]"]


@pytest.mark.parametrize("raw", [b"[1]", b"{", b"\xff", b'{"pack":{},"texts":{},"vectors":3}', b'{"pack":null}'])
def test_rubbish_is_refused_with_codes(raw: bytes) -> None:
    with pytest.raises(FaultsError):
        load_stage_pack(raw)


def test_weights_sum_to_100_in_every_field_of_its_own() -> None:
    pack = acceptance_pack("enterprise")
    for field in ("robotics", "software", "clean-hydrogen", "commercial-space"):
        total = sum((one.weight for one in pack.measured if one.applies(field)), Decimal(0))
        assert total + sum((one.weight for one in pack.by_tasks), Decimal(0)) == 100
    software = {one.id for one in pack.measured if one.applies("software")}
    assert ("E1.2.gross_margin" in software, "E1.2.value_added_rate" in software) == (True, False)


def codes(pack: AcceptancePack) -> list[str]:
    return [fault.code for fault in misfits(pack, pack_for("park"))]


def test_a_pack_must_judge_exactly_what_the_selection_asked_for() -> None:
    pack = acceptance_pack()
    assert codes(pack) == []
    assert misfits(pack, pack_for("enterprise"))[0].code == "E-STAGE-FIT-PACK"
    first, *rest = pack.measured
    assert codes(changed_acceptance(measured=tuple(rest))) == ["E-STAGE-FIT-MISSING"]
    strange = replace(first, measure="profit")
    assert codes(changed_acceptance(measured=(strange, *rest))) == ["E-STAGE-FIT-MISSING", "E-STAGE-FIT-MEASURE"]
    assert codes(changed_acceptance(measured=(replace(first, unit="percent"), *rest))) == ["E-STAGE-FIT-UNIT"]
    assert codes(changed_acceptance(measured=(replace(first, unit="wan_yuan"), *rest))) == []
    assert codes(changed_acceptance(measured=(replace(first, direction="down"), *rest))) == ["E-STAGE-FIT-DIRECTION"]
    assert codes(changed_acceptance(measured=(replace(first, group="P2"), *rest))) == ["E-STAGE-FIT-GROUP"]
    assert codes(changed_acceptance(groups=pack.groups[::-1])) == ["E-STAGE-FIT-GROUPS"]
    assert codes(changed_acceptance(by_tasks=pack.by_tasks[:1])) == ["E-STAGE-FIT-INDICATOR"]
    wrong = (*pack.by_tasks, replace(pack.by_tasks[0], indicator="P1.1", group="P1"))
    assert codes(changed_acceptance(by_tasks=wrong)) == ["E-STAGE-FIT-INDICATOR"]


def test_a_measure_of_a_condition_only_cannot_be_judged() -> None:
    first, *rest = acceptance_pack().measured
    extra = replace(first, measure="leading_share", unit="percent")
    assert codes(changed_acceptance(measured=(first, *rest, extra))) == ["E-STAGE-FIT-MEASURE"]


def test_what_a_pack_says_of_itself() -> None:
    acceptance, effect = acceptance_pack(), effect_pack()
    assert (acceptance.stage, effect.stage, acceptance.is_proposal) == ("acceptance", "effect", True)
    assert (acceptance.limits.tasks, acceptance.limits.targets, acceptance.limits.group) == (
        Decimal("0.8"),
        Decimal("0.8"),
        Decimal("0.6"),
    )
    assert (acceptance.deciding, acceptance.task_rule) == ("progress", "lower_median")
    assert [(part.id, part.kind, part.weight) for part in effect.parts] == [
        ("outreach", "judged", 40),
        ("held", "held", 40),
        ("upkeep", "judged", 20),
    ]
    assert [len(part.items) for part in effect.parts] == [4, 0, 2]
    assert (effect.pass_mark, effect.held_against) == (60, "reached")
    assert effect.band_of("L3").low == 60
    assert {"V6"} <= acceptance.grounds.keys() & effect.grounds.keys()


def test_one_changed_letter_makes_another_pack() -> None:
    parts = stage_parts("park-effect")
    again = copy.deepcopy(parts)
    again[2]["title"] += "."
    assert load_stage_pack(compose_pack(*parts)).digest == effect_pack().digest
    assert load_stage_pack(compose_pack(*again)).digest != effect_pack().digest
