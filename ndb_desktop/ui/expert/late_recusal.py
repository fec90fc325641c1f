"""回避本申报: the way to recuse at any time, from the list of applications by button, menu key or right click."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPoint, Qt, Signal
from PySide6.QtWidgets import QMenu

from ndb_desktop.domain.sheet import Declaration
from ndb_desktop.services.review_drafts import DECLARATION, Draft
from ndb_desktop.services.review_recusal import recuse
from ndb_desktop.ui import icons
from ndb_desktop.ui.expert.lists import ROW, SideList
from ndb_desktop.ui.expert.store import ReviewStore
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import ShrinkingButton, amp


def keep_declaration(store: ReviewStore, application: str, values: Draft) -> None:
    """Stores what stands in the form of a declaration that is not made yet."""
    store.keep_draft(application, DECLARATION, values)


def make_declaration(store: ReviewStore, application: str, declaration: Declaration) -> None:
    """Stores a declaration; a recusal after signing starts the revision it needs, with a reason that says so."""
    if declaration.status != "recused":
        store.submit(application, DECLARATION, lambda session: session.declare(application, declaration))
        return
    reason = tr("recuse.revision", application=application, codes=", ".join(declaration.codes))
    # More than one sheet may be told anew: after signing, all of them are open again.
    store.submit(
        application,
        DECLARATION,
        lambda session: (recuse(session, application, declaration, reason=reason), None)[1],
    )


class LateRecusal(QObject):
    """Button below the list and menu on its rows. Signal `asked(str)`: the application to recuse from."""

    asked = Signal(str)

    def __init__(self, store: ReviewStore, view: SideList, parent: QObject) -> None:
        super().__init__(parent)
        self._store, self._list, self._current = store, view, ""
        self._words = tr("recuse.button.stage") if store.view.later else tr("recuse.button")
        self.button = ShrinkingButton(self._words, "quiet", "ban")
        self.button.setObjectName("score.recuse")
        self.button.clicked.connect(lambda: self.asked.emit(self._current))
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.customContextMenuRequested.connect(self._open)

    def show_application(self, application: str) -> None:
        """The application in sight: whoever recused already needs no button."""
        self._current = application
        name = self._store.view.item(application).application.applicant
        # After signing it is still possible, but not without consequence: the button says so before it is pressed.
        self.button.set_text(tr("recuse.button.signed") if self._store.view.locked else self._words)
        self.button.setEnabled(self._possible(application))
        self.button.setAccessibleName(tr("declare.recuse.for", name=name))

    def _possible(self, application: str) -> bool:
        view = self._store.view
        return view.agreed and view.sheet(application).declaration.status != "recused"

    def make_menu(self, application: str) -> QMenu:
        """The menu of a row."""
        menu = QMenu(self._list)
        menu.setObjectName("menu.application")
        name = self._store.view.item(application).application.applicant
        head = menu.addAction(amp(name))
        head.setEnabled(False)
        action = menu.addAction(icons.icon("ban"), amp(self._words))
        action.setObjectName("menu.recuse")
        action.setEnabled(self._possible(application))
        action.triggered.connect(lambda: self.asked.emit(application))
        return menu

    def _open(self, spot: QPoint) -> None:
        index = self._list.indexAt(spot)
        if not index.isValid():
            index = self._list.currentIndex()
        if not index.isValid():
            return
        menu = self.make_menu(index.data(ROW).id)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self._list.viewport().mapToGlobal(spot))
