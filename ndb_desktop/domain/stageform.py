"""评议表 of one base in a later stage: which items there are, what is still missing or wrong, what experts found.

The form follows from pack and case, because tasks and targets differ from base to base. Items live in the same score
sheet as those of selection: a task is found 0, 1/2 or 1 without a level, the actual value of a target is confirmed or
challenged, a judged item has level and value.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from ndb_desktop.domain.acceptance import DONE_VALUES
from ndb_desktop.domain.errors import Fault
from ndb_desktop.domain.model import Document
from ndb_desktop.domain.numbers import exact, plain
from ndb_desktop.domain.panel import ExpertState, ItemMark, expert_states, mark_of
from ndb_desktop.domain.sheet import Challenge, ItemEntry, Sheet
from ndb_desktop.domain.sheetcheck import (
    UNABLE,
    declaration_findings,
    judged_findings,
    page_findings,
    reason_missing,
    too_short,
)
from ndb_desktop.domain.stagecase import StageCase
from ndb_desktop.domain.stagepack import AnyStagePack, EffectPack

ItemKind = Literal["target", "task", "judged"]
"""核对实际值, 评议任务, 评议指标."""


@dataclass(frozen=True, slots=True)
class StageItem:
    """One item of the form; `about` is the id of the target, task or judged item, `indicator` "" for the last."""

    kind: ItemKind
    about: str
    indicator: str
    weight: Decimal

    @property
    def id(self) -> str:
        """`target:P1.1.revenue`, `task:T1`, `judged:adopted`: an item id of a score sheet."""
        return stage_item_id(self.kind, self.about)


def stage_item_id(kind: ItemKind, about: str) -> str:
    """The id of an item of a later stage."""
    return f"{kind}:{about}"


def stage_items(pack: AnyStagePack, case: StageCase) -> tuple[StageItem, ...]:
    """The items in the order they are asked: targets the base promised, then its tasks or what is judged."""
    targets = [
        StageItem("target", promise.id, promise.measured.indicator, promise.measured.weight)
        for promise in case.promised
    ]
    if isinstance(pack, EffectPack):
        rest = [StageItem("judged", item.id, "", item.weight) for item in pack.judged]
    else:
        rest = [StageItem("task", task.id, task.indicator, task.weight) for task in case.tasks]
    return (*targets, *rest)


def stage_findings(
    pack: AnyStagePack, case: StageCase, documents: Collection[Document], sheet: Sheet
) -> tuple[Fault, ...]:
    """Everything that keeps a sheet from being signed or merged, in the order of the form; places as in `sheetcheck`.

    `documents` are those the base handed in for this stage.
    """
    return tuple(_findings(pack, case, documents, sheet))


def _findings(pack: AnyStagePack, case: StageCase, documents: Collection[Document], sheet: Sheet) -> Iterator[Fault]:
    yield from declaration_findings(sheet)
    if sheet.status == "recused":
        return
    if sheet.status == "unable":
        if too_short(sheet.unable, pack.settings):
            yield Fault("E-UNABLE-REASON", UNABLE, {"least": str(pack.settings.reason_min)})
        return
    items = stage_items(pack, case)
    for item in items:
        yield from stage_item_findings(pack, sheet, item)
    known = {item.id for item in items}
    for name in sheet.items:
        if name not in known:
            yield Fault("E-ITEM-UNKNOWN", name, {"item": name})
    for challenge in sheet.challenges:
        yield from _challenge(pack, case, documents, challenge)
    for link in sheet.evidence:
        place = f"evidence:{link.id}"
        if link.item not in known:
            yield Fault("E-ITEM-UNKNOWN", place, {"item": link.item})
        yield from page_findings(documents, link, place)


def stage_item_findings(pack: AnyStagePack, sheet: Sheet, item: StageItem) -> tuple[Fault, ...]:
    """The findings of one item; none means the item is done."""
    entry = sheet.items.get(item.id)
    if entry is None or entry.state == "open":
        return (Fault("E-ITEM-OPEN", item.id),)
    if entry.state == "not_applicable":
        return tuple(_lifted(pack, item, entry))
    if entry.state != "scored":
        return (Fault("E-ITEM-STATE", item.id, {"state": entry.state}),)
    if item.kind == "target":
        return tuple(_confirmed(sheet, item, entry))
    if isinstance(pack, EffectPack):
        return tuple(judged_findings(pack, item.id, entry))
    return tuple(_task(pack, item, entry))


def _lifted(pack: AnyStagePack, item: StageItem, entry: ItemEntry) -> Iterator[Fault]:
    """不适用: only a task, where the change of the plan was approved, and with a reason."""
    if item.kind != "task":
        yield Fault("E-ITEM-NA", item.id)
    elif entry.value is not None or entry.level is not None or entry.confirm:
        yield Fault("E-ITEM-STATE", item.id, {"state": entry.state})
    elif too_short(entry.reason, pack.settings):
        yield reason_missing(pack.settings, item.id)


def _confirmed(sheet: Sheet, item: StageItem, entry: ItemEntry) -> Iterator[Fault]:
    if entry.value is not None or entry.level is not None:
        yield Fault("E-ITEM-COMPUTED", item.id)
    challenged = any(challenged_target(challenge) == item.about for challenge in sheet.challenges)
    if not entry.confirm:
        yield Fault("E-STAGE-CONFIRM", item.id)
    elif entry.confirm == "challenged" and not challenged:
        yield Fault("E-CHALLENGE-MISSING", item.id)
    elif entry.confirm == "confirmed" and challenged:
        yield Fault("E-CHALLENGE-CONFIRMED", item.id)


def _task(pack: AnyStagePack, item: StageItem, entry: ItemEntry) -> Iterator[Fault]:
    """Anything but done needs a reason: the base has to know what evidence was missing."""
    if entry.confirm or entry.level is not None:
        yield Fault("E-ITEM-STATE", item.id, {"state": entry.confirm or entry.level or ""})
    if entry.value is None:
        yield Fault("E-STAGE-DONE", item.id, {"value": "-"})
    elif exact(entry.value) not in DONE_VALUES:
        yield Fault("E-STAGE-DONE", item.id, {"value": plain(entry.value)})
    elif entry.value != 1 and too_short(entry.reason, pack.settings):
        yield reason_missing(pack.settings, item.id)


def challenged_target(challenge: Challenge) -> str:
    """The target whose actual value is challenged: its indicator, and the measure as the datum."""
    return f"{challenge.indicator}.{challenge.datum}"


def _challenge(
    pack: AnyStagePack, case: StageCase, documents: Collection[Document], challenge: Challenge
) -> Iterator[Fault]:
    place = f"challenge:{challenge.id}"
    promise = case.promise_by_id.get(challenged_target(challenge))
    if promise is None or promise.state != "promised":
        yield Fault("E-CHALLENGE-DATUM", place, {"datum": challenge.datum, "indicator": challenge.indicator})
    elif challenge.key:
        yield Fault("E-CHALLENGE-KEY", place, {"key": challenge.key})
    if too_short(challenge.reason, pack.settings):
        yield Fault("E-CHALLENGE-REASON", place, {"least": str(max(1, pack.settings.reason_min))})
    if challenge.document or challenge.page:
        yield from page_findings(documents, challenge, place)


def stage_marks(
    pack: AnyStagePack,
    case: StageCase,
    sheets: Mapping[str, Sheet],
    states: Mapping[str, ExpertState] | None = None,
) -> Mapping[str, tuple[ItemMark, ...]]:
    """What the assigned experts found, per task id (评估验收) or judged item (成效评估), as the results take it.

    `sheets` and `states` as in `panel.panel_result`: who recused, is absent or was made void is no 0.
    """
    experts = expert_states(sheets, states or {})
    found: dict[str, tuple[ItemMark, ...]] = {}
    for item in stage_items(pack, case):
        if item.kind == "target":
            continue
        marks = []
        for expert, state in experts.items():
            entry = sheets[expert].items.get(item.id) if expert in sheets else None
            marks.append(mark_of(state, entry, _value(entry)))
        found[item.about] = tuple(marks)
    return found


def _value(entry: ItemEntry | None) -> Fraction | None:
    return None if entry is None or entry.state != "scored" or entry.value is None else exact(entry.value)


def stage_challenges(
    sheets: Mapping[str, Sheet], states: Mapping[str, ExpertState] | None = None, settled: Iterable[str] = ()
) -> Mapping[str, tuple[str, ...]]:
    """Targets whose actual value is challenged, with the experts who do; only sheets that count are heard.

    Those `settled` by the coordinator are left out.
    """
    done = set(settled)
    found: dict[str, set[str]] = {}
    for expert, state in expert_states(sheets, states or {}).items():
        if state != "scored" or expert not in sheets:
            continue
        for challenge in sheets[expert].challenges:
            if challenged_target(challenge) not in done:
                found.setdefault(challenged_target(challenge), set()).add(expert)
    return {target: tuple(sorted(experts)) for target, experts in sorted(found.items())}
