"""What is computed on site, exactly: deviation and its conclusion, and the verdict (结论) on the checklist (R17).

A verdict is a fact in a record, never a score.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from ndb_desktop.domain.numbers import exact
from ndb_desktop.domain.siterecord import Conclusion, Grade, Wanted

if TYPE_CHECKING:
    from ndb_desktop.domain.sitepack import SitePack

VerdictState = Literal["passed", "failed", "open"]
"""合格, 不合格, 未定 (something is still to be graded and either way is possible)."""
COMPUTED: tuple[Conclusion, ...] = ("consistent", "deviation", "major")
"""Conclusions a number comes to by its deviation."""
FALSE_DATA = "V6"
"""The veto ground a datum is referred to that was declared wrongly (`siterecord.Effect`): declared data found false."""
FAILING: tuple[Grade, ...] = ("minor", "severe")


@dataclass(frozen=True, slots=True)
class Verdict:
    """检查结论: how many items have which grade, `open_items` without one, starred items that failed (`vetoes`)."""

    state: VerdictState
    passed: int
    minor: int
    severe: int
    not_applicable: int
    open_items: tuple[str, ...]
    vetoes: tuple[str, ...]


def deviation(declared: Decimal | None, verified: Decimal | None) -> Fraction | None:
    """偏差 relative to what was declared: (verified - declared) / |declared|, so above 0 means more was found.

    Nothing is a share of nought: with 0 declared it is 0 when 0 was verified, else None. None too without a figure.
    """
    if declared is None or verified is None:
        return None
    before, found = exact(declared), exact(verified)
    if before == 0:
        return Fraction(0) if found == 0 else None
    return (found - before) / abs(before)


def conclude(pack: SitePack, wanted: Wanted, verified: Decimal | None) -> Conclusion | None:
    """一致, 偏差 or 重大偏差 of a number by the pack's bands; None, so chosen, for what is no number or lacks a figure.

    Compared is |verified - declared| with a share of |declared|, so 0 declared and anything else found is 重大偏差.
    """
    if wanted.kind != "number" or wanted.declared is None or verified is None:
        return None
    before = exact(wanted.declared)
    away = abs(exact(verified) - before) * 100
    if away <= abs(before) * pack.bands.consistent:
        return "consistent"
    return "deviation" if away <= abs(before) * pack.bands.deviation else "major"


def verdict(pack: SitePack, grades: Mapping[str, Grade | None]) -> Verdict:
    """The verdict on the checklist from grades by item; items that are not named are open, others are not looked at.

    Passed: every item graded, no starred item 不合格, and the counts within one row of the pack. What can no longer be
    made good by the open items is failed already. 此项不适用 counts for nothing.
    """
    given = {item.id: grades.get(item.id) for item in pack.items}
    counts = {grade: sum(found == grade for found in given.values()) for grade in ("pass", *FAILING, "not_applicable")}
    vetoes = tuple(item.id for item in pack.items if item.starred and given[item.id] in FAILING)
    severe, minor = counts["severe"], counts["minor"]
    within = any(severe <= row.severe and minor <= row.minor for row in pack.verdict)
    still = tuple(name for name, grade in given.items() if grade is None)
    state: VerdictState = "failed" if vetoes or not within else "open" if still else "passed"
    return Verdict(state, counts["pass"], minor, severe, counts["not_applicable"], still, vetoes)
