"""What a finger has to hit: all in sight that is pressed, chosen or typed into, and whether it is large enough."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QSize
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QListView,
    QPlainTextEdit,
    QTabBar,
    QTableView,
    QWidget,
)

from tests.support.clipping import name_of, shown


def targets(window: QWidget) -> Iterator[tuple[str, QSize]]:
    """Each target in sight by name, with its size; of rows of a list or table only the height counts."""
    for widget in shown(window):
        if isinstance(widget, QAbstractButton | QAbstractSpinBox | QComboBox | QPlainTextEdit) or _typed(widget):
            yield name_of(widget), widget.size()
        if isinstance(widget, QComboBox) and widget.count():
            yield f"a choice of {name_of(widget)}", QSize(widget.width(), widget.view().sizeHintForRow(0))
        elif isinstance(widget, QListView):
            model = widget.model()
            for row in range(model.rowCount()):
                yield f"row {row} of {name_of(widget)}", widget.visualRect(model.index(row, 0)).size()
        elif isinstance(widget, QTableView):
            for row in range(widget.model().rowCount()):
                yield f"row {row} of {name_of(widget)}", QSize(widget.width(), widget.rowHeight(row))
        elif isinstance(widget, QTabBar):
            for tab in range(widget.count()):
                yield f"tab {tab} of {name_of(widget)}", widget.tabRect(tab).size()


def _typed(widget: QWidget) -> bool:
    return isinstance(widget, QLineEdit) and not isinstance(widget.parentWidget(), QAbstractSpinBox | QComboBox)


def small(window: QWidget, least: int) -> list[str]:
    """Targets of less than `least` pixels in height or width."""
    return [
        f"{size.width()} x {size.height()}: {name}"
        for name, size in targets(window)
        if min(size.width(), size.height()) < least
    ]
