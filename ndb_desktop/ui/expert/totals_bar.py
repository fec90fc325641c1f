"""Live totals below the form: both parts, the total, and how it is computed."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from ndb_desktop.domain.rulepack import PARTS
from ndb_desktop.ui import i18n
from ndb_desktop.ui.expert import words
from ndb_desktop.ui.expert.store import ReviewStore
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import LinkButton, PlainLabel
from ndb_desktop.ui.widgets.layout import Card, clear, column, row

RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class TotalsBar(Card):
    """The sums of one application."""

    def __init__(self, store: ReviewStore) -> None:
        super().__init__(kind="bar", gap=0.75, margins=1.5)
        self.setObjectName("totals")
        self._store = store
        self._application = ""
        self.progress = PlainLabel("", "muted", wrap=False)
        self.progress.setObjectName("totals.progress")
        self.values = {part: PlainLabel("—", "number", wrap=False) for part in PARTS}
        self.total = PlainLabel("—", "score", wrap=False)
        self.total.setObjectName("totals.total")
        self.how = LinkButton(tr("totals.how"), "calculator")
        self.how.setObjectName("totals.how")
        self.how.clicked.connect(self._fold)
        line = row(self.progress, None, gap=1)
        for part in PARTS:
            line.addWidget(PlainLabel(words.part_name(part), "small", wrap=False))
            line.addWidget(self.values[part])
            line.addSpacing(8)
        line.addWidget(PlainLabel(tr("totals.total"), "small", wrap=False))
        line.addWidget(self.total)
        self.box.addLayout(line)
        self.box.addLayout(row(self.how, None))
        self.explained = PlainLabel("", "muted")
        self.explained.setObjectName("totals.explained")
        self._groups = QWidget()
        self._grid_box = column(gap=0.5)
        self._groups.setLayout(self._grid_box)
        self.box.addWidget(self._groups)
        self.box.addWidget(self.explained)
        self._groups.hide()
        self.explained.hide()
        store.changed.connect(self.refresh)

    def show_application(self, application: str) -> None:
        """The sums of another application."""
        self._application = application
        self.refresh()

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
        self.explained.setText(i18n.phrase(totals.explanation))
        if not self._groups.isHidden():
            self._show_groups()

    def _fold(self) -> None:
        shown = self._groups.isHidden()
        self._groups.setVisible(shown)
        self.explained.setVisible(shown)
        if shown:
            self._show_groups()

    def _show_groups(self) -> None:
        clear(self._grid_box)
        view = self._store.view
        pack = view.item(self._application).pack
        totals = view.totals(self._application)
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(4)
        for place, part in enumerate(PARTS, 1):
            grid.addWidget(PlainLabel(words.part_name(part), "small", wrap=False), 0, place, RIGHT)
        for down, group in enumerate(pack.groups, 1):
            grid.addWidget(PlainLabel(i18n.local(group.title), "small"), down, 0)
            for place, part in enumerate(PARTS, 1):
                value = words.score(totals.groups[part].get(group.id), pack.settings)
                grid.addWidget(PlainLabel(value, "number", wrap=False), down, place, RIGHT)
        grid.setColumnStretch(0, 1)
        self._grid_box.addLayout(grid)
