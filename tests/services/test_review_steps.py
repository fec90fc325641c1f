"""Undo: of every edit, across applications, kept over a restart until signing, and named before it is done."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from ndb_desktop.domain.sheet import EvidenceLink, ItemEntry
from ndb_desktop.services.review import ReviewSession
from ndb_desktop.services.review_steps import Step, next_steps, step_of
from ndb_desktop.storage.worksheet import LogRow
from tests.support.review import REASON, MadeReview, TestClock, complete, declare_all, make_bundle, open_session
from tests.support.travel import person

ITEM = "P4.1.basis"


@pytest.fixture
def made(tmp_path: Path) -> MadeReview:
    return make_bundle(tmp_path / "made")


def edits(session: ReviewSession, application: str) -> list[Step]:
    """One edit of each sort, and the steps they are."""
    entry = ItemEntry(ITEM, "scored", "L4", Decimal(84))
    made = [
        (entry, "level"),
        (replace(entry, value=Decimal(85)), "value"),
        (replace(entry, value=Decimal(85), reason=REASON), "reason"),
        (replace(entry, value=Decimal(85), reason=REASON, note="回头再看"), "note"),
        (replace(entry, value=Decimal(85), reason=REASON, note="回头再看", flagged=True), "flagged"),
    ]
    for changed, _ in made:
        session.set_entry(application, changed)
    session.put_evidence(application, EvidenceLink("e1", ITEM, "D1", 1))
    session.set_opinion(application, "总体可行")
    session.set_note(application, "与另一份相似")
    return [
        *(Step(application, "entry", ITEM, field) for _, field in made),
        Step(application, "evidence", ITEM),
        Step(application, "opinion", ""),
        Step(application, "note", ""),
    ]


def test_every_edit_is_named_and_taken_back_across_applications_and_a_restart(made: MadeReview, tmp_path: Path) -> None:
    clock = TestClock()
    with open_session(made, tmp_path / "profile", clock=clock) as session:
        declare_all(session)
        clean = [session.sheet(application) for application in made.ids[:2]]
        steps = edits(session, made.ids[0]) + edits(session, made.ids[1])
        full = [session.sheet(application) for application in made.ids[:2]]
    with open_session(made, tmp_path / "profile", clock=clock) as session:
        for step in reversed(steps):
            assert next_steps(session)[0] == step
            change = session.undo()
            assert change is not None
            key = "e1" if step.kind == "evidence" else step.key
            assert (change.application, change.kind, change.key) == (step.application, step.kind, key)
            assert next_steps(session)[1] == step
        assert next_steps(session)[0] is None
        assert [session.sheet(application) for application in made.ids[:2]] == clean
    with open_session(made, tmp_path / "profile", clock=clock) as session:
        for step in steps:
            assert next_steps(session)[1] == step
            session.redo()
        assert next_steps(session)[1] is None
        assert [session.sheet(application) for application in made.ids[:2]] == full


def test_what_was_signed_is_not_taken_back(made: MadeReview, tmp_path: Path) -> None:
    with open_session(made, tmp_path / "profile") as session:
        complete(session)
        assert next_steps(session)[0] is not None
        out = tmp_path / "out"
        out.mkdir()
        session.export(person("expert"), out)
        assert next_steps(session) == (None, None)
        session.set_note(made.ids[0], "签名后才想起")
        assert next_steps(session) == (None, None), "a note written on locked sheets waits for no undo"


def test_a_line_that_cannot_be_read_still_has_an_item() -> None:
    row = LogRow(1, "2026-11-22T03:00:00Z", "", "edit", "A-001", "entry", ITEM, None, "[]")
    assert step_of(row) == Step("A-001", "entry", ITEM)
    same = LogRow(1, "2026-11-22T03:00:00Z", "", "edit", "A-001", "entry", ITEM, None, None)
    assert step_of(same).field == ""
