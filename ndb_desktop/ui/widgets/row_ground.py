"""What lies under a row of a list: chosen, under the pointer, and a frame where the focus is."""

from __future__ import annotations

from PySide6.QtCore import QRect
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyleOptionViewItem

from ndb_desktop.ui import theme


def paint_ground(painter: QPainter, rect: QRect, option: QStyleOptionViewItem) -> bool:
    """Paints it, in pixels of the list; whether the row is the chosen one."""
    selected = bool(option.state & QStyle.StateFlag.State_Selected)
    if selected:
        painter.fillRect(rect, theme.color("accent_soft"))
        painter.fillRect(QRect(rect.left(), rect.top(), 3, rect.height()), theme.color("accent"))
    elif option.state & QStyle.StateFlag.State_MouseOver:
        painter.fillRect(rect, theme.color("raised"))
    if selected and option.state & QStyle.StateFlag.State_HasFocus:
        painter.setPen(QPen(theme.color("accent"), 1))
        painter.drawRect(rect.adjusted(0, 0, -1, -1))
    return selected
