"""对比: two applications of one category side by side on one item, with the expert's own marks.

Nothing is changed here: to change a mark or read a document one jumps to the scoring page and comes back.
"""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from ndb_desktop.domain.rulepack import ItemDef
from ndb_desktop.domain.sheetform import TASK, FormItem, StageForm, challenges_of
from ndb_desktop.services.review_open import ReviewItem
from ndb_desktop.ui import i18n, theme
from ndb_desktop.ui.expert import words
from ndb_desktop.ui.expert.check_rows import Cell, Row, Rows
from ndb_desktop.ui.expert.computed_card import ComputedCard
from ndb_desktop.ui.expert.data_card import DataCard, PlanCard
from ndb_desktop.ui.expert.evidence_card import EvidenceCard
from ndb_desktop.ui.expert.stage_cards import StageCard
from ndb_desktop.ui.expert.store import ReviewStore
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, IconButton, PlainLabel
from ndb_desktop.ui.shortcuts import bind, tip_with_keys
from ndb_desktop.ui.widgets.badge import Badge
from ndb_desktop.ui.widgets.fields import Choice
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import Card, Elastic, clear, column, holder, row, scroll

SIDES = ("left", "right")
LEAST = 200
"""Height that what is compared keeps on a low screen, where the page scrolls; grows with the font."""


class OwnCard(Card):
    """The expert's own level, number, reason and note for one item of one application."""

    def __init__(self, review: ReviewItem, item: FormItem, cell: Cell, store: ReviewStore) -> None:
        super().__init__(gap=0.75, margins=1.5)
        self.setObjectName("compare.own")
        view = store.view
        entry = view.entry(review.application.id, item.id)
        score = PlainLabel(cell.text or "—", "score", wrap=False)
        score.setObjectName("compare.score")
        badge = Badge(cell.state.text, cell.state.icon, cell.state.kind)
        head = row(column(PlainLabel(tr("compare.own"), "heading"), gap=0), badge, score)
        head.setStretch(0, 1)
        self.box.addLayout(head)
        if cell.flagged:
            self.box.addWidget(PlainLabel(tr("expert.flagged"), "warning"))
        if entry.level is not None:
            level = item.levels.get(entry.level)
            number = f" · {entry.value:f}" if entry.value is not None else ""
            self.box.addWidget(PlainLabel(words.level(entry.level) + number, "number"))
            if level is not None:
                self.box.addWidget(PlainLabel(i18n.local(level), "muted"))
        if entry.reason or not item.computed:
            self._text(tr("compare.reason"), entry.reason, tr("check.no_reason"))
        for challenge in challenges_of(review.form, view.sheet(review.application.id), item.id):
            self._text(tr("check.state.challenged"), challenge.reason, tr("check.no_reason"))
        if entry.note:
            self._text(tr("compare.note"), entry.note, "")

    def _text(self, title: str, text: str, none: str) -> None:
        self.box.addWidget(PlainLabel(title, "small"))
        self.box.addWidget(PlainLabel(text or none, "body" if text else "muted"))


class ComparePage(QWidget):
    """Signals: `back()`; `go(str, str)` edit an item; `place(str, str, str, int, object)` open a document there."""

    back = Signal()
    go = Signal(str, str)
    place = Signal(str, str, str, int, object)

    def __init__(self, store: ReviewStore, rows: Rows) -> None:
        super().__init__()
        self.setObjectName("compare")
        self._store, self._rows = store, rows
        self.applications = ["", ""]
        self.item = ""
        self.title = PlainLabel("", "title")
        self.title.setObjectName("compare.title")
        self.asks = PlainLabel("", "muted")
        self.choices = [Choice(tr("compare.choose.left")), Choice(tr("compare.choose.right"))]
        self.edits = [Button(tr("compare.edit"), "normal", "pen-line") for _ in SIDES]
        for number, side in enumerate(SIDES):
            self.choices[number].setObjectName(f"compare.choose.{side}")
            self.choices[number].chosen.connect(partial(self._chosen, number))
            self.edits[number].setObjectName(f"compare.edit.{side}")
            self.edits[number].clicked.connect(partial(self._edit, number))
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(12)
        for number in (0, 1):
            self._grid.setColumnStretch(number, 1)
        body = holder(column(self._grid, None, margins=(0, 0, 1, 1)), "body")
        self.area = scroll(body, tr("compare.title"))
        self.area.setObjectName("compare.area")
        rest = Elastic(self.area, theme.pixels(LEAST))
        page = column(self._head(), self.asks, self._sides(), rest, gap=1, margins=(2, 1.5, 2, 1))
        page.setStretch(3, 1)
        self.setLayout(column(scroll(holder(page), tr("compare.title"))))
        bind(self, "item.next", lambda: self.step(1))
        bind(self, "item.previous", lambda: self.step(-1))

    def _head(self) -> QWidget:
        self.return_button = Button(tr("compare.back"), "normal", "arrow-left")
        self.return_button.setObjectName("compare.back")
        self.return_button.clicked.connect(self.back)
        self.previous = IconButton("chevron-left", tip_with_keys(tr("expert.previous"), "item.previous"))
        self.previous.setObjectName("compare.previous")
        self.previous.clicked.connect(lambda: self.step(-1))
        self.following = IconButton("chevron-right", tip_with_keys(tr("expert.next"), "item.next"))
        self.following.setObjectName("compare.next")
        self.following.clicked.connect(lambda: self.step(1))
        return holder(Flow(self.return_button, self.title, None, self.previous, self.following, gap=1))

    def _sides(self) -> QWidget:
        halves = row(gap=2)
        for number in (0, 1):
            half = holder(column(self.choices[number], Flow(self.edits[number]), gap=0.5))
            half.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            halves.addWidget(half, 1)
        return holder(halves)

    # ----- what is shown -----

    def comparable(self, category: str) -> list[Row]:
        """The applications of a category whose material is open to the expert."""
        view = self._store.view
        return [row for row in self._rows.of(category) if view.sheet(row.id).declaration.status == "clear"]

    def show_pair(self, left: str, right: str, item: str) -> None:
        """Compares two applications of one category on an item ("" for the first)."""
        self.applications = [left, right]
        items = [one.id for one in self._items()]
        self.item = item if item in items else items[0]
        self.refresh()
        self.area.verticalScrollBar().setValue(0)

    def step(self, by: int) -> None:
        """The next or previous item."""
        items = self._items()
        place = next(number for number, item in enumerate(items) if item.id == self.item) + by
        if 0 <= place < len(items):
            self.item = items[place].id
            self.refresh()

    def refresh(self) -> None:
        """Both sides as they are stored now."""
        view = self._store.view
        review = view.item(self.applications[0])
        rows = self.comparable(review.application.category)
        items = self._items()
        known = [one.id for one in items]
        if self.item not in known:
            self.item = known[0]
        form, item, place = review.form, review.form.item_by_id[self.item], known.index(self.item)
        self.title.setText(words.item_place(form, item.id))
        self.asks.setText(i18n.local(item.asks))
        self.previous.setEnabled(place > 0)
        self.following.setEnabled(place < len(items) - 1)
        clear(self._grid)
        for number, application in enumerate(self.applications):
            other = self.applications[1 - number]
            choices = [(row.id, row.applicant) for row in rows if row.id != other]
            self.choices[number].set_choices(choices, application)
            name = view.item(application).application.applicant
            self.edits[number].setAccessibleName(tr("compare.edit.name", name=name))
            for down, card in enumerate(self._cards(application, item)):
                # The cards of one row are equally high, so that like stands beside like.
                card.box.addStretch(1)
                card.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
                self._grid.addWidget(card, down, number)

    def _items(self) -> list[FormItem]:
        """What both applications have: in a later stage the same targets and judged items, no tasks."""
        left, right = (self._store.view.item(name).form for name in self.applications)
        return [item for item in left.items if item.id in right.item_by_id and item.part != TASK]

    def _cards(self, application: str, item: FormItem) -> list[Card]:
        view = self._store.view
        review, sheet = view.item(application), view.sheet(application)
        known = next(cell for cell in self._rows.row(application).cells if cell.item == item.id)
        cards: list[Card] = [OwnCard(review, item, known, self._store)]
        if any(link.item == item.id for name in self.applications for link in view.sheet(name).evidence):
            links = EvidenceCard()
            mine = [link for link in sheet.evidence if link.item == item.id]
            links.show_links(review.application, mine, False, item.id)
            links.jump.connect(partial(self._open, application))
            if not mine:
                links.box.addWidget(PlainLabel(tr("compare.evidence.none"), "muted"))
            cards.append(links)
        return [*cards, *self._material(review, item)]

    def _material(self, review: ReviewItem, item: FormItem) -> list[Card]:
        """What the two are compared by: what was declared, planned and computed, or promised and reached."""
        application = review.application.id
        if isinstance(review.form, StageForm):
            own = review.form.item_by_id[item.id]
            if own.promise is None:
                return []
            target = StageCard(review, review.form, own)
            target.jump.connect(partial(self._open, application))
            return [target]
        if not isinstance(item, ItemDef):
            return []
        data = DataCard(review.application, item.indicator)
        cards: list[Card] = [data]
        data.jump.connect(partial(self._open, application))
        if item.part == "plan":
            cards.append(PlanCard(review.application, item.indicator))
        if item.computed or item.mixed:
            computed = ComputedCard()
            computed.show_computed(review.pack, item, self._store.view.computed(application, item.id), review.k)
            cards.append(computed)
        return cards

    # ----- acting -----

    def _open(self, application: str, document: str, page: int, rect: object = None) -> None:
        self.place.emit(application, self.item, document, page, rect)

    def _chosen(self, number: int, application: object) -> None:
        self.applications[number] = str(application)
        self.refresh()

    def _edit(self, number: int, _checked: bool = False) -> None:
        self.go.emit(self.applications[number], self.item)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.back.emit()
        else:
            super().keyPressEvent(event)
