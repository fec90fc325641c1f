"""What is said aloud: events by which a screen reader reads words that stand nowhere near the focus.

A label that changes its text is read by no screen reader unless somebody looks for it. Qt 6.8 knows announcements;
where this Qt does not, an alert on the widget that shows the words is the next best.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from PySide6.QtGui import QAccessibleEvent


def say(widget: QWidget, text: str, *, urgent: bool = False) -> None:
    """Has `text` read aloud; `widget` is where it stands on the screen. `urgent`: at once, over what is being read."""
    text = text.replace("\u200b", "").strip()
    if not text:
        return
    # Here and not above: its many names are not needed before the first picture.
    from PySide6 import QtGui
    from PySide6.QtGui import QAccessible, QAccessibleEvent

    announcement = getattr(QtGui, "QAccessibleAnnouncementEvent", None)
    if announcement is None:
        deliver(QAccessibleEvent(widget, QAccessible.Event.Alert))
        return
    event = announcement(widget, text)
    politeness = QAccessible.AnnouncementPoliteness
    event.setPoliteness(politeness.Assertive if urgent else politeness.Polite)
    deliver(event)


def deliver(event: QAccessibleEvent) -> None:
    """To the system's bridge, if anybody listens there."""
    from PySide6.QtGui import QAccessible

    QAccessible.updateAccessibility(event)
