"""Five levels to choose from, each with its range and what it means; then a number inside the level."""

from __future__ import annotations

from decimal import Decimal

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QSizePolicy,
    QStyle,
    QStyleOptionButton,
    QStylePainter,
    QWidget,
)

from ndb_desktop.domain.numbers import plain
from ndb_desktop.domain.rulepack import Band, ItemDef, RulePack
from ndb_desktop.domain.sheet import ItemEntry, LevelId
from ndb_desktop.ui import i18n, theme
from ndb_desktop.ui.expert import words
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import IconButton, IconLabel, PlainLabel
from ndb_desktop.ui.widgets.fields import NumberBox
from ndb_desktop.ui.widgets.layout import Card, column, row

LEVELS: tuple[LevelId, ...] = ("L5", "L4", "L3", "L2", "L1")


class LevelButton(QAbstractButton):
    """One level as a card: radio mark, name, range, descriptor. `key` is the digit that chooses it."""

    def __init__(self, level: LevelId) -> None:
        super().__init__()
        self.level = level
        self.setCheckable(True)
        self.setProperty("choice", True)
        self.setObjectName(f"level.{level}")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._mark = IconLabel("circle", 20, "edge")
        self._name = PlainLabel("", "heading", wrap=False)
        self._key = PlainLabel("", "small", wrap=False)
        self._range = PlainLabel("", "muted", wrap=False)
        self._words = PlainLabel("", "body")
        self._inner = row(gap=1.5, margins=(1.5, 1, 1.5, 1))
        text = column(row(self._name, self._key, None, self._range), self._words, gap=0.25)
        self._inner.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignTop)
        self._inner.addLayout(text, 1)
        self.setLayout(self._inner)
        for part in (self._mark, self._name, self._key, self._range, self._words):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.toggled.connect(self._marked)

    def show_band(self, band: Band, descriptor: str) -> None:
        """The range and what the level means for this item."""
        name = words.level(self.level)
        limits = tr("level.range", low=plain(band.low), high=plain(band.high))
        self._name.setText(name)
        self._key.setText(tr("level.key", digit=self.level[1:]))
        self._range.setText(limits)
        self._words.setText(descriptor)
        self._words.setVisible(bool(descriptor))
        self.setAccessibleName(f"{name} {limits}")
        self.setAccessibleDescription(descriptor)

    def _marked(self, chosen: bool) -> None:
        self._mark.set_icon("circle-check" if chosen else "circle", 20, "accent" if chosen else "edge")

    def sizeHint(self) -> QSize:
        return self._inner.sizeHint()

    def heightForWidth(self, width: int) -> int:
        return self._inner.heightForWidth(width)

    def hasHeightForWidth(self) -> bool:
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # Enter goes to the page (next item), not to the button; Space chooses.
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            event.ignore()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, _event: object) -> None:
        painter = QStylePainter(self)
        option = QStyleOptionButton()
        option.initFrom(self)
        if self.isChecked():
            option.state |= QStyle.StateFlag.State_On
        painter.drawControl(QStyle.ControlElement.CE_PushButtonBevel, option)
        painter.end()


class LevelCards(QWidget):
    """Signals: `level_chosen(str)`; `number_decided(object)` a `Decimal` inside the level, or `None`."""

    level_chosen = Signal(str)
    number_decided = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.buttons = {level: LevelButton(level) for level in LEVELS}
        self._group = QButtonGroup(self)
        stack = column(gap=0.75)
        for level, button in self.buttons.items():
            self._group.addButton(button)
            button.clicked.connect(lambda _checked=False, level=level: self.level_chosen.emit(level))
            stack.addWidget(button)
        self.number = NumberBox(tr("expert.number"))
        self.number.setObjectName("level.number")
        self.number.setFixedWidth(theme.pixels(104))
        self.number.decided.connect(self.number_decided)
        self.number.refused.connect(self._refused)
        self.less = IconButton("minus", tr("expert.number.less"))
        self.more = IconButton("plus", tr("expert.number.more"))
        self.less.clicked.connect(lambda: self.number.step_by(-1))
        self.more.clicked.connect(lambda: self.number.step_by(1))
        self._limits = PlainLabel("", "muted")
        self._limits.setObjectName("level.limits")
        self._result = PlainLabel("", "number")
        self._result.setObjectName("level.result")
        line = row(
            PlainLabel(tr("expert.number"), "heading", wrap=False), self.less, self.number, self.more, self._limits
        )
        line.setStretch(4, 1)
        self.entry = Card(kind="soft", gap=0.5, margins=1.5)
        self.entry.box.addLayout(line)
        self.entry.box.addWidget(self._result)
        stack.addWidget(self.entry)
        self.setLayout(stack)

    def _refused(self, _typed: str) -> None:
        self._limits.set_role("danger")

    def show_item(self, pack: RulePack, item: ItemDef) -> None:
        """The levels of an item; whatever was typed for the item before is gone."""
        self.number.forget()
        texts = item.indicator.levels.get(item.part, {})
        for level, button in self.buttons.items():
            text = texts.get(level)
            button.show_band(pack.band_of(level), i18n.local(text) if text is not None else "")

    def show_entry(self, pack: RulePack, entry: ItemEntry, result: str) -> None:
        """What is entered; `result` is the sentence about what it gives."""
        self._group.setExclusive(False)
        for level, button in self.buttons.items():
            button.setChecked(level == entry.level)
        self._group.setExclusive(True)
        self.entry.setVisible(entry.level is not None)
        if entry.level is not None:
            band = pack.band_of(entry.level)
            self.number.set_bounds(band.low, band.high, pack.settings.step)
            self._limits.setText(
                tr("expert.number.limits", low=plain(band.low), high=plain(band.high), step=plain(pack.settings.step))
            )
            self.number.set_number(entry.value)
            self._limits.set_role("danger" if self.number.property("finding") else "muted")
        self._result.setText(result)
        self._result.setVisible(bool(result))

    def settled(self) -> bool:
        """Whether the number needs nothing more; else the field is marked and gets the focus."""
        if not self.entry.isVisible() or self.number.number() is not None:
            return True
        self.number.commit()
        self._limits.set_role("danger")
        self.number.setFocus()
        return False

    def fits(self, pack: RulePack, level: LevelId, value: Decimal | None) -> Decimal | None:
        """The value, if it lies in the band of `level`; another level needs another number."""
        band = pack.band_of(level)
        return value if value is not None and band.low <= value <= band.high else None
