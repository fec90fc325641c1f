"""What is wrong with the disk, said in a strip that stays: changes held in memory, a bundle whose stick is out."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame

from ndb_desktop.ui import i18n
from ndb_desktop.ui.expert.store import ReviewStore
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, IconLabel, PlainLabel
from ndb_desktop.ui.widgets.layout import column, row


class TroubleStrip(QFrame):
    """Two lines, each shown only while it is true: what could not be saved, and a bundle that cannot be read."""

    def __init__(self, store: ReviewStore) -> None:
        super().__init__()
        self.setObjectName("trouble")
        self._store = store
        self.unsaved = PlainLabel("")
        self.unsaved.setObjectName("trouble.unsaved")
        self.retry = Button(tr("safety.retry"), "primary", "rotate-cw")
        self.retry.setObjectName("trouble.retry")
        self.retry.clicked.connect(self._retry)
        self.away = PlainLabel("")
        self.away.setObjectName("trouble.away")
        self.look = Button(tr("safety.retry"), "normal", "rotate-cw")
        self.look.setObjectName("trouble.find")
        self.look.setAccessibleName(tr("safety.away.retry"))
        self.look.clicked.connect(self._find)
        self._disk = self._line("danger", "octagon-alert", self.unsaved, self.retry)
        self._medium = self._line("warning", "triangle-alert", self.away, self.look)
        self.setLayout(column(self._disk, self._medium, gap=0))
        store.standing_changed.connect(self.refresh)
        self._say()
        if not self._wanted():
            self.hide()

    def _retry(self) -> None:
        self._store.retry()

    def _find(self) -> None:
        self._store.find_bundle()

    @staticmethod
    def _line(kind: str, icon: str, words: PlainLabel, button: Button) -> QFrame:
        frame = QFrame()
        frame.setProperty("banner", kind)
        line = row(IconLabel(icon, 20, kind), words, button, gap=1.5, margins=(2, 1, 2, 1))
        line.setStretch(1, 1)
        frame.setLayout(line)
        return frame

    def refresh(self) -> None:
        """As the store stands now."""
        self._say()
        self.setVisible(self._wanted())

    def _wanted(self) -> bool:
        return bool(self._store.unsaved) or self._store.away

    def _say(self) -> None:
        store = self._store
        if store.unsaved:
            full = store.trouble is not None and store.trouble.code == "E-STORE-FULL"
            why = tr("safety.unsaved.full") if full or store.trouble is None else i18n.fault(store.trouble)
            self.unsaved.setText(tr("safety.unsaved.text", count=store.unsaved, why=why))
        if store.away:
            self.away.setText(tr("safety.away.text", name=store.view.summary.path.name))
        self._disk.setVisible(bool(store.unsaved))
        self._medium.setVisible(store.away)
