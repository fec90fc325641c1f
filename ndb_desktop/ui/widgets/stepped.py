"""Steps at the left, one page at the right, made on first use: the frame of the desks that are worked in steps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QLayout, QListWidget, QListWidgetItem, QStackedWidget, QWidget

from ndb_desktop.ui import icons, theme
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.widgets.layout import column, row

Store = TypeVar("Store")
Page = TypeVar("Page", bound=Any)
"""A widget with a signal `go(str)`, which asks for another page, and `open_part(str)`."""


@dataclass(frozen=True)
class Step(Generic[Store, Page]):
    """A page of a desk: `title` in the present language, `make` what makes it."""

    id: str
    icon: str
    title: Callable[[], str]
    make: Callable[[Store], Page]


class SteppedView(QWidget, Generic[Store, Page]):
    """The pages of an open desk. Signal `moved(str)`: another page is shown."""

    moved = Signal(str)

    def __init__(
        self, name: str, label: str, store: Store, steps: Sequence[Step[Store, Page]], below: QLayout | None = None
    ) -> None:
        """`name` begins the names of the parts; `below` stands under the list of steps."""
        super().__init__()
        self.setObjectName(f"{name}.view")
        self._store = store
        self._steps = tuple(steps)
        self._pages: dict[str, Page] = {}
        self.nav = QListWidget()
        self.nav.setObjectName(f"{name}.nav")
        self.nav.setAccessibleName(label)
        self.nav.setFixedWidth(theme.pixels(208))
        self.nav.setProperty("side", True)
        self.nav.setIconSize(QSize(20, 20))
        self.nav.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        for step in self._steps:
            item = QListWidgetItem(icons.icon(step.icon), step.title())
            item.setData(Qt.ItemDataRole.UserRole, step.id)
            item.setSizeHint(QSize(0, theme.pixels(44)))
            self.nav.addItem(item)
        self.stack = QStackedWidget()
        side = QFrame()
        side.setProperty("card", "side")
        parts = (self.nav,) if below is None else (self.nav, below)
        side.setLayout(column(*parts, margins=(1, 2, 1, 2)))
        line = row(side, self.stack, gap=0)
        line.setStretch(1, 1)
        self.setLayout(line)
        self.setFocusProxy(self.nav)
        self.nav.currentRowChanged.connect(lambda number: self.show_page(self._steps[number].id))

    def show_page(self, page: str) -> Page:
        """Shows a page, made on first use; `page.part` shows a part of it. An unknown one is the first."""
        page, _, part = page.partition(".")
        number = next((n for n, step in enumerate(self._steps) if step.id == page), 0)
        step = self._steps[number]
        if step.id not in self._pages:
            made = step.make(self._store)
            made.go.connect(self.show_page)
            self._pages[step.id] = made
            self.stack.addWidget(made)
        shown = self._pages[step.id]
        before = self.stack.currentWidget()
        if before is not shown:
            self._left(before)
        self.stack.setCurrentWidget(shown)
        self.nav.blockSignals(True)
        self.nav.setCurrentRow(number)
        self.nav.blockSignals(False)
        if part:
            shown.open_part(part)
        self.moved.emit(step.id)
        return shown

    def _left(self, page: QWidget | None) -> None:
        """Another page is about to be shown instead of `page`; subclasses overwrite it."""

    def item(self, page: str) -> QListWidgetItem:
        """The line of a page in the list of steps."""
        return self.nav.item(next(n for n, step in enumerate(self._steps) if step.id == page))

    def show_count(self, page: str, count: int) -> None:
        """A number beside the name of a page, none for 0."""
        title = next(step.title() for step in self._steps if step.id == page)
        self.item(page).setText(tr("nav.count", page=title, count=count) if count else title)
