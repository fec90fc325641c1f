"""A merge killed at any moment leaves everything of a call or nothing of it."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from ndb_desktop.services.merge import merge_files
from ndb_desktop.services.office import open_office
from tests.support.office import Clock, make_office, make_score_file, scored_sheet, use_tiny
from tests.support.travel import key_file, person

ROOT = Path(__file__).resolve().parents[2]
KILLS = 30
EXPERTS, APPLICATIONS = 24, 6

# Imports once, then makes one process per merge: so the moments of death lie in the merge, not in the start.
CHILD = """
import os, resource, sys
from pathlib import Path
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.crypto.identity import load_identity
from ndb_desktop.services.merge import merge_files
from ndb_desktop.services.office import open_office
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
    print(pid, flush=True)
    print(os.waitpid(pid, 0)[1], flush=True)
"""


class Merger:
    """Merges in processes that can be killed."""

    def __init__(self, key: Path) -> None:
        self._child = subprocess.Popen(
            [sys.executable, "-c", CHILD, str(key)], cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert self._line() == "ready"

    def _line(self) -> str:
        assert self._child.stdout is not None
        return self._child.stdout.readline().strip()

    def merge(self, folder: Path, files: Path, kill_after: float | None = None, limit: int = 0) -> tuple[int, float]:
        """How the merge ended (wait status, 0 is well) and how long it took; no file may grow over `limit` bytes."""
        assert self._child.stdin is not None
        start = time.monotonic()
        self._child.stdin.write(f"{folder}\t{files}\t{limit}\n")
        self._child.stdin.flush()
        pid = int(self._line())
        if kill_after is not None:
            time.sleep(kill_after)
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return int(self._line()), time.monotonic() - start

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


def make_round(folder: Path) -> None:
    """An empty registry in `empty`, score files of everybody in `in`."""
    empty = make_office(folder / "empty", applications=APPLICATIONS, experts=EXPERTS)
    for number in range(1, EXPERTS + 1):
        sheets = [scored_sheet(f"A-{n:03d}", 80 + number % 10) for n in range(1, APPLICATIONS + 1)]
        make_score_file(empty, folder / f"in/{number:02d}.ndbscore", f"E{number:02d}", sheets)
    empty.close()
    shutil.copytree(folder / "empty", folder / "whole")


def test_a_full_disk_leaves_the_registry_as_it_was(tmp_path: Path, merger: Merger) -> None:
    make_round(tmp_path)
    whole = merger.merge(tmp_path / "whole", tmp_path / "in")
    assert whole[0] == 0
    small = (tmp_path / "empty/registry.db").stat().st_size
    large = (tmp_path / "whole/registry.db").stat().st_size
    for step in (1, 2, 5, 9):
        folder = tmp_path / f"full{step}"
        shutil.copytree(tmp_path / "empty", folder)
        ending, _ = merger.merge(folder, tmp_path / "in", limit=small + (large - small) * step // 10)
        assert os.waitstatus_to_exitcode(ending) == 3
        office = use_tiny(open_office(folder, person("组织方"), clock=Clock()))
        assert office.status().files == 0
        assert office.verify_log().ok
        assert {row.verdict for row in merge_files(office, [tmp_path / "in"], results=False).verdicts} == {"accepted"}
        assert office.rebuild().equal
        office.close()


def test_a_killed_merge_is_all_or_nothing(tmp_path: Path, merger: Merger) -> None:
    make_round(tmp_path)
    ending, duration = merger.merge(tmp_path / "whole", tmp_path / "in")
    assert ending == 0
    chance = random.Random(20261122)
    killed = taken = 0
    for number in range(KILLS):
        folder = tmp_path / f"round{number}"
        shutil.copytree(tmp_path / "empty", folder)
        ending, _ = merger.merge(folder, tmp_path / "in", chance.uniform(0, duration))
        finished = ending == 0
        killed += not finished
        office = use_tiny(open_office(folder, person("组织方"), clock=Clock()))
        files = office.status().files
        assert files in (0, EXPERTS)
        assert finished <= (files == EXPERTS)
        taken += files == EXPERTS
        assert office.verify_log().ok
        assert office.rebuild().equal
        assert len(office.registry.standings()) == files * APPLICATIONS
        report = merge_files(office, [tmp_path / "in"], results=False)
        assert {row.verdict for row in report.verdicts} == ({"duplicate"} if files else {"accepted"})
        assert office.rebuild().equal
        office.close()
        shutil.rmtree(folder)
    assert killed
    assert taken < KILLS
