"""第八步: the coordinator's key, the recovery key and the folder. Passphrases live in these boxes and nowhere else."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ndb_desktop.domain.errors import Fault
from ndb_desktop.services.batch_form import BatchForm
from ndb_desktop.services.identity import StoredIdentity
from ndb_desktop.ui.coordinator.wizard.step import WizardStep
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, PlainLabel
from ndb_desktop.ui.widgets import files
from ndb_desktop.ui.widgets.fields import Choice
from ndb_desktop.ui.widgets.layout import Card, row
from ndb_desktop.ui.widgets.passphrase import PassphraseField

MINIMUM_PASSPHRASE = 10


class KeysStep(WizardStep):
    """The keys of the new registry."""

    name = "keys"

    def __init__(self, form: BatchForm, identities: Sequence[StoredIdentity]) -> None:
        super().__init__(tr("wizard.keys"), tr("create.keys.text"), form)
        self._known = {str(stored.path): stored for stored in identities if stored.fault is None}
        if form.identity not in self._known:
            form.identity = ""
        self.body.addWidget(self._own_card())
        self.body.addWidget(self._recovery_card())
        self.body.addWidget(self._folder_card())
        self._show()

    def _own_card(self) -> Card:
        self.identity = Choice(tr("create.identity"))
        self.identity.setObjectName("create.identity")
        self.identity.set_choices(
            [("", tr("create.identity.new"))]
            + [(path, f"{one.name} · {one.path.name}") for path, one in self._known.items()],
            self.form.identity,
        )
        self.identity.chosen.connect(self._chosen)
        self.new = PassphraseField(tr("create.passphrase"), new=True, minimum=MINIMUM_PASSPHRASE)
        self.new.setObjectName("create.new")
        self.old = PassphraseField(tr("office.passphrase"))
        self.old.setObjectName("create.old")
        for box in (self.new, self.old):
            box.changed.connect(self.changed)
        card = Card(PlainLabel(tr("create.identity"), "heading"), self.identity, self.new, self.old, gap=1)
        card.box.addWidget(self.noted("keys.new", self.new, tr("create.passphrase")))
        card.box.addWidget(self.noted("keys.old", self.old, tr("office.passphrase")))
        return card

    def _recovery_card(self) -> Card:
        self.recovery = PassphraseField(tr("create.recovery"), new=True, minimum=MINIMUM_PASSPHRASE)
        self.recovery.setObjectName("create.recovery")
        self.recovery.changed.connect(self.changed)
        text = PlainLabel(tr("create.recovery.text"), "small")
        card = Card(PlainLabel(tr("wizard.recovery"), "heading"), text, gap=1)
        card.box.addWidget(self.recovery)
        card.box.addWidget(self.noted("keys.recovery", self.recovery, tr("create.recovery")))
        return card

    def _folder_card(self) -> Card:
        self._folder = PlainLabel(self.form.folder, selectable=True)
        self._folder.setObjectName("create.folder.shown")
        choose = Button(tr("create.folder.choose"), "normal", "folder-open")
        choose.setObjectName("create.folder")
        choose.clicked.connect(self._choose_folder)
        card = Card(PlainLabel(tr("create.folder"), "heading"), self._folder, gap=1)
        card.box.addWidget(self.noted("keys.folder", choose, tr("create.folder")))
        card.box.addLayout(row(choose, None))
        card.box.addWidget(PlainLabel(tr("create.folder.text"), "small"))
        return card

    def _chosen(self, path: object) -> None:
        self.form.identity = str(path)
        self._show()
        self.changed.emit()

    def _show(self) -> None:
        fresh = not self.form.identity
        self.new.setVisible(fresh)
        self.old.setVisible(not fresh)

    def _choose_folder(self) -> None:
        folder = files.pick_folder(self, tr("create.folder.choose"))
        if folder is not None:
            self.form.folder = str(folder)
            self._folder.setText(str(folder))
            self.changed.emit()

    @property
    def key(self) -> Path | None:
        """The key file of the coordinator; None: one is made."""
        return Path(self.form.identity) if self.form.identity else None

    def passphrase(self) -> str:
        """That of the coordinator's key."""
        return (self.old if self.form.identity else self.new).text()

    def own_faults(self) -> Sequence[Fault]:
        """Passphrases that are not there yet, or not twice the same."""
        place, box = ("keys.old", self.old) if self.form.identity else ("keys.new", self.new)
        found = [] if box.ready() else [Fault("E-PLAN-PASSPHRASE", place)]
        return found if self.recovery.ready() else [*found, Fault("E-PLAN-PASSPHRASE", "keys.recovery")]

    def owner(self) -> str:
        """Whose key is used, in words."""
        stored = self._known.get(self.form.identity)
        return tr("create.identity.new") if stored is None else f"{stored.name} · {stored.path.name}"
