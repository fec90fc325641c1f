"""Signs and exports until it is killed, many times; run as `python -m tests.support.export_kill FOLDER KILLS SEED`.

Makes a bundle in FOLDER and marks everything. In each life a forked child opens the review, proves that what the
life before left is whole, exports twice undisturbed (so that the length of an export is known under today's load), and
begins a third export. The parent kills it with SIGKILL at a random moment of that one.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import sys
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ndb_desktop.crypto.identity import Identity
from ndb_desktop.formats.scorefile import open_score
from ndb_desktop.services.merge_sources import candidates
from ndb_desktop.services.review import ReviewSession, open_review, worksheet_path
from ndb_desktop.storage.worksheet import ExportRow
from tests.support.killing import Life, Say
from tests.support.review import SECRET, complete, make_bundle
from tests.support.travel import person

PART = ".ndb-*.part"


@dataclass
class Known:
    """What the lives so far acknowledged: the newest edit, the number of exports, digest of each written file.

    `done` is whether the newest export was over before its child was killed.
    """

    edits: int
    exports: int
    digests: dict[int, str]
    done: bool = False


def opened(folder: Path) -> ReviewSession:
    return open_review(
        folder / "review.ndbbundle", secret=SECRET, profile=folder / "profile", clock=lambda: datetime.now(UTC)
    )


def newest_edit(session: ReviewSession) -> int:
    """The number in the opinion of the first application, 0 before the first edit."""
    words = session.sheet(session.applications[0].application.id).opinion
    return int(words.split()[-1]) if words else 0


def kept_rows(session: ReviewSession) -> tuple[ExportRow, ...]:
    """The exports as the worksheet keeps them, content included."""
    return session._worksheet.exports()


def check_signed(row: ExportRow, edits: int) -> None:
    """A kept export opens with the issuer's key, is signed by the expert, and says what the worksheet said."""
    score = open_score(row.content, person("issuer"))
    assert score.payload_sha256 == row.payload_sha256
    assert score.keyid == person("expert").keyid
    assert score.payload.revision == row.number
    opinions = {sheet.record.application: sheet.record.opinion for sheet in score.sheets}
    assert len(opinions) == 3, opinions
    assert opinions[min(opinions)] == f"意见 {edits}", (opinions, edits)


def check(session: ReviewSession, out: Path, known: Known) -> str:
    """What the kill left: `nothing`, `kept` (signed, no file), `written`, or it came too late; all else fails."""
    edits, rows = newest_edit(session), kept_rows(session)
    assert edits == known.edits, f"edit {edits} where {known.edits} was acknowledged"
    assert [row.number for row in rows] == list(range(1, len(rows) + 1))
    assert known.exports <= len(rows) <= known.exports + 1, (known.exports, len(rows))
    by_name = {row.name: row for row in rows}
    assert len(by_name) == len(rows)
    files = {path.name for path in out.iterdir()} - {path.name for path in out.glob(PART)}
    assert files <= by_name.keys(), "a file that the worksheet does not know"
    for row in rows[-3:]:
        if row.name in files:
            assert (out / row.name).read_bytes() == row.content, f"export {row.number} is half"
        else:
            assert row.number == len(rows), f"export {row.number} has no file"
    for number, digest in list(known.digests.items())[-3:]:
        assert hashlib.sha256((out / rows[number - 1].name).read_bytes()).hexdigest() == digest
    assert {path.name for path in candidates([out])} == files, "a coordinator would take a leftover for a file"
    if len(rows) == known.exports:
        assert not session.export_summary().pending
        return "late" if known.done else "nothing"
    assert not known.done
    check_signed(rows[-1], edits)
    if rows[-1].name in files:
        return "written"
    assert session.export_summary().pending == rows[-1].name
    return "kept"


def finish_pending(session: ReviewSession, identity: Identity, out: Path) -> None:
    """What the next start does with a signed export that was not written: the very same bytes, no second signature."""
    row = kept_rows(session)[-1]
    result = session.export(identity, out)
    assert (result.path.name, result.path.read_bytes()) == (row.name, row.content)
    assert len(kept_rows(session)) == row.number


def life(folder: Path, known: Known, say: Say) -> None:
    out, identity = folder / "out", person("expert")
    session = opened(folder)
    say("found", check(session, out, known), len(kept_rows(session)))
    if session.export_summary().pending:
        finish_pending(session, identity, out)
    number = known.edits

    def edit() -> None:
        nonlocal number
        if session.locked:
            session.start_revision("更正")
        number += 1
        session.set_opinion(session.applications[0].application.id, f"意见 {number}")
        say("edit", number)

    def export() -> None:
        result = session.export(identity, out)
        say("export", result.revision, hashlib.sha256(result.path.read_bytes()).hexdigest())

    times = []
    for _ in range(2):
        # The first export of a session is slower than those after it.
        edit()
        start = time.monotonic()
        export()
        times.append(time.monotonic() - start)
    edit()
    say("begin", min(times))
    export()


def take(known: Known, lines: list[list[str]]) -> None:
    """Learns what a child acknowledged."""
    for words in lines:
        if words[0] == "found":
            known.exports = int(words[2])
        elif words[0] == "edit":
            known.edits = int(words[1])
        elif words[0] == "export":
            known.exports = int(words[1])
            known.digests[known.exports] = words[2]


def final_check(folder: Path, known: Known) -> tuple[str, int]:
    """After the last life: every export of all lives verifies; old leftovers go with the next export."""
    out = folder / "out"
    with opened(folder) as session:
        last = check(session, out, known)
        if session.export_summary().pending:
            finish_pending(session, person("expert"), out)
        rows = kept_rows(session)
        for row in rows:
            assert (out / row.name).read_bytes() == row.content
            assert open_score(row.content, person("issuer")).payload_sha256 == row.payload_sha256
        for number, digest in known.digests.items():
            assert hashlib.sha256(rows[number - 1].content).hexdigest() == digest
        leftovers = list(out.glob(PART))
        for path in leftovers:
            os.utime(path, (0, 0))
        session.copy_export(1, out)
        assert not list(out.glob(PART)), "an old leftover stays for ever"
    assert [path.name for path in worksheet_path(folder / "profile", "x").parent.iterdir()] == [
        f"{session.summary.bundle_id}.ndbwork"
    ]
    return last, len(leftovers)


def main(folder: Path, kills: int, seed: int) -> None:
    """Prints how many kills landed where, as JSON."""
    make_bundle(folder)
    (folder / "out").mkdir()
    with opened(folder) as session:
        complete(session)
    # Made here once, so that every child has the same keys.
    for name in ("expert", "issuer"):
        person(name)
    chance = random.Random(seed)
    known, ends = Known(0, 0, {}), Counter[str]()
    for number in range(kills):
        child = Life(lambda say: life(folder, known, say))
        said = child.until("begin")
        if number:
            ends[said[0][1]] += 1
        take(known, said)
        # Every second one dies in the later part, which is short and writes: the commit, the file, the rename.
        rest = child.kill(chance.uniform(0 if number % 2 else 0.6, 1) * float(said[-1][1]))
        take(known, rest)
        known.done = bool(rest)
    last, leftovers = final_check(folder, known)
    ends[last] += 1
    print(json.dumps({"kills": kills, "leftovers": leftovers, **ends}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
