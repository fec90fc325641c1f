"""One level as a card, in three shapes: a line of the list, a column beside its neighbours, a small tile."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QEvent, QRect, QSize, Qt, Signal
from PySide6.QtGui import QEnterEvent, QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QBoxLayout, QSizePolicy, QStyle, QStyleOptionButton, QStylePainter

from ndb_desktop.domain.numbers import plain
from ndb_desktop.domain.rulepack import Band
from ndb_desktop.domain.sheet import LevelId
from ndb_desktop.ui.expert import words
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import IconLabel, PlainLabel, tip
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import column, row

Shape = Literal["list", "columns", "tiles"]


_EDGE = 6
"""Pixels left free at either side of a column."""


class LevelButton(QAbstractButton):
    """Radio mark, name, range, descriptor. Signal `looked_at(str)`: focus or pointer came ("" when it left)."""

    looked_at = Signal(str)

    def __init__(self, level: LevelId) -> None:
        super().__init__()
        self.level = level
        self.descriptor = ""
        self._shape: Shape = "list"
        self.setCheckable(True)
        self.setProperty("choice", True)
        self.setObjectName(f"level.{level}")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._mark = IconLabel("circle", 20, "edge")
        self._name = PlainLabel("", "heading", wrap=False)
        self._key = PlainLabel("", "small", wrap=False)
        self._range = PlainLabel("", "muted", wrap=False)
        self._words = PlainLabel("", "body")
        self._head = Flow(self._name, self._key, None, self._range)
        text = column(self._head, self._words, gap=0.25)
        text.addStretch(1)
        self._inner: QBoxLayout = row(gap=1.5, margins=(1.5, 1, 1.5, 1))
        self._inner.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignTop)
        self._inner.addLayout(text, 1)
        self.setLayout(self._inner)
        for part in (self._mark, self._name, self._key, self._range, self._words):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.toggled.connect(self._marked)

    def set_shape(self, shape: Shape) -> None:
        """Another shape."""
        self._shape = shape
        down, beside = QBoxLayout.Direction.TopToBottom, QBoxLayout.Direction.LeftToRight
        narrow = shape != "list"
        self._inner.setDirection(down if narrow else beside)
        self._inner.setSpacing(4 if narrow else 12)
        edge = _EDGE if narrow else 12
        self._inner.setContentsMargins(edge, 8, edge, 8)
        self._key.setVisible(shape == "list")
        self._range.set_role("small" if narrow else "muted")
        # In a row of five a large mark would cost the width of two words.
        self._mark.setVisible(shape != "tiles" or self.isChecked())
        self._show_words()

    def show_band(self, band: Band, descriptor: str) -> None:
        """The range and what the level means for this item."""
        name, limits = words.level(self.level), tr("level.range", low=plain(band.low), high=plain(band.high))
        self.descriptor = descriptor
        self._key.setText(tr("level.key", digit=self.level[1:]))
        self._range.setText(limits)
        self._words.setText(descriptor)
        self._show_words()
        self.setAccessibleName(f"{name} {limits}")
        self.setAccessibleDescription(descriptor)

    def lines_in(self, width: int) -> int:
        """How many lines the descriptor takes in a column so wide; -1 where a word of it is wider than the column."""
        self._words.ensurePolished()
        metrics, room = self._words.fontMetrics(), width - 2 * _EDGE
        if any(metrics.horizontalAdvance(word) > room for word in self.descriptor.split() if word.isascii()):
            return -1
        taken = metrics.boundingRect(QRect(0, 0, room, 100_000), int(Qt.TextFlag.TextWordWrap), self.descriptor)
        return taken.height() // max(metrics.lineSpacing(), 1)

    def _show_words(self) -> None:
        listed = self._shape == "list"
        self._name.setText(words.level(self.level) if listed else words.level_short(self.level))
        self._words.setVisible(bool(self.descriptor) and self._shape != "tiles")
        self.setToolTip("" if listed else tip(" ".join((words.level(self.level), self.descriptor))))

    def _marked(self, chosen: bool) -> None:
        self._mark.set_icon("circle-check" if chosen else "circle", 20, "accent" if chosen else "edge")
        if self._shape == "tiles":
            self._mark.setVisible(chosen)

    def sizeHint(self) -> QSize:
        return self._inner.sizeHint()

    def minimumSizeHint(self) -> QSize:
        return self._inner.minimumSize()

    def heightForWidth(self, width: int) -> int:
        return self._inner.totalHeightForWidth(width)

    def hasHeightForWidth(self) -> bool:
        return True

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self.looked_at.emit(self.level)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.looked_at.emit("")

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.looked_at.emit(self.level)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.looked_at.emit("")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # Enter goes to the page (next item), not to the button; Space chooses.
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            event.ignore()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, _event: object) -> None:
        painter = QStylePainter(self)
        option = QStyleOptionButton()
        option.initFrom(self)
        if self.isChecked():
            option.state |= QStyle.StateFlag.State_On
        painter.drawControl(QStyle.ControlElement.CE_PushButtonBevel, option)
        painter.end()
