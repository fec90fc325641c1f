"""Copying the documents of an application from a slow stick: nobody else waits for it, and it ends when it must."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.sheet import Declaration
from ndb_desktop.formats import bundle
from ndb_desktop.formats.bundle import BundleReader
from ndb_desktop.services.review import ReviewSession, worksheet_path
from ndb_desktop.storage.docstore import DocumentStore
from tests.support.review import MadeReview, TestClock, declare_all, make_bundle, open_session

LONG = 30.0
"""Seconds after which a thread that should have ended is called stuck."""


class Stick:
    """Gives the first bytes of a member and then none until `put_back`; `reached` is set when somebody waits."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.reached, self.free = threading.Event(), threading.Event()
        known: Callable[[BundleReader, int, int], bytes] = BundleReader._piece
        pieces: list[int] = []

        def piece(reader: BundleReader, offset: int, count: int) -> bytes:
            pieces.append(count)
            if len(pieces) == 2:
                self.reached.set()
                assert self.free.wait(LONG)
            return known(reader, offset, count)

        monkeypatch.setattr(bundle, "CHUNK", 4096)
        monkeypatch.setattr(BundleReader, "_piece", piece)

    def put_back(self) -> None:
        self.free.set()


class Behind:
    """Runs work in a thread; `result` is what it returned or the code of what it raised."""

    def __init__(self, work: Callable[[], object]) -> None:
        self.result: object = None
        self._work = work
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        try:
            self.result = self._work()
        except NdbError as error:
            self.result = error.code

    def ended(self) -> bool:
        self.thread.join(LONG)
        return not self.thread.is_alive()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> MadeReview:
    return make_bundle(tmp_path_factory.mktemp("made"))


@pytest.fixture
def session(made: MadeReview, tmp_path: Path) -> Iterator[ReviewSession]:
    with open_session(made, tmp_path / "profile", clock=TestClock()) as session:
        declare_all(session)
        yield session


@pytest.fixture
def stick(session: ReviewSession, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stick]:
    """Slow from here on: the bundle is open."""
    stick = Stick(monkeypatch)
    yield stick
    stick.put_back()


def read(session: ReviewSession, app: str) -> Behind:
    return Behind(lambda: session.read_document(app, "D1"))


def test_an_edit_is_durable_while_documents_are_copied(
    session: ReviewSession, stick: Stick, made: MadeReview, tmp_path: Path
) -> None:
    app = made.ids[0]
    reading = read(session, app)
    assert stick.reached.wait(LONG)
    edit = Behind(lambda: session.set_opinion(app, "一段意见"))
    assert edit.ended(), "the edit waits for the stick"
    copy = tmp_path / "killed.ndbwork"
    copy.write_bytes(worksheet_path(tmp_path / "profile", made.written.bundle_id).read_bytes())
    assert session.look_into(copy).records[app]["opinion", ""] == '"一段意见"'
    assert reading.thread.is_alive(), "the copy has not ended"
    stick.put_back()
    assert reading.ended()
    assert reading.result == made.documents[app, "D1"]


def test_two_who_want_the_same_documents_copy_them_once(
    session: ReviewSession, stick: Stick, made: MadeReview, monkeypatch: pytest.MonkeyPatch
) -> None:
    copies: list[str] = []
    known = BundleReader.copy_member

    def copy(reader: BundleReader, name: str, *rest: object) -> Path:
        copies.append(name)
        return known(reader, name, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(BundleReader, "copy_member", copy)
    first = read(session, made.ids[0])
    assert stick.reached.wait(LONG)
    second = read(session, made.ids[0])
    stick.put_back()
    assert first.ended()
    assert second.ended()
    assert first.result == second.result == made.documents[made.ids[0], "D1"]
    assert len(copies) == 1


def test_a_recusal_ends_the_copy(session: ReviewSession, stick: Stick, made: MadeReview) -> None:
    app = made.ids[0]
    reading = read(session, app)
    assert stick.reached.wait(LONG)
    recusal = Behind(lambda: session.declare(app, Declaration("recused", ("C1",))))
    assert recusal.ended(), "the recusal waits for the stick"
    stick.put_back()
    assert reading.ended()
    assert reading.result == "E-RECUSED"
    assert not [path for path in session._cache.path.iterdir() if path.suffix == ".db"]


def test_closing_ends_the_copy_and_leaves_nothing(session: ReviewSession, stick: Stick, made: MadeReview) -> None:
    folder = session._cache.path
    reading = read(session, made.ids[0])
    assert stick.reached.wait(LONG)
    closing = Behind(session.close)
    while not session._documents._closed:
        assert closing.thread.is_alive()
    stick.put_back()
    assert closing.ended()
    assert reading.ended()
    assert reading.result == "E-STORE-MISSING"
    assert not folder.exists()
    late = read(session, made.ids[0])
    assert late.ended()
    assert late.result == "E-STORE-MISSING"


def test_a_store_that_made_room_meanwhile_is_copied_again(
    session: ReviewSession, made: MadeReview, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, asked = made.ids[0], []
    known = session._documents.store

    def store(application: str) -> DocumentStore:
        found = known(application)
        asked.append(application)
        if len(asked) == 1:
            # Between the look-up and the question, as another thread might.
            session._documents.close_store(application)
        return found

    monkeypatch.setattr(session._documents, "store", store)
    assert session.search(app, "research")
    assert len(asked) == 2
    assert session.pages_without_text(app) == {"D3": 1}
    known(app).close()
    for question in (lambda: session.page_text(app, "D1", 1), lambda: session.pages_without_text(app)):
        with pytest.raises(NdbError) as caught:
            question()
        assert caught.value.code == "E-STORE-MISSING"
