"""Imports until it is killed, many times; run as `python -m tests.support.import_kill FOLDER KILLS SEED`.

A hand-over of several applications lies in FOLDER. In each life a forked child opens the same registry and imports;
the parent kills it with SIGKILL at a random moment of that, and opens what is left: everything or nothing was imported,
and of the encrypted stores only those stay that the registry knows.
"""

from __future__ import annotations

import dataclasses
import json
import random
import sys
import time
from collections import Counter
from pathlib import Path

from ndb_desktop.formats.applications import application_to_json
from ndb_desktop.services.intake import import_applications
from ndb_desktop.services.office import ATTACHMENTS, Office
from ndb_desktop.services.office_folder import open_office
from ndb_desktop.storage.docstore import DocumentStore
from ndb_desktop.storage.engine import RawKey
from tests.support.documents import text_page
from tests.support.killing import Life, Say
from tests.support.office import Clock, make_office, use_tiny
from tests.support.travel import person, tiny_application

APPLICATIONS = 8
STRANGERS = ("notes.txt", "A-001.db", "A-001.0123abcd.db.bak", ".ndb-keep.part")
"""Files that an import never made: nobody but their owner removes them."""


def make_handover(folder: Path) -> None:
    """Writes a hand-over of sound applications, each with a PDF and a text."""
    lines = []
    for number in range(1, APPLICATIONS + 1):
        value = json.loads(application_to_json(dataclasses.replace(tiny_application(number), documents=())))
        value["documents"] = [{"id": "D1", "name": "a.pdf", "title": "a"}, {"id": "D2", "name": "b.txt", "title": "b"}]
        lines.append(json.dumps(value, ensure_ascii=False) + "\n")
        documents = folder / f"documents/{value['id']}"
        documents.mkdir(parents=True)
        (documents / "a.pdf").write_bytes(text_page(f"battery {number}"))
        (documents / "b.txt").write_text(f"application {number}\n" * 4000)
    (folder / "applications.jsonl").write_text("".join(lines), encoding="utf-8")


def opened(folder: Path) -> Office:
    return use_tiny(open_office(folder, person("组织方"), clock=Clock()))


def stores(folder: Path) -> set[str]:
    return {path.name for path in (folder / ATTACHMENTS).iterdir()} - set(STRANGERS)


def life(registry: Path, handover: Path, say: Say) -> None:
    office = opened(registry)
    say("begin")
    start = time.monotonic()
    report = import_applications(office, handover)
    assert report.ok, report.faults
    say("done", time.monotonic() - start)


def check(registry: Path, left: set[str], done: bool) -> tuple[bool, bool]:
    """Whether the import is there as a whole, and whether leftovers were cleared; anything else fails."""
    office = opened(registry)
    try:
        found = len(office.applications())
        assert found in (0, APPLICATIONS), f"half an import: {found} of {APPLICATIONS} applications"
        assert found or not done, "an acknowledged import is gone"
        known = office.registry.attachment_paths()
        assert stores(registry) == known, "leftovers stay, or a store is missing"
        for application in office.applications():
            ref = office.attachments(application.id)
            with DocumentStore(ref.path, RawKey(ref.key)) as store:
                assert [document.id for document in store.documents()] == ["D1", "D2"]
        cleared = [row.details for row in office.log_rows() if row.action == "import.leftovers"]
        told = {name for details in cleared for name in details["files"]}  # type: ignore[attr-defined]
        assert left - known <= told, "removed, but not on record"
        assert not told & known
        assert office.verify_log().ok
        assert all((registry / ATTACHMENTS / name).read_text() == "mine" for name in STRANGERS)
        return bool(found), bool(left - known)
    finally:
        office.close()


def fresh(folder: Path) -> Path:
    make_office(folder, applications=0, experts=0, assigned=False).close()
    for name in STRANGERS:
        (folder / ATTACHMENTS / name).write_text("mine")
    return folder


def main(folder: Path, kills: int, seed: int) -> None:
    """Prints how many kills landed where, as JSON."""
    handover = folder / "in"
    make_handover(handover)
    calm_registry = fresh(folder / "calm")
    calm = Life(lambda say: life(calm_registry, handover, say))
    took = float(calm.until("done")[-1][1])
    calm.kill()
    assert check(calm_registry, stores(calm_registry), done=True) == (True, False)
    chance = random.Random(seed)
    ends = Counter[str]()
    registry = fresh(folder / "r0")
    for number in range(kills):
        child = Life(lambda say: life(registry, handover, say))  # noqa: B023  (the child runs at once)
        child.until("begin")
        rest = child.kill(chance.uniform(0, took))
        whole, cleared = check(registry, stores(registry), done=bool(rest))
        ends["late" if rest else "committed" if whole else "nothing"] += 1
        ends["cleared"] += cleared
        if whole:
            registry = fresh(folder / f"r{number + 1}")
    print(json.dumps({"kills": kills, **ends}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
