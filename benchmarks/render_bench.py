"""Rendering: a page to pixels through the child process against PDFium called directly, over all pages of a plan."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

import pypdfium2

from benchmarks.harness import Figure, Setting, percentile, timed
from benchmarks.round import packs
from ndb_desktop.documents.worker import RenderWorker
from ndb_desktop.reports.samples import SampleSubject, work_plan
from tests.support.packs import sample_application

SCALE = 96 / 72 * 1.5
"""150 % on an ordinary screen."""


def run(setting: Setting) -> Iterator[Figure]:
    """Text pages of a work plan; both sides deliver RGBA bytes."""
    application = sample_application("park", 1)
    subject = SampleSubject(application, packs()["park"], "智能机器人", "福建省", 1)
    data = work_plan(subject, setting.pick(10, 40)).report.data
    document = pypdfium2.PdfDocument(data)
    ours, floors = [], []
    with RenderWorker() as worker:
        pages = worker.open(data, "application/pdf").pages
        for number in range(pages):
            floors.append(timed(lambda n=number: _direct(document, n)))
            ours.append(timed(lambda n=number: _through(worker, n)))
    document.close()
    facts = {"pages": pages, "p95_ms": round(percentile(ours, 0.95) * 1000, 1)}
    yield Figure("page to pixels", median(ours), median(floors), None, runs=(tuple(ours), tuple(floors)), facts=facts)


def _through(worker: RenderWorker, number: int) -> None:
    page = worker.render(number + 1, SCALE)
    if not page.rgba:
        raise RuntimeError("no pixels")


def _direct(document: pypdfium2.PdfDocument, number: int) -> None:
    page = document[number]
    bitmap = page.render(scale=SCALE, rev_byteorder=True, prefer_bgrx=True)
    if not bytes(bitmap.buffer):
        raise RuntimeError("no pixels")
    bitmap.close()
    page.close()
