"""评审分析: how experts marked, per application, per field and category, per expert and as a whole. No score changes.

All of it is for the coordinator's eyes; each look is logged. Every figure says on which sheets and signed files it
stands, so that a window can lead from a number to what somebody signed. One pass over the sheets that count.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from ndb_desktop.domain.agreement import Agreement, Figure, Ratings, agreement, alpha_of_patterns
from ndb_desktop.domain.expertflags import (
    LEVELS,
    PanelRatio,
    Robust,
    level_counts,
    narrow_flags,
    panel_ratios,
    pooled,
    residual_flags,
    row_flags,
    severity_flags,
)
from ndb_desktop.domain.model import Category
from ndb_desktop.domain.overlap import Component, components, typical_common
from ndb_desktop.domain.panel import ExpertState, PanelResult
from ndb_desktop.domain.panelflags import Flag
from ndb_desktop.domain.phrase import Phrase
from ndb_desktop.domain.resample import Intervals, intervals
from ndb_desktop.domain.selection import CATEGORY_ORDER
from ndb_desktop.domain.severity import ExpertSeverity, Severity, severity
from ndb_desktop.domain.spread import Spread, spread
from ndb_desktop.domain.trust import cautions
from ndb_desktop.services.analytics_collect import Collector, Kept, SheetRef
from ndb_desktop.services.results_compute import BatchResult, compute, internal_results
from ndb_desktop.services.tasks import CancelToken, Progress, silent

if TYPE_CHECKING:
    from ndb_desktop.services.office import Office


@dataclass(frozen=True, slots=True)
class TracedFlag:
    """A flag and the sheets it stands on."""

    flag: Flag
    sheets: tuple[SheetRef, ...]


@dataclass(frozen=True, slots=True)
class ApplicationAnalytics:
    """One application: its result, its flags, and the sheets behind all figures."""

    result: PanelResult
    flags: tuple[TracedFlag, ...]
    sheets: tuple[SheetRef, ...]

    @property
    def states(self) -> Mapping[ExpertState, int]:
        """How many assigned experts counted how (the missing pattern)."""
        return Counter(self.result.experts.values())

    @property
    def totals(self) -> Spread | None:
        """The experts' own totals; made when asked for, because a window shows few applications at a time."""
        return spread(self.result.expert_totals.values())

    @property
    def judged(self) -> Spread | None:
        """What the experts judged themselves, without what the rules compute for all."""
        return spread(self.result.judged_totals.values())


@dataclass(frozen=True, slots=True)
class GroupAnalytics:
    """A field of a category, a whole category (`field` ""), or the whole batch (`category` "" too).

    `totals` are the applications' totals, `judged` every expert's judged totals. `sizes` counts applications by their
    number of valid sheets, `states` sheets by how they count, `levels` marks by level from L1. Agreement is that on
    judged totals; `ordinal` is alpha on levels, each judged item of each application being a unit. `common` is how
    many applications two experts who met typically share. `cautions` say when not to trust the figures.
    """

    category: Category | Literal[""]
    field: str
    applications: tuple[str, ...]
    states: Mapping[ExpertState, int]
    sizes: Mapping[int, int]
    totals: Spread | None
    judged: Spread | None
    levels: tuple[int, ...]
    agreement: Agreement
    ordinal: Figure
    intervals: Intervals | None
    components: tuple[Component, ...]
    common: int
    cautions: tuple[Phrase, ...]
    sheets: tuple[SheetRef, ...]


@dataclass(frozen=True, slots=True)
class ExpertAnalytics:
    """One expert with at least one assigned application. `severity` is None where nothing was scored."""

    expert: str
    states: Mapping[ExpertState, int]
    judged: Spread | None
    severity: ExpertSeverity | None
    flags: tuple[TracedFlag, ...]
    sheets: tuple[SheetRef, ...]


@dataclass(frozen=True, slots=True)
class BatchAnalytics:
    """All of it. `groups` are the fields of each category, each category, and last the batch; `ratios` by category.

    `robust` is the pooled residual spread behind the residual flags. Mappings are in neutral order and by expert id.
    """

    result: BatchResult
    applications: Mapping[str, ApplicationAnalytics]
    groups: tuple[GroupAnalytics, ...]
    experts: Mapping[str, ExpertAnalytics]
    severity: Severity
    robust: Robust | None
    flags: tuple[TracedFlag, ...]
    ratios: Mapping[Category, tuple[PanelRatio, ...]]

    @property
    def batch(self) -> GroupAnalytics:
        """The whole batch."""
        return self.groups[-1]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is made only on demand: intervals (`seed`; "" for none) and the report of 二次平均法."""

    seed: str = ""
    ratios: bool = False


def analytics(
    office: Office,
    wanted: Wanted = Wanted(),
    *,
    progress: Progress = silent,
    cancel: CancelToken | None = None,
) -> BatchAnalytics:
    """The analytics as the registry stands. Nothing is written, nothing is logged."""
    collector = Collector(office.registry.current_files())
    result = compute(office, progress=progress, cancel=cancel, witness=collector.see)
    return analysed(result, collector, wanted, cancel)


def internal_analytics(
    office: Office,
    wanted: Wanted = Wanted(),
    *,
    progress: Progress = silent,
    cancel: CancelToken | None = None,
) -> BatchAnalytics:
    """The analytics for the coordinator's eyes: the look goes on record as one at the results.

    Raises:
        NdbError: as `internal_results`.
    """
    collector = Collector(office.registry.current_files())
    result = internal_results(office, progress=progress, cancel=cancel, witness=collector.see)
    return analysed(result, collector, wanted, cancel)


def analysed(
    result: BatchResult, collector: Collector, wanted: Wanted = Wanted(), cancel: CancelToken | None = None
) -> BatchAnalytics:
    """Makes the analytics from what was collected on the way to `result`."""
    maker = _Maker(result, collector, wanted, cancel or CancelToken())
    fit = severity(maker.ratings)
    flags = maker.flags(fit)
    return BatchAnalytics(
        result=result,
        applications=maker.applications(flags),
        groups=tuple(maker.groups()),
        experts=maker.experts(flags, fit),
        severity=fit,
        robust=pooled(fit),
        flags=flags,
        ratios=maker.ratios() if wanted.ratios else {},
    )


class _Maker:
    def __init__(self, result: BatchResult, collector: Collector, wanted: Wanted, cancel: CancelToken) -> None:
        self._kept: Mapping[str, Kept] = {name: collector.kept[name] for name in result.results}
        self._rows, self._wanted, self._cancel = collector.rows, wanted, cancel
        self.ratings: Ratings = {name: kept.result.judged_totals for name, kept in self._kept.items()}
        self._by_expert: dict[str, dict[str, Fraction]] = {}
        for name, marks in self.ratings.items():
            for expert, mark in marks.items():
                self._by_expert.setdefault(expert, {})[name] = mark

    def flags(self, fit: Severity) -> tuple[TracedFlag, ...]:
        """Every flag there is, application by application, then expert by expert."""
        residual: dict[str, list[Flag]] = {}
        for flag in residual_flags(fit, self.ratings):
            residual.setdefault(flag.application, []).append(flag)
        found: list[Flag] = []
        for name, kept in self._kept.items():
            found += [*kept.result.flags, *residual.get(name, ()), *kept.key]
        of_experts = [
            *narrow_flags(self._by_expert), *row_flags(self._rows), *severity_flags(fit, self.ratings),
        ]  # fmt: skip
        found += sorted(of_experts, key=lambda flag: flag.expert)
        return tuple(TracedFlag(flag, self._behind(flag)) for flag in found)

    def _behind(self, flag: Flag) -> tuple[SheetRef, ...]:
        if not flag.application:
            return tuple(self._kept[name].refs[flag.expert] for name in flag.applications)
        refs = self._kept[flag.application].refs
        # Whether one sheet decides depends on all the others.
        if not flag.expert or flag.code == "key_mark":
            return tuple(refs.values())
        return (refs[flag.expert],)

    def applications(self, flags: Iterable[TracedFlag]) -> Mapping[str, ApplicationAnalytics]:
        own: dict[str, list[TracedFlag]] = {}
        for flag in flags:
            if flag.flag.application:
                own.setdefault(flag.flag.application, []).append(flag)
        return {
            name: ApplicationAnalytics(
                result=kept.result,
                flags=tuple(own.get(name, ())),
                sheets=tuple(kept.refs.values()),
            )
            for name, kept in self._kept.items()
        }

    def experts(self, flags: Iterable[TracedFlag], fit: Severity) -> Mapping[str, ExpertAnalytics]:
        own: dict[str, list[TracedFlag]] = {}
        for flag in flags:
            if flag.flag.expert:
                own.setdefault(flag.flag.expert, []).append(flag)
        states: dict[str, Counter[ExpertState]] = {}
        refs: dict[str, list[SheetRef]] = {}
        for kept in self._kept.values():
            for expert, state in kept.result.experts.items():
                states.setdefault(expert, Counter())[state] += 1
            for expert, ref in kept.refs.items():
                refs.setdefault(expert, []).append(ref)
        return {
            expert: ExpertAnalytics(
                expert=expert,
                states=states[expert],
                judged=spread(self._by_expert.get(expert, {}).values()),
                severity=fit.experts.get(expert),
                flags=tuple(own.get(expert, ())),
                sheets=tuple(refs.get(expert, ())),
            )
            for expert in sorted(states)
        }

    def groups(self) -> Iterable[GroupAnalytics]:
        fields: dict[tuple[Category, str], list[str]] = {}
        for name, kept in self._kept.items():
            fields.setdefault(kept.group, []).append(name)
        for category in CATEGORY_ORDER:
            mine = sorted(field for known, field in fields if known == category)
            for field in mine:
                yield self._group(category, field, fields[category, field])
            if mine:
                yield self._group(category, "", [name for field in mine for name in fields[category, field]])
        yield self._group("", "", list(self._kept))

    def _group(self, category: Category | Literal[""], field: str, names: Sequence[str]) -> GroupAnalytics:
        self._cancel.check()
        kept = [self._kept[name] for name in names]
        ratings = {name: self.ratings[name] for name in names}
        states = Counter(state for one in kept for state in one.result.experts.values())
        packed: Counter[int] = Counter()
        for one in kept:
            packed.update(one.patterns)
        patterns = {level_counts(levels): times for levels, times in packed.items()}
        figures, parts = agreement(ratings), components(ratings)
        marks = [mark for own in ratings.values() for mark in own.values()]
        return GroupAnalytics(
            category=category,
            field=field,
            applications=tuple(names),
            states=states,
            sizes=Counter(one.result.n_valid for one in kept),
            totals=spread([one.result.total for one in kept if one.result.total is not None]),
            judged=spread(marks),
            levels=tuple(sum(pattern[level] * times for pattern, times in patterns.items()) for level in range(LEVELS)),
            agreement=figures,
            ordinal=alpha_of_patterns(patterns),
            intervals=intervals(ratings, self._wanted.seed) if self._wanted.seed else None,
            components=parts,
            common=typical_common(own for own in ratings.values() if len(own) > 1),
            cautions=cautions(ratings, figures.one_way, parts, sum(states.values()), len(marks)),
            sheets=tuple(ref for one in kept for ref in one.refs.values()),
        )

    def ratios(self) -> Mapping[Category, tuple[PanelRatio, ...]]:
        """A panel is the field of a category here: applications of one field are judged by the same group."""
        totals: dict[Category, dict[str, dict[str, Fraction]]] = {}
        for name, kept in self._kept.items():
            if kept.result.total is not None:
                category, field = kept.group
                totals.setdefault(category, {}).setdefault(field, {})[name] = kept.result.total
        return {category: panel_ratios(totals[category]) for category in CATEGORY_ORDER if category in totals}
