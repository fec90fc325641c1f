"""Loading a rule pack (规则包): bytes in, `RulePack` out, or every fault with its path (R11).

Three stages, each telling all it finds: structure (this module with `packread`, `packtree`, `packrules`), lint
(`packlint`), the pack's own test vectors (`packvectors`). A pack with a fault is refused as a whole.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, cast

from ndb_desktop.domain.model import Category
from ndb_desktop.domain.numbers import RoundingMode
from ndb_desktop.domain.packlint import lint_counts, lint_pack
from ndb_desktop.domain.packparts import LEVELS as LEVELS  # known here to the readers of spreadsheets
from ndb_desktop.domain.packparts import as_decimal, read_bands, read_groups, read_statements
from ndb_desktop.domain.packread import Reader, Texts
from ndb_desktop.domain.packrules import read_rule
from ndb_desktop.domain.packstages import load_in_stages
from ndb_desktop.domain.packvectors import run_vectors
from ndb_desktop.domain.rulepack import (
    PARTS,
    DataItem,
    Indicator,
    IndicatorKind,
    PackSettings,
    RulePack,
)
from ndb_desktop.domain.sheet import LevelId
from ndb_desktop.domain.strictload import canonical
from ndb_desktop.domain.units import UNITS

FORMAT = "ndb-rulepack/1"
STAGES = ("selection", "acceptance", "effect", "site")
STATUSES = ("建议稿", "正式")
TRIM_LEVELS = ("item", "total")
FLAGS = ("deviation_percent", "from_median", "range", "cv_percent")
"""Thresholds of the flags (panel B.4); one that is not given switches its flag off."""
_SETTINGS = (
    "step",
    "reason_levels",
    "reason_min",
    "trim_from",
    "trim_level",
    "min_panel",
    "digits",
    "rounding",
    "compare_on",
    "threshold",
    "margin",
    "quant_mode",
    "target_bonus",
    "flags",
)
_OTHERS = "second_round_others"
"""The one setting that may be missing: then a second round shows nothing of what others marked."""
_TOP = (
    "format",
    "id",
    "version",
    "stage",
    "category",
    "status",
    "document_number",
    "share",
    "groups",
    "data",
    "indicators",
    "bands",
    "statements",
    "settings",
)


def compose_pack(pack: Mapping[str, Any], zh: Mapping[str, Any], en: Mapping[str, Any], vectors: list[Any]) -> bytes:
    """The one byte string of a pack that travels and is hashed: its definition, texts and vectors, canonical."""
    return canonical({"pack": pack, "texts": {"zh_CN": zh, "en": en}, "vectors": vectors})


def load_pack(raw: bytes) -> RulePack:
    """The pack in `raw`.

    Raises:
        FaultsError: every fault found, each with a path such as `pack.indicators[3].rule.score.points[2]`.
    """
    return load_in_stages(
        raw,
        read=lambda value, reader, texts: _Loading(reader, texts, raw).pack(value),
        lint=lint_pack,
        run=run_vectors,
        most_vectors=2000,
    )


class _Loading:
    """Reads the definition part of a pack."""

    def __init__(self, reader: Reader, texts: Texts, raw: bytes) -> None:
        self._reader = reader
        self._texts = texts
        self._raw = raw

    def pack(self, value: Any) -> RulePack:
        reader = self._reader
        top = reader.record(value, "pack", _TOP)
        reader.choice(top["format"], "pack.format", (FORMAT,))
        share = reader.record(top["share"], "pack.share", PARTS)
        shares = [reader.number(share[part], f"pack.share.{part}", 0, 100) for part in PARTS]
        if shares != [60, 40] and isinstance(top["share"], dict):
            reader.fault("E-PACK-SHARE", "pack.share")
        data = self._data(top["data"])
        number = reader.text(top["document_number"], "pack.document_number")
        indicators = tuple(
            self._indicator(entry, f"pack.indicators[{n}]", data)
            for n, entry in enumerate(reader.array(top["indicators"], "pack.indicators", 0, 100))
        )
        reader.unique([indicator.id for indicator in indicators], "pack.indicators")
        groups = tuple(read_groups(top["groups"], reader, self._texts))
        lint_counts(groups, indicators, reader)
        return RulePack(
            id=reader.ident(top["id"], "pack.id"),
            version=reader.text(top["version"], "pack.version"),
            stage=reader.choice(top["stage"], "pack.stage", STAGES),
            category=cast(Category, reader.choice(top["category"], "pack.category", ("park", "enterprise"))),
            status=cast(Any, reader.choice(top["status"], "pack.status", STATUSES)),
            document_number=number,
            title=self._texts.get("title"),
            groups=groups,
            indicators=indicators,
            bands=tuple(read_bands(top["bands"], reader)),
            statements=tuple(read_statements(top["statements"], reader, self._texts)),
            settings=self._settings(top["settings"]),
            raw=self._raw,
            digest=hashlib.sha256(self._raw).hexdigest(),
        )

    def _data(self, value: Any) -> dict[str, DataItem]:
        reader = self._reader
        items: dict[str, DataItem] = {}
        entries = reader.array(value, "pack.data", 0, 200)
        for n, entry in enumerate(entries):
            path = f"pack.data[{n}]"
            record = reader.record(entry, path, ("code", "kind", "unit"), ("years", "classes", "required"))
            code = reader.ident(record["code"], f"{path}.code")
            kind = reader.choice(record["kind"], f"{path}.kind", ("number", "objects", "flag"))
            classes = [
                reader.ident(cls, f"{path}.classes[{m}]")
                for m, cls in enumerate(reader.array(record.get("classes", []), f"{path}.classes", 0, 50))
            ]
            reader.unique(classes, f"{path}.classes")
            if (kind == "objects") != bool(classes):
                reader.fault("E-PACK-CLASSES", path, code=code)
            if code in items:
                reader.fault("E-PACK-TWICE", f"{path}.code", name=code)
            items[code] = DataItem(
                code=code,
                kind=cast(Any, kind),
                unit=reader.choice(record["unit"], f"{path}.unit", tuple(UNITS)),
                years=reader.whole(record.get("years", 0), f"{path}.years", 0, 5),
                label=self._texts.get(f"data.{code}.label"),
                help=self._texts.get(f"data.{code}.help"),
                classes=tuple(classes),
                required=reader.boolean(record.get("required", True), f"{path}.required"),
                class_labels={cls: self._texts.get(f"data.{code}.class.{cls}") for cls in classes if cls},
            )
        return items

    def _indicator(self, value: Any, path: str, data: Mapping[str, DataItem]) -> Indicator:
        reader, texts = self._reader, self._texts
        required = ("id", "group", "kind", "unit", "weights", "data", "rule")
        record = reader.record(value, path, required, ("not_applicable",))
        name = reader.ident(record["id"], f"{path}.id")
        kind = reader.choice(record["kind"], f"{path}.kind", ("quantitative", "qualitative"))
        weights = reader.record(record["weights"], f"{path}.weights", PARTS)
        items: list[DataItem] = []
        for n, raw_code in enumerate(reader.array(record["data"], f"{path}.data", 0, 30)):
            code = reader.text(raw_code, f"{path}.data[{n}]")
            if code in data:
                items.append(data[code])
            else:
                reader.fault("E-PACK-DATA-UNKNOWN", f"{path}.data[{n}]", code=code)
        reader.unique([item.code for item in items], f"{path}.data")
        rule = None
        if kind == "quantitative":
            known = {item.code: item for item in items}
            rule = read_rule(record["rule"], f"{path}.rule", name, known, texts, reader)
        else:
            level = reader.record(record["rule"], f"{path}.rule", ("type",))
            if level["type"] != "level":
                reader.fault("E-PACK-RULE-KIND", f"{path}.rule.type", type=level["type"])
        judged = PARTS if kind == "qualitative" else ("plan",)
        return Indicator(
            id=name,
            group=reader.ident(record["group"], f"{path}.group"),
            kind=cast(IndicatorKind, kind),
            unit=reader.choice(record["unit"], f"{path}.unit", tuple(UNITS)),
            weights={
                part: as_decimal(reader.number(weights[part], f"{path}.weights.{part}", 0, 100)) for part in PARTS
            },
            title=texts.get(f"{name}.title"),
            asks=texts.get(f"{name}.asks"),
            source_phrase=texts.get(f"{name}.source"),
            evidence=texts.get(f"{name}.evidence"),
            data=tuple(items),
            rule=rule,
            levels={
                part: {level: texts.get(f"{name}.{part}.{level}") for level in LEVELS}
                for part in PARTS
                if part in judged
            },
            not_applicable=reader.boolean(record.get("not_applicable", False), f"{path}.not_applicable"),
        )

    def _settings(self, value: Any) -> PackSettings:
        reader = self._reader
        record = reader.record(value, "pack.settings", _SETTINGS, (_OTHERS,))
        flags = reader.record(record["flags"], "pack.settings.flags", (), FLAGS)
        levels = reader.array(record["reason_levels"], "pack.settings.reason_levels", 0, 5)

        def number(name: str, low: int, high: int) -> Decimal:
            return as_decimal(reader.number(record[name], f"pack.settings.{name}", low, high))

        def choice(name: str, *allowed: str) -> str:
            return reader.choice(record[name], f"pack.settings.{name}", allowed)

        return PackSettings(
            step=number("step", 0, 10),
            reason_levels=tuple(
                cast(LevelId, reader.choice(level, f"pack.settings.reason_levels[{n}]", LEVELS))
                for n, level in enumerate(levels)
            ),
            reason_min=reader.whole(record["reason_min"], "pack.settings.reason_min", 0, 1000),
            trim_from=reader.whole(record["trim_from"], "pack.settings.trim_from", 3, 99),
            trim_level=cast(Any, choice("trim_level", *TRIM_LEVELS)),
            min_panel=reader.whole(record["min_panel"], "pack.settings.min_panel", 3, 99),
            digits=reader.whole(record["digits"], "pack.settings.digits", 0, 6),
            rounding=cast(RoundingMode, choice("rounding", "half_up", "half_even")),
            compare_on=cast(Any, choice("compare_on", "published", "exact")),
            threshold=number("threshold", 0, 100),
            margin=number("margin", 0, 100),
            quant_mode=cast(Any, choice("quant_mode", "computed", "expert_confirm")),
            target_bonus=number("target_bonus", 0, 100),
            flags={
                name: as_decimal(reader.number(value, f"pack.settings.flags.{name}", 0, 1000))
                for name, value in flags.items()
            },
            second_round_others=(
                reader.whole(record[_OTHERS], f"pack.settings.{_OTHERS}", 3, 99) if _OTHERS in record else 0
            ),
        )
