"""A large document (申报材料) out of its store, in order, while several threads decipher it.

What takes time is SQLCipher's check and cipher of every page of the file. It lets go of the interpreter meanwhile, so
that each thread with a connection of its own keeps one processor busy; two halve the wait for a scan's first page.
"""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.storage.engine import EncryptedDatabase, known_errors

PIECE = 256 * 1024
"""What is read at once: small beside the processor's cache, and large enough that the window's thread is rarely met."""
WORTH = 4 * 1024 * 1024
"""A smaller document is read before other threads have opened the file."""
_MOST = 4
_ROOM = 3
"""Pieces each thread may be ahead, which bounds the memory."""


def readers() -> int:
    """How many threads are worth while on this machine."""
    return min(os.cpu_count() or 1, _MOST)


class Decipherers:
    """Reads the pieces of one value of `sqlar`; thread `n` of `count` takes every `count`-th piece from the `n`-th on.

    `connect` opens the file anew and is called in each thread. Iterate once, then `close`, which may also come from
    another thread in the midst of it: then no file is open any more when it returns, and the iteration ends early.
    """

    def __init__(self, connect: Callable[[], EncryptedDatabase], row: int, size: int, count: int) -> None:
        self._connect, self._row, self._size, self._count = connect, row, size, count
        self._over = threading.Event()
        self._room = [threading.Semaphore(_ROOM) for _ in range(count)]
        self._ready: list[queue.SimpleQueue[bytes | BaseException | None]] = [queue.SimpleQueue() for _ in self._room]
        self._threads = [
            threading.Thread(target=self._work, args=(number,), name="decipher", daemon=True) for number in range(count)
        ]
        for thread in self._threads:
            thread.start()

    def __iter__(self) -> Iterator[bytes]:
        for piece in range(-(-self._size // PIECE)):
            number = piece % self._count
            came = self._ready[number].get()
            if isinstance(came, BaseException):
                raise came
            if came is None:
                return
            self._room[number].release()
            yield came

    def close(self) -> None:
        """Ends the threads and closes their files."""
        self._over.set()
        for room in self._room:
            room.release()
        for thread in self._threads:
            thread.join()

    def _work(self, number: int) -> None:
        ready = self._ready[number]
        try:
            db = self._connect()
            try:
                self._read(db, number)
            finally:
                db.close()
        except BaseException as error:  # noqa: BLE001  (raised again where the pieces are waited for)
            ready.put(error)
        finally:
            ready.put(None)

    def _read(self, db: EncryptedDatabase, number: int) -> None:
        blob = db.conn.open_blob("sqlar", "data", self._row, True)  # type: ignore[attr-defined]
        try:
            for start in range(number * PIECE, self._size, self._count * PIECE):
                self._room[number].acquire()
                if self._over.is_set():
                    return
                db.question()
                blob.seek(start)
                self._ready[number].put(blob.read(min(PIECE, self._size - start)))
        finally:
            blob.close()


class Proof:
    """Lets a thread find out whether a document is right; `prove` raises where it is not."""

    def __init__(self, prove: Callable[[], object]) -> None:
        self._prove = prove
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._work, name="prove", daemon=True)
        self._thread.start()

    def _work(self) -> None:
        try:
            self._prove()
        except BaseException as error:  # noqa: BLE001  (raised again where the proof is waited for)
            self._error = error

    def wait(self) -> None:
        """Returns once the document is proven, else raises what `prove` raised."""
        self._thread.join()
        if self._error is not None:
            raise self._error


class StoredParts:
    """Any part of one value of `sqlar`, from a connection of its own; may be used from several threads.

    Nothing of it may be shown to anybody before `wait` has returned. Raises `NdbError` E-STORE-MISSING once closed,
    E-STORE-CORRUPT.
    """

    def __init__(self, db: EncryptedDatabase, row: int, place: str, proof: Proof | None = None) -> None:
        self._place, self._proof = place, proof
        self._lock = threading.Lock()
        self._db: EncryptedDatabase | None = db
        self._blob: Any = db.conn.open_blob("sqlar", "data", row, True)  # type: ignore[attr-defined]

    def wait(self) -> None:
        """Returns once the whole document is known to be right; raises what is wrong with it."""
        if self._proof is not None:
            self._proof.wait()

    def read(self, start: int, length: int) -> bytes:
        """`length` bytes from `start` on, all of which lie in the document."""
        with self._lock, known_errors(self._place):
            if self._db is None:
                raise NdbError("E-STORE-MISSING", place=self._place)
            self._db.question()
            self._blob.seek(start)
            data: bytes = self._blob.read(length)
        return data

    def close(self) -> None:
        """Lets go of the file."""
        with self._lock:
            if self._db is not None:
                self._blob.close()
                self._db.close()
                self._db = None
