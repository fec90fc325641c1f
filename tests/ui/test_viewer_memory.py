"""What turning pages holds in memory: bounded, and the same after many turns as after a few."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from ndb_desktop.ui.viewer.pages import KEEP_BYTES

ROOT = Path(__file__).resolve().parents[2]
TURNS = 42
"""Each of the three documents once through."""
MOST_MB = 400
"""The budget of desk and renderer together."""
MAY_GROW_MB = 24
"""For 84 turns more; if every picture stayed they would be 250 MB, at a third of a megabyte each already 28."""


def test_turning_pages_holds_no_more_after_three_times_as_many_turns(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.page_turns", str(tmp_path), str(TURNS)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    told = json.loads(done.stdout.splitlines()[-1])
    assert KEEP_BYTES / 2 < told["kept"] <= KEEP_BYTES, "pages are kept, and never more than there is room for"
    if sys.platform == "linux":
        early, late = told["held"]
        assert late <= MOST_MB
        assert late - early <= MAY_GROW_MB, told["held"]
