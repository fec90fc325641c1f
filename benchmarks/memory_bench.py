"""A scan of 300 pages in the viewer: time to its first page, and what desk and renderers hold after 500 page turns.

The floors are the limits themselves: 300 ms and 400 MB. What PDFium needs when it is called directly in the same
process for the same first page stands in the facts. The memory is measured once with one viewer and once with two
beside each other, each of which has shown both of two scans.
"""

from __future__ import annotations

import io
import random
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.harness import MEGABYTE, Figure, Setting, in_child
from ndb_desktop.documents.source import Source
from ndb_desktop.domain.model import Document
from ndb_desktop.services.document_source import document_source
from ndb_desktop.storage.docstore import DocumentStore

FIRST_PAGE = 0.300
MOST_MB = 400.0
PAGES = 300
PRESS = 0.05
"""Seconds between two page turns of a hurried hand."""
A4 = (1240, 1754)
"""Pixels of a page at 150 dpi."""


def run(setting: Setting) -> Iterator[Figure]:
    """One window per run; the document lies in an encrypted store, as in a bundle."""
    told = in_child(
        "memory_bench:turn", folder=str(setting.room("memory")), turns=setting.pick(100, 500),
        repeat=setting.pick(2, 7),
    )  # fmt: skip
    facts = {
        "pages": PAGES,
        "MB": told["megabytes"],
        "direct_ms": told["direct_ms"],
        "desk_cpu_ms": told["desk_cpu_ms"],
    }
    for name, key in (("first page of a scan", "first"), ("first page, proven ahead", "again")):
        runs = tuple(told[key])
        yield Figure(name, median(runs), FIRST_PAGE, 1.0, runs=(runs, ()), facts=facts)
        facts = {"desk_cpu_ms": told["again_cpu_ms"]}
    if told["held"] is not None:
        facts = {name: told[name] for name in ("turns", "before", "desk", "renderer")}
        yield Figure("memory after page turns", told["held"], MOST_MB, 1.0, unit="MB", facts=facts)
    told = in_child("memory_bench:split", folder=str(setting.room("split")), turns=setting.pick(40, 500))
    if told["held"] is not None:
        yield Figure("memory, two scans beside each other", told.pop("held"), MOST_MB, 1.0, unit="MB", facts=told)


def turn(folder: str, turns: int, repeat: int) -> dict[str, Any]:
    """In a process of its own: opens the scan `repeat` times, then turns pages by key and waits for each picture."""
    from benchmarks.stores import store_bytes
    from ndb_desktop.documents.worker import RenderWorker
    from ndb_desktop.storage.engine import RawKey
    from ndb_desktop.ui import app
    from ndb_desktop.ui.settings import Settings
    from ndb_desktop.ui.viewer.viewer import DocumentViewer
    from tests.support.packs import sample_application
    from tests.support.window import settle

    room = Path(folder)
    data = scan(PAGES)
    megabytes, direct = round(len(data) / MEGABYTE), _direct(data)
    stored = store_bytes(room, sample_application("park", 1), {"scan": (data, PAGES), "short": (scan(1), 1)})
    del data
    documents = {document.title: document for document in stored.application.documents}
    _application = app.make_application(Settings(room), "light")
    worker = RenderWorker()
    worker.start()
    opened = [DocumentStore(stored.path, RawKey(stored.key))]
    viewer = DocumentViewer(worker)
    viewer.bind_keys(viewer)
    viewer.resize(760, 900)
    viewer.show()
    viewer.activateWindow()
    viewer.set_documents(list(documents.values()), lambda wanted, _p, _c: source(opened[-1], wanted))

    first, again = [], []
    for times in (first, again):
        for _ in range(repeat):
            _see(viewer, lambda: viewer.show_document(documents["short"].id))
            if times is first:  # a store that has just been opened knows of no proof
                opened.pop().close()
                opened.append(DocumentStore(stored.path, RawKey(stored.key)))
            settle()
            used = time.process_time()
            seconds = _see(viewer, lambda: viewer.show_document(documents["scan"].id))
            times.append((seconds, time.process_time() - used))
            settle()
    before = _held(worker.pid)[0]
    for _ in range(turns):
        _turn_page(viewer, viewer)
    settle()
    held, desk, renderer = _held(worker.pid)
    opened.pop().close()
    worker.close()
    return {
        "first": [seconds for seconds, _cpu in first], "desk_cpu_ms": _cpu_ms(first),
        "again": [seconds for seconds, _cpu in again], "again_cpu_ms": _cpu_ms(again),
        "direct_ms": round(direct * 1000, 1), "megabytes": megabytes, "turns": turns,
        "held": held, "before": before, "desk": desk, "renderer": renderer,
    }  # fmt: skip


def split(folder: str, turns: int) -> dict[str, Any]:
    """In a process of its own: two scans side by side, each turned over in turns; halfway the sides change theirs."""
    from benchmarks.stores import store_bytes
    from ndb_desktop.documents.worker import RenderWorker
    from ndb_desktop.services.review_places import PANE
    from ndb_desktop.storage.engine import RawKey
    from ndb_desktop.ui import app
    from ndb_desktop.ui.settings import Settings
    from ndb_desktop.ui.viewer.material import Material, PaneState
    from ndb_desktop.ui.viewer.reading_pane import ReadingPane
    from tests.support.packs import sample_application

    room = Path(folder)
    stored = store_bytes(
        room, sample_application("park", 1), {"first": (scan(PAGES), PAGES), "second": (scan(PAGES), PAGES)}
    )
    application = app.make_application(Settings(room), "light")
    opened = DocumentStore(stored.path, RawKey(stored.key))
    pane = ReadingPane(RenderWorker())
    pane.bind_keys(pane)
    pane.resize(1500, 900)
    pane.show()
    pane.activateWindow()
    names = tuple(document.id for document in stored.application.documents)
    pane.show_application(
        Material(
            "A-1", stored.application.documents, lambda wanted, _p, _c: source(opened, wanted),
            lambda _query, _limit, _cancel: (), dict, {PANE: PaneState(names, 0).to_text()}, lambda _key, _text: None,
        )
    )  # fmt: skip
    for half in range(2):
        for side, name in zip(pane.sides, names if not half else reversed(names), strict=True):
            _see(side.viewer, lambda viewer=side.viewer, name=name: viewer.show_document(name))
        for number in range(turns // 2):
            pane._activate(number % 2)
            _turn_page(pane.viewer, pane)
        for side in pane.sides:  # the reader rests, and all miniatures are made
            while side.viewer.pages._miniatures.next(1):
                application.processEvents()
                time.sleep(0.005)
    held = [_megabytes(process) for process in ("self", *(side.worker.pid for side in pane.sides))]
    workers = [side.worker for side in pane.sides]
    opened.close()
    for worker in workers:
        worker.close()
    total = None if any(part is None for part in held) else round(sum(part or 0.0 for part in held), 1)
    return {"held": total, "turns": turns, "desk": held[0], "left": held[1], "right": held[2]}


def _see(viewer: Any, act: Callable[[], object]) -> float:
    """Seconds from the act to the sharp picture of the page in sight."""
    from PySide6.QtWidgets import QApplication

    begun = time.perf_counter()
    act()
    while viewer.pages.document is None or not viewer.pages.get(viewer.view.page, viewer.view._scale())[1]:
        QApplication.processEvents()
        # As an event loop at rest: one that spins would take the interpreter from those who read the document.
        time.sleep(0.001)
        if time.perf_counter() - begun > 30:
            raise RuntimeError(f"page {viewer.view.page} does not come")
    QApplication.processEvents()
    return time.perf_counter() - begun


def _turn_page(viewer: Any, focus: Any) -> None:
    """The next page by key, at the end the one before it; waits for its picture, and not less than a hand needs."""
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest

    key = Qt.Key.Key_PageDown if viewer.view.page < PAGES else Qt.Key.Key_PageUp
    time.sleep(PRESS)
    QTest.keyClick(focus, key, Qt.KeyboardModifier.AltModifier)
    _see(viewer, lambda: None)


def _cpu_ms(times: list[tuple[float, float]]) -> int:
    return round(median(cpu for _seconds, cpu in times) * 1000)


def source(opened: DocumentStore, wanted: Document) -> Source:
    """As a review passes a document on: checked against its digest."""
    return document_source(wanted, lambda: opened)


def scan(pages: int) -> bytes:
    """A PDF of page pictures, each with lines like writing and the grain of paper."""
    from PIL import Image, ImageDraw

    from tests.support.documents import pdf, stream

    chance = random.Random(7)
    grain = Image.effect_noise(A4, 3)
    pictures = []
    for _ in range(8):
        page = grain.point(lambda value: min(255, value + 110))
        draw = ImageDraw.Draw(page)
        for top in range(150, A4[1] - 150, 36):
            for left in range(140, A4[0] - 140, 26):
                box = (left, top, left + chance.randint(6, 20), top + chance.randint(8, 20))
                draw.rectangle(box, chance.randint(20, 70))
        out = io.BytesIO()
        page.save(out, "JPEG", quality=40)
        pictures.append(out.getvalue())
    kids = b" ".join(b"%d 0 R" % (3 + 3 * number) for number in range(pages))
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, pages)]
    head = b"/Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceGray /BitsPerComponent 8" % A4
    for number in range(pages):
        place = 3 + 3 * number
        objects += [
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R"
            b" /Resources << /XObject << /X %d 0 R >> >> >>" % (place + 1, place + 2),
            stream(b"595 0 0 842 0 0 cm /X Do"),
            stream(pictures[number % len(pictures)], head + b" /Filter /DCTDecode"),
        ]
    return pdf(objects)


def _direct(data: bytes) -> float:
    import pypdfium2

    begun = time.perf_counter()
    document = pypdfium2.PdfDocument(data)
    document[0].render(scale=1.2, rev_byteorder=True, prefer_bgrx=True)
    spent = time.perf_counter() - begun
    document.close()
    return spent


def _held(renderer: int | None) -> tuple[float | None, float | None, float | None]:
    """Megabytes of desk and renderer together, and of each."""
    desk, child = _megabytes("self"), _megabytes(renderer)
    return (None if desk is None or child is None else round(desk + child, 1)), desk, child


def _megabytes(process: int | str | None) -> float | None:
    """Memory of a process, with its part of what it shares; `None` where the system does not tell."""
    if sys.platform != "linux":
        return None
    for line in Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii").splitlines():
        if line.startswith("Pss:"):
            return round(int(line.split()[1]) / 1024, 1)
    return None
