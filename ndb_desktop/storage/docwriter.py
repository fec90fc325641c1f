"""Writes a store of documents (申报材料附件库) once; `docstore` reads it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.storage import wordindex
from ndb_desktop.storage.atomic import known_os_errors, sync_folder, temporary_beside
from ndb_desktop.storage.engine import EncryptedDatabase, RawKey, known_errors, open_database

MAX_DOCUMENT_BYTES = 300 * 1024 * 1024
MAX_DOCUMENTS = 500
MAX_PAGES = 5000
CHUNK = 1024 * 1024
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
        self._db: EncryptedDatabase | None = open_database(self._temporary, key, mode="create", pointer_maps=True)
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
