"""打开总库 or make a new one: the way into the coordinator desk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from ndb_desktop.services.identity import StoredIdentity
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, LinkButton, PlainLabel
from ndb_desktop.ui.tasks import Task
from ndb_desktop.ui.widgets.empty import EmptyState
from ndb_desktop.ui.widgets.layout import Card, centred, column, holder, row, scroll
from ndb_desktop.ui.widgets.progress import ProgressPanel
from ndb_desktop.ui.widgets.unlock_page import UnlockPage, UnlockWords


class ChooseOfficePage(QWidget):
    """No registry yet. Signals: `choose()`, `create_asked()`, `chosen(object)` a folder of the recent list."""

    choose = Signal()
    create_asked = Signal()
    chosen = Signal(object)

    def __init__(self, recent: Sequence[Path]) -> None:
        super().__init__()
        self.setObjectName("office.choose")
        empty = EmptyState("landmark", tr("office.choose"), tr("office.choose.text"), tr("office.choose.button"))
        empty.button.setObjectName("office.choose.button")
        empty.button.setProperty("kind", "primary")
        empty.button.clicked.connect(self.choose)
        make = Button(tr("office.create.button"), "normal", "plus")
        make.setObjectName("office.create.button")
        make.clicked.connect(self.create_asked)
        card = Card()
        card.box.addWidget(empty)
        card.box.addLayout(row(None, make, None))
        page = column(card, gap=3, margins=4)
        if recent:
            older = Card(PlainLabel(tr("start.recent"), "heading"))
            for number, path in enumerate(recent):
                link = LinkButton(path.name, "landmark")
                link.setObjectName(f"office.recent.{number}")
                link.clicked.connect(lambda _c=False, path=path: self.chosen.emit(path))
                older.box.addLayout(row(link, None))
            page.addWidget(older)
        page.addStretch(1)
        self.setLayout(column(scroll(centred(holder(page), 840), tr("office.choose"))))
        self.setFocusProxy(empty.button)


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


class WaitPage(QWidget):
    """Shown while a registry is opened or made."""

    def __init__(self, title: str, task: Task | None, cancelled: Callable[[], object]) -> None:
        super().__init__()
        self.setObjectName("office.wait")
        self.progress = ProgressPanel(title)
        self.progress.cancel_asked.connect(cancelled)
        if task is not None:
            self.progress.follow(task)
        self.setLayout(column(None, centred(self.progress, 640), None, None, margins=4))
        self.setFocusProxy(self.progress.cancel)
