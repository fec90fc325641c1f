"""Large documents: several threads decipher them, and any part of them is read once the whole is proven."""

from __future__ import annotations

import hashlib
import io
import random
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.storage import docpieces
from ndb_desktop.storage.docstore import DocumentStore
from ndb_desktop.storage.docwriter import DocumentStoreWriter
from ndb_desktop.storage.engine import RawKey, open_database

KEY = RawKey("5a" * 32)
SCAN = b"%PDF-1.7 " + random.Random(3).randbytes(600_000)
DIGEST = hashlib.sha256(SCAN).hexdigest()
SMALL = b"a small one"


def write(path: Path) -> None:
    with DocumentStoreWriter(path, KEY) as writer:
        writer.add("D1", io.BytesIO(SCAN), len(SCAN), "application/pdf", [])
        writer.add("D2", io.BytesIO(SMALL), len(SMALL), "text/plain", [])
        writer.close()


@pytest.fixture(autouse=True)
def _small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docpieces, "PIECE", 10_000)
    monkeypatch.setattr(docpieces, "WORTH", 100_000)
    monkeypatch.setattr(docpieces, "readers", lambda: 3)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DocumentStore]:
    write(tmp_path / "a.db")
    with DocumentStore(tmp_path / "a.db", KEY) as store:
        yield store
    assert at_work() == 0, "no thread stays"


def at_work() -> int:
    return sum(thread.name == "decipher" for thread in threading.enumerate())


def code_of(caught: pytest.ExceptionInfo[NdbError]) -> str:
    return caught.value.code


def change(path: Path) -> None:
    """One byte in the last of the pieces, by somebody who has the key."""
    with open_database(path, KEY, mode="write") as db:
        row = db.conn.execute("SELECT rowid FROM sqlar WHERE name = 'D1.pdf'").fetchone()[0]
        with db.conn.open_blob("sqlar", "data", row) as blob:  # type: ignore[attr-defined]
            blob.seek(len(SCAN) - 5)
            blob.write(bytes([SCAN[-5] ^ 1]))


def damage(path: Path) -> None:
    """One byte of the encrypted file, by somebody who has not."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def test_several_threads_give_the_same_in_order(store: DocumentStore) -> None:
    came = []
    for piece in store.pieces("D1", sha256=DIGEST):
        came.append(piece)
        assert at_work() <= 3
    assert b"".join(came) == SCAN
    assert {len(piece) for piece in came[:-1]} == {10_000}
    assert b"".join(store.pieces("D2")) == SMALL


def test_who_stops_early_leaves_no_thread(store: DocumentStore) -> None:
    pieces = store.pieces("D1")
    assert len(next(pieces)) == 10_000
    assert at_work() == 3
    pieces.close()  # type: ignore[attr-defined]
    assert at_work() == 0


@pytest.mark.parametrize(("harm", "code"), [(change, "E-STORE-DOC-DIGEST"), (damage, "E-STORE-KEY")])
def test_what_was_changed_never_comes_whole(tmp_path: Path, harm: object, code: str) -> None:
    write(tmp_path / "a.db")
    assert callable(harm)
    harm(tmp_path / "a.db")
    with DocumentStore(tmp_path / "a.db", KEY) as store:
        came: list[bytes] = []
        with pytest.raises(NdbError) as caught:
            came.extend(store.pieces("D1", sha256=DIGEST))
        assert sum(map(len, came)) < len(SCAN)
        with pytest.raises(NdbError) as again:
            proven(store)
        with pytest.raises(NdbError) as ahead:
            store.prove("D1", sha256=DIGEST)
        assert {code_of(caught), code_of(again), code_of(ahead)} <= {code, "E-STORE-CORRUPT"}
    assert at_work() == 0


def test_a_store_closed_under_the_threads_says_so(tmp_path: Path) -> None:
    write(tmp_path / "a.db")
    store = DocumentStore(tmp_path / "a.db", KEY)
    pieces = store.pieces("D1")
    next(pieces)
    store.close()
    assert at_work() == 0, "closed for all who read it"
    with pytest.raises(NdbError) as caught:
        list(pieces)
    assert code_of(caught) == "E-STORE-MISSING"
    with pytest.raises(NdbError) as caught:
        list(store.pieces("D1"))
    assert code_of(caught) == "E-STORE-MISSING"


def proven(store: DocumentStore) -> docpieces.StoredParts:
    parts = store.parts("D1", sha256=DIGEST)
    assert parts is not None
    parts.wait()
    return parts


def test_parts_wait_for_their_proof_and_remember_it(store: DocumentStore, monkeypatch: pytest.MonkeyPatch) -> None:
    let = threading.Event()
    pieces = store.pieces

    def slowly(document: str, *, sha256: str | None = None) -> Iterator[bytes]:
        assert let.wait(20)
        yield from pieces(document, sha256=sha256)

    monkeypatch.setattr(store, "pieces", slowly)
    parts = store.parts("D1", sha256=DIGEST)
    assert parts is not None
    assert parts.read(7, 3) == SCAN[7:10], "it may be worked on"
    waited: list[bool] = []
    waiting = threading.Thread(target=lambda: waited.append(parts.wait() is None))
    waiting.start()
    waiting.join(0.05)
    assert not waited, "nobody is told that it is right"
    let.set()
    waiting.join(20)
    assert waited
    monkeypatch.setattr(store, "_proving", None)
    proven(store)


def test_any_part_can_be_read_once_the_whole_is_proven(store: DocumentStore) -> None:
    parts = proven(store)
    for start, length in ((590_000, 9), (0, 9), (123_456, 40_000), (len(SCAN) - 1, 1), (5_000, 512)):
        assert parts.read(start, length) == SCAN[start : start + length]
    assert store.page_text("D1", 1) == "", "the store is free"
    parts.close()
    with pytest.raises(NdbError) as caught:
        parts.read(0, 1)
    assert code_of(caught) == "E-STORE-MISSING"


def test_parts_end_with_their_store(tmp_path: Path) -> None:
    write(tmp_path / "a.db")
    store = DocumentStore(tmp_path / "a.db", KEY)
    parts = store.parts("D1")
    assert parts is not None
    store.close()
    with pytest.raises(NdbError) as caught:
        parts.read(0, 1)
    assert code_of(caught) == "E-STORE-MISSING"
    with pytest.raises(NdbError) as caught:
        store.parts("D1")
    assert code_of(caught) == "E-STORE-MISSING"


def test_a_proof_is_made_once_and_still_belongs_to_one_digest(
    store: DocumentStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[int] = []
    store.prove("D1", sha256=DIGEST, check=lambda: steps.append(1))
    assert len(steps) == 61
    store.prove("D1", sha256=DIGEST, check=lambda: steps.append(1))
    assert len(steps) == 61, "it is known"
    monkeypatch.setattr(store, "_proving", None)
    parts = store.parts("D1", sha256=DIGEST)
    assert parts is not None
    assert parts.read(7, 3) == SCAN[7:10]
    for ask in (store.parts, store.prove):
        with pytest.raises(NdbError) as caught:
            ask("D1", sha256="0" * 64)
        assert code_of(caught) == "E-STORE-DOC-DIGEST"


def test_a_proof_that_nobody_waits_for_ends_and_proves_nothing(store: DocumentStore) -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.prove("D1", check=stop)
    steps: list[int] = []
    store.prove("D1", check=lambda: steps.append(1))
    assert len(steps) == 61


def test_a_proof_holds_for_every_copy_of_the_same_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "a.db")
    proven: set[str] = set()
    with DocumentStore(tmp_path / "a.db", KEY, proven) as store:
        with pytest.raises(NdbError):
            store.prove("D1", sha256="0" * 64)
        assert proven == set()
        store.prove("D1", sha256=DIGEST)
    assert proven == {"D1"}
    with DocumentStore(tmp_path / "a.db", KEY, proven) as store:
        monkeypatch.setattr(store, "_proving", None)
        parts = store.parts("D1", sha256=DIGEST)
        assert parts is not None
        assert parts.read(0, 4) == SCAN[:4]


def test_a_file_without_pointer_maps_is_read_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As bundles were written before: they stay readable, their documents go over in pieces."""
    monkeypatch.setattr(
        "ndb_desktop.storage.docwriter.open_database",
        lambda path, key, mode, pointer_maps: open_database(path, key, mode=mode),  # noqa: ARG005
    )
    write(tmp_path / "a.db")
    with DocumentStore(tmp_path / "a.db", KEY) as store:
        assert store.parts("D1", sha256=DIGEST) is None
        for piece in store.pieces("D1", sha256=DIGEST):
            assert piece
            assert at_work() == 0
        assert b"".join(store.pieces("D1")) == SCAN
