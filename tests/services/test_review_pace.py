"""The time left is told from the worksheet's own log, survives a restart, and distrusts a wrong clock."""

from __future__ import annotations

from datetime import timedelta
from itertools import zip_longest
from pathlib import Path

from ndb_desktop.domain.pace import LEAST_ALIKE
from ndb_desktop.domain.sheet import Declaration
from ndb_desktop.services.review import ReviewSession
from ndb_desktop.services.review_pace import PaceKeeper
from tests.support.review import TestClock, agree_all, declare_all, full_entry, make_bundle, open_session


def score(session: ReviewSession, clock: TestClock, application: str, count: int, seconds: int, start: int = 0) -> None:
    """Marks items, computed and judged in turn, one each `seconds` seconds."""
    pack = session.item(application).pack
    computed, judged = ([item for item in pack.items if item.computed is kind] for kind in (True, False))
    order = [item for pair in zip_longest(computed, judged) for item in pair if item is not None]
    for item in order[start : start + count]:
        clock.now = clock.now + timedelta(seconds=seconds - 1)
        at = clock.now
        session.set_entry(application, full_entry(pack, item.id))
        # However often the session looked at the clock, one item took `seconds`.
        clock.now = at + timedelta(seconds=1)


def test_the_pace_of_what_is_done_tells_the_rest(tmp_path: Path) -> None:
    made, clock = make_bundle(tmp_path / "made"), TestClock()
    with open_session(made, tmp_path / "profile", clock=clock) as session:
        declare_all(session)
        keeper = PaceKeeper(session)
        score(session, clock, made.ids[0], 2 * LEAST_ALIKE, 40)
        # Each gap lies between two writes; the session looks at the clock once or twice around them.
        first = keeper.read()
        assert first is not None
        left = 22 * 3 - 2 * LEAST_ALIKE
        assert 38 * left <= first <= 42 * left
        score(session, clock, made.ids[0], 12, 40, start=2 * LEAST_ALIKE)
        second = keeper.read()
        assert second is not None
        assert second < first
        fresh = PaceKeeper(session).read()
        assert fresh == second, "reading bit by bit and reading all at once say the same"
    with open_session(made, tmp_path / "profile", clock=clock) as session:
        assert PaceKeeper(session).read() == second, "a restart forgets nothing"


def test_nothing_is_said_at_first_and_a_night_does_not_count(tmp_path: Path) -> None:
    made, clock = make_bundle(tmp_path / "made"), TestClock()
    with open_session(made, tmp_path / "profile", clock=clock) as session:
        declare_all(session)
        keeper = PaceKeeper(session)
        assert keeper.read() is None
        score(session, clock, made.ids[0], 6, 30)
        assert keeper.read() is None
        clock.now += timedelta(hours=9)
        score(session, clock, made.ids[0], 6, 30, start=6)
        left = keeper.read()
        assert left is not None
        assert left <= 32 * (66 - 12)


def test_a_clock_set_back_leaves_the_estimate_alone(tmp_path: Path) -> None:
    made, clock = make_bundle(tmp_path / "made"), TestClock()
    with open_session(made, tmp_path / "profile", clock=clock) as session:
        declare_all(session)
        score(session, clock, made.ids[0], 10, 30)
        keeper = PaceKeeper(session)
        before = keeper.read()
        clock.now -= timedelta(days=2)
        score(session, clock, made.ids[0], 5, 30, start=10)
        after = keeper.read()
        assert before is not None
        assert after is not None
        assert after < before
        assert after >= 28 * (66 - 15) - 60


def test_what_is_recused_asks_no_time(tmp_path: Path) -> None:
    made, clock = make_bundle(tmp_path / "made"), TestClock()
    with open_session(made, tmp_path / "profile", clock=clock) as session:
        agree_all(session)
        for application in made.ids[:2]:
            session.declare(application, Declaration("clear"))
        score(session, clock, made.ids[0], 22, 30)
        with_third = PaceKeeper(session).read()
        session.declare(made.ids[2], Declaration("recused", ("C1",)))
        without = PaceKeeper(session).read()
        assert with_third is not None
        assert without is not None
        assert without < with_third
