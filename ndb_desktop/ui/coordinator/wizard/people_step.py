"""第七步: who is supervisor (监督) and archivist (档案), by their cards now or on the people page later."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtWidgets import QWidget

from ndb_desktop.domain.decision import Role
from ndb_desktop.domain.errors import Fault, NdbError
from ndb_desktop.formats.card import OpenedCard
from ndb_desktop.services.batch_form import OFFICERS, BatchForm
from ndb_desktop.services.batch_plan import read_card_file
from ndb_desktop.ui import tasks
from ndb_desktop.ui.coordinator.decision_words import role_name
from ndb_desktop.ui.coordinator.wizard.step import WizardStep
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, PlainLabel
from ndb_desktop.ui.widgets import files
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import Card

Read = tuple[bytes, OpenedCard]


class PeopleStep(WizardStep):
    """`cards` are those read, by role."""

    name = "people"

    def __init__(self, form: BatchForm) -> None:
        super().__init__(tr("wizard.people"), tr("wizard.people.text"), form)
        self.cards: dict[Role, Read] = {}
        self._failed: dict[Role, Fault] = {}
        self._shown: dict[Role, PlainLabel] = {}
        self._gone: dict[Role, Button] = {}
        self._coordinator = PlainLabel("")
        self.body.addWidget(Card(PlainLabel(role_name("coordinator"), "heading"), self._coordinator, gap=1))
        texts = {"supervisor": tr("wizard.supervisor.text"), "archivist": tr("wizard.archivist.text")}
        for role in OFFICERS:
            self.body.addWidget(self._role_card(role, texts[role]))
        for officer in OFFICERS:
            if path := form.officers.get(officer):
                self._read(officer, Path(path))

    def _role_card(self, role: Role, text: str) -> QWidget:
        pick = Button(tr("roles.card.pick"), "normal", "folder-open")
        pick.setObjectName(f"wizard.card.{role}")
        pick.setAccessibleName(f"{tr('roles.card.pick')} {role_name(role)}")
        pick.clicked.connect(lambda: self._pick(role))
        gone = Button(tr("wizard.card.remove"), "quiet", "user-x")
        gone.setObjectName(f"wizard.card.remove.{role}")
        gone.setAccessibleName(f"{tr('wizard.card.remove')} {role_name(role)}")
        gone.clicked.connect(lambda: self._remove(role))
        shown = PlainLabel(tr("wizard.card.later"), selectable=True)
        shown.setObjectName(f"wizard.card.shown.{role}")
        self._shown[role], self._gone[role] = shown, gone
        gone.hide()
        card = Card(PlainLabel(role_name(role), "heading"), PlainLabel(text, "small"), shown, gap=1)
        card.box.addWidget(self.noted(f"people.{role}", pick, role_name(role)))
        card.box.addLayout(Flow(pick, gone))
        return card

    def _pick(self, role: Role) -> None:
        path = files.pick_file(self, tr("roles.card.pick"), f"{tr('roles.cards')} (*.ndbcard);;{tr('files.all')} (*)")
        if path is not None:
            self.take(path, role)

    def take(self, path: Path, role: Role | None = None) -> None:
        """A card was chosen or dropped; without a role it is for the first that has nobody."""
        free: list[Role] = [one for one in OFFICERS if not self.form.officers.get(one)]
        wanted = role or (free[0] if free else OFFICERS[0])
        self.form.officers[wanted] = str(path)
        self._read(wanted, path)
        self.changed.emit()

    def _read(self, role: Role, path: Path) -> None:
        self.cards.pop(role, None)
        self._failed[role] = Fault("E-PLAN-PENDING")
        tasks.run(
            lambda _progress, _cancel: read_card_file(path),
            done=lambda read: self._taken(role, path, read),
            failed=lambda error: self._refused(role, path, error),
            lane="pool",
            owner=self,
        )

    def _taken(self, role: Role, path: Path, read: Read) -> None:
        if self.form.officers.get(role) == str(path):
            self.cards[role] = read
            self._failed.pop(role, None)
            self._show(role)

    def _refused(self, role: Role, path: Path, error: Exception) -> None:
        if self.form.officers.get(role) == str(path):
            code = error.fault if isinstance(error, NdbError) else Fault("E-FILE-IO", "", {"name": path.name})
            self._failed[role] = code
            self._show(role)

    def _remove(self, role: Role) -> None:
        self.form.officers.pop(role, None)
        self.cards.pop(role, None)
        self._failed.pop(role, None)
        self._show(role)

    def _show(self, role: Role) -> None:
        read = self.cards.get(role)
        if read is not None:
            opened = read[1]
            words = tr(
                "roles.card.shown",
                name=opened.payload.name,
                employer=opened.payload.employer,
                fingerprint=opened.key.keyid,
            )
        elif self.form.officers.get(role):
            words = tr("wizard.card.file", name=Path(self.form.officers[role]).name)
        else:
            words = tr("wizard.card.later")
        self._shown[role].setText(words)
        self._gone[role].setVisible(bool(self.form.officers.get(role)))
        self.changed.emit()

    def renew(self) -> None:
        """The coordinator is whoever was named in the first step."""
        self._coordinator.setText(tr("wizard.coordinator", name=self.form.name.strip() or tr("wizard.unnamed")))

    def own_faults(self) -> Sequence[Fault]:
        """Cards that cannot be read, are for the other kind of batch, or are one person's for two roles."""
        found = []
        keys: set[str] = set()
        for role in OFFICERS:
            place, fault, read = f"people.{role}", self._failed.get(role), self.cards.get(role)
            if fault is not None:
                found.append(Fault(fault.code, place, fault.params))
            elif read is not None:
                name = {"name": read[1].payload.name}
                if read[1].payload.trial != self.form.trial:
                    found.append(Fault("E-OFFICER-TRIAL", place, name))
                elif read[1].key.keyid in keys:
                    found.append(Fault("E-OFFICER-KEY", place, name))
                keys.add(read[1].key.keyid)
        return found
