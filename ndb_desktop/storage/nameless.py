"""New files of which a killed program leaves nothing behind: they get their name when they are whole."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.storage.atomic import known_os_errors, sync_folder, temporary_beside

_CANNOT = {errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL, errno.ENOSYS, errno.ENOENT}
"""What file systems and old kernels say that cannot hold a file without a name."""


@contextmanager
def write_new(path: Path, *, mode: int = 0o600) -> Iterator[BinaryIO]:
    """Yields a file to write and read that becomes `path` when the block ends well; `path` must be free.

    Where the system can hold a file without a name nothing is left even by SIGKILL or a power cut; elsewhere a hidden
    `.ndb-….part` may be.

    Raises:
        NdbError: E-STORE-EXISTS, E-STORE-FULL, E-STORE-READONLY, E-STORE-MISSING, E-STORE-IO.
    """
    path = Path(path)
    if path.exists():
        raise NdbError("E-STORE-EXISTS", place=path.name)
    with known_os_errors(path.name):
        handle, temporary = _opened(path, mode)
        try:
            with os.fdopen(handle, "w+b") as stream:
                yield stream
                stream.flush()
                os.fsync(stream.fileno())
                if temporary is None:
                    _name(stream.fileno(), path)
            if temporary is not None:
                _rename(temporary, path)
        except FileExistsError:
            _drop(temporary)
            raise NdbError("E-STORE-EXISTS", place=path.name) from None
        except BaseException:
            _drop(temporary)
            raise
        sync_folder(path.parent)


@contextmanager
def write_new_set(paths: Sequence[Path]) -> Iterator[tuple[BinaryIO, ...]]:
    """As `write_new` for several files that belong together: they get their names at the end, the first one last.

    Whoever reads the first therefore finds the others; should one not get its name, none keeps it. Raises as
    `write_new`.
    """
    named: list[Path] = []

    def note(path: Path) -> Callable[..., None]:
        # Called when the file has its name, or with the exception that kept it from it.
        return lambda kind, *_: named.append(path) if kind is None else None

    try:
        with ExitStack() as stack:
            streams: list[BinaryIO] = []
            for path in paths:
                stack.push(note(path))
                streams.append(stack.enter_context(write_new(path)))
            yield tuple(streams)
            # What takes long, and finds out that a disk is full, comes before any of them has a name.
            for path, stream in zip(paths, streams, strict=True):
                with known_os_errors(path.name):
                    stream.flush()
                    os.fsync(stream.fileno())
    except BaseException:
        for path in named:
            _drop(path)
        raise


def _opened(path: Path, mode: int) -> tuple[int, Path | None]:
    """A file without a name in the folder of `path`, else one with a hidden name."""
    if hasattr(os, "O_TMPFILE") and Path("/proc/self/fd").is_dir():
        try:
            return os.open(path.parent, os.O_TMPFILE | os.O_RDWR, mode), None
        except OSError as error:
            if error.errno not in _CANNOT:
                raise
    temporary = temporary_beside(path)
    return os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_RDWR | getattr(os, "O_BINARY", 0), mode), temporary


def _name(handle: int, path: Path) -> None:
    # A folder's handle makes Python follow the link in /proc to the file itself.
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.link(f"/proc/self/fd/{handle}", path, src_dir_fd=folder)
    finally:
        os.close(folder)


def _rename(temporary: Path, path: Path) -> None:
    if path.exists():
        raise FileExistsError
    temporary.rename(path)


def _drop(temporary: Path | None) -> None:
    if temporary is not None:
        with suppress(OSError):
            temporary.unlink()
