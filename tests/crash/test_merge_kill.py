"""A merge killed at any moment leaves everything of a call or nothing of it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ndb_desktop.services.merge import merge_files
from ndb_desktop.services.office_folder import open_office
from tests.support.merge_kill import make_round
from tests.support.office import Clock, use_tiny
from tests.support.travel import key_file, person

ROOT = Path(__file__).resolve().parents[2]
KILLS = 50
"""For each of two seeds."""

# A process for each merge, because a limit once set stays; forked, because the imports take longer than the merge.
CHILD = """
import os, resource, sys
from pathlib import Path
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.crypto.identity import load_identity
from ndb_desktop.services.merge import merge_files
from ndb_desktop.services.office_folder import open_office
from tests.support.office import Clock, use_tiny
from tests.support.travel import PASSPHRASE
identity = load_identity(Path(sys.argv[1]).read_bytes(), PASSPHRASE, "x")
print("ready", flush=True)
for line in sys.stdin:
    folder, files, limit = line.strip().split("\\t")
    pid = os.fork()
    if pid == 0:
        office = use_tiny(open_office(Path(folder), identity, clock=Clock()))
        if int(limit):
            resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
        try:
            merge_files(office, [Path(files)], results=False)
        except NdbError as error:
            # A file size limit is met now in a write, now in the commit, where SQLite says no more than "I/O".
            os._exit(3 if error.code in ("E-STORE-FULL", "E-STORE-IO") else 4)
        office.close()
        os._exit(0)
    print(os.waitpid(pid, 0)[1], flush=True)
"""


class Merger:
    """Merges in processes whose files may be kept from growing."""

    def __init__(self, key: Path) -> None:
        self._child = subprocess.Popen(
            [sys.executable, "-c", CHILD, str(key)], cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert self._line() == "ready"

    def _line(self) -> str:
        assert self._child.stdout is not None
        return self._child.stdout.readline().strip()

    def merge(self, folder: Path, files: Path, limit: int = 0) -> int:
        """How the merge ended (wait status, 0 is well); no file may grow over `limit` bytes."""
        assert self._child.stdin is not None
        self._child.stdin.write(f"{folder}\t{files}\t{limit}\n")
        self._child.stdin.flush()
        return int(self._line())

    def close(self) -> None:
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self._child.stdin.close()
        self._child.wait(30)
        self._child.stdout.close()


@pytest.fixture
def merger(tmp_path: Path) -> Iterator[Merger]:
    key = tmp_path / "key"
    key.write_bytes(key_file("组织方"))
    merger = Merger(key)
    yield merger
    merger.close()


def test_a_full_disk_leaves_the_registry_as_it_was(tmp_path: Path, merger: Merger) -> None:
    make_round(tmp_path)
    assert merger.merge(tmp_path / "whole", tmp_path / "in") == 0
    small = (tmp_path / "empty/registry.db").stat().st_size
    large = (tmp_path / "whole/registry.db").stat().st_size
    for step in (1, 2, 5, 9):
        folder = tmp_path / f"full{step}"
        shutil.copytree(tmp_path / "empty", folder)
        ending = merger.merge(folder, tmp_path / "in", limit=small + (large - small) * step // 10)
        assert os.waitstatus_to_exitcode(ending) == 3
        office = use_tiny(open_office(folder, person("组织方"), clock=Clock()))
        assert office.status().files == 0
        assert office.verify_log().ok
        assert {row.verdict for row in merge_files(office, [tmp_path / "in"], results=False).verdicts} == {"accepted"}
        assert office.rebuild().equal
        office.close()


@pytest.mark.slow
@pytest.mark.parametrize("seed", [20261122, 20261123])
def test_a_killed_merge_is_all_or_nothing(tmp_path: Path, seed: int) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.merge_kill", str(tmp_path), str(KILLS), str(seed)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, f"seed {seed}: {done.stderr}"
    told = json.loads(done.stdout)
    assert told["kills"] == KILLS
    # The moments lay in the merge, most of them after it had begun to write and before it was committed.
    assert told.get("late", 0) <= KILLS // 3, told
    assert told["writing"] >= KILLS // 3, told
