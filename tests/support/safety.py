"""Disks that fail in tests: a real limit on the size of files, a bundle whose medium is out."""

from __future__ import annotations

import os
import resource
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtTest import QTest

from ndb_desktop.services.review import ReviewSession
from ndb_desktop.ui.shell.main_window import MainWindow
from ndb_desktop.ui.widgets.fields import TextBox
from tests.support.window import child


class Disk:
    """`fill()` lets no file of this process grow beyond the size of `path`; `free()` ends that."""

    def __init__(self) -> None:
        self._hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]

    def fill(self, path: Path) -> None:
        """The system itself refuses, as it does at a quota."""
        resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size, self._hard))

    def free(self) -> None:
        """There is room again."""
        resource.setrlimit(resource.RLIMIT_FSIZE, (self._hard, self._hard))


def pull_out(session: ReviewSession, path: Path) -> Path:
    """Takes the bundle's medium out: its open file answers with errors, and nothing stands at its place."""
    stream = session._reader._stream
    handle = os.open(tempfile.gettempdir(), os.O_RDONLY)
    os.dup2(handle, stream.fileno())
    os.close(handle)
    aside = path.with_suffix(".aside")
    path.rename(aside)
    return aside


def type_into(window: MainWindow, name: str, text: str) -> TextBox:
    """Types at the end of a text field, key by key."""
    box = child(window, name)
    assert isinstance(box, TextBox)
    box.setFocus()
    cursor = box.textCursor()
    cursor.movePosition(cursor.MoveOperation.End)
    box.setTextCursor(cursor)
    QTest.keyClicks(box, text)
    return box


@contextmanager
def a_disk() -> Iterator[Disk]:
    """A disk that is free again afterwards."""
    disk = Disk()
    try:
        yield disk
    finally:
        disk.free()
