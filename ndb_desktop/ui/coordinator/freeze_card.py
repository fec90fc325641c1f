"""冻结规则包: whether the rules are fixed, since when and by whom; the button that fixes them."""

from __future__ import annotations

from PySide6.QtCore import Signal

from ndb_desktop.services.digest_words import spoken
from ndb_desktop.ui import i18n
from ndb_desktop.ui.coordinator.decision_words import signer_names
from ndb_desktop.ui.coordinator.store import Snapshot
from ndb_desktop.ui.coordinator.words import category_name
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, IconLabel, PlainLabel
from ndb_desktop.ui.widgets.layout import Card, column, row


class FreezeCard(Card):
    """Signal `freeze()`."""

    freeze = Signal()

    def __init__(self) -> None:
        super().__init__(gap=1, margins=2)
        self._icon = IconLabel("lock-open", 24, "warning")
        self._title = PlainLabel("", "heading")
        self._title.setObjectName("freeze.state")
        self._text = PlainLabel("", "muted", selectable=True)
        self.button = Button(tr("freeze.button"), "normal", "lock")
        self.button.setObjectName("freeze.button")
        self.button.clicked.connect(self.freeze)
        words = column(self._title, self._text, gap=0.5)
        line = row(self._icon, words, self.button, gap=1.5)
        line.setStretch(1, 1)
        self.box.addLayout(line)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """As the registry stands."""
        known = snapshot.frozen
        language = i18n.language()
        digests = "\n".join(
            tr("freeze.pack", category=category_name(category), words=spoken(pack.digest, language))
            for category, pack in snapshot.packs.items()
        )
        if known is None:
            self._icon.set_icon("lock-open", 24, "warning")
            self._title.setText(tr("freeze.open"))
            two = bool(snapshot.supervisors) or not snapshot.batch.trial
            self._text.setText("\n".join((tr("freeze.open.two") if two else tr("freeze.open.one"), digests)))
        else:
            self._icon.set_icon("lock", 24, "accent")
            names = signer_names(known, snapshot)
            self._title.setText(tr("freeze.done", at=i18n.local_time(known.at), names=names))
            self._text.setText(digests)
        self.button.setVisible(known is None)
        self.button.setEnabled(not snapshot.recovered)
