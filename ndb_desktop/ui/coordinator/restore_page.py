"""由备份恢复: a safety copy was chosen where a registry is opened; where to restore it to, with which key."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal

from ndb_desktop.services.identity import StoredIdentity
from ndb_desktop.services.registry_copy import RegistryCopy
from ndb_desktop.ui import i18n
from ndb_desktop.ui.coordinator.copies_part import megabytes
from ndb_desktop.ui.coordinator.open_page import UnlockOfficePage
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, PlainLabel
from ndb_desktop.ui.widgets import files
from ndb_desktop.ui.widgets.layout import Card, row


class RestorePage(UnlockOfficePage):
    """Signal `restore(object, object, str)`: the new folder, the key file and the passphrase."""

    restore = Signal(object, object, str)

    def __init__(self, copy: RegistryCopy, identities: Sequence[StoredIdentity], parent: Path) -> None:
        self._target = parent / copy.path.stem
        self._place = PlainLabel("", "body", selectable=True)
        self._place.setObjectName("restore.place")
        choose = Button(tr("restore.place"), "normal", "folder-open")
        choose.setObjectName("restore.choose")
        choose.clicked.connect(self._choose)
        facts = tr(
            "restore.facts", batch=copy.batch, time=i18n.local_time(copy.made_at), entries=copy.entries,
            size=megabytes(copy.size),
        )  # fmt: skip
        card = Card(PlainLabel(tr("restore.title"), "heading"), PlainLabel(facts), gap=1.5, margins=2.5)
        card.setObjectName("restore.card")
        card.box.addWidget(PlainLabel(tr("restore.text"), "muted"))
        card.box.addWidget(self._place)
        card.box.addLayout(row(choose, None))
        super().__init__(copy.path, identities, before=card)
        self.button.set_text(tr("restore.button"))
        self.unlock.connect(lambda key, passphrase: self.restore.emit(self._target, key, passphrase))
        self._show()

    def _choose(self) -> None:
        parent = files.pick_folder(self, tr("copies.restore.folder"))
        if parent is not None:
            self._target = parent / self._target.name
            self._show()

    def _show(self) -> None:
        self._place.setText(tr("restore.to", folder=files.told(self._target)))
