"""The item in hand or the overall page behind the last one, and unseen those one goes to next: a step costs one frame.

A person reads an item for half a minute and leaves it with one key. What that key shows (which labels, how they are
broken into lines, where they stand) is known long before, so it is made while nobody waits, and so is a picture of it:
the picture is the first frame, and the panel itself takes its place before the next key is heard.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QApplication, QStackedWidget

from ndb_desktop.ui import pending
from ndb_desktop.ui.expert.cover import Cover, Page, Picture
from ndb_desktop.ui.expert.indicator_panel import IndicatorPanel
from ndb_desktop.ui.expert.overall_panel import OverallPanel
from ndb_desktop.ui.expert.store import LeftMark, ReviewStore
from ndb_desktop.ui.expert.walk import OVERALL

AHEAD_MS = 60
"""How long after an item is shown or changed the work ahead begins: never within a burst of keys."""
PIECE_MS = 10
"""The pause between two pieces of it, in which a key gets its turn."""

_ROUNDS = 3
"""A layout that changes asks the one around it again."""

_ARRIVE = QEvent.Type(QEvent.registerEventType())
_AFTER_PAINTING = Qt.EventPriority.LowEventPriority.value - 1
"""Qt paints what changed at the priority `LowEventPriority`."""
_TYPED = (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress, QEvent.Type.InputMethod)

Place = tuple[str, str]
"""Application and item."""


class ItemPanels(QStackedWidget):
    """Several `IndicatorPanel`s and the overall page, of which one is seen; signals as in the panel that is seen.

    `ahead` names the places one may go to next, the likeliest first.
    """

    jump = Signal(str, int, object)
    beside = Signal(str, int, object)
    place_asked = Signal()
    told = Signal(str)

    def __init__(self, store: ReviewStore, overall: OverallPanel, ahead: Callable[[], list[Place]]) -> None:
        super().__init__()
        self._store, self._overall, self._ahead = store, overall, ahead
        self._panels: list[IndicatorPanel] = []
        self._pictures: dict[Page, Picture] = {}
        self._coming: Page | None = None
        self._focus: str | None = None
        self._panel = self._make()
        self._shown: Page = self._panel
        self._shown.live = True
        self.addWidget(overall)
        self._cover = Cover(self)
        self._later = QTimer(self, singleShot=True)
        self._later.timeout.connect(self._prepare)
        store.changed.connect(self._wait)

    def _make(self) -> IndicatorPanel:
        panel = IndicatorPanel(self._store, self)
        for own, its in ((self.jump, panel.jump), (self.beside, panel.beside)):
            its.connect(own)
        panel.place_asked.connect(self.place_asked)
        panel.evidence.told.connect(self.told)
        panel.evidence.offers_beside = True
        self._panels.append(panel)
        self.addWidget(panel)
        return panel

    @property
    def panel(self) -> IndicatorPanel:
        """The panel that shows the item in hand, or showed the last one."""
        self._arrive()
        return self._panel

    @property
    def overall_shown(self) -> bool:
        """Whether the overall page is in hand, no item."""
        self._arrive()
        return self._shown is self._overall

    def show_item(self, application: str, item: str) -> None:
        """Shows an item from the top, or the overall page."""
        self._arrive()
        page = self._ready((application, item))
        if page is None:
            page = self._overall if item == OVERALL else self._panel
            page.show_item(application, item)
        if page is not self._shown:
            self._leave_for(page)
        elif (focus := QApplication.focusWidget()) is not None and page.isAncestorOf(focus):
            # Made anew in the same panel: what has the focus may be out of sight now.
            page.take_focus(focus.objectName())
        self._wait()

    def let_go(self) -> None:
        """The item in hand is left: a number typed there that could not be taken does not vanish without a word."""
        left = self.panel.let_go()
        if left is not None:
            self._store.mark_left.emit(left)

    def take_up(self, mark: LeftMark) -> None:
        """The item such a number belongs to is in hand again: it stands in its field once more, in sight."""
        panel = self.panel
        _settle()
        panel.take_up(mark)

    # ----- from one page to the other -----

    def _leave_for(self, page: Page) -> None:
        focus = QApplication.focusWidget()
        inside = focus is not None and self._shown.isAncestorOf(focus)
        self._focus = focus.objectName() if focus is not None and inside else None
        if inside:
            # Nothing may be typed into the item that was left; what is typed now comes here and is passed on.
            self.setFocus()
        self._coming = page
        page.show_folds()
        picture = self._pictures.pop(page, None)
        if picture is not None and self.isVisible() and page.stays_at_top() and picture.is_of(page, self):
            self._cover.show_picture(picture)
            QCoreApplication.postEvent(self, QEvent(_ARRIVE), _AFTER_PAINTING)
        else:
            self._arrive()

    def _arrive(self) -> None:
        """The page itself takes the place of its picture."""
        if self._coming is None:
            return
        before, self._shown, self._coming = self._shown, self._coming, None
        if isinstance(self._shown, IndicatorPanel):
            self._panel = self._shown
        before.live, self._shown.live = False, True
        # Something may be typed in it that is still on its way to the disk.
        before.made_from = None
        self.setCurrentWidget(self._shown)
        self._shown.bring_draft()
        if self._focus is not None and self.hasFocus():
            self._shown.take_focus(self._focus)
        self._cover.hide()

    def event(self, event: QEvent) -> bool:
        kind = event.type()
        if kind == _ARRIVE:
            self._arrive()
            return True
        if kind in _TYPED and self._coming is not None:
            self._arrive()
            target = QApplication.focusWidget()
            if target is not None and target is not self:
                return QCoreApplication.sendEvent(target, event)
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrive()
        super().resizeEvent(event)

    # ----- ahead -----

    def _wait(self, _change: object = None) -> None:
        self._later.start(AHEAD_MS)

    def _prepare(self) -> None:
        """Makes one place ready, or the picture of one, and comes back for the next."""
        if self._store.waiting or self._coming is not None or not self.isVisible():
            return
        if pending.state(self._shown) == pending.WAITING:
            # What is typed goes to the disk first: its moment comes in the thread this work would hold.
            self._later.start(AHEAD_MS)
            return
        # There is one overall page: while it is in hand it cannot be made ready for another application.
        taken = self._shown is self._overall
        wanted = [place for place in self._ahead() if not (taken and place[1] == OVERALL)]
        ready = {place: page for place in wanted if (page := self._ready(place)) is not None}
        missing = [place for place in wanted if place not in ready]
        drawn = self._pictures
        bare = [page for page in ready.values() if page not in drawn or not drawn[page].is_of(page, self)]
        if missing:
            self._make_ready(missing[0], set(ready.values()))
        elif bare:
            drawn[bare[0]] = Picture(bare[0])
        else:
            return
        self._later.start(PIECE_MS)

    def _ready(self, place: Place) -> Page | None:
        pages: list[Page] = [self._overall, *self._panels]
        return next((page for page in pages if page.ready_for(place)), None)

    def _make_ready(self, place: Place, kept: set[Page]) -> None:
        free: Page = self._overall
        if place[1] != OVERALL:
            spare = (panel for panel in self._panels if panel is not self._panel and panel not in kept)
            made = next(spare, None)
            if made is None:
                # The longest piece of all stands alone.
                self._make()
                return
            free = made
        self._pictures.pop(free, None)
        # The sums of another application are wanted in the same frame; they are kept.
        self._store.view.reckon(place[0])
        free.show_item(*place)
        _lay_out(free, self._shown.size())


def _lay_out(page: Page, size: QSize) -> None:
    """Styles and lays out a page that is not seen: only what is shown is laid out, so it is shown off the edge."""
    page.setGeometry(QRect(QPoint(-2 * size.width() - 100, 0), size))
    page.show()
    _settle()
    page.draw_curves()
    page.hide()


def _settle() -> None:
    """Carries out what is posted for layouts; no frame is painted in between: that takes an event of its own."""
    for _ in range(_ROUNDS):
        QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)
