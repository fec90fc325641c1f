"""Statements, declarations, marks, undo, documents: the order of things and what is refused."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.sheet import Challenge, Declaration, EvidenceLink, ItemEntry
from ndb_desktop.services import review_drafts as forms
from ndb_desktop.services.review import Change, ReviewSession
from ndb_desktop.services.review_documents import MAX_STORES
from tests.support.review import (
    REASON,
    START,
    MadeReview,
    TestClock,
    agree_all,
    declare_all,
    fill,
    full_entry,
    make_bundle,
    open_session,
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> MadeReview:
    return make_bundle(tmp_path_factory.mktemp("made"))


@pytest.fixture
def clock() -> TestClock:
    return TestClock()


@pytest.fixture
def session(made: MadeReview, tmp_path: Path, clock: TestClock) -> Iterator[ReviewSession]:
    with open_session(made, tmp_path / "profile", clock=clock) as session:
        yield session


@pytest.fixture
def app(made: MadeReview) -> str:
    return made.ids[0]


@pytest.fixture
def declared(session: ReviewSession) -> ReviewSession:
    declare_all(session)
    return session


def code_of(action: Callable[[], object]) -> str:
    with pytest.raises(NdbError) as caught:
        action()
    return caught.value.code


def judged(session: ReviewSession, app: str) -> str:
    return next(i.id for i in session.item(app).pack.items if not i.computed)


def automatic(session: ReviewSession, app: str) -> str:
    return next(i.id for i in session.item(app).pack.items if i.computed)


# the order: statements, declaration, documents and marks


def test_statements_come_first(session: ReviewSession, app: str) -> None:
    first, *rest = [statement.id for statement, _ in session.statements()]
    assert code_of(lambda: session.declare(app, Declaration("clear"))) == "E-NOT-AGREED"
    for statement in rest:
        assert session.agree(statement) == Change("", "statement", statement)
    assert code_of(lambda: session.declare(app, Declaration("clear"))) == "E-NOT-AGREED"
    session.agree(first)
    session.declare(app, Declaration("clear"))
    assert all(at for _, at in session.statements())
    agreed = session.statements()
    session.agree(first)
    assert session.statements() == agreed, "agreeing again does not move the moment"
    assert code_of(lambda: session.agree("nonsense")) == "E-REVIEW-STATEMENT"


def test_nothing_opens_before_the_declaration(session: ReviewSession, app: str) -> None:
    agree_all(session)
    item = judged(session, app)
    for action in (
        lambda: session.documents(app),
        lambda: session.read_document(app, "D1"),
        lambda: session.page_text(app, "D1", 1),
        lambda: session.search(app, "生物"),
        lambda: session.set_entry(app, full_entry(session.item(app).pack, item)),
        lambda: session.set_opinion(app, "x"),
        lambda: session.set_note(app, "x"),
        lambda: session.set_unable(app, "x"),
    ):
        assert code_of(action) == "E-NOT-DECLARED"
    assert session.progress(app)[0] == 0
    session.declare(app, Declaration("clear"))
    assert [document.id for document in session.documents(app)] == ["D1", "D2", "D3"]


def test_declarations_are_checked(session: ReviewSession, app: str) -> None:
    agree_all(session)
    assert code_of(lambda: session.declare(app, Declaration("none"))) == "E-DECLARATION"
    assert code_of(lambda: session.declare(app, Declaration("recused"))) == "E-DECLARATION-CODE"
    assert code_of(lambda: session.declare(app, Declaration("recused", ("C99",)))) == "E-DECLARATION-CODE"
    assert code_of(lambda: session.declare(app, Declaration("recused", ("C12",)))) == "E-DECLARATION-WORDS"
    assert code_of(lambda: session.declare(app, Declaration("recused", ("C1",), "x" * 4001))) == "E-SHEET-LONG"
    assert code_of(lambda: session.declare("nobody", Declaration("clear"))) == "E-REVIEW-APPLICATION"
    assert session.sheet(app).declaration.status == "none"


def test_recusal_withdraws_what_was_scored(declared: ReviewSession, app: str, made: MadeReview) -> None:
    other = made.ids[1]
    item = judged(declared, other)
    declared.set_entry(other, full_entry(declared.item(other).pack, item))
    fill(declared, app)
    declared.set_opinion(app, "总体较好")
    declared.set_note(app, "私下")
    declared.put_evidence(app, EvidenceLink("e1", judged(declared, app), "D1", 1))
    before = declared.changes
    assert declared.declare(app, Declaration("recused", ("C1",), "曾任职")) == Change(app, "declaration", "")
    sheet = declared.sheet(app)
    assert (sheet.items, sheet.opinion, sheet.evidence, sheet.status) == ({}, "", (), "recused")
    assert sheet.note == "私下"
    assert code_of(lambda: declared.documents(app)) == "E-RECUSED"
    assert code_of(lambda: declared.set_opinion(app, "x")) == "E-RECUSED"
    withdrawn = [row for row in declared.history(before) if row.kind == "entry"]
    assert len(withdrawn) == len(declared.item(app).pack.items), "the log keeps what was withdrawn"
    assert all(row.old and row.new is None for row in withdrawn)
    undone = declared.undo()
    assert undone == Change(other, "entry", item), "undo goes on with the other application"
    assert declared.sheet(app).items == {}


def test_a_recusal_taken_back_brings_what_was_withdrawn(declared: ReviewSession, app: str) -> None:
    fill(declared, app)
    item = judged(declared, app)
    declared.set_opinion(app, "总体较好")
    declared.put_evidence(app, EvidenceLink("e1", item, "D1", 1))
    declared.keep_draft(app, forms.UNABLE, {"reason": "半句"})
    before = declared.sheet(app)
    assert before.items
    declared.declare(app, Declaration("recused", ("C1",)))
    declared.declare(app, Declaration("recused", ("C2",)))
    assert (declared.sheet(app).items, declared.drafts(app)) == ({}, {})
    declared.declare(app, Declaration())
    assert declared.sheet(app).items == {}, "not declared: nothing is open"
    declared.declare(app, Declaration("recused", ("C3",)))
    declared.declare(app, Declaration())
    declared.declare(app, Declaration("clear"))
    after = declared.sheet(app)
    assert replace(after, declaration=before.declaration) == before
    assert declared.drafts(app) == {forms.UNABLE: {"reason": "半句"}}
    declared.set_entry(app, ItemEntry(item))
    declared.declare(app, Declaration("clear"))
    assert declared.sheet(app).items[item].state == "open", "what came back comes once"


def test_recused_counts_as_done(declared: ReviewSession, app: str) -> None:
    declared.declare(app, Declaration("recused", ("C2",)))
    done, total = declared.progress(app)
    assert done == total
    assert declared.findings(app) == ()


# marks


def test_marks_are_stored_exactly(declared: ReviewSession, app: str, made: MadeReview, tmp_path: Path) -> None:
    item = judged(declared, app)
    entry = ItemEntry(item, "scored", "L3", Decimal("72.50"), reason="理由\n第二行", note="私", flagged=True)
    change = declared.set_entry(app, entry)
    assert change == Change(app, "entry", item)
    assert declared.sheet(app).items[item] == entry
    assert str(declared.sheet(app).items[item].value) == "72.50"
    declared.close()
    with open_session(made, tmp_path / "profile") as again:
        assert again.sheet(app).items[item] == entry


def test_each_setter_is_one_durable_change(declared: ReviewSession, app: str) -> None:
    item = judged(declared, app)
    for action in (
        lambda: declared.set_entry(app, ItemEntry(item, "scored", "L3", Decimal(70))),
        lambda: declared.set_opinion(app, "意见"),
        lambda: declared.set_note(app, "私"),
        lambda: declared.set_unable(app, "材料无法打开"),
        lambda: declared.put_evidence(app, EvidenceLink("e1", item, "D1", 1, (0, 0, 1000, 1000), "引")),
        lambda: declared.remove_evidence(app, "e1"),
    ):
        before = declared.changes
        action()
        assert declared.changes == before + 1
        action()
        assert declared.changes == before + 1, "storing the same again is no change"


def test_marks_the_form_does_not_allow(declared: ReviewSession, app: str) -> None:
    good = ItemEntry(judged(declared, app), "scored", "L3", Decimal(75), reason=REASON)
    before = declared.changes
    refusals: list[tuple[dict[str, object], str]] = [
        ({"value": Decimal(95)}, "E-ITEM-RANGE"),
        ({"value": Decimal("70.25")}, "E-ITEM-STEP"),
        ({"level": None}, "E-ITEM-LEVEL"),
        ({"state": "absent"}, "E-ITEM-STATE"),
        ({"state": "void"}, "E-ITEM-STATE"),
        ({"state": "open", "value": Decimal(95)}, "E-ITEM-RANGE"),
        ({"confirm": "confirmed"}, "E-ITEM-STATE"),
        ({"value": Decimal("NaN")}, "E-NUMBER"),
        ({"value": Decimal("1E+30")}, "E-NUMBER"),
        ({"reason": "x" * 4001}, "E-SHEET-LONG"),
        ({"note": "x" * 20001}, "E-SHEET-LONG"),
        ({"item": "X9.9.basis"}, "E-ITEM-UNKNOWN"),
    ]
    for changed, code in refusals:
        entry = replace(good, **changed)  # type: ignore[arg-type]
        assert code_of(lambda e=entry: declared.set_entry(app, e)) == code, changed  # type: ignore[misc]
    assert declared.changes == before


def test_a_computed_score_cannot_be_set(declared: ReviewSession, app: str) -> None:
    item = automatic(declared, app)
    wrong = ItemEntry(item, "scored", "L3", Decimal(75), confirm="confirmed")
    assert code_of(lambda: declared.set_entry(app, wrong)) == "E-ITEM-COMPUTED"
    declared.set_entry(app, ItemEntry(item, "scored", confirm="confirmed"))
    assert declared.computed(app, item).score is not None


def test_unfinished_marks_are_kept_and_found(declared: ReviewSession, app: str) -> None:
    item = judged(declared, app)
    declared.set_entry(app, ItemEntry(item, "scored", "L5"))
    assert item in {fault.place for fault in declared.findings(app)}
    declared.set_entry(app, ItemEntry(item, "scored", "L5", Decimal(90)))
    assert {fault.code for fault in declared.findings(app) if fault.place == item} == {"E-ITEM-REASON"}
    declared.set_entry(app, ItemEntry(item, "scored", "L5", Decimal(90), reason=REASON))
    assert item not in {fault.place for fault in declared.findings(app)}


def test_progress_and_totals_follow(declared: ReviewSession, app: str) -> None:
    total = len(declared.item(app).pack.items)
    assert declared.progress(app) == (0, total)
    assert declared.totals(app).total is None
    fill(declared, app)
    assert declared.progress(app) == (total, total)
    assert declared.totals(app).total is not None
    assert declared.overall_progress()[0] == total
    assert declared.findings(app) == ()


def test_challenges(declared: ReviewSession, app: str) -> None:
    review = declared.item(app)
    item = next(i for i in review.pack.items if i.computed and i.indicator.data[0].kind == "number")
    datum = item.indicator.data[0]
    key = str(review.application.year) if datum.years else ""
    good = Challenge("q1", item.indicator.id, datum.code, key, Decimal("3.1"), "D1", 1, REASON)
    assert declared.put_challenge(app, good) == Change(app, "challenge", "q1")
    declared.set_entry(app, ItemEntry(item.id, "scored"))
    assert "E-ITEM-CONFIRM" in {f.code for f in declared.findings(app) if f.place == item.id}
    declared.set_entry(app, ItemEntry(item.id, "scored", confirm="confirmed"))
    assert "E-CHALLENGE-CONFIRMED" in {f.code for f in declared.findings(app) if f.place == item.id}
    declared.set_entry(app, ItemEntry(item.id, "scored", confirm="challenged"))
    assert item.id not in {f.place for f in declared.findings(app)}
    for changed, code in (
        ({"indicator": "X9"}, "E-CHALLENGE-INDICATOR"),
        ({"datum": "none"}, "E-CHALLENGE-DATUM"),
        ({"key": "1999"}, "E-CHALLENGE-KEY"),
        ({"page": 9}, "E-EVIDENCE-PAGE"),
        ({"document": "D9"}, "E-EVIDENCE-DOCUMENT"),
        ({"id": "a b"}, "E-REVIEW-ID"),
        ({"proposed": Decimal("1.1234567")}, "E-NUMBER"),
        ({"rect": (0, 0, 5, -1)}, "E-REVIEW-RECT"),
        ({"sha256": "0" * 64}, "E-EVIDENCE-DIGEST"),
    ):
        assert code_of(lambda c=changed: declared.put_challenge(app, replace(good, **c))) == code  # type: ignore[misc]
    assert declared.sheet(app).challenges == (replace(good, sha256=digest_of(declared, app, "D1")),)
    declared.remove_challenge(app, "q1")
    assert declared.sheet(app).challenges == ()
    assert "E-CHALLENGE-MISSING" in {f.code for f in declared.findings(app) if f.place == item.id}


def digest_of(session: ReviewSession, app: str, document: str) -> str:
    return next(d.sha256 for d in session.item(app).application.documents if d.id == document)


def test_evidence(declared: ReviewSession, app: str) -> None:
    good = EvidenceLink("e1", judged(declared, app), "D2", 1, (10, 20, 300, 400), "生物制造")
    declared.put_evidence(app, good)
    digest = digest_of(declared, app, "D2")
    assert declared.sheet(app).evidence == (replace(good, sha256=digest),)
    for changed, code in (
        ({"item": "X9.9.basis"}, "E-ITEM-UNKNOWN"),
        ({"document": "D9"}, "E-EVIDENCE-DOCUMENT"),
        ({"page": 2}, "E-EVIDENCE-PAGE"),
        ({"rect": (0, 0, 1001, 5)}, "E-REVIEW-RECT"),
        ({"quote": "x" * 2001}, "E-SHEET-LONG"),
        ({"sha256": "0" * 64}, "E-EVIDENCE-DIGEST"),
        ({"id": ""}, "E-REVIEW-ID"),
    ):
        assert code_of(lambda c=changed: declared.put_evidence(app, replace(good, **c))) == code  # type: ignore[misc]


def test_half_a_character_from_a_broken_paste(declared: ReviewSession, app: str) -> None:
    declared.set_opinion(app, "好\ud842")
    assert declared.sheet(app).opinion == "好?"


# undo


def test_undo_and_redo_say_what_they_changed(declared: ReviewSession, app: str, made: MadeReview) -> None:
    assert not declared.can_undo, "statements and declarations are not undone by a keystroke"
    assert declared.undo() is None
    item, other = judged(declared, app), made.ids[1]
    declared.set_entry(app, ItemEntry(item, "scored", "L3", Decimal(70)))
    declared.set_opinion(other, "好")
    declared.set_note(app, "私")
    assert declared.undo() == Change(app, "note", "")
    assert declared.sheet(app).note == ""
    assert declared.undo() == Change(other, "opinion", "")
    assert declared.sheet(other).opinion == ""
    assert declared.undo() == Change(app, "entry", item)
    assert declared.sheet(app).items == {}
    assert not declared.can_undo
    assert declared.redo() == Change(app, "entry", item)
    assert declared.sheet(app).items[item].value == Decimal(70)
    assert declared.redo() == Change(other, "opinion", "")
    assert declared.redo() == Change(app, "note", "")
    assert declared.sheet(app).note == "私"
    assert not declared.can_redo


# time


def test_a_clock_set_back_reorders_nothing(declared: ReviewSession, app: str, clock: TestClock) -> None:
    assert not declared.clock_behind
    declared.set_opinion(app, "一")
    saved = declared.last_saved
    clock.now = START - timedelta(days=400)
    assert declared.clock_behind
    declared.set_opinion(app, "二")
    assert saved is not None
    assert declared.last_saved is not None
    assert declared.last_saved < saved - timedelta(days=399), "as the user's clock says it"
    assert [row.at for row in declared.history()][-1] == saved.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert [bool(row.clock) for row in declared.history()][-2:] == [False, True]
    times = [row.at for row in declared.history()]
    assert times == sorted(times)
    declared.declare(app, Declaration("recused", ("C1",)))
    assert declared.sheet(app).declaration.at == times[-1]


# documents


def test_documents_are_what_was_issued(declared: ReviewSession, made: MadeReview) -> None:
    for (app, document), body in made.documents.items():
        assert declared.read_document(app, document) == body
    assert code_of(lambda: declared.read_document(made.ids[0], "D9")) == "E-STORE-DOC-MISSING"


def test_search_finds_small_words(declared: ReviewSession, app: str) -> None:
    (hit,) = declared.search(app, "链主")
    assert (hit.document, hit.page) == ("D2", 1)
    assert hit.snippet[slice(*hit.mark)] == "链主"
    assert {h.document for h in declared.search(app, "3.1")} == {"D1", "D2"}
    assert declared.search(app, "3.1", document="D1")[0].document == "D1"
    assert declared.search(app, "机器人") == ()
    assert declared.page_text(app, "D2", 1).startswith("创建工作方案")


def test_few_copies_in_the_cache(
    declared: ReviewSession, made: MadeReview, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ndb_desktop.services import review_documents

    cache = tmp_path / "profile" / "cache" / made.written.bundle_id
    monkeypatch.setattr(review_documents, "MAX_STORES", 1)
    for app in (*made.ids, *made.ids):
        declared.read_document(app, "D1")
        assert len(list(cache.glob("att-*.db"))) == 1
    assert MAX_STORES == 3
    monkeypatch.setattr(review_documents, "MAX_STORES", 9)
    monkeypatch.setattr(review_documents, "MAX_BYTES", 1)
    for app in made.ids:
        declared.read_document(app, "D1")
        assert len(list(cache.glob("att-*.db"))) == 1


def test_a_document_proven_once_is_not_proven_again_after_its_store_made_room(
    declared: ReviewSession, made: MadeReview, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ndb_desktop.services import review_documents
    from ndb_desktop.storage.docstore import DocumentStore

    proofs: list[str] = []
    real = DocumentStore._proving

    def proving(store: DocumentStore, name: str, sha256: str | None, readers: int) -> Iterator[bytes]:
        proofs.append(name)
        return real(store, name, sha256, readers)

    monkeypatch.setattr(review_documents, "MAX_STORES", 1)
    monkeypatch.setattr(DocumentStore, "_proving", proving)
    first, second, *_ = made.ids
    for _ in range(2):
        for app in (first, second):
            parts = declared.document_source(app, "D1").parts()
            assert parts is not None
            parts.wait()
            assert parts.read(0, 4) == declared.read_document(app, "D1")[:4]
    assert proofs == ["D1", "D1"], "once for each application"


def test_several_threads_at_once(declared: ReviewSession, made: MadeReview, app: str) -> None:
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for turn in range(10):
                declared.read_document(made.ids[(number + turn) % len(made.ids)], "D1")
                declared.set_note(app, f"{number}-{turn}")
                declared.search(app, "生物")
                declared.sheet(app)
        except BaseException as error:  # noqa: BLE001
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
