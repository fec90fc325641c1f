"""Every keyboard shortcut, in one table; the help page (F1) is made from it, the keys come from `key_layouts`.

Nothing fires while an input method composes: the text fields claim the key first, and `bind` asks once more.
A text field keeps what it needs for writing: characters, Ctrl+A / C / V / X / Z / Y, Home, End and the arrow keys.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from ndb_desktop.ui import composing, key_layouts


@dataclass(frozen=True)
class Keys:
    """One action: where it works (`scope`, a text key) and its text key. All scopes are open on the scoring page."""

    scope: str
    text: str


TABLE: dict[str, Keys] = {
    "help": Keys("keys.everywhere", "keys.help"),
    "menu": Keys("keys.everywhere", "keys.menu"),
    "open": Keys("keys.everywhere", "keys.open"),
    "back": Keys("keys.everywhere", "keys.back"),
    "level.1": Keys("keys.scoring", "keys.level.1"),
    "level.2": Keys("keys.scoring", "keys.level.2"),
    "level.3": Keys("keys.scoring", "keys.level.3"),
    "level.4": Keys("keys.scoring", "keys.level.4"),
    "level.5": Keys("keys.scoring", "keys.level.5"),
    "item.done": Keys("keys.scoring", "keys.item.done"),
    "item.next": Keys("keys.scoring", "keys.item.next"),
    "item.previous": Keys("keys.scoring", "keys.item.previous"),
    "item.open": Keys("keys.scoring", "keys.item.open"),
    "application.next": Keys("keys.scoring", "keys.application.next"),
    "application.previous": Keys("keys.scoring", "keys.application.previous"),
    "flag": Keys("keys.scoring", "keys.flag"),
    "undo": Keys("keys.scoring", "keys.undo"),
    "redo": Keys("keys.scoring", "keys.redo"),
    "pane": Keys("keys.scoring", "keys.pane"),
    "pane.lists": Keys("keys.scoring", "keys.pane.lists"),
    "search": Keys("keys.document", "keys.search"),
    "search.all": Keys("keys.document", "keys.search.all"),
    "hit.next": Keys("keys.document", "keys.hit.next"),
    "hit.previous": Keys("keys.document", "keys.hit.previous"),
    "forward": Keys("keys.document", "keys.forward"),
    "view.split": Keys("keys.document", "keys.view.split"),
    "view.side": Keys("keys.document", "keys.view.side"),
    "view.other": Keys("keys.document", "keys.view.other"),
    "zoom.in": Keys("keys.document", "keys.zoom.in"),
    "zoom.out": Keys("keys.document", "keys.zoom.out"),
    "zoom.fit": Keys("keys.document", "keys.zoom.fit"),
    "zoom.page": Keys("keys.document", "keys.zoom.page"),
    "page.next": Keys("keys.document", "keys.page.next"),
    "page.previous": Keys("keys.document", "keys.page.previous"),
    "turn.right": Keys("keys.document", "keys.turn.right"),
    "turn.left": Keys("keys.document", "keys.turn.left"),
    "panel": Keys("keys.document", "keys.panel"),
    "mark": Keys("keys.document", "keys.mark"),
    "cite": Keys("keys.document", "keys.cite"),
    "large": Keys("keys.inspection", "keys.large"),
}

ONCE = frozenset({"item.done", "item.open", "flag", "search.all", "view.split", "view.other"})

_layout: list[str] = [key_layouts.DEFAULT]
_own: dict[str, tuple[str, ...]] = {}
_bound: weakref.WeakSet[QShortcut] = weakref.WeakSet()


# ----- which keys an action has -----


def layout() -> str:
    """The name of the layout in force."""
    return _layout[0]


def own() -> Mapping[str, tuple[str, ...]]:
    """What the user changed against the layout."""
    return dict(_own)


def keys_of(action: str) -> tuple[str, ...]:
    """The keys of an action, as portable texts such as `Ctrl+N`."""
    return _own.get(action) or key_layouts.layout(_layout[0], tuple(TABLE)).keys[action]


def use(name: str, changes: Mapping[str, tuple[str, ...]] | None = None) -> None:
    """Puts a layout into force, with the user's changes as far as they make sense; everything bound follows."""
    _layout[0] = name if name in key_layouts.names() else key_layouts.DEFAULT
    _own.clear()
    # All of them first: two actions may have swapped their keys.
    _own.update({action: keys for action, keys in (changes or {}).items() if action in TABLE and keys})
    for action in tuple(_own):
        if any(refusal(action, key) for key in _own[action]):
            del _own[action]
    _follow()


def change(action: str, key: str) -> str:
    """Gives an action one new key. Returns the text key of why not, or "" when it was done."""
    why = refusal(action, key)
    if not why:
        _own[action] = (key,)
        _follow()
    return why


def reset(action: str) -> str:
    """Back to the layout's keys. Returns the action that has one of them meanwhile, or "" when it was done."""
    for key in key_layouts.layout(_layout[0], tuple(TABLE)).keys[action]:
        holder = holder_of(key, action)
        if holder:
            return holder
    _own.pop(action, None)
    _follow()
    return ""


def holder_of(key: str, besides: str = "") -> str:
    """The other action that has this key already; "" when it is free."""
    wanted = key_layouts.sequence(key)
    for action in TABLE:
        if action != besides and any(key_layouts.sequence(other) == wanted for other in keys_of(action)):
            return action
    return ""


def refusal(action: str, key: str) -> str:
    """Why an action cannot have a key: the text key of the sentence, or "" when it can."""
    sequence = key_layouts.sequence(key)
    if sequence is None or key_layouts.reserved(sequence):
        return "shortcuts.reserved"
    if key_layouts.writes(sequence) and not action.startswith("level."):
        return "shortcuts.writes"
    return "shortcuts.taken" if holder_of(key, action) else ""


# ----- binding -----


def bind(widget: QWidget, action: str, slot: Callable[[], object]) -> list[QShortcut]:
    """Makes the keys of `action` call `slot` while the focus is in `widget` or below it."""
    shortcut = QShortcut(widget)
    shortcut.setProperty("action", action)
    # A key held down must not run through the form.
    shortcut.setAutoRepeat(action not in ONCE)
    shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
    shortcut.setKeys([QKeySequence(key) for key in keys_of(action)])
    shortcut.activated.connect(lambda: None if composing.active() else slot())
    _bound.add(shortcut)
    return [shortcut]


def _follow() -> None:
    for shortcut in list(_bound):
        if shiboken6.isValid(shortcut):
            shortcut.setKeys([QKeySequence(key) for key in keys_of(shortcut.property("action"))])


# ----- in words -----


def key_text(key: str) -> str:
    """One key as the platform writes it."""
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)


def keys_text(action: str) -> str:
    """The keys of an action as the platform writes them; two keys it calls the same, as Return and Enter, once."""
    return " / ".join(dict.fromkeys(key_text(key) for key in keys_of(action)))


def tip_with_keys(text: str, action: str) -> str:
    """A tooltip that also names the first key."""
    return f"{text}  ({key_text(keys_of(action)[0])})"
