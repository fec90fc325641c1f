"""Builders around the shipped packs of later stages: their parts to be changed, cases, findings of experts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from ndb_desktop.domain.errors import FaultsError
from ndb_desktop.domain.model import Actual, Application, Category, Target
from ndb_desktop.domain.packload import compose_pack
from ndb_desktop.domain.panel import ItemMark
from ndb_desktop.domain.stagecase import StageCase, stage_case
from ndb_desktop.domain.stageload import load_stage_pack
from ndb_desktop.domain.stagepack import AcceptancePack, AnyStagePack, EffectPack
from ndb_desktop.formats.applications import application_to_json
from ndb_desktop.paths import forms_dir
from ndb_desktop.services.rulepacks import FILES, builtin_stage_packs
from tests.support.packs import YEAR, pack_for, sample_application

STAGE_IDS = ("park-acceptance", "park-effect", "enterprise-acceptance", "enterprise-effect")


def stage_parts(name: str) -> list[Any]:
    """Definition, Chinese texts, English texts and vectors of a shipped pack, free to be changed by a test."""
    return [json.loads((forms_dir() / name / file).read_text(encoding="utf-8")) for file in FILES]


def stage_faults(parts: list[Any]) -> list[tuple[str, str]]:
    """Code and path of every fault of a pack in parts."""
    try:
        load_stage_pack(compose_pack(*parts))
    except FaultsError as error:
        return [(fault.code, fault.place) for fault in error.faults]
    return []


def acceptance_pack(category: Category = "park") -> AcceptancePack:
    """The shipped acceptance pack."""
    pack = builtin_stage_packs()[f"{category}-acceptance"]
    assert isinstance(pack, AcceptancePack)
    return pack


def effect_pack(category: Category = "park") -> EffectPack:
    """The shipped pack of the effect evaluation."""
    pack = builtin_stage_packs()[f"{category}-effect"]
    assert isinstance(pack, EffectPack)
    return pack


def changed_acceptance(**changes: Any) -> AcceptancePack:
    """The park's acceptance pack with other members, as no loader made it."""
    return replace(acceptance_pack(), **changes)


def promising(category: Category = "park", **changes: Any) -> Application:
    """An application whose plan promises 120 for every measure, on a base of 100."""
    targets = tuple(
        Target(one.indicator, one.measure, one.unit, Decimal(100), YEAR, Decimal(120), YEAR + 2)
        for one in acceptance_pack(category).measured
    )
    return sample_application(category, **{"targets": targets, **changes})


def case_of(application: Application, pack: AnyStagePack | None = None) -> StageCase:
    """The case of an application as a registry would have frozen it."""
    wanted = pack or acceptance_pack(application.category)
    frozen = hashlib.sha256(application_to_json(application)).hexdigest()
    return stage_case(wanted, pack_for(application.category), application, frozen)


def actual(name: str, value: str | None, unit: str, **changes: Any) -> Actual:
    """A declared value of a promise, such as `P1.1.revenue`."""
    indicator, _, measure = name.rpartition(".")
    number = None if value is None else Decimal(value)
    return Actual(
        **{"indicator": indicator, "measure": measure, "unit": unit, "value": number, "year": YEAR + 2} | changes
    )


def all_actuals(
    case: StageCase, value: str | None = "120", others: Mapping[str, str | None] | None = None
) -> Mapping[str, Fraction | None]:
    """One figure for every promise; `others` are single ones by id, None for a missing one."""
    given = {promise.id: value for promise in case.promised} | dict(others or {})
    return {name: None if figure is None else Fraction(figure) for name, figure in given.items()}


def found_by(*values: str) -> list[ItemMark]:
    """What each expert found, one value per expert."""
    return [ItemMark("scored", Fraction(value)) for value in values]


def task_marks(case: StageCase, values: Sequence[str] = ("1",) * 5) -> Mapping[str, list[ItemMark]]:
    """The same findings for every task."""
    return {task.id: found_by(*values) for task in case.tasks}
