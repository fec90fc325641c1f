"""The two lists of the left side with what finds a row in them: filters, order, a word, and the key to the signs."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QWidget

from ndb_desktop.ui import theme
from ndb_desktop.ui.expert import words
from ndb_desktop.ui.expert.lists import Line, SideList, headed
from ndb_desktop.ui.expert.walk import OVERALL
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import ElidedLabel, IconButton, IconLabel, PlainLabel
from ndb_desktop.ui.widgets.fields import Choice, LineEdit
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import column, holder, row

MANY = 8
"""From so many applications on there is something to look for and to order."""


FINDER = 130
"""The width of the field for a word at 100 % type: beside the order, where the lists have their usual width."""


def matches(line: Line, state: str) -> bool:
    """Whether a row belongs to a filter: `all`, `open` (not done) or `flagged`."""
    return state == "all" or (state == "open" and not line.done) or (state == "flagged" and line.flagged)


class SidePart(QFrame):
    """Title, filter by state, and the list; what one stands on is always shown. Signal `asked()`: choose rows again."""

    asked = Signal()

    def __init__(self, title: str, name: str, two_lines: bool) -> None:
        super().__init__()
        self.setProperty("card", "side")
        self.list = SideList(title, two_lines)
        self.list.setObjectName(f"list.{name}")
        self.filter = Choice(tr("list.filter", name=title))
        self.filter.setObjectName(f"filter.{name}")
        self.filter.setMinimumContentsLength(3)
        self.filter.set_choices(
            [("all", tr("list.all")), ("open", tr("list.open")), ("flagged", tr("list.flagged"))], "all"
        )
        self.filter.chosen.connect(lambda _value: self.asked.emit())
        self.none = PlainLabel("", "small")
        self.none.setObjectName(f"list.{name}.none")
        self.none.setContentsMargins(12, 4, 12, 8)
        self.none.hide()
        self.head = Flow(ElidedLabel(title, "heading"), None, self.filter, gap=1)
        self.extra = QWidget()
        self.extra.hide()
        top = holder(column(self.head, self.extra, gap=0.5, margins=(1.5, 0.75, 1, 0.5)))
        self.box = column(top, self.none, self.list, gap=0)
        self.box.setStretch(2, 1)
        self.setLayout(self.box)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # A splitter asks for the least height whatever the width, and lines that go on below have no answer to that.
        self.setMinimumHeight(max(self.box.minimumHeightForWidth(self.width()), 0))

    def pick(self, lines: list[Line], current: str) -> list[Line]:
        """The rows to show, `current` among them whatever the filter says."""
        state = self.filter.value()
        kept = [line for line in lines if self.wanted(line, state) or line.id == current]
        found = any(line.id != OVERALL and self.wanted(line, state) for line in lines)
        self.none.setVisible(not found)
        self.none.setText(tr("list.none.flagged") if state == "flagged" else tr("list.none"))
        return headed(kept)

    def wanted(self, line: Line, state: str) -> bool:
        """Whether a row is asked for."""
        return matches(line, state)

    def show_lines(self, lines: list[Line], current: str) -> None:
        """Shows what the filter leaves of `lines`."""
        self.list.show_lines(self.pick(lines, current), current)


class ItemsPart(SidePart):
    """评分项: filter by state, and a key to the signs."""

    def __init__(self) -> None:
        super().__init__(tr("expert.items"), "items", two_lines=False)
        self.key = IconButton("circle-question-mark", tr("list.key"), checkable=True)
        self.key.setObjectName("list.key")
        self.key.setProperty("dense", True)
        self.key.toggled.connect(self._show_key)
        self.head.addWidget(self.key)
        self.legend: QWidget | None = None

    def wanted(self, line: Line, state: str) -> bool:
        # The overall page is no item and can always be reached.
        return line.id == OVERALL or super().wanted(line, state)

    def _show_key(self, on: bool) -> None:
        if self.legend is None:
            self.legend = Legend()
            self.box.insertWidget(1, self.legend)
        self.legend.setVisible(on)


class Legend(QWidget):
    """Every sign of an item with its word."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("list.legend")
        grid = QGridLayout(self)
        grid.setContentsMargins(12, 4, 12, 8)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        for number, state in enumerate(words.legend()):
            line = row(
                IconLabel(state.icon, 16, state.colour), PlainLabel(state.text, "small", wrap=False), None, gap=1
            )
            grid.addLayout(line, number // 2, number % 2)


class ApplicationsPart(SidePart):
    """申报材料, in a later stage 基地: filter by state; when there are many, also a word to look for and an order."""

    def __init__(self, count: int, *, later: bool = False) -> None:
        super().__init__(tr("expert.bases") if later else tr("expert.applications"), "applications", two_lines=True)
        self.finder = LineEdit(tr("list.find"), placeholder=tr("list.find.hint"))
        self.finder.setObjectName("find.applications")
        self.order = Choice(tr("list.order"))
        self.order.setObjectName("order.applications")
        # With `AdjustToContents` Qt sets the size itself, a moment after the layout has.
        self.order.setSizeAdjustPolicy(Choice.SizeAdjustPolicy.AdjustToContentsOnFirstShow)
        self.finder.setMaximumWidth(theme.pixels(FINDER))
        orders = [("bundle", tr("list.by.bundle")), ("open", tr("list.by.open")), ("name", tr("list.by.name"))]
        self.order.set_choices(orders, "bundle")
        self.finder.textChanged.connect(lambda _text: self.asked.emit())
        self.order.chosen.connect(lambda _value: self.asked.emit())
        self.extra.setLayout(Flow(self.finder, None, self.order, gap=0.5))
        many = count >= MANY
        self.extra.setVisible(many)
        self.filter.setVisible(many)

    def wanted(self, line: Line, state: str) -> bool:
        text = self.finder.text().strip().casefold()
        return super().wanted(line, state) and (not text or text in f"{line.first} {line.second}".casefold())

    def pick(self, lines: list[Line], current: str) -> list[Line]:
        keys: dict[str, Any] = {"open": lambda line: line.done, "name": lambda line: line.first}
        order = self.order.value()
        return super().pick(sorted(lines, key=keys[order]) if order in keys else lines, current)
