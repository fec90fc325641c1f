"""打开检查包: choose an inspection bundle or a working record."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ndb_desktop.services.identity import StoredIdentity
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.widgets.empty import EmptyState
from ndb_desktop.ui.widgets.opening import ChoosePage
from ndb_desktop.ui.widgets.unlock_page import UnlockPage, UnlockWords


def choose_page(recent: Sequence[Path]) -> ChoosePage:
    """No visit yet."""
    empty = EmptyState("clipboard-check", tr("site.choose"), tr("site.choose.text"), tr("site.choose.button"))
    empty.button.setObjectName("site.choose.button")
    return ChoosePage("site.choose", empty, recent, links="site.recent", icon="package-open")


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
