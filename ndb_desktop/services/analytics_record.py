"""评审分析 as plain data: exact numbers as `n/d`, and for every figure the numbers of the sheets it stands on.

Sheets are listed once, with their signed files; everything else names them by their place in that list.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ndb_desktop.domain.agreement import Figure
from ndb_desktop.domain.numbers import ratio
from ndb_desktop.domain.panel import PanelResult
from ndb_desktop.domain.panelflags import flag_phrase
from ndb_desktop.domain.resample import Interval
from ndb_desktop.domain.severity import ExpertSeverity
from ndb_desktop.domain.spread import Spread
from ndb_desktop.services.analytics import (
    ApplicationAnalytics,
    BatchAnalytics,
    ExpertAnalytics,
    GroupAnalytics,
    TracedFlag,
)
from ndb_desktop.services.analytics_collect import SheetRef
from ndb_desktop.texts import phrase_text

Record = dict[str, Any]


def analytics_record(analytics: BatchAnalytics, language: str) -> Record:
    """Everything, ready for JSON; sentences in `language`."""
    return _Writer(analytics, language).whole()


class _Writer:
    def __init__(self, analytics: BatchAnalytics, language: str) -> None:
        self._analytics, self._language = analytics, language
        self._sheets = [ref for row in analytics.applications.values() for ref in row.sheets]
        self._number = {(ref.application, ref.expert): number for number, ref in enumerate(self._sheets)}

    def whole(self) -> Record:
        analytics = self._analytics
        fit, robust = analytics.severity, analytics.robust
        return {
            "format": "ndb-internal-analytics",
            "version": 1,
            "batch": analytics.result.batch,
            "digest": analytics.result.digest,
            "sheets": [_sheet(ref) for ref in self._sheets],
            "groups": [self._group(group) for group in analytics.groups],
            "applications": [self._application(row) for row in analytics.applications.values()],
            "experts": [self._expert(row) for row in analytics.experts.values()],
            "severity": {
                "comparable": fit.comparable,
                "components": [
                    {"experts": list(part.experts), "applications": len(part.applications), "marks": part.marks}
                    for part in fit.components
                ],
                "variance": ratio(fit.variance),
                "freedom": fit.freedom,
                "sweeps": fit.sweeps,
                "settled": fit.settled,
            },
            "residuals": None if robust is None else {"deviation": ratio(robust.deviation), "count": robust.count},
            "flags": [self._flag(flag) for flag in analytics.flags],
            "panel_ratios": {
                category: [
                    {
                        "field": row.panel, "applications": row.applications, "mean": ratio(row.mean),
                        "overall": ratio(row.overall), "ratio": ratio(row.ratio),
                    }
                    for row in rows
                ]
                for category, rows in analytics.ratios.items()
            },
        }  # fmt: skip

    def _refs(self, sheets: Iterable[SheetRef]) -> list[int]:
        return [self._number[ref.application, ref.expert] for ref in sheets]

    def _flag(self, traced: TracedFlag) -> Record:
        flag = traced.flag
        return {
            "code": flag.code,
            "action": flag.action,
            "application": flag.application,
            "expert": flag.expert,
            "item": flag.item,
            "applications": list(flag.applications),
            "numbers": {name: ratio(number) for name, number in flag.numbers.items()},
            "sentence": phrase_text(flag_phrase(flag), self._language),
            "sheets": self._refs(traced.sheets),
        }

    def _group(self, group: GroupAnalytics) -> Record:
        figures = group.agreement
        one, two = figures.one_way, figures.two_way
        intervals = group.intervals
        return {
            "category": group.category,
            "field": group.field,
            "applications": list(group.applications),
            "states": dict(sorted(group.states.items())),
            "panel_sizes": {str(size): count for size, count in sorted(group.sizes.items())},
            "totals": _spread(group.totals),
            "judged": _spread(group.judged),
            "levels": list(group.levels),
            "icc_1_1": _figure(one.single),
            "icc_1_k": _figure(one.mean),
            "k0": ratio(one.size),
            "icc_2_1": _figure(two.icc2_single),
            "icc_3_1": _figure(two.icc3_single),
            "kendall_w": _figure(figures.concordance.w),
            "chi_square": _figure(figures.concordance.chi_square),
            "alpha_interval": _figure(figures.alpha),
            "alpha_ordinal_levels": _figure(group.ordinal),
            "intervals": None
            if intervals is None
            else {
                "icc_1_1": _interval(intervals.single),
                "icc_1_k": _interval(intervals.mean),
                "alpha_interval": _interval(intervals.alpha),
            },
            "components": [len(part.experts) for part in group.components],
            "common_applications": group.common,
            "cautions": [phrase_text(phrase, self._language) for phrase in group.cautions],
            "sheets": self._refs(group.sheets),
        }

    def _application(self, row: ApplicationAnalytics) -> Record:
        result: PanelResult = row.result
        return {
            "application": result.application,
            "category": result.category,
            "field": result.field,
            "states": dict(sorted(row.states.items())),
            "experts": dict(result.experts),
            "total": ratio(result.total),
            "expert_totals": _exact(result.expert_totals),
            "judged_totals": _exact(result.judged_totals),
            "totals": _spread(row.totals),
            "judged": _spread(row.judged),
            "sheets": self._refs(row.sheets),
        }

    def _expert(self, row: ExpertAnalytics) -> Record:
        return {
            "expert": row.expert,
            "states": dict(sorted(row.states.items())),
            "judged": _spread(row.judged),
            "severity": None if row.severity is None else _severity(row.severity),
            "flags": len(row.flags),
            "sheets": self._refs(row.sheets),
        }


def _exact(values: Mapping[str, Any]) -> Record:
    return {name: ratio(value) for name, value in values.items()}


def _sheet(ref: SheetRef) -> Record:
    return {
        "application": ref.application,
        "expert": ref.expert,
        "revision": ref.revision,
        "digest": ref.digest,
        "files": list(ref.files),
    }


def _severity(row: ExpertSeverity) -> Record:
    return {
        "sheets": row.sheets,
        "points": ratio(row.points),
        "error_squared": ratio(row.error_squared),
        "component": row.component,
        "flagged": row.flagged,
    }


def _figure(figure: Figure) -> Record:
    return {"value": ratio(figure.value), "undefined": figure.undefined}


def _interval(interval: Interval | None) -> Record | None:
    if interval is None:
        return None
    return {
        "low": ratio(interval.low),
        "high": ratio(interval.high),
        "draws": interval.draws,
        "undefined": interval.undefined,
    }


def _spread(figures: Spread | None) -> Record | None:
    if figures is None:
        return None
    return {
        "n": figures.n,
        "mean": ratio(figures.mean),
        "median": ratio(figures.median),
        "low": ratio(figures.low),
        "high": ratio(figures.high),
        "variance": ratio(figures.variance),
        "error_squared": ratio(figures.error_squared),
        "bins": list(figures.bins),
    }
