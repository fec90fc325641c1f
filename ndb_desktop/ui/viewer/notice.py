"""One quiet line above the pages: what to do with the tool in hand, or what the reader should know."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QFrame

from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import IconButton, IconLabel, PlainLabel
from ndb_desktop.ui.widgets.layout import row

LINGER_MS = 15_000
"""A passing note leaves by itself after this."""


class Notice(QFrame):
    """Hidden until it has something to say; the newest line covers an older one, which comes back when it leaves."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("viewer.notice")
        self.setProperty("banner", "info")
        self._lines: dict[str, tuple[str, str]] = {}
        self._icon = IconLabel("info", 20, "accent")
        self.label = PlainLabel("", "body")
        self.label.setObjectName("viewer.notice.text")
        self.close_button = IconButton("x", tr("message.close"))
        self.close_button.setObjectName("viewer.notice.close")
        self.close_button.setProperty("dense", True)
        self.close_button.clicked.connect(self._dismiss)
        layout = row(gap=1, margins=(1.5, 0.5, 1, 0.5))
        layout.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(self.label, 1)
        layout.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)
        self.setLayout(layout)
        self._linger = QTimer(self, singleShot=True, interval=LINGER_MS)
        self._linger.timeout.connect(self._passed)
        self._passing = ""
        self.hide()

    def say(self, about: str, text: str, icon: str = "info", *, passing: bool = False) -> None:
        """Shows a line; `about` names it for `drop`."""
        self._lines.pop(about, None)
        self._lines[about] = (text, icon)
        if passing:
            self._passing = about
            self._linger.start()
        self._show()

    def drop(self, about: str) -> None:
        """That line is no longer true."""
        if self._lines.pop(about, None) is not None:
            self._show()

    def _passed(self) -> None:
        self.drop(self._passing)

    def _dismiss(self) -> None:
        if self._lines:
            self._lines.popitem()
        self._show()

    def _show(self) -> None:
        if self._lines:
            text, icon = self._lines[next(reversed(self._lines))]
            self._icon.set_icon(icon, 20, "accent")
            self.label.setText(text)
            self.setAccessibleName(text)
        self.setVisible(bool(self._lines))
