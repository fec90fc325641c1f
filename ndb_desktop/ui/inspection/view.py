"""The open visit: its steps at the left with what each still lacks, one page at the right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import shiboken6
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QListWidget, QListWidgetItem, QStackedWidget, QWidget

from ndb_desktop.ui import icons, theme
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.inspection.answers_page import AnswersPage
from ndb_desktop.ui.inspection.checks_page import ChecksPage
from ndb_desktop.ui.inspection.closing_page import ClosingPage
from ndb_desktop.ui.inspection.findings_page import FindingsPage
from ndb_desktop.ui.inspection.head_page import HeadPage
from ndb_desktop.ui.inspection.meetings_page import MeetingsPage
from ndb_desktop.ui.inspection.overview_page import OverviewPage
from ndb_desktop.ui.inspection.page import SitePage
from ndb_desktop.ui.inspection.photos_page import PhotosPage
from ndb_desktop.ui.inspection.sign_page import SignPage
from ndb_desktop.ui.inspection.store import Keys, SiteStore
from ndb_desktop.ui.inspection.words import PAGES
from ndb_desktop.ui.plain import IconButton
from ndb_desktop.ui.shortcuts import bind, tip_with_keys
from ndb_desktop.ui.widgets.layout import column, row


@dataclass(frozen=True)
class Step:
    """A page of the inspection desk."""

    id: str
    icon: str
    title: Callable[[], str]
    make: Callable[[SiteStore], SitePage]


STEPS: tuple[Step, ...] = (
    Step("overview", "landmark", lambda: tr("site.overview"), OverviewPage),
    Step("head", "pen-line", lambda: tr("site.head"), HeadPage),
    Step("meetings", "users", lambda: tr("site.meetings"), MeetingsPage),
    Step("checks", "list-checks", lambda: tr("site.checks"), ChecksPage),
    Step("answers", "clipboard-check", lambda: tr("site.answers"), AnswersPage),
    Step("findings", "flag", lambda: tr("site.findings"), FindingsPage),
    Step("photos", "image", lambda: tr("site.photos"), PhotosPage),
    Step("closing", "message-square-warning", lambda: tr("site.closing"), ClosingPage),
    Step("sign", "signature", lambda: tr("site.sign"), SignPage),
)


class SiteView(QWidget):
    """Signal `moved(str)`: another page is shown."""

    moved = Signal(str)

    def __init__(self, store: SiteStore, page: str) -> None:
        super().__init__()
        self.setObjectName("site.view")
        self._store = store
        self._pages: dict[str, SitePage] = {}
        self.nav = QListWidget()
        self.nav.setObjectName("site.nav")
        self.nav.setAccessibleName(tr("site.nav"))
        self.nav.setFixedWidth(theme.pixels(208))
        self.nav.setProperty("side", True)
        self.nav.setIconSize(QSize(20, 20))
        self.nav.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        for step in STEPS:
            item = QListWidgetItem(icons.icon(step.icon), step.title())
            item.setSizeHint(QSize(0, theme.pixels(44)))
            self.nav.addItem(item)
        self.stack = QStackedWidget()
        side = QFrame()
        side.setProperty("card", "side")
        self.undo = IconButton("undo-2", tip_with_keys(tr("expert.undo"), "undo"))
        self.undo.setObjectName("site.undo")
        self.undo.clicked.connect(store.undo)
        self.redo = IconButton("redo-2", tip_with_keys(tr("expert.redo"), "redo"))
        self.redo.setObjectName("site.redo")
        self.redo.clicked.connect(store.redo)
        steps = row(self.undo, self.redo, None)
        bind(self, "undo", store.undo)
        bind(self, "redo", store.redo)
        side.setLayout(column(self.nav, steps, margins=(1, 2, 1, 2)))
        line = row(side, self.stack, gap=0)
        line.setStretch(1, 1)
        self.setLayout(line)
        self.setFocusProxy(self.nav)
        self.nav.currentRowChanged.connect(lambda number: self.show_page(STEPS[number].id))
        store.changed.connect(self._count)
        self._count(())
        self.show_page(page)

    def show_page(self, page: str) -> SitePage:
        """Shows a page, made on first use; `page.part` shows a part of it."""
        page, _, part = page.partition(".")
        number = next((n for n, step in enumerate(STEPS) if step.id == page), 0)
        step = STEPS[number]
        if step.id not in self._pages:
            made = step.make(self._store)
            made.go.connect(self.show_page)
            self._pages[step.id] = made
            self.stack.addWidget(made)
        shown = self._pages[step.id]
        self.stack.setCurrentWidget(shown)
        self.nav.blockSignals(True)
        self.nav.setCurrentRow(number)
        self.nav.blockSignals(False)
        if part:
            shown.open_part(part)
        self.moved.emit(step.id)
        return shown

    def _count(self, _keys: Keys) -> None:
        """How much each page still lacks, beside its name."""
        if not shiboken6.isValid(self):
            return
        self.undo.setEnabled(self._store.can_undo)
        self.redo.setEnabled(self._store.can_redo)
        lacking = Counter(PAGES[lack.key[0]] for lack in self._store.lacks)
        for number, step in enumerate(STEPS):
            count = lacking[step.id]
            title = step.title()
            self.nav.item(number).setText(tr("nav.count", page=title, count=count) if count else title)
