"""The right side of the scoring page: the item in hand, why there is none, or how the totals are computed."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget

from ndb_desktop.ui.expert.item_panels import ItemPanels
from ndb_desktop.ui.expert.overall_panel import OverallPanel
from ndb_desktop.ui.expert.store import ReviewStore
from ndb_desktop.ui.expert.walk import Walk
from ndb_desktop.ui.expert.working_panel import WorkingPanel
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.widgets.empty import EmptyState
from ndb_desktop.ui.widgets.layout import scroll


class ScoreSide(QStackedWidget):
    """Signal `return_asked(str)`: the recusal of this application shall be taken back."""

    return_asked = Signal(str)

    def __init__(self, store: ReviewStore, walk: Walk) -> None:
        super().__init__()
        self._store, self._walk = store, walk
        self.overall = OverallPanel(store)
        self.panels = ItemPanels(store, self.overall, walk.ahead)
        self.working = WorkingPanel(store)
        self.closed = EmptyState("lock", tr("expert.closed"), tr("expert.closed.text"), tr("recuse.return.go"))
        self.closed.button.setObjectName("score.return")
        self.closed.button.clicked.connect(lambda: self.return_asked.emit(self._walk.application))
        self._closed_page = scroll(self.closed, tr("expert.closed"))
        for page in (self.panels, self._closed_page, self.working):
            self.addWidget(page)

    @property
    def on_item(self) -> bool:
        """Whether an item is in sight."""
        return self.currentWidget() is self.panels and not self.panels.overall_shown

    @property
    def on_overall(self) -> bool:
        """Whether the overall page is in sight."""
        return self.currentWidget() is self.panels and self.panels.overall_shown

    def show_item(self) -> None:
        """Shows the item the walk stands at, or why it is closed."""
        self.panels.let_go()
        view, walk = self._store.view, self._walk
        status = view.sheet(walk.application).declaration.status
        if status != "clear":
            recused = status == "recused"
            title = tr("expert.recused") if recused else tr("expert.closed")
            text = tr("expert.recused.text") if recused else tr("expert.closed.text")
            self.closed.say("ban" if recused else "lock", title, text)
            self.closed.button.setVisible(recused and not view.locked and walk.application not in view.final_recusals)
            self.setCurrentWidget(self._closed_page)
        else:
            self.panels.show_item(walk.application, walk.item)
            self.setCurrentWidget(self.panels)

    def show_working(self) -> None:
        """How the totals of this application are computed, in place of the item."""
        self.working.show_application(self._walk.application)
        self.setCurrentWidget(self.working)
        self.working.back.setFocus()

    def take_focus(self) -> bool:
        """Puts the focus where the item is answered; `False` where nothing is."""
        if self.on_item:
            self.panels.panel.focus_start()
        elif self.on_overall:
            self.overall.opinion.setFocus()
        else:
            return False
        return True

    def commit(self) -> None:
        """Stores what is typed but not yet reported."""
        if self.on_item:
            self.panels.panel.commit()
        elif self.on_overall:
            self.overall.commit()
