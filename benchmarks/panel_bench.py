"""Panel statistics: 600 applications x 7 sheets against the exact arithmetic alone, on the same numbers.

`panel analytics` adds agreement, severity, distributions and all flags; its floor adds only the sums they cannot do
without: judged totals and their squares.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from benchmarks.harness import Figure, Setting, versus
from benchmarks.round import applications, full_sheet, make_round, packs, reopen
from ndb_desktop.domain.model import Application
from ndb_desktop.domain.numbers import in_common, rounded
from ndb_desktop.domain.panel import PanelResult, error_squared, panel_mean, panel_result
from ndb_desktop.domain.panelflags import judged_total
from ndb_desktop.domain.rulepack import RulePack
from ndb_desktop.domain.scoring import computed_values, sheet_values, sum_up
from ndb_desktop.domain.selection import Selection
from ndb_desktop.domain.sheet import Sheet
from ndb_desktop.services.analytics import analysed, analytics
from ndb_desktop.services.analytics_collect import Collector
from ndb_desktop.services.merge import merge_files
from ndb_desktop.services.results_compute import BatchResult, CountedPanel, compute
from ndb_desktop.storage.registry_rows import StoredSheet

K = Fraction(1)
SEATS = 7


@dataclass(frozen=True)
class _Case:
    """One application: its sheets, what the rules compute (stored at import), and the bare numbers of the floor."""

    pack: RulePack
    application: Application
    computed: Mapping[str, Fraction]
    sheets: Mapping[str, Sheet]
    numbers: tuple[Mapping[str, Fraction | None], ...]


def run(setting: Setting) -> Iterator[Figure]:
    """Statistics alone, then the whole way from the registry to the results with their digest."""
    count = setting.pick(30, 600, 5_000)
    cases = [_case(application) for application in applications(count)]

    def measured() -> None:
        for case in cases:
            panel_result(case.pack, case.application, K, case.sheets, None, case.computed)

    def floor() -> None:
        for case in cases:
            _arithmetic(case)

    facts = {"applications": count, "sheets": count * SEATS}
    yield versus("panel statistics", measured, floor, budget=1.5, repeat=setting.pick(2, 3), facts=facts)
    yield from _analytics(setting, cases)
    yield from _from_registry(setting)


def _analytics(setting: Setting, cases: Sequence[_Case]) -> Iterator[Figure]:
    """Everything the analytics say, from sheets in memory."""
    experts = setting.pick(14, 120, 600)
    panels = []
    for number, case in enumerate(cases):
        # Every application has its own experts; each expert keeps a level of marks, so that there is severity.
        seats = {
            f"X{(number * SEATS + seat * 13) % experts:03}": sheet for seat, sheet in enumerate(case.sheets.values())
        }
        panels.append((case, {name: _stored(name, case, sheet) for name, sheet in seats.items()}))

    def measured() -> None:
        collector = Collector({})
        results = {}
        for case, stored in panels:
            sheets = {expert: row.sheet for expert, row in stored.items()}
            result = panel_result(case.pack, case.application, K, sheets, None, case.computed)
            results[case.application.id] = result
            collector.see(CountedPanel(case.pack, case.application, K, case.computed, stored, result))
        analysed(_batch(cases, results), collector)

    def floor() -> None:
        marks = []
        for case in cases:
            _arithmetic(case)
            marks.append([judged_total(case.pack, sheet) or Fraction(0) for sheet in case.sheets.values()])
        units, _ = in_common([mark for row in marks for mark in row])
        sum(unit * unit for unit in units)
        sum(sum(units[at : at + SEATS]) ** 2 for at in range(0, len(units), SEATS))

    facts = {"applications": len(cases), "sheets": len(cases) * SEATS, "experts": experts}
    yield versus("panel analytics", measured, floor, budget=1.5, repeat=setting.pick(2, 3), facts=facts)


def _stored(expert: str, case: _Case, sheet: Sheet) -> StoredSheet:
    return StoredSheet(expert, case.application.id, 1, "0" * 64, None, case.pack.digest, sheet, {})


def _batch(cases: Sequence[_Case], results: Mapping[str, PanelResult]) -> BatchResult:
    return BatchResult(
        batch="bench",
        applications={case.application.id: case.application for case in cases},
        results=results,
        selection=Selection({}, {}, ()),
        digest="",
        contradictions=(),
        late_conflicts=(),
        unconfirmed=(),
        vetoes=(),
        digests={},
    )


def _case(application: Application) -> _Case:
    pack = packs()[application.category]
    computed = computed_values(pack, application, K)
    sheets = {f"E{n}": full_sheet(application, n) for n in range(SEATS)}
    numbers = tuple(sheet_values(pack, sheet, computed)[0] for sheet in sheets.values())
    return _Case(pack, application, computed, sheets, numbers)


def _arithmetic(case: _Case) -> None:
    """The mean of every item, groups, parts, total, its rounding, every expert's total and the error: no more."""
    pack, settings = case.pack, case.pack.settings
    means = {}
    for item in pack.items:
        marks = [numbers[item.id] for numbers in case.numbers]
        means[item.id] = panel_mean([mark for mark in marks if mark is not None], settings)
    sums = sum_up(pack, means, frozenset())
    if sums.total is None:
        raise RuntimeError("the floor has gaps")
    rounded(sums.total, settings.digits, settings.rounding)
    totals = [sum_up(pack, numbers, frozenset()).total for numbers in case.numbers]
    error_squared([total for total in totals if total is not None])


def _from_registry(setting: Setting) -> Iterator[Figure]:
    count = setting.pick(10, 200, 600)
    made = make_round(setting.room("panel"), count=count, experts=SEATS * setting.pick(1, 4, 10), seats=SEATS)
    office = reopen(made.folder)
    merge_files(office, [made.files], results=False)
    cases = [_case(application) for application in applications(count)]

    def measured() -> None:
        compute(office)

    def floor() -> None:
        for case in cases:
            _arithmetic(case)

    def everything() -> None:
        analytics(office)

    facts = {"applications": count, "sheets": made.sheets}
    yield versus("results from the registry", measured, floor, budget=None, repeat=setting.pick(2, 3), facts=facts)
    yield versus("analytics beside results", everything, measured, budget=None, repeat=setting.pick(2, 3), facts=facts)
    office.close()
