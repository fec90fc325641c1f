"""Panel statistics: 600 applications x 7 sheets against the exact arithmetic alone, on the same numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from benchmarks.harness import Figure, Setting, versus
from benchmarks.round import applications, full_sheet, make_round, packs, reopen
from ndb_desktop.domain.model import Application
from ndb_desktop.domain.numbers import rounded
from ndb_desktop.domain.panel import error_squared, panel_mean, panel_result
from ndb_desktop.domain.rulepack import RulePack
from ndb_desktop.domain.scoring import computed_values, sheet_values, sum_up
from ndb_desktop.domain.sheet import Sheet
from ndb_desktop.services.merge import merge_files
from ndb_desktop.services.results_compute import compute

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
    yield from _from_registry(setting)


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

    facts = {"applications": count, "sheets": made.sheets}
    yield versus("results from the registry", measured, floor, budget=None, repeat=setting.pick(2, 3), facts=facts)
    office.close()
