"""打开总库 or make a new one: the way into the coordinator desk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from ndb_desktop.services.identity import StoredIdentity
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, ElidedLabel, LinkButton, PlainLabel
from ndb_desktop.ui.tasks import Task
from ndb_desktop.ui.widgets import files
from ndb_desktop.ui.widgets.banner import Banner
from ndb_desktop.ui.widgets.empty import EmptyState
from ndb_desktop.ui.widgets.fields import Choice
from ndb_desktop.ui.widgets.layout import Card, centred, column, holder, row, scroll
from ndb_desktop.ui.widgets.passphrase import PassphraseField
from ndb_desktop.ui.widgets.progress import ProgressPanel


class ChooseOfficePage(QWidget):
    """No registry yet. Signals: `choose()`, `create_asked()`, `chosen(object)` a folder of the recent list."""

    choose = Signal()
    create_asked = Signal()
    chosen = Signal(object)

    def __init__(self, recent: Sequence[Path]) -> None:
        super().__init__()
        self.setObjectName("office.choose")
        empty = EmptyState("landmark", tr("office.choose"), tr("office.choose.text"), tr("office.choose.button"))
        empty.button.setObjectName("office.choose.button")
        empty.button.setProperty("kind", "primary")
        empty.button.clicked.connect(self.choose)
        make = Button(tr("office.create.button"), "normal", "plus")
        make.setObjectName("office.create.button")
        make.clicked.connect(self.create_asked)
        card = Card()
        card.box.addWidget(empty)
        card.box.addLayout(row(None, make, None))
        page = column(card, gap=3, margins=4)
        if recent:
            older = Card(PlainLabel(tr("start.recent"), "heading"))
            for number, path in enumerate(recent):
                link = LinkButton(path.name, "landmark")
                link.setObjectName(f"office.recent.{number}")
                link.clicked.connect(lambda _c=False, path=path: self.chosen.emit(path))
                older.box.addLayout(row(link, None))
            page.addWidget(older)
        page.addStretch(1)
        self.setLayout(column(scroll(centred(holder(page), 840), tr("office.choose"))))
        self.setFocusProxy(empty.button)


class UnlockOfficePage(QWidget):
    """A registry folder was chosen. Signals: `unlock(object, str)` key file and passphrase; `other()`."""

    unlock = Signal(object, str)
    other = Signal()

    def __init__(
        self,
        folder: Path,
        identities: Sequence[StoredIdentity],
        key: Path | None = None,
        passphrase: str = "",
        before: QWidget | None = None,
    ) -> None:
        super().__init__()
        self.setObjectName("office.unlock")
        self.banner = Banner()
        self._keys = Choice(tr("office.key"))
        self._keys.setObjectName("office.key")
        self._paths = [stored.path for stored in identities if stored.fault is None]
        self._names = {stored.path: f"{stored.name} · {stored.path.name}" for stored in identities}
        if key is not None:
            self._add(key)
        self._fill(key)
        browse = Button(tr("office.key.browse"), "normal", "folder-open")
        browse.setObjectName("office.key.browse")
        browse.clicked.connect(self._browse)
        self.passphrase = PassphraseField(tr("office.passphrase"))
        self.passphrase.first.setText(passphrase)
        self.passphrase.confirmed.connect(self._open)
        self.passphrase.changed.connect(self._update)
        self.button = Button(tr("office.open"), "primary", "lock-open")
        self.button.setObjectName("office.open")
        self.button.clicked.connect(self._open)
        other = Button(tr("office.other"), "normal", "folder-open")
        other.setObjectName("office.other")
        other.clicked.connect(self.other)
        key_row = row(self._keys, browse)
        key_row.setStretch(0, 1)
        card = Card(
            ElidedLabel(folder.name, "heading"), PlainLabel(tr("office.unlock.text"), "muted"), gap=1.5, margins=2.5
        )
        card.box.addWidget(PlainLabel(tr("office.key")))
        card.box.addLayout(key_row)
        card.box.addWidget(self.passphrase)
        parts = (card,) if before is None else (before, card)
        page = column(PlainLabel(tr("office.unlock"), "title"), *parts, self.banner, gap=3, margins=4)
        page.addLayout(row(self.button, other, None, gap=2))
        page.addStretch(1)
        self.setLayout(column(scroll(centred(holder(page), 760), tr("office.unlock"))))
        self._update()
        self.setFocusProxy(self.passphrase if self._paths else browse)

    def _add(self, path: Path) -> None:
        if path not in self._paths:
            self._paths.insert(0, path)
        self._names.setdefault(path, path.name)

    def _fill(self, chosen: Path | None) -> None:
        self._keys.set_choices([(path, self._names[path]) for path in self._paths], chosen)

    def _browse(self) -> None:
        path = files.pick_file(self, tr("office.key.browse"), f"{tr('files.keys')} (*.ndbkey);;{tr('files.all')} (*)")
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


class WaitPage(QWidget):
    """Shown while a registry is opened or made."""

    def __init__(self, title: str, task: Task | None, cancelled: Callable[[], object]) -> None:
        super().__init__()
        self.setObjectName("office.wait")
        self.progress = ProgressPanel(title)
        self.progress.cancel_asked.connect(cancelled)
        if task is not None:
            self.progress.follow(task)
        self.setLayout(column(None, centred(self.progress, 640), None, None, margins=4))
        self.setFocusProxy(self.progress.cancel)
