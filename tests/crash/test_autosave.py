"""SIGKILL at 100 random moments of autosave: every acknowledged edit is there, nothing half."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_every_acknowledged_edit_survives(tmp_path: Path, seed: int) -> None:
    path = tmp_path / "a.ndbwork"
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.autosave", str(path), "50", str(seed)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=110,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["kills"] == 50
    assert told["acknowledged"] > 50
    assert [p.name for p in tmp_path.iterdir()] == ["a.ndbwork"]
