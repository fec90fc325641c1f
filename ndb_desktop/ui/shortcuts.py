"""Every keyboard shortcut, in one table; the help page (F1) is made from it.

Nothing fires while an input method composes: the text fields claim the key first, and `bind` asks once more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from ndb_desktop.ui import composing


@dataclass(frozen=True)
class Keys:
    """One action: where it works (`scope`, a text key), its keys, its text key."""

    scope: str
    keys: tuple[str, ...]
    text: str


TABLE: dict[str, Keys] = {
    "help": Keys("keys.everywhere", ("F1",), "keys.help"),
    "menu": Keys("keys.everywhere", ("F10",), "keys.menu"),
    "open": Keys("keys.everywhere", ("Ctrl+O",), "keys.open"),
    "back": Keys("keys.everywhere", ("Alt+Left",), "keys.back"),
    "undo": Keys("keys.everywhere", ("Ctrl+Z",), "keys.undo"),
    "redo": Keys("keys.everywhere", ("Ctrl+Y", "Ctrl+Shift+Z"), "keys.redo"),
    "level.1": Keys("keys.scoring", ("1",), "keys.level.1"),
    "level.2": Keys("keys.scoring", ("2",), "keys.level.2"),
    "level.3": Keys("keys.scoring", ("3",), "keys.level.3"),
    "level.4": Keys("keys.scoring", ("4",), "keys.level.4"),
    "level.5": Keys("keys.scoring", ("5",), "keys.level.5"),
    "item.done": Keys("keys.scoring", ("Return", "Enter", "Ctrl+Return"), "keys.item.done"),
    "item.next": Keys("keys.scoring", ("PgDown",), "keys.item.next"),
    "item.previous": Keys("keys.scoring", ("PgUp",), "keys.item.previous"),
    "item.open": Keys("keys.scoring", ("Ctrl+N",), "keys.item.open"),
    "application.next": Keys("keys.scoring", ("Ctrl+Down",), "keys.application.next"),
    "application.previous": Keys("keys.scoring", ("Ctrl+Up",), "keys.application.previous"),
    "flag": Keys("keys.scoring", ("F3",), "keys.flag"),
    "search": Keys("keys.document", ("Ctrl+F",), "keys.search"),
    "search.all": Keys("keys.document", ("Ctrl+Shift+F",), "keys.search.all"),
    "hit.next": Keys("keys.document", ("F4",), "keys.hit.next"),
    "hit.previous": Keys("keys.document", ("Shift+F4",), "keys.hit.previous"),
    "forward": Keys("keys.document", ("Alt+Right",), "keys.forward"),
    "view.split": Keys("keys.document", ("F7",), "keys.view.split"),
    "view.side": Keys("keys.document", ("F6",), "keys.view.side"),
    "view.other": Keys("keys.document", ("Shift+F6",), "keys.view.other"),
    "zoom.in": Keys("keys.document", ("Ctrl++", "Ctrl+="), "keys.zoom.in"),
    "zoom.out": Keys("keys.document", ("Ctrl+-",), "keys.zoom.out"),
    "zoom.fit": Keys("keys.document", ("Ctrl+0",), "keys.zoom.fit"),
    "zoom.page": Keys("keys.document", ("Ctrl+9",), "keys.zoom.page"),
    "page.next": Keys("keys.document", ("Alt+PgDown",), "keys.page.next"),
    "page.previous": Keys("keys.document", ("Alt+PgUp",), "keys.page.previous"),
    "turn.right": Keys("keys.document", ("Ctrl+R",), "keys.turn.right"),
    "turn.left": Keys("keys.document", ("Ctrl+Shift+R",), "keys.turn.left"),
    "panel": Keys("keys.document", ("Ctrl+B",), "keys.panel"),
    "mark": Keys("keys.document", ("Ctrl+M",), "keys.mark"),
    "cite": Keys("keys.document", ("Ctrl+E",), "keys.cite"),
}

ONCE = frozenset({"item.done", "item.open", "flag", "search.all", "view.split", "view.other"})


def bind(widget: QWidget, action: str, slot: Callable[[], object]) -> list[QShortcut]:
    """Makes the keys of `action` call `slot` while the focus is in `widget` or below it."""
    made = []
    for sequence in TABLE[action].keys:
        shortcut = QShortcut(QKeySequence(sequence), widget)
        # A key held down must not run through the form.
        shortcut.setAutoRepeat(action not in ONCE)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.activated.connect(lambda: None if composing.active() else slot())
        made.append(shortcut)
    return made


def keys_text(action: str) -> str:
    """The keys of an action as the platform writes them."""
    native = QKeySequence.SequenceFormat.NativeText
    return " / ".join(QKeySequence(sequence).toString(native) for sequence in TABLE[action].keys)


def tip_with_keys(text: str, action: str) -> str:
    """A tooltip that also names the first key."""
    first = QKeySequence(TABLE[action].keys[0]).toString(QKeySequence.SequenceFormat.NativeText)
    return f"{text}  ({first})"
