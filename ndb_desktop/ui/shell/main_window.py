"""The one window: header, message, and either the start page, a desk or the help page."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QStackedWidget, QWidget

from ndb_desktop.services import crash_report
from ndb_desktop.ui import i18n, messages, shortcuts, tasks, theme
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.messages import Message
from ndb_desktop.ui.settings import Settings
from ndb_desktop.ui.shell.arrivals import Arrivals
from ndb_desktop.ui.shell.crash_notice import CrashNotice
from ndb_desktop.ui.shell.desk import Desk, Heading
from ndb_desktop.ui.shell.desks import DESKS
from ndb_desktop.ui.shell.header import Header
from ndb_desktop.ui.shell.over_pages import OverPages
from ndb_desktop.ui.shell.sample import SampleEntry
from ndb_desktop.ui.shell.start_page import StartPage
from ndb_desktop.ui.shell.window_place import place_on_screen
from ndb_desktop.ui.shortcuts import bind
from ndb_desktop.ui.widgets import drop
from ndb_desktop.ui.widgets.banner import Banner
from ndb_desktop.ui.widgets.layout import column, holder

if TYPE_CHECKING:
    from ndb_desktop.ui.shell.last_run import LastRun

log = logging.getLogger(__name__)

LOW = 620
"""Below this height at 100 % type the header takes one line instead of two."""

AFTER_FIRST_PICTURE_MS = 100


class MainWindow(QMainWindow):
    """The shell around the desks (see `shell.desk.Shell`). A change of language, theme or font builds it anew.

    Signal `language_changed(str)`: for what lies outside the window (Qt's own translations).
    """

    language_changed = Signal(str)
    banner: Banner

    def __init__(
        self,
        settings: Settings,
        profile: Path,
        clock: Callable[[], datetime],
        samples: Sequence[SampleEntry] = (),
        last_run: LastRun | None = None,
    ) -> None:
        super().__init__()
        self.settings = settings
        self.profile = profile
        self._clock = clock
        self.samples = tuple(samples)
        self.last_run = last_run
        self.crash = CrashNotice(last_run)
        interrupted = last_run is not None and last_run.interrupted
        self.over = OverPages(settings, profile, clock, interrupted=interrupted)
        self.arrivals = Arrivals(self)
        self.desk: Desk | None = None
        self._closing = False
        self._shortcuts: list[object] = []
        self._said: tuple[Message, str, Callable[[], object] | None] | None = None
        self.setAcceptDrops(True)
        place_on_screen(self, settings.geometry)
        QTimer.singleShot(AFTER_FIRST_PICTURE_MS, self, self._keep_reading_order)
        shortcuts.use(settings.layout, settings.keys)
        tasks.on_unhandled(self.show_error)
        messages.keep_with(self._note_error)
        self.over.changed.connect(self.refresh_heading)
        self.over.keys_changed.connect(self._rebuilt)
        self.crash.go_on.connect(self.arrivals.open_paths)
        self.crash.report_asked.connect(self.show_report)
        self.crash.put_away.connect(self._show_page)
        self.build()

    # ----- building -----

    def build(self) -> None:
        """Makes every widget from the present state, in the present language and theme."""
        self._take_down(at_once=False)
        theme.use_large(self.desk is not None and self.desk.large)
        shown, self._said = self._said, None
        for shortcut in self._shortcuts:
            shortcut.deleteLater()  # type: ignore[attr-defined]
        self.header = Header()
        self.banner = Banner()
        self.banner.put_away.connect(self._focus_page)
        self.banner.acting.connect(self.over.leave)
        self.stack = QStackedWidget()
        self.stack.setObjectName("pages")
        self.page: QWidget = QWidget()
        self.stack.addWidget(self.page)
        self.over.use(self.stack)
        self.header.show_low(self.height() < theme.pixels(LOW))
        body = column(self.header, self.stack, gap=0)
        body.setStretch(1, 1)
        central = holder(body, "body")
        central.setStyleSheet(theme.large_sheet() if theme.large() else "")
        if theme.large():
            # Not before it is needed: the first picture of the start page should not wait for this.
            from ndb_desktop.ui.widgets.swipe import Finger

            Finger(central)
        self.setCentralWidget(central)
        self.banner.float_over(self.stack)
        self._connect()
        self._show_page()
        if shown is not None:
            self.banner.show_message(*shown)

    def _take_down(self, *, at_once: bool) -> None:
        """Takes the pages away that are going to be made anew, and keeps what the banner said."""
        old = self.takeCentralWidget()
        if old is None:
            return
        self._said = self.banner.said()
        old.hide()
        old.deleteLater()
        if at_once:
            QApplication.sendPostedEvents(old, QEvent.Type.DeferredDelete)

    def _connect(self) -> None:
        header = self.header
        header.back.connect(self.go_back)
        header.help_asked.connect(self.show_help)
        header.about_asked.connect(self.show_help)
        header.keys_asked.connect(self.over.show_keys)
        header.card_asked.connect(self.show_card)
        header.language_chosen.connect(self.set_language)
        header.theme_chosen.connect(self.set_theme)
        header.font_chosen.connect(self.set_font)
        header.large_asked.connect(self.set_large)
        self._shortcuts = [
            *bind(self, "help", self.show_help),
            *bind(self, "open", self.arrivals.browse),
            *bind(self, "back", self.step_back),
            *bind(self, "menu", header.menu_button.showMenu),
            *bind(self, "large", self.set_large),
        ]

    def _show_page(self) -> None:
        if theme.large() != (self.desk is not None and self.desk.large):
            # Everything is of another size, also what stands around the page.
            self.build()
            return
        if self.desk is not None:
            page = self.desk.make_widget()
        else:
            page = StartPage(self.settings.recent, self.samples)
            page.door.connect(self.enter)
            page.files.connect(self.arrivals.open_paths)
            page.sample.connect(self.arrivals.open_sample)
            page.browse.connect(self.arrivals.browse)
            page.forget.connect(self._forget)
            self.crash.show_on(page)
        old, self.page = self.page, page
        self.stack.addWidget(page)
        self.stack.setCurrentWidget(page)
        self.stack.removeWidget(old)
        old.deleteLater()
        self.over.drop()
        self.refresh_heading()
        self._focus_page()

    def _focus_page(self) -> None:
        """Typing goes to the page that is in sight."""
        page = self.over.page or self.page
        getattr(page, "focus_start", page.setFocus)()

    def refresh_heading(self) -> None:
        """Shows the desk's heading in the header and the window's title."""
        heading = self.desk.heading() if self.desk is not None else Heading()
        heading = replace(heading, by_hand=self.desk is not None and self.desk.by_hand)
        self.header.show_heading(heading, at_start=self.desk is None and self.over.page is None)
        parts = [heading.subject, heading.title, tr("shell.name")]
        self.setWindowTitle(" · ".join(dict.fromkeys(part for part in parts if part)))

    # ----- what desks may ask (shell.desk.Shell) -----

    @property
    def window_widget(self) -> QWidget:
        """Parent of file dialogs."""
        return self

    def now(self) -> datetime:
        """The time, aware UTC."""
        return self._clock()

    def say(self, message: Message, action: str = "", act: Callable[[], object] | None = None) -> None:
        """Shows a message below the header."""
        self.banner.show_message(message, action, act)

    def show_error(self, error: Exception) -> None:
        """Shows an error in words below the header."""
        self.banner.show_error(error)

    def remember(self, path: Path) -> None:
        """Puts a file or registry on the recent list; it is what is worked on from now."""
        self.settings.remember(path)
        if self.last_run is not None:
            self.last_run.working_on(path)

    def recovered(self, path: Path) -> bool:
        """Whether `path` was open when the last run died; true once, and nothing more is said of it."""
        return self.crash.recovered(path)

    def show_report(self) -> None:
        """The crash report, over whatever is open."""
        self.over.show_report()

    def show_card(self) -> None:
        """The user's own key and card, over whatever is open."""
        self.over.show_card()

    def show_help(self) -> None:
        """Help, with the guide of the open desk first."""
        self.over.show_help(self.desk.guide if self.desk is not None else "expert")

    def go_start(self) -> None:
        """Closes the desk and shows the start page."""
        self.leave_desk(self._show_page)

    # ----- desks -----

    def enter(self, desk_id: str, then: Callable[[Desk], None] | None = None) -> None:
        """Opens a desk; `then` gets it once its page stands."""

        def make() -> None:
            entry = next(entry for entry in DESKS if entry.id == desk_id)
            desk = entry.make(self)
            desk.heading_changed.connect(self.refresh_heading)
            # At once, and not with the queued page: what is said after the request is about the new page.
            desk.rebuild_asked.connect(self.forget_error)
            desk.page_changed.connect(self.forget_error)
            desk.rebuild_asked.connect(self._show_page, Qt.ConnectionType.QueuedConnection)
            desk.stayed.connect(self._stay)
            self.desk = desk
            self.banner.dismiss()
            self._show_page()
            if then is not None:
                then(desk)

        self.leave_desk(make)

    def leave_desk(self, then: Callable[[], None]) -> None:
        """Lets the present desk save and close, then goes on."""
        desk = self.desk
        if desk is None:
            then()
            return

        def gone() -> None:
            if self.desk is desk:
                self.desk = None
            if self.last_run is not None:
                self.last_run.working_on(None)
            desk.deleteLater()
            then()

        desk.finish(gone)

    def step_back(self) -> None:
        """The key for going back: first inside the desk, as in a document, else as `go_back`."""
        if self.over.page is not None or self.desk is None or not self.desk.step_back():
            self.go_back()

    def go_back(self) -> None:
        """From help to the page before; from a desk to the start page."""
        if self.over.page is not None:
            self.over.close()
        elif self.desk is not None:
            self.go_start()

    def forget_error(self) -> None:
        """A new try or another page: what went wrong before no longer stands."""
        message = self.banner.message()
        if message is not None and message.kind != "info":
            self.banner.dismiss()

    # ----- files -----

    def open_paths(self, paths: tuple[Path, ...]) -> None:
        """Opens files as if they were dropped on the window."""
        self.arrivals.open_paths(paths)

    def _forget(self) -> None:
        self.settings.forget_recent()
        self._show_page()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if drop.local_files(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        self.arrivals.dropped(event)

    # ----- choices -----

    def set_language(self, code: str) -> None:
        """Switches the language and builds the window anew."""
        i18n.set_language(code)
        self.settings.language = code
        self.language_changed.emit(code)
        self._rebuilt()

    def set_theme(self, name: str) -> None:
        """Switches the colours."""
        self.settings.theme = name
        self._apply_theme(name, theme.factor())

    def set_font(self, size: float) -> None:
        """Switches the font factor (0.9 to 1.6)."""
        self.settings.font_factor = size
        self._apply_theme(theme.current(), size)

    def set_large(self) -> None:
        """大按钮 on or off, where a desk offers it."""
        if self.desk is not None and self.desk.by_hand:
            self.settings.large_targets = not self.settings.large_targets
            self._rebuilt()

    def _apply_theme(self, name: str, size: float) -> None:
        if self.desk is not None:
            self.desk.save_now()
        # Or the new style would be worked out for thousands of widgets that are thrown away, which takes a second.
        self._take_down(at_once=True)
        app = QApplication.instance()
        if isinstance(app, QApplication):
            theme.apply(app, name, size)  # type: ignore[arg-type]
        self.build()

    def _rebuilt(self) -> None:
        if self.desk is not None:
            self.desk.save_now()
        self.build()

    # ----- the keyboard -----

    def _keep_reading_order(self) -> None:
        from ndb_desktop.ui.widgets.order import ReadingOrder  # needs much of Qt that the first picture does not

        ReadingOrder(self).refresh()

    def focusNextPrevChild(self, following: bool) -> bool:
        """Tab: to what stands next on the page, whenever it was made."""
        from ndb_desktop.ui.widgets import order

        return order.step(self.centralWidget(), forward=following) or super().focusNextPrevChild(following)

    # ----- end -----

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.header.show_low(self.height() < theme.pixels(LOW))

    def save_now(self) -> None:
        """Stores what is typed; called when something broke."""
        if self.desk is not None:
            self.desk.save_now()

    def _note_error(self, error: BaseException) -> None:
        crash_report.note_error(self.profile / "logs", error, self.now().strftime("%Y-%m-%dT%H:%M:%SZ"))

    def closeEvent(self, event: QCloseEvent) -> None:
        self.settings.geometry = self.saveGeometry()
        self.settings.flush()
        if self.desk is None or self._closing:
            event.accept()
            return
        event.ignore()
        self._closing = True
        self.leave_desk(self._close_again)

    def _stay(self) -> None:
        self._closing = False

    def _close_again(self) -> None:
        # A desk without anything to save answers at once, still inside the first close, where Qt ignores a second one.
        QTimer.singleShot(0, self, self.close)
