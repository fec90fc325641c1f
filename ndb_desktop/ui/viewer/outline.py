"""A document's own bookmarks as a tree (目录)."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QTreeWidget, QTreeWidgetItem, QWidget

from ndb_desktop.documents.port import OutlineEntry
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import tip

_PAGE = Qt.ItemDataRole.UserRole
_OPEN_UP_TO = 60
"""A longer outline starts with only its chapters shown."""


class OutlineTree(QTreeWidget):
    """Signal `page_chosen(int)`: a bookmark was pressed, or Enter on it."""

    page_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("viewer.outline")
        self.setAccessibleName(tr("viewer.outline"))
        self.setHeaderHidden(True)
        self.setUniformRowHeights(True)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setIndentation(14)
        self._entries: tuple[OutlineEntry, ...] = ()
        self._items: list[QTreeWidgetItem] = []
        self.itemActivated.connect(self._choose)
        self.itemClicked.connect(self._choose)

    def show_entries(self, entries: Sequence[OutlineEntry]) -> None:
        """Another document's bookmarks."""
        self._entries, self._items = tuple(entries), []
        self.clear()
        self.setUpdatesEnabled(False)
        parents: list[QTreeWidgetItem] = []
        for entry in self._entries:
            title = entry.title or tr("viewer.outline.untitled")
            del parents[entry.level :]
            item = QTreeWidgetItem(parents[-1], [title]) if parents else QTreeWidgetItem(self, [title])
            item.setData(0, _PAGE, entry.page)
            where = tr("viewer.page.waiting", page=entry.page) if entry.page else tr("viewer.outline.nowhere")
            item.setToolTip(0, tip(f"{title} · {where}"))
            item.setData(0, Qt.ItemDataRole.AccessibleTextRole, f"{title} · {where}")
            if not entry.page:
                item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsSelectable)
            parents.append(item)
            self._items.append(item)
        self.setUpdatesEnabled(True)
        if len(self._items) <= _OPEN_UP_TO:
            self.expandAll()

    def show_page(self, page: int) -> None:
        """Marks the bookmark under which the page in sight falls."""
        best = None
        for entry, item in zip(self._entries, self._items, strict=True):
            if 0 < entry.page <= page:
                best = item
        if best is not None and best is not self.currentItem():
            self.setCurrentItem(best)

    def _choose(self, item: QTreeWidgetItem, _column: int = 0) -> None:
        page = item.data(0, _PAGE)
        if isinstance(page, int) and page:
            self.page_chosen.emit(page)
