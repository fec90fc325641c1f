"""The three panes of the scoring page: lists, documents, item; beside each other where there is room, else by turns.

Wide: all three. Narrow, as an office laptop at 150 %: documents beside the item, and the lists in place of the
documents when asked for. Narrower still, or with large type: one at a time, changed by one key or a button each.
"""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QApplication, QFrame, QSizePolicy, QSplitter, QToolButton, QWidget

from ndb_desktop.ui import icons, theme
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import amp, tip
from ndb_desktop.ui.shortcuts import tip_with_keys
from ndb_desktop.ui.widgets.layout import column, row

Pane = Literal["lists", "documents", "item"]
Mode = Literal["all", "two", "one"]

LISTS, READING, ITEM = 190, 420, 380
"""Least widths: of the lists and the item at 100 % type, of a page one can read whatever the type."""
SIDE_BY_SIDE = 712
"""The least width of two documents at 100 % type."""
TWO_DOCUMENTS = 1640
"""From this width at 100 % type on there is room for the lists beside two documents."""
LOW = 480
"""Below this height at 100 % type what stands around the item must be small, or nothing of it is seen."""


SHORT = 380
"""Below this height at 100 % type a column of both lists has no room for anything but them."""
TINY = 200
"""Below this height at 100 % type not even the line of totals has room."""


class Lists(QSplitter):
    """Applications and items: below each other as a column at the left, beside each other where it is wide and low.

    Signal `short(bool)`: the lists need all the height there is.
    """

    short = Signal(bool)

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Vertical)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        low = self.height() < theme.pixels(LOW) and self.width() >= theme.pixels(2 * LISTS)
        wanted = Qt.Orientation.Horizontal if low else Qt.Orientation.Vertical
        if wanted != self.orientation():
            self.setOrientation(wanted)
        self.short.emit(not low and self.height() < theme.pixels(SHORT))


class PaneButton(QToolButton):
    """A picture with its word below it; down while its pane is the one in front."""

    def __init__(self, pane: Pane, icon: str, word: str, said: str, action: str) -> None:
        super().__init__()
        self.setObjectName(f"score.pane.{pane}")
        self.setProperty("pane", True)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        self.setIconSize(QSize(20, 20))
        self.setIcon(icons.icon(icon))
        self._word = amp(word)
        self.setText(self._word)
        self.setAccessibleName(said)
        self.setToolTip(tip(tip_with_keys(said, action)))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_short(self, short: bool) -> None:
        """Only the picture."""
        style = Qt.ToolButtonStyle
        self.setToolButtonStyle(style.ToolButtonIconOnly if short else style.ToolButtonTextUnderIcon)

    def width_of(self, short: bool) -> int:
        """The width it needs without its word or with it."""
        self.ensurePolished()
        return 32 if short else max(32, self.fontMetrics().horizontalAdvance(self._word) + 12)


class Panes(QWidget):
    """Signals: `moved(str)` the focus belongs to that pane now; `low(bool)` there is little height from now on;
    `tiny(bool)` there is hardly any: only the item itself may take some.
    """

    moved = Signal(str)
    low = Signal(bool)
    tiny = Signal(bool)

    def __init__(self, lists: QWidget, documents: QWidget, item: QWidget) -> None:
        super().__init__()
        self.setObjectName("score.panes")
        self.parts: dict[Pane, QWidget] = {"lists": lists, "documents": documents, "item": item}
        self.pane: Pane = "item"
        self.mode: Mode = "all"
        self._two_documents = False
        self._unfolded = False
        self.is_low = self.is_tiny = False
        self._make_strip()
        self.split = QSplitter(Qt.Orientation.Horizontal)
        for number, (part, share) in enumerate(((lists, 2), (documents, 6), (item, 5))):
            self.split.addWidget(part)
            self.split.setStretchFactor(number, share)
        self.split.setSizes([260, 620, 540])
        self.split.setChildrenCollapsible(False)
        line = row(self.strip, self.split, gap=0)
        line.setStretch(1, 1)
        self.setLayout(line)
        # What stands side by side now must not keep the window from becoming narrower, where it no longer does.
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._arrange()

    def _make_strip(self) -> None:
        """Stands at the left where not everything is in sight."""
        show = tr("reading.lists.show")
        self.buttons: dict[Pane, PaneButton] = {
            "lists": PaneButton("lists", "panel-left", tr("panes.lists"), show, "pane.lists"),
            "documents": PaneButton(
                "documents", "file-text", tr("panes.documents"), tr("panes.documents.show"), "pane"
            ),
            "item": PaneButton("item", "pen-line", tr("panes.item"), tr("panes.item.show"), "pane"),
        }
        # Its name from the time when it was the only one.
        self.buttons["lists"].setObjectName("score.lists")
        for pane, button in self.buttons.items():
            button.clicked.connect(lambda _on=False, pane=pane: self._pressed(pane))
        self.strip = QFrame()
        self.strip.setObjectName("score.strip")
        self.strip.setProperty("card", "side")
        self.strip.setLayout(column(*self.buttons.values(), None, gap=0.5, margins=0.5))

    # ----- how much room there is -----

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def event(self, event: QEvent) -> bool:
        """Larger type needs more room for the same."""
        taken = super().event(event)
        if event.type() == QEvent.Type.Show:
            self._arrange()
        return taken

    def _wanted_mode(self) -> Mode:
        item = theme.pixels(ITEM)
        strip = self.buttons["lists"].width_of(short=False) + 8
        reading = theme.pixels(SIDE_BY_SIDE) if self._two_documents else READING
        beside = self.width() >= strip + reading + item
        if beside and self.width() >= theme.pixels(LISTS) + READING + item:
            return "all"
        return "two" if beside else "one"

    def _arrange(self) -> None:
        """Shows what there is room for; what is not shown has a button in the strip."""
        before, self.mode = self.mode, self._wanted_mode()
        if self.mode != before:
            self._follow_focus()
        lists, item = self.parts["lists"], self.parts["item"]
        lists.setMinimumWidth(theme.pixels(LISTS) if self.mode == "all" else 0)
        item.setMinimumWidth(theme.pixels(ITEM) if self.mode != "one" else 0)
        reading = 0 if self.mode == "one" else theme.pixels(SIDE_BY_SIDE) if self._two_documents else READING
        self.parts["documents"].setMinimumWidth(reading)
        front = self.in_front()
        for pane, part in self.parts.items():
            part.setVisible(pane in front)
        for pane, button in self.buttons.items():
            button.setVisible(self.mode == "one" or pane == "lists")
            button.setChecked(pane in front)
        self.strip.setVisible(self.mode != "all" or "lists" not in front)
        is_low = self.height() < theme.pixels(LOW)
        if is_low != self.is_low:
            self.is_low = is_low
            self.low.emit(is_low)
        is_tiny = self.height() < theme.pixels(TINY)
        if is_tiny != self.is_tiny:
            self.is_tiny = is_tiny
            self.tiny.emit(is_tiny)
        # The words below the pictures may not take more of a narrow window than they are worth.
        words = sum(button.width_of(short=False) for button in self.buttons.values())
        for button in self.buttons.values():
            button.show_short(self._two_documents or words > 3 * self.width() // 8)

    def _follow_focus(self) -> None:
        """Where one was at work before the window became narrower stays in sight."""
        focus = QApplication.focusWidget()
        for pane, part in self.parts.items():
            if focus is not None and part.isVisible() and part.isAncestorOf(focus):
                self.pane = pane

    def in_front(self) -> tuple[Pane, ...]:
        """The panes that are in sight."""
        if self.mode == "one":
            return (self.pane,)
        if self.mode == "two":
            return ("lists", "item") if self.pane == "lists" else ("documents", "item")
        wide = self.width() >= theme.pixels(TWO_DOCUMENTS)
        folded = self._two_documents and not wide and not self._unfolded
        return ("documents", "item") if folded else ("lists", "documents", "item")

    # ----- what is in front -----

    def show_pane(self, pane: Pane) -> None:
        """Brings a pane into sight, unless it is."""
        if self.mode == "all" and pane == "lists":
            self._unfolded = True
        if pane not in self.in_front():
            self.pane = pane
        self._arrange()

    def two_documents(self, on: bool) -> None:
        """Two documents side by side get the room of the lists, or of the item, unless there is enough for all."""
        self._two_documents, self._unfolded = on, False
        if on and self._wanted_mode() == "one":
            self.pane = "documents"
        self._arrange()

    def leave_lists(self) -> bool:
        """Whether the lists stood in the way of what was chosen in them; they do no longer."""
        if self.mode == "all" or self.pane != "lists":
            return False
        self.pane = "item" if self.mode == "one" else "documents"
        self._arrange()
        return True

    def switch(self) -> None:
        """From the documents to the item, and from anywhere else to the documents (材料 / 评分)."""
        focus, reading = QApplication.focusWidget(), self.parts["documents"]
        there = focus is not None and (focus is reading or reading.isAncestorOf(focus))
        self._go("item" if (self.pane == "documents" if self.mode == "one" else there) else "documents")

    def switch_lists(self) -> None:
        """To the lists, and from them back to what they stood in the way of."""
        focus, lists = QApplication.focusWidget(), self.parts["lists"]
        if focus is not None and lists.isVisible() and lists.isAncestorOf(focus):
            self._go("item")
        else:
            self._go("lists")

    def _go(self, pane: Pane) -> None:
        if pane != "lists":
            self.leave_lists()
        self.show_pane(pane)
        self.moved.emit(pane)

    def _pressed(self, pane: Pane) -> None:
        if pane == "lists" and self.mode == "two" and self.pane == "lists":
            self._go("item")
        else:
            self._go(pane)
