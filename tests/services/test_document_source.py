"""A document as the renderer reads it: parts stay readable when their store made room, and end when it is forbidden."""

from __future__ import annotations

import hashlib
import io
import random
from pathlib import Path

import pytest

from ndb_desktop.documents.source import Parts
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.model import Document
from ndb_desktop.services.document_source import document_source
from ndb_desktop.storage.docstore import DocumentStore
from ndb_desktop.storage.docwriter import DocumentStoreWriter
from ndb_desktop.storage.engine import RawKey

KEY = RawKey("5a" * 32)
SCAN = random.Random(5).randbytes(300_000)
DOCUMENT = Document("D1", "scan.pdf", "", "application/pdf", len(SCAN), hashlib.sha256(SCAN).hexdigest(), 1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    with DocumentStoreWriter(tmp_path / "a.db", KEY) as writer:
        writer.add("D1", io.BytesIO(SCAN), len(SCAN), "application/pdf", [])
        writer.close()
    return tmp_path / "a.db"


def opened(parts: Parts | None) -> Parts:
    assert parts is not None
    return parts


def test_parts_go_on_when_their_store_had_to_make_room(path: Path) -> None:
    stores = [DocumentStore(path, KEY)]
    parts = opened(document_source(DOCUMENT, lambda: stores[-1]).parts())
    assert parts.read(9, 5) == SCAN[9:14]
    stores[0].close()
    stores.append(DocumentStore(path, KEY))
    assert parts.read(200_000, 5) == SCAN[200_000:200_005]
    parts.close()
    stores[1].close()


def test_parts_end_where_the_document_may_not_be_read_any_more(path: Path) -> None:
    store = DocumentStore(path, KEY)
    allowed = [True]

    def here() -> DocumentStore:
        if not allowed[0]:
            raise NdbError("E-RECUSED")
        return store

    source = document_source(DOCUMENT, here)
    parts = opened(source.parts())
    allowed[0] = False
    store.close()
    for ask in (lambda: parts.read(0, 1), source.parts, lambda: source.prove(lambda: None)):
        with pytest.raises(NdbError) as caught:
            ask()
        assert caught.value.code == "E-RECUSED"
