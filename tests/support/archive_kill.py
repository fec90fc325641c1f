"""Files an archive until it is killed, many times; run as `python -m tests.support.archive_kill FOLDER KILLS SEED`.

In each life a forked child opens the registry and files the batch; the parent kills it with SIGKILL at a random moment
and expects the whole archive or nothing at all, not even a leftover. Then a child whose files may not grow is refused.
"""

from __future__ import annotations

import json
import random
import resource
import shutil
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.formats.archive_set import check_archive
from ndb_desktop.services.office import Office
from ndb_desktop.services.office_folder import open_office
from tests.support.archives import file_it, filed_batch
from tests.support.killing import Life, Say
from tests.support.office import use_tiny
from tests.support.travel import person


def opened(registry: Path) -> Office:
    return use_tiny(open_office(registry, person("组织方"), clock=lambda: datetime.now(UTC)))


def life(registry: Path, out: Path, say: Say) -> None:
    office = opened(registry)
    say("begin")
    start = time.monotonic()
    file_it(office, out)
    say("done", time.monotonic() - start)


def cramped(registry: Path, out: Path, say: Say) -> None:
    office = opened(registry)
    # Room for what the registry writes, not for the archive.
    room = (registry / "registry.db").stat().st_size + 40_000
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))
    try:
        file_it(office, out)
    except NdbError as error:
        say("refused", error.code)
    else:
        say("refused", "nothing")


def main(folder: Path, kills: int, seed: int) -> None:
    """Prints how many kills landed where, as JSON."""
    filed_batch(folder).close()
    registry, out = folder / "office", folder / "out"
    out.mkdir()
    calm = Life(lambda say: life(registry, out, say))
    took = float(calm.until("done")[-1][1])
    calm.kill()
    whole = {path.name: path.read_bytes() for path in out.iterdir()}
    assert len(whole) == 2, "the archive and a volume"
    chance = random.Random(seed)
    ends = Counter[str]()
    for _ in range(kills):
        shutil.rmtree(out)
        out.mkdir()
        child = Life(lambda say: life(registry, out, say))
        child.until("begin")
        rest = child.kill(chance.uniform(0, took))
        left = {path.name: path.read_bytes() for path in out.iterdir()}
        assert left == whole or not rest, "an acknowledged archive is gone"
        assert left.items() <= whole.items(), "a leftover"
        sound = [name for name in left if not check_archive(out / name).faults]
        # A volume may be left whose archive did not get its name any more: then it says so itself.
        assert sound in ([], list(left))
        assert not sound or left == whole
        ends["whole" if sound else "nothing"] += 1
    shutil.rmtree(out)
    out.mkdir()
    full = Life(lambda say: cramped(registry, out, say))
    code = str(full.until("refused")[-1][1])
    full.kill()
    assert not list(out.iterdir())
    office = opened(registry)
    assert office.verify_log().ok
    office.close()
    print(json.dumps({"kills": kills, "full": code, "size": sum(map(len, whole.values())), **ends}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
