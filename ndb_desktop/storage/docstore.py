"""申报材料附件库: the documents of one application in one encrypted SQLite file, written once, then copied and read.

`sqlar` is SQLite's own archive table (stored, not compressed), so any SQLCipher tool can take the documents out.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.storage import wordindex
from ndb_desktop.storage.atomic import known_os_errors, sync_folder, temporary_beside
from ndb_desktop.storage.engine import EncryptedDatabase, RawKey, known_errors, open_database

MAX_DOCUMENT_BYTES = 300 * 1024 * 1024
MAX_DOCUMENTS = 500
MAX_PAGES = 5000
CHUNK = 1024 * 1024
PIECE = 256 * 1024
"""What is read at once from a document that is passed on: small beside the processor's cache, and large enough that
the window's thread is rarely met."""
_AT_ONCE = 32 * CHUNK
"""Up to this a document is bound as one value; above, the place is made first and filled piece by piece, which keeps
memory small but encrypts each page twice."""
USER_VERSION = 1

_SCHEMA = (
    "CREATE TABLE sqlar(name TEXT PRIMARY KEY, mode INT, mtime INT, sz INT, data BLOB) STRICT",
    (
        "CREATE TABLE document(id TEXT PRIMARY KEY, name TEXT NOT NULL, title TEXT NOT NULL, mime TEXT NOT NULL,"
        " size INTEGER NOT NULL, sha256 TEXT NOT NULL, pages INTEGER NOT NULL, member TEXT NOT NULL UNIQUE) STRICT"
    ),
    (
        "CREATE TABLE page_text(id INTEGER PRIMARY KEY, document TEXT NOT NULL, page INTEGER NOT NULL,"
        " body TEXT NOT NULL, UNIQUE(document, page)) STRICT"
    ),
    "CREATE VIRTUAL TABLE page_index USING fts5(body, content='', columnsize=0, tokenize='ascii')",
)
_EXPECT = frozenset(
    {"sqlar", "document", "page_text", "page_index", "page_index_data", "page_index_idx", "page_index_config"}
)
_ENDINGS = {"application/pdf": ".pdf", "image/png": ".png", "image/jpeg": ".jpg", "text/plain": ".txt"}


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A document in a store; `sha256` (hex) is of its original bytes."""

    id: str
    name: str
    title: str
    mime: str
    size: int
    sha256: str
    pages: int


@dataclass(frozen=True, slots=True)
class StoreFacts:
    """A finished store file: its size and SHA-256 (hex), as they stand in a manifest."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class SearchHit:
    """A place in a document: `start`/`length` count characters of the page's text, `mark` those of the snippet."""

    document: str
    page: int
    snippet: str
    start: int
    length: int = 0
    mark: tuple[int, int] = (0, 0)


class DocumentStoreWriter:
    """Writes a store beside `path` and puts it there when closed well; a context manager that fails leaves nothing.

    Raises:
        NdbError: E-STORE-FULL, E-STORE-READONLY, E-STORE-EXISTS, E-STORE-MISSING.
    """

    def __init__(self, path: Path, key: RawKey) -> None:
        self._path = Path(path)
        if self._path.exists():
            raise NdbError("E-STORE-EXISTS", place=self._path.name)
        self._temporary = temporary_beside(self._path)
        self._count = 0
        self._db: EncryptedDatabase | None = open_database(self._temporary, key, mode="create")
        try:
            with known_errors(self._path.name):
                # Not yet anybody's file: safety comes from the fsync and rename in `close`.
                self._db.conn.execute("PRAGMA journal_mode = MEMORY")
                self._db.conn.execute("PRAGMA synchronous = OFF")
                self._db.conn.execute(f"PRAGMA user_version = {USER_VERSION}")
                with self._db.atomic():
                    for statement in _SCHEMA:
                        self._db.conn.execute(statement)
        except BaseException:
            self.abort()
            raise

    def __enter__(self) -> DocumentStoreWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None or self._db is not None:
            self.abort()

    def add(
        self,
        document_id: str,
        content: BinaryIO | Iterable[bytes],
        size: int,
        mime: str,
        page_texts: Sequence[str],
        *,
        name: str = "",
        title: str = "",
    ) -> StoredDocument:
        """Adds one document of exactly `size` bytes in pieces, and one text per page ("" where there is none).

        Raises:
            NdbError: E-STORE-DOC-SIZE, E-STORE-DOC-COUNT, E-STORE-DOC-CHANGED (another length than announced),
                E-STORE-DOC-TWICE, E-STORE-FULL.
        """
        db = self._open()
        if size > MAX_DOCUMENT_BYTES:
            raise NdbError("E-STORE-DOC-SIZE", place=document_id, limit=MAX_DOCUMENT_BYTES // (1024 * 1024))
        if len(page_texts) > MAX_PAGES or self._count >= MAX_DOCUMENTS:
            raise NdbError("E-STORE-DOC-COUNT", place=document_id, pages=MAX_PAGES, documents=MAX_DOCUMENTS)
        member = document_id + _ENDINGS.get(mime, "")
        if next(iter(db.query("SELECT id FROM document WHERE id = ? OR member = ?", [document_id, member])), None):
            raise NdbError("E-STORE-DOC-TWICE", place=document_id)
        with known_errors(self._path.name, self._temporary), db.atomic():
            sha256 = self._store(db, member, content, size, document_id)
            stored = StoredDocument(document_id, name, title, mime, size, sha256, len(page_texts))
            db.conn.execute(
                "INSERT INTO document VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (document_id, name, title, mime, size, sha256, len(page_texts), member),
            )
            for page, body in enumerate(page_texts, 1):
                self._store_page(db, document_id, page, body)
        self._count += 1
        return stored

    def close(self) -> StoreFacts:
        """Finishes the file durably at its path and says its size and digest."""
        db = self._open()
        with known_errors(self._path.name, self._temporary), known_os_errors(self._path.name):
            db.conn.execute("INSERT INTO page_index(page_index) VALUES ('optimize')")
            db.close()
            self._db = None
            try:
                digest = hashlib.sha256()
                with self._temporary.open("rb+") as stream:
                    while piece := stream.read(CHUNK):
                        digest.update(piece)
                    size = stream.tell()
                    _sync(stream)
                self._temporary.replace(self._path)
            except BaseException:
                self.abort()
                raise
            sync_folder(self._path.parent)
        return StoreFacts(size, digest.hexdigest())

    def abort(self) -> None:
        """Throws away what was written."""
        if self._db is not None:
            self._db.close()
            self._db = None
        with suppress(OSError):
            self._temporary.unlink()

    def _open(self) -> EncryptedDatabase:
        if self._db is None:
            raise ValueError("this store is closed")
        return self._db

    @staticmethod
    def _store(
        db: EncryptedDatabase, member: str, content: BinaryIO | Iterable[bytes], size: int, document_id: str
    ) -> str:
        digest = hashlib.sha256()
        insert = "INSERT INTO sqlar(name, mode, mtime, sz, data) VALUES (?, 33188, 0, ?, {})"
        done = 0
        whole = bytearray()
        blob = None
        if size > _AT_ONCE:
            row = db.conn.execute(insert.format("zeroblob(?)"), (member, size, size)).lastrowid
            blob = db.conn.open_blob("sqlar", "data", row, False)  # type: ignore[attr-defined]
        try:
            for piece in _pieces(content):
                done += len(piece)
                if done > size:
                    break
                digest.update(piece)
                if blob is None:
                    whole += piece
                else:
                    blob.write(piece)
        finally:
            if blob is not None:
                blob.close()
        if done != size:
            raise NdbError("E-STORE-DOC-CHANGED", place=document_id)
        if blob is None:
            db.conn.execute(insert.format("?"), (member, size, whole))
        return digest.hexdigest()

    @staticmethod
    def _store_page(db: EncryptedDatabase, document_id: str, page: int, body: str) -> None:
        # Text taken out of PDFs may hold halves of characters, which UTF-8 cannot carry.
        body = body.encode("utf-8", "replace").decode("utf-8").replace("\0", "")
        if not body.strip():
            return
        row = db.conn.execute("INSERT INTO page_text(document, page, body) VALUES (?, ?, ?)", (document_id, page, body))
        text = wordindex.index_text(body)
        db.conn.execute("INSERT INTO page_index(rowid, body) VALUES (?, ?)", (row.lastrowid, text))


def _pieces(content: BinaryIO | Iterable[bytes]) -> Iterable[bytes]:
    if hasattr(content, "read"):
        while piece := content.read(CHUNK):
            yield piece
    else:
        yield from content


def _sync(stream: BinaryIO) -> None:
    stream.flush()
    os.fsync(stream.fileno())


class DocumentStore:
    """Reads a store others made, as an untrusted file; safe to use from several threads.

    Raises:
        NdbError: as `open_database` with mode `untrusted`.
    """

    def __init__(self, path: Path, key: RawKey) -> None:
        self._place = Path(path).name
        self._lock = threading.Lock()
        self._closed = False
        self._db = open_database(path, key, mode="untrusted", expect=_EXPECT, any_thread=True)

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
        if hashlib.sha256(data).hexdigest() != stored or (sha256 is not None and sha256 != stored):
            raise NdbError("E-STORE-DOC-DIGEST", place=document_id)
        return data

    def pieces(self, document_id: str, *, sha256: str | None = None) -> Iterator[bytes]:
        """As `read`, but piece by piece, so that nobody holds the whole; the last piece comes only once all fit.

        The file is free for other questions between the pieces. Raises as `read`, and E-STORE-MISSING once closed.
        """
        with self._lock, known_errors(self._place):
            rowid, size, stored = self._find(document_id)
            # No bytes have no blob to open.
            blob: Any = self._db.conn.open_blob("sqlar", "data", rowid, True) if size else None  # type: ignore[attr-defined]
        digest, done, last = hashlib.sha256(), 0, b""
        try:
            while done < size:
                with self._lock, known_errors(self._place):
                    if self._closed:
                        raise NdbError("E-STORE-MISSING", place=self._place)
                    self._db.question()
                    piece: bytes = blob.read(min(PIECE, size - done))
                digest.update(piece)
                done += len(piece)
                if last:
                    yield last
                last = piece
        finally:
            with self._lock:
                if blob is not None and not self._closed:
                    blob.close()
        if digest.hexdigest() != stored or (sha256 is not None and sha256 != stored):
            raise NdbError("E-STORE-DOC-DIGEST", place=document_id)
        if last:
            yield last

    def _find(self, document_id: str) -> tuple[int, int, str]:
        """Row, size and digest of a document; the caller holds the lock."""
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

        `check` is called between pages and may raise, so that a search nobody waits for any more ends at once.
        """
        expression = wordindex.phrase(query)
        if expression is None:
            return ()
        hits: list[SearchHit] = []
        with self._lock, known_errors(self._place):
            self._db.question()
            # Page by page: once there are enough hits, the texts of the other pages need not be read.
            rows = self._db.conn.execute(
                "SELECT p.document, p.page, p.body FROM page_index JOIN page_text p ON p.id = page_index.rowid"
                " WHERE page_index MATCH ? AND (? IS NULL OR p.document = ?) ORDER BY page_index.rowid LIMIT ?",
                (expression, document, document, limit),
            )
            for name, page, body in rows:
                check()
                # A phrase that crosses a rare folding is found by the index but not by offset: show the page's start.
                for start, end in wordindex.find_all(body, query, limit - len(hits)) or [(0, 0)]:
                    text, first, last = wordindex.snippet(body, start, end)
                    hits.append(SearchHit(name, page, text, start, end - start, (first, last)))
                if len(hits) >= limit:
                    break
            rows.close()
        return tuple(hits)

    def pages_without_text(self) -> dict[str, int]:
        """How many pages of each document hold no text (scans, pictures), so that no search can find them."""
        with self._lock, known_errors(self._place):
            self._db.question()
            rows = self._db.conn.execute(
                "SELECT d.id, d.pages - (SELECT count(*) FROM page_text p WHERE p.document = d.id) FROM document d"
                " ORDER BY d.rowid LIMIT ?",
                (MAX_DOCUMENTS,),
            ).fetchall()
        return {name: count for name, count in rows if 0 < count <= MAX_PAGES}

    def close(self) -> None:
        """Closes the file."""
        with self._lock:
            self._closed = True
            self._db.close()
