"""A small rule pack by hand, sheets for it, and panel results by number: for tests of scoring, panels, selection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from ndb_desktop.domain.model import Application, Category, Datum, Document, Target
from ndb_desktop.domain.panel import PanelResult
from ndb_desktop.domain.rulepack import (
    Band,
    DataItem,
    Group,
    Indicator,
    LocalText,
    Measure,
    PackSettings,
    Rule,
    RulePack,
)
from ndb_desktop.domain.sheet import Declaration, ItemEntry, LevelId, Sheet

K = Fraction(1)
FLAGS = {
    "deviation_percent": Decimal(30),
    "from_median": Decimal(20),
    "range": Decimal(30),
    "cv_percent": Decimal(15),
}
BANDS = (("L1", "0", "39.99"), ("L2", "40", "59.99"), ("L3", "60", "79.99"), ("L4", "80", "89.99"), ("L5", "90", "100"))


def words(text: str) -> LocalText:
    return LocalText(text, text)


def settings(**changes: Any) -> PackSettings:
    base = PackSettings(
        step=Decimal("0.5"),
        reason_levels=("L1", "L2", "L5"),
        reason_min=10,
        trim_from=7,
        trim_level="item",
        min_panel=5,
        digits=2,
        rounding="half_up",
        compare_on="published",
        threshold=Decimal(75),
        margin=Decimal(0),
        quant_mode="computed",
        target_bonus=Decimal(25),
        flags=FLAGS,
    )
    return replace(base, **changes)


def _indicator(
    name: str, group: str, basis: str, plan: str, *, quantitative: bool = False, na: bool = False
) -> Indicator:
    rule = None
    data: tuple[DataItem, ...] = ()
    if quantitative:
        data = (DataItem("rd", "number", "percent", 1, words("研发强度"), words("")),)
        curve = {"type": "piecewise", "x": "rd", "points": ((Fraction(0), Fraction(0)), (Fraction(4), Fraction(100)))}
        rule = Rule((Measure("rd", "percent", words("研发强度"), {"op": "field", "code": "rd", "year": 0}),), curve)
    return Indicator(
        id=name,
        group=group,
        kind="quantitative" if quantitative else "qualitative",
        unit="percent" if quantitative else "",
        weights={"basis": Decimal(basis), "plan": Decimal(plan)},
        title=words(name),
        asks=words("asks"),
        source_phrase=words("source"),
        evidence=words("evidence"),
        data=data,
        rule=rule,
        levels={"basis": {}, "plan": {}},
        not_applicable=na,
    )


def small_pack(category: Category = "park", **changes: Any) -> RulePack:
    """G1: Q (computed, 30/40) and J (judged, 30/20); G2: M and N (judged, may be not applicable, 25/20 and 15/20)."""
    return RulePack(
        id=f"small-{category}",
        version="1",
        stage="selection",
        category=category,
        status="建议稿",
        document_number="",
        title=words("small"),
        groups=(Group("G1", words("一")), Group("G2", words("二"))),
        indicators=(
            _indicator("Q", "G1", "30", "40", quantitative=True),
            _indicator("J", "G1", "30", "20"),
            _indicator("M", "G2", "25", "20", na=True),
            _indicator("N", "G2", "15", "20", na=True),
        ),
        bands=tuple(Band(level, Decimal(low), Decimal(high)) for level, low, high in BANDS),  # type: ignore[arg-type]
        statements=(),
        settings=settings(**changes),
        raw=b"{}",
        digest="0" * 64,
    )


def application(name: str = "A1", *, rd: str = "2", target: str | None = "3", **changes: Any) -> Application:
    """rd 2 % of 4 % scores 50; target 3 % scores 75 = 50 + bonus 25."""
    base = Application(
        id=name,
        category="park",
        field="F1",
        applicant=f"园区{name}",
        credit_code="91350100M000100Y43",
        region="110000",
        recommender="北京市",
        year=2025,
        data={"rd": Datum("rd", "percent", "audit", {"2025": Decimal(rd)})},
        targets=(Target("Q", "rd", "percent", Decimal(rd), 2025, None if target is None else Decimal(target), 2027),),
        documents=(Document("D1", "a.pdf", "a", "application/pdf", 9, "0" * 64, 12),),
    )
    return replace(base, **changes)


def level_of(value: Decimal) -> LevelId:
    return next(level for level, low, _ in reversed(BANDS) if value >= Decimal(low))  # type: ignore[return-value]


REASON = "依据材料第三页，任务明确可核查。"


def judged(item: str, value: str | Decimal, reason: str = REASON) -> ItemEntry:
    number = Decimal(value)
    return ItemEntry(item, "scored", level_of(number), number, reason=reason)


JUDGED_ITEMS = ("J.basis", "M.basis", "N.basis", "Q.plan", "J.plan", "M.plan", "N.plan")


def sheet(value: str | Decimal = "80", app: str = "A1", **items: ItemEntry) -> Sheet:
    """A complete sheet with the same mark everywhere; `J_basis=entry` replaces one."""
    entries = {name: judged(name, value) for name in JUDGED_ITEMS}
    entries["Q.basis"] = ItemEntry("Q.basis", "scored", confirm="confirmed")
    entries |= {name.replace("_", "."): entry for name, entry in items.items()}
    return Sheet(app, Declaration("clear", (), "", "2026-11-22T03:00:00Z"), entries)


def panel(values: Sequence[str]) -> Mapping[str, Sheet]:
    """Experts E0, E1, … with one mark each everywhere."""
    return {f"E{number}": sheet(value) for number, value in enumerate(values)}


def result(app: Application, total: str | None, digits: int = 2) -> PanelResult:
    """A panel result with this total and nothing else of interest."""
    exact = None if total is None else Fraction(total)
    return PanelResult(
        application=app.id,
        category=app.category,
        field=app.field,
        status="needs_more_reviewers" if exact is None else "ok",
        n_valid=0 if exact is None else 7,
        experts={},
        items={},
        groups={"basis": {}, "plan": {}},
        parts={"basis": exact, "plan": exact},
        total=exact,
        published=None if exact is None else Decimal(round(exact * 10**digits)) / 10**digits,
        expert_totals={},
        error_squared=None,
        flags=(),
    )
