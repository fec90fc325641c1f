"""评估验收的结论: every target, every task, the shares, and passed or not with the conditions missed (panel E.3).

Nought, missing (缺报), not promised and not applicable stay apart: a missing actual value counts 0 and says so; what
was never promised or does not apply gives its weight to the rest of its 一级指标. Over-achievement offsets nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from ndb_desktop.domain.acceptance import AcceptanceResult, accept, target_result, task_completion
from ndb_desktop.domain.numbers import exact, rounded
from ndb_desktop.domain.panel import ItemMark, PanelItem, PanelStatus
from ndb_desktop.domain.rulepack import PackSettings
from ndb_desktop.domain.stagecase import Promise, StageCase
from ndb_desktop.domain.stagepack import AcceptancePack, Deciding, TaskRule

RowState = Literal["ok", "missing", "not_promised", "not_applicable"]
RowNote = Literal["keep", "easier", "no_base", "worse_than_base", "over"]
"""保持类目标; a target easier than its base; no base known (then the level decides); worse than the base; more than
promised."""


@dataclass(frozen=True, slots=True)
class TargetRow:
    """One target: both figures are shown, `counted` is what the pack's deciding one gives (0..1).

    With the state `missing` it counts 0 and has neither figure; with `not_promised` and `not_applicable` it counts
    nothing at all. A qualitative indicator has its tasks' completion as `counted` and no figures.
    """

    id: str
    group: str
    weight: Decimal
    state: RowState
    base: Fraction | None = None
    target: Fraction | None = None
    actual: Fraction | None = None
    met: bool | None = None
    progress: Fraction | None = None
    level: Fraction | None = None
    counted: Fraction | None = None
    notes: tuple[RowNote, ...] = ()
    by_tasks: bool = False


@dataclass(frozen=True, slots=True)
class TaskRow:
    """One task with the panel's value: 0, 1/2 or 1, `not_applicable`, or too few experts."""

    id: str
    indicator: str
    weight: Decimal
    item: PanelItem


@dataclass(frozen=True, slots=True)
class AcceptanceOutcome:
    """验收结论. `passed` is None while the panel is too small. Shares are 0..1, None where nothing was promised.

    `failed` names conditions: `veto`, `tasks`, `targets`, or a group. `challenged` are targets whose actual value an
    expert disputes and nobody has settled; `missing` those without an actual value.
    """

    application: str
    case: str
    pack: str
    status: PanelStatus
    passed: bool | None
    failed: tuple[str, ...]
    tasks: tuple[TaskRow, ...]
    targets: tuple[TargetRow, ...]
    task_share: Fraction | None
    target_share: Fraction | None
    groups: Mapping[str, Fraction | None]
    vetoes: tuple[str, ...] = ()
    challenged: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


def target_row(promise: Promise, actual: Fraction | None, deciding: Deciding) -> TargetRow:
    """One promise against its actual value, None = missing."""
    measured = promise.measured
    if promise.state != "promised" or promise.target is None:
        state: RowState = "not_applicable" if promise.state == "not_applicable" else "not_promised"
        return TargetRow(measured.id, measured.group, measured.weight, state)
    base, goal, down = promise.base, promise.target, measured.direction == "down"
    easier = base is not None and (goal > base if down else goal < base)
    notes: list[RowNote] = ["no_base"] if base is None else ["easier"] if easier else ["keep"] if base == goal else []
    row = TargetRow(measured.id, measured.group, measured.weight, "ok", base, goal, actual, notes=tuple(notes))
    if actual is None:
        return replace(row, state="missing", met=False, counted=Fraction(0))
    # Without a way to go, the target itself is what is to be kept.
    found = target_result(goal if base is None or easier else base, goal, actual, measured.direction)
    if base is not None and (actual > base if down else actual < base):
        notes.append("worse_than_base")
    if actual < goal if down else actual > goal:
        notes.append("over")
    level = Fraction(int(found.met)) if found.level is None else found.level
    counted = found.progress if deciding == "progress" else level
    return replace(row, met=found.met, progress=found.progress, level=found.level, counted=counted, notes=tuple(notes))


def panel_task(marks: Iterable[ItemMark], settings: PackSettings, rule: TaskRule) -> PanelItem:
    """The panel's value of one task: the median of the valid experts, of two middles the one the rule names.

    Not applicable only if a whole panel says so and nobody found otherwise; below `min_panel` there is no value.
    """
    counts: dict[str, int] = {}
    values: list[Fraction] = []
    for mark in marks:
        counts[mark.state] = counts.get(mark.state, 0) + 1
        if mark.value is not None:
            values.append(mark.value)
    if not values and counts.get("not_applicable", 0) >= settings.min_panel:
        return PanelItem("not_applicable", None, 0, trimmed=False, marks=counts)
    if len(values) < settings.min_panel:
        return PanelItem("needs_more_reviewers", None, len(values), trimmed=False, marks=counts)
    place = (len(values) - 1) // 2 if rule == "lower_median" else len(values) // 2
    return PanelItem("scored", sorted(values)[place], len(values), trimmed=False, marks=counts)


def shares(rows: Sequence[TargetRow]) -> tuple[Fraction | None, Mapping[str, Fraction | None]]:
    """The weighted share over all groups and per group; None where nothing counts.

    Within a group the weight of what is not promised goes to the others; a group without anything to its like.
    """
    full: dict[str, Fraction] = {}
    sums: dict[str, tuple[Fraction, Fraction]] = {}
    for row in rows:
        above, below = sums.setdefault(row.group, (Fraction(0), Fraction(0)))
        if row.state == "not_applicable" and not row.by_tasks:
            continue  # not asked for in this field, where the others weigh 100 without it
        weight = exact(row.weight)
        full[row.group] = full.get(row.group, Fraction(0)) + weight
        if row.counted is not None:
            sums[row.group] = above + weight * row.counted, below + weight
    groups = {group: above / below if below else None for group, (above, below) in sums.items()}
    counting = [(full[group], share) for group, share in groups.items() if share is not None]
    total = sum((weight for weight, _ in counting), Fraction(0))
    return sum((weight * share for weight, share in counting), Fraction(0)) / total if total else None, groups


def acceptance_outcome(
    pack: AcceptancePack,
    case: StageCase,
    actuals: Mapping[str, Fraction | None],
    marks: Mapping[str, Iterable[ItemMark]],
    *,
    vetoes: Collection[str] = (),
    challenged: Collection[str] = (),
) -> AcceptanceOutcome:
    """The result of one base. `marks` are the experts' findings per task id, `actuals` from `actual_values`.

    `vetoes` are grounds of the pack that were decided, `challenged` targets with an open challenge.
    """
    tasks = tuple(
        TaskRow(task.id, task.indicator, task.weight, panel_task(marks.get(task.id, ()), pack.settings, pack.task_rule))
        for task in case.tasks
    )
    rows = [target_row(promise, actuals.get(promise.id), pack.deciding) for promise in case.promises]
    rows += [_by_tasks(one.indicator, one.group, one.weight, tasks) for one in pack.by_tasks]
    enough = all(row.item.state != "needs_more_reviewers" for row in tasks)
    task_share, (target_share, groups) = _completion(tasks), shares(rows)
    found = _accepted(pack, task_share, target_share, groups, bool(vetoes)) if enough else None
    return AcceptanceOutcome(
        application=case.application,
        case=case.digest,
        pack=pack.digest,
        status="ok" if enough else "needs_more_reviewers",
        passed=found.passed if found else None,
        failed=found.failed if found else (),
        tasks=tasks,
        targets=tuple(rows),
        task_share=task_share if enough else None,
        target_share=target_share if enough else None,
        groups={group.id: groups.get(group.id) if enough else None for group in pack.groups},
        vetoes=tuple(sorted(vetoes)),
        challenged=tuple(sorted(challenged)),
        missing=tuple(row.id for row in rows if row.state == "missing"),
    )


def _completion(tasks: Iterable[TaskRow]) -> Fraction | None:
    """重点任务完成率 of the tasks that apply; None without any."""
    rows = [(row.weight, row.item.value) for row in tasks if row.item.value is not None]
    return task_completion([(weight, value) for weight, value in rows]) if any(w > 0 for w, _ in rows) else None


def _by_tasks(indicator: str, group: str, weight: Decimal, tasks: Iterable[TaskRow]) -> TargetRow:
    mine = [row for row in tasks if row.indicator == indicator]
    share = _completion(mine)
    spared = all(row.item.state == "not_applicable" for row in mine)
    state: RowState = "not_promised" if not mine else "not_applicable" if spared else "ok"
    return TargetRow(indicator, group, weight, state, counted=share, by_tasks=True)


def _accepted(
    pack: AcceptancePack,
    tasks: Fraction | None,
    targets: Fraction | None,
    groups: Mapping[str, Fraction | None],
    veto: bool,
) -> AcceptanceResult:
    """A share that nothing was promised for is not shown to be reached; a group without promises cannot be missed."""

    def compared(share: Fraction | None) -> Fraction:
        settings = pack.settings
        if share is None or settings.compare_on == "exact":
            return share or Fraction(0)
        return exact(rounded(share * 100, settings.digits, settings.rounding)) / 100

    found = {group.id: compared(share) for group in pack.groups if (share := groups.get(group.id)) is not None}
    return accept(compared(tasks), compared(targets), found, veto=veto, limits=pack.limits)
