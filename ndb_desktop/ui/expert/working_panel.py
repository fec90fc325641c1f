"""怎样计算的: every item's score times its weight, the groups, both parts, and the one rounding at the end."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from ndb_desktop.domain.numbers import brief
from ndb_desktop.domain.rulepack import RulePack
from ndb_desktop.domain.working import GroupLine, ItemLine, PartLine, TotalWorking, total_working
from ndb_desktop.ui import i18n
from ndb_desktop.ui.expert import words
from ndb_desktop.ui.expert.store import ReviewStore
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, PlainLabel
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import Card, column, holder, line, scroll

RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop
_EXACT_DIGITS = 6


class WorkingPanel(QWidget):
    """Made anew for an application each time it is opened or something was stored. Signal `closed()`."""

    closed = Signal()

    def __init__(self, store: ReviewStore) -> None:
        super().__init__()
        self.setObjectName("working")
        self._store = store
        self._application = ""
        self.back = Button(tr("working.back"), "normal", "arrow-left")
        self.back.setObjectName("working.back")
        self.back.clicked.connect(self.closed)
        self.title = PlainLabel(tr("totals.how"), "title")
        head = column(Flow(self.title, None, self.back), margins=(2, 1.5, 2, 1))
        self.area = scroll(QWidget(), tr("totals.how"))
        self.area.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        layout = column(head, self.area, gap=0)
        layout.setStretch(1, 1)
        self.setLayout(layout)
        # The store outlives this panel: only bound methods end with it.
        store.changed.connect(self._stored)

    def show_application(self, application: str) -> None:
        """The working of an application as stored now."""
        self._application = application
        view = self._store.view
        pack = view.item(application).pack
        working = total_working(pack, view.sheet(application), view.values(application))
        parts = [self._part(part) for part in working.parts]
        self.explained = PlainLabel(i18n.phrase(view.totals(application).explanation), "body")
        self.explained.setObjectName("totals.explained")
        box = column(*parts, self._total(pack, working), gap=1.5, margins=(2, 0.5, 2, 2))
        box.addStretch(1)
        self.area.setWidget(holder(box))

    def _stored(self, _change: object) -> None:
        if self.isVisible() and not self._store.waiting:
            place = self.area.verticalScrollBar().value()
            self.show_application(self._application)
            self.area.verticalScrollBar().setValue(place)

    # ----- parts -----

    def _part(self, part: PartLine) -> Card:
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(0, 1)
        for place, head in enumerate((tr("working.score"), tr("working.weight"), tr("working.points")), 1):
            grid.addWidget(PlainLabel(head, "small"), 0, place, RIGHT)
        for group in part.groups:
            self._group(grid, group)
        card = Card(PlainLabel(words.part_name(part.part), "heading"), gap=0.75, margins=1.5)
        card.box.addLayout(grid)
        card.box.addWidget(line())
        score = tr("working.open") if part.score is None else brief(part.score, _EXACT_DIGITS)
        said = PlainLabel(tr("working.part", part=words.part_name(part.part), score=score), "number")
        card.box.addWidget(said)
        return card

    def _group(self, grid: QGridLayout, group: GroupLine) -> None:
        down = grid.rowCount()
        score = brief(group.score) if group.score is not None else "—"
        cells = (score, brief(group.weight), brief(group.points) if group.points else "—")
        title = PlainLabel(f"{group.group.id} {i18n.local(group.group.title)}", "number")
        grid.addWidget(title, down, 0)
        for place, text in enumerate(cells, 1):
            grid.addWidget(PlainLabel(text, "number", wrap=False), down, place, RIGHT)
        for number, item in enumerate(group.items, 1):
            self._item(grid, down + number, item)

    @staticmethod
    def _item(grid: QGridLayout, down: int, shown: ItemLine) -> None:
        name = PlainLabel(words.item_title(shown.item), "muted")
        name.setContentsMargins(12, 0, 0, 0)
        grid.addWidget(name, down, 0)
        if not shown.applies:
            grid.addWidget(PlainLabel(tr("state.not_applicable"), "small", wrap=False), down, 1, 1, 3, RIGHT)
            return
        if shown.score is None:
            cells = (tr("state.open"), brief(shown.weight), "—")
        else:
            cells = (brief(shown.score), brief(shown.weight), brief(shown.points or shown.weight * 0))
        for place, text in enumerate(cells, 1):
            grid.addWidget(PlainLabel(text, "muted", wrap=False), down, place, RIGHT)

    def _total(self, pack: RulePack, working: TotalWorking) -> Card:
        card = Card(PlainLabel(tr("totals.total"), "heading"), kind="soft", gap=0.75, margins=1.5)
        terms = []
        for part in working.parts:
            share = brief(part.share * 100)
            if part.points is not None and part.score is not None:
                score, points = brief(part.score, _EXACT_DIGITS), brief(part.points, _EXACT_DIGITS)
                terms.append(
                    tr("working.term", part=words.part_name(part.part), share=share, score=score, points=points)
                )
        for term in terms:
            card.box.addWidget(PlainLabel(term, "body"))
        card.box.addWidget(self.explained)
        if working.total is not None:
            exact = brief(working.total, _EXACT_DIGITS)
            rounding = tr("working.half_up") if pack.settings.rounding == "half_up" else tr("working.half_even")
            shown = words.score(working.total, pack.settings)
            card.box.addWidget(PlainLabel(tr("working.rounded", exact=exact, total=shown, how=rounding), "number"))
        if working.spared:
            card.box.addWidget(PlainLabel(tr("working.spared", count=working.spared), "small"))
        card.box.addWidget(PlainLabel(tr("working.exact"), "small"))
        return card

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)
