"""Applications with documents of any size, in the encrypted stores they travel in, and bundles of them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.harness import MEGABYTE
from benchmarks.round import applications, packs, person
from ndb_desktop.crypto.identity import Identity
from ndb_desktop.domain.model import Application, Document
from ndb_desktop.formats.applications import application_to_json
from ndb_desktop.formats.batchfile import batch_to_json, expert_to_json
from ndb_desktop.formats.bundle import SLOTS_MEMBER, BundleReader
from ndb_desktop.formats.bundle_writing import Attachment, BundleSpec, attachment_member, write_bundle
from ndb_desktop.formats.manifest import PackRef
from ndb_desktop.storage.coredb import CoreApplication, CoreContent, write_core
from ndb_desktop.storage.docwriter import DocumentStoreWriter, StoreFacts
from ndb_desktop.storage.engine import RawKey, new_raw_key
from tests.support.documents import text_page
from tests.support.office import make_expert
from tests.support.packs import sample_batch

SECRET = "0123-4567-89ab-cdef-ghjk"
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
    # A real page in front; PDF readers look for the end first, and these bytes are only stored and read back.
    bodies = (text_page(WORDS) + os.urandom(int(size * MEGABYTE)) for size in megabytes)
    return _write(folder, application, ((f"材料{number}", body, 1) for number, body in enumerate(bodies, 1)))


def store_bytes(folder: Path, application: Application, documents: Mapping[str, tuple[bytes, int]]) -> Stored:
    """Writes these PDFs by title, with their number of pages."""
    return _write(folder, application, ((title, *document) for title, document in documents.items()))


def _write(folder: Path, application: Application, bodies: Iterable[tuple[str, bytes, int]]) -> Stored:
    documents = []
    key, path = new_raw_key(), folder / f"{application.id}.db"
    with DocumentStoreWriter(path, RawKey(key)) as writer:
        for number, (title, body, pages) in enumerate(bodies, 1):
            document = Document(
                f"D{number}", f"{title}.pdf", title, "application/pdf", len(body), hashlib.sha256(body).hexdigest(),
                pages,
            )  # fmt: skip
            texts = (WORDS,) * pages
            writer.add(document.id, [body], len(body), document.mime, texts, name=document.name, title=document.title)
            documents.append(document)
        facts = writer.close()
    return Stored(replace(application, documents=tuple(documents)), path, key, facts)


@dataclass(frozen=True)
class Bundle:
    """A bundle for `identity` or `secret`, and what a floor reads beside it: `core.db`, the slots, the first store."""

    path: Path
    core: Path
    slots: bytes
    first: Stored
    identity: Identity
    secret: str = SECRET


def make_bundle(folder: Path, megabytes: Sequence[Sequence[float]]) -> Bundle:
    """A bundle of complete applications with documents of these sizes."""
    stored = [
        store(folder, application, sizes)
        for application, sizes in zip(applications(len(megabytes)), megabytes, strict=True)
    ]
    expert, own = make_expert(1), person("expert")
    rows = [
        CoreApplication(
            item.application.id, number, application_to_json(item.application), attachment_member(number), item.key,
            item.facts.sha256,
        )
        for number, item in enumerate(stored)
    ]  # fmt: skip
    batch = sample_batch()
    content = CoreContent(
        {"expert": expert_to_json(expert).decode()},
        batch_to_json(batch),
        {pack.digest: pack.raw for pack in packs().values()},
        tuple(rows),
    )
    core = folder / "core.db"
    write_core(core, SECRET, content)
    spec = BundleSpec(
        bundle_id="00112233445566778899aabbccddee01", batch_id=batch.id, trial=batch.trial, issuer_name="示例评审办",
        expert_id=expert.id, expert_key=own.public, issued_at="2026-11-21T00:00:00Z",
        expires_at="2026-12-31T00:00:00Z", packs=[PackRef(p.id, p.version, p.digest) for p in packs().values()],
        recovery=person("recovery").public, replaces=None,
    )  # fmt: skip
    attachments = [
        Attachment(row.member, item.path, item.facts.size, item.facts.sha256)
        for row, item in zip(rows, stored, strict=True)
    ]
    path = folder / "review.ndbbundle"
    write_bundle(path, spec, core=core, secret=SECRET, attachments=attachments, issuer=person("coordinator"))
    with BundleReader(path) as reader:
        copy = folder / "slots"
        reader.copy_member(SLOTS_MEMBER, copy)
    for item in stored[1:]:
        item.path.unlink()
    return Bundle(path, core, copy.read_bytes(), stored[0], own)
