"""Documents on demand: encrypted copies of a few document stores in the cache, plain bytes in memory only."""

from __future__ import annotations

import shutil
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.formats.bundle import BundleReader
from ndb_desktop.storage.atomic import known_os_errors
from ndb_desktop.storage.coredb import CoreApplication
from ndb_desktop.storage.docstore import DocumentStore
from ndb_desktop.storage.engine import RawKey
from ndb_desktop.storage.holding import Hold

MAX_STORES = 3
MAX_BYTES = 4 * 1024 * 1024 * 1024
"""At most so many applications' documents, and so many bytes, lie in the cache; the oldest make room."""


class CacheFolder:
    """`<profile>/cache/<bundle id>`, held by this program; wiped on `close`."""

    def __init__(self, path: Path, hold: Hold) -> None:
        self.path = path
        self._hold = hold

    @classmethod
    def take(cls, profile: Path, bundle_id: str) -> CacheFolder | None:
        """An empty folder of one's own, None when another program has this bundle open.

        What a killed program left behind, of this or of another bundle, is wiped first.
        """
        root = profile / "cache"
        folder = root / bundle_id
        with known_os_errors(root.name):
            root.mkdir(parents=True, exist_ok=True, mode=0o700)
            for stale in [path for path in root.iterdir() if path.is_dir()]:
                _wipe(stale)
            folder.mkdir(exist_ok=True, mode=0o700)
        hold = Hold.take(folder)
        return None if hold is None else cls(folder, hold)

    def close(self) -> None:
        """Lets go and wipes."""
        self._hold.release()
        _wipe(self.path)


def _wipe(folder: Path) -> None:
    """Removes a cache folder nobody holds; only encrypted copies are ever in it."""
    hold = Hold.take(folder)
    if hold is None:
        return
    # Released before: some systems do not remove a file that is open.
    hold.release()
    with suppress(OSError):
        shutil.rmtree(folder)


class DocumentCache:
    """Opens the document stores of a bundle's applications, the few used last at a time; for several threads.

    Copying one from a slow stick takes seconds: nobody waits for it but those who want that application's documents.
    """

    def __init__(self, reader: BundleReader, rows: Mapping[str, CoreApplication], folder: Path) -> None:
        self._reader = reader
        self._rows = rows
        self._folder = folder
        self._sizes = {member.name: member.size for member in reader.members}
        self._open: OrderedDict[str, DocumentStore] = OrderedDict()
        self._proven: dict[str, set[str]] = {}
        self._lock = threading.Lock()
        self._turn = threading.Lock()
        """Held while one is copied; `_lock` only while something is looked up or noted."""
        self._copying = ""
        self._stopped = self._closed = False
        self.on_gone: Callable[[], object] = lambda: None
        """Called (in the reader's thread) when the bundle's medium was taken out."""

    def store(self, application: str) -> DocumentStore:
        """The store of an application; copied from the bundle and verified if it is not in the cache.

        Raises:
            NdbError: E-BUNDLE-DAMAGED, E-BUNDLE-GONE (its medium was taken out), E-BUNDLE-OTHER, E-STORE-*
                (E-STORE-MISSING: closed, perhaps while it was copied).
        """
        store = self._known(application)
        if store is None:
            with self._turn:
                # Somebody else may have copied it while this one waited.
                store = self._known(application) or self._fetch(application)
        return store

    def _known(self, application: str) -> DocumentStore | None:
        with self._lock:
            if application in self._open:
                self._open.move_to_end(application)
            return self._open.get(application)

    def _fetch(self, application: str) -> DocumentStore:
        row, path = self._rows[application], self._path(application)
        with self._lock:
            self._copying, self._stopped = application, self._closed
            self._make_room(self._sizes[row.member])
        try:
            self._go_on()
            path.unlink(missing_ok=True)
            self._copy(row.member, path)
            # The copy was compared with the signed digest again, so what was found right in it once still is.
            store = DocumentStore(path, _raw_key(row), self._proven.setdefault(application, set()))
            try:
                with self._lock:
                    self._go_on()
                    self._copying = ""
                    self._open[application] = store
            except BaseException:
                store.close()
                raise
        except BaseException:
            with suppress(OSError):
                path.unlink()
            raise
        return store

    def _go_on(self, _count: int = 0) -> None:
        """Called between the pieces of a copy."""
        if self._stopped:
            raise NdbError("E-STORE-MISSING", place=self._folder.name)

    def _copy(self, member: str, target: Path) -> None:
        try:
            self._reader.copy_member(member, target, self._go_on)
        except NdbError as error:
            if error.code != "E-BUNDLE-GONE":
                raise
            # A stick that was out and is in again: the open file is dead, the one at its place is not.
            try:
                self._reader.reopen()
                self._reader.copy_member(member, target, self._go_on)
            except NdbError as again:
                if again.code in ("E-BUNDLE-GONE", "E-BUNDLE-OTHER"):
                    self.on_gone()
                raise

    def _make_room(self, size: int) -> None:
        def used() -> int:
            return sum(self._sizes[self._rows[name].member] for name in self._open)

        while self._open and (len(self._open) >= MAX_STORES or used() + size > MAX_BYTES):
            self._drop(next(iter(self._open)))

    def close_store(self, application: str) -> None:
        """Closes the store of an application and removes its copy; it is no longer open to the expert."""
        with self._lock:
            self._stopped = self._stopped or application == self._copying
            if application in self._open:
                self._drop(application)

    def _drop(self, application: str) -> None:
        self._open.pop(application).close()
        with suppress(OSError):
            self._path(application).unlink()

    def _path(self, application: str) -> Path:
        return self._folder / self._rows[application].member.replace("/", "-")

    def close(self) -> None:
        """Closes and removes all copies; a copy under way ends."""
        with self._lock:
            self._closed = self._stopped = True
            for application in list(self._open):
                self._drop(application)
        # Whoever copies is told; once they have ended, nobody reads the bundle any more.
        self._turn.acquire()
        self._turn.release()


def _raw_key(row: CoreApplication) -> RawKey:
    try:
        return RawKey(row.key)
    except ValueError as error:
        raise NdbError("E-REVIEW-BUNDLE", place=row.id, what=row.member) from error
