"""What import needs to know of a document: its number of pages and the text of each, for the index."""

from __future__ import annotations

from dataclasses import dataclass

from ndb_desktop.documents.worker import RenderWorker


@dataclass(frozen=True, slots=True)
class DocumentFacts:
    """`texts` has one entry per page; an image or a scanned page has an empty one."""

    pages: int
    texts: tuple[str, ...]


def inspect_document(worker: RenderWorker, data: bytes, mime: str) -> DocumentFacts:
    """Opens a document in the child and reads every page's text. Raises what `RenderWorker` raises."""
    texts = worker.texts(data, mime)
    return DocumentFacts(len(texts), texts)
