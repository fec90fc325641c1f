"""A file is there whole or not at all."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.storage.atomic import atomic_write, known_os_errors, remove_leftovers, temporary_beside


def test_replaces_whole(tmp_path: Path) -> None:
    path = tmp_path / "评分.ndbscore"
    path.write_bytes(b"old")
    with atomic_write(path) as stream:
        stream.write(b"new")
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_failing_block_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"old")

    def stop_halfway() -> None:
        with atomic_write(path) as stream:
            stream.write(b"half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        stop_halfway()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_very_long_names_still_get_a_temporary_name(tmp_path: Path) -> None:
    path = tmp_path / ("批" * 80 + ".x")
    with atomic_write(path) as stream:
        stream.write(b"x")
    assert path.read_bytes() == b"x"


def test_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(NdbError) as caught, atomic_write(tmp_path / "no" / "a"):
        pass
    assert caught.value.code == "E-STORE-MISSING"


def test_full_disk_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"old")
    program = f"""
import resource, signal
from pathlib import Path
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.storage.atomic import atomic_write
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
try:
    with atomic_write(Path({str(path)!r})) as stream:
        stream.write(b"x" * 200_000)
except NdbError as error:
    print(error.code)
"""
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "E-STORE-FULL"
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, "E-STORE-FULL"),
        (errno.EFBIG, "E-STORE-FULL"),
        (errno.EROFS, "E-STORE-READONLY"),
        (errno.EACCES, "E-STORE-READONLY"),
        (errno.ENOENT, "E-STORE-MISSING"),
        (errno.EIO, "E-STORE-IO"),
    ],
)
def test_answers_of_the_system(number: int, code: str) -> None:
    with pytest.raises(NdbError) as caught, known_os_errors("x"):
        raise OSError(number, os.strerror(number))
    assert (caught.value.code, caught.value.fault.place) == (code, "x")


def test_leftovers_of_long_ago_are_removed(tmp_path: Path) -> None:
    old, young, other = temporary_beside(tmp_path / "a"), temporary_beside(tmp_path / "a"), tmp_path / "a.part"
    for path in (old, young, other):
        path.write_bytes(b"x")
    os.utime(old, (0, 0))
    os.utime(other, (0, 0))
    remove_leftovers(tmp_path)
    assert set(tmp_path.iterdir()) == {young, other}
