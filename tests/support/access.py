"""What a screen reader finds: names, roles, and three orders that must be one: of the eye, of Tab, of the reader."""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QApplication,
    QComboBox,
    QListView,
    QPlainTextEdit,
    QScrollBar,
    QSlider,
    QTabBar,
    QTableView,
    QTreeView,
    QWidget,
)

from ndb_desktop.ui.shell.main_window import MainWindow

Role = QAccessible.Role
ROLES: tuple[tuple[type[QWidget], frozenset[Role]], ...] = (
    (QAbstractButton, frozenset({Role.Button, Role.CheckBox, Role.RadioButton, Role.ButtonMenu})),
    (QComboBox, frozenset({Role.ComboBox})),
    (QListView, frozenset({Role.List})),
    (QTreeView, frozenset({Role.Tree})),
    (QTableView, frozenset({Role.Table})),
    (QSlider, frozenset({Role.Slider})),
    (QTabBar, frozenset({Role.PageTabList})),
    (QPlainTextEdit, frozenset({Role.EditableText})),
    (QAbstractScrollArea, frozenset({Role.Client, Role.EditableText, Role.StaticText})),
)
"""Of the more special class first. What only scrolls has no role of its own in Qt; its name must say what it is."""
NOTHING = frozenset({Role.NoRole, Role.Client, Role.Window, Role.Pane, Role.Grouping})
"""Roles that tell a listener nothing of what can be done there."""


def interface(widget: QWidget) -> QAccessibleInterface:
    """The widget as a screen reader has it."""
    found = QAccessible.queryAccessibleInterface(widget)
    assert found is not None, widget.objectName()
    return found


def said(widget: QWidget, what: QAccessible.Text = QAccessible.Text.Name) -> str:
    """Its name, description or value."""
    return interface(widget).text(what)


def called(widget: QWidget) -> str:
    """The widget for a message."""
    parents = []
    step: QWidget | None = widget
    while step is not None and len(parents) < 3:
        parents.append(step.objectName() or type(step).__name__)
        step = step.parentWidget()
    return " < ".join(parents)


def focusable(root: QWidget) -> list[QWidget]:
    """Every widget Tab can reach below `root`."""
    return [widget for widget in root.findChildren(QWidget) if is_stop(widget)]


def is_stop(widget: QWidget) -> bool:
    """Whether Tab stops here now."""
    return (
        widget.isVisible()
        and widget.isEnabled()
        and bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
        and widget.focusProxy() is None
        and not isinstance(widget, QScrollBar)
    )


def wrong_roles(root: QWidget) -> list[str]:
    """Stops whose role says something else than what they are, or nothing."""
    found = []
    for widget in focusable(root):
        role = interface(widget).role()
        wanted = next((roles for kind, roles in ROLES if isinstance(widget, kind)), None)
        if role not in wanted if wanted is not None else role in NOTHING:
            found.append(f"{role.name}: {called(widget)}")
    return found


def tab_stops(window: MainWindow) -> list[QWidget]:
    """Every stop of the window, by going once around with what the Tab key does; the window must be active."""
    root = window.centralWidget()
    assert root is not None
    before, order = QApplication.focusWidget(), []
    for _ in range(len(focusable(root)) + 2):
        window.focusNextPrevChild(True)
        widget = QApplication.focusWidget()
        assert widget is not None
        if order and widget is order[0]:
            break
        order.append(widget)
    if before is not None:
        before.setFocus()
    # From the header on, wherever it began.
    heads = [window.header.isAncestorOf(widget) for widget in order]
    first = next((n for n, head in enumerate(heads) if head and not heads[n - 1]), 0)
    return order[first:] + order[:first]


def against_the_reader(order: list[QWidget], root: QWidget) -> list[str]:
    """Neighbours in `order` of which a screen reader, walking through the page, meets the second first."""
    found = []
    for first, second in pairwise(order):
        one, two = _compared(first, second, root)
        parent = two.parentWidget() if two is not None else None
        if one is None or two is None or parent is None:
            continue
        inner = interface(parent)
        places = [inner.indexOfChild(interface(part)) for part in (one, two)]
        if min(places) >= 0 and places[0] > places[1]:
            found.append(f"{called(first)} -> {called(second)}")
    return found


def place(widget: QWidget, root: QWidget) -> QRect:
    """Where it stands on the page, the scrolled part included."""
    return QRect(widget.mapTo(root, QPoint(0, 0)), widget.size())


def against_the_eye(order: list[QWidget], root: QWidget) -> list[str]:
    """Neighbours in `order` of which the second stands before the first, as one reads.

    Panes beside each other are read one after the other, so only two stops with the same nearest box are compared: the
    second must not lie wholly above the first, nor wholly left of it in the same line.
    """
    found = []
    for first, second in pairwise(order):
        above, under = _compared(first, second, root)
        if above is None or under is None:
            continue
        one, two = place(above, root), place(under, root)
        same_line = one.top() < two.bottom() and two.top() < one.bottom()
        if two.bottom() <= one.top() or (same_line and two.right() <= one.left()):
            found.append(f"{called(first)} -> {called(second)}")
    return found


def _compared(first: QWidget, second: QWidget, root: QWidget) -> tuple[QWidget | None, QWidget | None]:
    """The two children of their nearest common parent in which the stops stand."""
    line: list[QWidget] = []
    step: QWidget | None = first
    while step is not None and step is not root.parentWidget():
        line.append(step)
        step = step.parentWidget()
    below, step = second, second.parentWidget()
    while step is not None:
        if step in line:
            at = line.index(step)
            return (line[at - 1] if at else None), below
        below, step = step, step.parentWidget()
    return None, None


def state(widget: QWidget) -> str:
    """For messages: the words of a stop."""
    return f"{called(widget)} {said(widget)!r}"
