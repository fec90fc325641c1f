"""What can be done with what is chosen or marked on a page: copy, cite, mark; by button, key or context menu."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPoint, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from ndb_desktop.ui import icons
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import amp
from ndb_desktop.ui.shortcuts import tip_with_keys
from ndb_desktop.ui.viewer import clipboard
from ndb_desktop.ui.viewer.controls import Controls
from ndb_desktop.ui.viewer.notice import DONE, Notice
from ndb_desktop.ui.viewer.page_view import PageView


class Acting(QObject):
    """Signal `cite(int, object, str)`: page, place in thousandths or None, chosen text."""

    cite = Signal(int, object, str)

    def __init__(self, view: PageView, controls: Controls, notice: Notice) -> None:
        super().__init__(view)
        self._view, self._controls, self._notice = view, controls, notice
        controls.mark.clicked.connect(view.hand.set_marking)
        controls.cite.clicked.connect(self.cite_place)
        notice.cite_button.clicked.connect(self.cite_place)
        notice.cancel_button.clicked.connect(self._let_go)
        view.chosen.connect(self._chosen)
        view.menu_asked.connect(self.show_menu)
        view.cite_asked.connect(self.cite_place)
        view.copy_asked.connect(self.copy)
        view.address_pressed.connect(self._tell_address)

    def cite_place(self) -> None:
        """Reports the marked place, else the chosen text, else the page in sight as evidence."""
        if self._view.count:
            cited = self._view.hand.cited()
            self._view.hand.clear()
            self.cite.emit(*cited)

    def mark_by_keys(self) -> None:
        """Takes the marking tool with a place proposed, or lays it down."""
        if self._view.marker.active:
            self._view.hand.set_marking(False)
        elif self._view.count:
            self._view.hand.propose()
            self._view.setFocus()

    def copy(self) -> None:
        """Puts the chosen text on the clipboard, with the confidential notice."""
        text = self._view.selection.text()
        if text and clipboard.copy(text):
            self._notice.say("copied", tr("viewer.copied"), "copy", passing=True)

    def show_menu(self, point: QPoint) -> None:
        """The menu of what can be done with what is chosen."""
        if not self._view.count:
            return
        menu = QMenu(self._view)
        menu.setObjectName("viewer.menu")
        menu.setAccessibleName(tr("viewer.menu"))
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        hand = self._view.hand
        for name, text, icon, act, possible in (
            ("copy", tr("viewer.copy"), "copy", self.copy, bool(self._view.selection)),
            ("cite", self._cite_words(), "bookmark-plus", self.cite_place, True),
            ("choose", tr("viewer.choose.page"), "quote", hand.choose_page, True),
            ("mark", tr("viewer.mark"), "square-dashed-mouse-pointer", self.mark_by_keys, True),
        ):
            action = QAction(icons.icon(icon), amp(text), menu)
            action.setObjectName(f"viewer.menu.{name}")
            action.setEnabled(possible)
            action.triggered.connect(lambda _on=False, act=act: act())
            menu.addAction(action)
        menu.popup(point)

    def _chosen(self) -> None:
        marker = self._view.marker
        self._controls.mark.setChecked(marker.active)
        done = marker.active and marker.place is not None and not marker.dragging
        # Not while the pointer draws: the line would lie where it is going.
        if marker.active and not done and not marker.dragging:
            self._notice.high = False
            self._notice.say("mark", tr("viewer.mark.hint"))
        else:
            self._notice.drop("mark")
        if done:
            self._notice.high = self._low_place()
            self._notice.say(DONE, tr("viewer.mark.done"))
        else:
            self._notice.drop(DONE)
        self._controls.cite.set_name(tip_with_keys(self._cite_words(), "cite"))

    def _let_go(self) -> None:
        self._view.hand.set_marking(False)
        self._view.setFocus()

    def _low_place(self) -> bool:
        """Whether the marked place lies in the lower half of what is seen, where the line would cover it."""
        rect, place = self._view.marker.rect(), self._view.marker.place
        if rect is None or place is None:
            return False
        spot = self._view.sheet.spot(place[0], rect).center().y() - self._view.offset().y()
        return spot > self._view.viewport().height() / 2

    def _cite_words(self) -> str:
        if self._view.marker.place is not None:
            return tr("viewer.cite.place")
        return tr("viewer.cite.text") if self._view.selection else tr("viewer.cite")

    def _tell_address(self, address: str) -> None:
        self._notice.say("address", tr("viewer.link.address", address=address), passing=True)
