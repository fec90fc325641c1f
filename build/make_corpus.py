#!/usr/bin/env python3
"""Makes a folder of the corpus of files that have to keep opening: tests/fixtures/corpus/<version>.

    python build/make_corpus.py               the folder of this version, named after version and registry level
    python build/make_corpus.py --new         only what no folder has a sample of yet: after a new format, while developing
    python build/make_corpus.py NAME          the same under another name
    python build/make_corpus.py NAME --parts keys,start,issue,review,registry

A folder that is there is never changed: what old programs wrote cannot be written again. Keys, secrets and signatures
are new each time; everything else is the same. tests/fixtures/corpus/README.md says when to run this.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from corpus_parts import PARTS  # noqa: E402
from corpus_round import PASSPHRASE, Round  # noqa: E402

from ndb_desktop import __version__  # noqa: E402
from tests.support.corpus import CORPUS, INDEX, Desk, folders, load_index, read  # noqa: E402
from tests.support.corpus_declared import known_levels  # noqa: E402

LETTERS = ("", *"bcdefghijklmnopqrstuvwxyz")
WHOLE = ("registry", "copy", "archive")
"""Types of which every file of the folder belongs to one entry."""


def main() -> int:
    words = argparse.ArgumentParser(description="Makes a folder of the corpus.")
    words.add_argument("name", nargs="?", default="")
    words.add_argument("--new", action="store_true")
    words.add_argument("--parts", default=",".join(PARTS))
    words.add_argument("--source-date", default="")
    given = words.parse_args()
    folder = CORPUS / (given.name or _free_name())
    if folder.exists():
        print(f"{folder.name} is there already and stays as it is")
        return 1
    index = make(folder, [name for name in PARTS if name in given.parts.split(",")], given.source_date)
    if given.new:
        index = leave_new(folder, index)
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    print(f"{folder.name}: {len(index['files'])} entries, {size:,} bytes")
    return 0


def make(folder: Path, parts: list[str], source_date: str = "") -> dict[str, Any]:
    """Makes the files, reads each again, and writes what was found into the index."""
    with tempfile.TemporaryDirectory(prefix="ndb-corpus-") as scratch:
        made, entries = Round(folder, Path(scratch) / "round"), []
        for name in parts:
            entries += list(PARTS[name](made))
        made.office.close()
        desk = Desk(folder, Path(scratch) / "read", PASSPHRASE)
        for entry in entries:
            found, covers = read(desk, entry)
            entry |= {"covers": covers, "found": found}
    index = {
        "format": "ndb-corpus", "version": 1, "program": __version__, "source_date": source_date or _source_date(),
        "trial": True, "passphrase": PASSPHRASE, "files": entries, "sha256": digests(folder),
    }  # fmt: skip
    _write(folder, index)
    return index


def leave_new(folder: Path, index: dict[str, Any]) -> dict[str, Any]:
    """Takes away what other folders have samples of, and the files only that needed."""
    held = {name for one in folders() if one != folder for row in load_index(one)["files"] for name in row["covers"]}
    kept = []
    for entry in index["files"]:
        if set(entry["covers"]) - held:
            kept.append(entry)
            held |= set(entry["covers"])
    needed = {name for entry in kept for name in _needed(folder, entry)}
    for name in index["sha256"]:
        if name not in needed and not name.startswith("keys/"):
            (folder / name).unlink()
    for path in sorted((one for one in folder.rglob("*") if one.is_dir()), reverse=True):
        if not any(path.iterdir()):
            path.rmdir()
    index |= {"files": kept, "sha256": digests(folder)}
    _write(folder, index)
    return index


def _needed(folder: Path, entry: dict[str, Any]) -> set[str]:
    """The files it takes to open an entry: its own and those beside it, a bundle, what waits, keys."""
    own = folder / entry["file"]
    beside = own.parent.rglob("*") if entry["type"] in WHOLE else own.parent.glob(f"{own.name}*")
    needed = {path.relative_to(folder).as_posix() for path in beside if path.is_file()}
    others = [entry[name] for name in ("bundle", "batch") if name in entry]
    return needed | {*others, *entry.get("waiting", ())}


def _write(folder: Path, index: dict[str, Any]) -> None:
    text = json.dumps(index, ensure_ascii=False, indent=1)
    (folder / INDEX).write_text(text + "\n", encoding="utf-8")


def _free_name() -> str:
    """Version and level, with the first letter that is free behind."""
    name = f"{__version__}-r{known_levels()[-1][:4]}"
    return next(f"{name}{letter}" for letter in LETTERS if not (CORPUS / f"{name}{letter}").exists())


def digests(folder: Path) -> dict[str, str]:
    """SHA-256 of every file of a folder but its index."""
    listed = sorted(path for path in folder.rglob("*") if path.is_file() and path != folder / INDEX)
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in listed}


def _source_date() -> str:
    """When the program's source was last changed."""
    asked = ["git", "-C", str(ROOT), "show", "-s", "--format=%cd", "--date=format:%Y-%m-%dT%H:%M:%SZ", "HEAD"]
    return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()


if __name__ == "__main__":
    raise SystemExit(main())
