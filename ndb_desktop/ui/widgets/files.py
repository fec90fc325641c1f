"""Choosing files and folders, and showing one in the file manager; one place, so that tests can answer instead."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from PySide6.QtCore import QStandardPaths, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QWidget

_last: list[Path] = []


def _start(folder: Path | None) -> str:
    """Where a dialog begins: where it is told to, else where the last one ended (kept for this run only)."""
    return str(folder or (_last[0] if _last and _last[0].is_dir() else Path.home()))


def _remembered(chosen: Path) -> Path:
    _last[:] = [chosen.parent]
    return chosen


def writable(folder: Path) -> Path:
    """The folder, or the user's own documents where nothing can be written into it (a disc, a locked stick)."""
    return folder if os.access(folder, os.W_OK) else documents()


def documents() -> Path:
    """The user's own documents, for what has no better place."""
    folder = Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation))
    return folder if folder.is_dir() else Path.home()


def told(path: Path) -> str:
    """A folder or file as people say it: `~` for their own folder, where that is usual."""
    home = Path.home()
    if os.name == "nt" or not path.is_relative_to(home):
        return str(path)
    return str(Path("~") / path.relative_to(home))


def pick_files(parent: QWidget, title: str, patterns: str, folder: Path | None = None) -> tuple[Path, ...]:
    """Existing files the user chose; none when cancelled."""
    names, _ = QFileDialog.getOpenFileNames(parent, title, _start(folder), patterns)
    return tuple(_remembered(Path(name)) for name in names)


def pick_file(parent: QWidget, title: str, patterns: str, folder: Path | None = None) -> Path | None:
    """One existing file, or `None`."""
    name, _ = QFileDialog.getOpenFileName(parent, title, _start(folder), patterns)
    return _remembered(Path(name)) if name else None


def pick_folder(parent: QWidget, title: str, folder: Path | None = None) -> Path | None:
    """A folder, or `None`."""
    name = QFileDialog.getExistingDirectory(parent, title, _start(folder))
    return _remembered(Path(name)) if name else None


def pick_target(parent: QWidget, title: str, suggested: Path, patterns: str) -> Path | None:
    """Where to save a file, or `None`."""
    name, _ = QFileDialog.getSaveFileName(parent, title, str(suggested), patterns)
    return Path(name) if name else None


def show_in_folder(path: Path) -> bool:
    """Opens the file manager at `path`; `False` where none answers (`Banner.reveal` then says where the file is)."""
    import subprocess  # only when asked for: the first window should not wait for it

    folder = path if path.is_dir() else path.parent
    manager = {"win32": ["explorer", "/select,"], "darwin": ["open", "-R"]}.get(sys.platform)
    if manager is None:
        return QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))
    try:
        subprocess.Popen([*manager, str(path)])
    except OSError:
        return False
    return True


def open_file(path: Path) -> bool:
    """Opens a file of ours (a PDF report) with the program the system has for it; `False` where it has none."""
    return QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))
