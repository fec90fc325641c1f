"""Live totals below the form: the item's group, both parts, the total, and the way to how they are computed."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QLabel, QWidget

from ndb_desktop.domain.rulepack import PARTS
from ndb_desktop.ui import i18n, theme
from ndb_desktop.ui.expert import words
from ndb_desktop.ui.expert.store import ReviewStore
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import ElidedLabel, PlainLabel, ShrinkingButton, tip
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import Card, column

LEAST_OF_GROUP = 6
"""So many characters of a group's name must have room, or the group is not shown."""
_GAP = 1.75
"""Grid units between two sums."""
_ANY = 16777215
"""Qt's QWIDGETSIZE_MAX."""


class TotalsBar(Card):
    """The sums of one application, each name above its number. Signal `how_asked()`: how is this computed?"""

    how_asked = Signal()

    def __init__(self, store: ReviewStore) -> None:
        super().__init__(kind="bar", gap=0, margins=1)
        self.setObjectName("totals")
        self._store = store
        self._application = self._item = ""
        self._low = False
        self.progress = PlainLabel("", "small", wrap=False)
        self.progress.setObjectName("totals.progress")
        self.how = ShrinkingButton(tr("totals.how"), "link", "calculator")
        self.how.setObjectName("totals.how")
        self.how.clicked.connect(self.how_asked)
        self.group_name = ElidedLabel("", "small")
        self.group_name.setObjectName("totals.group.name")
        self.group = PlainLabel("—", "number", wrap=False)
        self.group.setObjectName("totals.group")
        self.values = {part: PlainLabel("—", "number", wrap=False) for part in PARTS}
        self.total = PlainLabel("—", "score", wrap=False)
        self.total.setObjectName("totals.total")
        self._group_cell = _Cell(self.group_name, self.group)
        names = [PlainLabel(words.part_name(part), "small", wrap=False) for part in PARTS]
        self._parts = [_Cell(name, value) for name, value in zip(names, self.values.values(), strict=True)]
        self._whole = _Cell(PlainLabel(tr("totals.total"), "small", wrap=False), self.total)
        self._first = _Cell(self.progress, self.how, at_left=True)
        # A bundle is of one stage: later ones know shares, no sums whose working could be shown.
        self._staged = any(review.stage is not None for review in store.view.applications)
        self.shares = PlainLabel("", "number")
        self.shares.setObjectName("totals.shares")
        self.shares.setToolTip(tip(tr("stagesheet.alone")))
        cells = (self._group_cell, *self._parts, self._whole, self.shares)
        unused = (self.how, self._group_cell, *self._parts, self._whole) if self._staged else (self.shares,)
        for part in unused:
            # Hidden only, never shown: what has no parent yet would be a window of its own.
            part.hide()
        self._flow = Flow(self._first, None, *cells, gap=_GAP)
        self._line = column(self._flow, margins=(1, 0, 1, 0))
        self.box.addLayout(self._line)
        store.changed.connect(self.refresh)

    def show_application(self, application: str) -> None:
        """The sums of another application."""
        self._application = application
        self.refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def set_low(self, low: bool) -> None:
        """Little height: one line with the progress and the total; the working shows the rest."""
        for cell in (self._first, self._group_cell, *self._parts, self._whole):
            cell.lie_down(low)
        for cell in self._parts:
            cell.setVisible(not low and not self._staged)
        if self._staged:
            self.shares.setVisible(not low)
        self._low = low
        self._fit()

    def show_item(self, item: str) -> None:
        """The group of another item; "" for none."""
        self._item = item
        self._show_group()

    def refresh(self, _change: object = None) -> None:
        """Shows the sums as stored now."""
        if not self._application:
            return
        view = self._store.view
        done, count = view.progress(self._application)
        self.progress.setText(tr("totals.progress", done=done, total=count))
        if self._staged:
            shares = view.own_shares(self._application)
            self.shares.setText(" · ".join(f"{name} {value}" for name, value in shares))
            return
        pack = view.item(self._application).pack
        totals = view.totals(self._application)
        for part, label in self.values.items():
            value = totals.parts[part]
            so_far = totals.so_far[part]
            text = words.score(value, pack.settings)
            if value is None and so_far:
                text = tr("totals.so_far", score=words.score(so_far, pack.settings))
            label.setText(text)
        self.total.setText(words.score(totals.total, pack.settings))
        self._fit()

    def _fit(self) -> None:
        """Where one line is too short for all, the way to the working gives up its words before there are two."""
        if self._staged:
            return
        self.how.setMaximumWidth(_ANY)
        if self._room_for_group() + round(_GAP * theme.GRID) < 0:
            self.how.setMaximumWidth(self.how.minimumSizeHint().width())
        self._show_group()

    def _show_group(self) -> None:
        if self._staged:
            return
        view = self._store.view
        item = view.item(self._application).pack.item_by_id.get(self._item) if self._application else None
        if item is None or self._low:
            self._group_cell.hide()
            return
        pack = view.item(self._application).pack
        group = next(group for group in pack.groups if group.id == item.indicator.group)
        self.group_name.setText(f"{group.id} {i18n.local(group.title)}")
        value = view.totals(self._application).groups[item.part].get(group.id)
        self.group.setText(words.score(value, pack.settings))
        # Where the room is short the parts and the total come first, and the name of the group ends in an ellipsis;
        # the working shows the groups as well.
        room = self._room_for_group()
        least = max(self.group.sizeHint().width(), LEAST_OF_GROUP * self.group_name.fontMetrics().averageCharWidth())
        self.group_name.setMaximumWidth(max(room, least))
        self._group_cell.setVisible(room >= min(least, self.group_name.sizeHint().width()))

    def _room_for_group(self) -> int:
        """Pixels beside the progress, the parts and the total, which stand in one line with the group."""
        room = self.contentsRect().width()
        for margins in (self.box.contentsMargins(), self._line.contentsMargins()):
            room -= margins.left() + margins.right()
        for cell in (self._first, *self._parts, self._whole):
            if cell.isHidden():
                continue
            for part in (cell, *cell.findChildren(QWidget)):
                part.ensurePolished()
            room -= cell.sizeHint().width() + round(_GAP * theme.GRID)
        return room


class _Cell(QWidget):
    """A name above its number, or before it."""

    def __init__(self, name: QWidget, value: QWidget, *, at_left: bool = False) -> None:
        super().__init__()
        self._box: QBoxLayout = column(gap=0)
        side = Qt.AlignmentFlag.AlignLeft if at_left else Qt.AlignmentFlag.AlignRight
        for part in (name, value):
            if isinstance(part, QLabel):
                part.setAlignment(side | Qt.AlignmentFlag.AlignVCenter)
            self._box.addWidget(part, 0, side if part is value else Qt.AlignmentFlag(0))
        self.setLayout(self._box)

    def lie_down(self, on: bool) -> None:
        """The name before the number, which takes one line."""
        down, right = QBoxLayout.Direction.TopToBottom, QBoxLayout.Direction.LeftToRight
        self._box.setDirection(right if on else down)
        self._box.setSpacing(8 if on else 0)
