"""SIGKILL at 20 random moments of an import: everything or nothing, and no encrypted orphan stays for good."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
KILLS = 20
SEED = 20261122


def test_a_killed_import_leaves_nothing_behind(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.import_kill", str(tmp_path), str(KILLS), str(SEED)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, f"seed {SEED}: {done.stderr}"
    told = json.loads(done.stdout)
    assert told["kills"] == KILLS
    assert told["nothing"] >= KILLS // 3, told
    # There was something to clear: the moments lay where stores were being written.
    assert told["cleared"] >= KILLS // 4, told
