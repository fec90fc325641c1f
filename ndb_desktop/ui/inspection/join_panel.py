"""合并前的选择: what another member's record brings, and every part that both have written in different ways."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QGridLayout

from ndb_desktop.domain.sitejoin import Split
from ndb_desktop.domain.siterecord import PartKey
from ndb_desktop.services.inspect import Choice, JoinPlan
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.inspection.join_words import differing, part_title
from ndb_desktop.ui.inspection.store import SiteStore
from ndb_desktop.ui.inspection.words import joined
from ndb_desktop.ui.plain import Button, PlainLabel
from ndb_desktop.ui.plain_checks import PlainRadio
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import Card, holder, row

_FREE = ("finding", "veto", "observation")
_NAMED = 12


class JoinPanel(Card):
    """Signals: `settled(object)` a choice for every conflict, by key; `left()` nothing is to be joined;
    `wanted(object)` the part of it that is to come into sight.
    """

    settled = Signal(object)
    left = Signal()
    wanted = Signal(object)

    def __init__(self, store: SiteStore, plan: JoinPlan) -> None:
        super().__init__(PlainLabel(tr("site.join"), "heading"), gap=1.5, margins=2)
        self.setObjectName("site.join")
        self._plan = plan
        self._chosen: dict[PartKey, Choice] = {}
        names = {one.id: one.name for one in store.record.visit.members}
        signed = joined([names.get(name, name) for name in plan.signed])
        self.box.addWidget(PlainLabel(tr("site.join.from", revision=plan.revision, names=signed)))
        titles = [part_title(store, key) for key in plan.taken if key[0] != "clock"]
        taken = PlainLabel(tr("site.join.taken", count=len(titles), names=joined(titles[:_NAMED])), "muted")
        taken.setObjectName("site.join.taken")
        self.box.addWidget(taken)
        # Shown before it has its place it would be a window of its own for a moment, and take the keys.
        taken.setVisible(bool(titles))
        self._cards: dict[PartKey, Card] = {}
        for number, split in enumerate(plan.conflicts):
            self._cards[split.key] = _card(store, split, number, self)
            self.box.addWidget(self._cards[split.key])
        self._open = PlainLabel("")
        self._open.setObjectName("site.join.open")
        self.button = Button(tr("site.join.button"), "normal", "git-merge")
        self.button.setObjectName("site.join.button")
        self.button.clicked.connect(lambda: self.settled.emit(dict(self._chosen)))
        leave = Button(tr("site.join.leave"), "normal", "x")
        leave.setObjectName("site.join.leave")
        leave.clicked.connect(self.left)
        self._to_open = Button(tr("site.join.next"), "normal", "arrow-right")
        self._to_open.setObjectName("site.join.next")
        self._to_open.clicked.connect(self.go_on)
        for button in (self.button, leave, self._to_open):
            button.setProperty("touch", True)
        self.box.addWidget(self._open)
        self.box.addWidget(holder(Flow(self.button, self._to_open, leave)))
        self._count()

    def go_on(self) -> None:
        """To the first choice that is still to be made, or to the button where there is none."""
        card = next((card for key, card in self._cards.items() if key not in self._chosen), None)
        self.wanted.emit(card if card is not None else self.button)
        first: PlainRadio | None = card.findChild(PlainRadio) if card is not None else None
        (first if first is not None else self.button).setFocus(Qt.FocusReason.OtherFocusReason)

    def choose(self, key: PartKey, choice: Choice) -> None:
        """A side was taken."""
        self._chosen[key] = choice
        self._count()

    def _count(self) -> None:
        left = len(self._plan.conflicts) - len(self._chosen)
        self._open.setText(tr("site.join.open", count=left) if left else tr("site.join.ready"))
        self.button.setEnabled(not left)
        self._to_open.setVisible(bool(left))


def _card(store: SiteStore, split: Split, number: int, panel: JoinPanel) -> Card:
    title = part_title(store, split.key)
    card = Card(PlainLabel(title, "heading"), kind="soft", gap=1, margins=1.5)
    card.setObjectName(f"site.join.{number}")
    card.box.addLayout(_both_sides(store, split))
    group = QButtonGroup(card)
    line = row(gap=2)
    words: dict[Choice, str] = {"mine": tr("site.join.mine"), "theirs": tr("site.join.theirs")}
    if split.key[0] in _FREE and split.mine is not None and split.theirs is not None:
        words["both"] = tr("site.join.both")
    for choice, word in words.items():
        button = PlainRadio(word)
        button.setObjectName(f"site.join.{number}.{choice}")
        button.setAccessibleName(tr("site.join.choice", part=title, side=word))
        button.setProperty("touch", True)
        button.clicked.connect(partial(_choose, panel, split.key, choice))
        group.addButton(button)
        line.addWidget(button)
    line.addStretch(1)
    card.box.addLayout(line)
    return card


def _choose(panel: JoinPanel, key: PartKey, choice: Choice, _checked: bool = False) -> None:
    panel.choose(key, choice)


def _both_sides(store: SiteStore, split: Split) -> QGridLayout:
    """The fields that differ, both values side by side."""
    grid = QGridLayout()
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(16)
    grid.setVerticalSpacing(6)
    for place, head in enumerate((tr("site.join.field"), tr("site.join.mine"), tr("site.join.theirs"))):
        grid.addWidget(PlainLabel(head, "muted"), 0, place)
    for number, texts in enumerate(differing(store, split), 1):
        for place, text in enumerate(texts):
            label = PlainLabel(text or "—", "muted" if not place else "body", selectable=bool(place))
            grid.addWidget(label, number, place, Qt.AlignmentFlag.AlignTop)
    for place, share in enumerate((1, 2, 2)):
        grid.setColumnStretch(place, share)
    return grid
