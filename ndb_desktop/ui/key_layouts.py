"""Keyboard layouts (按键方案) as data: `resources/shortcuts/*.json` says which keys each action has.

A file holds a title in both languages and, for every action, one to three keys in Qt's portable writing. It is read
strictly: refused are an action too many or too few, a key Qt does not know or a text field needs, and one used twice.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from PySide6.QtCore import QKeyCombination, Qt
from PySide6.QtGui import QKeySequence

from ndb_desktop.domain.phrase import LocalText
from ndb_desktop.paths import resource

DEFAULT = "default"
MOST_KEYS = 3

_NAVIGATION = frozenset(
    {
        Qt.Key.Key_Tab,
        Qt.Key.Key_Backtab,
        Qt.Key.Key_Escape,
        Qt.Key.Key_Space,
        Qt.Key.Key_Backspace,
        Qt.Key.Key_Delete,
        Qt.Key.Key_Left,
        Qt.Key.Key_Right,
        Qt.Key.Key_Up,
        Qt.Key.Key_Down,
        Qt.Key.Key_Home,
        Qt.Key.Key_End,
    }
)
"""Alone or with Shift these move about and write; no action may have them."""
_EDITING = frozenset({Qt.Key.Key_A, Qt.Key.Key_C, Qt.Key.Key_V, Qt.Key.Key_X, Qt.Key.Key_Backspace, Qt.Key.Key_Delete})
"""With Ctrl these belong to every text field. Undo and redo (Ctrl+Z, Ctrl+Y) do inside a field and act outside it."""
_HELD = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier
_FIRST_SPECIAL = 0x01000000
"""Qt numbers the keys that write no character from here."""


@dataclass(frozen=True)
class Layout:
    """One layout: its title and the keys of every action."""

    title: LocalText
    keys: Mapping[str, tuple[str, ...]]


def names() -> tuple[str, ...]:
    """The shipped layouts, the usual one first."""
    found = sorted(path.stem for path in resource("shortcuts").glob("*.json"))
    return tuple(sorted(found, key=lambda name: name != DEFAULT))


@cache
def layout(name: str, actions: tuple[str, ...]) -> Layout:
    """A shipped layout; it must name exactly `actions`. Raises `ValueError` for a file that is not as it should be."""
    return read(resource("shortcuts") / f"{name}.json", actions)


def read(path: Path, actions: tuple[str, ...]) -> Layout:
    """Reads a layout file. Raises `ValueError` that names what is wrong in it."""
    content = json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=_no_twice)
    if not isinstance(content, dict) or set(content) != {"title", "keys"}:
        raise ValueError(f"{path.name}: title and keys are wanted, nothing else")
    title, keys = content["title"], content["keys"]
    if not isinstance(title, dict) or set(title) != {"zh_CN", "en"} or not all(_words(word) for word in title.values()):
        raise ValueError(f"{path.name}: the title must stand in both languages")
    if not isinstance(keys, dict) or set(keys) != set(actions):
        wrong = sorted(set(keys) ^ set(actions)) if isinstance(keys, dict) else []
        raise ValueError(f"{path.name}: actions too many or too few: {wrong}")
    used: dict[str, str] = {}
    for action, listed in keys.items():
        if not isinstance(listed, list) or not 1 <= len(listed) <= MOST_KEYS or not all(_words(key) for key in listed):
            raise ValueError(f"{path.name}: {action}: one to {MOST_KEYS} keys are wanted")
        for key in listed:
            _check(path.name, action, key, used)
    return Layout(LocalText(title["zh_CN"], title["en"]), {action: tuple(keys[action]) for action in actions})


def _check(file: str, action: str, key: str, used: dict[str, str]) -> None:
    found = sequence(key)
    if found is None or found.toString(QKeySequence.SequenceFormat.PortableText) != key:
        raise ValueError(f"{file}: {action}: not a key: {key}")
    if reserved(found) or (writes(found) and not action.startswith("level.")):
        raise ValueError(f"{file}: {action}: a text field needs this key: {key}")
    if key in used:
        raise ValueError(f"{file}: {key}: both {used[key]} and {action}")
    used[key] = action


def _words(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _no_twice(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def sequence(key: str) -> QKeySequence | None:
    """One key with its modifiers, or `None` for what is none or several."""
    found = QKeySequence.fromString(key, QKeySequence.SequenceFormat.PortableText)
    if found.count() != 1 or _first(found).key() in (Qt.Key.Key_unknown, Qt.Key(0)):
        return None
    return found


def _first(keys: QKeySequence) -> QKeyCombination:
    found: QKeyCombination = keys[0]  # type: ignore[index]  # Qt's stubs forget it
    return found


def reserved(keys: QKeySequence) -> bool:
    """Whether moving about or writing needs this key everywhere."""
    combination = _first(keys)
    held = combination.keyboardModifiers() & _HELD
    if not held:
        return combination.key() in _NAVIGATION
    only_control = combination.keyboardModifiers() == Qt.KeyboardModifier.ControlModifier
    closes = combination.key() == Qt.Key.Key_F4 and bool(held & Qt.KeyboardModifier.AltModifier)
    return closes or combination.key() == Qt.Key.Key_Tab or (only_control and combination.key() in _EDITING)


def writes(keys: QKeySequence) -> bool:
    """Whether the key writes a character, so that a text field would take it."""
    combination = _first(keys)
    return not combination.keyboardModifiers() & _HELD and int(combination.key()) < _FIRST_SPECIAL
