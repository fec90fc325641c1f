"""Merges until it is killed, many times; run as `python -m tests.support.merge_kill FOLDER KILLS SEED`.

Makes a round in FOLDER: an empty registry and a score file of every expert. In each life a forked child opens a fresh
copy of the registry and merges all files; the parent kills it with SIGKILL at a random moment of the merge, opens what
is left, and expects the whole merge or nothing of it.
"""

from __future__ import annotations

import json
import random
import shutil
import sys
import time
from collections import Counter
from pathlib import Path

from ndb_desktop.services.merge import merge_files
from ndb_desktop.services.office import REGISTRY_FILE, Office
from ndb_desktop.services.office_folder import open_office
from tests.support.killing import Life, Say
from tests.support.office import Clock, make_office, make_score_file, scored_sheet, use_tiny
from tests.support.travel import person

EXPERTS, APPLICATIONS = 24, 6


def make_round(folder: Path) -> None:
    """An empty registry in `empty`, score files of everybody in `in`."""
    empty = make_office(folder / "empty", applications=APPLICATIONS, experts=EXPERTS)
    for number in range(1, EXPERTS + 1):
        sheets = [scored_sheet(f"A-{n:03d}", 80 + number % 10) for n in range(1, APPLICATIONS + 1)]
        make_score_file(empty, folder / f"in/{number:02d}.ndbscore", f"E{number:02d}", sheets)
    empty.close()
    shutil.copytree(folder / "empty", folder / "whole")


def opened(folder: Path) -> Office:
    return use_tiny(open_office(folder, person("组织方"), clock=Clock()))


def life(registry: Path, files: Path, say: Say) -> None:
    office = opened(registry)
    say("begin")
    start = time.monotonic()
    report = merge_files(office, [files], results=False)
    say("done", time.monotonic() - start, *{row.verdict for row in report.verdicts})


def check(registry: Path, files: Path, done: bool) -> bool:
    """Whether the merge is there as a whole; anything between whole and nothing fails, and so does a second try."""
    office = opened(registry)
    try:
        found = office.status().files
        assert found in (0, EXPERTS), f"half a merge: {found} of {EXPERTS} files"
        assert found or not done, "an acknowledged merge is gone"
        assert office.verify_log().ok
        assert office.rebuild().equal
        assert len(office.registry.standings()) == found * APPLICATIONS
        assert [row.action for row in office.log_rows()].count("merge") == (1 if found else 0)
        report = merge_files(office, [files], results=False)
        assert {row.verdict for row in report.verdicts} == ({"duplicate"} if found else {"accepted"})
        assert office.status().files == EXPERTS
        # Every row is proved once: now, if nothing was there before.
        assert found or office.rebuild().equal
        return bool(found)
    finally:
        office.close()


def main(folder: Path, kills: int, seed: int) -> None:
    """Prints how many kills landed where, as JSON."""
    make_round(folder)
    files = folder / "in"
    calm = Life(lambda say: life(folder / "whole", files, say))
    took = float(calm.until("done")[-1][1])
    calm.kill()
    assert check(folder / "whole", files, done=True)
    chance = random.Random(seed)
    ends = Counter[str]()
    for number in range(kills):
        registry = folder / f"round{number}"
        shutil.copytree(folder / "empty", registry)
        child = Life(lambda say: life(registry, files, say))  # noqa: B023  (the child runs at once)
        child.until("begin")
        rest = child.kill(chance.uniform(0, took))
        if rest:
            # The machine has become faster since.
            took = min(took, float(rest[-1][1]))
        # A journal with content says that the kill came in the middle of a transaction that had begun to write.
        journal = registry / f"{REGISTRY_FILE}-journal"
        writing = journal.exists() and journal.stat().st_size > 0
        whole = check(registry, files, done=bool(rest))
        ends["late" if rest else "committed" if whole else "writing" if writing else "nothing"] += 1
        shutil.rmtree(registry)
    print(json.dumps({"kills": kills, **ends}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
