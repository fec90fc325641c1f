"""Parts beside each other that go on in the next line where there is no room, as words in a sentence do."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLabel, QLayout, QLayoutItem, QSpacerItem, QWidget

from ndb_desktop.ui.plain import Button, ShrinkingButton
from ndb_desktop.ui.theme import GRID


class Flow(QLayout):
    """A layout of lines; each part keeps the width it asks for. `gap` in grid units.

    `None` among the parts is a spring: what follows it in its line stands at the right.
    """

    def __init__(self, *parts: QWidget | None, gap: float = 1) -> None:
        super().__init__()
        self._items: list[QLayoutItem] = []
        self._gap = round(gap * GRID)
        self._heights: dict[int, int] = {}
        self.setContentsMargins(0, 0, 0, 0)
        for part in parts:
            if part is None:
                self.addItem(_Spring())
            else:
                self.addWidget(part)

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        # Asked many times over by the layouts around it, each time one of them is asked how little room will do.
        if width not in self._heights:
            self._heights[width] = self._place(QRect(0, 0, width, 0), move=False)
        return self._heights[width]

    def invalidate(self) -> None:
        self._heights = {}
        super().invalidate()

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        self._place(rect, move=True)

    def sizeHint(self) -> QSize:
        shown = [item for item in self._shown() if not isinstance(item, _Spring)]
        width = sum(_natural(item) for item in shown) + self._gap * max(len(shown) - 1, 0)
        return QSize(width, max((item.sizeHint().height() for item in shown), default=0))

    def minimumSize(self) -> QSize:
        least = QSize(0, 0)
        for item in self._shown():
            least = least.expandedTo(QSize(_least(item), item.minimumSize().height()))
        return least

    def _shown(self) -> list[QLayoutItem]:
        return [item for item in self._items if isinstance(item, _Spring) or not item.isEmpty()]

    def _lines(self, width: int) -> list[list[tuple[QLayoutItem, QSize]]]:
        """What stands in which line, and how large."""
        lines: list[list[tuple[QLayoutItem, QSize]]] = [[]]
        x = 0
        for item in self._shown():
            if isinstance(item, _Spring):
                lines[-1].append((item, QSize(0, 0)))
                continue
            wide = min(_natural(item), max(width, _least(item)))
            tall = _tall(item, wide)
            if x and x + wide > width:
                lines.append([])
                x = 0
            lines[-1].append((item, QSize(wide, tall)))
            x += wide + self._gap
        return lines

    def _place(self, rect: QRect, *, move: bool) -> int:
        """Where everything goes in `rect`; returns the height it takes."""
        y = rect.y()
        for line in self._lines(rect.width()):
            tall = max((size.height() for _item, size in line), default=0)
            if move:
                self._place_line(line, QRect(rect.x(), y, rect.width(), tall))
            y += tall + (self._gap if tall else 0)
        return max(y - rect.y() - self._gap, 0)

    def _place_line(self, line: list[tuple[QLayoutItem, QSize]], rect: QRect) -> None:
        parts = [size.width() for item, size in line if not isinstance(item, _Spring)]
        springs = len(line) - len(parts)
        free = max(rect.width() - sum(parts) - self._gap * max(len(parts) - 1, 0), 0)
        x = rect.x()
        for item, size in line:
            if isinstance(item, _Spring):
                x += free // springs
                continue
            # A lower part stands in the middle of its line, as words beside a button do.
            if (button := _breaks(item)) is not None:
                button.break_words(size.width())
            item.setGeometry(QRect(QPoint(x, rect.y() + (rect.height() - size.height()) // 2), size))
            x += size.width() + self._gap


class _Spring(QSpacerItem):
    """Takes the room that its line has left."""

    def __init__(self) -> None:
        super().__init__(0, 0)


def _breaks(item: QLayoutItem) -> Button | None:
    """The button whose words may go on in the next line."""
    widget = item.widget()
    return widget if isinstance(widget, Button) and not isinstance(widget, ShrinkingButton) else None


def _least(item: QLayoutItem) -> int:
    button = _breaks(item)
    return item.minimumSize().width() if button is None else button.least_width()


def _tall(item: QLayoutItem, width: int) -> int:
    button = _breaks(item)
    if button is not None:
        return button.height_in(width)
    return item.heightForWidth(width) if item.hasHeightForWidth() else item.sizeHint().height()


def _natural(item: QLayoutItem) -> int:
    """The width a part would like; words that may wrap would like to stand in one line."""
    widget, button = item.widget(), _breaks(item)
    if button is not None:
        return button.whole_size().width()
    if isinstance(widget, QLabel) and widget.wordWrap():
        words = max(widget.fontMetrics().horizontalAdvance(line) for line in widget.text().split("\n"))
        margins = widget.contentsMargins()
        return words + 2 * widget.margin() + margins.left() + margins.right() + 2
    return item.sizeHint().width()
