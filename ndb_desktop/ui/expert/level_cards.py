"""Five levels to choose from, each with its range and what it means; then a number inside the level.

A narrow panel lists them below each other, a wide one sets them side by side, and one between the two does so where the
words stay readable; folded together they are five tiles and the words of the one that is looked at.
"""

from __future__ import annotations

from decimal import Decimal
from math import ceil

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QButtonGroup, QWidget

from ndb_desktop.domain.sheet import ItemEntry, LevelId
from ndb_desktop.domain.sheetform import Form, FormItem
from ndb_desktop.ui import i18n, theme
from ndb_desktop.ui.expert.level_button import LevelButton, Shape
from ndb_desktop.ui.expert.number_row import NumberRow
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import PlainLabel
from ndb_desktop.ui.widgets.fold import Fold
from ndb_desktop.ui.widgets.layout import column

LEVELS: tuple[LevelId, ...] = ("L5", "L4", "L3", "L2", "L1")
SIDE_BY_SIDE = 640
"""Width from which the five descriptors stand beside each other (grows with the font)."""
NARROWEST = 470
"""Width from which they do if none is too long for a narrow column."""
MOST_LINES = 24
"""Lines a descriptor may take in a narrow column: what a list of five such descriptors needs altogether."""
_GAP = 6


class LevelCards(QWidget):
    """Signals: `level_chosen(str)`; `number_decided(object)` a `Decimal` inside the level, or `None`."""

    level_chosen = Signal(str)
    number_decided = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.buttons = {level: LevelButton(level) for level in LEVELS}
        self._group = QButtonGroup(self)
        self._stack: QBoxLayout = column()
        self._stack.setSpacing(_GAP)
        for level, button in self.buttons.items():
            self._group.addButton(button)
            button.clicked.connect(lambda _checked=False, level=level: self.level_chosen.emit(level))
            button.looked_at.connect(self._look)
            self._stack.addWidget(button)
        self._words = PlainLabel("", "muted")
        self._words.setObjectName("level.words")
        cards = QWidget()
        cards.setLayout(self._stack)
        self.fold = Fold("levels", tr("expert.levels"))
        # Folding does not hide the levels, only their descriptors: five tiles remain.
        self.fold.toggled.connect(lambda _open: self._arrange())
        self.entry = NumberRow()
        self.number = self.entry.number
        self.entry.decided.connect(self.number_decided)
        self.setLayout(column(self.fold, cards, self._words, self.entry, gap=0.75))
        self._shape: Shape = "list"
        self._arrange()

    @property
    def shape(self) -> Shape:
        """How the levels stand: `list`, `columns` or `tiles`."""
        return self._shape

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        shape: Shape = "tiles" if not self.fold.open else "columns" if self._wide() else "list"
        if shape == self._shape:
            return
        self._shape = shape
        beside = shape != "list"
        self._stack.setDirection(QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom)
        for place, button in enumerate(self.buttons.values()):
            self._stack.setStretch(place, int(beside))
            button.set_shape(shape)
        self._look("")

    def _wide(self) -> bool:
        """Whether five columns have room for what they say."""
        width = self.width()
        if not theme.pixels(NARROWEST) <= width < theme.pixels(SIDE_BY_SIDE):
            return width >= theme.pixels(NARROWEST)
        each = ceil((width - 4 * _GAP) / len(LEVELS))
        return all(0 <= button.lines_in(each) <= MOST_LINES for button in self.buttons.values())

    def _look(self, level: str) -> None:
        """In tiles the words of one level stand below: of the one looked at, else of the chosen one."""
        button = self.buttons.get(level) or self._group.checkedButton()  # type: ignore[call-overload]
        words = button.descriptor if isinstance(button, LevelButton) else ""
        self._words.setText(words)
        self._words.setVisible(self._shape == "tiles" and bool(words))

    def show_item(self, form: Form, item: FormItem) -> None:
        """The levels of an item; whatever was typed for the item before is gone."""
        self.entry.forget()
        texts = item.levels
        for level, button in self.buttons.items():
            text = texts.get(level)
            button.show_band(form.band_of(level), i18n.local(text) if text is not None else "")
        self._arrange()

    def show_entry(self, form: Form, entry: ItemEntry, result: str) -> None:
        """What is entered; `result` is the sentence about what it gives."""
        self._group.setExclusive(False)
        for level, button in self.buttons.items():
            button.setChecked(level == entry.level)
        self._group.setExclusive(True)
        self.entry.setVisible(entry.level is not None)
        if entry.level is not None:
            self.entry.show_band(form.band_of(entry.level), form.settings.step)
            self.entry.show_number(entry.value)
        self.entry.show_result(result)
        self._look("")

    def settled(self) -> bool:
        """Whether the number needs nothing more; else the field is marked and gets the focus."""
        return self.entry.isHidden() or self.entry.settled()

    def fits(self, form: Form, level: LevelId, value: Decimal | None) -> Decimal | None:
        """The value, if it lies in the band of `level`; another level needs another number."""
        band = form.band_of(level)
        return value if value is not None and band.low <= value <= band.high else None
