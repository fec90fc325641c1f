"""What stands in a field and is not stored yet, so that "saved" never stands above words only on the screen (已保存).

The fields of `widgets.fields` report every change here and answer for themselves; nothing is kept but who they are.
"""

from __future__ import annotations

import weakref
from typing import Protocol

import shiboken6
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

WAITING, REFUSED, DRAFT = "waiting", "refused", "draft"
"""Will be stored when typing rests; cannot be stored as it is; is stored when its form is submitted."""
_ORDER = (REFUSED, WAITING, DRAFT)


class _Field(Protocol):
    def standing(self) -> str: ...


_fields: weakref.WeakSet[QWidget] = weakref.WeakSet()
_timer: list[weakref.ref[QTimer]] = []


def note(field: QWidget) -> None:
    """Something changed in `field`: typed, stored, or thrown away."""
    _fields.add(field)
    timer = _timer[0]() if _timer else None
    if timer is not None and shiboken6.isValid(timer):
        timer.start()


def listen(timer: QTimer) -> None:
    """Starts `timer` at every change, instead of the one before.

    A timer and no call: a field also speaks up while its page is being taken apart, where nobody may look around.
    """
    _timer[:] = [weakref.ref(timer)]


def refuse() -> None:
    """A write was refused: texts reported last stay in their fields, to be put right instead of typed again."""
    for field in tuple(_fields):
        if shiboken6.isValid(field) and hasattr(field, "refuse"):
            field.refuse()


def state(root: QWidget) -> str:
    """The gravest standing of the visible fields below `root`, "" when all they show is stored."""
    found: set[str] = set()
    for field in tuple(_fields):
        if shiboken6.isValid(field) and root.isAncestorOf(field) and field.isVisibleTo(root):
            found.add(field.standing())  # type: ignore[attr-defined]
    return next((kind for kind in _ORDER if kind in found), "")
