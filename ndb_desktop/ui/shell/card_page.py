"""我的密钥与名片: one's own key, and the card that shows its public half, for everyone who is given work by key.

An expert may do without: a bundle can be issued by secret, and the key is made while reviewing. Inspectors and officers
cannot, since what they get is sealed to their key, or rests on it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from ndb_desktop.services import identity as identities
from ndb_desktop.services.identity import StoredIdentity
from ndb_desktop.ui import i18n, tasks
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, IconLabel, PlainLabel
from ndb_desktop.ui.plain_checks import PlainRadio
from ndb_desktop.ui.shell.card_parts import NewKeyCard, OwnCard
from ndb_desktop.ui.widgets.banner import Banner
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import Card, centred, clear, column, holder, row, scroll


class CardPage(QWidget):
    """Signals: `closed()`; `keys_made()` there is a key that was not there before."""

    closed = Signal()
    keys_made = Signal()

    def __init__(self, profile: Path, now: Callable[[], datetime]) -> None:
        super().__init__()
        self.setObjectName("card")
        self._folder = identities.keys_folder(profile)
        self._chosen: StoredIdentity | None = None
        self._form_wanted = False
        self.close_button = Button(tr("action.back"), "normal", "arrow-left")
        self.close_button.setObjectName("card.close")
        self.close_button.clicked.connect(self.closed)
        self.banner = Banner()
        self.banner.put_away.connect(self.close_button.setFocus)
        self._keys = self._key_list()
        self.new = NewKeyCard(self._folder)
        self.new.made.connect(self._made)
        self.new.failed.connect(self._failed)
        self.card = OwnCard(now)
        self.card.saved.connect(self._saved)
        self.card.there.connect(self._ask_replace)
        self.card.failed.connect(self._failed)
        page = column(gap=2, margins=3)
        page.addLayout(Flow(PlainLabel(tr("card.title"), "title"), None, self.close_button))
        page.addWidget(PlainLabel(tr("card.text"), "muted"))
        for part in (self._keys, self.new, self.card, self.banner, self._steps()):
            page.addWidget(part)
        page.addStretch(1)
        self._area = scroll(centred(holder(page), 760), tr("card.title"))
        self.setLayout(column(self._area))
        for part in (self._keys, self.new, self.card):
            part.hide()
        self._reload()

    def _key_list(self) -> Card:
        self._list = column(gap=1)
        self.another = Button(tr("own_key.another"), "quiet", "plus")
        self.another.setObjectName("card.another")
        self.another.clicked.connect(self._open_form)
        self.copy = Button(tr("card.copy"), "quiet", "copy")
        self.copy.setObjectName("card.copy")
        self.copy.clicked.connect(self._copy)
        card = Card(PlainLabel(tr("own_key.have"), "heading"), gap=1.5, margins=2.5)
        card.box.addLayout(self._list)
        card.box.addLayout(Flow(self.copy, self.another))
        return card

    @staticmethod
    def _steps() -> Card:
        """What to do with it all, in the order in which it is done."""
        card = Card(PlainLabel(tr("card.next"), "heading"), gap=1, margins=2.5)
        steps = (
            ("send", tr("card.next.send")),
            ("shield-check", tr("card.next.tell")),
            ("lock", tr("card.next.keep")),
            ("ban", tr("card.next.never")),
        )
        for icon, words in steps:
            line = row(gap=1.5)
            line.addWidget(IconLabel(icon, 20, "accent"), 0, Qt.AlignmentFlag.AlignTop)
            line.addWidget(PlainLabel(words), 1)
            card.box.addLayout(line)
        return card

    # ----- the keys of this computer -----

    def _reload(self) -> None:
        tasks.run(
            lambda _progress, _cancel: identities.list_identities(self._folder),
            done=self._show,
            failed=self._failed,
            lane="pool",
            owner=self,
        )

    def _show(self, found: tuple[StoredIdentity, ...]) -> None:
        clear(self._list)
        usable = [one for one in found if one.fault is None]
        if self._chosen is None or self._chosen.path not in [one.path for one in usable]:
            self._take(usable[0] if usable else None)
        for number, stored in enumerate(found):
            self._add_line(number, stored)
        self._keys.setVisible(bool(found))
        self.copy.setVisible(bool(usable))
        self.new.setVisible(not usable or self._form_wanted)
        self.another.setVisible(self.new.isHidden())

    def _add_line(self, number: int, stored: StoredIdentity) -> None:
        if stored.fault is not None:
            self._list.addWidget(PlainLabel(f"{stored.path.name}: {i18n.fault(stored.fault)}", "warning"))
            return
        name = f"{stored.name} · {tr('trial.mark')}" if stored.trial else stored.name
        radio = PlainRadio(name)
        radio.setObjectName(f"card.key.{number}")
        radio.setChecked(self._chosen is not None and stored.path == self._chosen.path)
        radio.clicked.connect(lambda _on=True: self._take(stored))
        shown = PlainLabel(tr("card.fingerprint", fingerprint=identities.grouped(stored.fingerprint)), selectable=True)
        shown.setObjectName(f"card.fingerprint.{number}")
        facts = column(shown, PlainLabel(tr("card.file", name=stored.path.name), "muted"), gap=0.5)
        facts.setContentsMargins(32, 0, 0, 8)
        self._list.addWidget(radio)
        self._list.addLayout(facts)

    def _take(self, stored: StoredIdentity | None, passphrase: str = "") -> None:
        self._chosen = stored
        self.card.setVisible(stored is not None)
        if stored is not None:
            self.card.show_key(stored, passphrase)

    def _open_form(self) -> None:
        self._form_wanted = True
        self.new.show()
        self.another.hide()
        self.new.name.setFocus()

    def _made(self, stored: StoredIdentity, passphrase: str, employer: str) -> None:
        self._form_wanted = False
        self.keys_made.emit()
        self._take(stored, passphrase)
        self.card.employer.setText(employer)
        self._reload()
        self.card.save.setFocus()

    def _copy(self) -> None:
        if self._chosen is not None:
            QGuiApplication.clipboard().setText(self._chosen.fingerprint)
            self.banner.info(tr("card.copied", fingerprint=identities.grouped(self._chosen.fingerprint)))
            self._show_banner()

    # ----- what came of it -----

    def _saved(self, path: Path) -> None:
        self.banner.made(tr("card.saved", name=path.name), path)
        self._show_banner()
        # The passphrase is gone, and with it what was pressed: the file is what one wants to see next.
        action = self.banner.findChild(QWidget, "banner.action")
        if action is not None:
            action.setFocus()

    def _ask_replace(self, path: Path) -> None:
        text = tr("card.there", name=path.name)
        self.banner.warning(text, action=tr("card.replace"), act=lambda: self.card.write(path))
        self._show_banner()

    def _failed(self, error: Exception) -> None:
        self.banner.show_error(error)
        self._show_banner()

    def _show_banner(self) -> None:
        """It may lie below what is in sight, and has its place only after the next layout."""
        QTimer.singleShot(0, self.banner, lambda: self._area.ensureWidgetVisible(self.banner))
