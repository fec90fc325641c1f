"""Scores and exports until it is killed; run as `python -m tests.support.review_crash FOLDER`.

Opens the bundle in FOLDER, checks what it finds, then edits, exports, starts a revision, over and over, and says each
finished step on stdout.
"""

from __future__ import annotations

import hashlib
import sys
from datetime import UTC, datetime
from pathlib import Path

from ndb_desktop.crypto.identity import Identity, load_identity
from ndb_desktop.services.review import ReviewSession, open_review
from tests.support.review import SECRET, complete
from tests.support.travel import PASSPHRASE


def say(*words: object) -> None:
    """One line, at once."""
    print(*words, flush=True)


def opened(folder: Path) -> ReviewSession:
    """The session on the bundle in `folder`."""
    return open_review(
        folder / "review.ndbbundle", secret=SECRET, profile=folder / "profile", clock=lambda: datetime.now(UTC)
    )


def check(session: ReviewSession, out: Path) -> tuple[int, int]:
    """Number of the newest edit and of exports; raises when a file differs from what the worksheet keeps."""
    kept = {row.name: row for row in session.exports()}
    for path in out.glob("*.ndbscore"):
        copies = out.parent / "copies"
        copies.mkdir(exist_ok=True)
        session.copy_export(kept[path.name].revision, copies)
        assert (copies / path.name).read_bytes() == path.read_bytes(), path.name
    application = session.applications[0].application.id
    words = session.sheet(application).opinion
    return int(words.split()[-1]) if words else 0, len(kept)


def work(session: ReviewSession, identity: Identity, out: Path, number: int) -> None:
    """Edits for ever; every fifth edit is followed by an export."""
    application = session.applications[0].application.id
    while True:
        if session.export_summary().pending:
            session.export(identity, out)
            say("written")
        if session.locked:
            session.start_revision("更正")
        number += 1
        session.set_opinion(application, f"意见 {number}")
        say("edit", number)
        if number % 5 == 0:
            result = session.export(identity, out)
            say("export", result.revision, hashlib.sha256(result.path.read_bytes()).hexdigest())


def main(folder: Path) -> None:
    """Never returns."""
    identity = load_identity((folder / "expert.ndbkey").read_bytes(), PASSPHRASE, "expert")
    session = opened(folder)
    number, exports = check(session, folder / "out")
    say("found", number, exports)
    if number == 0:
        complete(session)
    work(session, identity, folder / "out", number)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
