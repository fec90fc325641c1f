"""Whether an input method is composing, so that no shortcut fires in the middle of a Chinese word.

Qt has no question for this, so the text fields of `widgets.fields` report it from their own input-method events.
"""

from __future__ import annotations

import weakref

from PySide6.QtGui import QInputMethodEvent
from PySide6.QtWidgets import QWidget

_field: list[weakref.ref[QWidget]] = []


def note(field: QWidget, event: QInputMethodEvent) -> None:
    """Remembers that `field` has text in composition, or no longer has."""
    _field.clear()
    if event.preeditString():
        _field.append(weakref.ref(field))


def stop(field: QWidget) -> None:
    """The field lost the focus: whatever was composed there is over."""
    if _field and _field[0]() is field:
        _field.clear()


def active() -> bool:
    """Whether a word is being composed right now."""
    return bool(_field) and _field[0]() is not None
