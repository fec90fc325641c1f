"""Merges inspection records until it is killed; run as `python -m tests.support.site_kill FOLDER KILLS SEED`.

In each life a forked child opens a fresh copy of a registry and merges two records with photos; the parent kills it
with SIGKILL at a random moment of that, opens what is left: both records or none, each with its sealed file whole; and
the next merge takes what is missing and clears what the killed one copied.
"""

from __future__ import annotations

import hashlib
import json
import random
import shutil
import sys
import time
from collections import Counter
from pathlib import Path

from ndb_desktop.domain.siterecord import Photo
from ndb_desktop.services.office import Office
from ndb_desktop.services.registry_copy import digest_of
from ndb_desktop.services.site_merge import SITES, merge_sites, site_path
from ndb_desktop.services.visit_issue import issue_visit
from tests.support.killing import Life, Say
from tests.support.visits import frozen, opened_copy, planned, verified, visited_office, with_inspectors

PHOTOS, SIZE = 6, 300_000


def make_round(folder: Path) -> None:
    """A registry with an issued visit in `empty`, two revisions of its record in `in`."""
    office = visited_office(folder / "empty", applications=1, experts=1)
    with_inspectors(office, folder / "cards")
    visit = planned(office)
    bundle = issue_visit(office, visit.id, folder / "out")
    photos = []
    for number in range(PHOTOS):
        data = random.Random(number).randbytes(SIZE)
        digest = hashlib.sha256(data).hexdigest()
        photos.append((Photo(f"P{number}", digest, SIZE, "image/jpeg", f"{number}.jpg", 8, 6), data))
    for number, supersedes in ((1, None), (2, "0" * 64)):
        path = folder / f"made/{number}.ndbsite"
        frozen(office, visit, bundle, path, verified("1.5"), revision=number, supersedes=supersedes, photos=photos)
        (folder / "in").mkdir(exist_ok=True)
        path.replace(folder / f"in/{number}.ndbsite")
    office.close()


def life(registry: Path, files: Path, target: Path, say: Say) -> None:
    office = opened_copy(registry, target)
    say("begin")
    start = time.monotonic()
    report = merge_sites(office, [files], results=False)
    say("done", time.monotonic() - start, *(row.verdict for row in report.verdicts))


def taken(office: Office) -> int:
    """How many records stand there, each with its file whole; never one of two."""
    rows = office.registry.site_files()
    assert len(rows) in (0, 2), f"half a merge: {len(rows)}"
    assert len(office.registry.site_standings()) == (1 if rows else 0)
    for row in rows:
        assert digest_of(site_path(office, row.payload_sha256)) == row.file_sha256
    assert office.verify_log().ok
    return len(rows)


def check(registry: Path, files: Path, folder: Path, *, done: bool) -> tuple[bool, bool]:
    """Whether the merge was whole, and whether there was something to clear; anything else fails."""
    office = opened_copy(registry, folder)
    try:
        whole = bool(taken(office))
        assert whole or not done, "an acknowledged merge is gone"
        known = {f"{row.payload_sha256}.ndbsite" for row in office.registry.site_files()}
        left = {path.name for path in (office.folder / SITES).glob("*")} - known - {".hold"}
        merge_sites(office, [files], results=False)
        assert taken(office) == 2
        there = {path.name for path in (office.folder / SITES).iterdir()} - {".hold"}
        assert there == {f"{row.payload_sha256}.ndbsite" for row in office.registry.site_files()}
        return whole, bool(left)
    finally:
        office.close()


def main(folder: Path, kills: int, seed: int) -> None:
    """Prints how many kills landed where, as JSON."""
    make_round(folder)
    empty, files = folder / "empty", folder / "in"
    calm = Life(lambda say: life(empty, files, folder / "calm", say))
    took = float(calm.until("done")[-1][1])
    calm.kill()
    chance = random.Random(seed)
    ends = Counter[str]()
    for number in range(kills):
        target = folder / f"r{number}"
        child = Life(lambda say: life(empty, files, target, say))  # noqa: B023  (the child runs at once)
        child.until("begin")
        rest = child.kill(chance.uniform(0, took))
        whole, cleared = check(target, files, folder / f"c{number}", done=bool(rest))
        ends["late" if rest else "committed" if whole else "nothing"] += 1
        ends["cleared"] += cleared
        shutil.rmtree(target)
        shutil.rmtree(folder / f"c{number}")
    print(json.dumps({"kills": kills, **ends}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
