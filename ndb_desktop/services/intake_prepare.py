"""The slow half of an import: documents of several applications are read and encrypted at a time, each in its store.

Taking text out of documents keeps a child process busy, encrypting and indexing keeps this one busy; two applications
at a time keep both so. Nothing here touches the registry, which belongs to the caller's thread.
"""

from __future__ import annotations

import dataclasses
import os
import queue
import secrets
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from ndb_desktop.documents.worker import RenderWorker
from ndb_desktop.domain.errors import Fault
from ndb_desktop.domain.model import Application, Document
from ndb_desktop.formats.handover import Handover
from ndb_desktop.services.intake_checks import evidence_faults, read_documents, same_as_known
from ndb_desktop.services.tasks import CancelToken
from ndb_desktop.storage.docwriter import DocumentStoreWriter, StoreFacts
from ndb_desktop.storage.engine import RawKey, new_raw_key

_WORKERS = max(1, min(3, os.cpu_count() or 1))
"""Each has a child process and holds one document (at most 200 MB) in memory."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """An application to import. `known` is what the registry has under this id, `closed` when it no longer changes."""

    place: str
    application: Application
    known: Application | None
    closed: bool
    store: bool


@dataclass(frozen=True, slots=True)
class Stored:
    """A finished store of documents and its key."""

    path: Path
    key: str
    facts: StoreFacts


@dataclass(frozen=True, slots=True)
class Prepared:
    """What was found. `complete` holds the facts of the documents; without it the application is `unchanged` or bad."""

    wanted: Wanted
    complete: Application | None = None
    stored: Stored | None = None
    unchanged: bool = False
    faults: tuple[Fault, ...] = ()
    found: tuple[Document, ...] = ()
    """Every document that could be read, also of a bad application."""


@dataclass
class Preparer:
    """Prepares applications in threads, each with a renderer of its own; a context manager that ends them."""

    handover: Handover
    folder: Path
    token: CancelToken
    made: list[Path] = field(default_factory=list)
    """Stores that exist and are not the registry's yet."""

    def __post_init__(self) -> None:
        self._halt = CancelToken()
        self._reading = threading.Lock()
        self._renderers: queue.SimpleQueue[RenderWorker] = queue.SimpleQueue()
        self._exit = ExitStack()
        for _ in range(_WORKERS):
            self._renderers.put(self._exit.enter_context(RenderWorker()))
        self._pool = self._exit.enter_context(ThreadPoolExecutor(_WORKERS, thread_name_prefix="intake"))

    def __enter__(self) -> Preparer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._halt.cancel()
        self._exit.close()

    def all(self, jobs: Iterable[Wanted]) -> Iterator[Prepared]:
        """Every application in the order of `jobs`, of which only a few are taken ahead."""
        running: deque[Future[Prepared]] = deque()
        for job in jobs:
            running.append(self._pool.submit(self._prepare, job))
            if len(running) > 2 * _WORKERS:
                yield running.popleft().result()
        while running:
            yield running.popleft().result()

    def discard(self) -> None:
        """Removes the stores of an import that did not happen; call when no thread is at work any more."""
        for path in self.made:
            with suppress(OSError):
                path.unlink()
        self.made.clear()

    def _check(self) -> None:
        self.token.check()
        self._halt.check()

    def _prepare(self, job: Wanted) -> Prepared:
        """In a thread: reads the documents of one application and, while all is well, writes its encrypted store."""
        self._check()
        if job.known is not None:
            with self._reading:
                same = same_as_known(self.handover, job.application, job.known)
            if same:
                return Prepared(job, unchanged=True, found=job.known.documents)
            if job.closed:
                fault = Fault("E-IMPORT-ISSUED", job.place, {"application": job.application.id})
                return Prepared(job, faults=(fault,))
        renderer = self._renderers.get()
        try:
            return self._read(job, renderer)
        finally:
            self._renderers.put(renderer)

    def _read(self, job: Wanted, renderer: RenderWorker) -> Prepared:
        # The name is new each time, so that a replaced store is removed only after the registry has let go of it.
        path = self.folder / f"{job.application.id}.{secrets.token_hex(4)}.db"
        key = new_raw_key()
        faults: list[Fault] = []
        documents = []
        writer = DocumentStoreWriter(path, RawKey(key)) if job.store else None
        try:
            source, place = self.handover, job.place
            for read in read_documents(source, self._reading, job.application, renderer, place, faults, self._check):
                self._check()
                if writer is not None and not faults:
                    size, mime = read.document.size, read.document.mime
                    name, title = read.document.name, read.document.title
                    writer.add(read.document.id, [read.data], size, mime, read.texts, name=name, title=title)
                documents.append(read.document)
            complete = dataclasses.replace(job.application, documents=tuple(documents))
            faults.extend(evidence_faults(complete, job.place) if not faults else ())
            if faults:
                return Prepared(job, faults=tuple(faults), found=complete.documents)
            if writer is None:
                return Prepared(job, complete, found=complete.documents)
            self.made.append(path)
            return Prepared(job, complete, Stored(path, key, writer.close()), found=complete.documents)
        finally:
            if writer is not None:
                # Does nothing after a store was closed well.
                writer.abort()
