"""What 核对 consists of: its head, the matrix and the list below or beside it, and the page that compares two."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QStackedWidget, QWidget

from ndb_desktop.ui import theme
from ndb_desktop.ui.expert.check_bar import FilterBar, Legend
from ndb_desktop.ui.expert.check_gaps import GapsView
from ndb_desktop.ui.expert.check_matrix import MatrixView
from ndb_desktop.ui.expert.check_model import MatrixModel
from ndb_desktop.ui.expert.check_rows import Rows
from ndb_desktop.ui.expert.compare_page import ComparePage
from ndb_desktop.ui.expert.store import ReviewStore
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, LinkButton, PlainLabel
from ndb_desktop.ui.widgets import splits
from ndb_desktop.ui.widgets.badge import Badge
from ndb_desktop.ui.widgets.empty import EmptyState
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import Elastic, column, holder, row, scroll

LEGEND_FROM = 500
"""Height from which on the key to the signs is shown."""
LEAST = 276
"""Height that matrix and list keep together on a low screen, where the page scrolls; grows with the font."""
BESIDE = 1600
"""From this width on the list stands beside the matrix; below it, under the matrix."""


class CheckParts(QWidget):
    """The parts and where each stands; `CheckPage` fills them and acts on them."""

    def __init__(self, store: ReviewStore) -> None:
        super().__init__()
        self.setObjectName("expert.check")
        self.rows = Rows(store.view)
        self.model = MatrixModel(self.rows)
        self.matrix = MatrixView(self.model)
        self.gaps = GapsView()
        self.gaps.setMinimumHeight(theme.pixels(72))
        self.bar = FilterBar(self.model)
        self.legend = Legend()
        self._make_head()
        self._make_page(store)

    def _make_head(self) -> None:
        self.badge = Badge("", "circle", "neutral")
        self.badge.setObjectName("check.badge")
        self.next = Button(tr("check.next"), "primary", "arrow-right")
        self.next.setEnabled(False)
        self.next.setObjectName("check.next")
        self.compare_button = Button(tr("compare.button"), "normal", "files")
        self.compare_button.setObjectName("check.compare")
        self.caption = PlainLabel("", "small")
        self.caption.setObjectName("check.caption")
        self.unsort = LinkButton(tr("check.unsort"), "undo-2")
        self.unsort.setObjectName("check.unsort")
        policy = self.unsort.sizePolicy()
        # The table must not move below the hand that sorts it.
        policy.setRetainSizeWhenHidden(True)
        self.unsort.setSizePolicy(policy)

    def _make_page(self, store: ReviewStore) -> None:
        head = Flow(PlainLabel(tr("check.title"), "title"), self.badge, None, self.compare_button, self.next)
        caption = row(self.caption, self.unsort, gap=1)
        caption.setStretch(0, 1)
        caption.setAlignment(self.unsort, Qt.AlignmentFlag.AlignTop)
        self.empty = EmptyState("search", tr("check.none"), tr("check.none.text"), tr("check.none.all"))
        self.empty.button.setObjectName("check.show_all")
        self.upper = QStackedWidget()
        self.upper.addWidget(self.matrix)
        # It scrolls, or the matrix would have to be as high as these words.
        self.nothing = scroll(self.empty, tr("check.none"))
        self.upper.addWidget(self.nothing)
        above = column(self.upper, self.legend, gap=0.5)
        above.setStretch(0, 1)
        self.list_title = PlainLabel(tr("check.gaps"), "heading")
        below = column(self.list_title, self.gaps, gap=0.5, margins=(0, 0.5, 0, 0))
        below.setStretch(1, 1)
        self.split = QSplitter(Qt.Orientation.Vertical)
        for number, (part, share) in enumerate(((holder(above), 5), (holder(below), 3))):
            self.split.addWidget(part)
            self.split.setStretchFactor(number, share)
        # The list may be drawn shut, the matrix may not.
        self.split.setCollapsible(0, False)
        splits.remember(self.split, "check")
        self.split.setHandleWidth(4)
        rest = Elastic(self.split, theme.pixels(LEAST))
        page = column(head, self.bar, caption, rest, gap=1, margins=(2, 1.5, 2, 1))
        page.setStretch(3, 1)
        self.table_page = scroll(holder(page), tr("check.title"))
        self.stack = QStackedWidget()
        self.stack.addWidget(self.table_page)
        self.compare = ComparePage(store, self.rows)
        self.stack.addWidget(self.compare)
        self.setLayout(column(self.stack))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        beside = self.width() >= theme.pixels(BESIDE)
        wanted = Qt.Orientation.Horizontal if beside else Qt.Orientation.Vertical
        if self.split.orientation() != wanted:
            self.split.setOrientation(wanted)
            self.split.setSizes([700, 300] if beside else [600, 400])
        # Every sign is said in words in its cell; with large type on a small screen rows are worth more.
        self.legend.setVisible(self.height() >= theme.pixels(LEGEND_FROM))
