"""A new file is there whole or not at all, and never takes another's place."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from ndb_desktop.storage import nameless
from ndb_desktop.storage.nameless import write_new, write_new_set
from tests.support.travel import refusal


@pytest.fixture(params=["nameless", "named"])
def folder(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder; once on a file system that cannot hold files without a name, as FAT on a stick."""
    if request.param == "named":
        real = os.open

        def without(path: object, flags: int, *rest: int) -> int:
            if flags & os.O_TMPFILE == os.O_TMPFILE:
                raise OSError(errno.EOPNOTSUPP, "not supported")
            return real(path, flags, *rest)  # type: ignore[arg-type]

        monkeypatch.setattr(os, "open", without)
    return tmp_path


def put(path: Path, data: bytes) -> None:
    with write_new(path) as stream:
        stream.write(data)
        stream.seek(0)
        assert stream.read() == data, "it can be read before it has its name"
        assert not path.exists()


def test_a_file_appears_whole_and_only_for_its_owner(folder: Path) -> None:
    put(folder / "a", b"whole")
    assert (folder / "a").read_bytes() == b"whole"
    assert (folder / "a").stat().st_mode & 0o777 == 0o600
    assert os.listdir(folder) == ["a"]  # noqa: PTH208


def test_a_failure_leaves_nothing(folder: Path) -> None:
    def stopped() -> None:
        with write_new(folder / "a") as stream:
            stream.write(b"half")
            raise ValueError("stop")

    with pytest.raises(ValueError, match="stop"):
        stopped()
    assert list(folder.iterdir()) == []


def test_another_file_is_never_replaced(folder: Path) -> None:
    (folder / "a").write_bytes(b"kept")
    assert refusal(lambda: put(folder / "a", b"new")) == "E-STORE-EXISTS"

    def raced() -> None:
        with write_new(folder / "b") as stream:
            stream.write(b"new")
            (folder / "b").write_bytes(b"first")

    assert refusal(raced) == "E-STORE-EXISTS"
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {"a": b"kept", "b": b"first"}


def test_what_the_system_says_is_told(folder: Path) -> None:
    assert refusal(lambda: put(folder / "no" / "a", b"")) == "E-STORE-MISSING"

    def full() -> None:
        with write_new(folder / "a"):
            raise OSError(errno.ENOSPC, "full")

    assert refusal(full) == "E-STORE-FULL"
    assert list(folder.iterdir()) == []


# ----- several that belong together -----


def test_a_set_gets_its_names_at_the_end_and_the_first_one_last(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    real_name, real_rename = nameless._name, nameless._rename

    def name(handle: int, path: Path) -> None:
        order.append(path.name)
        real_name(handle, path)

    def rename(temporary: Path, path: Path) -> None:
        order.append(path.name)
        real_rename(temporary, path)

    monkeypatch.setattr(nameless, "_name", name)
    monkeypatch.setattr(nameless, "_rename", rename)
    paths = [folder / name for name in "abc"]
    with write_new_set(paths) as streams:
        for path, stream in zip(paths, streams, strict=True):
            stream.write(path.name.encode())
        assert not any(path.exists() for path in paths)
    assert [path.read_bytes() for path in paths] == [b"a", b"b", b"c"]
    assert order == ["c", "b", "a"]
    assert sorted(folder.iterdir()) == paths


@pytest.mark.parametrize("taken", ["a", "c"])
def test_of_a_set_that_was_interrupted_nothing_is_left(folder: Path, taken: str) -> None:
    paths = [folder / name for name in "abc"]

    def interrupted() -> None:
        with write_new_set(paths) as streams:
            streams[0].write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list(folder.iterdir()) == []

    def overtaken() -> None:
        with write_new_set(paths):
            (folder / taken).write_bytes(b"somebody else's")

    assert refusal(overtaken) == "E-STORE-EXISTS"
    assert list(folder.iterdir()) == [folder / taken]
    assert (folder / taken).read_bytes() == b"somebody else's"


def test_a_full_disk_is_found_out_before_any_of_a_set_has_its_name(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []

    def full(handle: int) -> None:
        synced.append(handle)
        if len(synced) == 2:
            raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, "fsync", full)

    def write() -> None:
        with write_new_set([folder / "a", folder / "b"]) as streams:
            streams[1].write(b"x")

    assert refusal(write) == "E-STORE-FULL"
    assert list(folder.iterdir()) == []
