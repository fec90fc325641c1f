"""阅读位置 and search of a session: kept silently, given back after a restart, closed with the documents."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.sheet import Declaration
from ndb_desktop.services.review import ReviewSession, worksheet_path
from ndb_desktop.services.review_places import MAX_TEXT, PANE, document_key
from ndb_desktop.services.tasks import Cancelled, CancelToken
from ndb_desktop.storage.worksheet import Worksheet
from tests.support.review import (
    MadeReview,
    TestClock,
    complete,
    declare_all,
    full_entry,
    make_bundle,
    open_session,
)
from tests.support.travel import person

PLACE = "1 7 1.2500 none 90 single"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> MadeReview:
    return make_bundle(tmp_path_factory.mktemp("made"))


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    return tmp_path / "profile"


@pytest.fixture
def session(made: MadeReview, profile: Path) -> Iterator[ReviewSession]:
    with open_session(made, profile, clock=TestClock()) as session:
        yield session


@pytest.fixture
def app(made: MadeReview) -> str:
    return made.ids[0]


def code_of(action: Callable[[], object]) -> str:
    with pytest.raises(NdbError) as caught:
        action()
    return caught.value.code


def test_reading_is_kept_per_application_and_over_a_restart(
    session: ReviewSession, made: MadeReview, profile: Path, app: str
) -> None:
    declare_all(session)
    assert session.reading(app) == {}
    session.set_reading(app, document_key("D2"), PLACE)
    session.set_readings(app, {PANE: "D2 D1", document_key("D1"): "x"})
    session.set_reading(app, document_key("D1"), "y")
    expected = {document_key("D2"): PLACE, document_key("D1"): "y", PANE: "D2 D1"}
    assert session.reading(app) == expected
    assert session.reading(made.ids[1]) == {}
    session.close()
    with open_session(made, profile, clock=TestClock()) as again:
        assert again.reading(app) == expected


def test_reading_is_no_change_of_marks(session: ReviewSession, app: str) -> None:
    declare_all(session)
    item = next(i.id for i in session.item(app).pack.items if not i.computed)
    session.set_entry(app, full_entry(session.item(app).pack, item))
    before = (session.changes, session.last_saved, session.last_place, session.sheet(app), session.history())
    session.set_reading(app, document_key("D1"), PLACE)
    assert (session.changes, session.last_saved, session.last_place, session.sheet(app), session.history()) == before
    undone = session.undo()
    assert undone is not None
    assert undone.key == item, "the newest step is still the mark"
    session.set_reading(app, document_key("D1"), "elsewhere")
    assert session.can_redo, "reading on does not cut off what was taken back"


def test_reading_is_allowed_while_locked_and_never_leaves_the_computer(
    session: ReviewSession, made: MadeReview, profile: Path, tmp_path: Path, app: str
) -> None:
    complete(session)
    session.set_reading(app, document_key("D1"), "SECRET-PLACE-1")
    out = tmp_path / "out"
    out.mkdir()
    result = session.export(person("expert"), out)
    assert session.locked
    session.set_reading(app, document_key("D1"), "SECRET-PLACE-2")
    assert session.reading(app)[document_key("D1")] == "SECRET-PLACE-2"
    assert session.locked
    session.close()
    with Worksheet.open(
        worksheet_path(profile, made.written.bundle_id), made.secret, None, at="2027-01-01T00:00:00Z"
    ) as w:
        assert all(b"SECRET-PLACE" not in sheet.record for sheet in w.last_sheets().values())
        assert b"SECRET-PLACE" not in w.exports()[0].content
    assert b"SECRET-PLACE" not in result.path.read_bytes()


def test_closed_documents_have_no_reading_and_no_search(session: ReviewSession, app: str) -> None:
    asked = (
        lambda: session.reading(app),
        lambda: session.set_reading(app, PANE, "x"),
        lambda: session.pages_without_text(app),
        lambda: session.search(app, "生物"),
    )
    assert {code_of(action) for action in asked} == {"E-NOT-DECLARED"}
    declare_all(session)
    session.set_reading(app, PANE, "x")
    session.declare(app, Declaration("recused", ("C1",)))
    assert {code_of(action) for action in asked} == {"E-RECUSED"}


@pytest.mark.parametrize(
    ("key", "text"), [("document:D9", "x"), ("entry", "x"), ("", "x"), (PANE, "x" * (MAX_TEXT + 1))]
)
def test_only_what_the_window_keeps_is_taken(session: ReviewSession, app: str, key: str, text: str) -> None:
    declare_all(session)
    with pytest.raises(ValueError, match="reading state"):
        session.set_readings(app, {key: text, document_key("D1"): "fine"})
    assert session.reading(app) == {}, "all or nothing"


@pytest.mark.parametrize(
    "stored", ["", "{", "[1]", '{"pane": 5}', '{"document:gone": "x"}', '{"pane": "%s"}' % ("x" * 600)]
)
def test_what_cannot_be_read_is_left_out(
    session: ReviewSession, made: MadeReview, profile: Path, app: str, stored: str
) -> None:
    declare_all(session)
    session.close()
    with Worksheet.open(
        worksheet_path(profile, made.written.bundle_id), made.secret, None, at="2027-01-01T00:00:00Z"
    ) as w:
        w.set_meta(f"reading:{app}", stored)
    with open_session(made, profile, clock=TestClock()) as again:
        assert again.reading(app) == {}
        again.set_reading(app, PANE, "D1")
        assert again.reading(app) == {PANE: "D1"}


def test_where_one_stands_is_kept_silently_until_a_later_change_says_more(
    session: ReviewSession, made: MadeReview, profile: Path, app: str
) -> None:
    assert session.last_place == ("", "")
    declare_all(session)
    pack = session.item(app).pack
    first, second, third = [i.id for i in pack.items if not i.computed][:3]
    session.set_entry(app, full_entry(pack, first))
    assert session.last_place == (app, first)
    before = (session.changes, session.last_saved, session.sheet(app), session.history(), session.can_redo)
    session.keep_place(made.ids[1], second)
    session.keep_place(app, third)
    assert (session.changes, session.last_saved, session.sheet(app), session.history(), session.can_redo) == before
    session.close()
    with open_session(made, profile, clock=TestClock()) as again:
        assert again.last_place == (app, third)
        again.keep_place(app, "")
        assert again.last_place == (app, ""), "the overall page"
        again.set_entry(app, full_entry(pack, second))
        assert again.last_place == (app, second)
        assert code_of(lambda: again.keep_place("A-999", "")) == "E-REVIEW-APPLICATION"


def test_where_one_stands_is_kept_while_locked_goes_with_copies_and_is_not_signed(
    session: ReviewSession, made: MadeReview, tmp_path: Path, app: str
) -> None:
    complete(session)
    item = session.item(app).pack.items[4].id
    session.keep_place(app, item)
    out = tmp_path / "out"
    out.mkdir()
    session.export(person("expert"), out)
    assert session.locked
    session.keep_place(app, "")
    assert session.locked
    assert session.last_place == (app, "")
    copy = tmp_path / "copy"
    session._worksheet.copy_to(copy)
    with Worksheet.open(copy, made.secret, None, at="2027-01-01T00:00:00Z") as w:
        assert '"item":""' in w.meta("place").replace(" ", "")
        assert w.log()
        assert all(b'"changes"' not in sheet.record for sheet in w.last_sheets().values())
        assert b'"changes"' not in w.exports()[0].content


@pytest.mark.parametrize(
    "stored",
    [
        "",
        "{",
        '{"application": 5}',
        '{"application": "gone", "item": "", "changes": "99"}',
        '{"application": "A", "item": "gone", "changes": "99"}',
        '{"application": "A", "item": "", "changes": "-1"}',
        '{"application": "A", "item": "", "changes": "%s"}' % ("9" * 5000),
    ],
)
def test_a_place_that_is_none_leads_to_the_newest_change(
    session: ReviewSession, made: MadeReview, profile: Path, app: str, stored: str
) -> None:
    declare_all(session)
    pack = session.item(app).pack
    item = next(i.id for i in pack.items if not i.computed)
    session.set_entry(app, full_entry(pack, item))
    session.close()
    with Worksheet.open(
        worksheet_path(profile, made.written.bundle_id), made.secret, None, at="2027-01-01T00:00:00Z"
    ) as w:
        w.set_meta("place", stored.replace('"A"', f'"{app}"'))
    with open_session(made, profile, clock=TestClock()) as again:
        assert again.last_place == (app, item)


def test_search_over_all_documents_can_be_cancelled(session: ReviewSession, app: str) -> None:
    declare_all(session)
    token = CancelToken()
    assert [(hit.document, hit.page) for hit in session.search(app, "研", cancel=token)] == [("D2", 1)]
    assert [hit.document for hit in session.search(app, "研 发 强度")] == ["D2"]
    assert session.search(app, "研发", "D1") == ()
    token.cancel()
    with pytest.raises(Cancelled):
        session.search(app, "研", cancel=token)
    assert session.pages_without_text(app) == {"D3": 1}


def test_a_document_is_passed_on_only_while_it_may_be_read(made: MadeReview, profile: Path) -> None:
    app = made.ids[0]
    with open_session(made, profile) as session:
        with pytest.raises(NdbError) as caught:
            session.document_source(app, "D1")
        assert caught.value.code == "E-NOT-DECLARED"
        declare_all(session)
        source = session.document_source(app, "D1")
        whole = b"".join(source.pieces())
        assert whole == session.read_document(app, "D1")
        assert len(whole) == source.size
        with pytest.raises(NdbError) as caught:
            session.document_source(app, "D99")
        assert caught.value.code == "E-STORE-DOC-MISSING"
        source.prove(lambda: None)
        parts = source.parts()
        assert parts is not None
        assert parts.read(3, 5) == whole[3:8]
        session.declare(app, Declaration("recused", ("C1",)))
        for ask in (lambda: list(source.pieces()), source.parts, lambda: parts.read(3, 5)):
            with pytest.raises(NdbError) as caught:
                ask()
            assert caught.value.code == "E-RECUSED", "neither a new renderer nor the old one gets more of it"
