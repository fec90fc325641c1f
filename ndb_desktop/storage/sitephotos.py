"""现场照片 in an inspection team's working file: the bytes of the camera as they are, with two small pictures.

A photo lies in rows of a mebibyte, so that a record of thousands of photos is written and read without ever being in
memory, and each row is encrypted once.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.storage.engine import EncryptedDatabase, known_errors

PIECE = 1024 * 1024
"""Bytes of a row; the last row of a photo is shorter."""
MAX_PHOTO_BYTES = 64 * 1024 * 1024
MAX_VIEW_BYTES = 8 * 1024 * 1024
"""Most bytes of a preview or thumb."""
MAX_PHOTOS = 5_000
SCHEMA = (
    (
        "CREATE TABLE photo(number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, sha256 TEXT NOT NULL UNIQUE,"
        " size INTEGER NOT NULL) STRICT"
    ),
    (
        "CREATE TABLE photo_piece(photo INTEGER NOT NULL REFERENCES photo(number) ON DELETE CASCADE,"
        " number INTEGER NOT NULL, data BLOB NOT NULL, UNIQUE(photo, number)) STRICT"
    ),
    # The small one first: the way to the second leads through it.
    (
        "CREATE TABLE photo_view(photo INTEGER PRIMARY KEY REFERENCES photo(number) ON DELETE CASCADE,"
        " thumb BLOB NOT NULL, preview BLOB NOT NULL) STRICT"
    ),
)
"""Whoever makes the file carries these out."""
TABLES = ("photo", "photo_piece", "photo_view")


@dataclass(frozen=True, slots=True)
class StoredPhoto:
    """A photo in the file; `sha256` (hex) is of its original bytes."""

    id: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class PhotoSource:
    """The original bytes: `size` of them, read anew with each call of `pieces`, the last only once all fit."""

    size: int
    pieces: Callable[[], Iterator[bytes]]


class SitePhotos:
    """The photos in an open working file. `lock` is what its owner holds around every question to it.

    `add` and `remove` are one transaction each; within one of the owner's (`db.atomic()`) they are part of that.

    Raises:
        NdbError: E-STORE-FULL, E-STORE-READONLY, E-STORE-IO, E-STORE-CORRUPT and the other answers of a disk.
    """

    def __init__(self, db: EncryptedDatabase, path: Path, lock: AbstractContextManager[object] | None = None) -> None:
        self._db, self._path = db, Path(path)
        self._lock = lock if lock is not None else threading.RLock()

    def add(
        self,
        photo_id: str,
        content: BinaryIO | Iterable[bytes],
        size: int,
        sha256: str,
        preview: bytes,
        thumb: bytes,
    ) -> str:
        """Adds a photo of exactly these bytes, whole or not at all, and says its id.

        The same bytes are one photo: when they are there already, nothing is added and the id is theirs.

        Raises:
            NdbError: E-STORE-PHOTO-SIZE, E-STORE-PHOTO-COUNT, E-STORE-PHOTO-TWICE (the id is of another photo),
                E-STORE-PHOTO-CHANGED (other bytes than announced).
        """
        if not 0 < size <= MAX_PHOTO_BYTES or max(len(preview), len(thumb)) > MAX_VIEW_BYTES:
            raise NdbError("E-STORE-PHOTO-SIZE", place=photo_id, limit=MAX_PHOTO_BYTES // (1024 * 1024))
        with self._lock, known_errors(self._path.name, self._path), self._db.atomic():
            if known := self._row("SELECT id FROM photo WHERE sha256 = ?", sha256):
                return str(known[0])
            if self._row("SELECT 1 FROM photo WHERE id = ?", photo_id):
                raise NdbError("E-STORE-PHOTO-TWICE", place=photo_id)
            if self._row("SELECT count(*) >= ? FROM photo", MAX_PHOTOS) == (1,):
                raise NdbError("E-STORE-PHOTO-COUNT", place=photo_id, photos=MAX_PHOTOS)
            execute = self._db.conn.execute
            row = execute("INSERT INTO photo(id, sha256, size) VALUES (?, ?, ?)", (photo_id, sha256, size)).lastrowid
            self._write(row, content, size, sha256, photo_id)
            execute("INSERT INTO photo_view VALUES (?, ?, ?)", (row, thumb, preview))
        return photo_id

    def known(self, sha256: str) -> str | None:
        """The id of the photo with these bytes, None when it is not here."""
        with self._lock, known_errors(self._path.name):
            found = self._row("SELECT id FROM photo WHERE sha256 = ?", sha256)
        return str(found[0]) if found else None

    def open(self, photo_id: str) -> PhotoSource:
        """The original bytes; reading them raises E-STORE-PHOTO-DIGEST, or E-STORE-PHOTO-MISSING once taken out.

        Raises:
            NdbError: E-STORE-PHOTO-MISSING.
        """
        number, size, sha256 = self._find(photo_id)
        return PhotoSource(size, lambda: self._read(photo_id, number, size, sha256))

    def preview(self, photo_id: str) -> bytes:
        """The picture of at most 1600 pixels (JPEG). Raises `NdbError` E-STORE-PHOTO-MISSING."""
        return self._view("SELECT preview FROM photo_view JOIN photo ON photo = number WHERE id = ?", photo_id)

    def thumb(self, photo_id: str) -> bytes:
        """The picture of at most 240 pixels (JPEG). Raises `NdbError` E-STORE-PHOTO-MISSING."""
        return self._view("SELECT thumb FROM photo_view JOIN photo ON photo = number WHERE id = ?", photo_id)

    def remove(self, photo_id: str) -> None:
        """Takes a photo out for good; its room is used again. Raises `NdbError` E-STORE-PHOTO-MISSING."""
        with self._lock, known_errors(self._path.name, self._path), self._db.atomic():
            if not self._db.conn.execute("DELETE FROM photo WHERE id = ?", (photo_id,)).rowcount:
                raise NdbError("E-STORE-PHOTO-MISSING", place=photo_id)

    def listing(self) -> tuple[StoredPhoto, ...]:
        """What is here, in the order it was added."""
        with self._lock, known_errors(self._path.name):
            rows = self._db.conn.execute(
                "SELECT id, sha256, size FROM photo ORDER BY number LIMIT ?", (MAX_PHOTOS,)
            ).fetchall()
        return tuple(StoredPhoto(*row) for row in rows)

    def total(self) -> tuple[int, int]:
        """How many photos, and their bytes together."""
        with self._lock, known_errors(self._path.name):
            count, size = self._db.conn.execute("SELECT count(*), coalesce(sum(size), 0) FROM photo").fetchone()
        return int(count), int(size)

    def _write(
        self, row: int | None, content: BinaryIO | Iterable[bytes], size: int, sha256: str, photo_id: str
    ) -> None:
        digest, done = hashlib.sha256(), 0
        for number, piece in enumerate(_pieces(content)):
            done += len(piece)
            if done > size:
                break
            digest.update(piece)
            self._db.conn.execute("INSERT INTO photo_piece VALUES (?, ?, ?)", (row, number, piece))
        if done != size or digest.hexdigest() != sha256:
            raise NdbError("E-STORE-PHOTO-CHANGED", place=photo_id)

    def _read(self, photo_id: str, photo: int, size: int, sha256: str) -> Iterator[bytes]:
        """Piece by piece; the file is free for other questions between them."""
        digest, done, last = hashlib.sha256(), 0, b""
        number = 0
        while done < size:
            with self._lock, known_errors(self._path.name):
                found = self._row("SELECT data FROM photo_piece WHERE photo = ? AND number = ?", photo, number)
            if not found or not found[0]:
                self._find(photo_id)  # it may have been taken out meanwhile
                break
            if last:
                yield last
            last = bytes(found[0])
            digest.update(last)
            done += len(last)
            number += 1
        if done != size or digest.hexdigest() != sha256:
            raise NdbError("E-STORE-PHOTO-DIGEST", place=photo_id)
        yield last

    def _find(self, photo_id: str) -> tuple[int, int, str]:
        with self._lock, known_errors(self._path.name):
            found = self._row("SELECT number, size, sha256 FROM photo WHERE id = ?", photo_id)
        if not found:
            raise NdbError("E-STORE-PHOTO-MISSING", place=photo_id)
        return int(found[0]), int(found[1]), str(found[2])

    def _view(self, question: str, photo_id: str) -> bytes:
        with self._lock, known_errors(self._path.name):
            found = self._row(question, photo_id)
        if not found:
            raise NdbError("E-STORE-PHOTO-MISSING", place=photo_id)
        return bytes(found[0])

    def _row(self, question: str, *values: object) -> tuple[Any, ...]:
        """The first row of an answer, () when there is none."""
        return tuple(self._db.conn.execute(question, values).fetchone() or ())


def _pieces(content: BinaryIO | Iterable[bytes]) -> Iterator[bytes]:
    """Pieces of `PIECE` bytes, the last shorter, however they come."""
    if hasattr(content, "read"):
        while piece := content.read(PIECE):
            yield piece
        return
    held = bytearray()
    for piece in content:
        held += piece
        while len(held) >= PIECE:
            yield bytes(held[:PIECE])
            del held[:PIECE]
    if held:
        yield bytes(held)
