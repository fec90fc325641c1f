"""Data, targets and tasks of the sample applicants (示例): plausible, consistent with each other, spread in quality.

Figures follow the rule pack's own list of data; `resources/samples/demo_ranges.json` says how large each is for the
weakest and the strongest applicant, and which figure is a share of which other.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import cache
from random import Random
from typing import Any

from ndb_desktop.domain.model import (
    Application,
    Datum,
    Document,
    EvidenceRef,
    ListedObject,
    SourceClass,
    Target,
    Task,
)
from ndb_desktop.domain.numbers import half_up
from ndb_desktop.domain.rulepack import DataItem, RulePack
from ndb_desktop.domain.rules import compute_basis
from ndb_desktop.paths import resource
from ndb_desktop.services.demo_marks import sentences
from ndb_desktop.services.demo_people import YEAR, Applicant, seeded, words
from ndb_desktop.texts import text

_WHOLE = frozenset({"item", "firm", "person"})
_SOURCES: Mapping[str, SourceClass] = {
    "yi_yuan": "audit",
    "wan_yuan": "audit",
    "person": "statistics",
    "fte": "statistics",
    "none": "certificate",
}
_BY_UNIT: Mapping[str, tuple[float, float]] = {"percent": (4.0, 40.0), "ratio": (0.6, 1.7)}
_ANY = (2.0, 60.0)
"""For data that the ranges do not name (a pack of one's own): by unit, else these."""


@cache
def ranges() -> Mapping[str, Mapping[str, Any]]:
    """Ranges of the data by category and code."""
    loaded: Mapping[str, Mapping[str, Any]] = json.loads(
        resource("samples", "demo_ranges.json").read_text(encoding="utf-8")
    )
    return loaded


def make_application(applicant: Applicant, pack: RulePack, k: Decimal) -> Application:
    """The application without its documents, which are made from it; `with_documents` adds them."""
    maker = _Maker(applicant, pack, k)
    application = Application(
        id=applicant.id,
        category=applicant.category,
        field=applicant.field,
        applicant=applicant.name,
        credit_code=applicant.credit_code,
        region=applicant.region,
        recommender=applicant.recommender,
        year=YEAR,
        affiliates=(applicant.affiliate,),
        summary=sentences()["summary"][applicant.category].format(
            name=applicant.name, field=field_name(applicant), firms=20 + int(120 * applicant.quality)
        ),
        data=maker.data(),
    )
    return replace(application, targets=maker.targets(application, Fraction(k)), tasks=maker.tasks())


def with_documents(
    application: Application, documents: tuple[Document, ...], evidence: Mapping[str, tuple[EvidenceRef, ...]]
) -> Application:
    """The application with its documents, and with the pages that prove each datum."""
    data = {code: replace(datum, evidence=evidence.get(code, ())) for code, datum in application.data.items()}
    return replace(application, documents=documents, data=data)


def field_name(applicant: Applicant) -> str:
    name: str = next(row["zh_CN"] for row in words()["fields"] if row["id"] == applicant.field)
    return name


def _between(low: float, high: float, merit: float) -> float:
    """Evenly on a logarithmic scale, as sizes of firms and parks are; straight where one end is zero."""
    return low * (high / low) ** merit if low > 0 and high > 0 else low + (high - low) * merit


class _Maker:
    """Makes the data of one applicant; figures that others are shares of come first."""

    def __init__(self, applicant: Applicant, pack: RulePack, k: Decimal) -> None:
        self._who = applicant
        self._pack = pack
        self._k = float(k)
        self._ranges = ranges()[applicant.category]
        self._figures: dict[str, dict[int, float]] = {}

    def data(self) -> dict[str, Datum]:
        """Every datum the pack asks for."""
        items = {item.code: item for indicator in self._pack.indicators for item in indicator.data}
        return {code: self._datum(item) for code, item in items.items()}

    def _chance(self, what: str) -> Random:
        return seeded(f"data/{self._who.id}/{what}")

    def _merit(self, what: str) -> float:
        """Quality of this applicant in one respect, 0..1; nobody is equally good at everything."""
        return max(0.0, min(1.0, self._who.quality + self._chance(f"merit/{what}").gauss(0, 0.16)))

    def _datum(self, item: DataItem) -> Datum:
        if item.kind == "objects":
            return self._objects(item)
        source: SourceClass = _SOURCES.get(item.unit, "self")
        if item.kind == "flag":
            return Datum(item.code, item.unit, source, flag=self._flag(item.code))
        figures = self._series(item.code)
        years = range(YEAR - max(1, item.years) + 1, YEAR + 1)
        values = {(str(year) if item.years else ""): self._rounded(figures[year], item.unit) for year in years}
        return Datum(item.code, item.unit, source, values=values)

    def _flag(self, code: str) -> bool:
        above: float = self._ranges.get(code, {}).get("above", 0.5)
        return self._merit(code) > above

    def _series(self, code: str) -> dict[int, float]:
        """The unrounded figure of the last three years."""
        if code in self._figures:
            return self._figures[code]
        rule: Mapping[str, Any] = self._ranges.get(code) or self._default(code)
        merit, chance = self._merit(code), self._chance(code)
        size = _between(rule["low"], rule["high"], merit)
        years = (YEAR, YEAR - 1, YEAR - 2)
        if "of" in rule:
            whole = self._series(rule["of"])
            figures = {year: whole[year] * size * (1 + chance.uniform(-0.02, 0.02)) for year in years}
        else:
            slow, fast = rule.get("growth", (1, 12))
            growth = (slow + (fast - slow) * self._merit(f"growth/{code}")) / 100
            figures, current = {}, size * (self._k if rule.get("scale") else 1.0)
            for year in years:
                figures[year] = current
                current /= 1 + growth * chance.uniform(0.85, 1.15)
        self._figures[code] = figures
        return figures

    def _default(self, code: str) -> dict[str, float]:
        unit = next(i.unit for indicator in self._pack.indicators for i in indicator.data if i.code == code)
        low, high = _BY_UNIT.get(unit, _ANY)
        return {"low": low, "high": high}

    @staticmethod
    def _rounded(figure: float, unit: str) -> Decimal:
        step = Decimal(1) if unit in _WHOLE else Decimal("0.01") if abs(figure) >= 1 else Decimal("0.0001")
        return Decimal(repr(figure)).quantize(step, ROUND_HALF_UP)

    def _objects(self, item: DataItem) -> Datum:
        chance, topic = self._chance(item.code), self._topic(item.code)
        counts: Mapping[str, Any] = self._ranges.get(item.code, {}).get("counts", {})
        template = sentences()["object"]
        made: list[ListedObject] = []
        for cls in item.classes:
            low, high = counts.get(cls, (0, 3))
            wanted = round(low + (high - low) * self._merit(f"{item.code}/{cls}"))
            for _ in range(wanted):
                number, year = f"{chance.randrange(100, 999)}{len(made):03d}", chance.choice((YEAR - 2, YEAR - 1, YEAR))
                made.append(
                    ListedObject(
                        cls=cls,
                        name=template["name"].format(topic=topic, number=f"{len(made) + 1:03d}"),
                        number=template["number"].format(year=year, number=number),
                        date=f"{year}-{chance.randrange(1, 13):02d}-{chance.randrange(1, 28):02d}",
                    )
                )
        return Datum(item.code, item.unit, "certificate", objects=tuple(made))

    def _topic(self, what: str) -> str:
        topic: str = self._chance(f"topic/{what}").choice(words()["field_words"][self._who.field])
        return topic

    def targets(self, application: Application, k: Fraction) -> tuple[Target, ...]:
        """A target for every measure; weak plans leave one out or promise too little."""
        made = []
        for indicator in self._pack.indicators:
            if indicator.rule is None or indicator.kind != "quantitative":
                continue
            for measure in indicator.rule.measures:
                base = compute_basis(self._pack, indicator, application, k).measures.get(measure.id)
                chance = self._chance(f"target/{indicator.id}/{measure.id}")
                if base is None or not measure.target:
                    continue
                now = half_up(base, 2)
                rise = Decimal(repr(round(0.02 + 0.4 * self._merit(f"plan/{measure.id}") * chance.random(), 3)))
                promised = (
                    None
                    if chance.random() < 0.12 * (1 - self._who.quality)
                    else half_up(Fraction(now) * (1 + Fraction(rise)), 2)
                )
                made.append(self._target(indicator.id, measure.id, measure.unit, now, promised))
        return tuple(made)

    @staticmethod
    def _target(indicator: str, measure: str, unit: str, base: Decimal, promised: Decimal | None) -> Target:
        until = YEAR + 3
        said = ""
        if promised is not None:
            said = sentences()["statement"].format(
                base_year=YEAR, base=base, target_year=until, target=promised, unit=text(f"unit.{unit}", "zh_CN")
            )
        return Target(indicator, measure, unit, base, YEAR, promised, until, said)

    def tasks(self) -> tuple[Task, ...]:
        """Tasks of the plan, spread over the indicators; the weights sum to 100."""
        chance = self._chance("tasks")
        templates = sentences()["tasks"]
        count = 4 + round(4 * self._who.quality)
        chosen = sorted(chance.sample(range(len(self._pack.indicators)), count))
        weights = [100 // count] * (count - 1)
        weights.append(100 - sum(weights))
        return tuple(
            Task(
                id=f"T{n + 1:02d}",
                indicator=self._pack.indicators[place].id,
                title=template["title"].format(topic=self._topic(f"task/{n}")),
                owner=template["owner"],
                milestone=template["milestone"],
                deliverable=template["deliverable"],
                check=template["check"],
                weight=Decimal(weight),
            )
            for n, (place, weight, template) in enumerate(
                zip(chosen, weights, [chance.choice(templates) for _ in chosen], strict=True)
            )
        )
