"""Start: from the call of the program to the first painted start page, against an empty window with our fonts."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator

from benchmarks.harness import ROOT, Figure, Setting, versus

CHILD = """
import os, sys, time
from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication

class Painted(QObject):
    def eventFilter(self, thing, event):
        if event.type() == QEvent.Type.Paint and thing.isWidgetType() and thing.isWindow():
            # What was asked to paint is painted before the next turn of the event loop.
            QTimer.singleShot(0, tell)
        return False

def tell():
    sys.stdout.write(repr(time.monotonic()))
    sys.stdout.flush()
    os._exit(0)

app = QApplication([])
watch = Painted()
app.installEventFilter(watch)
"""
OURS = """
from ndb_desktop.__main__ import main
sys.argv[:] = ["ndb-desktop", "--lang", "zh_CN", "--profile", sys.argv[1]]
sys.exit(main())
"""
EMPTY = """
from pathlib import Path
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QMainWindow
for font in sorted((Path.cwd() / "resources" / "fonts").glob("*.ttf")):
    QFontDatabase.addApplicationFont(str(font))
window = QMainWindow()
window.resize(1100, 720)
window.show()
sys.exit(app.exec())
"""


def run(setting: Setting) -> Iterator[Figure]:
    """Warm: the first round of each is thrown away. Offscreen: the same on a machine without a display."""
    profile = str(setting.room("start"))
    yield versus(
        "start to first paint",
        lambda: _start(OURS, profile),
        lambda: _start(EMPTY, profile),
        budget=1.6,
        repeat=setting.pick(3, 11),
    )


def _start(script: str, profile: str) -> float:
    """Seconds until the child says that its first window was painted; the clock is the machine's, shared by both."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT)}
    begun = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", CHILD + script, profile], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    if done.returncode or not done.stdout:
        raise RuntimeError(done.stderr[-2000:])
    return float(done.stdout) - begun
