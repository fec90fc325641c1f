"""Text and number fields that know about input methods, never cut what was typed, and let page keys pass.

A phrase being composed fires no shortcut; `edited` comes only for text that really changed, after a pause or when the
focus leaves; over-long text is kept and reported instead of cut.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QInputMethodEvent, QKeyEvent, QPainter, QPaintEvent, QValidator, QWheelEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QComboBox,
    QDoubleSpinBox,
    QLineEdit,
    QPlainTextEdit,
    QSizePolicy,
    QWidget,
)

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.numbers import parse_number, plain
from ndb_desktop.ui import composing, icons
from ndb_desktop.ui.plain import tip

PAUSE_MS = 800
"""How long typing must rest before it is saved (leaving the field saves at once)."""

_PAGE_KEYS = (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


class LineEdit(QLineEdit):
    """One line of text. Signal `edited(str)`: text changed and typing rested, or the focus left."""

    edited = Signal(str)

    def __init__(self, name: str, text: str = "", placeholder: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setAccessibleName(name)
        self.setPlaceholderText(placeholder)
        self.setAcceptDrops(False)
        self._stored = text
        self._timer = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._timer.timeout.connect(self.commit)
        self.textChanged.connect(lambda _text: self._timer.start())
        self.editingFinished.connect(self.commit)

    def set_stored(self, text: str) -> None:
        """Shows what is stored, unless the user is typing here."""
        self._stored = text
        if text != self.text() and not (self.hasFocus() and self._timer.isActive()):
            self.setText(text)
            self._timer.stop()

    def commit(self) -> None:
        """Reports the text now if it differs from what is stored."""
        self._timer.stop()
        if self.text() != self._stored:
            self._stored = self.text()
            self.edited.emit(self._stored)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and composing.active():
            event.accept()
            return True
        return super().event(event)

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        composing.note(self, event)
        super().inputMethodEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        composing.stop(self)
        super().focusOutEvent(event)


class TextBox(QPlainTextEdit):
    """Several lines of text; Tab leaves it, page keys pass to the page. Signals: `edited(str)`, `typed(str)`."""

    edited = Signal(str)
    typed = Signal(str)

    def __init__(
        self, name: str, text: str = "", placeholder: str = "", lines: int = 4, parent: QWidget | None = None
    ) -> None:
        super().__init__(text, parent)
        self.setAccessibleName(name)
        self.setPlaceholderText(placeholder)
        self.setTabChangesFocus(True)
        self.setAcceptDrops(False)
        self._stored = text
        self._timer = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._timer.timeout.connect(self.commit)
        self.textChanged.connect(self._changed)
        self._lines = lines
        self._size()

    def _size(self) -> None:
        height = self.fontMetrics().lineSpacing() * self._lines + 2 * int(self.document().documentMargin()) + 6
        self.setMinimumHeight(height)
        self.setMaximumHeight(height * 2)

    def _changed(self) -> None:
        text = self.toPlainText()
        # The signal also comes while a word is composed, with the text unchanged.
        if text != self._stored:
            self._timer.start()
        self.typed.emit(text)

    def set_stored(self, text: str) -> None:
        """Shows what is stored, unless the user is typing here."""
        self._stored = text
        if text != self.toPlainText() and not (self.hasFocus() and self._timer.isActive()):
            self.setPlainText(text)
            self._timer.stop()

    def drop_pending(self) -> None:
        """Stops waiting for a pause: what follows belongs to something else."""
        self._timer.stop()

    def commit(self) -> None:
        """Reports the text now if it differs from what is stored."""
        self._timer.stop()
        text = self.toPlainText()
        if text != self._stored:
            self._stored = text
            self.edited.emit(text)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride:
            if composing.active():
                event.accept()
                return True
            if isinstance(event, QKeyEvent) and event.key() in _PAGE_KEYS:
                event.ignore()
                return False
        return super().event(event)

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        composing.note(self, event)
        super().inputMethodEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        composing.stop(self)
        self.commit()
        super().focusOutEvent(event)


class NumberBox(QDoubleSpinBox):
    """A number between two bounds with an exact step; empty until set.

    Qt keeps a double inside, so the value is taken from the text and parsed exactly; no float reaches a score.
    Signal `decided(object)`: a `Decimal` in range was entered, or `None` when the field was emptied.
    """

    decided = Signal(object)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setLineEdit(LineEdit(name, parent=self))
        self.lineEdit().setTextMargins(8, 0, 8, 0)
        self.setAccessibleName(name)
        self.setKeyboardTracking(False)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.setCorrectionMode(QAbstractSpinBox.CorrectionMode.CorrectToPreviousValue)
        self._low, self._high, self._step = Decimal(0), Decimal(100), Decimal(1)
        self._stored: Decimal | None = None
        self.editingFinished.connect(self.commit)

    def set_bounds(self, low: Decimal, high: Decimal, step: Decimal) -> None:
        """The closed range and the step of the band."""
        self._low, self._high, self._step = low, high, step
        digits = max(-int(part.normalize().as_tuple().exponent) for part in (low, high, step))
        self.blockSignals(True)
        self.setDecimals(max(0, digits))
        self.setRange(float(low), float(high))
        self.setSingleStep(float(step))
        self.blockSignals(False)

    def set_stored(self, value: Decimal | None) -> None:
        """Shows what is stored; `None` leaves the field empty."""
        self._stored = value
        self.blockSignals(True)
        if value is None:
            self.setValue(self.minimum())
            self.lineEdit().clear()
        else:
            self.setValue(float(value))
        self.blockSignals(False)

    def number(self) -> Decimal | None:
        """What stands in the field, exactly; `None` when it is empty or no number in range."""
        try:
            value = parse_number(self.lineEdit().text().strip())
        except NdbError:
            return None
        return value if self._low <= value <= self._high else None

    def commit(self) -> None:
        """Reports the number if it differs from what is stored."""
        value = self.number()
        if value != self._stored and (value is not None or not self.lineEdit().text().strip()):
            self._stored = value
            self.decided.emit(value)

    def stepBy(self, steps: int) -> None:
        """A step from an empty field starts at the lower bound."""
        if self.number() is None:
            self.setValue(float(self._low))
            self.lineEdit().setText(self.textFromValue(float(self._low)))
        else:
            super().stepBy(steps)
        self.commit()

    def textFromValue(self, value: float) -> str:
        """Shortest exact form: 85, 79.5."""
        return plain(Decimal(f"{value:.{self.decimals()}f}"))

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        """Digits and one point; emptying is allowed while typing."""
        if not text.strip():
            return QValidator.State.Intermediate, text, position
        return super().validate(text, position)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scrolling the page must not change a score that happens to lie under the pointer."""
        event.ignore()


class Choice(QComboBox):
    """A drop-down list of plain texts with values. Signal `chosen(object)`: the user took another value."""

    chosen = Signal(object)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(8)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.activated.connect(lambda _index: self.chosen.emit(self.value()))

    def set_choices(self, choices: Sequence[tuple[object, str]], value: object = None) -> None:
        """`(value, text)` pairs; selects `value` if it is among them."""
        self.clear()
        for item, text in choices:
            self.addItem(text, item)
            self.setItemData(self.count() - 1, tip(text), Qt.ItemDataRole.ToolTipRole)
        self.set_value(value)

    def set_value(self, value: object) -> None:
        """Selects a value without a signal; unknown ones select the first."""
        self.setCurrentIndex(next((i for i in range(self.count()) if self.itemData(i) == value), 0))

    def value(self) -> Any:
        """The value selected, or `None` when the list is empty."""
        return self.currentData()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        size = 16
        picture = icons.pixmap("chevron-down", size, "text" if self.isEnabled() else "edge", self.devicePixelRatioF())
        painter.drawPixmap(self.width() - size - 8, (self.height() - size) // 2, picture)
        painter.end()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scrolling the page must not change a choice."""
        event.ignore()
