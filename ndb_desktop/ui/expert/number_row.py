"""The number inside the chosen level: typed, stepped or slid; all three show one exact number, and typing wins."""

from __future__ import annotations

from decimal import Decimal

from PySide6.QtCore import Signal

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.numbers import plain
from ndb_desktop.domain.rulepack import Band
from ndb_desktop.domain.steps import Steps
from ndb_desktop.ui import spoken, theme
from ndb_desktop.ui.expert import words
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import IconButton, PlainLabel
from ndb_desktop.ui.widgets.fields import NumberBox
from ndb_desktop.ui.widgets.layout import Card, row
from ndb_desktop.ui.widgets.slider import StepSlider


class NumberRow(Card):
    """Signal `decided(object)`: a `Decimal` inside the band, or `None` when the field was emptied."""

    decided = Signal(object)
    _limits: PlainLabel

    def __init__(self) -> None:
        super().__init__(kind="soft", gap=0.5, margins=1.5)
        self.number = NumberBox(tr("expert.number"))
        self.number.setObjectName("level.number")
        self.number.setFixedWidth(theme.pixels(88))
        self.number.decided.connect(self.decided)
        self.number.refused.connect(lambda _typed: self._limits.set_role("danger"))
        self.number.textChanged.connect(self._typed)
        self.less = IconButton("minus", tr("expert.number.less"))
        self.less.setObjectName("level.less")
        self.more = IconButton("plus", tr("expert.number.more"))
        self.more.setObjectName("level.more")
        self.less.clicked.connect(lambda: self.number.step_by(-1))
        self.more.clicked.connect(lambda: self.number.step_by(1))
        self.slider = StepSlider(tr("expert.number"))
        self.slider.setObjectName("level.slider")
        self.slider.moved.connect(self.number.suggest)
        self.slider.rested.connect(self.number.commit)
        self._level = PlainLabel("", "heading", wrap=False)
        self._limits = PlainLabel("", "small")
        self._limits.setObjectName("level.limits")
        self._low, self._high = PlainLabel("", "small", wrap=False), PlainLabel("", "small", wrap=False)
        self.result = PlainLabel("", "number")
        self.result.setObjectName("level.result")
        line = row(self._level, self._limits, self.less, self.number, self.more)
        line.setStretch(1, 1)
        self.box.addLayout(line)
        track = row(self._low, self.slider, self._high)
        track.setStretch(1, 1)
        self.box.addLayout(track)
        self.box.addWidget(self.result)
        self.setTabOrder(self.slider, self.less)
        self.setFocusProxy(self.number)

    def show_band(self, band: Band, step: Decimal) -> None:
        """The level's range and the pack's step."""
        steps = Steps(band.low, band.high, step)
        self._level.setText(words.level_short(band.level))
        self.number.set_bounds(band.low, band.high, step)
        self.slider.set_steps(steps)
        if steps.count:
            self._low.setText(plain(steps.value(0)))
            self._high.setText(plain(steps.value(steps.count - 1)))
        self._limits.setText(tr("expert.number.limits", low=plain(band.low), high=plain(band.high), step=plain(step)))
        for part in (self.number, self.slider):
            part.setAccessibleDescription(self._limits.text())

    def show_number(self, value: Decimal | None) -> None:
        """What is stored; what is being typed stays."""
        self.number.set_number(value)
        self._limits.set_role("danger" if self.number.property("finding") else "small")
        self._typed(self.number.text())

    def show_result(self, text: str) -> None:
        """What the number gives together with a computed half, "" for nothing to say."""
        self.result.setText(text)
        self.result.setVisible(bool(text))

    def forget(self) -> None:
        """Another item: what was typed belongs to the one before."""
        self.number.forget()

    def settled(self) -> bool:
        """Whether the number needs nothing more; else the field is marked and gets the focus."""
        if self.number.number() is not None:
            return True
        self.number.commit()
        self._limits.set_role("danger")
        self.number.setFocus()
        spoken.say(self.number, tr("expert.missing.number", limits=self._limits.text()), urgent=True)
        return False

    def let_go(self, item: str) -> tuple[str, NdbError] | None:
        """Empties the field of what was typed and not taken: that, and what is to be said of it; `item` is its name."""
        number = self.number
        typed = number.text().strip()
        if not typed or number.number() is not None or self.isHidden():
            return None
        steps, stored = number.steps, number.stored
        number.set_back()
        values = {"item": item, "value": typed, "low": plain(steps.low), "high": plain(steps.high)}
        if stored is None:
            return typed, NdbError("E-MARK-NOT-TAKEN", step=plain(steps.step), **values)
        return typed, NdbError("E-MARK-NOT-CHANGED", step=plain(steps.step), stored=plain(stored), **values)

    def take_up(self, typed: str) -> None:
        """What was typed and not taken stands in the field again, marked and selected, to be put right."""
        self.number.setText(typed)
        self.number.commit()
        self.start()

    def start(self) -> None:
        """Puts the focus into the field, with its number selected, so that typing replaces it."""
        self.number.setFocus()
        self.number.selectAll()

    def _typed(self, _text: str) -> None:
        """The slider follows what is typed as far as it is a number of this level."""
        if self.slider.isSliderDown():
            return
        self.slider.show_number(self.number.number())
