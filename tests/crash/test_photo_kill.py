"""Adding photos, killed at any moment: none lost, none doubled, none in part."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
KILLS = 20


@pytest.mark.parametrize("seed", [20261123, pytest.param(20261124, marks=pytest.mark.slow)])
def test_a_kill_costs_the_photo_being_added_alone(tmp_path: Path, seed: int) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.photo_kill", str(tmp_path), str(KILLS), str(seed)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert done.returncode == 0, f"seed {seed}: {done.stderr}"
    told = json.loads(done.stdout)
    assert told["kills"] == KILLS
    # The moments lay in the midst of it, most of them after a photo had begun to be written.
    assert told.get("done", 0) <= KILLS // 2, told
    assert told["writing"] >= KILLS // 4, told
