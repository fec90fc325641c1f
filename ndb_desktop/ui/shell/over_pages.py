"""Pages shown over whatever is open: help, guide, keys, own key and card, crash report; one at a time, then back.

They are imported where they are made: the first window should not wait for what few people open.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from ndb_desktop.ui import shortcuts
from ndb_desktop.ui.settings import Settings

if TYPE_CHECKING:
    from ndb_desktop.ui.shell.card_page import CardPage
    from ndb_desktop.ui.shell.crash_page import CrashPage
    from ndb_desktop.ui.shell.guide_page import GuidePage
    from ndb_desktop.ui.shell.help_page import HelpPage
    from ndb_desktop.ui.shell.keys_page import KeysPage

    OverPage = HelpPage | GuidePage | KeysPage | CardPage | CrashPage


class OverPages(QObject):
    """Signals: `changed()` one was opened or closed; `keys_changed()` one was closed, and keys are others than before:
    those of the keyboard, or those of the user.

    `page` is the one in sight, if any.
    """

    changed = Signal()
    keys_changed = Signal()
    _stack: QStackedWidget

    def __init__(self, settings: Settings, profile: Path, clock: Callable[[], datetime], *, interrupted: bool) -> None:
        super().__init__()
        self._settings, self._profile, self._clock, self._interrupted = settings, profile, clock, interrupted
        self._below: QWidget | None = None
        self._other_keys = False
        self.page: OverPage | None = None

    def use(self, stack: QStackedWidget) -> None:
        """From now on pages are shown in `stack`, where none is open."""
        self._stack, self.page = stack, None

    def show_help(self, desk: str = "expert") -> None:
        """The help page for somebody at that desk, unless some page is open already."""
        if self.page is None:
            from ndb_desktop.ui.shell.help_page import HelpPage

            page = HelpPage(desk)
            page.keys_asked.connect(self.show_keys)
            page.guide_asked.connect(self.show_guide)
            self._show(page)

    def show_guide(self, reader: str = "expert") -> None:
        """The guide of a desk."""
        from ndb_desktop.ui.shell.guide_page import GuidePage

        self._show(GuidePage(reader))

    def show_keys(self) -> None:
        """The page on which the keys are changed."""
        from ndb_desktop.ui.shell.keys_page import KeysPage

        page = KeysPage()
        page.changed.connect(self._keep_keys)
        self._show(page)

    def show_card(self) -> None:
        """The page for one's own key and card."""
        from ndb_desktop.ui.shell.card_page import CardPage

        page = CardPage(self._profile, self._clock)
        page.keys_made.connect(self._note_keys)
        self._show(page)

    def show_report(self) -> None:
        """The crash report."""
        from ndb_desktop.ui.shell.crash_page import CrashPage

        self._show(CrashPage(self._profile / "logs", interrupted=self._interrupted))

    def _show(self, page: OverPage) -> None:
        self.drop()
        self.page, self._below = page, self._stack.currentWidget()
        page.closed.connect(self.close)
        self._stack.addWidget(page)
        self._stack.setCurrentWidget(page)
        page.close_button.setFocus()
        self.changed.emit()

    def _note_keys(self) -> None:
        self._other_keys = True

    def _keep_keys(self) -> None:
        self._note_keys()
        self._settings.set_keys(shortcuts.layout(), shortcuts.own())

    def close(self) -> None:
        """Back to the page below, which takes the focus."""
        if self.page is not None and self._below is not None:
            self._stack.setCurrentWidget(self._below)
        self.drop()
        self.changed.emit()
        if self._other_keys:
            # They work already; the tooltips and lists that name them are made with the pages.
            self._other_keys = False
            self.keys_changed.emit()

    def leave(self) -> None:
        """Something on the page below is asked for, which must not happen unseen."""
        if self.page is not None:
            self.close()

    def drop(self) -> None:
        """Takes the page away, if there is one, because another comes into sight."""
        if self.page is not None:
            self._stack.removeWidget(self.page)
            self.page.deleteLater()
            self.page = None
