"""The way into a desk: what to open, with what was open lately below, and the wait until it is open."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import LinkButton, PlainLabel
from ndb_desktop.ui.tasks import Task
from ndb_desktop.ui.widgets.empty import EmptyState
from ndb_desktop.ui.widgets.layout import Card, centred, column, holder, row, scroll
from ndb_desktop.ui.widgets.progress import ProgressPanel


class ChoosePage(QWidget):
    """Nothing is open yet. Signals: `choose()`, `chosen(object)` a path of the recent list.

    `empty` says what to do, its button does it; `card` around it has room for more. The links to what was open lately
    are called `<links>.0` and on.
    """

    choose = Signal()
    chosen = Signal(object)

    def __init__(self, name: str, empty: EmptyState, recent: Sequence[Path], *, links: str, icon: str) -> None:
        super().__init__()
        self.setObjectName(name)
        empty.button.setProperty("kind", "primary")
        empty.button.clicked.connect(self.choose)
        self.card = Card(empty)
        page = column(self.card, gap=3, margins=4)
        if recent:
            older = Card(PlainLabel(tr("start.recent"), "heading"))
            for number, path in enumerate(recent):
                link = LinkButton(path.name, icon)
                link.setObjectName(f"{links}.{number}")
                link.clicked.connect(lambda _checked=False, path=path: self.chosen.emit(path))
                older.box.addLayout(row(link, None))
            page.addWidget(older)
        page.addStretch(1)
        self.setLayout(column(scroll(centred(holder(page), 840), empty.title.text())))
        self.setFocusProxy(empty.button)


class WaitPage(QWidget):
    """Shown while something is opened or made: progress with cancel."""

    def __init__(self, name: str, title: str, task: Task | None, cancelled: Callable[[], object]) -> None:
        super().__init__()
        self.setObjectName(name)
        self.progress = ProgressPanel(title)
        self.progress.cancel_asked.connect(cancelled)
        if task is not None:
            self.progress.follow(task)
        self.setLayout(column(None, centred(self.progress, 640), None, None, margins=4))
        self.setFocusProxy(self.progress.cancel)
