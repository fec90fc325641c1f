"""An empty place that says what to do next."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from ndb_desktop.ui.plain import Button, IconLabel, PlainLabel
from ndb_desktop.ui.widgets.layout import column


class EmptyState(QWidget):
    """An icon, a sentence, what to do, and perhaps a button (`self.button`)."""

    def __init__(self, icon: str, title: str, text: str = "", action: str = "") -> None:
        super().__init__()
        self.icon = IconLabel(icon, 40, "muted")
        self.title = PlainLabel(title, "heading")
        self.text = PlainLabel(text, "muted")
        for label in (self.title, self.text):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        if not text:
            self.text.hide()
        self.button = Button(action)
        if not action:
            self.button.hide()
        layout = column(None, gap=1, margins=3)
        layout.addWidget(self.icon, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addSpacing(8)
        layout.addWidget(self.title)
        layout.addWidget(self.text)
        layout.addSpacing(8)
        layout.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(1)
        self.setLayout(layout)

    def say(self, icon: str, title: str, text: str = "", action: str | None = None) -> None:
        """Another message; with `action` also another button, "" for none."""
        self.icon.set_icon(icon, 40, "muted")
        self.title.setText(title)
        self.text.setText(text)
        self.text.setVisible(bool(text))
        if action is not None:
            self.button.set_text(action)
            self.button.setVisible(bool(action))
