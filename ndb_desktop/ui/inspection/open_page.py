"""打开检查包: choose an inspection bundle or a working record."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal

from ndb_desktop.services.identity import StoredIdentity
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, PlainLabel
from ndb_desktop.ui.widgets.empty import EmptyState
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import line
from ndb_desktop.ui.widgets.opening import ChoosePage
from ndb_desktop.ui.widgets.unlock_page import UnlockPage, UnlockWords


class ChooseVisitPage(ChoosePage):
    """No visit yet. Signals besides those of its base: `card_asked()`: without a card nobody can be given a visit."""

    card_asked = Signal()

    def __init__(self, recent: Sequence[Path]) -> None:
        empty = EmptyState("clipboard-check", tr("site.choose"), tr("site.choose.text"), tr("site.choose.button"))
        empty.button.setObjectName("site.choose.button")
        super().__init__("site.choose", empty, recent, links="site.recent", icon="package-open")
        make = Button(tr("site.card.button"), "normal", "key-round")
        make.setObjectName("site.card.button")
        make.clicked.connect(self.card_asked)
        self.card.box.addWidget(line())
        self.card.box.addWidget(PlainLabel(tr("site.card"), "heading"))
        self.card.box.addWidget(PlainLabel(tr("site.card.text"), "muted"))
        self.card.box.addLayout(Flow(make))


def unlock_page(path: Path, identities: Sequence[StoredIdentity], key: Path | None, passphrase: str) -> UnlockPage:
    """Which member's key opens it."""
    words = UnlockWords(
        title=tr("site.unlock"),
        subject=path.name,
        text=tr("site.unlock.text"),
        key=tr("site.unlock.key"),
        browse=tr("office.key.browse"),
        passphrase=tr("office.passphrase"),
        open=tr("site.unlock.open"),
        other=tr("site.unlock.other"),
    )
    return UnlockPage("site", words, identities, key, passphrase)
