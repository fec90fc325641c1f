"""What of a scrolled page is in sight, also when it was shown or unfolded only a moment ago."""

from __future__ import annotations

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QScrollArea, QWidget

_ROOM = 12
"""Pixels kept free around what is brought into sight."""


def settle(area: QScrollArea) -> None:
    """Lays the page out now: what was just shown or unfolded has its place only after this."""
    inner = area.widget()
    if inner is not None and (layout := inner.layout()) is not None:
        layout.activate()
        inner.resize(inner.width(), max(layout.totalHeightForWidth(inner.width()), area.viewport().height()))


def into_sight(area: QScrollArea, widget: QWidget) -> None:
    """Scrolls as little as brings `widget` into sight, whole where it fits."""
    settle(area)
    inner, half = area.widget(), widget.height() // 2
    if inner is not None and widget.height() <= area.viewport().height():
        # Of a field Qt would bring only the line with the cursor.
        middle = widget.mapTo(inner, QPoint(0, half))
        room = min(half + _ROOM, area.viewport().height() // 2)
        area.ensureVisible(middle.x(), middle.y(), 0, room)
    else:
        area.ensureWidgetVisible(widget, 0, _ROOM)


def to_top(area: QScrollArea, widget: QWidget) -> None:
    """Scrolls `widget`, however deep it lies in the page, to the top."""
    settle(area)
    inner = area.widget()
    if inner is not None:
        area.verticalScrollBar().setValue(widget.mapTo(inner, QPoint(0, 0)).y() - 8)


def in_sight(area: QScrollArea, widget: QWidget) -> bool:
    """Whether `widget` can be seen from top to bottom."""
    port = area.viewport()
    top = widget.mapTo(port, QPoint(0, 0)).y()
    return top >= 0 and top + widget.height() <= port.height()
