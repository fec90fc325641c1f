"""SIGKILL at 100 random moments of signing and exporting: the finished file and its record, or nothing that counts."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
KILLS = 50
"""For each of two seeds."""


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_a_killed_export_is_whole_or_does_not_count(tmp_path: Path, seed: int) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.export_kill", str(tmp_path), str(KILLS), str(seed)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, f"seed {seed}: {done.stderr}"
    told = json.loads(done.stdout)
    assert told["kills"] == KILLS
    # The moments lay in the export: before its commit, and between the commit and the finished file.
    assert told.get("late", 0) <= KILLS // 2, told
    assert told["nothing"] >= KILLS // 5, told
    assert told.get("kept", 0) + told.get("written", 0) >= 1, told
