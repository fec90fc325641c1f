"""The item in hand, and unseen the items one goes to next, so that the step to them costs one frame.

A person reads an item for half a minute and leaves it with one key. What that key shows (which labels, how they are
broken into lines, where they stand) is known long before, so it is made while nobody waits.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QRect, QSize, QTimer, Signal
from PySide6.QtWidgets import QApplication, QStackedWidget

from ndb_desktop.ui.expert.indicator_panel import IndicatorPanel
from ndb_desktop.ui.expert.store import ReviewStore

AHEAD_MS = 60
"""How long after an item is shown or changed the work ahead begins: never within a burst of keys."""
PIECE_MS = 10
"""The pause between two pieces of it, in which a key gets its turn."""

_ROUNDS = 3
"""A layout that changes asks the one around it again."""

Place = tuple[str, str]
"""Application and item."""


class ItemPanels(QStackedWidget):
    """Several `IndicatorPanel`s of which one is seen; signals as there, always from the one that is seen.

    `ahead` names the places one may go to next, the likeliest first.
    """

    jump = Signal(str, int, object)
    beside = Signal(str, int, object)
    place_asked = Signal()
    told = Signal(str)

    def __init__(self, store: ReviewStore, ahead: Callable[[], list[Place]]) -> None:
        super().__init__()
        self._store, self._ahead = store, ahead
        self._panels: list[IndicatorPanel] = []
        self.panel = self._make()
        self.panel.live = True
        self._later = QTimer(self, singleShot=True)
        self._later.timeout.connect(self._prepare)
        store.changed.connect(self._wait)

    def _make(self) -> IndicatorPanel:
        panel = IndicatorPanel(self._store)
        for own, its in ((self.jump, panel.jump), (self.beside, panel.beside)):
            its.connect(own)
        panel.place_asked.connect(self.place_asked)
        panel.told.connect(self.told)
        panel.evidence.offers_beside = True
        self._panels.append(panel)
        self.addWidget(panel)
        return panel

    def show_item(self, application: str, item: str) -> None:
        """Shows an item from the top; `panel` is the one that shows it."""
        place = (application, item)
        ready = next((panel for panel in self._panels if panel.ready_for(place)), None)
        if ready is None:
            self.panel.show_item(application, item)
        else:
            self._change_to(ready)
        self._wait()

    def let_go(self) -> None:
        """The item in hand is left: a number typed there that could not be taken does not vanish without a word."""
        refused = self.panel.let_go()
        if refused is not None:
            self._store.failed.emit(refused)

    def _change_to(self, panel: IndicatorPanel) -> None:
        before, self.panel = self.panel, panel
        focus = QApplication.focusWidget()
        focus = focus if focus is not None and before.isAncestorOf(focus) else None
        before.live, panel.live = False, True
        # Something may be typed in it that is still on its way to the disk.
        before.made_from = None
        panel.show_folds()
        if focus is not None:
            # Or Qt would look through the whole page for what comes next, only for the focus to leave it again.
            self.setFocus()
        self.setCurrentWidget(panel)
        panel.bring_draft()
        if focus is not None:
            panel.take_focus(focus.objectName())

    # ----- ahead -----

    def _wait(self, _change: object = None) -> None:
        self._later.start(AHEAD_MS)

    def _prepare(self) -> None:
        """Makes one place ready, and comes back for the next one."""
        if self._store.waiting or not self.isVisible():
            return
        wanted = self._ahead()
        missing = [place for place in wanted if not any(panel.ready_for(place) for panel in self._panels)]
        if not missing:
            return
        spare = [panel for panel in self._panels if panel is not self.panel]
        free = next((panel for panel in spare if not any(panel.ready_for(place) for place in wanted)), None)
        if free is None:
            free = self._make()
        # The sums of another application are wanted in the same frame; they are kept.
        self._store.view.totals(missing[0][0])
        free.show_item(*missing[0])
        _lay_out(free, self.panel.size())
        self._later.start(PIECE_MS)


def _lay_out(panel: IndicatorPanel, size: QSize) -> None:
    """Styles and lays out a panel that is not seen: only what is shown is laid out, so it is shown off the edge."""
    panel.setGeometry(QRect(QPoint(-2 * size.width() - 100, 0), size))
    panel.show()
    for _ in range(_ROUNDS):
        # No frame is painted in between: that takes an event of its own.
        QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)
    panel.draw_curves()
    panel.hide()
