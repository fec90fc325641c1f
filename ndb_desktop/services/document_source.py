"""A stored document (申报材料) as the renderer reads it, also after its store had to make room for another."""

from __future__ import annotations

from collections.abc import Callable

from ndb_desktop.documents.source import Parts, Source
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.model import Document
from ndb_desktop.storage.docstore import DocumentStore


def document_source(document: Document, store: Callable[[], DocumentStore]) -> Source:
    """The bytes of `document`, checked against its digest; `store` opens where it lies or raises if it may not."""
    return Source(
        document.size,
        lambda: store().pieces(document.id, sha256=document.sha256),
        lambda: _Parts.of(document, store),
        lambda check: store().prove(document.id, sha256=document.sha256, check=check),
    )


class _Parts:
    """Parts of a document; a store that was closed meanwhile is opened again, where that is still allowed."""

    def __init__(self, document: Document, store: Callable[[], DocumentStore], parts: Parts) -> None:
        self._document, self._store, self._parts = document, store, parts

    @classmethod
    def of(cls, document: Document, store: Callable[[], DocumentStore]) -> _Parts | None:
        """`None` where the document must be read in order."""
        parts = store().parts(document.id, sha256=document.sha256)
        return cls(document, store, parts) if parts is not None else None

    def wait(self) -> None:
        try:
            self._parts.wait()
        except NdbError as error:
            self._open_again(error)

    def read(self, start: int, length: int) -> bytes:
        try:
            return self._parts.read(start, length)
        except NdbError as error:
            self._open_again(error)
        return self._parts.read(start, length)

    def _open_again(self, error: NdbError) -> None:
        if error.code != "E-STORE-MISSING":
            raise error
        again = self._store().parts(self._document.id, sha256=self._document.sha256)
        if again is None:
            raise error
        # Somebody may have seen a page of it already: here nothing is read ahead of the proof.
        again.wait()
        self._parts = again

    def close(self) -> None:
        self._parts.close()
