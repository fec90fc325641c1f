"""评审分析 as rows and words: ranges, applications, experts, and the sheets behind every figure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from ndb_desktop.domain.agreement import Figure
from ndb_desktop.domain.numbers import show
from ndb_desktop.domain.panel import ExpertState, standard_error
from ndb_desktop.domain.panelflags import flag_phrase
from ndb_desktop.domain.severity import Severity
from ndb_desktop.domain.spread import Spread
from ndb_desktop.services.analytics import (
    ApplicationAnalytics,
    BatchAnalytics,
    ExpertAnalytics,
    GroupAnalytics,
    TracedFlag,
)
from ndb_desktop.services.analytics_collect import SheetRef
from ndb_desktop.services.place_words import Names
from ndb_desktop.ui import i18n
from ndb_desktop.ui.coordinator.words import category_name
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.widgets.table import Column

NONE = "—"
FIGURE, WORDY = 72, 100
"""Widths at 100 % type of a figure under a short heading and under a long one: all of a range is seen at once."""


@dataclass(frozen=True)
class Range:
    """A row of the first table: one range of the batch."""

    name: str
    group: GroupAnalytics


@dataclass(frozen=True)
class Unit:
    """A row of the third table: one application."""

    applicant: str
    place: str
    application: ApplicationAnalytics


@dataclass(frozen=True)
class Person:
    """A row of the second table: one expert."""

    name: str
    expert: ExpertAnalytics


@dataclass(frozen=True)
class SheetLine:
    """A sheet behind a figure, with its judged total."""

    ref: SheetRef
    applicant: str
    mark: Fraction | None


def shown(value: Fraction | None, digits: int = 2) -> str:
    """A figure as shown; a dash for none."""
    return NONE if value is None else show(value, digits)


def root(squared: Fraction | None) -> str:
    """The square root of a variance or squared error; a dash for none."""
    return NONE if squared is None else f"{standard_error(squared):f}"


def figure(value: Figure) -> str:
    """A figure of agreement; a dash where there is none."""
    return shown(value.value, 3)


def ranges(found: BatchAnalytics, fields: Mapping[str, str]) -> list[Range]:
    """The fields of each category, each category, the whole batch; the whole comes first."""
    rows = []
    for group in (found.batch, *found.groups[:-1]):
        name = tr("analytics.batch")
        if group.category:
            name = category_name(group.category)
            name = f"{name} · {fields.get(group.field, group.field)}" if group.field else name
        rows.append(Range(name, group))
    return rows


def range_lines(group: GroupAnalytics) -> list[str]:
    """What belongs to the figures of a range: n, what is missing, why a figure is not there, when not to trust them."""
    assigned = sum(group.states.values())
    lines = [
        tr(
            "analytics.n",
            applications=len(group.applications), sheets=len(group.sheets), assigned=assigned, common=group.common,
        )
    ]  # fmt: skip
    lines += [_pattern(group.states), *_spread_line(group.judged), *_complete(group), *_missing(group)]
    lines += [tr("analytics.caution", words=i18n.phrase(phrase)) for phrase in group.cautions]
    return lines


def _pattern(states: Mapping[ExpertState, int]) -> str:
    """The missing pattern: how many sheets count how; what nobody is, is not named."""
    named: Mapping[ExpertState, str] = {
        "scored": tr("state.scored"), "unable": tr("analytics.unable"), "absent": tr("state.absent"),
        "recused": tr("state.recused"), "void": tr("state.void"),
    }  # fmt: skip
    counted = [f"{words} {states[state]}" for state, words in named.items() if states.get(state)]
    return tr("analytics.pattern", states=tr("list.separator").join(counted) or NONE)


def units(found: BatchAnalytics, fields: Mapping[str, str]) -> list[Unit]:
    """Every application in neutral order; never by score."""
    return [
        Unit(
            found.result.applications[name].applicant,
            f"{category_name(one.result.category)} · {fields.get(one.result.field, one.result.field)}",
            one,
        )
        for name, one in found.applications.items()
    ]


def unit_lines(one: ApplicationAnalytics, names: Names) -> list[str]:
    """What belongs to the figures of an application: what is missing, spread, standard error, and every flag."""
    lines = [_pattern(one.states), *_spread_line(one.judged)]
    if one.result.error_squared is not None:
        lines.append(tr("results.error", value=root(one.result.error_squared)))
    return lines + [_told(traced.flag.expert, names.item(traced.flag.item), traced) for traced in one.flags]


def _told(who: str, item: str, traced: TracedFlag) -> str:
    """A flag with whom and what it is about, where its words do not say it."""
    about = " ".join(part for part in (who, item) if part)
    words = i18n.phrase(flag_phrase(traced.flag))
    return tr("analytics.flag", about=about, words=words) if about else words


def _complete(group: GroupAnalytics) -> list[str]:
    """W and ICC(2,1), which only a panel that marked everything has."""
    figures = group.agreement
    w, two_way = figures.concordance.w, figures.two_way.icc2_single
    if w.value is None and two_way.value is None:
        return []
    return [tr("analytics.complete", w=figure(w), icc=figure(two_way))]


def _missing(group: GroupAnalytics) -> list[str]:
    figures = group.agreement
    named = {
        "ICC(1,1)": figures.one_way.single, "ICC(1,k)": figures.one_way.mean, "α": figures.alpha,
        tr("analytics.ordinal"): group.ordinal, "W": figures.concordance.w, "ICC(2,1)": figures.two_way.icc2_single,
    }  # fmt: skip
    whys: dict[str, list[str]] = {}
    for name, one in named.items():
        if one.why is not None:
            whys.setdefault(i18n.phrase(one.why), []).append(name)
    return [tr("analytics.undefined", names=tr("list.separator").join(names), why=why) for why, names in whys.items()]


def _spread_line(found: Spread | None) -> list[str]:
    if found is None:
        return []
    return [
        tr(
            "analytics.spread",
            n=found.n, mean=shown(found.mean), median=shown(found.median), low=shown(found.low),
            high=shown(found.high), sd=root(found.variance), se=root(found.error_squared),
        )
    ]  # fmt: skip


def expert_lines(expert: ExpertAnalytics, fit: Severity, names: Names) -> list[str]:
    """What belongs to the figures of an expert: severity within its comparable group, and every flag."""
    lines = _spread_line(expert.judged)
    if expert.severity is not None:
        part = fit.components[expert.severity.component]
        lines.append(
            tr(
                "analytics.severity.line",
                points=shown(expert.severity.points), se=root(expert.severity.error_squared),
                sheets=expert.severity.sheets, experts=len(part.experts),
            )
        )  # fmt: skip
    if len(fit.components) > 1:
        lines.append(tr("analytics.incomparable", count=len(fit.components)))
    lines += [_told(traced.flag.application, names.item(traced.flag.item), traced) for traced in expert.flags]
    return lines


def range_columns() -> tuple[Column[Range], ...]:
    """Figures of agreement per range."""
    return (
        Column(tr("analytics.range"), lambda r: r.name, stretch=True),
        Column(tr("analytics.applications"), lambda r: str(len(r.group.applications)), number=True, width=WORDY),
        Column(tr("column.sheets"), lambda r: str(len(r.group.sheets)), number=True, width=FIGURE),
        Column(
            tr("analytics.mean"), lambda r: shown(r.group.judged.mean if r.group.judged else None), number=True,
            width=FIGURE,
        ),
        Column(
            tr("analytics.sd"), lambda r: root(r.group.judged.variance if r.group.judged else None), number=True,
            width=FIGURE,
        ),
        Column(
            tr("analytics.se"), lambda r: root(r.group.judged.error_squared if r.group.judged else None), number=True,
            width=FIGURE,
        ),
        Column("ICC(1,1)", lambda r: figure(r.group.agreement.one_way.single), number=True, width=FIGURE),
        Column("ICC(1,k)", lambda r: figure(r.group.agreement.one_way.mean), number=True, width=FIGURE),
        Column("α", lambda r: figure(r.group.agreement.alpha), number=True, width=FIGURE),
        Column(tr("analytics.ordinal"), lambda r: figure(r.group.ordinal), number=True, width=WORDY),
        Column(
            tr("analytics.trust"), lambda r: str(len(r.group.cautions) or ""), number=True, width=WORDY,
            icon=lambda r: ("triangle-alert", "warning") if r.group.cautions else None,
        ),
    )  # fmt: skip


def unit_columns() -> tuple[Column[Unit], ...]:
    """Total, spread, standard error and flags per application."""
    return (
        Column(tr("column.id"), lambda r: r.application.result.application, width=110),
        Column(tr("column.applicant"), lambda r: r.applicant, width=260),
        Column(
            tr("analytics.valid"), lambda r: f"{r.application.result.n_valid}/{len(r.application.result.experts)}",
            number=True,
        ),
        Column(
            tr("column.total"),
            lambda r: NONE if r.application.result.published is None else str(r.application.result.published),
            number=True,
        ),
        Column(
            tr("analytics.sd"), lambda r: root(r.application.totals.variance if r.application.totals else None),
            number=True,
        ),
        Column(tr("analytics.se"), lambda r: root(r.application.result.error_squared), number=True),
        Column(
            tr("column.flags"), lambda r: str(len(r.application.flags) or ""), number=True,
            icon=lambda r: ("flag", "warning") if r.application.flags else None,
        ),
        Column(tr("analytics.range"), lambda r: r.place, stretch=True),
    )  # fmt: skip


def expert_columns() -> tuple[Column[Person], ...]:
    """Severity, spread and flags per expert."""
    return (
        Column(tr("column.expert"), lambda r: r.expert.expert, width=100),
        Column(tr("column.name"), lambda r: r.name, width=150),
        Column(tr("column.sheets"), lambda r: str(len(r.expert.sheets)), number=True),
        Column(tr("analytics.mean"), lambda r: shown(r.expert.judged.mean if r.expert.judged else None), number=True),
        Column(tr("analytics.sd"), lambda r: root(r.expert.judged.variance if r.expert.judged else None), number=True),
        Column(
            tr("analytics.severity"), lambda r: shown(r.expert.severity.points if r.expert.severity else None),
            number=True,
        ),
        Column(
            tr("analytics.se"), lambda r: root(r.expert.severity.error_squared if r.expert.severity else None),
            number=True,
        ),
        Column(
            tr("analytics.part"), lambda r: str(r.expert.severity.component + 1) if r.expert.severity else NONE,
            number=True,
        ),
        Column(
            tr("column.flags"), lambda r: str(len(r.expert.flags) or ""), number=True,
            icon=lambda r: ("flag", "warning") if r.expert.flags else None,
        ),
    )  # fmt: skip


def sheet_columns() -> tuple[Column[SheetLine], ...]:
    """The sheets behind a figure, down to the digest of the signed file."""
    return (
        Column(tr("column.id"), lambda r: r.ref.application, width=110),
        Column(tr("column.applicant"), lambda r: r.applicant, width=240),
        Column(tr("column.expert"), lambda r: r.ref.expert, width=90),
        Column(tr("column.revision"), lambda r: str(r.ref.revision), number=True),
        Column(tr("analytics.judged"), lambda r: shown(r.mark), number=True),
        Column(tr("analytics.sheet"), lambda r: r.ref.digest[:16], width=160),
        Column(
            tr("analytics.file"), lambda r: tr("list.separator").join(name[:16] for name in r.ref.files), width=160
        ),
    )  # fmt: skip
