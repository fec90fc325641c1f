"""The open visit: its steps at the left with what each still lacks, one page at the right."""

from __future__ import annotations

from collections import Counter

import shiboken6

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
from ndb_desktop.ui.widgets.layout import row
from ndb_desktop.ui.widgets.stepped import Step, SteppedView

STEPS: tuple[Step[SiteStore, SitePage], ...] = (
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


class SiteView(SteppedView[SiteStore, SitePage]):
    """The pages of a visit, and undo under the list of them."""

    def __init__(self, store: SiteStore, page: str) -> None:
        self.undo = IconButton("undo-2", tip_with_keys(tr("expert.undo"), "undo"))
        self.undo.setObjectName("site.undo")
        self.undo.clicked.connect(store.undo)
        self.redo = IconButton("redo-2", tip_with_keys(tr("expert.redo"), "redo"))
        self.redo.setObjectName("site.redo")
        self.redo.clicked.connect(store.redo)
        super().__init__("site", tr("site.nav"), store, STEPS, row(self.undo, self.redo, None))
        bind(self, "undo", store.undo)
        bind(self, "redo", store.redo)
        store.changed.connect(self._count)
        self._count(())
        self.show_page(page)

    def _count(self, _keys: Keys) -> None:
        """How much each page still lacks, beside its name."""
        if not shiboken6.isValid(self):
            return
        self.undo.setEnabled(self._store.can_undo)
        self.redo.setEnabled(self._store.can_redo)
        lacking = Counter(PAGES[lack.key[0]] for lack in self._store.lacks)
        for step in STEPS:
            self.show_count(step.id, lacking[step.id])
