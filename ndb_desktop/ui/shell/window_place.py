"""How large the window is when it is made: as it was left, and never larger than the screen."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QSize
from PySide6.QtWidgets import QWidget

FRAME = QSize(16, 40)
"""Pixels kept free for the window's frame and title bar."""
LEAST = QSize(860, 440)
"""The smallest window: what an office laptop has at a scale of 150 %, less its frame and the task bar."""
USUAL = QSize(1440, 900)


def place_on_screen(window: QWidget, left: QByteArray) -> None:
    """Gives the window its size; `left` is the geometry it was left with, empty the first time.

    Larger than a small or scaled screen, the header's buttons would be out of reach. The frame lies around the window
    and is not known before it is shown.
    """
    room = window.screen().availableGeometry().size() - FRAME
    window.setMinimumSize(LEAST.boundedTo(room))
    window.resize(USUAL.boundedTo(room))
    if not left.isEmpty():
        window.restoreGeometry(left)
        if not window.isMaximized() and not window.isFullScreen():
            window.resize(window.size().boundedTo(window.screen().availableGeometry().size() - FRAME))
