"""申报材料附件库: the documents of one application in one encrypted SQLite file, written once, then copied and read.

`sqlar` is SQLite's own archive table (stored, not compressed), so any SQLCipher tool can take the documents out.
"""

from __future__ import annotations

import hashlib
import threading
import weakref
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.storage import docpieces, wordindex
from ndb_desktop.storage.docwriter import MAX_DOCUMENT_BYTES, MAX_DOCUMENTS, MAX_PAGES, StoredDocument
from ndb_desktop.storage.engine import RawKey, known_errors, open_database

_EXPECT = frozenset(
    {"sqlar", "document", "page_text", "page_index", "page_index_data", "page_index_idx", "page_index_config"}
)


@dataclass(frozen=True, slots=True)
class SearchHit:
    """A place in a document: `start`/`length` count characters of the page's text, `mark` those of the snippet."""

    document: str
    page: int
    snippet: str
    start: int
    length: int = 0
    mark: tuple[int, int] = (0, 0)


def _compare(document_id: str, found: str, stored: str, signed: str | None) -> None:
    if found != stored or (signed is not None and signed != stored):
        raise NdbError("E-STORE-DOC-DIGEST", place=document_id)


def _hits(rows: Any, query: str, limit: int, check: Callable[[], object], *, within: bool = False) -> list[SearchHit]:
    """The places on pages (document, page, text), until there are enough; `rows` is closed."""
    hits: list[SearchHit] = []
    with closing(rows):
        for name, page, body in rows:
            check()
            places = wordindex.find_all(body, query, limit - len(hits), within=within)
            # A phrase that crosses a rare folding is found by the index but not by offset: show the page's start.
            for start, end in places or ([] if within else [(0, 0)]):
                text, first, last = wordindex.snippet(body, start, end)
                hits.append(SearchHit(name, page, text, start, end - start, (first, last)))
            if len(hits) >= limit:
                break
    return hits


class DocumentStore:
    """Reads a store others made, as an untrusted file; safe to use from several threads.

    `proven` are ids of documents known to be right from an earlier copy of this very file (the same digest); those
    found right here are added.

    Raises:
        NdbError: as `open_database` with mode `untrusted`.
    """

    def __init__(self, path: Path, key: RawKey, proven: set[str] | None = None) -> None:
        self._place = Path(path).name
        self._lock = threading.Lock()
        self._closed = False
        self._connect = partial(open_database, path, key, mode="untrusted", expect=_EXPECT, any_thread=True)
        self._at_work: weakref.WeakSet[docpieces.Decipherers | docpieces.StoredParts] = weakref.WeakSet()
        self._proven: set[str] = set() if proven is None else proven
        self._db = self._connect()
        # Without pointer maps the way to the middle of a value leads through all before it, which several would go.
        self._maps = bool(self._db.conn.execute("PRAGMA auto_vacuum").fetchone()[0])
        self._readers = docpieces.readers() if self._maps else 1

    def __enter__(self) -> DocumentStore:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def documents(self) -> tuple[StoredDocument, ...]:
        """What is in the store, in the order it was added."""
        with self._lock, known_errors(self._place):
            self._db.question()
            rows = self._db.conn.execute(
                "SELECT id, name, title, mime, size, sha256, pages FROM document ORDER BY rowid LIMIT ?",
                (MAX_DOCUMENTS,),
            ).fetchall()
        return tuple(StoredDocument(*row) for row in rows)

    def read(self, document_id: str, *, sha256: str | None = None) -> bytes:
        """The original bytes, into memory only, checked against the stored digest and, if given, `sha256`.

        Raises:
            NdbError: E-STORE-DOC-MISSING, E-STORE-DOC-SIZE, E-STORE-DOC-DIGEST, E-STORE-CORRUPT.
        """
        with self._lock, known_errors(self._place):
            rowid, size, stored = self._find(document_id)
            data = self._blob(rowid, size) if size else b""
        _compare(document_id, hashlib.sha256(data).hexdigest(), stored, sha256)
        return data

    def pieces(self, document_id: str, *, sha256: str | None = None) -> Iterator[bytes]:
        """As `read`, but piece by piece, so that nobody holds the whole; the last piece comes only once all fit.

        The file is free for other questions between the pieces. Raises as `read`, and E-STORE-MISSING once closed.
        """
        yield from self._proving(document_id, sha256, self._readers)

    def _proving(self, document_id: str, sha256: str | None, readers: int) -> Iterator[bytes]:
        with self._lock, known_errors(self._place):
            rowid, size, stored = self._find(document_id)
        digest, last = hashlib.sha256(), b""
        many = readers > 1 and size >= docpieces.WORTH
        with closing(self._deciphered(rowid, size) if many else self._one_by_one(rowid, size)) as pieces:
            for piece in pieces:
                digest.update(piece)
                if last:
                    yield last
                last = piece
        _compare(document_id, digest.hexdigest(), stored, sha256)
        if last:
            yield last

    def prove(self, document_id: str, *, sha256: str | None = None, check: Callable[[], object] = lambda: None) -> None:
        """As `read`, but only to know that the document is right, which is remembered: nobody can change this file.

        It takes one thread alone, for nobody waits for it. `check` is called between the pieces and may raise. Raises
        as `pieces`.
        """
        if document_id in self._proven:
            with self._lock, known_errors(self._place):
                _row, _size, stored = self._find(document_id)
            _compare(document_id, stored, stored, sha256)
            return
        for _piece in self._proving(document_id, sha256, 1):
            check()
        self._proven.add(document_id)

    def parts(self, document_id: str, *, sha256: str | None = None) -> docpieces.StoredParts | None:
        """The document to be read wherever it is needed; `None` where it must be in order.

        A proof that is still to be given is on its way when this returns: what is read may be worked on, but nothing of
        it may be shown to anybody before `wait` of the answer has returned, which raises as `pieces`. Each page of the
        file carries its own proof (HMAC), so what is read later is what was proven.
        """
        if not self._maps:
            return None
        proof = None
        if document_id in self._proven:
            self.prove(document_id, sha256=sha256)
        else:
            proof = docpieces.Proof(partial(self._prove_at_once, document_id, sha256))
        with self._lock, known_errors(self._place):
            row, _size, _stored = self._find(document_id)
            parts = docpieces.StoredParts(self._connect(), row, self._place, proof)
            self._at_work.add(parts)
        return parts

    def _prove_at_once(self, document_id: str, sha256: str | None) -> None:
        for _piece in self.pieces(document_id, sha256=sha256):
            pass
        self._proven.add(document_id)

    def _one_by_one(self, rowid: int, size: int) -> Generator[bytes]:
        if not size:
            return  # no bytes have no blob to open
        with self._lock, known_errors(self._place):
            self._check_open()
            blob: Any = self._db.conn.open_blob("sqlar", "data", rowid, True)  # type: ignore[attr-defined]
        try:
            for done in range(0, size, docpieces.PIECE):
                with self._lock, known_errors(self._place):
                    self._check_open()
                    self._db.question()
                    piece: bytes = blob.read(min(docpieces.PIECE, size - done))
                yield piece
        finally:
            with self._lock:
                if not self._closed:
                    blob.close()

    def _deciphered(self, rowid: int, size: int) -> Generator[bytes]:
        """The same from several threads; the store is free all the time."""
        with self._lock:
            self._check_open()
            at_work = docpieces.Decipherers(self._connect, rowid, size, self._readers)
            self._at_work.add(at_work)
        try:
            with known_errors(self._place):
                for piece in at_work:
                    yield piece
                    self._check_open()
            self._check_open()
        finally:
            at_work.close()
            self._at_work.discard(at_work)

    def _check_open(self) -> None:
        if self._closed:
            raise NdbError("E-STORE-MISSING", place=self._place)

    def _find(self, document_id: str) -> tuple[int, int, str]:
        """Row, size and digest of a document; the caller holds the lock."""
        self._check_open()
        self._db.question()
        row = self._db.conn.execute(
            "SELECT a.rowid, length(a.data), d.size, d.sha256 FROM document d JOIN sqlar a ON a.name = d.member"
            " WHERE d.id = ?",
            (document_id,),
        ).fetchone()
        if row is None:
            raise NdbError("E-STORE-DOC-MISSING", place=document_id)
        rowid, length, size, stored = row
        if size > MAX_DOCUMENT_BYTES or length != size:
            raise NdbError("E-STORE-DOC-SIZE", place=document_id, limit=MAX_DOCUMENT_BYTES // (1024 * 1024))
        return rowid, size, stored

    def _blob(self, rowid: int, size: int) -> bytes:
        blob = self._db.conn.open_blob("sqlar", "data", rowid, True)  # type: ignore[attr-defined]
        try:
            data: bytes = blob.read(size)
        finally:
            blob.close()
        return data

    def page_text(self, document_id: str, page: int) -> str:
        """The text of a page (1-based), "" where there is none."""
        with self._lock, known_errors(self._place):
            self._check_open()
            self._db.question()
            row = self._db.conn.execute(
                "SELECT body FROM page_text WHERE document = ? AND page = ?", (document_id, page)
            ).fetchone()
        return str(row[0]) if row else ""

    def search(
        self,
        query: str,
        document: str | None = None,
        limit: int = 200,
        check: Callable[[], object] = lambda: None,
    ) -> tuple[SearchHit, ...]:
        """Every place of a phrase, in document and page order; also words of one or two Chinese characters.

        A number that stands nowhere as a whole is looked for as a part of numbers. `check` is called between pages and
        may raise, so that a search nobody waits for any more ends at once.
        """
        expression = wordindex.phrase(query)
        if expression is None:
            return ()
        with self._lock, known_errors(self._place):
            self._check_open()
            self._db.question()
            # Page by page: once there are enough hits, the texts of the other pages need not be read.
            rows = self._db.conn.execute(
                "SELECT p.document, p.page, p.body FROM page_index JOIN page_text p ON p.id = page_index.rowid"
                " WHERE page_index MATCH ? AND (? IS NULL OR p.document = ?) ORDER BY page_index.rowid LIMIT ?",
                (expression, document, document, limit),
            )
            hits = _hits(rows, query, limit, check)
            if not hits and wordindex.parts(query):
                # The index knows whole words only; the texts of all pages are read in well under a second.
                rows = self._db.conn.execute(
                    "SELECT document, page, body FROM page_text WHERE ? IS NULL OR document = ? ORDER BY id",
                    (document, document),
                )
                hits = _hits(rows, query, limit, check, within=True)
        return tuple(hits)

    def pages_without_text(self) -> dict[str, int]:
        """How many pages of each document hold no text (scans, pictures), so that no search can find them."""
        with self._lock, known_errors(self._place):
            self._check_open()
            self._db.question()
            rows = self._db.conn.execute(
                "SELECT d.id, d.pages - (SELECT count(*) FROM page_text p WHERE p.document = d.id) FROM document d"
                " ORDER BY d.rowid LIMIT ?",
                (MAX_DOCUMENTS,),
            ).fetchall()
        return {name: count for name, count in rows if 0 < count <= MAX_PAGES}

    def close(self) -> None:
        """Closes the file, also for those who are reading it."""
        with self._lock:
            self._closed = True
            for at_work in tuple(self._at_work):
                at_work.close()
            self._db.close()
