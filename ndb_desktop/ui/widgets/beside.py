"""A field and what belongs to it, side by side where there is room, else below each other."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QBoxLayout, QComboBox, QLineEdit, QWidget

from ndb_desktop.ui.theme import GRID
from ndb_desktop.ui.widgets.layout import row

_EDGES = 3 * GRID
"""What a field of one line keeps free around its words, frame included."""


class Beside(QWidget):
    """`grows` is the number of the part that takes the room the others leave, and may be as narrow as `least` pixels.

    The words in an empty field count as well: a hint that is cut helps nobody.
    """

    def __init__(self, *parts: QWidget, grows: int = 0, least: int = 120) -> None:
        super().__init__()
        self._parts, self._grows, self._least = parts, grows, least
        self._line = row(*parts)
        self._line.setStretch(grows, 1)
        # The narrower way to stand decides how narrow this may be.
        self._line.setSizeConstraint(QBoxLayout.SizeConstraint.SetNoConstraint)
        self.setLayout(self._line)

    def minimumSizeHint(self) -> QSize:
        shown = [part.minimumSizeHint().width() for part in self._parts if not part.isHidden()]
        return QSize(max(shown, default=0), self._line.minimumSize().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._turn()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            # A part came or went, or has other words.
            self._turn()
        return super().event(event)

    def _turn(self) -> None:
        shown = [(number, part) for number, part in enumerate(self._parts) if not part.isHidden()]
        wanted = sum(self._wanted(number, part) for number, part in shown) + GRID * max(len(shown) - 1, 0)
        beside = wanted <= self.width()
        for number, part in shown:
            if isinstance(part, QComboBox) and number != self._grows:
                part.setMinimumWidth(self._wanted(number, part) if beside else 0)
        direction = QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom
        if direction != self._line.direction():
            self._line.setDirection(direction)
            for part in self._parts:
                if isinstance(part, QAbstractButton):
                    self._line.setAlignment(part, Qt.AlignmentFlag(0) if beside else Qt.AlignmentFlag.AlignLeft)
            self.updateGeometry()

    def _wanted(self, number: int, part: QWidget) -> int:
        if isinstance(part, QComboBox) and number != self._grows:
            # As wide as its longest words.
            metrics = part.fontMetrics()
            longest = max((metrics.horizontalAdvance(part.itemText(n)) for n in range(part.count())), default=0)
            return max(longest + 2 * _EDGES, part.sizeHint().width())
        hint = part.fontMetrics().horizontalAdvance(part.placeholderText()) if isinstance(part, QLineEdit) else 0
        if hint:
            return hint + _EDGES
        least = part.minimumSizeHint().width()
        return max(self._least, least) if number == self._grows else max(part.sizeHint().width(), least)
