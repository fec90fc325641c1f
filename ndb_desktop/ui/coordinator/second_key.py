"""监督签名: what is about to be signed, and a supervisor's key for it, in the page itself."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from ndb_desktop.crypto.identity import Identity
from ndb_desktop.domain.decision import Wanted
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.services.identity import list_identities, unlock
from ndb_desktop.ui import messages, spoken, tasks
from ndb_desktop.ui.coordinator import decision_words
from ndb_desktop.ui.coordinator.store import OfficeStore
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, PlainLabel
from ndb_desktop.ui.widgets import files
from ndb_desktop.ui.widgets.fields import Choice, LineEdit
from ndb_desktop.ui.widgets.layout import Card, clear, row
from ndb_desktop.ui.widgets.passphrase import PassphraseField


class SecondKeyCard(Card):
    """Signals: `signed(object, object)` an unlocked `Identity` and the `Wanted` it is for; `given_up()`.

    The key is not kept here; the passphrase stands in its field only until it was right.
    """

    signed = Signal(object, object)
    given_up = Signal()

    def __init__(self, store: OfficeStore) -> None:
        super().__init__(kind="warning", gap=1.5, margins=2.5)
        self.setObjectName("second")
        self.setAccessibleName(tr("second.title"))
        self._store = store
        self._wanted: Wanted | None = None
        self._task: tasks.Task | None = None
        self._names: dict[Path, str] = {}
        self._rows = QGridLayout()
        self._rows.setHorizontalSpacing(24)
        self._rows.setVerticalSpacing(8)
        self._rows.setColumnStretch(0, 1)
        self._rows.setColumnStretch(1, 4)
        self.reason = LineEdit(tr("second.reason"))
        self.reason.setObjectName("second.reason")
        self.reason.textChanged.connect(self._update)
        self.keys = Choice(tr("second.key"))
        self.keys.setObjectName("second.key")
        self.browse = Button(tr("office.key.browse"), "normal", "folder-open")
        self.browse.setObjectName("second.browse")
        self.browse.clicked.connect(self._browse)
        self._no_key = PlainLabel("", "warning")
        self._no_key.setObjectName("second.key.wrong")
        self.passphrase = PassphraseField(tr("second.passphrase"))
        self.passphrase.changed.connect(self._update)
        self.passphrase.confirmed.connect(self._sign)
        self.wrong = PlainLabel("", "warning")
        self.wrong.setObjectName("second.wrong")
        self.button = Button(tr("second.sign"), "primary", "signature")
        self.button.setObjectName("second.sign")
        self.button.clicked.connect(self._sign)
        self.cancel = Button(tr("action.cancel"), "quiet")
        self.cancel.setObjectName("second.cancel")
        self.cancel.clicked.connect(self.close_card)
        keys = row(self.keys, self.browse)
        keys.setStretch(0, 1)
        self._text = PlainLabel("", "body")
        for part in (PlainLabel(tr("second.title"), "heading"), self._text):
            self.box.addWidget(part)
        self.box.addLayout(self._rows)
        self.box.addWidget(PlainLabel(tr("second.reason")))
        self.box.addWidget(self.reason)
        self.box.addWidget(PlainLabel(tr("second.key")))
        self.box.addLayout(keys)
        self.box.addWidget(self._no_key)
        self.box.addWidget(self.passphrase)
        self.box.addWidget(self.wrong)
        self.box.addLayout(row(self.button, self.cancel, None, gap=2))
        self.hide()

    def ask(self, wanted: Wanted) -> None:
        """Shows what is to be signed and waits for a key."""
        if self._wanted is None or not self._wanted.fits(wanted):
            self.reason.setText(wanted.reason)
            self.passphrase.clear()
        self._wanted = wanted
        snapshot, names = self._store.snapshot, self._store.kept.get(decision_words.NAMES, {})
        supervisors = tr("list.separator").join(one.name for one in snapshot.supervisors)
        self._text.setText(tr("second.text", names=supervisors))
        clear(self._rows)
        for number, (name, value) in enumerate(decision_words.rows(wanted, snapshot, names)):
            shown = PlainLabel(value, "body", selectable=True)
            shown.setAccessibleName(f"{name}: {value}")
            self._rows.addWidget(PlainLabel(name, "muted"), number, 0, Qt.AlignmentFlag.AlignTop)
            self._rows.addWidget(shown, number, 1)
        self._fill(self.keys.value())
        self._say_wrong("")
        self.show()
        spoken.say(self, f"{tr('second.title')} {self._text.text()}")
        self._first().setFocus()

    def close_card(self) -> None:
        """Puts the card away and forgets what was typed."""
        self._forget()
        self.given_up.emit()

    def _forget(self) -> None:
        if self._task is not None:
            self._task.cancel()
        self._task, self._wanted = None, None
        self.passphrase.clear()
        self.reason.clear()
        self.hide()

    def _first(self) -> QWidget:
        if not self.reason.text().strip():
            return self.reason
        return self.passphrase if self.keys.count() else self.browse

    # ----- the key -----

    def _fill(self, chosen: object) -> None:
        """The supervisors' keys of this machine, and those that were looked for."""
        may = {one.keyid: one.name for one in self._store.snapshot.supervisors}
        stored = list_identities(self._store.keys) if self._store.keys is not None else ()
        for key in stored:
            if key.fault is None and key.fingerprint in may:
                self._names.setdefault(key.path, f"{may[key.fingerprint]} · {key.path.name}")
        self.keys.set_choices(list(self._names.items()), chosen)
        self._no_key.setText("" if self._names else tr("second.key.none"))
        self._no_key.setVisible(not self._names)

    def _browse(self) -> None:
        path = files.pick_file(self, tr("office.key.browse"), f"{tr('files.keys')} (*.ndbkey);;{tr('files.all')} (*)")
        if path is not None:
            self._names.setdefault(path, path.name)
            self._fill(path)
            self._say_wrong("")
            self._update()
            self.passphrase.setFocus()

    def _update(self) -> None:
        ready = bool(self.keys.count() and self.passphrase.text() and self.reason.text().strip())
        self.button.setEnabled(ready and self._task is None)

    def _say_wrong(self, words: str) -> None:
        self.wrong.setText(words)
        self.wrong.setVisible(bool(words))

    def _sign(self) -> None:
        path, passphrase, wanted = self.keys.value(), self.passphrase.text(), self._wanted
        if not self.button.isEnabled() or wanted is None:
            return
        self._say_wrong("")
        self.button.setEnabled(False)
        self.button.set_text(tr("second.unlocking"))
        task = tasks.run(
            lambda _progress, _cancel: unlock(path, passphrase),
            done=lambda identity: self._unlocked(identity, wanted),
            failed=self._refused,
            cancelled=self._ended,
            lane="pool",
            owner=self,
        )
        if task.running:
            self._task = task

    def _ended(self) -> None:
        self._task = None
        self.button.set_text(tr("second.sign"))
        self._update()

    def _unlocked(self, identity: Identity, wanted: Wanted) -> None:
        self._ended()
        if self._wanted is not wanted:
            return
        if identity.keyid not in {one.keyid for one in self._store.snapshot.supervisors}:
            self._refused(NdbError("E-DECISION-SECOND-KEY", keyid=identity.keyid))
            return
        made = replace(wanted, reason=self.reason.text().strip())
        self._forget()
        self.signed.emit(identity, made)

    def _refused(self, error: Exception) -> None:
        """Says beside the field what was wrong; everything else stays as it was typed."""
        self._ended()
        words = messages.describe(error).text
        self._say_wrong(words)
        spoken.say(self, words, urgent=True)
        self.passphrase.setFocus()
        self.passphrase.first.selectAll()
