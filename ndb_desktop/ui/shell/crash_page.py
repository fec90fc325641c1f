"""After a run that died: a card that says so and offers to go on, and the report as the user may send it."""

from __future__ import annotations

import os
import platform
from datetime import datetime
from pathlib import Path

import PySide6
from PySide6.QtCore import Qt, Signal, qVersion
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from ndb_desktop.services import crash_report
from ndb_desktop.storage.atomic import atomic_write
from ndb_desktop.ui import i18n, tasks
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import Button, IconButton, IconLabel, PlainLabel
from ndb_desktop.ui.widgets import files
from ndb_desktop.ui.widgets.banner import Banner
from ndb_desktop.ui.widgets.flow import Flow
from ndb_desktop.ui.widgets.layout import Card, column, row

REPORT_NAME = "ndb-crash-report.txt"


def what_happened(since: datetime | None) -> str:
    """Which run died; `since` as in `LastRun`: another one ended well after it, and "last time" would be wrong."""
    return tr("crash.before") if since is None else tr("crash.earlier", time=i18n.local_time(since))


class CrashCard(Card):
    """On the start page after a run that died. Signals: `go_on()` open what was open, `report()`, `done()`."""

    go_on = Signal()
    report = Signal()
    done = Signal()

    def __init__(self, bundle: Path | None, since: datetime | None = None) -> None:
        super().__init__(gap=1.5, margins=3)
        self.setObjectName("crash.card")
        title = what_happened(since)
        head = row(IconLabel("triangle-alert", 24, "warning"), PlainLabel(title, "heading"), gap=1.5)
        head.setStretch(1, 1)
        close = IconButton("x", tr("message.close"))
        close.setObjectName("crash.close")
        close.clicked.connect(self.done)
        head.addWidget(close)
        self.box.addLayout(head)
        self.box.addWidget(PlainLabel(tr("crash.before.text")))
        buttons = Flow(gap=2)
        if bundle is not None:
            again = Button(tr("crash.go_on", name=bundle.name), "primary", "package-open")
            again.setObjectName("crash.go_on")
            again.clicked.connect(self.go_on)
            buttons.addWidget(again)
        look = Button(tr("crash.show"), "normal", "file-text")
        look.setObjectName("crash.show")
        look.clicked.connect(self.report)
        buttons.addWidget(look)
        self.box.addLayout(buttons)


class CrashPage(QWidget):
    """The whole report, to be read before it is saved. Signal `closed()`."""

    closed = Signal()

    def __init__(self, logs: Path, *, interrupted: bool) -> None:
        super().__init__()
        self.setObjectName("crash.page")
        self.text = QPlainTextEdit()
        self.text.setObjectName("crash.text")
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.text.setAccessibleName(tr("crash.page"))
        self.text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.text.setPlainText(crash_report.compose(logs, versions(), i18n.language(), interrupted=interrupted))
        self.banner = Banner()
        self.save = Button(tr("crash.save"), "primary", "download")
        self.save.setObjectName("crash.save")
        self.save.clicked.connect(self._save)
        self.close_button = Button(tr("action.back"), "normal", "arrow-left")
        self.close_button.setObjectName("crash.back")
        self.close_button.clicked.connect(self.closed)
        page = column(
            PlainLabel(tr("crash.page"), "title"),
            PlainLabel(tr("crash.read"), "muted"),
            self.text,
            self.banner,
            Flow(self.save, self.close_button, gap=2),
            gap=2,
            margins=4,
        )
        page.setStretch(2, 1)
        self.setLayout(page)

    def _save(self) -> None:
        wanted = files.pick_target(
            self, tr("crash.save"), Path.home() / REPORT_NAME, f"{tr('crash.text_file')} (*.txt)"
        )
        if wanted is None:
            return
        content = self.text.toPlainText().encode("utf-8")

        def write() -> None:
            with atomic_write(wanted, mode=0o644) as stream:
                stream.write(content)

        tasks.run(
            lambda _p, _c: write(),
            done=lambda _none: self.banner.info(tr("crash.saved", name=wanted.name)),
            failed=self.banner.show_error,
            lane="pool",
            owner=self,
        )


def versions() -> dict[str, str]:
    """What the window is made of and shown on; no name of a person, computer or folder."""
    screen = QGuiApplication.primaryScreen()
    size = f"{screen.size().width()}x{screen.size().height()} {screen.devicePixelRatio():.2f}" if screen else "?"
    return {
        "Qt": qVersion(),
        "PySide6": PySide6.__version__,
        "Qt platform": QGuiApplication.platformName(),
        "screen": size,
        "language": i18n.language(),
        "threads": str(os.cpu_count() or 0),
        "libc": " ".join(platform.libc_ver()).strip() or "-",
    }
