"""打开检查包: choose an inspection bundle or a working record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from ndb_desktop.services.identity import StoredIdentity
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import LinkButton, PlainLabel
from ndb_desktop.ui.tasks import Task
from ndb_desktop.ui.widgets.empty import EmptyState
from ndb_desktop.ui.widgets.layout import Card, centred, column, holder, row, scroll
from ndb_desktop.ui.widgets.progress import ProgressPanel
from ndb_desktop.ui.widgets.unlock_page import UnlockPage, UnlockWords


class ChooseVisitPage(QWidget):
    """No visit yet. Signals: `choose()`, `chosen(object)` a bundle of the recent list."""

    choose = Signal()
    chosen = Signal(object)

    def __init__(self, recent: Sequence[Path]) -> None:
        super().__init__()
        self.setObjectName("site.choose")
        empty = EmptyState("clipboard-check", tr("site.choose"), tr("site.choose.text"), tr("site.choose.button"))
        empty.button.setObjectName("site.choose.button")
        empty.button.setProperty("kind", "primary")
        empty.button.clicked.connect(self.choose)
        page = column(Card(empty), gap=3, margins=4)
        if recent:
            older = Card(PlainLabel(tr("start.recent"), "heading"))
            for number, path in enumerate(recent):
                link = LinkButton(path.name, "package-open")
                link.setObjectName(f"site.recent.{number}")
                link.clicked.connect(lambda _checked=False, path=path: self.chosen.emit(path))
                older.box.addLayout(row(link, None))
            page.addWidget(older)
        page.addStretch(1)
        self.setLayout(column(scroll(centred(holder(page), 840), tr("site.choose"))))
        self.setFocusProxy(empty.button)


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


class OpeningVisitPage(QWidget):
    """Shown while a bundle is opened."""

    def __init__(self, task: Task, cancelled: Callable[[], object]) -> None:
        super().__init__()
        self.setObjectName("site.opening")
        self.progress = ProgressPanel(tr("site.opening"))
        self.progress.cancel_asked.connect(cancelled)
        self.progress.follow(task)
        self.setLayout(column(None, centred(self.progress, 640), None, None, margins=4))
        self.setFocusProxy(self.progress.cancel)
