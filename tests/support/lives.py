"""Registries whose results are final: two of three applications selected, listed as 创建对象, and what follows them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from ndb_desktop.domain.batch import Quota
from ndb_desktop.domain.decision import Decision
from ndb_desktop.domain.lifecycle import RULES, Ground, Move
from ndb_desktop.formats.batchplan import BatchFacts, BatchPlan
from ndb_desktop.formats.succession import Stage
from ndb_desktop.services import succession, succession_followers
from ndb_desktop.services.lifecycle import Order, decide
from ndb_desktop.services.office import Office
from ndb_desktop.services.office_folder import open_office
from ndb_desktop.services.succession import Followed, follow, read_predecessor
from tests.support.office import Clock, small_batch, use_tiny
from tests.support.supervised import SUPERVISOR, appoint, finish, make_settled, opened
from tests.support.travel import person

LISTED = date(2026, 9, 17)
CHOSEN = ("A-001", "A-002")


def at(year: int, month: int, day: int) -> Clock:
    """A clock that begins on a day."""
    return Clock(datetime(year, month, day, 4, 0, 0, tzinfo=UTC))


@contextmanager
def on(folder: Path, year: int, month: int, day: int) -> Iterator[Office]:
    """A registry opened on a day."""
    office = use_tiny(open_office(folder, person("组织方"), clock=at(year, month, day)))
    try:
        yield office
    finally:
        office.close()


def paper(folder: Path, name: str = "验收记录.ndbsite") -> Path:
    """A file a decision rests on."""
    path = folder / name
    path.write_bytes(b"record")
    return path


def finalised(folder: Path, *, trial: bool = False) -> Path:
    """The folder of a registry whose results are final: A-001 and A-002 selected, A-003 not."""
    made = make_settled(folder, trial=trial)
    appoint(made)
    with opened(made) as office:
        finish(office)
    return made


def selected(folder: Path, *, trial: bool = False) -> Path:
    """The same, and both were listed as 创建对象."""
    made = finalised(folder, trial=trial)
    with on(made, 2026, 12, 1) as office:
        move(office, "create", LISTED, *CHOSEN)
    return made


def move(
    office: Office, what: Move, day: date, *bases: str, until: date | None = None, ground: Ground | None = None
) -> Decision:
    """Decides a move of A-001 or of `bases`, with a file where one is needed and the supervisor where two sign."""
    files = (paper(office.folder.parent),) if RULES[what].document else ()
    second = person(SUPERVISOR) if RULES[what].kind != "lifecycle" else None
    order = Order(what, day, bases or CHOSEN[:1], "工信部函〔2026〕9号", files, until, ground)
    return decide(office, order, reason="按工作方案", second=second)


def plan(batch: str = "2026-1-acceptance", *, trial: bool = False, **changed: Any) -> BatchPlan:
    """A plan for what follows."""
    made = small_batch(trial=trial, quotas={"park": Quota()})
    return BatchPlan(replace(made, id=batch, year=2028, **changed), BatchFacts())


def followed(
    folder: Path, before: Path, stage: Stage, monkeypatch: pytest.MonkeyPatch, *, clock: Clock | None = None,
    new: BatchPlan | None = None, trial: bool = False,
) -> Followed:  # fmt: skip
    """A registry that follows the one in `before`, which is read with the tiny pack."""
    use_small_packs(monkeypatch)
    clock = clock or at(2028, 9, 20)
    known = read_predecessor(before, stage, person("组织方"), clock=clock)
    made = follow(
        folder, predecessor=known, stage=stage, plan=new or plan(trial=trial), identity=person("组织方"),
        name="示例评审办", recovery=person("恢复").public, clock=clock, packs=dict(known.packs),
    )  # fmt: skip
    use_tiny(made.office)
    return made


def use_small_packs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tiny pack is too small for the lint that stored packs pass."""

    def tiny(*args: Any, **kwargs: Any) -> Office:
        return use_tiny(open_office(*args, **kwargs))

    monkeypatch.setattr(succession, "open_office", tiny)
    monkeypatch.setattr(succession_followers, "open_office", tiny)
