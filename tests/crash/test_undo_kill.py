"""An undone merge is gone as a whole or there as a whole, whenever the program dies or the disk is full."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
KILLS = 12


def test_a_killed_undo_is_all_or_nothing(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.undo_kill", str(tmp_path), str(KILLS), "20261122"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=110,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["kills"] == KILLS
    assert told["full"] in ("E-STORE-FULL", "E-STORE-IO")
    # Some came while it was writing.
    assert told.get("writing", 0) + told.get("nothing", 0) >= 2, told
