"""Turns pages of several documents in a process of its own and tells what is held; run as `-m … PROFILE TURNS`.

Prints JSON: `kept` the most bytes of sharp pages ever kept, `held` what desk and renderer hold together after so many
page turns and after three times as many, in MiB (empty where the system does not tell).
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from benchmarks.memory_bench import scan
from ndb_desktop.documents.worker import RenderWorker
from ndb_desktop.ui import app
from ndb_desktop.ui.settings import Settings
from ndb_desktop.ui.viewer.viewer import DocumentViewer
from tests.support.viewer import book, show
from tests.support.window import settle

EACH = 14
"""Pages turned in one document before the next is opened; more than are kept."""
PDF = "application/pdf"


def kept_bytes(viewer: DocumentViewer) -> int:
    """What the sharp pages kept need."""
    pictures = [picture for _scale, picture in viewer.pages._kept.values()]
    return sum(picture.width() * picture.height() * picture.depth() // 8 for picture in pictures)


def resident(process: int | str) -> int:
    """Bytes of a process in memory."""
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmRSS:"))


def see(viewer: DocumentViewer) -> None:
    """Waits for the sharp picture of the page in sight."""
    end = time.monotonic() + 60
    while viewer.pages.document is None or not viewer.pages.get(viewer.view.page, viewer.view._scale())[1]:
        QApplication.processEvents()
        time.sleep(0.001)
        if time.monotonic() > end:
            raise RuntimeError(f"page {viewer.view.page} does not come")


def main(profile: str, turns: int) -> dict[str, object]:
    """Turns pages `turns` times, three times."""
    _application = app.make_application(Settings(Path(profile)), "light")
    worker = RenderWorker()
    worker.start()
    viewer = DocumentViewer(worker)
    viewer.bind_keys(viewer)
    viewer.resize(760, 900)
    viewer.show()
    viewer.activateWindow()
    files = {"scan": (scan(EACH + 1), PDF), "book": (book(EACH + 1), PDF), "wide": (book(EACH + 1, (842, 595)), PDF)}
    show(viewer, files)
    names, held, most = list(files), [], 0
    for turn in range(3 * turns):
        if turn % EACH == 0:
            viewer.show_document(names[turn // EACH % len(names)])
        key = Qt.Key.Key_PageDown if turn // EACH % 2 == 0 else Qt.Key.Key_PageUp
        QTest.keyClick(viewer, key, Qt.KeyboardModifier.AltModifier)
        see(viewer)
        most = max(most, kept_bytes(viewer))
        if turn + 1 in (turns, 3 * turns):
            settle()
            if sys.platform == "linux":
                held.append(round((resident("self") + resident(worker.pid or 0)) / 2**20, 1))
    worker.close()
    return {"kept": most, "held": held}


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], int(sys.argv[2]))))
