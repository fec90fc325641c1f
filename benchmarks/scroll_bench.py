"""Scrolling through a scan of 300 pages at a steady pace in the viewer: how long each frame takes, and what it shows.

A frame is what the window's thread does between two steps of the wheel: layout, wishes, pictures that came, painting.
Its floor is painting one picture of that size. Frames are counted in which some page has neither picture nor preview;
no time is given before to make any ahead. `cpu_p95_ms` is the thread's own work, whatever else the machine did.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.harness import Figure, Setting, in_child, percentile
from benchmarks.memory_bench import PAGES, scan, source

FRAME = 0.016
PACES = {"reading": 12, "leafing": 60, "dragging": 480}
"""Pixels per frame of a 60 Hz screen: seconds for a page, three pages in a second, thirty pages in a second."""


def run(setting: Setting) -> Iterator[Figure]:
    """Each pace from another place of the scan, none of whose pages was seen before."""
    told = in_child("scroll_bench:scroll", folder=str(setting.room("scroll")), frames=setting.pick(180, 900))
    for pace, runs in told["frames"].items():
        facts = {
            "p50_ms": _ms(percentile(runs, 0.5)), "p95_ms": _ms(percentile(runs, 0.95)), "most_ms": _ms(max(runs)),
            "cpu_p95_ms": _ms(percentile(told["cpu"][pace], 0.95)), "frames": len(runs),
            "without_picture": told["empty"][pace], "preview_only": told["small"][pace],
        }  # fmt: skip
        yield Figure(f"scroll, {pace}, p95", percentile(runs, 0.95), FRAME, 1.0, runs=(tuple(runs), ()), facts=facts)
        floor = median(told["floor"])
        yield Figure(f"scroll, {pace}, p50", median(runs), floor, None, facts={"pixels_per_frame": PACES[pace]})


def scroll(folder: str, frames: int) -> dict[str, Any]:
    """In a process of its own: turns the bar as a hand does, and takes part in every event in between."""
    from PySide6.QtGui import QPixmap

    from benchmarks.stores import store_bytes
    from ndb_desktop.documents.worker import RenderWorker
    from ndb_desktop.storage.docstore import DocumentStore
    from ndb_desktop.storage.engine import RawKey
    from ndb_desktop.ui import app
    from ndb_desktop.ui.settings import Settings
    from ndb_desktop.ui.viewer.viewer import DocumentViewer
    from tests.support.packs import sample_application
    from tests.support.window import settle

    room = Path(folder)
    stored = store_bytes(room, sample_application("park", 1), {"scan": (scan(PAGES), PAGES)})
    application = app.make_application(Settings(room), "light")
    worker = RenderWorker()
    opened = DocumentStore(stored.path, RawKey(stored.key))
    viewer = DocumentViewer(worker)
    viewer.resize(760, 900)
    viewer.show()
    viewer.set_documents(stored.application.documents, lambda wanted, _p, _c: source(opened, wanted))
    settle()
    view, bar = viewer.view, viewer.view.verticalScrollBar()
    times: dict[str, list[float]] = {}
    cpu: dict[str, list[float]] = {}
    empty, small = dict.fromkeys(PACES, 0), dict.fromkeys(PACES, 0)
    for number, (pace, step) in enumerate(PACES.items()):
        view.go_to(1 + number * PAGES // 3)
        settle()
        times[pace], cpu[pace] = [], []
        way = step
        for _ in range(frames):
            begun, used = time.perf_counter(), time.thread_time()
            if not bar.minimum() <= bar.value() + way <= bar.maximum():
                way = -way
            bar.setValue(bar.value() + way)
            application.processEvents()
            view.viewport().repaint()
            spent = time.perf_counter() - begun
            pictures = [viewer.pages.get(page, view._scale()) for page in view.visible_pages()]
            empty[pace] += any(picture is None for picture, _sharp in pictures)
            small[pace] += any(picture is not None and not sharp for picture, sharp in pictures)
            # The rest of the frame belongs to the renderer; taking in what comes from it counts as well.
            while (left := FRAME - (time.perf_counter() - begun)) > 0.001:
                time.sleep(min(left, 0.002))
                again = time.perf_counter()
                application.processEvents()
                spent += time.perf_counter() - again
            times[pace].append(spent)
            cpu[pace].append(time.thread_time() - used)
    settle()
    size = view.viewport().size()
    picture = QPixmap(size)
    picture.fill("white")
    floor = _blit(picture)
    opened.close()
    viewer.close()
    worker.close()
    return {"frames": times, "cpu": cpu, "empty": empty, "small": small, "floor": floor}


def _blit(picture: Any) -> list[float]:
    """Seconds in which a widget of that size paints one picture."""
    from PySide6.QtGui import QPainter, QPaintEvent
    from PySide6.QtWidgets import QApplication, QWidget

    class Sheet(QWidget):
        def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802  (Qt)
            painter = QPainter(self)
            painter.drawPixmap(0, 0, picture)
            painter.end()

    sheet = Sheet()
    sheet.resize(picture.size())
    sheet.show()
    QApplication.processEvents()
    spent = []
    for _ in range(60):
        begun = time.perf_counter()
        sheet.repaint()
        spent.append(time.perf_counter() - begun)
    sheet.close()
    return spent


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)
