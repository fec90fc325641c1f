"""Files that are there whole or not at all: temporary file, fsync, rename, fsync of the folder."""

from __future__ import annotations

import errno
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from ndb_desktop.domain.errors import NdbError

FULL_NUMBERS = frozenset({errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)})
"""What the system says when a file cannot grow: disk, quota, file size."""
_LEFTOVER_SECONDS = 24 * 3600
_READONLY = {errno.EROFS, errno.EACCES, errno.EPERM}


@contextmanager
def known_os_errors(place: str) -> Iterator[None]:
    """Turns the system's answers about files into ours.

    Raises:
        NdbError: E-STORE-FULL, E-STORE-READONLY, E-STORE-MISSING, E-STORE-IO.
    """
    try:
        yield
    except OSError as error:
        if error.errno in FULL_NUMBERS:
            raise NdbError("E-STORE-FULL", place=place) from error
        if error.errno in _READONLY:
            raise NdbError("E-STORE-READONLY", place=place) from error
        if error.errno in {errno.ENOENT, errno.ENOTDIR}:
            raise NdbError("E-STORE-MISSING", place=place) from error
        raise NdbError("E-STORE-IO", place=place, reason=error.strerror or "?") from error


def sync_folder(folder: Path) -> None:
    """Makes a rename in `folder` durable; Windows has no such call and needs none."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError:
        # Some network and FUSE folders refuse fsync; the file itself is already safe.
        pass
    finally:
        os.close(handle)


def temporary_beside(path: Path) -> Path:
    """A fresh name in the same folder, so that the last step is a rename; hidden, and without a word of `path`."""
    return path.with_name(f".ndb-{secrets.token_hex(8)}.part")


def remove_leftovers(folder: Path) -> None:
    """Removes temporary files of programs that were killed a day ago or earlier."""
    limit = time.time() - _LEFTOVER_SECONDS
    for part in folder.glob(".ndb-*.part"):
        with suppress(OSError):
            if part.stat().st_mtime < limit:
                part.unlink()


@contextmanager
def atomic_write(path: Path, *, mode: int = 0o600) -> Iterator[BinaryIO]:
    """Yields a binary file that becomes `path` when the block ends well; otherwise `path` is untouched.

    Raises:
        NdbError: E-STORE-FULL, E-STORE-READONLY, E-STORE-MISSING, E-STORE-IO.
    """
    path = Path(path)
    temporary = temporary_beside(path)
    with known_os_errors(path.name):
        handle = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0), mode)
        try:
            with os.fdopen(handle, "wb") as stream:
                yield stream
                stream.flush()
                os.fsync(stream.fileno())
            temporary.replace(path)
        except BaseException:
            with suppress(OSError):
                temporary.unlink()
            raise
        sync_folder(path.parent)
