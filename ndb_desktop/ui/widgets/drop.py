"""Files dropped on the window, from a file manager."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QDropEvent


def local_files(data: QMimeData) -> tuple[Path, ...]:
    """The local paths in a drop; nothing from the network."""
    return tuple(Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()) if data.hasUrls() else ()


def welcome(event: QDropEvent, fits: bool) -> None:
    """Takes what is dragged over a page; what does not fit is left to the window, which knows what to do with it."""
    if fits:
        event.acceptProposedAction()
    else:
        event.ignore()
