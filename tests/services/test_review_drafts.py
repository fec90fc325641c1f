"""草稿 of a session: forms that are not submitted are kept durably, and are neither signed nor in undo."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ndb_desktop.domain.sheet import Declaration
from ndb_desktop.services import review_drafts as drafts
from ndb_desktop.services.review import ReviewSession
from ndb_desktop.services.worksheet_backup import back_up, restore
from ndb_desktop.storage.worksheet import Worksheet
from tests.support.review import MadeReview, TestClock, complete, declare_all, make_bundle, open_session
from tests.support.travel import person

WORDS = "审计报告的数字不同"
TYPED = {"datum": "rd", "reason": WORDS}
FORM = drafts.challenge("P2.1.basis")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> MadeReview:
    return make_bundle(tmp_path_factory.mktemp("made"))


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    return tmp_path / "profile"


@pytest.fixture
def session(made: MadeReview, profile: Path) -> Iterator[ReviewSession]:
    with open_session(made, profile, clock=TestClock()) as session:
        declare_all(session)
        yield session


@pytest.fixture
def app(made: MadeReview) -> str:
    return made.ids[0]


def test_a_draft_is_there_after_a_restart_and_gone_once_it_is_empty(
    session: ReviewSession, app: str, made: MadeReview, profile: Path
) -> None:
    assert session.drafts(app) == {}
    session.keep_draft(app, FORM, TYPED)
    session.keep_draft(app, drafts.UNABLE, {"reason": "材料\ud800"})
    session.keep_draft("", drafts.REVISION, {"reason": "更正"})
    session.close()
    with open_session(made, profile) as again:
        assert again.drafts(app) == {FORM: TYPED, drafts.UNABLE: {"reason": "材料?"}}
        assert again.drafts("") == {drafts.REVISION: {"reason": "更正"}}
        assert again.drafts(made.ids[1]) == {}
        again.keep_draft(app, FORM, {})
        assert list(again.drafts(app)) == [drafts.UNABLE]


def test_a_draft_is_saved_with_its_time_but_is_no_mark_and_no_step(session: ReviewSession, app: str) -> None:
    session.set_opinion(app, "一段意见")
    before, sheet = session.last_saved, session.sheet(app)
    session.keep_draft(app, FORM, TYPED)
    assert before is not None
    assert session.last_saved is not None
    assert session.last_saved > before
    assert session.sheet(app) is sheet, "nothing is computed anew"
    changes = session.changes
    session.keep_draft(app, FORM, dict(TYPED))
    assert session.changes == changes, "the same again is no change"
    undone = session.undo()
    assert undone is not None
    assert undone.kind == "opinion"
    assert session.drafts(app) == {FORM: TYPED}
    assert not session.can_undo


def test_a_draft_is_never_signed(session: ReviewSession, app: str, tmp_path: Path) -> None:
    complete(session)
    session.keep_draft(app, FORM, TYPED)
    out = tmp_path / "out"
    out.mkdir()
    session.export(person("expert"), out)
    (row,) = session._worksheet.exports()
    sheets = session._worksheet.last_sheets()
    assert session.drafts(app) == {FORM: TYPED}
    assert row.number == 1
    assert all(WORDS.encode() not in sheet.record for sheet in sheets.values())


def test_a_declaration_ends_its_draft_and_a_recusal_all_of_the_application(
    made: MadeReview, profile: Path, app: str
) -> None:
    with open_session(made, profile) as session:
        other = made.ids[1]
        declare_all(session)
        for name in (app, other):
            session.keep_draft(name, FORM, TYPED)
            session.keep_draft(name, drafts.DECLARATION, {"codes": "C1", "words": "同事"})
        session.declare(app, Declaration("recused", ("C1",)))
        assert session.drafts(app) == {}
        assert len(session.drafts(other)) == 2
        session.keep_draft(app, FORM, TYPED)
        session.keep_draft(app, drafts.DECLARATION, {"words": "late"})
        assert session.drafts(app) == {}, "what was on its way to a form that is closed"
        session.declare(app, Declaration())
        session.keep_draft(app, FORM, TYPED)
        assert session.drafts(app) == {}
        session.keep_draft(app, drafts.DECLARATION, {"words": "again"})
        session.declare(app, Declaration("clear"))
        assert session.drafts(app) == {FORM: TYPED}, "what the recusal withdrew, no more and nothing of the declaration"


def test_copies_carry_drafts(session: ReviewSession, app: str, tmp_path: Path) -> None:
    session.keep_draft(app, FORM, TYPED)
    copy = back_up(session, tmp_path / "copies")
    assert copy is not None
    session.keep_draft(app, FORM, {})
    restore(session, copy.path, tmp_path / "copies")
    assert session.drafts(app) == {FORM: TYPED}


@pytest.mark.parametrize(
    ("form", "values"),
    [
        ("challenge:X9", {"reason": "a"}),
        ("anything", {"reason": "a"}),
        (drafts.REVISION, {"reason": "a"}),
        (FORM, {"reason": "长" * (drafts.MAX_TEXT + 1)}),
        (FORM, {str(number): "" for number in range(drafts.MAX_FIELDS + 1)}),
    ],
)
def test_only_what_forms_give_is_taken(session: ReviewSession, app: str, form: str, values: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="no draft"):
        session.keep_draft(app, form, values)
    assert session.drafts(app) == {}


def test_a_draft_nobody_can_read_is_left_out(session: ReviewSession, app: str, monkeypatch: pytest.MonkeyPatch) -> None:
    session.keep_draft(app, FORM, TYPED)
    known: Callable[[Worksheet, str], dict[tuple[str, str], str]] = Worksheet.records
    monkeypatch.setattr(Worksheet, "records", lambda self, name: {**known(self, name), ("draft", "unable"): "[1]"})
    assert session.drafts(app) == {FORM: TYPED}
