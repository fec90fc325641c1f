"""A passphrase field: hidden unless asked, typed twice where a new one is made, with a caps-lock hint."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from ndb_desktop.ui import icons
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import IconButton, PlainLabel
from ndb_desktop.ui.widgets.fields import LineEdit
from ndb_desktop.ui.widgets.layout import column, row


class _Hidden(LineEdit):
    caps = Signal(bool)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # Qt does not tell the state of caps lock; a lone capital without shift (or the reverse) gives it away.
        text = event.text()
        if len(text) == 1 and text.isascii() and text.isalpha():
            shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self.caps.emit(text.isupper() != shift)
        elif event.key() == Qt.Key.Key_CapsLock:
            self.caps.emit(False)
        super().keyPressEvent(event)


class PassphraseField(QWidget):
    """Signals: `changed()`; `confirmed()` on Enter in the last field. `new`: a second field must say the same."""

    changed = Signal()
    confirmed = Signal()

    def __init__(self, label: str, *, new: bool = False, minimum: int = 0) -> None:
        super().__init__()
        self._minimum = minimum
        self.first = _Hidden(label)
        self.first.setObjectName("passphrase")
        self.second = _Hidden(tr("passphrase.again"))
        self.second.setObjectName("passphrase.again")
        self.show_button = IconButton("eye", tr("passphrase.show"), checkable=True)
        self.show_button.setObjectName("passphrase.show")
        self.hint = PlainLabel("", "small")
        self._label = PlainLabel(label)
        self._again = PlainLabel(tr("passphrase.again"))
        for field in (self.first, self.second):
            field.setEchoMode(QLineEdit.EchoMode.Password)
            field.setInputMethodHints(
                Qt.InputMethodHint.ImhSensitiveData
                | Qt.InputMethodHint.ImhNoPredictiveText
                | Qt.InputMethodHint.ImhHiddenText
            )
            field.textChanged.connect(self._update)
            field.caps.connect(self._caps)
        self.first.returnPressed.connect(self.second.setFocus if new else self.confirmed.emit)
        self.second.returnPressed.connect(self.confirmed.emit)
        self.show_button.toggled.connect(self._show)
        if not new:
            self._again.hide()
        if not new:
            self.second.hide()
        self._new = new
        self._caps_on = False
        top = row(self.first, self.show_button)
        top.setStretch(0, 1)
        self.setLayout(column(self._label, top, self._again, self.second, self.hint, gap=0.75))
        self.setFocusProxy(self.first)
        self._update()

    def text(self) -> str:
        """What was typed."""
        return self.first.text()

    def clear(self) -> None:
        """Empties both fields."""
        self.first.clear()
        self.second.clear()

    def need(self, minimum: int) -> None:
        """Fewer or more characters are enough from now on."""
        self._minimum = minimum
        self._update()

    def ready(self) -> bool:
        """Whether it is long enough and, if new, typed twice the same."""
        text = self.first.text()
        return bool(text) and len(text) >= self._minimum and (not self._new or text == self.second.text())

    def _caps(self, on: bool) -> None:
        self._caps_on = on
        self._update()

    def _show(self, shown: bool) -> None:
        mode = QLineEdit.EchoMode.Normal if shown else QLineEdit.EchoMode.Password
        self.first.setEchoMode(mode)
        self.second.setEchoMode(mode)
        self.show_button.setIcon(icons.icon("eye-off" if shown else "eye"))
        self.show_button.set_name(tr("passphrase.hide") if shown else tr("passphrase.show"))

    def _update(self) -> None:
        text, again = self.first.text(), self.second.text()
        if self._caps_on:
            self.hint.setText(tr("passphrase.caps"))
        elif text and len(text) < self._minimum:
            self.hint.setText(tr("passphrase.short", minimum=self._minimum, length=len(text)))
        elif self._new and again and text != again:
            self.hint.setText(tr("passphrase.differs"))
        elif self._new and text and text == again:
            self.hint.setText(tr("passphrase.same"))
        else:
            self.hint.setText(tr("passphrase.minimum", minimum=self._minimum) if self._minimum > 1 else "")
        self.hint.setVisible(bool(self.hint.text()))
        self.changed.emit()
