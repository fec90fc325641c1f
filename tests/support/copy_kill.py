"""Backs a registry up, and restores it, until killed; run as `python -m tests.support.copy_kill FOLDER KILLS SEED`.

In each life a forked child makes a copy and restores it; the parent kills it with SIGKILL at a random moment and
expects whole copies, a whole restored registry or none, and that the next run clears away what the killed one left.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from ndb_desktop.services.office import Office
from ndb_desktop.services.office_folder import open_office
from ndb_desktop.services.registry_copy import back_up, list_copies
from ndb_desktop.services.registry_restore import check, restore
from tests.support.killing import Life, Say
from tests.support.office import make_office, use_tiny
from tests.support.registries import give_documents
from tests.support.travel import person


def now() -> datetime:
    return datetime.now(UTC)


def opened(folder: Path) -> Office:
    return use_tiny(open_office(folder, person("组织方"), clock=now))


def life(registry: Path, out: Path, target: Path, say: Say) -> None:
    office = opened(registry)
    say("begin")
    start = time.monotonic()
    copy = back_up(office, out)
    say("copied", copy.path.name)
    restore(copy.path, target, person("组织方"), clock=now).close()
    say("done", time.monotonic() - start)


def main(folder: Path, kills: int, seed: int) -> None:
    """Prints how many kills landed where, as JSON."""
    office = make_office(folder / "office")
    give_documents(office, 4_000_000)
    office.close()
    registry, out = folder / "office", folder / "out"
    calm = Life(lambda say: life(registry, out, folder / "calm", say))
    took = float(calm.until("done")[-1][1])
    calm.kill()
    chance = random.Random(seed)
    ends = Counter[str]()
    for number in range(kills):
        target = folder / f"again-{number}"
        child = Life(lambda say, target=target: life(registry, out, target, say))  # type: ignore[misc]
        child.until("begin")
        said = child.kill(chance.uniform(0, took))
        copies = list_copies(out)
        told = {words[1] for words in said if words[0] == "copied"}
        assert told <= {one.path.name for one in copies}, "an acknowledged copy is gone"
        for one in copies:
            assert not check(one.path), "half a copy"
        if target.exists():
            again = opened(target)
            assert again.verify_log().ok
            again.close()
        ends["restored" if target.exists() else "copied" if told else "nothing"] += 1
    office = opened(registry)
    assert office.verify_log().ok
    last = back_up(office, out)
    office.close()
    restore(last.path, folder / "last", person("组织方"), clock=now).close()
    left = [path.name for place in (out, folder) for path in place.iterdir() if path.name.startswith(".ndb-")]
    assert not left, left
    print(json.dumps({"kills": kills, **ends}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
