"""The viewer's tool bar: what has no room stands in the menu at its end, so that nothing is ever cut off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QSize
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QFrame, QMenu, QToolButton, QWidget

from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import IconButton, amp
from ndb_desktop.ui.widgets.layout import fill, row


@dataclass(frozen=True)
class Tool:
    """One part of the bar; those of high `rank` leave it first when room is short, those of rank 0 never."""

    button: QWidget
    rank: int


class ToolBar(QFrame):
    """Fixed widgets first, then tools, then the button of the menu of the rest."""

    def __init__(self) -> None:
        super().__init__()
        self._fitting = True
        self._fixed: tuple[QWidget, ...] = ()
        self._tools: tuple[Tool, ...] = ()
        self.setObjectName("viewer.toolbar")
        self.setProperty("card", "topbar")
        self.more = IconButton("ellipsis", tr("viewer.more"))
        self.more.setObjectName("viewer.more")
        self.more.setProperty("dense", True)
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.menu = QMenu(self.more)
        self.menu.setAccessibleName(tr("viewer.more"))
        self.more.setMenu(self.menu)
        self.menu.aboutToShow.connect(self._fill_menu)
        self._row = row(gap=0.5, margins=(1, 0.75, 1, 0.75))
        self.setLayout(self._row)

    def set_parts(self, fixed: Sequence[QWidget], tools: Sequence[Tool]) -> None:
        """What stands in the bar; the first part takes the room that is left."""
        self._fixed, self._tools = tuple(fixed), tuple(tools)
        fill(self._row, (*self._fixed, *(tool.button for tool in tools), self.more))
        self._row.setStretch(0, 1)
        self._fitting = False

    def hidden_tools(self) -> list[IconButton]:
        """The buttons that have no room now and stand in the menu."""
        buttons = [tool.button for tool in self._tools if tool.button.isHidden()]
        return [button for button in buttons if isinstance(button, IconButton)]

    def minimumSizeHint(self) -> QSize:
        return QSize(self._width(0), super().minimumSizeHint().height())

    def _width(self, rank: int) -> int:
        """What fixed parts and the tools up to this rank need."""
        parts = [*self._fixed, *(tool.button for tool in self._tools if tool.rank <= rank), self.more]
        margins = self._row.contentsMargins()
        widths = [max(part.minimumSizeHint().width(), part.minimumWidth()) for part in parts]
        return sum(widths) + self._row.spacing() * len(parts) + margins.left() + margins.right()

    def fit(self) -> None:
        """Shows as many tools as there is room for."""
        if self._fitting:
            return
        self._fitting = True
        ranks = sorted({tool.rank for tool in self._tools}, reverse=True)
        shown = next((rank for rank in ranks if self._width(rank) <= self.width()), 0)
        for tool in self._tools:
            tool.button.setVisible(tool.rank <= shown)
        self.more.setVisible(any(tool.rank > shown for tool in self._tools))
        self._fitting = False

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()

    def event(self, event: QEvent) -> bool:
        """Fonts and styles change what there is room for."""
        taken = super().event(event)
        if event.type() in (QEvent.Type.StyleChange, QEvent.Type.FontChange, QEvent.Type.Polish):
            self.fit()
        return taken

    def _fill_menu(self) -> None:
        self.menu.clear()
        for button in self.hidden_tools():
            action = QAction(button.icon(), amp(button.accessibleName()), self.menu)
            action.setEnabled(button.isEnabled())
            if button.isCheckable():
                action.setCheckable(True)
                action.setChecked(button.isChecked())
            action.triggered.connect(button.click)
            self.menu.addAction(action)
