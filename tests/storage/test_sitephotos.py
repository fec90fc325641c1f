"""Photos in a team's working file: whole or not at all, once each, in pieces, and never another's bytes."""

from __future__ import annotations

import hashlib
import io
import random
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.storage import sitephotos
from ndb_desktop.storage.engine import EncryptedDatabase, RawKey, open_database
from ndb_desktop.storage.sitephotos import PIECE, SitePhotos, StoredPhoto

ROOT = Path(__file__).resolve().parents[2]
KEY = RawKey("5a" * 32)


def original(seed: int, size: int = 2 * PIECE + 77) -> bytes:
    return random.Random(seed).randbytes(size)


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def put(photos: SitePhotos, photo_id: str, data: bytes) -> str:
    return photos.add(photo_id, io.BytesIO(data), len(data), digest(data), b"preview " + data[:9], b"thumb " + data[:9])


def code(error: pytest.ExceptionInfo[NdbError]) -> str:
    return error.value.code


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "visit.ndbwork"


@pytest.fixture
def db(path: Path) -> Iterator[EncryptedDatabase]:
    with open_database(path, KEY, mode="create") as made:
        for statement in sitephotos.SCHEMA:
            made.conn.execute(statement)
        yield made


@pytest.fixture
def photos(db: EncryptedDatabase, path: Path) -> SitePhotos:
    return SitePhotos(db, path)


def rows(db: EncryptedDatabase) -> list[int]:
    return [db.conn.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in sitephotos.TABLES]


@pytest.mark.parametrize("size", [1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE])
def test_what_went_in_comes_out(photos: SitePhotos, size: int) -> None:
    data = original(1, size)
    assert put(photos, "p1", data) == "p1"
    source = photos.open("p1")
    pieces = list(source.pieces())
    assert b"".join(pieces) == data
    assert (source.size, max(map(len, pieces)) <= PIECE) == (size, True)
    assert photos.preview("p1") == b"preview " + data[:9]
    assert photos.thumb("p1") == b"thumb " + data[:9]
    assert photos.listing() == (StoredPhoto("p1", digest(data), size),)
    assert photos.total() == (1, size)


def test_pieces_of_any_size_become_rows_of_one(photos: SitePhotos, db: EncryptedDatabase) -> None:
    data = original(2)
    photos.add("p1", (data[i : i + 100_000] for i in range(0, len(data), 100_000)), len(data), digest(data), b"p", b"t")
    sizes = [row[0] for row in db.conn.execute("SELECT length(data) FROM photo_piece ORDER BY number")]
    assert sizes == [PIECE, PIECE, 77]
    assert b"".join(photos.open("p1").pieces()) == data


def test_the_same_bytes_are_one_photo(photos: SitePhotos, db: EncryptedDatabase) -> None:
    data = original(3)
    assert put(photos, "p1", data) == "p1"
    before = rows(db)
    assert put(photos, "p2", data) == "p1"
    assert photos.known(digest(data)) == "p1"
    assert photos.known(digest(b"else")) is None
    assert rows(db) == before


def test_another_photo_does_not_take_an_id(photos: SitePhotos) -> None:
    put(photos, "p1", original(4))
    with pytest.raises(NdbError) as error:
        put(photos, "p1", original(5))
    assert code(error) == "E-STORE-PHOTO-TWICE"
    assert b"".join(photos.open("p1").pieces()) == original(4)


def test_taken_out_it_is_gone_and_its_room_is_used_again(photos: SitePhotos, db: EncryptedDatabase) -> None:
    put(photos, "p1", original(6))
    put(photos, "p2", original(7))
    pages = db.conn.execute("PRAGMA page_count").fetchone()[0]
    source = photos.open("p1")
    photos.remove("p1")
    assert [photo.id for photo in photos.listing()] == ["p2"]
    assert rows(db) == [1, 3, 1]
    for ask in (photos.open, photos.preview, photos.thumb, photos.remove):
        with pytest.raises(NdbError) as error:
            ask("p1")
        assert code(error) == "E-STORE-PHOTO-MISSING"
    with pytest.raises(NdbError) as error:
        list(source.pieces())
    assert code(error) == "E-STORE-PHOTO-MISSING"
    put(photos, "p3", original(8))
    assert db.conn.execute("PRAGMA page_count").fetchone()[0] <= pages + 2


@pytest.mark.parametrize("wrong", ["short", "long", "digest", "broken"])
def test_what_changes_while_it_is_read_is_not_taken(photos: SitePhotos, db: EncryptedDatabase, wrong: str) -> None:
    put(photos, "p0", original(9))
    data = original(10)

    def pieces() -> Iterator[bytes]:
        yield data[:PIECE]
        if wrong == "broken":
            raise OSError("the medium is gone")
        yield {"short": b"", "long": data[PIECE:] + b"x", "digest": data[PIECE:-1] + b"x"}[wrong]

    with pytest.raises(NdbError if wrong != "broken" else OSError) as error:
        photos.add("p1", pieces(), len(data), digest(data), b"p", b"t")
    assert wrong == "broken" or error.value.code == "E-STORE-PHOTO-CHANGED"
    assert rows(db) == [1, 3, 1]
    assert not db.conn.in_transaction
    assert put(photos, "p1", data) == "p1"


def test_limits(photos: SitePhotos, monkeypatch: pytest.MonkeyPatch) -> None:
    for size, view in ((0, b""), (sitephotos.MAX_PHOTO_BYTES + 1, b""), (5, bytes(sitephotos.MAX_VIEW_BYTES + 1))):
        with pytest.raises(NdbError) as error:
            photos.add("p1", iter(()), size, "0" * 64, view, b"")
        assert code(error) == "E-STORE-PHOTO-SIZE"
    monkeypatch.setattr(sitephotos, "MAX_PHOTOS", 2)
    put(photos, "p1", b"one")
    put(photos, "p2", b"two")
    with pytest.raises(NdbError) as error:
        put(photos, "p3", b"three")
    assert code(error) == "E-STORE-PHOTO-COUNT"
    assert put(photos, "p4", b"two") == "p2"


@pytest.mark.parametrize("damage", ["DELETE FROM photo_piece WHERE number = 1", "UPDATE photo_piece SET data = x'00'"])
def test_what_was_changed_in_the_file_is_never_a_whole_photo(
    photos: SitePhotos, db: EncryptedDatabase, damage: str
) -> None:
    data = original(11)
    put(photos, "p1", data)
    db.conn.execute(damage)
    seen = b""
    with pytest.raises(NdbError) as error:  # noqa: PT012
        for piece in photos.open("p1").pieces():
            seen += piece
    assert code(error) == "E-STORE-PHOTO-DIGEST"
    assert len(seen) < len(data)


def test_it_is_part_of_its_owners_transaction(photos: SitePhotos, db: EncryptedDatabase) -> None:
    """A photo and what the record says of it come together or not at all."""
    with pytest.raises(RuntimeError), db.atomic():  # noqa: PT012
        put(photos, "p1", original(12))
        raise RuntimeError("the record could not be written")
    assert rows(db) == [0, 0, 0]
    with db.atomic():
        put(photos, "p1", original(12))
        with pytest.raises(NdbError):
            put(photos, "p1", original(13))
    assert photos.total() == (1, 2 * PIECE + 77)


def test_nothing_is_held_as_a_whole(photos: SitePhotos) -> None:
    size, piece = 48 * PIECE, bytes(PIECE)
    found = hashlib.sha256()
    for _ in range(48):
        found.update(piece)
    tracemalloc.start()
    try:
        photos.add("p1", (bytes(PIECE) for _ in range(48)), size, found.hexdigest(), b"p", b"t")
        for _piece in photos.open("p1").pieces():
            pass
        assert tracemalloc.get_traced_memory()[1] < 8 * PIECE
    finally:
        tracemalloc.stop()


def test_a_file_that_cannot_be_written(photos: SitePhotos, db: EncryptedDatabase, path: Path) -> None:
    data = original(14)
    put(photos, "p1", data)
    db.close()
    with open_database(path, KEY, mode="read") as reading:
        again = SitePhotos(reading, path)
        for change in (lambda: put(again, "p2", original(15)), lambda: again.remove("p1")):
            with pytest.raises(NdbError) as error:
                change()
            assert code(error) == "E-STORE-READONLY"
        assert b"".join(again.open("p1").pieces()) == data


FULL = """
import resource, signal, sys
from pathlib import Path
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.storage.engine import open_database
from ndb_desktop.storage.sitephotos import SitePhotos
from tests.storage.test_sitephotos import KEY, original, put
path = Path(sys.argv[1])
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
limit = path.stat().st_size + 3 * 1024 * 1024
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
with open_database(path, KEY, mode="write") as db:
    photos = SitePhotos(db, path)
    put(photos, "p2", original(2))
    try:
        put(photos, "p3", original(3))
    except NdbError as error:
        print(error.code, len(photos.listing()), flush=True)
    print(put(photos, "p4", original(4, 1000)), flush=True)
"""


def test_a_full_disk_refuses_one_photo_and_keeps_the_others(
    photos: SitePhotos, db: EncryptedDatabase, path: Path
) -> None:
    put(photos, "p1", original(1))
    db.close()
    done = subprocess.run([sys.executable, "-c", FULL, str(path)], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.stdout.split() == ["E-STORE-FULL", "2", "p4"], done.stderr
    with open_database(path, KEY, mode="read") as reading:
        again = SitePhotos(reading, path)
        assert [photo.id for photo in again.listing()] == ["p1", "p2", "p4"]
        assert b"".join(again.open("p2").pieces()) == original(2)
        assert rows(reading) == [3, 7, 3]
