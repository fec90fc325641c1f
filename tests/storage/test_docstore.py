"""Document stores: what goes in comes out, small words are found, hostile files are refused."""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.storage import docpieces, docwriter
from ndb_desktop.storage.docstore import DocumentStore
from ndb_desktop.storage.docwriter import DocumentStoreWriter, StoreFacts
from ndb_desktop.storage.engine import RawKey, open_database

KEY = RawKey("5a" * 32)
PDF = b"%PDF-1.7 " + bytes(range(256)) * 300


def make(path: Path) -> StoreFacts:
    with DocumentStoreWriter(path, KEY) as writer:
        writer.add("D1", io.BytesIO(PDF), len(PDF), "application/pdf", ["星河生物制造有限公司", "研发 R&D 强度 3.1%"])
        writer.add(
            "D2", [b"text", b" only"], 9, "text/plain", ["生物 bio 医药。\n生\n物"], name="说明.txt", title="说明"
        )
        return writer.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DocumentStore]:
    make(tmp_path / "0000.db")
    with DocumentStore(tmp_path / "0000.db", KEY) as store:
        yield store


def code_of(caught: pytest.ExceptionInfo[NdbError]) -> str:
    return caught.value.code


def test_round_trip(store: DocumentStore) -> None:
    assert store.read("D1") == PDF
    assert store.read("D2", sha256=hashlib.sha256(b"text only").hexdigest()) == b"text only"
    first, second = store.documents()
    assert (first.id, first.size, first.pages, first.sha256) == ("D1", len(PDF), 2, hashlib.sha256(PDF).hexdigest())
    assert (second.name, second.title, second.mime) == ("说明.txt", "说明", "text/plain")
    assert store.page_text("D1", 1) == "星河生物制造有限公司"
    assert store.page_text("D1", 3) == ""


def test_facts_name_the_file(tmp_path: Path) -> None:
    facts = make(tmp_path / "0000.db")
    raw = (tmp_path / "0000.db").read_bytes()
    assert facts == StoreFacts(len(raw), hashlib.sha256(raw).hexdigest())
    assert b"%PDF" not in raw
    assert "星河".encode() not in raw
    assert [p.name for p in tmp_path.iterdir()] == ["0000.db"]


@pytest.mark.parametrize(
    ("query", "where"),
    [
        ("生物", [("D1", 1), ("D2", 1), ("D2", 1)]),
        ("河", [("D1", 1)]),
        ("制造有限", [("D1", 1)]),
        ("造制", []),
        ("r&d", [("D1", 2)]),
        ("bio", [("D2", 1)]),
        ("bi", [("D2", 1)]),
        ('"bi"', []),
        ("生物医药", []),
        ("生物bio医药", [("D2", 1)]),
        ("强度3", [("D1", 2)]),
        ("3", [("D1", 2)]),
        ("制", [("D1", 1)]),
        ("Ｒ＆Ｄ 强", [("D1", 2)]),
        ("3.1", [("D1", 2)]),
        ("  ", []),
        ('" OR body:*', []),
    ],
)
def test_search(store: DocumentStore, query: str, where: list[tuple[str, int]]) -> None:
    assert [(hit.document, hit.page) for hit in store.search(query)] == where


def test_a_number_that_stands_nowhere_whole_is_found_in_longer_ones(tmp_path: Path) -> None:
    with DocumentStoreWriter(tmp_path / "a.db", KEY) as writer:
        writer.add("D1", [], 0, "application/pdf", ["产值 16800 万元，园区 2168 家", "46 家"])
        writer.add("D2", [], 0, "text/plain", ["另有 46950 与 51688"])
        writer.close()
    with DocumentStore(tmp_path / "a.db", KEY) as store:
        found = [(h.document, h.page, h.snippet[slice(*h.mark)], h.start) for h in store.search("168")]
        assert found == [("D1", 1, "168", 3), ("D1", 1, "168", 16), ("D2", 1, "168", 12)]
        assert [h.document for h in store.search("168", document="D2")] == ["D2"]
        assert len(store.search("168", limit=2)) == 2
        assert [(h.document, h.page) for h in store.search("46")] == [("D1", 2)], "whole numbers come first"
        assert store.search("“168”") == ()
        assert store.search("999") == ()
        with pytest.raises(InterruptedError):
            store.search("168", check=_stop)


def _stop() -> None:
    raise InterruptedError


def test_hits_point_into_the_text(store: DocumentStore) -> None:
    hits = store.search("生物", document="D2")
    body = store.page_text("D2", 1)
    assert [body[h.start : h.start + h.length] for h in hits] == ["生物", "生\n物"]
    assert [h.snippet[slice(*h.mark)] for h in hits] == ["生物", "生物"]
    assert len(store.search("生物", limit=1)) == 1


def test_a_search_ends_when_nobody_waits_for_it(tmp_path: Path) -> None:
    """The first page is looked at, then the caller says stop."""
    with DocumentStoreWriter(tmp_path / "a.db", KEY) as writer:
        writer.add("D1", [], 0, "application/pdf", ["研发投入"] * 30)
        writer.close()
    asked: list[int] = []

    def check() -> None:
        asked.append(1)
        if len(asked) == 3:
            raise InterruptedError

    with DocumentStore(tmp_path / "a.db", KEY) as store:
        with pytest.raises(InterruptedError):
            store.search("研发", check=check)
        assert len(asked) == 3
        assert len(store.search("研发")) == 30, "the store answers the next question"
        assert [hit.page for hit in store.search("研发", limit=4)] == [1, 2, 3, 4]


def test_pages_without_text_are_counted(tmp_path: Path) -> None:
    with DocumentStoreWriter(tmp_path / "a.db", KEY) as writer:
        writer.add("D1", [], 0, "application/pdf", ["研发", "", " \n", "强度"])
        writer.add("D2", [], 0, "image/jpeg", [""])
        writer.add("D3", [], 0, "text/plain", ["全文"])
        writer.close()
    with DocumentStore(tmp_path / "a.db", KEY) as store:
        assert store.pages_without_text() == {"D1": 2, "D2": 1}
    change(tmp_path / "a.db", "UPDATE document SET pages = -5 WHERE id = 'D1'")
    with DocumentStore(tmp_path / "a.db", KEY) as store:
        assert store.pages_without_text() == {"D2": 1}, "a number nobody can believe is not shown"


def test_large_documents_are_written_in_pieces(tmp_path: Path) -> None:
    """60 MB in and out: the writer's memory grows by a fraction of that."""
    program = f"""
import hashlib, resource
from pathlib import Path
from ndb_desktop.storage.docwriter import DocumentStoreWriter
from ndb_desktop.storage.engine import RawKey
def pieces():
    for n in range(60):
        yield bytes([n]) * 1048576
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with DocumentStoreWriter(Path({str(tmp_path / "a.db")!r}), RawKey("5a" * 32)) as writer:
    stored = writer.add("D1", pieces(), 60 * 1048576, "application/pdf", [])
    writer.close()
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, stored.sha256)
"""
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True, timeout=120)
    grown, sha256 = done.stdout.split()
    assert int(grown) < 30_000, "kilobytes"
    with DocumentStore(tmp_path / "a.db", KEY) as store:
        assert hashlib.sha256(store.read("D1")).hexdigest() == sha256


@pytest.mark.parametrize("size", [3, 5, 9 * 1024 * 1024 - 1, 9 * 1024 * 1024 + 1])
def test_another_length_than_announced(tmp_path: Path, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docwriter, "_AT_ONCE", 8 * 1024 * 1024)
    content = b"abcd" if size < 10 else bytes(9 * 1024 * 1024)
    with DocumentStoreWriter(tmp_path / "a.db", KEY) as writer:
        with pytest.raises(NdbError) as caught:
            writer.add("D1", io.BytesIO(content), size, "application/pdf", [])
        assert code_of(caught) == "E-STORE-DOC-CHANGED"
        writer.add("D1", io.BytesIO(b"ok"), 2, "application/pdf", [])
        writer.close()
    with DocumentStore(tmp_path / "a.db", KEY) as store:
        assert store.read("D1") == b"ok"


def test_refusals_of_the_writer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docwriter, "MAX_DOCUMENT_BYTES", 100)
    with DocumentStoreWriter(tmp_path / "a.db", KEY) as writer:
        with pytest.raises(NdbError) as caught:
            writer.add("D1", io.BytesIO(b"x"), 101, "application/pdf", [])
        assert code_of(caught) == "E-STORE-DOC-SIZE"
        with pytest.raises(NdbError) as caught:
            writer.add("D1", io.BytesIO(b"x"), 1, "application/pdf", [""] * 5001)
        assert code_of(caught) == "E-STORE-DOC-COUNT"
        writer.add("D1", io.BytesIO(b"x"), 1, "application/pdf", [""])
        with pytest.raises(NdbError) as caught:
            writer.add("D1", io.BytesIO(b"x"), 1, "application/pdf", [""])
        assert code_of(caught) == "E-STORE-DOC-TWICE"
        writer.close()
    with pytest.raises(NdbError) as caught:
        DocumentStoreWriter(tmp_path / "a.db", KEY)
    assert code_of(caught) == "E-STORE-EXISTS"


def test_a_failing_writer_leaves_nothing(tmp_path: Path) -> None:
    def stop_halfway() -> None:
        with DocumentStoreWriter(tmp_path / "a.db", KEY) as writer:
            writer.add("D1", io.BytesIO(b"x"), 1, "application/pdf", [])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        stop_halfway()
    assert not list(tmp_path.iterdir())


def test_texts_no_encoding_can_carry_do_not_stop_an_import(tmp_path: Path) -> None:
    with DocumentStoreWriter(tmp_path / "a.db", KEY) as writer:
        writer.add("D1", [], 0, "application/pdf", ["half \ud842 and \0 nul"])
        writer.close()
    with DocumentStore(tmp_path / "a.db", KEY) as store:
        assert store.page_text("D1", 1) == "half ? and  nul"
        assert store.read("D1") == b""


def change(path: Path, statement: str) -> None:
    with open_database(path, KEY, mode="write") as db:
        db.conn.execute(statement)


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("UPDATE sqlar SET data = zeroblob(length(data))", "E-STORE-DOC-DIGEST"),
        ("UPDATE document SET sha256 = upper(sha256)", "E-STORE-DOC-DIGEST"),
        ("UPDATE document SET size = 1000000000", "E-STORE-DOC-SIZE"),
        ("UPDATE sqlar SET data = x'00'", "E-STORE-DOC-SIZE"),
        ("DELETE FROM sqlar", "E-STORE-DOC-MISSING"),
        ("DELETE FROM document", "E-STORE-DOC-MISSING"),
    ],
)
def test_altered_content_is_not_shown(tmp_path: Path, statement: str, code: str) -> None:
    make(tmp_path / "a.db")
    change(tmp_path / "a.db", statement)
    with DocumentStore(tmp_path / "a.db", KEY) as store:
        with pytest.raises(NdbError) as caught:
            store.read("D1")
        assert code_of(caught) == code
        came: list[bytes] = []
        with pytest.raises(NdbError) as caught:
            came.extend(store.pieces("D1"))
        assert code_of(caught) == code
        assert sum(map(len, came)) < len(PDF), "the end of a document that was changed must not come"


def test_the_digest_the_bundle_signed_decides(store: DocumentStore) -> None:
    for read in (store.read, lambda name, sha256: list(store.pieces(name, sha256=sha256))):
        with pytest.raises(NdbError) as caught:
            read("D1", sha256="0" * 64)
        assert code_of(caught) == "E-STORE-DOC-DIGEST"


def test_pieces_are_the_document_and_leave_the_store_free_between_them(
    store: DocumentStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(docpieces, "PIECE", 10_000)
    came = []
    for piece in store.pieces("D1", sha256=hashlib.sha256(PDF).hexdigest()):
        came.append(piece)
        assert store.page_text("D1", 1), "another question in between"
    assert b"".join(came) == PDF
    assert max(map(len, came)) == 10_000
    assert b"".join(store.pieces("D2")) == b"text only"


def test_a_store_closed_between_two_pieces_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docpieces, "PIECE", 10_000)
    make(tmp_path / "a.db")
    store = DocumentStore(tmp_path / "a.db", KEY)
    pieces = store.pieces("D1")
    assert len(next(pieces)) == 10_000
    store.close()
    with pytest.raises(NdbError) as caught:
        list(pieces)
    assert code_of(caught) == "E-STORE-MISSING"


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE VIEW v AS SELECT * FROM document",
        "CREATE TRIGGER g AFTER INSERT ON document BEGIN SELECT 1; END",
        "CREATE TABLE more(a)",
    ],
)
def test_foreign_schema_is_refused(tmp_path: Path, statement: str) -> None:
    make(tmp_path / "a.db")
    change(tmp_path / "a.db", statement)
    with pytest.raises(NdbError) as caught:
        DocumentStore(tmp_path / "a.db", KEY)
    assert code_of(caught) == "E-STORE-SCHEMA"


def test_reading_never_writes(tmp_path: Path) -> None:
    make(tmp_path / "a.db")
    before = (tmp_path / "a.db").read_bytes()
    with DocumentStore(tmp_path / "a.db", KEY) as store:
        store.read("D1")
        store.search("生物")
        assert [p.name for p in tmp_path.iterdir()] == ["a.db"]
    assert (tmp_path / "a.db").read_bytes() == before
