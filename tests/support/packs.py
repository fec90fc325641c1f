"""Builders around the shipped rule packs: packs by category, and complete, plausible applications."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

from ndb_desktop.domain.batch import Batch, Quota
from ndb_desktop.domain.errors import Fault
from ndb_desktop.domain.model import Application, Category, Datum, Document, EvidenceRef, ListedObject, Target, Task
from ndb_desktop.domain.packread import Reader
from ndb_desktop.domain.packrules import read_rule
from ndb_desktop.domain.rulepack import DataItem, Indicator, LocalText, RulePack
from ndb_desktop.paths import forms_dir
from ndb_desktop.services.rulepacks import FILES, builtin_packs, proposed_fields

YEAR = 2025

PARK_VALUES: dict[str, Any] = {
    "leading_revenue": ["310", "356.5", "420.67"],
    "park_revenue": "640.5",
    "quality_firms": {
        "leader": 2,
        "champion": 3,
        "unicorn": 1,
        "little_giant": 11,
        "provincial_sme": 24,
        "hightech": 60,
    },
    "sme_suppliers": "46",
    "rd_spending": ["9.1", "11.2", "13.6"],
    "above_scale_revenue": ["298", "340.2", "402.9"],
    "platforms": {"national_platform": 2, "provincial_platform": 5},
    "standards": {"national_led": 1, "national_joined": 4, "industry_led": 2},
    "tech_contracts": ["2.4", "2.9", "3.8"],
    "results_industrialised": "12",
    "purchases_total": "265",
    "purchases_local": "101",
    "rd_fte": "2150",
    "staff": "31800",
    "innovation_finance": ["6.2", "7.9", "9.4"],
    "value_added": "98.4",
    "provincial_productivity": "27.6",
    "mechanisms": {"mechanism": 4},
    "service_platforms": {"testing": 1, "pilot": 1, "data": 1, "ip": 1, "talent": 1},
    "field_firms": "212",
    "served_firms": "118",
    "open_instruments": "64",
}
ENTERPRISE_VALUES: dict[str, Any] = {
    "product_sales": ["8.2", "9.9", "12.1"],
    "market_total": ["61", "68.4", "79.5"],
    "top_position": False,
    "value_added": ["4.1", "4.9", "6.2"],
    "output": ["18.3", "21.2", "25.4"],
    "gross_profit": ["6.6", "7.9", "9.7"],
    "field_revenue": ["11.5", "13.9", "17.2"],
    "revenue": ["18.8", "21.6", "26.1"],
    "rd_spending": ["1.02", "1.27", "1.61"],
    "staff": "1460",
    "high_value_patents": "38",
    "patents_used": True,
    "key_projects": {"project_led": 1, "project_joined": 2, "joint_body": 1},
    "standards": {"national_led": 1, "industry_joined": 2},
    "scenarios": {"ministry_pilot": 1, "deployment": 3},
    "model_revenue": ["1.1", "1.9", "3.0"],
    "model_followers": "3",
    "profit": "2.35",
    "industry_margin": "7.4",
    "industry_productivity": "33.5",
    "partners": "57",
    "overseas_revenue": "3.4",
    "governance_proofs": {"quality_award": 1, "brand": 1, "system_certificate": 3},
    "penalties": "0",
}


def pack_for(category: Category) -> RulePack:
    """The shipped selection pack of a category."""
    return builtin_packs()[f"{category}-selection"]


def pack_parts(category: Category) -> list[Any]:
    """Definition, Chinese texts, English texts and vectors of a shipped pack, free to be changed by a test."""
    folder = forms_dir() / f"{category}-selection"
    return [json.loads((folder / name).read_text(encoding="utf-8")) for name in FILES]


def sample_batch(*, trial: bool = True, batch_id: str = "2026-01") -> Batch:
    """A batch with the ten proposed fields and roomy quotas."""
    quotas: dict[Category, Quota] = {"park": Quota(20), "enterprise": Quota(100)}
    return Batch(batch_id, LocalText("测试批次", "Test round"), 2026, trial, proposed_fields(), quotas)


def sample_datum(category: Category, code: str, value: Any, document: str = "D1") -> Datum:
    """A datum of the shipped pack from short values: list of years, one number, yes/no, or counts by class."""
    item = next(d for i in pack_for(category).indicators for d in i.data if d.code == code)
    datum = Datum(code, item.unit, "statistics", evidence=(EvidenceRef(document, 1),))
    if item.kind == "flag":
        return replace(datum, flag=value)
    if item.kind == "objects":
        objects = tuple(
            ListedObject(cls, f"{item.class_labels[cls].zh_CN}{n + 1}", f"{cls}-{n + 1:03}", f"{YEAR}-03-15")
            for cls, count in value.items()
            for n in range(count)
        )
        return replace(datum, objects=objects)
    if item.years:
        years = range(YEAR - item.years + 1, YEAR + 1)
        return replace(datum, values={str(y): Decimal(v) for y, v in zip(years, value, strict=True)})
    return replace(datum, values={"": Decimal(value)})


def sample_application(category: Category = "park", number: int = 1, **changes: Any) -> Application:
    """A complete application of the category: all data, a target for every measure, tasks, one document.

    `changes` replace fields; `values={"code": short value or None}` changes or removes data.
    """
    values = copy.deepcopy(PARK_VALUES if category == "park" else ENTERPRISE_VALUES)
    values.update(changes.pop("values", {}))
    pack = pack_for(category)
    application = Application(
        id=f"{'P' if category == 'park' else 'E'}{number:03}",
        category=category,
        field="robotics",
        applicant=f"示例{'产业园区管理委员会' if category == 'park' else '智能装备有限公司'}{number}",
        credit_code="91350100M000100Y43",
        region="350100",
        recommender="福建省工业和信息化厅",
        year=YEAR,
        affiliates=("示例控股集团有限公司",),
        summary="示例材料，仅供测试。",
        data={code: sample_datum(category, code, value) for code, value in values.items() if value is not None},
        targets=tuple(
            Target(i.id, m.id, m.unit, None, YEAR, Decimal(1000), YEAR + 2, f"{m.label.zh_CN}稳步提升")
            for i in pack.indicators
            for m in (i.rule.measures if i.rule else ())
            if m.target
        ),
        tasks=tuple(
            Task(
                f"T{n + 1}",
                i.id,
                f"{i.title.zh_CN}提升任务",
                "牵头单位",
                f"{YEAR + 1}-12",
                "成果报告",
                "现场核验",
                Decimal(9),
            )
            for n, i in enumerate(pack.indicators)
        ),
        documents=(Document("D1", "基本情况.pdf", "基本情况", "application/pdf", 1024, "0" * 64, 12),),
    )
    return replace(application, **changes)


class KeyTexts:
    """Stands for the texts of a pack: every key is its own text."""

    def get(self, key: str) -> LocalText:
        return LocalText(key, key)


def made_indicator(rule: dict[str, Any], *data: DataItem) -> tuple[Indicator, list[Fault]]:
    """An indicator `X1` with a rule written as in a pack, and the faults found in it."""
    reader = Reader()
    texts: Any = KeyTexts()
    made = read_rule(rule, "rule", "X1", {item.code: item for item in data}, texts, reader)
    word = LocalText("x", "x")
    weights: Any = {"basis": Decimal(10), "plan": Decimal(10)}
    indicator = Indicator("X1", "X", "quantitative", "none", weights, word, word, word, word, tuple(data), made, {})
    return indicator, reader.faults


def number_item(code: str, unit: str = "ratio", years: int = 0) -> DataItem:
    """A number to be asked for."""
    return DataItem(code, "number", unit, years, LocalText(code, code), LocalText("", ""))


def objects_item(code: str, *classes: str) -> DataItem:
    """A list to be asked for."""
    labels = {cls: LocalText(cls, cls) for cls in classes}
    return DataItem(code, "objects", "none", 0, LocalText(code, code), LocalText("", ""), classes, True, labels)


def flag_item(code: str) -> DataItem:
    """A yes/no to be asked for."""
    return DataItem(code, "flag", "none", 0, LocalText(code, code), LocalText("", ""))


def bare_application(*data: Datum, targets: tuple[Target, ...] = (), **changes: Any) -> Application:
    """An application with only these data."""
    application = Application("A", "park", "f", "", "", "", "", YEAR, data={d.code: d for d in data}, targets=targets)
    return replace(application, **changes)


def series(code: str, *values: str, unit: str = "ratio") -> Datum:
    """Yearly values up to `YEAR`."""
    years = range(YEAR - len(values) + 1, YEAR + 1)
    return Datum(code, unit, "audit", {str(y): Decimal(v) for y, v in zip(years, values, strict=True)})


def single(code: str, value: str, unit: str = "ratio") -> Datum:
    """One figure."""
    return Datum(code, unit, "audit", {"": Decimal(value)})
