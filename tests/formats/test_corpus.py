"""Old files keep opening: every file of the corpus, read by today's program, holds what it held when it was made."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.corpus import CORPUS, INDEX, READERS, Desk, folders, load_index, read
from tests.support.corpus_declared import declared

LARGEST = 400_000
"""Bytes: a corpus that is kept for ever is kept small."""


def _entries() -> Iterator[Any]:
    for folder in folders():
        for entry in load_index(folder)["files"]:
            name = f"{folder.name}/{entry['file']}"
            with_bundle = f" with {entry['bundle']}" if "bundle" in entry else ""
            yield pytest.param(folder, entry, id=name + with_bundle)


def _narrowed(found: Any, held: Any) -> Any:
    """Today's program may know a field more than the one that made the file; all others have to be what they were."""
    if isinstance(found, dict) and isinstance(held, dict):
        return {name: _narrowed(found[name], held[name]) for name in held if name in found}
    if isinstance(found, list) and isinstance(held, list) and len(found) == len(held):
        return [_narrowed(one, other) for one, other in zip(found, held, strict=True)]
    return found


@pytest.mark.parametrize(("folder", "entry"), list(_entries()))
def test_opens_and_holds_what_it_held(folder: Path, entry: dict[str, Any], tmp_path: Path) -> None:
    desk = Desk(folder, tmp_path, load_index(folder)["passphrase"])
    found, covers = read(desk, entry)
    assert _narrowed(found, entry["found"]) == entry["found"]
    assert set(entry["covers"]) <= set(covers)


def test_no_file_is_missing_changed_or_not_listed() -> None:
    assert folders()
    for folder in folders():
        index = load_index(folder)
        there = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()} - {INDEX}
        assert there == set(index["sha256"]), folder.name
        for name, digest in index["sha256"].items():
            data = (folder / name).read_bytes()
            assert hashlib.sha256(data).hexdigest() == digest, f"{folder.name}/{name}"
            assert len(data) <= LARGEST, f"{folder.name}/{name}"
        assert {entry["file"] for entry in index["files"]} <= there
        assert (index["format"], index["version"], index["trial"]) == ("ndb-corpus", 1, True)


def test_every_folder_has_an_index_and_nothing_lies_beside() -> None:
    names = {path.name for path in CORPUS.iterdir()}
    assert names == {folder.name for folder in folders()} | {"README.md"}


def _held() -> set[str]:
    return {name for folder in folders() for entry in load_index(folder)["files"] for name in entry["covers"]}


def test_everything_the_program_reads_has_a_file_in_the_corpus() -> None:
    """A new format, version, kind, critical word or migration needs one: `python build/make_corpus.py --new`."""
    assert sorted(declared() - _held()) == []


def test_what_the_corpus_holds_is_still_declared() -> None:
    """What was written once is read for ever: the program may not stop to name it."""
    assert sorted(_held() - declared()) == []


def test_every_reader_has_a_file() -> None:
    assert {entry["type"] for folder in folders() for entry in load_index(folder)["files"]} == set(READERS)
