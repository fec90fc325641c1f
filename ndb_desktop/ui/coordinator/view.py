"""The open registry: the steps of the round at the left, one page at the right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QListWidget, QListWidgetItem, QStackedWidget, QWidget

from ndb_desktop.ui import icons, theme
from ndb_desktop.ui.coordinator.analytics_page import AnalyticsPage
from ndb_desktop.ui.coordinator.applications_page import ApplicationsPage
from ndb_desktop.ui.coordinator.assign_page import AssignPage
from ndb_desktop.ui.coordinator.challenges_page import ChallengesPage
from ndb_desktop.ui.coordinator.issue_page import IssuePage
from ndb_desktop.ui.coordinator.lifecycle_page import LifecyclePage
from ndb_desktop.ui.coordinator.log_page import LogPage
from ndb_desktop.ui.coordinator.merge_page import MergePage, folder_watch
from ndb_desktop.ui.coordinator.overview_page import OverviewPage
from ndb_desktop.ui.coordinator.packs_page import PacksPage
from ndb_desktop.ui.coordinator.page import OfficePage
from ndb_desktop.ui.coordinator.people_page import PeoplePage
from ndb_desktop.ui.coordinator.publish_page import PublishPage
from ndb_desktop.ui.coordinator.results_page import ResultsPage
from ndb_desktop.ui.coordinator.stage_results_page import StageResultsPage, results_page
from ndb_desktop.ui.coordinator.store import OfficeStore
from ndb_desktop.ui.coordinator.visits_page import VisitsPage
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.widgets.layout import column, row


@dataclass(frozen=True)
class Step:
    """A page of the coordinator desk."""

    id: str
    icon: str
    title: Callable[[], str]
    make: Callable[[OfficeStore], OfficePage]


STEPS: tuple[Step, ...] = (
    Step("overview", "landmark", lambda: tr("nav.overview"), OverviewPage),
    Step("packs", "clipboard-check", lambda: tr("nav.packs"), PacksPage),
    Step("applications", "files", lambda: tr("nav.applications"), ApplicationsPage),
    Step("people", "users", lambda: tr("nav.people"), PeoplePage),
    Step("assign", "user-round-check", lambda: tr("nav.assign"), AssignPage),
    Step("issue", "send", lambda: tr("nav.issue"), IssuePage),
    Step("merge", "git-merge", lambda: tr("nav.merge"), MergePage),
    Step("challenges", "message-square-warning", lambda: tr("nav.challenges"), ChallengesPage),
    Step("visits", "search", lambda: tr("nav.visits"), VisitsPage),
    Step("analytics", "calculator", lambda: tr("nav.analytics"), AnalyticsPage),
    Step("results", "list-checks", lambda: tr("nav.results"), results_page),
    Step("publish", "badge-check", lambda: tr("nav.publish"), PublishPage),
    Step("lifecycle", "landmark", lambda: tr("nav.lifecycle"), LifecyclePage),
    Step("log", "scroll-text", lambda: tr("nav.log"), LogPage),
)


_SELECTION_ONLY = frozenset({"analytics"})
"""Pages about scores: in a later stage there are none."""


class OfficeView(QWidget):
    """Signal `moved(str)`: another page is shown."""

    moved = Signal(str)

    def __init__(self, store: OfficeStore, page: str) -> None:
        super().__init__()
        self.setObjectName("office.view")
        self._store = store
        self._pages: dict[str, OfficePage] = {}
        self.nav = QListWidget()
        self.nav.setObjectName("office.nav")
        self.nav.setAccessibleName(tr("nav.name"))
        self.nav.setFixedWidth(theme.pixels(208))
        self.nav.setProperty("side", True)
        self.nav.setIconSize(QSize(20, 20))
        self.nav.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        for step in STEPS:
            forms = step.id == "applications" and store.snapshot.stage != "selection"
            title = tr("nav.applications.stage") if forms else step.title()
            item = QListWidgetItem(icons.icon(step.icon), title)
            item.setData(Qt.ItemDataRole.UserRole, step.id)
            item.setSizeHint(QSize(0, theme.pixels(44)))
            self.nav.addItem(item)
            item.setHidden(step.id in _SELECTION_ONLY and store.snapshot.stage != "selection")
        self.stack = QStackedWidget()
        side = QFrame()
        side.setProperty("card", "side")
        side.setLayout(column(self.nav, margins=(1, 2, 1, 2)))
        line = row(side, self.stack, gap=0)
        line.setStretch(1, 1)
        self.setLayout(line)
        self.setFocusProxy(self.nav)
        self.nav.currentRowChanged.connect(self._row_changed)
        self._watch = folder_watch(store)
        self._watch.changed.connect(self._arrived)
        self._arrived()
        self.show_page(page)

    def show_page(self, page: str) -> OfficePage:
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
        before = self.stack.currentWidget()
        if before is not shown and isinstance(before, (AnalyticsPage, ResultsPage, StageResultsPage)):
            before.refresh()
        self.stack.setCurrentWidget(shown)
        self.nav.blockSignals(True)
        self.nav.setCurrentRow(number)
        self.nav.blockSignals(False)
        if part:
            shown.open_part(part)
        self.moved.emit(step.id)
        return shown

    def _arrived(self) -> None:
        """New files in the watched folder: a number beside the page where they are, and nothing more."""
        number = next(n for n, step in enumerate(STEPS) if step.id == "merge")
        new, title = self._watch.count(), STEPS[number].title()
        self.nav.item(number).setText(tr("nav.count", page=title, count=new) if new else title)

    def _row_changed(self, number: int) -> None:
        self.show_page(STEPS[number].id)
