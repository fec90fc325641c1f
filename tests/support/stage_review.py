"""A bundle of a later stage as an expert has it open: every base with targets of each kind, and three tasks."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from ndb_desktop.domain.model import Actual, Application, EvidenceRef, Target, Task
from ndb_desktop.domain.sheet import ItemEntry
from ndb_desktop.domain.sheetform import FormItem
from ndb_desktop.domain.stagecase import stage_case
from ndb_desktop.domain.stagepack import AnyStagePack, StageId
from ndb_desktop.domain.stagework import StageWork
from ndb_desktop.formats.applications import application_to_json
from ndb_desktop.services import review as review_module
from ndb_desktop.services.review import ReviewItem, ReviewSession
from ndb_desktop.services.review_open import BundleContent
from ndb_desktop.services.review_worksheet import content_and_worksheet
from tests.support.packs import YEAR
from tests.support.review import MadeReview, declare_all, make_bundle, open_session
from tests.support.stages import acceptance_pack, effect_pack

BASE, GOAL, REACHED = Decimal(100), Decimal(120), Decimal(118)
"""Base, target and actual value of an ordinary promise: progress 90 %, level 98.33 %."""
WHY = "佐证材料只能证明一部分，其余没有看到。"
KEPT, WORSE, OVER, MISSING = 1, 2, 3, 4
"""Which promise of a base, by place, is one to keep, worse than its base, exceeded, without an actual value."""


def the_stage_pack(application: Application, stage: StageId) -> AnyStagePack:
    """The shipped pack of a stage for the application's category."""
    return acceptance_pack(application.category) if stage == "acceptance" else effect_pack(application.category)


def promised(application: Application) -> Application:
    """The application as a selection froze it: a target for every measure, three tasks of two indicators."""
    every = acceptance_pack(application.category).measured
    measured = [one for one in every if one.applies(application.field)]
    targets = tuple(
        Target(
            one.indicator,
            one.measure,
            one.unit,
            GOAL if place == KEPT else BASE,
            YEAR,
            GOAL,
            YEAR + 2,
            "三年行动计划的目标",
        )
        for place, one in enumerate(measured)
    )
    tasks = tuple(
        Task(f"T{n}", measured[n // 2].indicator, title, "管委会", "2028-06 投用", "中试平台", "现场查验", weight)
        for n, (title, weight) in enumerate(
            (("建设中试平台", Decimal(50)), ("引进链主企业", Decimal(30)), ("发布团体标准", Decimal(20))), 1
        )
    )
    return replace(application, targets=targets, tasks=tasks)


def declared(application: Application) -> tuple[Actual, ...]:
    """What the base declares now, one of each kind; see the places above."""
    figures = {KEPT: GOAL, WORSE: Decimal(90), OVER: Decimal(150), MISSING: None}
    return tuple(
        Actual(
            one.indicator,
            one.measure,
            one.unit,
            figures.get(place, REACHED),
            YEAR + 2,
            (EvidenceRef("D1", 1),) if figures.get(place, REACHED) is not None else (),
            "见年度报告" if place == 0 else "",
        )
        for place, one in enumerate(application.targets)
    )


def staged(item: ReviewItem, stage: StageId) -> ReviewItem:
    """An application of a bundle in a later stage."""
    frozen = promised(item.application)
    pack = the_stage_pack(frozen, stage)
    digest = hashlib.sha256(application_to_json(frozen)).hexdigest()
    actuals = declared(frozen)
    accepted = tuple(replace(one, value=REACHED) for one in actuals) if stage == "effect" else ()
    work = StageWork(pack, stage_case(pack, item.pack, frozen, digest), actuals, accepted)
    return replace(item, application=replace(frozen, actuals=actuals), stage=work)


def as_stage(monkeypatch: pytest.MonkeyPatch, stage: StageId) -> None:
    """Every bundle opened from now on is one of this stage."""

    def content(*args: object) -> tuple[BundleContent, object]:
        found, worksheet = content_and_worksheet(*args)  # type: ignore[arg-type]
        items = {name: staged(item, stage) for name, item in found.items.items()}
        return replace(found, items=items), worksheet

    monkeypatch.setattr(review_module, "content_and_worksheet", content)


def open_stage(
    folder: Path, monkeypatch: pytest.MonkeyPatch, stage: StageId = "acceptance", made: MadeReview | None = None
) -> ReviewSession:
    """Opens a bundle as one of a later stage; everything is declared free of conflict."""
    as_stage(monkeypatch, stage)
    session = open_session(made or make_bundle(folder / "bundle"), folder / "profile")
    declare_all(session)
    return session


def stage_entry(item: FormItem, value: str = "1") -> ItemEntry:
    """A finished entry of any item of a later stage."""
    if item.part == "target":
        return ItemEntry(item.id, "scored", confirm="confirmed")
    if item.part == "task":
        return ItemEntry(item.id, "scored", value=Decimal(value), reason="" if value == "1" else WHY)
    return ItemEntry(item.id, "scored", "L4", Decimal(85))


def fill_stage(session: ReviewSession, application: str, values: Mapping[str, str] | None = None) -> None:
    """Answers every item of an application; `values` of single tasks by item id."""
    for item in session.item(application).form.items:
        session.set_entry(application, stage_entry(item, (values or {}).get(item.id, "1")))


def complete_stage(session: ReviewSession) -> None:
    """Answers everything, so that the session can be exported."""
    for item in session.applications:
        fill_stage(session, item.application.id)
