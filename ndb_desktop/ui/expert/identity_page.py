"""身份: the key that signs. Made here by the expert, under the expert's own passphrase, typed twice; or chosen."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from ndb_desktop.services import identity as identities
from ndb_desktop.services.identity import StoredIdentity
from ndb_desktop.ui import tasks
from ndb_desktop.ui.expert.open_page import fact_grid
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, PlainLabel
from ndb_desktop.ui.plain_checks import PlainRadio
from ndb_desktop.ui.widgets.banner import Banner
from ndb_desktop.ui.widgets.fields import LineEdit
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import Card, centred, clear, column, holder, row, scroll
from ndb_desktop.ui.widgets.passphrase import PassphraseField


class IdentityPage(QWidget):
    """Signals: `chosen(object)` a `StoredIdentity`; `go_on()`."""

    chosen = Signal(object)
    go_on = Signal()

    def __init__(self, profile: Path, *, name: str, trial: bool, wanted: str, current: Path | None) -> None:
        super().__init__()
        self.setObjectName("expert.identity")
        self._folder, self._trial, self._wanted = identities.keys_folder(profile), trial, wanted
        self._current = current
        self.banner = Banner()
        self._list = column(gap=1)
        self.name = LineEdit(tr("own_key.name"), name)
        self.name.setObjectName("identity.name")
        minimum = 1 if trial else identities.OFFICIAL_MINIMUM
        self.passphrase = PassphraseField(tr("own_key.passphrase"), new=True, minimum=minimum)
        self.passphrase.changed.connect(self._update)
        self.passphrase.confirmed.connect(self._create)
        self.name.textChanged.connect(self._update)
        self.create_button = Button(tr("own_key.create"), "normal", "key-round")
        self.create_button.setObjectName("identity.create")
        self.create_button.clicked.connect(self._create)
        self.next = Button(tr("own_key.next"), "primary", "arrow-right")
        self.next.setObjectName("identity.next")
        self.next.clicked.connect(self.go_on)
        self.another = Button(tr("own_key.another"), "quiet", "plus")
        self.another.setObjectName("identity.another")
        self.another.clicked.connect(self._open_form)
        self._form_wanted = False
        self._chosen = Card(PlainLabel(tr("own_key.have"), "heading"), gap=1.5, margins=2.5)
        self._chosen.box.addLayout(self._list)
        self._chosen.box.addLayout(row(self.another, None))
        self._new = Card(PlainLabel(tr("own_key.new"), "heading"), PlainLabel(tr("own_key.new.text"), "muted"))
        self._new.box.addLayout(column(PlainLabel(tr("own_key.name")), self.name, gap=0.75))
        self._new.box.addWidget(self.passphrase)
        self._new.box.addWidget(PlainLabel(tr("own_key.forget"), "warning"))
        self._new.box.addLayout(Flow(self.create_button))
        page = column(gap=2, margins=4)
        page.addWidget(PlainLabel(tr("own_key.title"), "title"))
        page.addWidget(PlainLabel(tr("own_key.text"), "muted"))
        for part in (self.banner, self._chosen, self._new):
            page.addWidget(part)
        page.addLayout(Flow(None, self.next))
        page.addStretch(1)
        self.setLayout(column(scroll(centred(holder(page), 760), tr("own_key.title"))))
        self.reload()

    @property
    def current(self) -> Path | None:
        """The key file chosen."""
        return self._current

    def reload(self) -> None:
        """Reads the keys of this machine again."""
        tasks.run(
            lambda _p, _c: identities.list_identities(self._folder),
            done=self._show,
            failed=self.banner.show_error,
            lane="pool",
            owner=self,
        )

    def usable(self, stored: StoredIdentity) -> bool:
        """Whether a key may sign here: whole, of this kind of round, and the one the bundle names if it names one."""
        fits = not self._wanted or stored.fingerprint == self._wanted
        return stored.fault is None and stored.trial == self._trial and fits

    def _show(self, found: tuple[StoredIdentity, ...]) -> None:
        clear(self._list)
        usable = [stored for stored in found if self.usable(stored)]
        self._chosen.setVisible(bool(usable))
        # Whoever has a key wants that one; the form for a new one would only ask for what nobody needs to give.
        self._new.setVisible(not self._wanted and (not usable or self._form_wanted))
        self.another.setVisible(not self._wanted and self._new.isHidden())
        if usable and self._current not in [stored.path for stored in usable]:
            self._take(usable[0])
        for number, stored in enumerate(usable):
            radio = PlainRadio(stored.name)
            radio.setObjectName(f"identity.{number}")
            radio.setChecked(stored.path == self._current)
            radio.clicked.connect(lambda _on=True, stored=stored: self._take(stored))
            self._list.addWidget(radio)
            facts = [(tr("own_key.fingerprint"), stored.fingerprint), (tr("own_key.file"), stored.path.name)]
            grid = fact_grid(facts)
            grid.setContentsMargins(32, 0, 0, 8)
            self._list.addLayout(grid)
        if not usable and self._wanted:
            self.banner.warning(tr("own_key.wanted", fingerprint=self._wanted))
        self._update()

    def _open_form(self) -> None:
        self._form_wanted = True
        self._new.show()
        self.another.hide()
        self.passphrase.setFocus()

    def _take(self, stored: StoredIdentity) -> None:
        self._current = stored.path
        self.chosen.emit(stored)
        self._update()

    def _update(self) -> None:
        self.create_button.setEnabled(self.passphrase.ready() and bool(self.name.text().strip()))
        self.next.setEnabled(self._current is not None)

    def _create(self) -> None:
        if not self.create_button.isEnabled():
            return
        name, passphrase = self.name.text().strip(), self.passphrase.text()
        self.create_button.setEnabled(False)
        self.create_button.set_text(tr("own_key.creating"))

        def made(stored: StoredIdentity) -> None:
            self.passphrase.clear()
            self._form_wanted = False
            self.create_button.set_text(tr("own_key.create"))
            self._take(stored)
            self.reload()
            self.next.setFocus()

        def failed(error: Exception) -> None:
            self.create_button.set_text(tr("own_key.create"))
            self._update()
            self.banner.show_error(error)

        tasks.run(
            lambda _p, _c: identities.create_identity(
                self._folder, name=name, passphrase=passphrase, trial=self._trial
            ),
            done=made,
            failed=failed,
            lane="pool",
            owner=self,
        )
