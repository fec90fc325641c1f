"""A part of a long page under a heading that folds it away; what was folded stays so for the next items and days."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from ndb_desktop.ui import icons
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, ElidedLabel
from ndb_desktop.ui.settings import Settings
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import column, holder, row

_state: dict[str, Settings] = {}
_here: set[str] = set()
"""Folded since the start, where no settings remember it."""


def remember_in(settings: Settings) -> None:
    """From now on, folds are remembered in these settings (names of parts of the page, nothing from a bundle)."""
    _state["settings"] = settings


def forget() -> None:
    """Remembers nothing any more."""
    _state.clear()
    _here.clear()


def _folded() -> frozenset[str]:
    settings = _state.get("settings")
    return settings.folded if settings is not None else frozenset(_here)


class Fold(QWidget):
    """Heading button, a word about what is hidden, and the parts in `box`. Signal `toggled(bool)`: now open."""

    toggled = Signal(bool)

    def __init__(self, key: str, title: str, *parts: QWidget, gap: float = 1) -> None:
        super().__init__()
        self.key = key
        self.setObjectName(f"fold.{key}")
        self._title = title
        self.head = Button(title, "fold", "chevron-down")
        self.head.setObjectName(f"fold.{key}.head")
        self.head.clicked.connect(self.toggle)
        # The parts say the same in full; here as much of it as there is room for.
        self._summary = ElidedLabel("", "small")
        self._summary.setObjectName("fold.summary")
        self._summary.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.body = QWidget()
        self.box: QVBoxLayout = column(*parts, gap=gap)
        self.body.setLayout(self.box)
        line = row(holder(Flow(self.head)), self._summary)
        line.setStretch(1, 1)
        self.setLayout(column(line, self.body, gap=0.5))
        self.set_open(key not in _folded())

    @property
    def open(self) -> bool:
        """Whether its parts are shown."""
        return not self.body.isHidden()

    def set_open(self, on: bool) -> None:
        """Shows or hides the parts, for now."""
        self.body.setVisible(on)
        self._summary.setVisible(not on)
        self.head.setIcon(icons.icon("chevron-down" if on else "chevron-right", "muted"))
        self.head.setAccessibleName(self._title)
        self.head.setAccessibleDescription(tr("fold.open") if on else tr("fold.shut"))

    def follow(self) -> None:
        """Stands as remembered: another fold of the same name may have been toggled."""
        wanted = self.key not in _folded()
        if self.open != wanted:
            self.set_open(wanted)
            self.toggled.emit(wanted)

    def set_summary(self, text: str) -> None:
        """What is said beside the heading while it is folded."""
        self._summary.setText(text)

    def toggle(self) -> None:
        """Folds or unfolds, and remembers it."""
        self.set_open(not self.open)
        settings = _state.get("settings")
        folded = _folded() - {self.key} if self.open else _folded() | {self.key}
        if settings is not None:
            settings.folded = folded
        else:
            _here.clear()
            _here.update(folded)
        self.toggled.emit(self.open)
