"""打开总库 or make a new one: the way into the coordinator desk."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from ndb_desktop.services.identity import StoredIdentity
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button
from ndb_desktop.ui.widgets.empty import EmptyState
from ndb_desktop.ui.widgets.layout import row
from ndb_desktop.ui.widgets.opening import ChoosePage
from ndb_desktop.ui.widgets.unlock_page import UnlockPage, UnlockWords


class ChooseOfficePage(ChoosePage):
    """No registry yet. Signals besides those of its base: `create_asked()`, `follow_asked()`, `card_asked()`."""

    create_asked = Signal()
    follow_asked = Signal()
    card_asked = Signal()

    def __init__(self, recent: Sequence[Path]) -> None:
        empty = EmptyState("landmark", tr("office.choose"), tr("office.choose.text"), tr("office.choose.button"))
        empty.button.setObjectName("office.choose.button")
        super().__init__("office.choose", empty, recent, links="office.recent", icon="landmark")
        make = Button(tr("office.create.button"), "normal", "plus")
        make.setObjectName("office.create.button")
        make.clicked.connect(self.create_asked)
        # Whoever is to hold an office, such as supervisor, hands in a card before there is a registry to open.
        card = Button(tr("shell.card"), "quiet", "key-round")
        card.setObjectName("office.card.button")
        card.clicked.connect(self.card_asked)
        self.card.box.addLayout(row(None, make, None))
        follow = Button(tr("office.follow.button"), "normal", "arrow-right")
        follow.setObjectName("office.follow.button")
        follow.clicked.connect(self.follow_asked)
        self.card.box.addLayout(row(None, follow, None))
        self.card.box.addLayout(row(None, card, None))


class UnlockOfficePage(UnlockPage):
    """A registry folder was chosen."""

    def __init__(
        self,
        folder: Path,
        identities: Sequence[StoredIdentity],
        key: Path | None = None,
        passphrase: str = "",
        before: QWidget | None = None,
    ) -> None:
        words = UnlockWords(
            title=tr("office.unlock"),
            subject=folder.name,
            text=tr("office.unlock.text"),
            key=tr("office.key"),
            browse=tr("office.key.browse"),
            passphrase=tr("office.passphrase"),
            open=tr("office.open"),
            other=tr("office.other"),
        )
        super().__init__("office", words, identities, key, passphrase, before)
