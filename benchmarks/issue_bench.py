"""Issue: bundles made, test-opened and recorded, against a plain copy of the same bytes onto the same disk.

The second figure knows that every bundle needs two key derivations, slow by design and the same for a small bundle and
a large one: one to write its `core.db`, one to prove that its secret opens it.
"""

from __future__ import annotations

import os
import shutil
import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from benchmarks.harness import MEGABYTE, Figure, Setting, versus
from benchmarks.round import applications, make_office_of
from benchmarks.stores import store
from ndb_desktop.crypto.sealing import new_secret
from ndb_desktop.formats.applications import application_to_json
from ndb_desktop.services.issue import issue_bundles
from ndb_desktop.services.office import ATTACHMENTS
from ndb_desktop.storage.engine import Secret, open_database
from ndb_desktop.storage.registry_rows import ApplicationRow, AttachmentRow
from tests.support.travel import AT

EXPERTS, MORNING = 600, 4 * 3600.0
"""Experts of the largest round, and seconds in which all bundles are to be made, tested and recorded."""


def run(setting: Setting) -> Iterator[Figure]:
    """Every expert gets all applications; the copy writes each bundle's bytes and waits for the disk."""
    experts, count, size = setting.pick(2, 6), setting.pick(4, 10), setting.pick(4, 10)
    folder = setting.room("issue")
    listed = applications(count)
    office = make_office_of(folder / "registry", listed, experts, experts)
    sources = []
    with office.registry.transaction():
        for application in listed:
            made = store(office.folder / ATTACHMENTS, application, [size])
            data = application_to_json(made.application)
            row = ApplicationRow(application.id, application.category, application.field, data, made.facts.sha256, AT)
            facts = AttachmentRow(application.id, made.path.name, made.key, made.facts.sha256, made.facts.size)
            office.registry.put_application(row, facts)
            sources.append(made.path)
    names = [expert.id for expert in office.experts()]
    out, copies = folder / "out", folder / "copies"
    work: list[tuple[float, float]] = []

    def measured() -> None:
        shutil.rmtree(out, ignore_errors=True)
        wall, own = time.perf_counter(), time.process_time()
        if len(issue_bundles(office, out, experts=names).issued) != experts:
            raise RuntimeError("not everybody got a bundle")
        work.append((time.perf_counter() - wall, time.process_time() - own))

    def floor() -> None:
        shutil.rmtree(copies, ignore_errors=True)
        copies.mkdir()
        for name in names:
            _copy(sources, copies / name)

    total = experts * sum(path.stat().st_size for path in sources) / MEGABYTE
    facts = {"bundles": experts, "MB": round(total)}
    yield versus("issue bundles", measured, floor, budget=1.5, repeat=setting.pick(1, 3), facts=facts)
    with_keys = partial(_copies_with_keys, sources, copies, names)
    yield versus("issue, keys in floor", measured, with_keys, budget=1.5, repeat=setting.pick(1, 3), facts=facts)
    wall, own = (statistics.median(one) for one in zip(*work, strict=True))
    facts = {
        "MB_per_s": round(total / wall),
        "processors": round(own / wall, 2),
        "own_s_per_bundle": round(own / experts, 2),
    }
    # `processors` is how many the run kept busy: key derivation and digests leave the interpreter to the others.
    yield Figure("issue, seconds per bundle", wall / experts, MORNING / EXPERTS, 1.0, facts=facts)
    office.close()


def _copies_with_keys(sources: list[Path], copies: Path, names: list[str]) -> None:
    shutil.rmtree(copies, ignore_errors=True)
    copies.mkdir()

    def one(name: str) -> None:
        secret = Secret(new_secret())
        for mode in ("create", "write"):
            with open_database(copies / f"{name}.db", secret, mode=mode) as db:
                db.conn.execute("CREATE TABLE IF NOT EXISTS one(x)")
        _copy(sources, copies / name)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(one, names))


def _copy(sources: list[Path], target: Path) -> None:
    with target.open("wb") as stream:
        for source in sources:
            with source.open("rb") as taken:
                shutil.copyfileobj(taken, stream, MEGABYTE)
        stream.flush()
        os.fsync(stream.fileno())
