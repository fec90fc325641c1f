"""How the experts of the sample round score (示例): from the quality of the plan, their severity, and chance.

Pure: the same expert, application and seed give the same marks. What happens with them goes through `services.review`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cache
from random import Random
from typing import Any

from ndb_desktop.domain.rulepack import Band, ItemDef, RulePack
from ndb_desktop.domain.sheet import ItemEntry
from ndb_desktop.paths import resource
from ndb_desktop.services.demo_people import Applicant, Reviewer, seeded

LOW, HIGH = 46.0, 94.0
"""Mean judged score of the weakest and of the strongest plan."""


@cache
def sentences() -> Mapping[str, Any]:
    """The sentences of the sample: reasons, opinions, tasks, titles."""
    loaded: Mapping[str, Any] = json.loads(resource("samples", "demo_words.json").read_text(encoding="utf-8"))
    return loaded


def marks(pack: RulePack, applicant: Applicant, reviewer: Reviewer) -> Iterator[ItemEntry]:
    """An entry for every item of the pack, complete enough to be signed."""
    truth = seeded(f"truth/{applicant.id}")
    habit = seeded(f"marks/{reviewer.expert.id}/{applicant.id}")
    for item in pack.items:
        merit = LOW + (HIGH - LOW) * applicant.quality + truth.gauss(0, 5)
        if item.computed:
            yield ItemEntry(item.id, state="scored", confirm="confirmed")
            continue
        score = merit + reviewer.severity + habit.gauss(0, reviewer.noise)
        yield _judged(pack, item, score, habit)


def _judged(pack: RulePack, item: ItemDef, score: float, habit: Random) -> ItemEntry:
    value = snapped(pack, score)
    band = band_of(pack, value)
    wanted = band.level in pack.settings.reason_levels or habit.random() < 0.2
    reason = habit.choice(sentences()["reasons"][band.level]) if wanted else ""
    note = sentences()["note"] if habit.random() < 0.02 else ""
    return ItemEntry(item.id, state="scored", level=band.level, value=value, reason=reason, note=note)


def snapped(pack: RulePack, score: float) -> Decimal:
    """`score` on the pack's step, inside 12..98."""
    step = pack.settings.step
    return (Decimal(round(max(12.0, min(98.0, score)) * 100)) / 100 / step).quantize(Decimal(1)) * step


def band_of(pack: RulePack, value: Decimal) -> Band:
    """The band a value lies in; the bands cover 0..100 in steps, so there is one."""
    return next(band for band in pack.bands if band.low <= value <= band.high)


def opinion(applicant: Applicant) -> str:
    """The overall opinion."""
    kind = "high" if applicant.quality > 0.66 else "middle" if applicant.quality > 0.33 else "low"
    words: str = sentences()["opinions"][kind]
    return words
