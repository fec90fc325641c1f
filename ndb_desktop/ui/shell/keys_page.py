"""快捷键: every action with its keys; one is changed by pressing the new keys. What is in the way is said in words."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import groupby

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QGridLayout, QWidget

from ndb_desktop.ui import i18n, key_layouts, shortcuts
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, PlainLabel
from ndb_desktop.ui.shortcuts import TABLE, key_text, keys_text
from ndb_desktop.ui.widgets.fields import Choice
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import Card, centred, column, holder, scroll

_MODIFIERS = frozenset(
    {Qt.Key.Key_Control, Qt.Key.Key_Shift, Qt.Key.Key_Alt, Qt.Key.Key_Meta, Qt.Key.Key_AltGr, Qt.Key.Key_unknown}
)


class KeyButton(Button):
    """Shows the keys of an action; pressed, it takes the next keys. Signals: `asked()`, `chosen(str)`, `given_up()`."""

    asked = Signal()
    chosen = Signal(str)
    given_up = Signal()
    waiting = False

    def __init__(self, action: str) -> None:
        super().__init__("", "normal")
        self.action = action
        self.setObjectName(f"keys.{action}")
        self.clicked.connect(self.ask)
        self.show_keys()

    def show_keys(self) -> None:
        """The keys as they are now."""
        self.set_text(tr("shortcuts.press") if self.waiting else keys_text(self.action))
        self.setAccessibleName(tr("shortcuts.change", action=tr(TABLE[self.action].text), keys=keys_text(self.action)))
        self.setAccessibleDescription(tr("shortcuts.press") if self.waiting else "")

    def ask(self) -> None:
        """Waits for the new keys."""
        self.waiting = True
        self.show_keys()
        self.asked.emit()

    def stop(self) -> None:
        """Waits no longer."""
        if self.waiting:
            self.waiting = False
            self.show_keys()

    def event(self, event: QEvent) -> bool:
        """While it waits, every key is for it: no shortcut fires, Tab does not leave."""
        if self.waiting and event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        if self.waiting and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            self._take(event)
            return True
        return super().event(event)

    def _take(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key == Qt.Key.Key_Escape:
            self.stop()
            self.given_up.emit()
        elif key not in _MODIFIERS and not event.isAutoRepeat():
            keys = QKeySequence(_combination(event)).toString(QKeySequence.SequenceFormat.PortableText)
            self.chosen.emit(keys)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.stop()
        super().focusOutEvent(event)


def _combination(event: QKeyEvent) -> int:
    """Key and modifiers in one number, without the mark of the keypad, which shortcuts do not tell apart."""
    held = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    return event.key() | held.value


class KeysPage(QWidget):
    """Signals: `closed()`; `changed()` layout or own keys are others now (and in force already)."""

    closed = Signal()
    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("shortcuts")
        self.close_button = Button(tr("action.back"), "normal", "arrow-left")
        self.close_button.setObjectName("keys.close")
        self.close_button.clicked.connect(self.closed)
        self.all = Button(tr("shortcuts.reset.all"), "normal", "rotate-ccw")
        self.all.setObjectName("keys.reset.all")
        self.all.clicked.connect(self._reset_all)
        self.layouts = Choice(tr("shortcuts.layout"))
        self.layouts.setObjectName("keys.layout")
        for name in key_layouts.names():
            self.layouts.addItem(i18n.local(key_layouts.layout(name, tuple(TABLE)).title), name)
        self.layouts.setCurrentIndex(max(self.layouts.findData(shortcuts.layout()), 0))
        self.layouts.activated.connect(self._choose_layout)
        self.buttons: dict[str, KeyButton] = {}
        self._resets: dict[str, Button] = {}
        self._says: dict[str, PlainLabel] = {}
        page = column(gap=3, margins=3)
        page.addLayout(Flow(PlainLabel(tr("shortcuts.title"), "title"), None, self.close_button))
        page.addWidget(PlainLabel(tr("shortcuts.how")))
        page.addWidget(PlainLabel(tr("shortcuts.fields"), "small"))
        page.addLayout(Flow(PlainLabel(tr("shortcuts.layout")), self.layouts, None, self.all))
        for scope, actions in groupby(TABLE, key=lambda action: TABLE[action].scope):
            page.addWidget(self._part(scope, list(actions)))
        page.addStretch(1)
        self.setLayout(column(scroll(centred(holder(page), 920), tr("shortcuts.title"))))
        self._refresh()

    def _part(self, scope: str, actions: list[str]) -> Card:
        card = Card(PlainLabel(tr(scope), "heading"), gap=1)
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(6)
        for number, action in enumerate(actions):
            button = KeyButton(action)
            button.asked.connect(partial(self._asked, action))
            button.chosen.connect(partial(self._chosen, action))
            button.given_up.connect(partial(self._say, action, ""))
            back = Button(tr("shortcuts.reset"), "quiet")
            back.setAccessibleName(tr("shortcuts.reset.one", action=tr(TABLE[action].text)))
            back.setObjectName(f"keys.reset.{action}")
            back.clicked.connect(partial(self._reset, action))
            says = PlainLabel("", "warning")
            says.setObjectName(f"keys.says.{action}")
            says.hide()
            grid.addWidget(PlainLabel(tr(TABLE[action].text)), 2 * number, 0)
            grid.addWidget(button, 2 * number, 1)
            grid.addWidget(back, 2 * number, 2)
            grid.addWidget(says, 2 * number + 1, 0, 1, 3)
            self.buttons[action], self._resets[action], self._says[action] = button, back, says
        grid.setColumnStretch(0, 1)
        card.box.addLayout(grid)
        return card

    def _asked(self, action: str) -> None:
        for other in self._says:
            self._say(other, "")
        for other, button in self.buttons.items():
            if other != action:
                button.stop()

    def _chosen(self, action: str, key: str) -> None:
        why = shortcuts.change(action, key)
        if why == "shortcuts.taken":
            holder = tr(TABLE[shortcuts.holder_of(key, action)].text)
            self._say(action, tr("shortcuts.taken", keys=key_text(key), action=holder))
        elif why == "shortcuts.writes":
            self._say(action, tr("shortcuts.writes", keys=key_text(key)))
        elif why:
            self._say(action, tr("shortcuts.reserved", keys=key_text(key)))
        else:
            self.buttons[action].waiting = False
            self._done(action)

    def _reset(self, action: str, _checked: bool = False) -> None:
        holder = shortcuts.reset(action)
        if holder:
            self._say(action, tr("shortcuts.reset.taken", action=tr(TABLE[holder].text)))
        else:
            self.buttons[action].setFocus()
            self._done(action)

    def _reset_all(self) -> None:
        self._put(lambda: shortcuts.use(shortcuts.layout()))

    def _choose_layout(self, _row: int) -> None:
        self._put(lambda: shortcuts.use(str(self.layouts.currentData())))

    def _put(self, act: Callable[[], None]) -> None:
        self.all.setFocus()
        act()
        for action in self._says:
            self._say(action, "")
        self._refresh()
        self.changed.emit()

    def _done(self, action: str) -> None:
        self._say(action, "")
        self._refresh()
        self.changed.emit()

    def _say(self, action: str, text: str) -> None:
        label = self._says[action]
        label.setText(text)
        label.setVisible(bool(text))

    def _refresh(self) -> None:
        own = shortcuts.own()
        for action, button in self.buttons.items():
            button.show_keys()
            self._resets[action].setEnabled(action in own)
        self.all.setEnabled(bool(own))
