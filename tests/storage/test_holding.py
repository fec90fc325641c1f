"""A folder is held by one, and free again when the holder is gone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from ndb_desktop.storage.holding import Hold


def test_one_at_a_time(tmp_path: Path) -> None:
    first = Hold.take(tmp_path)
    assert first is not None
    assert Hold.take(tmp_path) is None
    first.release()
    second = Hold.take(tmp_path)
    assert second is not None
    second.release()
    assert [path.name for path in tmp_path.iterdir()] == [".hold"]


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert Hold.take(tmp_path / "none") is None


def test_the_hold_ends_with_the_process(tmp_path: Path) -> None:
    program = f"""
from pathlib import Path
from ndb_desktop.storage.holding import Hold
hold = Hold.take(Path({str(tmp_path)!r}))
print(hold is not None, flush=True)
input()
"""
    child = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdin is not None
    assert child.stdout.readline() == "True\n"
    assert Hold.take(tmp_path) is None
    child.kill()
    child.wait()
    child.stdout.close()
    child.stdin.close()
    hold = Hold.take(tmp_path)
    assert hold is not None
    hold.release()
