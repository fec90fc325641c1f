"""Words of the inspection desk for what the record holds as codes."""

from __future__ import annotations

from datetime import datetime

from ndb_desktop.domain.sitemath import VerdictState
from ndb_desktop.domain.siterecord import Conclusion, Effect, Grade, PartKey, PartKind, Why
from ndb_desktop.domain.units import UNITS
from ndb_desktop.ui import i18n
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.widgets.curve import unit_name

PAGES: dict[PartKind, str] = {
    "head": "head", "meeting": "meetings", "check": "checks", "answer": "answers", "finding": "findings",
    "veto": "findings", "observation": "findings", "photo": "photos", "closing": "closing", "clock": "overview",
}  # fmt: skip
"""Which page shows which kind of part."""


def page_of(key: PartKey) -> str:
    """Where a part is shown, with the part behind a point: `checks.rd_spending/2025`."""
    kind, name = key
    return f"{PAGES[kind]}.{kind}:{name}" if name else PAGES[kind]


def moment(at: str) -> str:
    """A moment of the record as the device's clock showed it, with its zone; "" stays empty."""
    if not at:
        return ""
    shown = datetime.fromisoformat(at)
    return tr("site.moment", at=shown.strftime("%Y-%m-%d %H:%M"), zone=shown.strftime("%z") or "—")


def joined(parts: list[str]) -> str:
    """A list in words."""
    return i18n.tr("list.separator").join(part for part in parts if part)


def conclusion_words() -> dict[Conclusion, str]:
    """核查结论 in words."""
    return {
        "consistent": tr("conclusion.consistent"), "deviation": tr("conclusion.deviation"),
        "major": tr("conclusion.major"), "unverifiable": tr("conclusion.unverifiable"),
        "not_applicable": tr("conclusion.not_applicable"),
    }  # fmt: skip


def conclusion_icon(conclusion: Conclusion | None) -> tuple[str, str] | None:
    """A conclusion as shape and colour; None while there is none."""
    icons: dict[Conclusion, tuple[str, str]] = {
        "consistent": ("circle-check", "accent"), "deviation": ("circle-alert", "warning"),
        "major": ("octagon-alert", "danger"), "unverifiable": ("circle-question-mark", "warning"),
        "not_applicable": ("circle-slash", "muted"),
    }  # fmt: skip
    return icons[conclusion] if conclusion is not None else None


def effect_words() -> dict[Effect, str]:
    """What follows from a deviation."""
    return {"replace": tr("effect.replace"), "keep": tr("effect.keep"), "refer": tr("effect.refer")}


def why_words(whys: tuple[Why, ...]) -> str:
    """Why a datum is to be verified."""
    names: dict[Why, str] = {
        "challenge": tr("why.challenge"), "flag": tr("why.flag"), "sample": tr("why.sample"),
        "coordinator": tr("why.coordinator"),
    }  # fmt: skip
    return joined([names[why] for why in whys])


def unit_words(unit: str) -> str:
    """A unit in words; one that no rule pack of this program knows stands as it came."""
    return unit_name(unit) if unit in UNITS else unit


def grade_words() -> dict[Grade, str]:
    """Grades of the checklist."""
    return {
        "pass": tr("grade.pass"), "minor": tr("grade.minor"), "severe": tr("grade.severe"),
        "not_applicable": tr("grade.not_applicable"),
    }  # fmt: skip


def grade_icon(grade: Grade | None) -> tuple[str, str] | None:
    """A grade as shape and colour; None while there is none."""
    icons: dict[Grade, tuple[str, str]] = {
        "pass": ("circle-check", "accent"), "minor": ("circle-alert", "warning"),
        "severe": ("octagon-alert", "danger"), "not_applicable": ("circle-slash", "muted"),
    }  # fmt: skip
    return icons[grade] if grade is not None else None


def verdict_words() -> dict[VerdictState, str]:
    """What the checklist comes to."""
    return {"passed": tr("verdict.site.passed"), "failed": tr("verdict.site.failed"), "open": tr("verdict.site.open")}
