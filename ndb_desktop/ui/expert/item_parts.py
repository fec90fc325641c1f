"""What the panel of an item consists of, from its head to the private note, and where each part stands."""

from __future__ import annotations

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from ndb_desktop.ui import theme
from ndb_desktop.ui.expert.computed_card import ComputedCard
from ndb_desktop.ui.expert.confirm_part import ConfirmPart
from ndb_desktop.ui.expert.done_choice import DoneChoice
from ndb_desktop.ui.expert.evidence_part import EvidencePart
from ndb_desktop.ui.expert.item_head import ItemHead
from ndb_desktop.ui.expert.level_cards import LevelCards
from ndb_desktop.ui.expert.opinion_cards import NoteCard, ReasonBox
from ndb_desktop.ui.expert.round_card import RoundCard
from ndb_desktop.ui.expert.store import ReviewStore
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import PlainLabel
from ndb_desktop.ui.plain_checks import PlainCheckBox
from ndb_desktop.ui.widgets import sight
from ndb_desktop.ui.widgets.fold import Fold
from ndb_desktop.ui.widgets.layout import column, scroll
from ndb_desktop.ui.widgets.shelf import Shelf

LOW = 400
"""Below this height at 100 % type the head of the item is kept small."""


class ItemParts(QWidget):
    """The parts, made once and empty; `ItemView` fills them, `IndicatorPanel` acts on them."""

    def __init__(self, store: ReviewStore, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("indicator")
        self.head = ItemHead()
        self.state, self.flag = self.head.state, self.head.flag
        self._make_parts(store)
        body = column(
            self.asks_fold, self.plan, self.data_fold, self.computed, self.promise, self.confirm, self.not_applicable,
            self.done, self.levels, self.round, self.reason, self.gaps, self.evidence, self.note,
            gap=1.5, margins=(2, 1, 2, 2),
        )  # fmt: skip
        body.addStretch(1)
        # From the outside in: whatever gets a parent is looked through by Qt with all it holds, and this holds 200.
        inside = QWidget()
        self.area = scroll(inside, tr("expert.indicator"))
        layout = column(self.head, self.area, gap=0)
        layout.setStretch(1, 1)
        self.setLayout(layout)
        inside.setLayout(body)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # Where little is seen of the item, what stays above it must be small.
        self.head.set_low(event.size().height() < theme.pixels(LOW))

    def _make_parts(self, store: ReviewStore) -> None:
        self.asks = PlainLabel("", "body")
        self.asks.setObjectName("item.asks")
        self.quote = PlainLabel("", "quote")
        self.quote.setObjectName("item.quote")
        self.wanted = PlainLabel("", "small")
        self.asks_fold = Fold("asks", tr("expert.asks"), self.asks, self.quote, self.wanted)
        self.data = Shelf()
        self.data_fold = Fold("data", tr("expert.data"), self.data)
        self.plan = Shelf()
        self.computed = ComputedCard()
        self.promise = Shelf()
        self.confirm = ConfirmPart(store)
        self.confirm_button, self.challenge_button = self.confirm.confirm_button, self.confirm.challenge_button
        self.challenge, self.challenges = self.confirm.form, self.confirm.challenges
        self.levels = LevelCards()
        self.done = DoneChoice()
        self.done.setObjectName("item.done")
        self.round = RoundCard(store)
        self.reason = ReasonBox()
        self.not_applicable = PlainCheckBox(tr("expert.not_applicable"))
        self.not_applicable.setObjectName("item.not_applicable")
        self.evidence = EvidencePart(store)
        self.note = NoteCard(tr("expert.note"), "item.note")
        self.gaps = PlainLabel("", "warning")
        self.gaps.setObjectName("item.gaps")
        self._ways: dict[str, QWidget] = {
            "data": self.data_fold,
            "promise": self.promise,
            "done": self.done,
            "score": self.computed,
            "levels": self.levels,
            "reason": self.reason,
            "evidence": self.evidence,
            "note": self.note,
        }

    def show_folds(self) -> None:
        """Parts folded or unfolded on another panel are so here."""
        for fold in self._folds():
            fold.follow()

    def folded(self) -> tuple[bool, ...]:
        """Which of its parts are folded away."""
        return tuple(not fold.open for fold in self._folds())

    def _folds(self) -> tuple[Fold, ...]:
        return (self.asks_fold, self.data_fold, self.computed.fold, self.levels.fold)

    def draw_curves(self) -> None:
        """Draws the curves now, not when they come into sight."""
        for curve in self.computed.curves:
            if curve.isVisible():
                curve.picture()

    def bring(self, part: str) -> None:
        """Scrolls a part of the item to the top of the panel, unfolding it; where one writes, the next key is heard."""
        widget = self._ways[part]
        if isinstance(widget, Fold) and not widget.open:
            widget.toggle()
        sight.to_top(self.area, widget)
        field = {"reason": self.reason.box, "note": self.note.box_text}.get(part)
        if field is not None and field.isEnabled():
            field.setFocus()

    def _seen(self, part: QWidget) -> bool:
        return not self.area.isAncestorOf(part) or sight.in_sight(self.area, part)
