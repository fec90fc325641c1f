"""A file or folder was chosen that opens with a key (解锁): which key, and its passphrase."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from ndb_desktop.services.identity import StoredIdentity
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, ElidedLabel, PlainLabel
from ndb_desktop.ui.widgets import files
from ndb_desktop.ui.widgets.banner import Banner
from ndb_desktop.ui.widgets.fields import Choice
from ndb_desktop.ui.widgets.layout import Card, centred, column, holder, row, scroll
from ndb_desktop.ui.widgets.passphrase import PassphraseField


@dataclass(frozen=True)
class UnlockWords:
    """What the page says; `subject` names what was chosen."""

    title: str
    subject: str
    text: str
    key: str
    browse: str
    passphrase: str
    open: str
    other: str


class UnlockPage(QWidget):
    """Signals: `unlock(object, str)` key file and passphrase; `other()` something else is to be chosen.

    `name` begins the names of its widgets, `before` stands above the card.
    """

    unlock = Signal(object, str)
    other = Signal()

    def __init__(
        self,
        name: str,
        words: UnlockWords,
        identities: Sequence[StoredIdentity],
        key: Path | None = None,
        passphrase: str = "",
        before: QWidget | None = None,
    ) -> None:
        super().__init__()
        self.setObjectName(f"{name}.unlock")
        self.banner = Banner()
        self._words = words
        self._keys = Choice(words.key)
        self._keys.setObjectName(f"{name}.key")
        self._keys.setPlaceholderText(tr("keys.none.here"))
        self._paths = [stored.path for stored in identities if stored.fault is None]
        self._names = {stored.path: f"{stored.name} · {stored.path.name}" for stored in identities}
        if key is not None:
            self._add(key)
        self._fill(key)
        browse = Button(words.browse, "normal", "folder-open")
        browse.setObjectName(f"{name}.key.browse")
        browse.clicked.connect(self._browse)
        self.passphrase = PassphraseField(words.passphrase)
        self.passphrase.first.setText(passphrase)
        self.passphrase.confirmed.connect(self._open)
        self.passphrase.changed.connect(self._update)
        self.button = Button(words.open, "primary", "lock-open")
        self.button.setObjectName(f"{name}.open")
        self.button.clicked.connect(self._open)
        other = Button(words.other, "normal", "folder-open")
        other.setObjectName(f"{name}.other")
        other.clicked.connect(self.other)
        key_row = row(self._keys, browse)
        key_row.setStretch(0, 1)
        card = Card(ElidedLabel(words.subject, "heading"), PlainLabel(words.text, "muted"), gap=1.5, margins=2.5)
        card.box.addWidget(PlainLabel(words.key))
        card.box.addLayout(key_row)
        card.box.addWidget(self.passphrase)
        parts = (card,) if before is None else (before, card)
        page = column(PlainLabel(words.title, "title"), *parts, self.banner, gap=3, margins=4)
        page.addLayout(row(self.button, other, None, gap=2))
        page.addStretch(1)
        self.setLayout(column(scroll(centred(holder(page), 760), words.title)))
        self._update()
        self.setFocusProxy(self.passphrase if self._paths else browse)

    def _add(self, path: Path) -> None:
        if path not in self._paths:
            self._paths.insert(0, path)
        self._names.setdefault(path, path.name)

    def _fill(self, chosen: Path | None) -> None:
        self._keys.set_choices([(path, self._names[path]) for path in self._paths], chosen)

    def _browse(self) -> None:
        path = files.pick_file(self, self._words.browse, f"{tr('files.keys')} (*.ndbkey);;{tr('files.all')} (*)")
        if path is not None:
            self._add(path)
            self._fill(path)
            self._update()
            self.passphrase.setFocus()

    def _update(self) -> None:
        self.button.setEnabled(bool(self._paths) and bool(self.passphrase.text()))

    def _open(self) -> None:
        if self.button.isEnabled():
            self.banner.dismiss()
            self.unlock.emit(self._keys.value(), self.passphrase.text())
