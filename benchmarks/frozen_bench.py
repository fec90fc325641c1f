"""Size of the frozen folder (`dev.py package`) against an empty PySide6 window frozen by the same PyInstaller.

Not part of a usual run: the second folder takes a minute to build.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.harness import MEGABYTE, ROOT, Figure, Setting

EMPTY = """
import sys
from PySide6.QtWidgets import QApplication, QMainWindow
app = QApplication(sys.argv)
window = QMainWindow()
window.show()
sys.exit(app.exec())
"""


def run(setting: Setting) -> Iterator[Figure]:
    """Bytes of all files, links counted once."""
    ours = ROOT / ".out" / "dist" / "ndb-desktop"
    if not ours.is_dir():
        raise RuntimeError("first: python3 build/dev.py package")
    folder = setting.room("frozen")
    script = folder / "empty.py"
    script.write_text(EMPTY)
    command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "ERROR", "--onedir", str(script)]
    subprocess.run(command, cwd=folder, check=True)
    floor = size(folder / "dist" / "empty")
    facts = {"of which numpy and highspy": f"{parts(ours, ('numpy', 'highspy')):.0f} MB"}
    yield Figure("frozen folder", size(ours), floor, 1.25, unit="MB", facts=facts)


def size(folder: Path) -> float:
    """Megabytes of a folder."""
    return sum(p.stat().st_size for p in folder.rglob("*") if p.is_file() and not p.is_symlink()) / MEGABYTE


def parts(folder: Path, names: tuple[str, ...]) -> float:
    """Megabytes of the files whose first folder begins with one of the names."""
    inside = folder / "_internal"
    return sum(size(place) for place in inside.iterdir() if place.is_dir() and place.name.startswith(names))
