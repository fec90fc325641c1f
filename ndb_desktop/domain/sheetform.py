"""表单: what the sheet of one application asks, whatever the stage. Walk, lists, checks and files all ask it alone.

In selection the form is the rule pack; in 评估验收 and 成效评估 it follows from the base as well, because targets and
tasks differ from base to base.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property
from typing import Protocol

from ndb_desktop.domain.effect import EffectOutcome, effect_outcome, to_hold
from ndb_desktop.domain.errors import Fault
from ndb_desktop.domain.model import Application, Task
from ndb_desktop.domain.phrase import LocalText
from ndb_desktop.domain.rulepack import Band, PackSettings, RulePack
from ndb_desktop.domain.scoring import sheet_findings
from ndb_desktop.domain.sheet import Challenge, LevelId, Sheet, item_id
from ndb_desktop.domain.sheetcheck import item_findings as selection_findings
from ndb_desktop.domain.stagecase import Promise
from ndb_desktop.domain.stageform import (
    StageItem,
    challenged_target,
    stage_findings,
    stage_item_findings,
    stage_item_id,
    stage_marks,
)
from ndb_desktop.domain.stagepack import AnyStagePack, EffectPack
from ndb_desktop.domain.stageresult import AcceptanceOutcome, TargetRow, acceptance_outcome, target_row
from ndb_desktop.domain.stagework import StageWork

TARGET, TASK, JUDGED = "target", "task", "judged"
"""Parts of the form of a later stage; those of selection are `rulepack.PARTS`."""
_NONE = LocalText("", "")


class FormItem(Protocol):
    """One item of any form.

    `computed`: the program says what it gives, the expert confirms or challenges the data; `levelled`: it takes a level
    and a number inside it. An item that is neither is a task. `skippable`: it may be found not to apply.
    """

    @property
    def id(self) -> str:
        """The item's id in a score sheet."""

    @property
    def part(self) -> str:
        """基本情况, 创建工作方案, or one of `TARGET`, `TASK`, `JUDGED`."""

    @property
    def weight(self) -> Decimal:
        """Points of 100 among the items of its kind."""

    @property
    def computed(self) -> bool:
        """Whether the expert enters no value at all."""

    @property
    def mixed(self) -> bool:
        """Whether half of its score is computed."""

    @property
    def levelled(self) -> bool:
        """Whether it takes a level and a value."""

    @property
    def skippable(self) -> bool:
        """Whether it may be found not to apply."""

    @property
    def number(self) -> str:
        """What stands before its title, such as `P1.1`; "" for none."""

    @property
    def title(self) -> LocalText:
        """Its name."""

    @property
    def asks(self) -> LocalText:
        """What is asked; empty where the title says it all."""

    @property
    def evidence(self) -> LocalText:
        """What proves it."""

    @property
    def levels(self) -> Mapping[LevelId, LocalText]:
        """What each level means; empty unless `levelled`."""


class Form(Protocol):
    """What an application's sheet asks: a `RulePack`, or the `StageForm` of a base."""

    @property
    def items(self) -> Sequence[FormItem]:
        """All items in the order they are asked."""

    @property
    def item_by_id(self) -> Mapping[str, FormItem]:
        """Items by id."""

    @property
    def settings(self) -> PackSettings:
        """Least length of a reason, digits, and so on."""

    @property
    def digest(self) -> str:
        """Of the pack that a signed sheet names."""

    @property
    def is_proposal(self) -> bool:
        """Whether 「建议稿，非官方附件」 must be said."""

    def band_of(self, level: LevelId) -> Band:
        """The band of a level, where items are `levelled`."""


@dataclass(frozen=True)
class StageQuestion:
    """An item of a later stage with what the desk shows of it; `promise` of a target, `task` of a task."""

    item: StageItem
    number: str
    title: LocalText
    asks: LocalText = _NONE
    evidence: LocalText = _NONE
    levels: Mapping[LevelId, LocalText] = field(default_factory=dict)
    promise: Promise | None = None
    task: Task | None = None
    mixed: bool = False

    @property
    def id(self) -> str:
        """`target:P1.1.revenue`, `task:T1`, `judged:adopted`."""
        return self.item.id

    @property
    def part(self) -> str:
        """`TARGET`, `TASK` or `JUDGED`."""
        return self.item.kind

    @property
    def weight(self) -> Decimal:
        """As the pack, or the plan for a task, gives it."""
        return self.item.weight

    @property
    def computed(self) -> bool:
        """An actual value is confirmed or challenged."""
        return self.item.kind == TARGET

    @property
    def levelled(self) -> bool:
        """Items of 成效评估 that experts judge."""
        return self.item.kind == JUDGED

    @property
    def skippable(self) -> bool:
        """A task, where a change of the plan was approved."""
        return self.item.kind == TASK


@dataclass(frozen=True)
class StageForm:
    """评议表 of one base: items, what each target comes to, and what the own marks come to alone."""

    work: StageWork

    @property
    def pack(self) -> AnyStagePack:
        """The pack of the stage."""
        return self.work.pack

    @property
    def settings(self) -> PackSettings:
        """Those of the stage's pack."""
        return self.work.pack.settings

    @property
    def digest(self) -> str:
        """The digest of the stage's pack; the case is bound by the bundle."""
        return self.work.pack.digest

    @property
    def is_proposal(self) -> bool:
        """Whether the stage's pack is one."""
        return self.work.pack.is_proposal

    @cached_property
    def items(self) -> tuple[StageQuestion, ...]:
        """Targets the base promised, then its tasks or what is judged."""
        return tuple(_question(self.work, item) for item in self.work.items)

    @cached_property
    def item_by_id(self) -> Mapping[str, StageQuestion]:
        """Items by id."""
        return {item.id: item for item in self.items}

    def band_of(self, level: LevelId) -> Band:
        """The band of a level of 成效评估. Raises ValueError in 评估验收, which knows no levels."""
        if not isinstance(self.pack, EffectPack):
            raise ValueError("no levels in this stage")
        return self.pack.band_of(level)

    @cached_property
    def rows(self) -> Mapping[str, TargetRow]:
        """What each target comes to with the actual value as declared or verified, by item id."""
        pack, values = self.work.pack, self.work.values
        found = {}
        for promise in self.work.case.promised:
            actual = values.get(promise.id)
            if isinstance(pack, EffectPack):
                accepted = self.work.accepted_values.get(promise.id)
                row = target_row(to_hold(promise, accepted, pack.held_against), actual, "progress")
            else:
                row = target_row(promise, actual, pack.deciding)
            found[stage_item_id("target", promise.id)] = row
        return found

    def alone(self, sheet: Sheet) -> AcceptanceOutcome | EffectOutcome:
        """What these marks alone come to; never a result, which takes a panel."""
        work = self.work
        settings = replace(work.pack.settings, min_panel=1)
        if isinstance(work.pack, EffectPack):
            effect = replace(work.pack, settings=settings)
            marks = stage_marks(effect, work.case, {"": sheet})
            return effect_outcome(effect, work.case, work.accepted_values, work.values, marks)
        pack = replace(work.pack, settings=settings)
        return acceptance_outcome(pack, work.case, work.values, stage_marks(pack, work.case, {"": sheet}))


def _question(work: StageWork, item: StageItem) -> StageQuestion:
    pack = work.pack
    if item.kind == "target":
        promise = work.case.promise_by_id[item.about]
        measured = promise.measured
        return StageQuestion(
            item, measured.indicator, _both(measured.label, measured.title), evidence=measured.evidence, promise=promise
        )
    if item.kind == "task":
        task = next(one for one in work.case.tasks if one.id == item.about)
        return StageQuestion(item, task.id, LocalText(task.title, task.title), task=task)
    if not isinstance(pack, EffectPack):
        raise ValueError(item.id)
    judged = next(one for one in pack.judged if one.id == item.about)
    return StageQuestion(item, "", judged.title, judged.asks, judged.evidence, judged.levels)


def _both(label: LocalText, title: LocalText) -> LocalText:
    """Measure and indicator, once where they are called the same; an indicator may have two measures, so they lead."""

    def joined(first: str, second: str) -> str:
        return first if first == second else f"{first} · {second}"

    return LocalText(joined(label.zh_CN, title.zh_CN), joined(label.en, title.en))


def item_findings(form: Form, sheet: Sheet, item: FormItem) -> tuple[Fault, ...]:
    """The findings of one item; none means the item is done."""
    if isinstance(form, StageForm):
        return stage_item_findings(form.pack, sheet, form.item_by_id[item.id].item)
    pack = _pack(form)
    return selection_findings(pack, sheet, pack.item_by_id[item.id])


def form_findings(form: Form, application: Application, sheet: Sheet) -> tuple[Fault, ...]:
    """Everything that keeps a sheet from being signed; `application` has the documents handed in for the stage."""
    if isinstance(form, StageForm):
        return stage_findings(form.pack, form.work.case, application.documents, sheet)
    return sheet_findings(_pack(form), application, sheet)


def _pack(form: Form) -> RulePack:
    if not isinstance(form, RulePack):
        raise TypeError(form)
    return form


def challenged_item(form: Form, challenge: Challenge) -> str:
    """The id of the item whose data a challenge (质疑) disputes."""
    if isinstance(form, StageForm):
        return stage_item_id("target", challenged_target(challenge))
    return item_id(challenge.indicator, "basis")


def challenges_of(form: Form, sheet: Sheet, item: str) -> tuple[Challenge, ...]:
    """The challenges that belong to an item."""
    return tuple(challenge for challenge in sheet.challenges if challenged_item(form, challenge) == item)
