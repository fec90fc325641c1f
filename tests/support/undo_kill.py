"""Undoes a merge until it is killed, many times; run as `python -m tests.support.undo_kill FOLDER KILLS SEED`.

Makes a registry with two merges in FOLDER. In each life a forked child opens a fresh copy and undoes the second; the
parent kills it with SIGKILL at a random moment and expects that merge whole or gone. Then a child whose files may not
grow is refused, and the merge is whole.
"""

from __future__ import annotations

import json
import random
import resource
import shutil
import sys
import time
from collections import Counter
from pathlib import Path

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.services.merge import merge_files
from ndb_desktop.services.merge_undo import undo_merge
from ndb_desktop.services.office import REGISTRY_FILE
from tests.support.killing import Life, Say
from tests.support.merge_kill import EXPERTS, make_round, opened

REASON = "归并错了文件夹"
FIRST = 2


def make_merged(folder: Path) -> None:
    """A registry in `merged` that took two experts' files in one merge and all others in a second."""
    make_round(folder)
    (folder / "first").mkdir()
    for path in sorted((folder / "in").iterdir())[:FIRST]:
        shutil.copy(path, folder / "first" / path.name)
    shutil.copytree(folder / "empty", folder / "merged")
    office = opened(folder / "merged")
    merge_files(office, [folder / "first"], results=False)
    merge_files(office, [folder / "in"], results=False)
    office.close()


def life(registry: Path, say: Say) -> None:
    office = opened(registry)
    say("begin")
    start = time.monotonic()
    undo_merge(office, REASON)
    say("done", time.monotonic() - start)


def cramped(registry: Path, say: Say) -> None:
    """With no room for a journal."""
    office = opened(registry)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))
    try:
        undo_merge(office, REASON)
    except NdbError as error:
        say("refused", error.code)
    else:
        say("refused", "nothing")


def check(registry: Path, done: bool) -> bool:
    """Whether the second merge is gone as a whole; the same undo and merge then lead to the same registry."""
    office = opened(registry)
    try:
        found = office.status().files
        assert found in (FIRST, EXPERTS), f"half an undo: {found} files"
        assert found == FIRST or not done, "an acknowledged undo is gone"
        assert office.verify_log().ok
        assert [row.action for row in office.log_rows()].count("merge.undone") == (found == FIRST)
        assert office.rebuild().equal
        return found == FIRST
    finally:
        office.close()


def main(folder: Path, kills: int, seed: int) -> None:
    """Prints how many kills landed where, as JSON."""
    make_merged(folder)
    shutil.copytree(folder / "merged", folder / "calm")
    calm = Life(lambda say: life(folder / "calm", say))
    took = float(calm.until("done")[-1][1])
    calm.kill()
    assert check(folder / "calm", done=True)
    chance = random.Random(seed)
    ends = Counter[str]()
    for number in range(kills):
        registry = folder / f"round{number}"
        shutil.copytree(folder / "merged", registry)
        child = Life(lambda say: life(registry, say))  # noqa: B023  (the child runs at once)
        child.until("begin")
        rest = child.kill(chance.uniform(0, took))
        journal = registry / f"{REGISTRY_FILE}-journal"
        writing = journal.exists() and journal.stat().st_size > 0
        gone = check(registry, done=bool(rest))
        ends["late" if rest else "gone" if gone else "writing" if writing else "nothing"] += 1
        shutil.rmtree(registry)
    full = Life(lambda say: cramped(folder / "merged", say))
    code = str(full.until("refused")[-1][1])
    full.kill()
    assert not check(folder / "merged", done=False)
    print(json.dumps({"kills": kills, "full": code, **ends}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
