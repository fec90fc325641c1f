"""SIGKILL at random moments of a merge of inspection records: all or nothing, and no half copy stays for good."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
KILLS = 12
SEED = 20261123


def test_a_killed_merge_of_records_is_all_or_nothing(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.site_kill", str(tmp_path), str(KILLS), str(SEED)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, f"seed {SEED}: {done.stderr}"
    told = json.loads(done.stdout)
    assert told["kills"] == KILLS
    assert told["nothing"] >= KILLS // 3, told
    # There was something to clear: the moments lay where files were being copied.
    assert told["cleared"] >= 1, told
