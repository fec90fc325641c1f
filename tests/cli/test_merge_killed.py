"""`ndb merge` and `ndb undo-merge` killed with SIGKILL at the seams: whole or gone, and the next command goes on."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

KILLED = -signal.SIGKILL
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("killed")
    command = [sys.executable, "-m", "tests.support.cli_kill", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_killed_between_merge_and_receipts_the_merge_stands_and_receipts_follow(told: Any) -> None:
    found = told["merges"]
    assert found["first"] == [KILLED, 3, 0, 0, False], "merged, and no receipt"
    assert found["undoable"] == 0, "nothing rests on it yet"
    assert found["second"] == [KILLED, 3, 1, 0], "the receipt in hand is not on record, the one before is"
    assert found["third"] == [0, 3, 4, 0, {"duplicate": 3}]
    assert found["experts"] == 3
    assert found["blocked"] == "E-UNDO-RECEIPT"


def test_an_undo_that_is_killed_did_not_happen_and_can_be_done(told: Any) -> None:
    found = told["undoes"]
    assert found["merge"] == 0
    assert found["killed"] == [KILLED, 3, 0, 0]
    assert found["undone"] == [0, 0, 0, 1]
    assert found["again"] == {"accepted": 3}
