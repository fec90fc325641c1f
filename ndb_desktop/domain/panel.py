"""汇总: one panel's result for one application from the sheets that count (panel A.1 to A.4).

Five item states stay distinct: `scored`, `not_applicable`, `absent` (缺席), `recused` (回避), `void` (作废); only
`scored` enters a mean, and 0 is a score. From `trim_from` (7) on one highest and one lowest are dropped: marks of each
item, or with `trim_level` `total` whole sheets by the experts' own totals. With `min_panel` (5) or more the plain mean
is taken; with fewer there is no result.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as of_instance
from decimal import Context, Decimal
from fractions import Fraction
from typing import Literal

from ndb_desktop.domain.model import Application, Category, PartId
from ndb_desktop.domain.numbers import exact, half_up, in_common, rounded
from ndb_desktop.domain.panelflags import (
    Flag,
    ItemJudgements,
    PanelJudgements,
    judged_total,
    mean_and_variance,
    panel_flags,
)
from ndb_desktop.domain.rulepack import ItemDef, PackSettings, RulePack
from ndb_desktop.domain.scoring import GroupScores, computed_values, sheet_values, sum_up, total_of
from ndb_desktop.domain.sheet import ItemEntry, Sheet

MarkState = Literal["scored", "not_applicable", "absent", "recused", "void"]
ExpertState = Literal["scored", "unable", "absent", "recused", "void"]
PanelStatus = Literal["ok", "needs_more_reviewers"]
PanelItemState = Literal["scored", "not_applicable", "needs_more_reviewers"]

_LEAST_TO_TRIM = 3
"""Without two of them, one must be left."""
_NO_MARK = Fraction(-1)


@dataclass(frozen=True, slots=True)
class ItemMark:
    """One expert's mark for one item; `value` only with the state `scored`."""

    state: MarkState
    value: Fraction | None = None

    def __post_init__(self) -> None:
        if (self.value is not None) != (self.state == "scored"):
            raise ValueError(f"a mark with state {self.state} and value {self.value}")


@dataclass(frozen=True, slots=True)
class PanelItem:
    """A panel's value of one item. `marks` counts every state; `trimmed` says whether two marks were dropped."""

    state: PanelItemState
    value: Fraction | None
    n_valid: int
    trimmed: bool
    marks: Mapping[str, int]
    computed: bool = False


@dataclass(frozen=True, slots=True)
class PanelResult:
    """汇总结果 of one application. `published` is the total as rounded once; it decides against the threshold.

    `experts` says how each assigned expert counted, `expert_totals` their own totals, `judged_totals` the weighted
    means of what they judged themselves (see `panelflags`); `error_squared` is the exact square of the standard error
    of the panel mean (internal view only). `dropped` are the experts with the lowest and the highest total whose
    sheets were left out as a whole, only with `trim_level` `total`.
    """

    application: str
    category: Category
    field: str
    status: PanelStatus
    n_valid: int
    experts: Mapping[str, ExpertState]
    items: Mapping[str, PanelItem]
    groups: GroupScores
    parts: Mapping[PartId, Fraction | None]
    total: Fraction | None
    published: Decimal | None
    expert_totals: Mapping[str, Fraction]
    error_squared: Fraction | None
    flags: tuple[Flag, ...]
    dropped: tuple[str, ...] = ()
    judged_totals: Mapping[str, Fraction] = of_instance(default_factory=dict)


def panel_mean(values: Sequence[Fraction], settings: PackSettings) -> Fraction | None:
    """The mean of one item's marks, None below `min_panel`; at `trim_level` `item` trimmed from `trim_from` on."""
    if len(values) < settings.min_panel:
        return None
    numerators, common = in_common(values)
    total, n = sum(numerators), len(values)
    if settings.trim_level == "item" and n >= max(settings.trim_from, _LEAST_TO_TRIM):
        return Fraction(total - max(numerators) - min(numerators), common * (n - 2))
    return Fraction(total, common * n)


def panel_item(marks: Iterable[ItemMark], settings: PackSettings, left_out: Iterable[ItemMark] = ()) -> PanelItem:
    """The panel's value of one judged item. It is not applicable only if every expert who answered says so.

    `left_out` are marks on sheets dropped as a whole: they count as marks of the panel, but not for its mean.
    """
    kept, gone = list(marks), list(left_out)
    counts: dict[str, int] = {}
    for mark in (*kept, *gone):
        counts[mark.state] = counts.get(mark.state, 0) + 1
    values = [mark.value for mark in kept if mark.value is not None]
    n = counts.get("scored", 0)
    if _spared(n, counts, settings):
        return PanelItem("not_applicable", None, 0, trimmed=False, marks=counts)
    if n > len(values):
        # The whole panel must be large enough, not what is left of it.
        enough = n >= settings.min_panel and bool(values)
        value = Fraction(sum(values), len(values)) if enough else None
        trimmed = enough
    else:
        value = panel_mean(values, settings)
        trimmed = value is not None and settings.trim_level == "item" and n >= max(settings.trim_from, _LEAST_TO_TRIM)
    state: PanelItemState = "needs_more_reviewers" if value is None else "scored"
    return PanelItem(state, value, n, trimmed, counts)


def dropped_sheets(
    totals: Mapping[str, Fraction], marks: Mapping[str, Mapping[str, Fraction | None]], settings: PackSettings
) -> tuple[str, ...]:
    """With `trim_level` `total`: the experts with the lowest and the highest own total, else nobody.

    Of equal totals the marks decide, item by item, and only identical sheets are told apart by the expert's id: so
    which sheet goes never depends on the order or the names of experts. `marks` are item scores per expert.
    """
    if settings.trim_level != "total" or len(totals) < max(settings.trim_from, _LEAST_TO_TRIM):
        return ()

    def place(expert: str) -> tuple[Fraction, list[Fraction], str]:
        own = marks[expert]
        # Below every mark, so that an item that does not apply has a place in the order too.
        return totals[expert], [_NO_MARK if (value := own[item]) is None else value for item in sorted(own)], expert

    order = sorted(totals, key=place)
    return order[0], order[-1]


def _spared(valid: int, counts: Mapping[str, int], settings: PackSettings) -> bool:
    return not valid and counts.get("not_applicable", 0) >= settings.min_panel


def expert_states(sheets: Mapping[str, Sheet], states: Mapping[str, ExpertState]) -> Mapping[str, ExpertState]:
    """How each expert counts: `states` decide (作废, 缺席), else the sheet does; without a sheet it is `absent`."""
    result: dict[str, ExpertState] = {}
    for expert in sorted({*sheets, *states}):
        own: ExpertState = sheets[expert].status if expert in sheets else "absent"
        stated = states.get(expert, "scored")
        result[expert] = own if stated == "scored" else stated
    return result


def mark_of(state: ExpertState, entry: ItemEntry | None, value: Fraction | None) -> ItemMark:
    """One expert's mark for one item: how the expert counts, what the entry says, the score it gives."""
    if state != "scored":
        return ItemMark("absent" if state == "unable" else state)
    if entry is not None and entry.state != "open" and entry.state != "scored":
        return ItemMark(entry.state)
    # A signed sheet cannot have an item without a mark; if one came in, it is nobody's score, never a 0.
    return ItemMark("absent") if value is None else ItemMark("scored", value)


def panel_result(
    pack: RulePack,
    application: Application,
    k: Fraction,
    sheets: Mapping[str, Sheet],
    states: Mapping[str, ExpertState] | None = None,
    computed: Mapping[str, Fraction] | None = None,
) -> PanelResult:
    """The panel's result for one application from the sheets of its experts (汇总).

    `states` names assigned experts without a sheet, and overrides what a sheet says (`void`). Computed items have one
    value for all; experts decide about them only by `not_applicable`. `computed` may hand in `computed_values`.
    """
    experts = expert_states(sheets, states or {})
    computed = computed_values(pack, application, k) if computed is None else computed
    valid = [expert for expert, state in experts.items() if state == "scored"]
    marks = {expert: sheet_values(pack, sheets[expert], computed) for expert in valid}
    totals = {expert: total for expert in valid if (total := total_of(pack, *marks[expert])) is not None}
    dropped = dropped_sheets(totals, {expert: values for expert, (values, _) in marks.items()}, pack.settings)
    items = {
        item.id: _computed_item(item, experts, sheets, computed.get(item.id), pack.settings)
        if item.computed
        else _judged_item(
            item, experts, sheets, {e: values[item.id] for e, (values, _) in marks.items()}, pack.settings, dropped
        )
        for item in pack.items
    }
    spared = frozenset(name for name, item in items.items() if item.state == "not_applicable")
    enough = len(valid) >= pack.settings.min_panel
    values = {name: item.value if enough else None for name, item in items.items()}
    sums = sum_up(pack, values, spared)
    settings = pack.settings
    judgements = _judgements(pack, {expert: sheets[expert] for expert in valid})
    published = None if sums.total is None else rounded(sums.total, settings.digits, settings.rounding)
    return PanelResult(
        application=application.id,
        category=application.category,
        field=application.field,
        status="ok" if sums.total is not None else "needs_more_reviewers",
        n_valid=len(valid),
        experts=experts,
        items=items,
        groups=sums.groups,
        parts=sums.parts,
        total=sums.total,
        published=published,
        expert_totals=totals,
        error_squared=error_squared(list(totals.values())),
        flags=panel_flags(application.id, judgements, settings.flags),
        dropped=dropped,
        judged_totals=judgements.totals,
    )


def _judged_item(
    item: ItemDef,
    experts: Mapping[str, ExpertState],
    sheets: Mapping[str, Sheet],
    values: Mapping[str, Fraction | None],
    settings: PackSettings,
    dropped: Collection[str],
) -> PanelItem:
    """`values` are the item's scores on the sheets that count; `dropped` those of them the mean leaves out."""
    marks = {
        expert: mark_of(state, _entry(item, sheets.get(expert)), values.get(expert))
        for expert, state in experts.items()
    }
    kept = [mark for expert, mark in marks.items() if expert not in dropped]
    return panel_item(kept, settings, [marks[expert] for expert in dropped])


def _computed_item(
    item: ItemDef,
    experts: Mapping[str, ExpertState],
    sheets: Mapping[str, Sheet],
    computed: Fraction | None,
    settings: PackSettings,
) -> PanelItem:
    """R12: the datum decides, not how many confirmed it; no mean is needed over one value."""
    counts: dict[str, int] = {}
    for expert, state in experts.items():
        entry = _entry(item, sheets.get(expert))
        given = computed if entry is not None and entry.state == "scored" else None
        mark = mark_of(state, entry, given)
        counts[mark.state] = counts.get(mark.state, 0) + 1
    valid = counts.get("scored", 0)
    if _spared(valid, counts, settings):
        return PanelItem("not_applicable", None, 0, trimmed=False, marks=counts)
    return PanelItem("scored", computed, valid, trimmed=False, marks=counts, computed=True)


def _entry(item: ItemDef, sheet: Sheet | None) -> ItemEntry | None:
    return None if sheet is None else sheet.items.get(item.id)


def _judgements(pack: RulePack, sheets: Mapping[str, Sheet]) -> PanelJudgements:
    judged = [item for item in pack.items if not item.computed]
    items = []
    for item in judged:
        values = {}
        for expert, sheet in sheets.items():
            entry = sheet.items.get(item.id)
            if entry is not None and entry.state == "scored" and entry.value is not None:
                values[expert] = exact(entry.value)
        items.append(ItemJudgements(item.id, values))
    totals = {expert: judged_total(pack, sheet) for expert, sheet in sheets.items()}
    return PanelJudgements(
        items=tuple(items),
        totals={expert: total for expert, total in totals.items() if total is not None},
        best=max((exact(band.high) for band in pack.bands), default=Fraction(100)),
    )


def error_squared(totals: Sequence[Fraction]) -> Fraction | None:
    """The square of the standard error of the mean of experts' totals: sample variance / n; None for fewer than 2."""
    if len(totals) < 2:
        return None
    return mean_and_variance(totals)[1] / len(totals)


def standard_error(squared: Fraction, digits: int = 2) -> Decimal:
    """The standard error (标准误) for display: a decimal square root of the exact variance."""
    context = Context(prec=50)
    root = context.sqrt(context.divide(Decimal(squared.numerator), Decimal(squared.denominator)))
    return half_up(root, digits)


def reached(result: PanelResult, settings: PackSettings) -> bool:
    """达标: whether the total reaches the threshold, on the published value unless the pack says `exact`."""
    if result.total is None or result.published is None:
        return False
    return deciding(result, settings) >= exact(settings.threshold)


def deciding(result: PanelResult, settings: PackSettings) -> Fraction:
    """The value that thresholds and quotas compare; only for results that have a total."""
    if result.total is None or result.published is None:
        raise ValueError(f"{result.application}: no result to compare")
    return exact(result.published) if settings.compare_on == "published" else result.total
