"""规则包的内容: the tree of indicators at the left, everything about the chosen one at the right; nothing is edited."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHeaderView, QSplitter, QTreeWidget, QTreeWidgetItem, QWidget

from ndb_desktop.domain.rulepack import RulePack
from ndb_desktop.ui import theme
from ndb_desktop.ui.coordinator.pack_words import Node, form_of
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import PlainLabel, tip
from ndb_desktop.ui.widgets import splits
from ndb_desktop.ui.widgets.fields import LineEdit
from ndb_desktop.ui.widgets.layout import clear, column, holder, scroll

_NODE = Qt.ItemDataRole.UserRole
_BESIDE = 640
"""From this width on the details stand beside the tree."""


class FormPart(QWidget):
    """One pack at a time; an entry that was chosen stays chosen in the next pack."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("packs.form")
        self._digest = ""
        self.search = LineEdit(tr("packs.form.search"), "", tr("packs.form.search"))
        self.search.setObjectName("packs.form.search")
        self.search.textChanged.connect(lambda _text: self._filter())
        self.none = PlainLabel(tr("packs.form.none"), "muted")
        self.none.setObjectName("packs.form.none")
        self.none.hide()
        self.tree = QTreeWidget()
        self.tree.setObjectName("packs.form.tree")
        self.tree.setAccessibleName(tr("packs.form.tree"))
        self.tree.setColumnCount(2)
        self.tree.setHeaderLabels([tr("packs.form.entry"), tr("packs.form.weight")])
        self.tree.header().setStretchLastSection(False)
        self.tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.tree.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.tree.setIndentation(theme.pixels(14))
        self.tree.setUniformRowHeights(True)
        self.tree.currentItemChanged.connect(lambda item, _before: self._show(item))
        self._box = column(gap=0.5, margins=(2, 1, 2, 2))
        self._title = PlainLabel("", "heading")
        self._title.setObjectName("packs.form.title")
        self._area = scroll(holder(column(self._title, self._box, None, gap=1, margins=1)), tr("packs.form.details"))
        self._area.setObjectName("packs.form.details")
        self._area.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        left = holder(column(self.search, self.none, self.tree, gap=1))
        self.split = QSplitter(Qt.Orientation.Horizontal)
        self.split.setChildrenCollapsible(False)
        self.split.addWidget(left)
        self.split.addWidget(self._area)
        # A splitter tells a screen reader its parts in the order in which they were raised.
        self._area.raise_()
        self.split.setStretchFactor(1, 1)
        self.split.setSizes([380, 620])
        splits.remember(self.split, "packs.form")
        self.setLayout(column(self.split, margins=1))
        self.tree.setMinimumHeight(theme.pixels(160))
        self._area.setMinimumHeight(theme.pixels(200))

    def sizeHint(self) -> QSize:
        return QSize(theme.pixels(600), theme.pixels(420))

    def show_pack(self, pack: RulePack) -> None:
        """Another pack; the same one stays as it is looked at."""
        if pack.digest == self._digest:
            return
        self._digest = pack.digest
        before = self._chosen()
        self.tree.clear()
        for node in form_of(pack):
            item = self._item(node)
            self.tree.addTopLevelItem(item)
            for below in node.below:
                item.addChild(self._item(below))
        self.tree.expandAll()
        items = list(self._items())
        wanted = next((item for item in items if item.data(0, _NODE).key == before), items[0])
        self.tree.setCurrentItem(wanted)
        self._filter()

    @staticmethod
    def _item(node: Node) -> QTreeWidgetItem:
        item = QTreeWidgetItem([node.title, node.note])
        item.setData(0, _NODE, node)
        item.setToolTip(0, tip(node.title))
        item.setSizeHint(0, QSize(0, theme.pixels(28)))
        item.setTextAlignment(1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return item

    def _items(self) -> Iterator[QTreeWidgetItem]:
        for number in range(self.tree.topLevelItemCount()):
            top = self.tree.topLevelItem(number)
            if top is not None:
                yield top
                yield from (item for n in range(top.childCount()) if (item := top.child(n)) is not None)

    def _chosen(self) -> str:
        item = self.tree.currentItem()
        return item.data(0, _NODE).key if item is not None else ""

    def _filter(self) -> None:
        """Only entries that hold what is typed, anywhere; a group stays while one of its indicators does."""
        words = self.search.text().strip()
        shown = 0
        for item in reversed(list(self._items())):
            node: Node = item.data(0, _NODE)
            inside = any(not below.isHidden() for n in range(item.childCount()) if (below := item.child(n)) is not None)
            item.setHidden(bool(words) and not inside and not node.holds(words))
            shown += not item.isHidden()
        self.none.setVisible(not shown)
        current = self.tree.currentItem()
        if words and (current is None or current.isHidden() or not current.data(0, _NODE).holds(words)):
            first = next((i for i in self._items() if not i.isHidden() and i.data(0, _NODE).holds(words)), None)
            if first is not None:
                self.tree.setCurrentItem(first)

    def _show(self, item: QTreeWidgetItem | None) -> None:
        if item is None:
            return
        node: Node = item.data(0, _NODE)
        self._title.setText(node.title)
        clear(self._box)
        for block in node.blocks:
            self._box.addWidget(PlainLabel(block.title, "heading"))
            for line in block.lines:
                self._box.addWidget(PlainLabel(line, block.role))
            self._box.addSpacing(8)
        self._area.verticalScrollBar().setValue(0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        beside = self.width() >= theme.pixels(_BESIDE)
        self.split.setOrientation(Qt.Orientation.Horizontal if beside else Qt.Orientation.Vertical)
