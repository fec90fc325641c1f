"""Where on a page a cited place lies, in words that can be followed on paper (佐证位置)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from ndb_desktop.domain.numbers import plain
from ndb_desktop.texts import text

Rectangle = tuple[int, int, int, int]

_WIDE = 667
"""Thousandths: what covers two thirds of a page is not called left or right of it."""
_DOWN: Mapping[str, str] = {
    "low": "report.where.top",
    "middle": "report.where.middle",
    "high": "report.where.bottom",
}
_ACROSS: Mapping[str, str] = {
    "low": "report.where.left",
    "middle": "report.where.centre",
    "high": "report.where.right",
}


def place_in_words(rect: Rectangle | None, language: str) -> str:
    """`页面上部左侧（自左 10%–30%，自上 20%–40%）`; "" for a whole page."""
    if rect is None:
        return ""
    x0, y0, x1, y1 = rect
    down, across = _third(y0, y1), _third(x0, x1)
    if down and across:
        part = text(
            "report.where.both", language, down=text(_DOWN[down], language), across=text(_ACROSS[across], language)
        )
    elif down or across:
        part = text("report.where.one", language, part=text(_DOWN[down] if down else _ACROSS[across], language))
    else:
        part = text("report.where.all", language)
    percents = {name: plain(Decimal(edge) / 10) for name, edge in zip(("x0", "y0", "x1", "y1"), rect, strict=True)}
    return text("report.where", language, part=part, **percents)


def _third(low: int, high: int) -> str:
    """Which third of the page the middle of a stretch lies in, "" if it covers most of it."""
    if high - low >= _WIDE:
        return ""
    middle = low + high
    return "low" if middle * 3 < 2000 else "high" if middle * 3 > 4000 else "middle"
