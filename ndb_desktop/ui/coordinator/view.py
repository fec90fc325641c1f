"""The open registry: the steps of the round at the left, one page at the right."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

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
from ndb_desktop.ui.widgets.stepped import Step, SteppedView

STEPS: tuple[Step[OfficeStore, OfficePage], ...] = (
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
    Step("lifecycle", "refresh-cw", lambda: tr("nav.lifecycle"), LifecyclePage),
    Step("log", "scroll-text", lambda: tr("nav.log"), LogPage),
)


_SELECTION_ONLY = frozenset({"analytics"})
"""Pages about scores: in a later stage there are none."""


class OfficeView(SteppedView[OfficeStore, OfficePage]):
    """The pages of a registry, and how many new files wait in the watched folder."""

    def __init__(self, store: OfficeStore, page: str) -> None:
        super().__init__("office", tr("nav.name"), store, STEPS)
        if store.snapshot.stage != "selection":
            self.item("applications").setText(tr("nav.applications.stage"))
            for name in _SELECTION_ONLY:
                self.item(name).setHidden(True)
        self._watch = folder_watch(store)
        self._watch.changed.connect(self._arrived)
        self._arrived()
        self.show_page(page)

    def _left(self, page: QWidget | None) -> None:
        # What only those may see who look at it is closed again.
        if isinstance(page, (AnalyticsPage, ResultsPage, StageResultsPage)):
            page.refresh()

    def _arrived(self) -> None:
        """New files in the watched folder: a number beside the page where they are, and nothing more."""
        self.show_count("merge", self._watch.count())
