"""Base of the pages of an inspection: title, what to do here, a place for messages and one for progress."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import shiboken6
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QApplication, QWidget

from ndb_desktop.domain.siterecord import SiteRecord
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.inspection.store import Job, Keys, SiteStore
from ndb_desktop.ui.plain import PlainLabel
from ndb_desktop.ui.widgets.banner import Banner
from ndb_desktop.ui.widgets.layout import column, holder, scroll
from ndb_desktop.ui.widgets.progress import ProgressPanel


class SitePage(QWidget):
    """One step of a visit. Subclasses fill `self.body` and overwrite `refresh`.

    Signal: `go(str)` asks for another page by id, perhaps with a part of it (`checks.rd_spending/2025`).
    """

    go = Signal(str)

    def __init__(self, name: str, title: str, text: str, store: SiteStore) -> None:
        super().__init__()
        self.setObjectName(f"site.{name}")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(title)
        self.store = store
        self.banner = Banner()
        self.body = column(gap=2)
        self._content = holder(self.body)
        self._work = holder(column(gap=2))
        # An empty place would take its gap all the same.
        self._work.hide()
        self._panel: ProgressPanel | None = None
        self._held: QWidget | None = None
        inner = column(
            PlainLabel(title, "title"), PlainLabel(text, "muted"), self.banner, self._work, self._content,
            gap=2, margins=3,
        )  # fmt: skip
        inner.setStretch(4, 1)
        self.setLayout(column(scroll(holder(inner), title)))
        store.changed.connect(self._refresh)

    @property
    def record(self) -> SiteRecord:
        """The record as it is stored."""
        return self.store.record

    def refresh(self, keys: Keys) -> None:
        """Shows the record; `keys` are the parts that changed, none of them for all. Subclasses overwrite it."""

    def open_part(self, part: str) -> None:
        """Shows a part of the page; pages with parts overwrite it."""

    def take(self, path: Path) -> None:
        """A file that was dropped for this page; the page for signing takes records of fellow members."""

    def _refresh(self, keys: Keys) -> None:
        if shiboken6.isValid(self):
            self.refresh(keys)

    def job(self, title: str, work: Job, done: Callable[[Any], None]) -> None:
        """Runs a job with progress and cancel above the page's content; its error stands in the banner."""
        if self.store.running is not None:
            self.banner.info(tr("site.busy"))
            return
        self.banner.dismiss()
        if self._panel is None:
            self._panel = ProgressPanel(title)
            self._work.layout().addWidget(self._panel)  # type: ignore[union-attr]
        held = QApplication.focusWidget()
        self._held = held if held is not None and self._content.isAncestorOf(held) else None
        self._panel.begin(title)
        self._panel.show()
        self._work.show()
        self._content.setEnabled(False)
        task = self.store.run(
            work,
            lambda result: self._over(lambda: done(result)),
            lambda error: self._over(lambda: self.banner.show_error(error)),
            lambda: self._over(lambda: self.banner.info(tr("site.cancelled"))),
        )
        if task.running:
            self._panel.follow(task)
            self._panel.cancel.setFocus()

    def _over(self, then: Callable[[], None]) -> None:
        if not shiboken6.isValid(self):
            return
        self._content.setEnabled(True)
        if self._panel is not None:
            self._give_back()
            self._panel.hide()
            self._work.hide()
        then()

    def _give_back(self) -> None:
        """The hand is where it was before the job, or on the page; hiding the panel would send it to the header."""
        held, self._held = self._held, None
        if self._panel is not None and self._panel.isAncestorOf(QApplication.focusWidget() or self):
            free = held is not None and shiboken6.isValid(held) and held.isVisible() and held.isEnabled()
            (held if held is not None and free else self).setFocus()
