"""Start: from the call of the program to the first painted start page, against an empty window.

The empty window has our size, fonts and style (Fusion), the same modules of Qt and its names (`Qt.…`, which PySide6
builds when first asked for, a good part of its start). What a window without even these takes stands in the facts as
`bare_ms`. All as installed: compiled once, in the round that does not count.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from benchmarks.harness import ROOT, Figure, Setting, versus

CHILD = """
import os, sys, time
from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication

class Painted(QObject):
    def eventFilter(self, thing, event):
        if event.type() == QEvent.Type.Paint:
            # What was asked to paint is painted before the next turn of the event loop.
            QTimer.singleShot(0, tell)
        return False

def tell():
    sys.stdout.write(repr(time.monotonic()))
    sys.stdout.flush()
    # An orderly end: a run that just stops is told of at the next start, which no usual start has to do.
    app.quit()

app = QApplication([])
watch = Painted()
loop = QApplication.exec

def watched(*_):
    # Only the window is watched: a filter over everything would be a part of what is measured.
    for window in app.topLevelWidgets():
        window.installEventFilter(watch)
    return loop()

QApplication.exec = watched
"""
OURS = """
from ndb_desktop.__main__ import main
sys.argv[:] = ["ndb-desktop", "--lang", "zh_CN"]
sys.exit(main())
"""
EMPTY = """
from pathlib import Path
from PySide6 import QtSvg
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QMainWindow
app.setStyle("Fusion")
for font in sorted((Path.cwd() / "resources" / "fonts").glob("*.ttf")):
    QFontDatabase.addApplicationFont(str(font))
window = QMainWindow()
window.resize(1440, 900)
window.show()
sys.exit(app.exec())
"""
BARE = """
from PySide6.QtWidgets import QMainWindow
window = QMainWindow()
window.show()
sys.exit(app.exec())
"""


def run(setting: Setting) -> Iterator[Figure]:
    """Warm: the first round of each is thrown away. Offscreen: the same on a machine without a display.

    Many rounds: one start takes up to half as long again as the next, by nothing that we do.
    """
    room = setting.room("start")
    repeat = setting.pick(3, 31)
    bare = median(_start(BARE, room) for _ in range(repeat))
    yield versus(
        "start to first paint",
        lambda: _start(OURS, room),
        lambda: _start(EMPTY, room),
        budget=1.6,
        repeat=repeat,
        facts={"bare_ms": round(bare * 1000)},
    )


def _start(script: str, room: Path) -> float:
    """Seconds until the child says that its first window was painted; the clock is the machine's, shared by both."""
    environment = {
        **os.environ,
        "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT), "PYTHONPYCACHEPREFIX": str(room / "code"),
        # A home of its own instead of `--profile`: finding the folder is a part of every start.
        "HOME": str(room), "XDG_DATA_HOME": str(room), "LOCALAPPDATA": str(room),
    }  # fmt: skip
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    environment.pop("NDB_PROFILE", None)
    begun = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", CHILD + script], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    if done.returncode or not done.stdout:
        raise RuntimeError(done.stderr[-2000:])
    return float(done.stdout) - begun
