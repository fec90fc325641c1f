"""A disk that fills up in the middle of a review: the change or export is refused, everything before stays."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.support.review import make_bundle
from tests.support.travel import key_file

ROOT = Path(__file__).resolve().parents[2]

PROGRAM = """
import json, resource, sys
from datetime import UTC, datetime
from pathlib import Path
from ndb_desktop.crypto.identity import load_identity
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.services.review import open_review, worksheet_path
from tests.support.review import SECRET, complete
from tests.support.travel import PASSPHRASE

folder = Path(sys.argv[1])
out = folder / "out"
identity = load_identity((folder / "expert.ndbkey").read_bytes(), PASSPHRASE, "expert")
session = open_review(folder / "review.ndbbundle", secret=SECRET, profile=folder / "profile",
                      clock=lambda: datetime.now(UTC))
complete(session)
app = session.applications[0].application.id
session.set_opinion(app, "before")
free = resource.RLIM_INFINITY

def code(action):
    try:
        action()
    except NdbError as error:
        return error.code
    return "done"

def limit(size):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, free))

path = worksheet_path(folder / "profile", session.summary.bundle_id)
limit(path.stat().st_size + 3000)
told = {"edit": code(lambda: session.set_opinion(app, "x" * 19000))}
told["opinion"] = session.sheet(app).opinion
told["export"] = code(lambda: session.export(identity, out))
told["locked"] = session.locked
told["files"] = len(list(out.iterdir()))
limit(free)
told["after"] = code(lambda: session.set_opinion(app, "after"))
told["export again"] = code(lambda: session.export(identity, out))
told["exports"] = len(session.exports())
session.close()
print(json.dumps(told))
"""


def test_a_full_disk_costs_nothing_but_the_last_change(tmp_path: Path) -> None:
    make_bundle(tmp_path)
    (tmp_path / "out").mkdir()
    (tmp_path / "expert.ndbkey").write_bytes(key_file("expert"))
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, timeout=110
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "edit": "E-STORE-FULL",
        "opinion": "before",
        "export": "E-STORE-FULL",
        "locked": False,
        "files": 0,
        "after": "done",
        "export again": "done",
        "exports": 1,
    }
