"""Text and number fields that know about input methods, never cut what was typed, and let page keys pass.

A phrase being composed fires no shortcut; `edited` comes only for text that really changed, after a pause or when the
focus leaves; over-long text is kept and reported instead of cut.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from PySide6.QtCore import QEvent, QMetaMethod, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QInputMethodEvent, QKeyEvent, QKeySequence, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import (
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QSizePolicy,
    QStyledItemDelegate,
    QWidget,
)

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.numbers import parse_number, plain
from ndb_desktop.domain.steps import Steps
from ndb_desktop.ui import composing, icons, pending, theme
from ndb_desktop.ui.plain import restyle, tip

PAUSE_MS = 150
"""How long typing must rest before it is saved (leaving the field saves at once).

With the commit, and a piece of work a key may have to wait for, under 300 ms.
"""
LONGEST_MS = 2000
"""Who never rests is not kept waiting longer than this: a power cut in a long paragraph costs seconds of it."""

_PAGE_KEYS = (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)
_WIDE = {0xFEE0 + ord(sign): sign for sign in "0123456789.-"}


def narrow(text: str) -> str:
    """A number as typed, with the wide digits, point and minus of Chinese input as the ordinary ones."""
    return text.strip().translate(_WIDE)


def _for_the_page(event: QEvent, *, undo: bool, redo: bool) -> bool:
    """Whether keys to undo or do again mean the last edit of the page: the field itself has nothing of the kind.

    Qt's fields keep these keys to themselves even then, and nothing would happen.
    """
    if not isinstance(event, QKeyEvent):
        return False
    undoes, redoes = event.matches(QKeySequence.StandardKey.Undo), event.matches(QKeySequence.StandardKey.Redo)
    return (undoes and not undo) or (redoes and not redo)


class LineEdit(QLineEdit):
    """One line of text. Signal `edited(str)`: text changed and typing rested, or the focus left."""

    edited = Signal(str)

    def __init__(self, name: str, text: str = "", placeholder: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setAccessibleName(name)
        self.setPlaceholderText(placeholder)
        self.setAcceptDrops(False)
        self.setCursorPosition(0)
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
            if not self.hasFocus():
                # What is too long for the field shows how it begins, not how it ends.
                self.setCursorPosition(0)

    def commit(self) -> None:
        """Reports the text now if it differs from what is stored."""
        self._timer.stop()
        if self.text() != self._stored:
            self._stored = self.text()
            self.edited.emit(self._stored)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride:
            if composing.active():
                event.accept()
                return True
            if _for_the_page(event, undo=self.isUndoAvailable(), redo=self.isRedoAvailable()):
                event.ignore()
                return False
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # Enter takes a word over in most input methods; what reaches us of it must not send the field off.
        if not (composing.active() and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)):
            super().keyPressEvent(event)

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
        self._sent: str | None = None
        self._refused = False
        self._timer = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._timer.timeout.connect(self.commit)
        self._longest = QTimer(self, singleShot=True, interval=LONGEST_MS)
        self._longest.timeout.connect(self.commit)
        self.textChanged.connect(self._changed)
        self._lines = lines
        policy = self.sizePolicy()
        policy.setVerticalPolicy(QSizePolicy.Policy.Preferred)
        self.setSizePolicy(policy)
        self._size()

    def _size(self) -> None:
        self.setMinimumHeight(self._height(self._lines))
        self.setMaximumHeight(self._height(2 * self._lines))

    def _height(self, lines: int) -> int:
        return self.fontMetrics().lineSpacing() * lines + 2 * int(self.document().documentMargin()) + 6

    def sizeHint(self) -> QSize:
        """As high as what is written needs, between its least and twice that."""
        written = int(self.document().size().height())
        return QSize(256, self._height(min(max(written, self._lines), 2 * self._lines)))

    def _changed(self) -> None:
        text = self.toPlainText()
        if self.sizeHint().height() != self.height():
            self.updateGeometry()
        # The signal also comes while a word is composed, with the text unchanged.
        if text != self._stored:
            self._refused = False
            self._timer.start()
            if not self._longest.isActive():
                self._longest.start()
        pending.note(self)
        self.typed.emit(text)

    def standing(self) -> str:
        """Whether what stands here is stored (see `ui.pending`)."""
        if self._refused:
            return pending.REFUSED
        if self.toPlainText() == self._stored:
            return ""
        return pending.WAITING if self._saves() else pending.DRAFT

    def _saves(self) -> bool:
        """Whether this text is stored as it is typed; otherwise it belongs to a form with a button."""
        return self.isSignalConnected(QMetaMethod.fromSignal(self.edited))

    def set_stored(self, text: str) -> None:
        """Shows what is stored, unless the user is typing here, was refused, or has not submitted the form."""
        keeps = self._refused or (self._timer.isActive() and self.hasFocus()) or self.standing() == pending.DRAFT
        self._stored = text
        if text == self.toPlainText():
            self._sent, self._refused = None, False
        elif not keeps:
            self.setPlainText(text)
            self._stop()
            self._sent = None
        pending.note(self)

    def drop_pending(self) -> None:
        """Stops waiting for a pause: what follows belongs to something else."""
        self._stop()
        self._stored, self._sent, self._refused = self.toPlainText(), None, False

    def _stop(self) -> None:
        self._timer.stop()
        self._longest.stop()

    def refuse(self) -> None:
        """The text reported last was not taken: it stays here until it is changed."""
        self._refused = self._sent is not None and self._sent == self.toPlainText()

    def commit(self) -> None:
        """Reports the text now if it differs from what is stored."""
        self._stop()
        text = self.toPlainText()
        if text != self._stored and self._saves():
            self._stored = self._sent = text
            self.edited.emit(text)
        pending.note(self)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride:
            if composing.active():
                event.accept()
                return True
            pages = isinstance(event, QKeyEvent) and event.key() in _PAGE_KEYS
            text = self.document()
            if pages or _for_the_page(event, undo=text.isUndoAvailable(), redo=text.isRedoAvailable()):
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


class NumberBox(LineEdit):
    """A number between two bounds with an exact step; empty until the user types one. No float is ever involved.

    What is no number in range stays in the field, marked, and is not taken. Signals: `decided(object)` a `Decimal` in
    range, or `None` when the field was emptied; `refused(str)` what was typed instead.
    """

    decided = Signal(object)
    refused = Signal(str)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(name, parent=parent)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.setInputMethodHints(Qt.InputMethodHint.ImhFormattedNumbersOnly)
        self.steps = Steps(Decimal(0), Decimal(100), Decimal(1))
        self._number: Decimal | None = None
        self.textChanged.connect(lambda _text: pending.note(self))

    def set_bounds(self, low: Decimal, high: Decimal, step: Decimal) -> None:
        """The closed range and the step of the band."""
        self.steps = Steps(low, high, step)

    def set_number(self, value: Decimal | None) -> None:
        """Shows what is stored; `None` leaves the field empty. What is still being typed or was not taken stays."""
        typed = self.hasFocus() or self._timer.isActive() or self.standing() == pending.REFUSED
        if value != self._number or not typed:
            self._number = value
            self.setText("" if value is None else plain(value))
            self._timer.stop()
            self._mark(False)

    def forget(self) -> None:
        """Empties the field without a word: what follows belongs to another item."""
        self._number = None
        self.set_back()

    def set_back(self) -> None:
        """What is stored stands in the field again, whatever is being typed there."""
        self.setText("" if self._number is None else plain(self._number))
        self._timer.stop()
        self._mark(False)

    @property
    def stored(self) -> Decimal | None:
        """The number that was last stored or shown as stored."""
        return self._number

    def number(self) -> Decimal | None:
        """What stands in the field, exactly; `None` when it is empty or no number in range and step."""
        try:
            value = parse_number(narrow(self.text()))
        except NdbError:
            return None
        return value if self.steps.holds(value) else None

    def commit(self) -> None:
        """Reports the number if it differs from what is stored."""
        self._timer.stop()
        value, typed = self.number(), self.text().strip()
        wrong = value is None and bool(typed)
        self._mark(wrong)
        if wrong:
            self.refused.emit(typed)
        elif value != self._number:
            self._number = value
            self.decided.emit(value)
        pending.note(self)

    def standing(self) -> str:
        """Whether what stands here is stored (see `ui.pending`)."""
        value, typed = self.number(), self.text().strip()
        if value is None and typed:
            return pending.WAITING if self._timer.isActive() else pending.REFUSED
        return pending.WAITING if value != self._number else ""

    def step_by(self, steps: int) -> None:
        """Steps up or down inside the range; from an empty field to its lower (or upper) bound."""
        if not self.steps.count:
            return
        value = self.number()
        if value is None:
            place = 0 if steps > 0 else self.steps.count - 1
        else:
            place = self.steps.place(value) + steps
        self.setText(plain(self.steps.value(place)))
        self.commit()

    def suggest(self, value: Decimal) -> None:
        """Shows a number another control points at, as if it were typed: it is stored when the hand rests."""
        self.setText(plain(value))
        self._mark(False)

    def _mark(self, wrong: bool) -> None:
        if bool(self.property("finding")) != wrong:
            self.setProperty("finding", wrong)
            restyle(self)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}.get(Qt.Key(event.key()))
        if steps is None or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            super().keyPressEvent(event)
        else:
            self.step_by(steps)


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
        if theme.large():
            # The style's own delegate asks nobody how high a line is to be.
            self.setItemDelegate(QStyledItemDelegate(self))
            # Not before it is needed: the first picture of the start page should not wait for this.
            from ndb_desktop.ui.widgets.swipe import PopupFinger

            PopupFinger(self.view())

    def set_choices(self, choices: Sequence[tuple[object, str]], value: object = None) -> None:
        """`(value, text)` pairs; selects `value` if it is among them."""
        self.clear()
        for item, text in choices:
            self.addItem(text, item)
            self.setItemData(self.count() - 1, tip(text), Qt.ItemDataRole.ToolTipRole)
            if theme.large():
                self.setItemData(self.count() - 1, QSize(0, theme.target()), Qt.ItemDataRole.SizeHintRole)
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
