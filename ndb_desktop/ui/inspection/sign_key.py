"""The key that signs: a key file of a member and its passphrase; the key itself is never kept."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal

from ndb_desktop.services.identity import StoredIdentity
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, PlainLabel
from ndb_desktop.ui.widgets import files
from ndb_desktop.ui.widgets.fields import Choice
from ndb_desktop.ui.widgets.layout import Card, row
from ndb_desktop.ui.widgets.passphrase import PassphraseField


class KeyCard(Card):
    """Signal `changed()`: another key or passphrase. `keyids` are the keys of the team, the own one first."""

    changed = Signal()

    def __init__(self, identities: Sequence[StoredIdentity], keyids: Sequence[str]) -> None:
        super().__init__(PlainLabel(tr("site.sign.key"), "heading"), gap=1, margins=2)
        self._keys = Choice(tr("site.sign.key.file"))
        self._keys.setObjectName("site.sign.key")
        ours = [one for one in identities if one.fault is None and one.fingerprint in keyids]
        ours.sort(key=lambda one: keyids.index(one.fingerprint))
        self._names = {one.path: f"{one.name} · {one.path.name}" for one in ours}
        self._fill(None)
        browse = Button(tr("office.key.browse"), "normal", "folder-open")
        browse.setObjectName("site.sign.key.browse")
        browse.clicked.connect(self._browse)
        self._keys.chosen.connect(lambda _path: self.changed.emit())
        self.passphrase = PassphraseField(tr("office.passphrase"))
        self.passphrase.changed.connect(self.changed)
        line = row(self._keys, browse)
        line.setStretch(0, 1)
        self.box.addWidget(PlainLabel(tr("site.sign.key.text"), "muted"))
        self.box.addLayout(line)
        self.box.addWidget(self.passphrase)

    @property
    def ready(self) -> bool:
        """Whether there is a key file and something typed as its passphrase."""
        return bool(self._names) and bool(self.passphrase.text())

    def key(self) -> tuple[Path, str]:
        """Key file and passphrase."""
        return self._keys.value(), self.passphrase.text()

    def _fill(self, chosen: Path | None) -> None:
        self._keys.set_choices(list(self._names.items()), chosen)

    def _browse(self) -> None:
        pattern = f"{tr('files.keys')} (*.ndbkey);;{tr('files.all')} (*)"
        path = files.pick_file(self, tr("office.key.browse"), pattern)
        if path is not None:
            self._names.setdefault(path, path.name)
            self._fill(path)
            self.changed.emit()
            self.passphrase.setFocus()
