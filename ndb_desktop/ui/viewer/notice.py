"""One quiet line over the foot of the pages: what to do with the tool in hand, or what the reader should know."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QFrame, QWidget

from ndb_desktop.ui import spoken
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, IconButton, IconLabel, PlainLabel
from ndb_desktop.ui.widgets.layout import row

_ASIDE, _BAR = 8, 24
"""Pixels left free beside the line, and for the scroll bar."""
DONE = "marked"
"""The line about a place that is marked: it has the buttons to cite it or let it go."""
LINGER_MS = 15_000
"""A passing note leaves by itself after this."""


class Notice(QFrame):
    """Hidden until it has something to say; the newest line covers an older one, which comes back when it leaves.

    It lies over the pages, so that nothing moves under the pointer. `high`: over their top instead of their foot.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("viewer.notice")
        self.setProperty("banner", "info")
        self.setProperty("floating", True)
        self._lines: dict[str, tuple[str, str]] = {}
        self._icon = IconLabel("info", 20, "accent")
        self.label = PlainLabel("", "body")
        self.label.setObjectName("viewer.notice.text")
        self.close_button = IconButton("x", tr("message.close"))
        self.close_button.setObjectName("viewer.notice.close")
        self.close_button.setProperty("dense", True)
        self.close_button.clicked.connect(self._dismiss)
        self.cite_button = Button(tr("viewer.mark.cite"), "primary", "bookmark-plus")
        self.cite_button.setObjectName("viewer.notice.cite")
        self.cancel_button = Button(tr("viewer.mark.cancel"))
        self.cancel_button.setObjectName("viewer.notice.cancel")
        self.high = False
        self._under: QWidget | None = None
        layout = row(gap=1, margins=(1.5, 0.5, 1, 0.5))
        layout.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(self.label, 1)
        layout.addWidget(self.cite_button)
        layout.addWidget(self.cancel_button)
        layout.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)
        self.setLayout(layout)
        self._linger = QTimer(self, singleShot=True, interval=LINGER_MS)
        self._linger.timeout.connect(self._passed)
        self._passing = ""
        self.hide()

    def lie_over(self, under: QWidget) -> None:
        """Lies over `under`, as wide as it is, from now on."""
        self._under = under
        self.setParent(under.parentWidget())
        under.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._under and event.type() in (QEvent.Type.Resize, QEvent.Type.Move):
            self._place()
        return super().eventFilter(watched, event)

    def _place(self) -> None:
        layout, under = self.layout(), self._under
        if layout is None or under is None or self.isHidden():
            return
        room = under.geometry()
        width = max(room.width() - _ASIDE - _BAR, 1)
        layout.activate()
        height = layout.totalHeightForWidth(width) if layout.hasHeightForWidth() else self.sizeHint().height()
        top = room.top() + _ASIDE if self.high else room.bottom() - _ASIDE - height
        self.setGeometry(room.left() + _ASIDE, top, width, height)
        self.raise_()

    def say(self, about: str, text: str, icon: str = "info", *, passing: bool = False) -> None:
        """Shows a line; `about` names it for `drop`."""
        self._lines.pop(about, None)
        self._lines[about] = (text, icon)
        spoken.say(self, text)
        if passing:
            if self._passing != about:
                # Only one can be on its way out: the one before has been read.
                self._lines.pop(self._passing, None)
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
        marked = bool(self._lines) and next(reversed(self._lines)) == DONE
        self.cite_button.setVisible(marked)
        self.cancel_button.setVisible(marked)
        self.setVisible(bool(self._lines))
        self._place()
