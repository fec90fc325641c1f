"""Opening a bundle until the first document is in memory, and the first page of the application list.

The floor unwraps the secret, derives the key, opens `core.db`, reads one application's page, and reads the document
from its store: what nobody can spare. It must not grow with the bundle: documents are checked when they are opened.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from benchmarks.harness import MEGABYTE, Figure, Setting, versus
from benchmarks.stores import Bundle, make_bundle
from ndb_desktop.crypto.sealing import unseal
from ndb_desktop.domain.sheet import Declaration
from ndb_desktop.services.review import ReviewSession, open_review
from ndb_desktop.storage.docstore import DocumentStore
from ndb_desktop.storage.engine import RawKey, Secret, open_database
from tests.support.office import Clock

APPLICATIONS = 20
FIRST = 2.0
"""Megabytes of the first application's documents, the same in every bundle."""


def run(setting: Setting) -> Iterator[Figure]:
    """Twice the same with ten times the documents; `--full` also 2 GB."""
    sizes = [setting.pick(5, 20), setting.pick(20, 200), *([2_048] if setting.full else [])]
    for size in sizes:
        folder = setting.room(f"open{size}")
        made = make_bundle(folder, [[FIRST], *[[max(0.1, (size - FIRST) / (APPLICATIONS - 1))]] * (APPLICATIONS - 1)])
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


def _open(made: Bundle, profile: Path, *, declare: bool = False) -> None:
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


def _floor(made: Bundle) -> None:
    secret = unseal(made.slots, made.identity, max_size=1024).decode()
    with open_database(made.core, Secret(secret), mode="read") as db:
        row = db.conn.execute("SELECT json FROM application ORDER BY ord LIMIT 1").fetchone()
    documents = DocumentStore(made.first.path, RawKey(made.first.key))
    data = documents.read("D1")
    documents.close()
    if not row or len(data) != made.first.application.documents[0].size:
        raise RuntimeError("another document")
