"""SIGKILL in the middle of the issue: on the disk lies what is on record and nothing else, and the next run goes on."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
KILLS = 5
SEED = 20261122


def test_a_killed_issue_leaves_no_bundle_that_nobody_knows(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.issue_kill", str(tmp_path), str(KILLS), str(SEED)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, f"seed {SEED}: {done.stderr}"
    told = json.loads(done.stdout)
    assert told["kills"] == KILLS
    # There was something to clear: the moments lay where bundles were being made.
    assert told["cleared"] >= 1, told
