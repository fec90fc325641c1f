"""One reading order: Tab and a screen reader go through a page as the eye does, whenever its parts were made.

Qt goes by the order in which widgets came to be: a card filled later, a form put in place of another, would come after
everything else, and a splitter tells of its panes from the last to the first. Here the layouts say what comes first.
"""

from __future__ import annotations

from collections.abc import Iterator

import shiboken6
from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import (
    QAbstractScrollArea,
    QApplication,
    QGridLayout,
    QLayout,
    QMainWindow,
    QScrollArea,
    QScrollBar,
    QSplitter,
    QStackedWidget,
    QTabWidget,
    QWidget,
)


def parts(widget: QWidget) -> list[QWidget]:
    """The widgets directly inside one, as they are read; what lies over the others comes last."""
    if isinstance(widget, QStackedWidget):
        found: list[QWidget | None] = [widget.currentWidget()]
    elif isinstance(widget, QSplitter):
        found = [widget.widget(number) for number in range(widget.count())]
    elif isinstance(widget, QTabWidget):
        found = [widget.tabBar(), widget.currentWidget()]
    elif isinstance(widget, QScrollArea):
        found = [widget.widget()]
    elif isinstance(widget, QAbstractScrollArea):
        found = []
    else:
        layout = widget.layout()
        laid = list(_laid(layout)) if layout is not None else []
        known = {id(part) for part in laid}
        others = [child for child in widget.children() if isinstance(child, QWidget) and id(child) not in known]
        found = [*laid, *(child for child in others if not isinstance(child, QScrollBar))]
    return [part for part in found if part is not None and not part.isWindow() and not part.isHidden()]


def _laid(layout: QLayout) -> Iterator[QWidget]:
    places = range(layout.count())
    if isinstance(layout, QGridLayout):
        places = sorted(places, key=lambda number: layout.getItemPosition(number)[:2])  # type: ignore[assignment,index]
    for number in places:
        item = layout.itemAt(number)
        if item is None:
            continue
        inner, widget = item.layout(), item.widget()
        if widget is not None:
            yield widget
        elif inner is not None:
            yield from _laid(inner)


def walk(root: QWidget) -> Iterator[QWidget]:
    """Every visible widget from `root` on, in reading order, a whole before its parts."""
    yield root
    for part in parts(root):
        yield from walk(part)


def is_stop(widget: QWidget) -> bool:
    """Whether Tab stops there."""
    policy = widget.focusPolicy() & Qt.FocusPolicy.TabFocus
    return bool(policy) and widget.isEnabled() and widget.isVisible() and widget.focusProxy() is None


def next_stop(root: QWidget, current: QWidget | None, *, forward: bool) -> QWidget | None:
    """Where Tab goes from `current`, around the ends of the page; None where there is nothing to go to."""
    seen = list(walk(root))
    numbers = {id(widget): number for number, widget in enumerate(seen)}
    step = current
    while step is not None and id(step) not in numbers:
        step = step.parentWidget()
    at = numbers[id(step)] if step is not None else (-1 if forward else 0)
    count, by = len(seen), 1 if forward else -1
    for far in range(1, count + 1):
        widget = seen[(at + by * far) % count]
        if widget is not current and is_stop(widget):
            return widget
    return None


def step(root: QWidget | None, *, forward: bool) -> bool:
    """Takes the focus to the next stop, as Tab does; False where there is none."""
    stop = next_stop(root, QApplication.focusWidget(), forward=forward) if root is not None else None
    if stop is None:
        return False
    stop.setFocus(Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason)
    return True


def restack(root: QWidget) -> None:
    """Gives the parts of every widget the order in which they are read; a screen reader goes by it."""
    for widget in list(walk(root)):
        if isinstance(widget, QTabWidget):
            widget.tabBar().lower()
        if isinstance(widget, (QStackedWidget, QScrollArea, QTabWidget)):
            continue
        wanted = parts(widget)
        known = {id(part) for part in wanted}
        children = [child for child in widget.children() if isinstance(child, QWidget)]
        if [id(child) for child in children if id(child) in known] == [id(part) for part in wanted]:
            continue
        # To raise one is to make it the last; what is no part, as the handles of a splitter, stays above all.
        for child in [*wanted, *(child for child in children if id(child) not in known)]:
            child.raise_()


class ReadingOrder(QObject):
    """Keeps the order of a window's parts true for as long as somebody listens; without one it costs nothing."""

    def __init__(self, window: QMainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self._restack)
        application = QApplication.instance()
        if isinstance(application, QApplication):
            # Every page and every part that appears takes the focus or gives it up.
            application.focusChanged.connect(self.refresh)

    def refresh(self, *_focus: object) -> None:
        """Looks at the order again with the next turn of the event loop, if anybody listens."""
        # The focus also moves while the window is being taken apart.
        if QAccessible.isActive() and shiboken6.isValid(self._soon) and not self._soon.isActive():
            self._soon.start()

    def _restack(self) -> None:
        page = self._window.centralWidget()
        if page is not None:
            restack(page)
