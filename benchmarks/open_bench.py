"""Opening a bundle until the first document is in memory, and the first page of the application list.

The floor unwraps the secret, derives the key, opens `core.db`, reads one application's page, and reads the document
from its store: what nobody can spare. It must not grow with the bundle: documents are checked when they are opened.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.harness import MEGABYTE, Figure, Setting, versus
from benchmarks.round import applications, packs, person
from benchmarks.stores import Stored, store
from ndb_desktop.crypto.identity import Identity
from ndb_desktop.crypto.sealing import unseal
from ndb_desktop.domain.sheet import Declaration
from ndb_desktop.formats.applications import application_to_json
from ndb_desktop.formats.batchfile import batch_to_json, expert_to_json
from ndb_desktop.formats.bundle import (
    SLOTS_MEMBER,
    Attachment,
    BundleReader,
    BundleSpec,
    attachment_member,
    write_bundle,
)
from ndb_desktop.formats.manifest import PackRef
from ndb_desktop.services.review import ReviewSession, open_review
from ndb_desktop.storage.coredb import CoreApplication, CoreContent, write_core
from ndb_desktop.storage.docstore import DocumentStore
from ndb_desktop.storage.engine import RawKey, Secret, open_database
from tests.support.office import Clock, make_expert
from tests.support.packs import sample_batch

SECRET = "0123-4567-89ab-cdef-ghjk"
APPLICATIONS = 20
FIRST = 2.0
"""Megabytes of the first application's documents, the same in every bundle."""


@dataclass(frozen=True)
class _Made:
    """A bundle and what the floor reads beside it."""

    path: Path
    core: Path
    slots: bytes
    first: Stored
    identity: Identity


def run(setting: Setting) -> Iterator[Figure]:
    """Twice the same with ten times the documents; `--full` also 2 GB."""
    sizes = [setting.pick(5, 20), setting.pick(20, 200), *([2_048] if setting.full else [])]
    for size in sizes:
        folder = setting.room(f"open{size}")
        made = _bundle(folder, size)
        profile = folder / "profile"
        profile.mkdir()
        _open(made, profile, declare=True)
        facts = {"MB": round(made.path.stat().st_size / MEGABYTE), "applications": APPLICATIONS}
        yield versus(
            f"open {size} MB to first document",
            lambda made=made, profile=profile: _open(made, profile),
            lambda made=made: _floor(made),
            budget=1.5,
            repeat=setting.pick(2, 7),
            facts=facts,
        )
        shutil.rmtree(folder)


def _open(made: _Made, profile: Path, *, declare: bool = False) -> None:
    with open_review(made.path, identity=made.identity, profile=profile, clock=Clock()) as session:
        name = session.applications[0].application.id
        if declare:
            _declare(session, name)
        document = session.documents(name)[0]
        if len(session.read_document(name, document.id)) != document.size:
            raise RuntimeError("another document")


def _declare(session: ReviewSession, name: str) -> None:
    for statement, _ in session.statements():
        session.agree(statement.id)
    session.declare(name, Declaration("clear"))


def _floor(made: _Made) -> None:
    secret = unseal(made.slots, made.identity, max_size=1024).decode()
    with open_database(made.core, Secret(secret), mode="read") as db:
        row = db.conn.execute("SELECT json FROM application ORDER BY ord LIMIT 1").fetchone()
    documents = DocumentStore(made.first.path, RawKey(made.first.key))
    data = documents.read("D1")
    documents.close()
    if not row or len(data) != made.first.application.documents[0].size:
        raise RuntimeError("another document")


def _bundle(folder: Path, megabytes: int) -> _Made:
    rest = max(0.1, (megabytes - FIRST) / (APPLICATIONS - 1))
    stored = [
        store(folder, application, [FIRST] if number == 0 else [rest])
        for number, application in enumerate(applications(APPLICATIONS))
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
    return _Made(path, core, copy.read_bytes(), stored[0], own)
