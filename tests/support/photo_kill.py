"""Adds photos until it is killed, many times; run as `python -m tests.support.photo_kill FOLDER KILLS SEED`.

In each life a forked child opens the record and takes all files of a folder, of which those of the lives before are
in already; the parent kills it with SIGKILL at a random moment and looks at what is left: every photo that was
acknowledged, none twice, none in part. When all are in, a new record begins.
"""

from __future__ import annotations

import hashlib
import json
import random
import sys
import time
from collections import Counter
from pathlib import Path

from ndb_desktop.services.photo_intake import TakenPhoto, take_photos
from ndb_desktop.storage import sitephotos
from tests.support.killing import Life, Say
from tests.support.photo_desk import Desk, QuickWorker, make_file

PHOTOS = 8


def make_files(folder: Path, seed: int) -> dict[str, str]:
    """Files of one to three pieces; the digest of each by name."""
    folder.mkdir()
    chance = random.Random(seed)
    digests = {}
    for number in range(PHOTOS):
        data = chance.randbytes(chance.randint(sitephotos.PIECE // 2, 3 * sitephotos.PIECE))
        (folder / f"IMG_{number:02d}.JPG").write_bytes(data)
        digests[f"IMG_{number:02d}.JPG"] = hashlib.sha256(data).hexdigest()
    return digests


class Telling(Desk):
    """Acknowledges every photo once it is durable."""

    def __init__(self, path: Path, say: Say) -> None:
        super().__init__(path)
        self._say = say

    def keep(self, taken: TakenPhoto) -> str:
        found = super().keep(taken)
        self._say("kept", found, taken.photo.sha256)
        return found


def life(record: Path, files: Path, say: Say) -> None:
    desk = Telling(record, say)
    start = time.monotonic()
    say("begin")
    report = take_photos(desk, QuickWorker(), [files])
    assert not report.count("refused"), report.verdicts
    say("done", time.monotonic() - start, report.count("known"))


def check(record: Path, digests: dict[str, str], acknowledged: set[str]) -> int:
    """How many photos are in; anything torn, lost or doubled fails."""
    desk = Desk(record)
    try:
        listed = desk.photos.listing()
        assert acknowledged <= {photo.sha256 for photo in listed}, "an acknowledged photo is gone"
        assert len({photo.sha256 for photo in listed}) == len({photo.id for photo in listed}) == len(listed)
        names = desk.names()
        assert {photo.id: photo.sha256 for photo in listed} == {name: digests[file] for name, file in names.items()}
        for photo in listed:
            digest = hashlib.sha256()
            for piece in desk.photos.open(photo.id).pieces():
                digest.update(piece)
            assert digest.hexdigest() == photo.sha256
            assert desk.photos.preview(photo.id).startswith(b"\xff\xd8")
            assert desk.photos.thumb(photo.id).startswith(b"\xff\xd8")
        pieces = desk.db.conn.execute("SELECT count(DISTINCT photo) FROM photo_piece").fetchone()[0]
        assert pieces == len(listed), "a part of a photo lies about"
        return len(listed)
    finally:
        desk.close()


def main(folder: Path, kills: int, seed: int) -> None:
    """Prints how many kills landed where, as JSON."""
    files = folder / "DCIM"
    digests = make_files(files, seed)
    make_file(folder / "calm.ndbwork")
    calm = Life(lambda say: life(folder / "calm.ndbwork", files, say))
    took = float(calm.until("done")[-1][1])
    calm.kill()
    assert check(folder / "calm.ndbwork", digests, set(digests.values())) == PHOTOS
    chance = random.Random(seed)
    ends = Counter[str]()
    record, acknowledged = folder / "0.ndbwork", set[str]()
    make_file(record)
    for number in range(1, kills + 1):
        child = Life(lambda say: life(record, files, say))  # noqa: B023  (the child runs at once)
        child.until("begin")
        said = child.kill(chance.uniform(0, took / 2))
        acknowledged |= {words[2] for words in said if words[0] == "kept"}
        if said and said[-1][0] == "done" and said[-1][2] == "0":
            # The machine has become faster since.
            took = min(took, float(said[-1][1]))
        journal = record.with_name(record.name + "-journal")
        writing = journal.exists() and journal.stat().st_size > 0
        found = check(record, digests, acknowledged)
        ends["done" if said and said[-1][0] == "done" else "writing" if writing else "between"] += 1
        if found == PHOTOS:
            record.unlink()
            record, acknowledged = folder / f"{number}.ndbwork", set()
            make_file(record)
    last = Life(lambda say: life(record, files, say))
    acknowledged |= {words[2] for words in last.until("done") if words[0] == "kept"}
    last.kill()
    # What was killed at any time before can be brought to its end.
    assert check(record, digests, acknowledged) == PHOTOS
    print(json.dumps({"kills": kills, **ends}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
