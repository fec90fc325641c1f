"""SIGKILL at 100 random moments of autosave: every acknowledged edit is there, nothing half."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ndb_desktop.storage.atomic import remove_leftovers

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
    # A kill while the note of who holds it was written may leave that note's beginning; a day later it is cleared away.
    for left in tmp_path.glob(".ndb-*.part"):
        assert left.stat().st_size < 1024
        os.utime(left, (0, 0))
    remove_leftovers(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["a.ndbwork"]
