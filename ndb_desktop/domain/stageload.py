"""Loading a pack of a later stage (评估验收, 成效评估): bytes in, the pack out, or every fault with its path (R11).

The same three stages as `packload`: structure, lint, the pack's own test vectors. One fault refuses the pack.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, cast

from ndb_desktop.domain.acceptance import AcceptanceLimits
from ndb_desktop.domain.model import Category
from ndb_desktop.domain.packload import STATUSES
from ndb_desktop.domain.packparts import LEVELS, as_decimal, read_bands, read_groups, read_statements
from ndb_desktop.domain.packread import MISSING, Reader, Texts
from ndb_desktop.domain.packstages import load_in_stages
from ndb_desktop.domain.rulepack import PackSettings
from ndb_desktop.domain.sheet import LevelId
from ndb_desktop.domain.sitepack import VETO_GROUNDS
from ndb_desktop.domain.stagelint import lint_stage
from ndb_desktop.domain.stagepack import (
    AcceptancePack,
    AnyStagePack,
    ByTasks,
    EffectPack,
    EffectPart,
    EvidenceKind,
    Judged,
    Measured,
)
from ndb_desktop.domain.stagevectors import run_stage_vectors
from ndb_desktop.domain.units import UNITS

FORMAT = "ndb-stagepack/1"
STAGES = ("acceptance", "effect")
DONE_WORDS = ("none", "part", "full")
"""未完成, 部分完成, 完成: what the three findings on a task mean."""
_HEAD = (
    "format", "id", "version", "stage", "category", "status", "document_number", "follows", "groups", "targets",
    "grounds", "documents", "statements", "settings",
)  # fmt: skip
_ACCEPTANCE = ("by_tasks", "limits", "deciding", "task_rule", "rectify_days")
_EFFECT = ("parts", "bands", "pass_mark", "held_against")
_SETTINGS = ("min_panel", "reason_min", "digits", "rounding", "compare_on")
_JUDGING = ("step", "reason_levels", "trim_from")


def load_stage_pack(raw: bytes) -> AnyStagePack:
    """The pack in `raw`, made by `packload.compose_pack`. Whether it fits its selection pack: `stagelint.misfits`.

    Raises:
        FaultsError: every fault found, each with a path such as `pack.targets[3].weight`.
    """
    return load_in_stages(
        raw,
        read=lambda value, reader, texts: _Loading(reader, texts, raw).pack(value),
        lint=lint_stage,
        run=run_stage_vectors,
        most_vectors=500,
    )


class _Loading:
    """Reads the definition part of a pack."""

    def __init__(self, reader: Reader, texts: Texts, raw: bytes) -> None:
        self._reader = reader
        self._texts = texts
        self._raw = raw

    def pack(self, value: Any) -> AnyStagePack:
        reader = self._reader
        stage = value.get("stage") if isinstance(value, dict) else None
        top = reader.record(value, "pack", (*_HEAD, *(_EFFECT if stage == "effect" else _ACCEPTANCE)))
        reader.choice(top["format"], "pack.format", (FORMAT,))
        reader.choice(top["stage"], "pack.stage", STAGES)
        groups = tuple(read_groups(top["groups"], reader, self._texts))
        names = [group.id for group in groups]
        head = {
            "id": reader.ident(top["id"], "pack.id"),
            "version": reader.text(top["version"], "pack.version"),
            "category": cast(Category, reader.choice(top["category"], "pack.category", ("park", "enterprise"))),
            "status": reader.choice(top["status"], "pack.status", STATUSES),
            "document_number": reader.text(top["document_number"], "pack.document_number"),
            "follows": reader.ident(top["follows"], "pack.follows"),
            "title": self._texts.get("title"),
            "groups": groups,
            "measured": tuple(self._measured(top["targets"], names)),
            "grounds": {name: self._texts.get(f"ground.{name}") for name in self._grounds(top["grounds"])},
            "documents": tuple(self._documents(top["documents"])),
            "statements": tuple(read_statements(top["statements"], reader, self._texts)),
            "raw": self._raw,
            "digest": hashlib.sha256(self._raw).hexdigest(),
        }
        return self._effect(top, head) if stage == "effect" else self._acceptance(top, head, names)

    def _acceptance(self, top: dict[str, Any], head: dict[str, Any], groups: Sequence[str]) -> AcceptancePack:
        reader = self._reader
        limits = reader.record(top["limits"], "pack.limits", ("tasks", "targets", "group"))
        least = {name: reader.number(limits[name], f"pack.limits.{name}", 0, 100) / 100 for name in limits}
        return AcceptancePack(
            **head,
            settings=self._settings(top["settings"], judging=False),
            by_tasks=tuple(self._by_tasks(top["by_tasks"], groups)),
            limits=AcceptanceLimits(**least),
            deciding=cast(Any, reader.choice(top["deciding"], "pack.deciding", ("progress", "level"))),
            task_rule=cast(Any, reader.choice(top["task_rule"], "pack.task_rule", ("lower_median", "upper_median"))),
            task_words={name: self._texts.get(f"task.{name}") for name in DONE_WORDS},
            rectify_days=reader.whole(top["rectify_days"], "pack.rectify_days", 1, 730),
        )

    def _effect(self, top: dict[str, Any], head: dict[str, Any]) -> EffectPack:
        reader = self._reader
        parts = tuple(self._parts(top["parts"]))
        reader.unique([part.id for part in parts] + [item.id for part in parts for item in part.items], "pack.parts")
        return EffectPack(
            **head,
            settings=self._settings(top["settings"], judging=True),
            parts=parts,
            bands=tuple(read_bands(top["bands"], reader)),
            pass_mark=as_decimal(reader.number(top["pass_mark"], "pack.pass_mark", 0, 100)),
            held_against=cast(Any, reader.choice(top["held_against"], "pack.held_against", ("reached", "target"))),
        )

    def _measured(self, value: Any, groups: Sequence[str]) -> list[Measured]:
        reader, texts = self._reader, self._texts
        found = []
        for n, entry in enumerate(reader.array(value, "pack.targets", 1, 200)):
            path = f"pack.targets[{n}]"
            needed = ("indicator", "measure", "group", "unit", "direction", "weight")
            record = reader.record(entry, path, needed, ("only", "never"))
            indicator = reader.ident(record["indicator"], f"{path}.indicator")
            measure = reader.ident(record["measure"], f"{path}.measure")
            found.append(
                Measured(
                    indicator=indicator,
                    measure=measure,
                    group=reader.choice(record["group"], f"{path}.group", groups or ("",)),
                    unit=reader.choice(record["unit"], f"{path}.unit", tuple(UNITS)),
                    direction=cast(Any, reader.choice(record["direction"], f"{path}.direction", ("up", "down"))),
                    weight=self._weight(record["weight"], f"{path}.weight"),
                    title=texts.get(f"{indicator}.title"),
                    label=texts.get(f"{indicator}.measure.{measure}"),
                    evidence=texts.get(f"{indicator}.evidence"),
                    only=self._fields(record.get("only", []), f"{path}.only"),
                    never=self._fields(record.get("never", []), f"{path}.never"),
                )
            )
        reader.unique([one.id for one in found], "pack.targets")
        return found

    def _by_tasks(self, value: Any, groups: Sequence[str]) -> list[ByTasks]:
        reader = self._reader
        found = []
        for n, entry in enumerate(reader.array(value, "pack.by_tasks", 0, 50)):
            path = f"pack.by_tasks[{n}]"
            record = reader.record(entry, path, ("indicator", "group", "weight"))
            name = reader.ident(record["indicator"], f"{path}.indicator")
            group = reader.choice(record["group"], f"{path}.group", groups or ("",))
            weight = self._weight(record["weight"], f"{path}.weight")
            found.append(ByTasks(name, group, weight, self._texts.get(f"{name}.title")))
        reader.unique([one.indicator for one in found], "pack.by_tasks")
        return found

    def _parts(self, value: Any) -> list[EffectPart]:
        reader, texts = self._reader, self._texts
        found = []
        for n, entry in enumerate(reader.array(value, "pack.parts", 1, 20)):
            path = f"pack.parts[{n}]"
            record = reader.record(entry, path, ("id", "kind", "weight"), ("items",))
            name = reader.ident(record["id"], f"{path}.id")
            kind = reader.choice(record["kind"], f"{path}.kind", ("judged", "held"))
            most = 30 if kind == "judged" else 0
            entries = reader.array(record.get("items", []), f"{path}.items", min(1, most), most)
            items = tuple(self._judged(item, f"{path}.items[{m}]") for m, item in enumerate(entries))
            weight = self._weight(record["weight"], f"{path}.weight")
            found.append(EffectPart(name, cast(Any, kind), weight, texts.get(f"part.{name}"), items))
        return found

    def _judged(self, value: Any, path: str) -> Judged:
        record = self._reader.record(value, path, ("id", "weight"))
        name = self._reader.ident(record["id"], f"{path}.id")
        return Judged(
            id=name,
            weight=self._weight(record["weight"], f"{path}.weight"),
            title=self._texts.get(f"{name}.title"),
            asks=self._texts.get(f"{name}.asks"),
            evidence=self._texts.get(f"{name}.evidence"),
            levels={level: self._texts.get(f"{name}.{level}") for level in LEVELS},
        )

    def _grounds(self, value: Any) -> list[str]:
        reader = self._reader
        entries = reader.array(value, "pack.grounds", 1, len(VETO_GROUNDS))
        names = [reader.choice(entry, f"pack.grounds[{n}]", VETO_GROUNDS) for n, entry in enumerate(entries)]
        reader.unique(names, "pack.grounds")
        return names

    def _documents(self, value: Any) -> list[EvidenceKind]:
        reader = self._reader
        found = []
        for n, entry in enumerate(reader.array(value, "pack.documents", 1, 50)):
            path = f"pack.documents[{n}]"
            record = reader.record(entry, path, ("id", "required"))
            name = reader.ident(record["id"], f"{path}.id")
            required = reader.boolean(record["required"], f"{path}.required")
            found.append(EvidenceKind(name, required, self._texts.get(f"document.{name}")))
        reader.unique([one.id for one in found], "pack.documents")
        return found

    def _fields(self, value: Any, path: str) -> tuple[str, ...]:
        entries = self._reader.array(value, path, 0, 50)
        return tuple(self._reader.ident(entry, f"{path}[{n}]") for n, entry in enumerate(entries))

    def _weight(self, value: Any, path: str) -> Decimal:
        return as_decimal(self._reader.number(value, path, 0, 100))

    def _settings(self, value: Any, *, judging: bool) -> PackSettings:
        """The settings of a panel; a stage without judged items has no step and trims nothing."""
        reader = self._reader
        record = reader.record(value, "pack.settings", (*_SETTINGS, *(_JUDGING if judging else ())))

        def whole(name: str, low: int, high: int) -> int:
            return reader.whole(record[name], f"pack.settings.{name}", low, high)

        def choice(name: str, *allowed: str) -> str:
            return reader.choice(record[name], f"pack.settings.{name}", allowed)

        levels = reader.array(record.get("reason_levels", []), "pack.settings.reason_levels", 0, len(LEVELS))
        step = record.get("step", "0.5")
        return PackSettings(
            step=as_decimal(reader.number(step, "pack.settings.step", 0, 10)) if step is not MISSING else Decimal(1),
            reason_levels=tuple(
                cast(LevelId, reader.choice(level, f"pack.settings.reason_levels[{n}]", LEVELS))
                for n, level in enumerate(levels)
            ),
            reason_min=whole("reason_min", 0, 1000),
            trim_from=whole("trim_from", 3, 99) if judging else 99,
            trim_level="item",
            min_panel=whole("min_panel", 3, 99),
            digits=whole("digits", 0, 6),
            rounding=cast(Any, choice("rounding", "half_up", "half_even")),
            compare_on=cast(Any, choice("compare_on", "published", "exact")),
            threshold=Decimal(0),
            margin=Decimal(0),
            quant_mode="computed",
            target_bonus=Decimal(0),
            flags={},
        )
