"""Wheel and keys that move through the pages: along a page, and at its end to the next one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QWheelEvent

if TYPE_CHECKING:
    from ndb_desktop.ui.viewer.page_view import PageView

_LINE = 48
"""Pixels of an arrow key."""


def wheel(view: PageView, event: QWheelEvent) -> bool:
    """Zooms with Ctrl, turns a single page at its end; `False` when the wheel only scrolls."""
    up = event.angleDelta().y() > 0
    bar = view.verticalScrollBar()
    if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
        view.zoom_in(event.position()) if up else view.zoom_out(event.position())
    elif view.sheet.single and event.angleDelta().y() and bar.value() == (0 if up else bar.maximum()):
        view.turn_page(-1 if up else 1, at_end=up)
    else:
        return False
    event.accept()
    return True


def key(view: PageView, event: QKeyEvent) -> bool:
    """Arrows, space, Home and End; `False` for any other key."""
    bar = view.verticalScrollBar()
    shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
    if event.modifiers() & ~(Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier):
        return False
    pressed = Qt.Key(event.key())
    if pressed in (Qt.Key.Key_Home, Qt.Key.Key_End):
        if view.sheet.single:
            view.go_to(1 if pressed == Qt.Key.Key_Home else view.count)
        else:
            bar.setValue(0 if pressed == Qt.Key.Key_Home else bar.maximum())
        return True
    step = round(view.viewport().height() * 0.9)
    space = -step if shift else step
    move = {Qt.Key.Key_Down: _LINE, Qt.Key.Key_Up: -_LINE, Qt.Key.Key_Space: space}.get(pressed, 0)
    if not move:
        return False
    if view.sheet.single and bar.value() == (bar.maximum() if move > 0 else 0):
        view.turn_page(1 if move > 0 else -1, at_end=move < 0)
    else:
        bar.setValue(bar.value() + move)
    return True
