"""Issues until it is killed, many times; run as `python -m tests.support.issue_kill FOLDER KILLS SEED`.

In each life a forked child opens the registry and issues to everybody anew; the parent kills it with SIGKILL: the first
one between the name of a bundle and its entry on record, the others at a random moment. The next run must find on the
disk exactly what is on record, and go on.
"""

from __future__ import annotations

import json
import random
import shutil
import sys
import time
from collections import Counter
from pathlib import Path

from ndb_desktop.crypto.identity import Identity
from ndb_desktop.formats.bundle import BundleReader
from ndb_desktop.services.issue import issue_bundles
from ndb_desktop.services.issue_leftovers import clear_leftovers
from ndb_desktop.services.office import Office
from ndb_desktop.services.office_folder import open_office
from ndb_desktop.storage.registry_rows import IssuedBundle
from tests.support.killing import Life, Say
from tests.support.office import Clock
from tests.support.sample import coordinator, small_sample


def opened(registry: Path, identity: Identity) -> Office:
    return open_office(registry, identity, clock=Clock())


def everybody(office: Office) -> list[str]:
    return sorted({pair.expert for pair in office.assignments()})


def life(registry: Path, identity: Identity, out: Path, stand_still: bool, say: Say) -> None:
    office = opened(registry, identity)
    record = office.record_issue

    def keep(bundle: IssuedBundle) -> None:
        if stand_still:
            say("named", bundle.path)
            time.sleep(600)
        record(bundle)
        say("issued", bundle.bundle_id)

    office.record_issue = keep  # type: ignore[method-assign]
    say("begin")
    start = time.monotonic()
    issue_bundles(office, out, experts=everybody(office))
    say("done", time.monotonic() - start)


def check(registry: Path, identity: Identity, out: Path, told: list[list[str]]) -> tuple[int, int]:
    """How many leftovers there were, and how many bundles of this life are on record; what differs fails."""
    workshops = sorted(out.glob(".ndb-issue-*"))
    office = opened(registry, identity)
    try:
        before = {path.name for path in out.glob("*.ndbbundle")}
        clear_leftovers(office, out)
        recorded = {Path(row.path).name: row for row in office.issued() if Path(row.path).parent == out}
        files = {path.name for path in out.iterdir()}
        assert files == recorded.keys(), (files, sorted(recorded))
        known = {row.bundle_id for row in recorded.values()}
        assert {words[1] for words in told if words[0] == "issued"} <= known, "an acknowledged bundle is gone"
        for name, row in recorded.items():
            with BundleReader(out / name) as reader:
                assert (reader.digest, reader.manifest.bundle_id) == (row.digest, row.bundle_id)
        cleared = [row.details["file"] for row in office.log_rows() if row.action == "issue.leftovers"]
        assert before - files <= set(cleared), "removed, but not on record"
        assert office.verify_log().ok
        return len(workshops), len(recorded)
    finally:
        office.close()


def main(folder: Path, kills: int, seed: int) -> None:
    """Prints how many kills landed where, as JSON."""
    shutil.copytree(small_sample().registry, folder / "registry")
    identity, chance, ends = coordinator(), random.Random(seed), Counter[str]()
    registry, out = folder / "registry", folder / "out"
    out.mkdir()
    held = Life(lambda say: life(registry, identity, out, True, say))
    named = held.until("named")[-1][1]
    held.kill()
    assert Path(named).exists()
    assert check(registry, identity, out, [])[0] == 1
    assert not Path(named).exists(), "a bundle nobody knows stays where it could be sent"
    calm = Life(lambda say: life(registry, identity, out, False, say))
    said = calm.until("done")
    calm.kill()
    took = float(said[-1][1])
    issued = check(registry, identity, out, said)[1]
    for _ in range(kills):
        child = Life(lambda say: life(registry, identity, out, False, say))
        told = child.until("begin")
        told += child.kill(chance.uniform(0, took))
        leftovers, now = check(registry, identity, out, told)
        ends["some" if now > issued else "nothing"] += 1
        ends["cleared"] += leftovers
        issued = now
    office = opened(registry, identity)
    wanted = everybody(office)
    # After all of this a quiet run goes through.
    assert [row.expert for row in issue_bundles(office, out, experts=wanted).issued] == wanted
    office.close()
    print(json.dumps({"kills": kills, **ends}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
