"""The panel beside the pages: thumbnails and outline in two tabs, filled only while it is shown."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QSizePolicy, QStackedWidget, QTabWidget

from ndb_desktop.documents.port import OutlineEntry
from ndb_desktop.ui import icons
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import PlainLabel, amp, tip
from ndb_desktop.ui.viewer.outline import OutlineTree
from ndb_desktop.ui.viewer.pages import Pages
from ndb_desktop.ui.viewer.thumbnails import ThumbnailStrip
from ndb_desktop.ui.widgets.layout import column, holder

WIDEST = 270
"""Wider than this the panel may not be: then its tabs show pictures, with their words as tooltips and names."""


class SidePanel(QTabWidget):
    """Signal `page_chosen(int)`."""

    page_chosen = Signal(int)

    def __init__(self, pages: Pages) -> None:
        super().__init__()
        self.setObjectName("viewer.side")
        self.setAccessibleName(tr("viewer.side"))
        self.setDocumentMode(True)
        self.tabBar().setObjectName("viewer.side.tabs")
        self.tabBar().setAccessibleName(tr("viewer.side"))
        self.tabBar().setUsesScrollButtons(False)
        self.tabBar().setExpanding(True)
        self.tabBar().setProperty("dense", "true")
        self._pages = pages
        self._page = 1
        self.thumbnails = ThumbnailStrip(pages)
        self.outline = OutlineTree()
        self.note = PlainLabel(tr("viewer.outline.none"), "muted")
        self._outline_page = QStackedWidget()
        self._outline_page.addWidget(holder(column(self.note, None, margins=1.5)))
        self._outline_page.addWidget(self.outline)
        self.addTab(self.thumbnails, amp(tr("viewer.thumbnails")))
        self.addTab(self._outline_page, amp(tr("viewer.outline")))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        # As wide as its two words: with large type the pages need the room.
        bar = self.tabBar()
        bar.ensurePolished()
        words = [bar.tabText(number) for number in range(self.count())]
        wide = sum(bar.fontMetrics().horizontalAdvance(word) + 24 for word in words) + 8
        if wide > WIDEST:
            for number, (word, icon) in enumerate(zip(words, ("files", "list-checks"), strict=True)):
                bar.setTabText(number, "")
                bar.setTabIcon(number, icons.icon(icon))
                bar.setTabToolTip(number, tip(word))
                bar.setAccessibleTabName(number, word)
        self.setFixedWidth(max(168, wide if wide <= WIDEST else 0))
        self.thumbnails.page_chosen.connect(self.page_chosen)
        self.outline.page_chosen.connect(self.page_chosen)
        pages.outlined.connect(self._outlined)
        self.currentChanged.connect(self._fill)
        self.hide()

    def show_document(self, sizes: tuple[tuple[float, float], ...]) -> None:
        """Another document; no sizes: none."""
        self.thumbnails.show_document(sizes)
        self._outlined(())
        self._fill()

    def show_page(self, page: int) -> None:
        """Follows the page that is read."""
        self._page = page
        if self.isVisible():
            self.thumbnails.show_page(page)
            self.outline.show_page(page)

    def _outlined(self, entries: tuple[OutlineEntry, ...]) -> None:
        self.outline.show_entries(entries)
        self._outline_page.setCurrentIndex(1 if entries else 0)
        self.outline.show_page(self._page)

    def _fill(self, _tab: int = 0) -> None:
        if self.isVisible() and self.currentIndex() == 1:
            self._pages.want_outline()
        self.show_page(self._page)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._fill()
