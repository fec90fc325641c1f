"""结论的说法: the outcome of a base in words and rounded figures, the same for command line, window and report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from ndb_desktop.domain.effect import EffectOutcome
from ndb_desktop.domain.numbers import brief, plain, rounded
from ndb_desktop.domain.panel import PanelItem
from ndb_desktop.domain.stageform import stage_item_id
from ndb_desktop.domain.stagepack import AcceptancePack, AnyStagePack, EffectPack, StageId
from ndb_desktop.domain.stageresult import AcceptanceOutcome, RowNote, RowState, TargetRow
from ndb_desktop.domain.stageverdict import Verdict, Waiting
from ndb_desktop.domain.stagework import StageWork
from ndb_desktop.services.stage_results import BaseResult
from ndb_desktop.texts import text

NOTHING = "\u2014"
_STAGES: Mapping[StageId, str] = {
    "acceptance": "stageresult.stage.acceptance", "effect": "stageresult.stage.effect",
}  # fmt: skip
_VERDICTS: Mapping[tuple[Verdict, StageId], str] = {
    ("passed", "acceptance"): "stageresult.passed.acceptance",
    ("passed", "effect"): "stageresult.passed.effect",
    ("not_passed", "acceptance"): "stageresult.not_passed.acceptance",
    ("not_passed", "effect"): "stageresult.not_passed.effect",
}
_WAITS: Mapping[Waiting, str] = {
    "material": "stageresult.wait.material", "rectify": "stageresult.wait.rectify",
    "reviewers": "stageresult.wait.reviewers", "contradiction": "stageresult.wait.contradiction",
    "challenge": "stageresult.wait.challenge", "check": "stageresult.wait.check",
}  # fmt: skip
_STATES: Mapping[RowState, str] = {
    "ok": "stageresult.state.ok", "missing": "stageresult.state.missing",
    "not_promised": "stageresult.state.not_promised", "not_applicable": "stageresult.state.not_applicable",
}  # fmt: skip
_NOTES: Mapping[RowNote, str] = {
    "keep": "stageresult.note.keep", "easier": "stageresult.note.easier", "no_base": "stageresult.note.no_base",
    "worse_than_base": "stageresult.note.worse_than_base", "over": "stageresult.note.over",
}  # fmt: skip
_DONE: Mapping[Fraction, str] = {
    Fraction(0): "stageresult.task.none", Fraction(1, 2): "stageresult.task.part",
    Fraction(1): "stageresult.task.full",
}  # fmt: skip
_SAID: Mapping[str, str] = {
    "confirmed": "stageresult.said.confirmed", "challenged": "stageresult.said.challenged",
    "not_applicable": "stageresult.task.not_applicable",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ItemWords:
    """A line of the table of a base. `item` is the id in the score sheets, "" where experts find nothing.

    A target has base, target, actual, progress, level and `counted`; a task or judged item only what the panel found
    (`counted`) and what each expert did (`experts`: id and words). Figures have their `unit` with them;
    `short` is the name of a target without that of its indicator.
    """

    item: str
    label: str
    weight: str
    base: str = ""
    target: str = ""
    actual: str = ""
    progress: str = ""
    level: str = ""
    counted: str = ""
    note: str = ""
    unit: str = ""
    short: str = ""
    experts: tuple[tuple[str, str], ...] = ()


def stage_text(stage: StageId, language: str) -> str:
    """评估验收 or 成效评估."""
    return text(_STAGES[stage], language)


def verdict_text(verdict: Verdict, stage: StageId, language: str) -> str:
    """通过, 不通过, 待定 (成效评估: 合格, 不合格)."""
    return text(_VERDICTS.get((verdict, stage), "stageresult.waiting"), language)


def percent(share: Fraction | None, pack: AnyStagePack, language: str) -> str:
    """A share (0..1) as a percentage, rounded once as the pack says."""
    if share is None:
        return NOTHING
    settings = pack.settings
    value = rounded(share * 100, settings.digits, settings.rounding)
    return text("stageresult.percent", language, value=f"{value:f}")


def reasons(base: BaseResult, language: str, today: date) -> tuple[str, ...]:
    """Why a base waits, else the conditions it failed, by name; none for one that passed."""
    if base.verdict == "waiting":
        return tuple(_waits(base, language, today))
    return conditions(base, language)


def conditions(base: BaseResult, language: str) -> tuple[str, ...]:
    """The conditions that failed, each with the figure and the limit."""
    work, outcome = base.work, base.outcome
    if work is None or outcome is None:
        return ()
    return tuple(_condition(name, work.pack, outcome, language) for name in outcome.failed)


def _condition(name: str, pack: AnyStagePack, outcome: AcceptanceOutcome | EffectOutcome, language: str) -> str:
    if name == "veto":
        grounds = [pack.grounds[ground].get(language) for ground in outcome.vetoes if ground in pack.grounds]
        return text("stageresult.fail.veto", language, grounds=text("list.separator", language).join(grounds))
    if isinstance(outcome, EffectOutcome):
        mark = plain(pack.pass_mark) if isinstance(pack, EffectPack) else NOTHING
        total = NOTHING if outcome.published is None else f"{outcome.published:f}"
        return text("stageresult.fail.score", language, share=total, least=mark)
    if not isinstance(pack, AcceptancePack):
        raise TypeError(pack)
    limits = pack.limits
    if name == "tasks":
        figures = _figures(outcome.task_share, limits.tasks, pack, language)
        return text("stageresult.fail.tasks", language, **figures)
    if name == "targets":
        figures = _figures(outcome.target_share, limits.targets, pack, language)
        return text("stageresult.fail.targets", language, **figures)
    group = next(one.title.get(language) for one in pack.groups if one.id == name)
    figures = _figures(outcome.groups.get(name), limits.group, pack, language)
    return text("stageresult.fail.group", language, group=group, **figures)


def _figures(share: Fraction | None, least: Fraction, pack: AnyStagePack, language: str) -> Mapping[str, str]:
    said = text("stageresult.share.none", language) if share is None else percent(share, pack, language)
    return {"share": said, "least": percent(least, pack, language)}


def _waits(base: BaseResult, language: str, today: date) -> Iterator[str]:
    due = base.life.due
    until = NOTHING if due is None else due.day.isoformat()
    for why in base.waiting:
        key = _WAITS[why]
        if why == "rectify" and due is not None and today > due.day:
            key = "stageresult.wait.overdue"
        least = base.work.pack.settings.min_panel if base.work else 0
        targets = text("list.separator", language).join(target_label(base, name, language) for name in base.challenged)
        yield text(key, language, until=until, valid=len(base.sheets), least=least, targets=targets)


def missing_text(base: BaseResult, language: str) -> str:
    """The targets without an actual value, "" when there are none."""
    if not base.missing:
        return ""
    names = text("list.separator", language).join(target_label(base, name, language) for name in base.missing)
    return text("stageresult.missing", language, targets=names)


def first_text(base: BaseResult, language: str) -> str:
    """What the rectification was decided on, "" without one."""
    if base.first is None:
        return ""
    until = next((s.act.until for s in reversed(base.life.steps) if s.act.move == "rectify"), None)
    failed = text("list.separator", language).join(_bare(base, name, language) for name in base.first.failed)
    return text("stageresult.first", language, failed=failed, until=until or NOTHING)


def _bare(base: BaseResult, name: str, language: str) -> str:
    """A condition without its figures: they are those of the first outcome, which stand in its record."""
    keys = {"tasks": "stageresult.bare.tasks", "targets": "stageresult.bare.targets", "score": "stageresult.bare.score"}
    if name in keys:
        return text(keys[name], language)
    groups = base.work.pack.groups if base.work else ()
    return next((one.title.get(language) for one in groups if one.id == name), name)


def target_label(base: BaseResult, target: str, language: str) -> str:
    """Number and name of a target."""
    return target if base.work is None else promise_label(base.work, target, language)


def promise_label(work: StageWork, target: str, language: str) -> str:
    """The same from what is examined of a base; the id of a target that the base has not set."""
    promise = work.case.promise_by_id.get(target)
    if promise is None:
        return target
    title, label = promise.measured.title.get(language), promise.measured.label.get(language)
    name = title if title == label else text("stageresult.both", language, title=title, label=label)
    return f"{promise.measured.indicator} {name}"


def shares_text(base: BaseResult, language: str) -> str:
    """Both shares of an acceptance, the total of an effect evaluation; "" before there are any."""
    outcome = base.outcome
    if base.work is None or outcome is None or outcome.passed is None:
        return ""
    pack = base.work.pack
    if isinstance(outcome, AcceptanceOutcome):
        tasks, targets = percent(outcome.task_share, pack, language), percent(outcome.target_share, pack, language)
        return text("stageresult.shares", language, tasks=tasks, targets=targets)
    mark = plain(pack.pass_mark) if isinstance(pack, EffectPack) else NOTHING
    total = NOTHING if outcome.published is None else f"{outcome.published:f}"
    return text("stageresult.total", language, total=total, mark=mark)


def item_words(base: BaseResult, language: str) -> tuple[ItemWords, ...]:
    """Every target, then every task or judged item, in the order of the form."""
    return tuple(_items(base, language))


def _items(base: BaseResult, language: str) -> Iterator[ItemWords]:
    work, outcome = base.work, base.outcome
    if work is None or outcome is None:
        return
    rows = outcome.targets if isinstance(outcome, AcceptanceOutcome) else outcome.held
    for row in rows:
        if row.state != "not_applicable" or row.by_tasks:
            yield _target(base, row, language)
    if isinstance(outcome, AcceptanceOutcome):
        titles = {task.id: task.title for task in work.case.tasks}
        for task in outcome.tasks:
            item = stage_item_id("task", task.id)
            label = f"{task.id} {titles[task.id]}"
            found, experts = _found(task.item, language), _experts(base, item, language)
            yield ItemWords(item, label, plain(task.weight), counted=found, experts=experts)
        return
    for judged in work.pack.judged if isinstance(work.pack, EffectPack) else ():
        item, panel = stage_item_id("judged", judged.id), outcome.items[judged.id]
        value = text("stageresult.task.few", language) if panel.value is None else brief(panel.value)
        weight, label = plain(judged.weight), judged.title.get(language)
        yield ItemWords(item, label, weight, counted=value, experts=_experts(base, item, language))


def _target(base: BaseResult, row: TargetRow, language: str) -> ItemWords:
    work = base.work
    if work is None:
        raise ValueError(row.id)
    pack, weight = work.pack, plain(row.weight)
    if row.by_tasks:
        rule = (
            next(one for one in pack.by_tasks if one.indicator == row.id) if isinstance(pack, AcceptancePack) else None
        )
        label = row.id if rule is None else f"{row.id} {rule.title.get(language)}"
        said = "stageresult.note.by_tasks" if row.state == "ok" else _STATES[row.state]
        counted = percent(row.counted, pack, language)
        return ItemWords("", label, weight, counted=counted, note=text(said, language))
    measured = pack.measured_by_id[row.id]
    unit = text(f"unit.{measured.unit}", language)

    def figure(value: Fraction | None) -> str:
        return NOTHING if value is None else f"{brief(value, 4)} {unit}".strip()

    promised = row.state in ("ok", "missing")
    item = stage_item_id("target", row.id) if promised else ""
    return ItemWords(
        item=item,
        label=target_label(base, row.id, language),
        weight=weight,
        base=figure(row.base),
        target=figure(row.target),
        actual=text(_STATES["missing"], language) if row.state == "missing" else figure(row.actual),
        progress=percent(row.progress, pack, language),
        level=percent(row.level, pack, language),
        counted=percent(row.counted, pack, language),
        note=text("list.separator", language).join(_notes(base, row, language)),
        unit=unit,
        short=f"{measured.indicator} {measured.label.get(language)}",
        experts=_experts(base, item, language) if promised else (),
    )


def _notes(base: BaseResult, row: TargetRow, language: str) -> Iterator[str]:
    if row.state != "ok":
        yield text(_STATES[row.state], language)
    if row.met is not None and row.state == "ok":
        yield text("stageresult.met" if row.met else "stageresult.unmet", language)
    for note in row.notes:
        yield text(_NOTES[note], language)
    known = base.work.actual_by_id.get(row.id) if base.work else None
    if known is not None and known.verified is not None:
        was = NOTHING if known.value is None else plain(known.value)
        yield text("stageresult.note.verified", language, value=plain(known.verified), was=was)
    if row.id in base.challenged:
        yield text("stageresult.note.challenged", language)


def _found(item: PanelItem, language: str) -> str:
    if item.state == "not_applicable":
        return text("stageresult.task.not_applicable", language)
    return text("stageresult.task.few" if item.value is None else _DONE[item.value], language)


def _experts(base: BaseResult, item: str, language: str) -> tuple[tuple[str, str], ...]:
    """What each counted sheet says: a value, or the state of an item without one."""
    found = []
    for expert, stored in sorted(base.sheets.items()):
        entry = stored.sheet.items.get(item)
        if entry is None:
            continue
        said = text(_SAID.get(entry.confirm or entry.state, "state.open"), language)
        found.append((expert, said if entry.value is None else plain(entry.value)))
    return tuple(found)
