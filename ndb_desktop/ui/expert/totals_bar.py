"""Live totals below the form: the item's group, both parts, the total, and the way to how they are computed."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout

from ndb_desktop.domain.rulepack import PARTS
from ndb_desktop.ui import i18n, theme
from ndb_desktop.ui.expert import words
from ndb_desktop.ui.expert.store import ReviewStore
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import ElidedLabel, PlainLabel, ShrinkingButton
from ndb_desktop.ui.widgets.layout import Card

ROOM_FOR_GROUP = 460
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class TotalsBar(Card):
    """The sums of one application, each name above its number. Signal `how_asked()`: how is this computed?"""

    how_asked = Signal()

    def __init__(self, store: ReviewStore) -> None:
        super().__init__(kind="bar", gap=0, margins=1)
        self.setObjectName("totals")
        self._store = store
        self._application = self._item = ""
        self.progress = PlainLabel("", "small", wrap=False)
        self.progress.setObjectName("totals.progress")
        self.how = ShrinkingButton(tr("totals.how"), "link", "calculator")
        self.how.setObjectName("totals.how")
        self.how.clicked.connect(self.how_asked)
        self.group_name = ElidedLabel("", "small")
        self.group = PlainLabel("—", "number", wrap=False)
        self.group.setObjectName("totals.group")
        self.values = {part: PlainLabel("—", "number", wrap=False) for part in PARTS}
        self.total = PlainLabel("—", "score", wrap=False)
        self.total.setObjectName("totals.total")
        grid = QGridLayout()
        grid.setContentsMargins(8, 0, 8, 0)
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(0)
        grid.addWidget(self.progress, 0, 0)
        grid.addWidget(self.how, 1, 0)
        cells = [(self.group_name, self.group)]
        cells += [(ElidedLabel(words.part_name(part), "small"), self.values[part]) for part in PARTS]
        cells += [(ElidedLabel(tr("totals.total"), "small"), self.total)]
        for place, (name, value) in enumerate(cells, 1):
            name.setAlignment(RIGHT)
            grid.addWidget(name, 0, place)
            grid.addWidget(value, 1, place, RIGHT)
        grid.setColumnStretch(1, 1)
        self.box.addLayout(grid)
        store.changed.connect(self.refresh)

    def show_application(self, application: str) -> None:
        """The sums of another application."""
        self._application = application
        self.refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_group()

    def show_item(self, item: str) -> None:
        """The group of another item; "" for none."""
        self._item = item
        self._show_group()

    def refresh(self, _change: object = None) -> None:
        """Shows the sums as stored now."""
        if not self._application:
            return
        view = self._store.view
        pack = view.item(self._application).pack
        totals = view.totals(self._application)
        done, count = view.progress(self._application)
        self.progress.setText(tr("totals.progress", done=done, total=count))
        for part, label in self.values.items():
            value = totals.parts[part]
            so_far = totals.so_far[part]
            text = words.score(value, pack.settings)
            if value is None and so_far:
                text = tr("totals.so_far", score=words.score(so_far, pack.settings))
            label.setText(text)
        self.total.setText(words.score(totals.total, pack.settings))
        self._show_group()

    def _show_group(self) -> None:
        view = self._store.view
        item = view.item(self._application).pack.item_by_id.get(self._item) if self._application else None
        # Where the room is short the parts and the total come first; the working shows the groups as well.
        shown = item is not None and self.width() >= theme.pixels(ROOM_FOR_GROUP)
        self.group_name.setVisible(shown)
        self.group.setVisible(shown)
        if item is None or not shown:
            return
        pack = view.item(self._application).pack
        group = next(group for group in pack.groups if group.id == item.indicator.group)
        self.group_name.setText(f"{group.id} {i18n.local(group.title)}")
        value = view.totals(self._application).groups[item.part].get(group.id)
        self.group.setText(words.score(value, pack.settings))
