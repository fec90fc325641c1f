"""Columns, rows and frames on the 8-pixel grid."""

from __future__ import annotations

from typing import Union

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QLayout,
    QScrollArea,
    QSizePolicy,
    QSpacerItem,
    QVBoxLayout,
    QWidget,
)

from ndb_desktop.ui.theme import GRID

Part = Union[QWidget, QLayout, int, None]
"""What stands in a column or row: a widget, a layout, a gap in grid units, or `None` for a stretch."""


def fill(box: QBoxLayout, parts: tuple[Part, ...]) -> None:
    """Adds parts to a box layout."""
    for part in parts:
        if part is None:
            box.addStretch(1)
        elif isinstance(part, int):
            box.addSpacing(part * GRID)
        elif isinstance(part, QWidget):
            box.addWidget(part)
        else:
            box.addLayout(part)


def column(*parts: Part, gap: float = 1, margins: float | tuple[float, float, float, float] = 0) -> QVBoxLayout:
    """Parts below each other; `gap` and `margins` in grid units (left, top, right, bottom)."""
    return _box(QVBoxLayout(), parts, gap, margins)  # type: ignore[return-value]


def row(*parts: Part, gap: float = 1, margins: float | tuple[float, float, float, float] = 0) -> QHBoxLayout:
    """Parts beside each other."""
    return _box(QHBoxLayout(), parts, gap, margins)  # type: ignore[return-value]


def _box(
    box: QBoxLayout, parts: tuple[Part, ...], gap: float, margins: float | tuple[float, float, float, float]
) -> QBoxLayout:
    around = margins if isinstance(margins, tuple) else (margins,) * 4
    box.setContentsMargins(*(round(part * GRID) for part in around))
    box.setSpacing(round(gap * GRID))
    fill(box, parts)
    return box


def holder(layout: QLayout, name: str = "") -> QWidget:
    """A widget that only carries a layout."""
    widget = QWidget()
    widget.setObjectName(name)
    widget.setLayout(layout)
    return widget


class Card(QFrame):
    """A quiet surface with a hairline border. `kind`: card, soft, warning, danger, flat."""

    def __init__(self, *parts: Part, kind: str = "card", gap: float = 1, margins: float = 2) -> None:
        super().__init__()
        self.setProperty("card", kind)
        self.setLayout(column(*parts, gap=gap, margins=margins))

    @property
    def box(self) -> QVBoxLayout:
        """Its column."""
        return self.layout()  # type: ignore[return-value]


def line() -> QFrame:
    """A hairline between parts."""
    rule = QFrame()
    rule.setProperty("rule", True)
    rule.setFixedHeight(1)
    rule.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    return rule


def scroll(widget: QWidget, name: str) -> QScrollArea:
    """A vertical scroll area around `widget`; the keyboard scrolls it too."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setAccessibleName(name)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(widget)
    return area


class Elastic(QWidget):
    """Around a part of a page that scrolls by itself: it takes what height there is, and never less than `least`.

    In a scrolling page it asks for no more than that, so that the page scrolls only where the screen is too low.
    """

    def __init__(self, part: QWidget, least: int) -> None:
        super().__init__()
        self._least = least
        box = QVBoxLayout()
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(part)
        self.setLayout(box)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), self._least)

    def minimumSizeHint(self) -> QSize:
        return QSize(super().minimumSizeHint().width(), self._least)

    def hasHeightForWidth(self) -> bool:
        return False


def centred(widget: QWidget, width: int) -> QWidget:
    """`widget` in a middle column of at most `width` pixels, for pages that are read."""
    widget.setMaximumWidth(width)
    widget.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
    box = QHBoxLayout()
    box.setContentsMargins(0, 0, 0, 0)
    box.addStretch(1)
    box.addWidget(widget, 1000)
    box.addStretch(1)
    return holder(box)


def clear(layout: QLayout) -> None:
    """Removes and deletes everything in a layout."""
    while (item := layout.takeAt(0)) is not None:
        inner = item.layout()
        widget = item.widget()
        if widget is not None:
            # Not `setParent(None)`: that would make a window of it for a moment, which costs more than all the rest.
            widget.hide()
            widget.deleteLater()
        elif inner is not None:
            clear(inner)
        elif isinstance(item, QSpacerItem):
            del item
