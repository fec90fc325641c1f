"""Where a message floats over a page: not over the title of what one works on, nor over the field one types in."""

from __future__ import annotations

from collections.abc import Callable
from weakref import WeakSet

import shiboken6
from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Signal
from PySide6.QtWidgets import QApplication, QWidget

from ndb_desktop.ui import theme

WIDEST = 760
"""Pixels at 100 % of a message that has the whole width to float in."""
BESIDE, LEAST = 560, 300
"""Pixels at 100 % of one beside a title: it leaves the lists at the side within reach, and has room for its words."""
_GAP = 8


class _Titles(QObject):
    """Signal `moved()`: one of the titles stands elsewhere, or came or went."""

    moved = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.known: WeakSet[QWidget] = WeakSet()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Show, QEvent.Type.Hide, QEvent.Type.Resize, QEvent.Type.Move):
            self.moved.emit()
        return super().eventFilter(watched, event)


_titles = _Titles()


def keep_clear(title: QWidget) -> None:
    """No message floats over `title` while it is in sight."""
    _titles.known.add(title)
    title.installEventFilter(_titles)


def when_moved(place: Callable[[], object]) -> None:
    """Calls a bound method of a widget whenever a title moved."""
    _titles.moved.connect(place)


def spot(page: QWidget, height_in: Callable[[int], int], least: int = 0) -> QRect:
    """Where a message lies over `page`, in the coordinates of the page's parent; `height_in` knows what it needs.

    `least` is the width in pixels its widest part needs.

    In the middle of the top; beside a title it would cover, or where that leaves no room below it, or at the foot.
    """
    gap = theme.pixels(_GAP)
    room = page.geometry().adjusted(gap, gap, -gap, -gap)
    width = min(room.width(), theme.pixels(WIDEST))
    first = _rect(room, room.x() + (room.width() - width) // 2, room.y(), width, height_in)
    title = next((title for title in _seen(page) if title.intersects(first)), None)
    if title is None:
        return first
    free = title.left() - gap - room.left()
    if free >= max(theme.pixels(LEAST), least):
        width = min(free, theme.pixels(BESIDE))
        return _rect(room, title.left() - gap - width, room.y(), width, height_in)
    below = room.adjusted(0, title.bottom() + 1 - page.geometry().top(), 0, 0)
    under = _rect(below, first.x(), below.y(), first.width(), height_in)
    focus = QApplication.focusWidget()
    if focus is None or not page.isAncestorOf(focus) or not _place_of(focus, page).intersects(under):
        return under
    foot = QRect(under)
    foot.moveBottom(room.bottom())
    return under if _place_of(focus, page).intersects(foot) else foot


def _rect(room: QRect, left: int, top: int, width: int, height_in: Callable[[int], int]) -> QRect:
    return QRect(left, top, width, min(height_in(width), room.height()))


def _seen(page: QWidget) -> list[QRect]:
    """The titles in sight on `page`."""
    living = [title for title in _titles.known if shiboken6.isValid(title)]
    return [_place_of(title, page) for title in living if title.isVisible() and page.isAncestorOf(title)]


def _place_of(widget: QWidget, page: QWidget) -> QRect:
    return QRect(widget.mapTo(page, QPoint(0, 0)) + page.pos(), widget.size())
