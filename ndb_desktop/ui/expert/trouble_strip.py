"""What is wrong with the disk, said in a strip that stays: changes held in memory, a bundle whose stick is out."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame

from ndb_desktop.ui import i18n
from ndb_desktop.ui.expert.store import ReviewStore
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, IconLabel, PlainLabel, tip
from ndb_desktop.ui.widgets.layout import column, row


class TroubleStrip(QFrame):
    """Two lines, each shown only while it is true: what could not be saved, and a bundle that cannot be read."""

    def __init__(self, store: ReviewStore) -> None:
        super().__init__()
        self.setObjectName("trouble")
        self._store = store
        self._low = False
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

    def set_low(self, low: bool) -> None:
        """Little height: each line says the least one must know; the rest is its tip and what a screen reader adds."""
        if low != self._low:
            self._low = low
            self._say()

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
            whole = tr("safety.unsaved.text", count=store.unsaved, why=why)
            self._show(self.unsaved, whole, tr("safety.unsaved.brief", count=store.unsaved))
        if store.away:
            whole = tr("safety.away.text", name=store.view.summary.path.name)
            self._show(self.away, whole, tr("safety.away.brief"))
        self._disk.setVisible(bool(store.unsaved))
        self._medium.setVisible(store.away)

    def _show(self, label: PlainLabel, whole: str, brief: str) -> None:
        label.setText(brief if self._low else whole)
        label.setToolTip(tip(whole) if self._low else "")
        label.setAccessibleDescription(whole if self._low else "")
