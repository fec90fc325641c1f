"""Disputing a datum: mark and challenge come and go together, in one commit and one step of undo."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.sheet import Challenge
from ndb_desktop.services import challenging
from ndb_desktop.services.review import Change, ReviewSession
from ndb_desktop.services.review_steps import Step, next_steps
from tests.support.review import REASON, MadeReview, declare_all, make_bundle, open_session


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> MadeReview:
    return make_bundle(tmp_path_factory.mktemp("made"))


@pytest.fixture
def session(made: MadeReview, tmp_path: Path) -> Iterator[ReviewSession]:
    with open_session(made, tmp_path / "profile") as session:
        declare_all(session)
        yield session


def disputed(session: ReviewSession, name: str = "c1", reason: str = REASON) -> tuple[str, str, Challenge]:
    """Application, item and a challenge of the item's first datum."""
    review = session.applications[0]
    item = next(item for item in review.pack.items if item.computed and item.indicator.data)
    datum = item.indicator.data[0]
    return (
        review.application.id,
        item.id,
        Challenge(name, item.indicator.id, datum.code, "2025" if datum.years else "", None, "D1", 1, reason=reason),
    )


def state(session: ReviewSession, application: str, item: str) -> tuple[str, list[str]]:
    sheet = session.sheet(application)
    entry = sheet.items.get(item)
    return (entry.confirm if entry else "", [one.id for one in sheet.challenges])


def test_a_challenge_is_one_step_there_and_back(session: ReviewSession) -> None:
    app, item, challenge = disputed(session)
    changes = session.changes
    assert challenging.add(session, app, item, challenge) == Change(app, "entry", item)
    assert session.changes == changes + 2
    assert state(session, app, item) == ("challenged", ["c1"])
    assert next_steps(session) == (Step(app, "entry", item, "challenge"), None)
    assert session.undo() == Change(app, "entry", item)
    assert state(session, app, item) == ("", [])
    assert not session.can_undo
    assert next_steps(session) == (None, Step(app, "entry", item, "challenge"))
    assert session.redo() == Change(app, "entry", item)
    assert state(session, app, item) == ("challenged", ["c1"])


def test_a_second_challenge_is_a_step_of_its_own(session: ReviewSession) -> None:
    app, item, challenge = disputed(session)
    challenging.add(session, app, item, challenge)
    challenging.add(session, app, item, disputed(session, "c2")[2])
    assert state(session, app, item) == ("challenged", ["c1", "c2"])
    assert next_steps(session)[0] == Step(app, "challenge", item)
    session.undo()
    assert state(session, app, item) == ("challenged", ["c1"])
    session.undo()
    assert state(session, app, item) == ("", [])


def test_withdrawing_the_last_challenge_opens_the_item_in_one_step(session: ReviewSession) -> None:
    app, item, challenge = disputed(session)
    challenging.add(session, app, item, challenge)
    challenging.add(session, app, item, disputed(session, "c2")[2])
    challenging.withdraw(session, app, item, "c1")
    assert state(session, app, item) == ("challenged", ["c2"])
    challenging.withdraw(session, app, item, "c2")
    assert state(session, app, item) == ("", [])
    assert session.sheet(app).items[item].state == "open"
    session.undo()
    assert state(session, app, item) == ("challenged", ["c2"])


def test_confirming_withdraws_every_challenge_in_one_step(session: ReviewSession) -> None:
    app, item, challenge = disputed(session)
    challenging.add(session, app, item, challenge)
    challenging.add(session, app, item, disputed(session, "c2")[2])
    challenging.confirm(session, app, item)
    assert state(session, app, item) == ("confirmed", [])
    session.undo()
    assert state(session, app, item) == ("challenged", ["c1", "c2"])
    session.redo()
    assert state(session, app, item) == ("confirmed", [])


def test_a_challenge_that_is_refused_leaves_the_mark_alone(session: ReviewSession) -> None:
    app, item, challenge = disputed(session, reason="长" * 20_001)
    with pytest.raises(NdbError):
        challenging.add(session, app, item, challenge)
    assert state(session, app, item) == ("", [])
    assert not session.can_undo
    stranger = Challenge("c9", "P9.9", challenge.datum, "2025", None, "D1", 1, reason=REASON)
    with pytest.raises(NdbError):
        challenging.add(session, app, item, stranger)
    assert state(session, app, item) == ("", [])


def test_a_citation_is_named_by_its_item(session: ReviewSession) -> None:
    from ndb_desktop.services.evidence import CitedPlace, cite

    app, item, _ = disputed(session)
    cite(session, app, item, CitedPlace("D1", 1))
    assert next_steps(session)[0] == Step(app, "evidence", item)
