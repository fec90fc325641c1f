"""SIGKILL while scoring, signing and exporting: no edit is lost, no revision exists in two versions."""

from __future__ import annotations

import random
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.review import make_bundle
from tests.support.travel import key_file

ROOT = Path(__file__).resolve().parents[2]
LIVES = 8


@pytest.mark.slow
def test_a_review_survives_being_killed(tmp_path: Path) -> None:
    make_bundle(tmp_path)
    (tmp_path / "out").mkdir()
    (tmp_path / "expert.ndbkey").write_bytes(key_file("expert"))
    chance = random.Random(7)
    edits, exports, digests = 0, 0, {}
    for _ in range(LIVES):
        for words in one_life(tmp_path, chance):
            if words[0] == "found":
                found = int(words[1])
                assert edits <= found <= edits + 1, "an acknowledged edit is missing"
                assert exports <= int(words[2]) <= exports + 1
                edits, exports = found, int(words[2])
            elif words[0] == "edit":
                edits = int(words[1])
            elif words[0] == "export":
                exports = int(words[1])
                digests[exports] = words[2]
    assert edits > LIVES
    assert digests
    names = [path.name for path in (tmp_path / "out").glob("*.ndbscore")]
    revisions = [name.split("_rev")[1].split("_")[0] for name in names]
    assert len(set(revisions)) == len(revisions), "one revision, one file"


def one_life(folder: Path, chance: random.Random) -> list[list[str]]:
    """What a child said before it was killed."""
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.support.review_crash", str(folder)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert child.stdout is not None
    assert child.stderr is not None
    data, end = b"", time.monotonic() + 60
    with child.stdout as stream:
        while (left := end - time.monotonic()) > 0 and select.select([stream], [], [], left)[0]:
            piece = stream.read1(65536)  # type: ignore[attr-defined]
            assert piece, child.stderr.read().decode()
            if not data:
                end = time.monotonic() + chance.uniform(0.02, 0.7)
            data += piece
        child.kill()
        child.wait()
        data += stream.read()
    child.stderr.close()
    return [line.split() for line in data[: data.rfind(b"\n") + 1].decode().splitlines()]
