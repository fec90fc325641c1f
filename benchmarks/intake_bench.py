"""Import of documents: the whole hand-over service against a raw SQLCipher write of the same bytes and text extraction.

The floor takes every document's text with PDFium in its own process and writes bytes and texts into one encrypted
database per application: no checks, no digests, no search index, no child process.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pypdfium2

from benchmarks.harness import MEGABYTE, Figure, Setting, versus
from benchmarks.round import packs, person
from ndb_desktop.documents.samples import photo_jpeg
from ndb_desktop.domain.model import Application, Document
from ndb_desktop.formats.applications import application_to_json
from ndb_desktop.formats.handover import DOCUMENTS, LINES
from ndb_desktop.reports.samples import SampleSubject, application_form, statistics_tables, work_plan
from ndb_desktop.services.intake import import_applications
from ndb_desktop.services.office_folder import create_office
from ndb_desktop.storage.engine import RawKey, new_raw_key, open_database
from tests.support.office import Clock
from tests.support.packs import sample_application, sample_batch

PHOTOS = 6


def run(setting: Setting) -> Iterator[Figure]:
    """Applications with a form, tables, a plan of 30 pages and photographs."""
    folder = setting.room("intake")
    source = folder / "handover"
    count = setting.pick(2, 12, 60)
    _hand_over(source, count)
    files = sorted(path for path in (source / DOCUMENTS).rglob("*") if path.is_file())
    size = sum(path.stat().st_size for path in files)

    def measured() -> float:
        registry = folder / "registry"
        shutil.rmtree(registry, ignore_errors=True)
        office = create_office(
            registry, batch=sample_batch(), packs=packs(), identity=person("coordinator"), name="示例评审办",
            recovery=person("recovery").public, clock=Clock(),
        )  # fmt: skip
        office.packs  # noqa: B018  (checking packs belongs to opening an office, not to importing)
        begun = time.perf_counter()
        report = import_applications(office, source)
        seconds = time.perf_counter() - begun
        office.close()
        if len(report.accepted) != count:
            raise RuntimeError(str(report.faults[:3]))
        return seconds

    def floor() -> None:
        target = folder / "floor"
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir()
        for place in sorted((source / DOCUMENTS).iterdir()):
            _write(place, target / f"{place.name}.db")

    facts = {"applications": count, "documents": len(files), "MB": round(size / MEGABYTE, 1)}
    yield versus("import documents", measured, floor, budget=1.3, repeat=setting.pick(1, 3), facts=facts)


def _write(place: Path, target: Path) -> None:
    with open_database(target, RawKey(new_raw_key()), mode="create") as db:
        db.conn.execute("PRAGMA journal_mode = MEMORY")
        db.conn.execute("PRAGMA synchronous = OFF")
        with db.atomic():
            db.conn.execute("CREATE TABLE document(name TEXT, data BLOB)")
            db.conn.execute("CREATE TABLE page(name TEXT, number INTEGER, body TEXT)")
            for path in sorted(place.iterdir()):
                data = path.read_bytes()
                db.conn.execute("INSERT INTO document VALUES (?, ?)", (path.name, data))
                if path.suffix == ".pdf":
                    rows = [(path.name, number, text) for number, text in enumerate(_texts(data), 1)]
                    db.conn.executemany("INSERT INTO page VALUES (?, ?, ?)", rows)
    with target.open("rb") as stream:
        os.fsync(stream.fileno())


def _texts(data: bytes) -> Iterator[str]:
    document = pypdfium2.PdfDocument(data)
    for page in document:
        text = page.get_textpage()
        yield text.get_text_range()
        text.close()
        page.close()
    document.close()


def _hand_over(source: Path, count: int) -> None:
    lines = []
    for number in range(count):
        application = sample_application("enterprise" if number % 2 else "park", number + 1)
        lines.append(application_to_json(_with_documents(source, application, number)))
    (source / LINES).write_bytes(b"\n".join(lines) + b"\n")


def _with_documents(source: Path, application: Application, number: int) -> Application:
    subject = SampleSubject(application, packs()[application.category], "智能机器人", "福建省", number)
    made = [
        ("申报书.pdf", application_form(subject).report.data),
        ("统计表.pdf", statistics_tables(subject).report.data),
        ("方案.pdf", work_plan(subject, 30).report.data),
        *((f"照片{n}.jpg", photo_jpeg(f"{application.applicant} {n}", 100 * number + n)) for n in range(PHOTOS)),
    ]
    folder = source / DOCUMENTS / application.id
    folder.mkdir(parents=True)
    documents = []
    for serial, (name, data) in enumerate(made, 1):
        (folder / name).write_bytes(data)
        documents.append(Document(f"D{serial}", name, name.partition(".")[0], "", 0, "", 0))
    return replace(application, documents=tuple(documents))
