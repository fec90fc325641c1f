"""What stays in sight while an item is scrolled: its name, its state, and the ways to its parts."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QPushButton, QWidget

from ndb_desktop.domain.sheetform import FormItem
from ndb_desktop.ui.expert import words
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import ElidedLabel, IconButton, LinkButton, PlainLabel
from ndb_desktop.ui.shortcuts import tip_with_keys
from ndb_desktop.ui.widgets.badge import Badge
from ndb_desktop.ui.widgets.float_place import keep_clear
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import column, holder, row


class ItemHead(QFrame):
    """Signals: `flagged(bool)`; `asked(str)` the part of that name shall come into sight."""

    flagged = Signal(bool)
    asked = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("card", "topbar")
        self.setObjectName("item.head")
        keep_clear(self)
        self.title = PlainLabel("", "title")
        self.title.setObjectName("item.title")
        self.place = ElidedLabel("", "small")
        self.place.setObjectName("item.place")
        self.state = Badge("", "", "neutral")
        self.state.setObjectName("item.state")
        self.flag = IconButton("flag", tip_with_keys(tr("expert.flag"), "flag"), checkable=True)
        self.flag.setObjectName("item.flag")
        self.flag.setProperty("dense", True)
        self.flag.clicked.connect(self.flagged)
        names = {
            "data": tr("expert.part.data"),
            "promise": tr("expert.part.promise"),
            "done": tr("expert.part.done"),
            "score": tr("expert.part.score"),
            "levels": tr("expert.part.levels"),
            "reason": tr("expert.part.reason"),
            "evidence": tr("expert.part.evidence"),
            "note": tr("expert.part.note"),
        }
        self.chips: dict[str, QPushButton] = {}
        ways = Flow(gap=0.5)
        for key, name in names.items():
            chip = LinkButton(name)
            chip.setProperty("kind", "chip")
            chip.setObjectName(f"item.to.{key}")
            chip.setAccessibleName(tr("expert.part.go", part=name))
            # The Tab key passes through these parts anyway; six more stops before them would only be in the way.
            chip.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            chip.clicked.connect(lambda _c=False, key=key: self.asked.emit(key))
            self.chips[key] = chip
            ways.addWidget(chip)
        first = row(self.title, self.state, self.flag, gap=1)
        first.setStretch(0, 1)
        self._ways = holder(ways)
        self._second: QBoxLayout = row(self.place, self._ways, gap=0.5)
        self._second.setStretch(0, 1)
        self._low = False
        self._all = column(first, self._second, gap=0.5, margins=(2, 1, 1.5, 0.75))
        self.setLayout(self._all)

    def set_low(self, low: bool) -> None:
        """Little height: smaller letters, and the ways only where they stand beside the place."""
        if low != self._low:
            self._low = low
            self.title.set_role("heading" if low else "title")
            self._all.setContentsMargins(16, 4 if low else 8, 12, 2 if low else 6)
            self._all.setSpacing(0 if low else 4)
            self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        """The place stands beside the ways where there is room for both, else above them."""
        shown = [chip for chip in self.chips.values() if not chip.isHidden()]
        wanted = self.place.sizeHint().width() + sum(chip.sizeHint().width() + 4 for chip in shown) + 36
        beside = self.width() >= wanted
        self._second.setDirection(QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom)
        self._ways.setVisible(beside or not self._low)

    def show_item(self, item: FormItem) -> None:
        """The name of another item, and where it belongs."""
        for chip in self.chips.values():
            # The pointer may still rest on the way just taken; lit, it would say that the new item stands there.
            chip.setAttribute(Qt.WidgetAttribute.WA_UnderMouse, False)
            chip.update()
        self.title.setText(words.item_title(item))
        self.place.setText(f"{words.part_name(item.part)} · {tr('expert.weight', weight=item.weight)}")

    def show_state(self, state: words.State, flagged: bool) -> None:
        """How it stands."""
        self.state.show_state(state.text, state.icon, state.kind)
        self.flag.setChecked(flagged)

    def show_ways(self, parts: dict[str, QWidget]) -> None:
        """Only to parts this item has."""
        for key, chip in self.chips.items():
            chip.setVisible(key in parts and not parts[key].isHidden())
        self._arrange()
