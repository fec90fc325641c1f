"""Applications with documents of any size, in the encrypted stores they travel in."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.harness import MEGABYTE
from ndb_desktop.domain.model import Application, Document
from ndb_desktop.storage.docstore import DocumentStoreWriter, StoreFacts
from ndb_desktop.storage.engine import RawKey, new_raw_key
from tests.support.documents import text_page

WORDS = "Annual report of the demonstration base, research intensity 3.1 percent"


@dataclass(frozen=True)
class Stored:
    """An application whose documents are in the file `path` under `key`."""

    application: Application
    path: Path
    key: str
    facts: StoreFacts


def store(folder: Path, application: Application, megabytes: Sequence[float]) -> Stored:
    """Writes one document per size; like most PDFs they cannot be compressed any further."""
    documents = []
    key, path = new_raw_key(), folder / f"{application.id}.db"
    with DocumentStoreWriter(path, RawKey(key)) as writer:
        for number, size in enumerate(megabytes, 1):
            # A real page in front; PDF readers look for the end first, and these bytes are only stored and read back.
            body = text_page(WORDS) + os.urandom(int(size * MEGABYTE))
            document = Document(
                f"D{number}", f"材料{number}.pdf", f"材料{number}", "application/pdf", len(body),
                hashlib.sha256(body).hexdigest(), 1,
            )  # fmt: skip
            writer.add(
                document.id, [body], len(body), document.mime, (WORDS,), name=document.name, title=document.title
            )
            documents.append(document)
        facts = writer.close()
    return Stored(replace(application, documents=tuple(documents)), path, key, facts)
