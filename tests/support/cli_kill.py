"""Commands of `ndb` on tiny registries, killed with SIGKILL at the seams: `python -m tests.support.cli_kill FOLDER`.

Points to die at: `receipts` once the merge is committed and no receipt is written, `second` while the second goes on
record, `undo` with the merge taken back and not yet committed; `-` for a life that ends by itself.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ndb_desktop.cli import inbox, merge
from ndb_desktop.cli.main import main
from ndb_desktop.services import merge_receipts
from ndb_desktop.services.office import Office
from ndb_desktop.storage.registry import Registry
from tests.support.merge_kill import opened
from tests.support.office import make_office, make_score_file, scored_sheet

REASON = ("--reason", "归并错了文件夹")


def _die(*_args: object, **_named: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _then_die(work: Callable[..., Any], *, calls: int) -> Callable[..., Any]:
    """Does `work` so many times, and dies after the last."""
    done = [0]

    def counted(*args: Any, **named: Any) -> Any:
        result = work(*args, **named)
        done[0] += 1
        if done[0] == calls:
            _die()
        return result

    return counted


def run(folder: Path, point: str, *words: str) -> int:
    """The exit code, if it lives so long."""

    @contextmanager
    def registry(_context: object) -> Iterator[Office]:
        office = opened(folder)
        try:
            yield office
        finally:
            office.close()

    merge.open_registry = inbox.open_registry = registry  # type: ignore[assignment]
    if point == "receipts":
        merge_receipts.write_receipts = _die  # type: ignore[assignment]
    elif point == "second":
        Registry.add_receipt = _then_die(Registry.add_receipt, calls=2)  # type: ignore[method-assign]
    elif point == "undo":
        Registry.take_back = _then_die(Registry.take_back, calls=1)  # type: ignore[method-assign]
    return main(list(words))


def ndb(folder: Path, point: str, *words: object) -> tuple[int, Any]:
    """Exit code (minus the signal that ended it) and what it printed, of a command in a process of its own."""
    with tempfile.TemporaryFile() as out:
        child = os.fork()
        if not child:
            os.dup2(out.fileno(), sys.stdout.fileno())
            code = 99
            try:
                code = run(folder, point, *map(str, words), "--json")
                sys.stdout.flush()
            finally:
                os._exit(code)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        out.seek(0)
        printed = out.read()
        return code, json.loads(printed) if printed else None


def held(folder: Path) -> tuple[int, int, int]:
    """Files, receipts on record, merges undone on record; the log and everything derived hold."""
    office = opened(folder)
    try:
        assert office.verify_log().ok
        assert office.rebuild().equal
        actions = [row.action for row in office.log_rows()]
        return office.status().files, actions.count("receipt"), actions.count("merge.undone")
    finally:
        office.close()


def merges(folder: Path) -> dict[str, Any]:
    """Killed before the receipts, killed between two, then done; what stood after each."""
    registry, files, out = make(folder), folder / "in", folder / "receipts"
    first = ndb(registry, "receipts", "merge", files, "--receipts", out)[0]
    found: dict[str, Any] = {"first": [first, *held(registry), out.exists()]}
    found["undoable"] = ndb(registry, "-", "undo-merge", "--check")[0]
    second = ndb(registry, "second", "merge", files, "--receipts", out)[0]
    found["second"] = [second, *held(registry)]
    code, report = ndb(registry, "-", "merge", files, "--receipts", out)
    found["third"] = [code, *held(registry), report["counts"]]
    found["experts"] = len({path.name.split("receipt")[1].split("_")[1] for path in out.glob("*.ndbreceipt")})
    found["blocked"] = ndb(registry, "-", "undo-merge", "--check")[1]["blocked"]["code"]
    return found


def undoes(folder: Path) -> dict[str, Any]:
    """Killed with the merge taken back, then done; what stood after each, and what a merge of the same files says."""
    registry, files = make(folder), folder / "in"
    found: dict[str, Any] = {"merge": ndb(registry, "-", "merge", files)[0]}
    found["killed"] = [ndb(registry, "undo", "undo-merge", *REASON)[0], *held(registry)]
    found["undone"] = [ndb(registry, "-", "undo-merge", *REASON)[0], *held(registry)]
    found["again"] = ndb(registry, "-", "merge", files)[1]["counts"]
    return found


def make(folder: Path) -> Path:
    """A registry, and score files of three experts in `in`."""
    office = make_office(folder / "office", experts=3)
    for expert in ("E01", "E02", "E03"):
        make_score_file(office, folder / f"in/{expert}.ndbscore", expert, [scored_sheet("A-001", 83)])
    office.close()
    return office.folder


if __name__ == "__main__":
    print(json.dumps({"merges": merges(Path(sys.argv[1]) / "m"), "undoes": undoes(Path(sys.argv[1]) / "u")}))
