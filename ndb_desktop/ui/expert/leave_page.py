"""Asked before leaving while changes are in memory only: the one question of the program that nobody may overlook."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from ndb_desktop.ui import i18n
from ndb_desktop.ui.expert.store import ReviewStore
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, IconLabel, PlainLabel
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import Card, centred, column, holder, row, scroll


class LeavePage(QWidget):
    """Signals: `retry()` store and leave; `stay()` back to work; `discard()` leave and lose what is not stored."""

    retry = Signal()
    stay = Signal()
    discard = Signal()

    def __init__(self, store: ReviewStore) -> None:
        super().__init__()
        self.setObjectName("expert.leave")
        self._store = store
        head = row(IconLabel("octagon-alert", 32, "danger"), PlainLabel(tr("leave.title"), "title"), gap=2)
        head.setStretch(1, 1)
        self.text = PlainLabel("")
        self.text.setObjectName("leave.text")
        self.why = PlainLabel("", "muted")
        self.again = Button(tr("leave.retry"), "primary", "rotate-cw")
        self.again.setObjectName("leave.retry")
        self.again.clicked.connect(self.retry)
        back = Button(tr("leave.stay"), "normal", "arrow-left")
        back.setObjectName("leave.stay")
        back.clicked.connect(self.stay)
        away = Button(tr("leave.discard"), "danger", "trash-2")
        away.setObjectName("leave.discard")
        away.clicked.connect(self.discard)
        card = Card(gap=2, margins=4)
        card.box.addLayout(head)
        for part in (self.text, self.why):
            card.box.addWidget(part)
        card.box.addLayout(Flow(self.again, back, None, away, gap=2))
        page = column(card, None, margins=4)
        self.setLayout(column(scroll(centred(holder(page), 760), tr("leave.title"))))
        store.standing_changed.connect(self.refresh)
        self.setFocusProxy(self.again)
        self.refresh()

    def refresh(self) -> None:
        """What is still not stored, and why."""
        store = self._store
        self.text.setText(tr("leave.text", count=store.unsaved) if store.unsaved else tr("leave.stored"))
        full = store.trouble is not None and store.trouble.code == "E-STORE-FULL"
        why = "" if store.trouble is None else tr("safety.unsaved.full") if full else i18n.fault(store.trouble)
        self.why.setText(why)
        self.why.setVisible(bool(why))
