"""A record that takes photos: bytes in `SitePhotos`, a part beside them in the same transaction, as the desk does."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ndb_desktop.documents import port
from ndb_desktop.documents.sniff import JPEG
from ndb_desktop.documents.source import Source
from ndb_desktop.documents.worker import RenderWorker
from ndb_desktop.domain.siterecord import Photo
from ndb_desktop.services.photo_intake import TakenPhoto
from ndb_desktop.storage import sitephotos
from ndb_desktop.storage.engine import EncryptedDatabase, RawKey, open_database
from ndb_desktop.storage.sitephotos import SitePhotos

KEY = RawKey("5a" * 32)


def make_file(path: Path) -> None:
    """An empty record."""
    with open_database(path, KEY, mode="create") as db:
        for statement in (*sitephotos.SCHEMA, "CREATE TABLE part(id TEXT PRIMARY KEY, name TEXT NOT NULL) STRICT"):
            db.conn.execute(statement)


class Desk:
    """Opens the record at `path`, writes as durably as a working file, keeps the parts in `parts` too."""

    def __init__(self, path: Path) -> None:
        self.db: EncryptedDatabase = open_database(path, KEY, mode="write", any_thread=True)
        for pragma in ("locking_mode = EXCLUSIVE", "journal_mode = DELETE", "synchronous = EXTRA"):
            self.db.conn.execute(f"PRAGMA {pragma}")
        self.photos = SitePhotos(self.db, path)
        self.parts: dict[str, Photo] = {}

    def known(self, sha256: str) -> str | None:
        return self.photos.known(sha256)

    def keep(self, taken: TakenPhoto) -> str:
        number = self.photos.total()[0] + 1
        photo = replace(taken.photo, id=f"P1-{number:04d}")
        with self.db.atomic():
            self.photos.add(photo.id, iter([taken.content]), photo.size, photo.sha256, taken.preview, taken.thumb)
            self.db.conn.execute("INSERT INTO part VALUES (?, ?)", (photo.id, photo.name))
        self.parts[photo.id] = photo
        return photo.id

    def names(self) -> dict[str, str]:
        """Name of the file by id, as it lies in the record."""
        return dict(self.db.conn.execute("SELECT id, name FROM part").fetchall())

    def close(self) -> None:
        self.db.close()


class QuickWorker(RenderWorker):
    """Says of every photo the same without a child process, for tests of what comes after."""

    def photo(self, data: bytes | Source, *, views: bool) -> tuple[port.PhotoRead, bytes]:
        assert isinstance(data, bytes)
        sides = ((40, 30), (4, 3)) if views else ((0, 0), (0, 0))
        pixels = bytes(sum(3 * width * height for width, height in sides))
        return port.PhotoRead(JPEG, 40, 30, 1, "2026-11-22T11:05:00", None, *sides), pixels
