"""The two forms of the page for key and card: one makes a key, the other writes the card of a key."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import Signal

from ndb_desktop.formats.card import EXTENSION
from ndb_desktop.services import identity as identities
from ndb_desktop.services.identity import StoredIdentity
from ndb_desktop.ui import tasks
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, PlainLabel
from ndb_desktop.ui.plain_checks import PlainCheckBox
from ndb_desktop.ui.widgets import files
from ndb_desktop.ui.widgets.fields import LineEdit
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import Card, column
from ndb_desktop.ui.widgets.passphrase import PassphraseField

MOST = 100
"""Characters of a name on a card."""


class NewKeyCard(Card):
    """Signals: `made(object, str, str)` the `StoredIdentity`, its passphrase, the employer for the card;
    `failed(object)` an error. The passphrase stands in its fields only until the key is made.
    """

    made = Signal(object, str, str)
    failed = Signal(object)

    def __init__(self, folder: Path) -> None:
        super().__init__(
            PlainLabel(tr("own_key.new"), "heading"), PlainLabel(tr("card.new.text"), "muted"), margins=2.5
        )
        self._folder, self._running = folder, False
        self.name = LineEdit(tr("own_key.name"))
        self.name.setObjectName("card.new.name")
        self.employer = LineEdit(tr("card.employer"))
        self.employer.setObjectName("card.new.employer")
        for field in (self.name, self.employer):
            field.setMaxLength(MOST)
        self.trial = PlainCheckBox(tr("card.new.trial"))
        self.trial.setObjectName("card.new.trial")
        self.passphrase = PassphraseField(tr("own_key.passphrase"), new=True, minimum=identities.OFFICIAL_MINIMUM)
        self.passphrase.first.setObjectName("card.new.passphrase")
        self.passphrase.second.setObjectName("card.new.again")
        self.passphrase.show_button.setObjectName("card.new.show")
        self.create_button = Button(tr("own_key.create"), "primary", "key-round")
        self.create_button.setObjectName("card.new.create")
        self.trial.toggled.connect(lambda on: self.passphrase.need(1 if on else identities.OFFICIAL_MINIMUM))
        self.name.textChanged.connect(self._update)
        self.passphrase.changed.connect(self._update)
        self.passphrase.confirmed.connect(self._create)
        self.create_button.clicked.connect(self._create)
        self.box.addLayout(column(PlainLabel(tr("own_key.name")), self.name, gap=0.75))
        self.box.addLayout(column(PlainLabel(tr("card.employer")), self.employer, gap=0.75))
        self.box.addWidget(self.passphrase)
        self.box.addWidget(PlainLabel(tr("card.new.forget"), "warning"))
        self.box.addWidget(self.trial)
        self.box.addLayout(Flow(self.create_button))
        self._update()

    def _update(self) -> None:
        ready = self.passphrase.ready() and bool(self.name.text().strip())
        self.create_button.setEnabled(ready and not self._running)

    def _create(self) -> None:
        if not self.create_button.isEnabled():
            return
        name, passphrase, trial = self.name.text().strip(), self.passphrase.text(), self.trial.isChecked()
        employer = self.employer.text().strip()
        self._run(running=True)

        def made(stored: StoredIdentity) -> None:
            self._run(running=False)
            self.passphrase.clear()
            self.made.emit(stored, passphrase, employer)

        def failed(error: Exception) -> None:
            self._run(running=False)
            self.passphrase.setFocus()
            self.failed.emit(error)

        tasks.run(
            lambda _progress, _cancel: identities.create_identity(
                self._folder, name=name, passphrase=passphrase, trial=trial
            ),
            done=made,
            failed=failed,
            lane="pool",
            owner=self,
        )

    def _run(self, *, running: bool) -> None:
        self._running = running
        self.create_button.set_text(tr("own_key.creating") if running else tr("own_key.create"))
        self._update()


class OwnCard(Card):
    """Signals: `saved(object)` the path; `there(object)` a file lies at that path, `write` replaces it;
    `failed(object)` an error. The passphrase stands in its field only until the card is written.
    """

    saved = Signal(object)
    there = Signal(object)
    failed = Signal(object)

    def __init__(self, now: Callable[[], datetime]) -> None:
        super().__init__(PlainLabel(tr("card.make"), "heading"), PlainLabel(tr("card.make.text"), "muted"), margins=2.5)
        self._now, self._running = now, False
        self._stored: StoredIdentity | None = None
        self.name = LineEdit(tr("card.name"))
        self.name.setObjectName("card.name")
        self.employer = LineEdit(tr("card.employer"))
        self.employer.setObjectName("card.employer")
        for field in (self.name, self.employer):
            field.setMaxLength(MOST)
        self.passphrase = PassphraseField(tr("card.passphrase"))
        self.save = Button(tr("card.save"), "primary", "download")
        self.save.setObjectName("card.save")
        self.name.textChanged.connect(self._update)
        self.passphrase.changed.connect(self._update)
        self.passphrase.confirmed.connect(self._choose)
        self.save.clicked.connect(self._choose)
        self.box.addLayout(column(PlainLabel(tr("card.name")), self.name, gap=0.75))
        self.box.addLayout(column(PlainLabel(tr("card.employer")), self.employer, gap=0.75))
        self.box.addWidget(self.passphrase)
        self.box.addLayout(Flow(self.save))

    def show_key(self, stored: StoredIdentity, passphrase: str = "") -> None:
        """The card is that of this key from now on; `passphrase` when it was typed a moment ago."""
        if self._stored is None or stored.path != self._stored.path:
            self.name.setText(stored.name)
            self.passphrase.clear()
        self._stored = stored
        if passphrase:
            self.passphrase.first.setText(passphrase)
        self._update()

    def _update(self) -> None:
        ready = self._stored is not None and bool(self.name.text().strip() and self.passphrase.text())
        self.save.setEnabled(ready and not self._running)

    def _choose(self) -> None:
        """Where the card goes. The dialog asks before it names a file that is there, but not what we add to a name."""
        if not self.save.isEnabled() or self._stored is None:
            return
        name = identities.card_file_name(self.name.text().strip(), trial=self._stored.trial)
        pattern = f"{tr('card.files')} (*{EXTENSION})"
        target = files.pick_target(self, tr("card.save"), files.documents() / name, pattern)
        if target is None:
            return
        if target.suffix.lower() == EXTENSION:
            self.write(target)
            return
        target = target.with_name(target.name + EXTENSION)
        if target.exists():
            self.there.emit(target)
        else:
            self.write(target)

    def write(self, target: Path) -> None:
        """Signs the card and writes it to `target`, whatever lies there."""
        stored, passphrase, now = self._stored, self.passphrase.text(), self._now()
        name, employer = self.name.text().strip(), self.employer.text().strip()
        if stored is None or not self.save.isEnabled():
            return
        self._run(running=True)

        def work(_progress: object, _cancel: object) -> Path:
            own = identities.unlock(stored.path, passphrase)
            return identities.write_card(
                own, name=name, employer=employer, target=target, trial=stored.trial, created_at=now
            )

        def saved(path: Path) -> None:
            self._run(running=False)
            self.passphrase.clear()
            self.saved.emit(path)

        def failed(error: Exception) -> None:
            self._run(running=False)
            self.passphrase.setFocus()
            self.passphrase.first.selectAll()
            self.failed.emit(error)

        tasks.run(work, done=saved, failed=failed, lane="pool", owner=self)

    def _run(self, *, running: bool) -> None:
        self._running = running
        self.save.set_text(tr("card.saving") if running else tr("card.save"))
        self._update()
