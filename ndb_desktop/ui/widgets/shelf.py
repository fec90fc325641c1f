"""A place that shows one of many widgets, each built once: going back and forth costs no building."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable

from PySide6.QtWidgets import QVBoxLayout, QWidget

KEPT = 8


class Shelf(QWidget):
    """`show_key(key, build)` shows the widget of that key, built on its first showing; the oldest are dropped."""

    def __init__(self) -> None:
        super().__init__()
        self._box = QVBoxLayout()
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(0)
        self.setLayout(self._box)
        self._known: OrderedDict[Hashable, QWidget] = OrderedDict()
        self.current: QWidget | None = None

    def _built(self, key: Hashable, build: Callable[[], QWidget]) -> QWidget:
        widget = self._known[key] = build()
        self._box.addWidget(widget)
        return widget

    def show_key(self, key: Hashable, build: Callable[[], QWidget]) -> QWidget:
        """The widget of `key`, now the only one shown."""
        widget = self._known[key] if key in self._known else self._built(key, build)
        self._known.move_to_end(key)
        if widget is not self.current:
            if self.current is not None:
                self.current.hide()
            self.current = widget
            widget.show()
        while len(self._known) > KEPT:
            _, old = self._known.popitem(last=False)
            self._box.removeWidget(old)
            old.hide()
            old.deleteLater()
        return widget
