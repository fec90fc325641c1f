"""A bar whose parts give way where there is no room for all of them."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame


class FittingBar(QFrame):
    """Calls `fit` whenever it is shown or takes another width."""

    def fit(self) -> None:
        """Decides which parts are shown, and how; a bar calls it too when one of its parts changes."""

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()

    def event(self, event: QEvent) -> bool:
        """Only when it is shown are styles and widths known."""
        taken = super().event(event)
        if event.type() == QEvent.Type.Show:
            self.fit()
        return taken
